//! A planned run, what is to be done with it, and where: what every executor works on.

use crate::arguments::Scale;
use crate::failure::Failure;
use crate::recordings::Recordings;
use crate::watch::Terminal;
use quiescent::experiment::{Experiment, TaskKind};
use quiescent::measure;
use quiescent::paper::Condition;
use quiescent::run::{RunFolder, RunWriter, Status};
use quiescent::simulate::Keep;
use quiescent::workflow;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// One run of a plan.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// What people call it.
    pub(crate) name: String,
    /// Its folder, relative to the plan's.
    pub(crate) folder: PathBuf,
    /// Keys that vary and their values, as they were written.
    pub(crate) varied: Vec<(String, String)>,
    pub(crate) experiment: Experiment,
    /// [`Experiment::identity`].
    pub(crate) identity: String,
    /// What is to be done with it once it is trained.
    pub(crate) after: After,
}

/// Runs under one folder.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) out: PathBuf,
    /// One line for people.
    pub(crate) about: String,
    pub(crate) runs: Vec<Run>,
}

impl Plan {
    /// The run folder of a run.
    pub(crate) fn folder(&self, run: &Run) -> PathBuf {
        self.out.join(&run.folder)
    }
}

/// What is done with a trained network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum After {
    /// Nothing.
    Nothing,
    /// Both phases as its experiment says, and `measurements.json`.
    Analysis,
    /// The phases of the paper's figures at demo scale, and `study.json`.
    StudyDemo,
    /// The same at the paper's scale.
    StudyPaper,
}

impl After {
    /// The study of a scale.
    pub(crate) fn study(scale: Scale) -> Self {
        match scale {
            Scale::Demo => Self::StudyDemo,
            Scale::Paper => Self::StudyPaper,
        }
    }

    fn scale(self) -> Option<Scale> {
        match self {
            Self::StudyDemo => Some(Scale::Demo),
            Self::StudyPaper => Some(Scale::Paper),
            Self::Nothing | Self::Analysis => None,
        }
    }

    /// Does it.
    pub(crate) fn measure(self, writer: RunWriter) -> Result<RunWriter, Failure> {
        if let Some(scale) = self.scale() {
            let protocol = scale.protocol(TaskKind::of(writer.experiment()));
            workflow::study_run(&writer, &protocol, &Terminal)?;
        } else if self == Self::Analysis {
            let recordings = Recordings::NONE;
            workflow::measure_run(&writer, Keep::Decoded, &recordings.named(), &Terminal)
                .map_err(|error| recordings.failure(error))?;
        }
        Ok(writer)
    }

    /// Whether it has been done with the run as it is now.
    pub(crate) fn is_done(self, run: &RunFolder) -> bool {
        match self.scale() {
            None if self == Self::Nothing => true,
            None => {
                let simulated = [measure::WAKING, measure::REST]
                    .iter()
                    .all(|name| matches!(workflow::is_current(run, name), Ok(true)));
                simulated && matches!(workflow::measurements(run), Ok(Some(_)))
            }
            Some(scale) => {
                let protocol = scale.protocol(TaskKind::of(run.experiment()));
                matches!(workflow::current_study(run, Some(&protocol)), Ok(Some(_)))
            }
        }
    }

    /// Steps of single trials that it simulates.
    pub(crate) fn trial_steps(self, experiment: &Experiment) -> usize {
        let rest = &experiment.rest;
        match self.scale() {
            None if self == Self::Analysis => rest.trials * (experiment.time.steps + rest.steps),
            None => 0,
            Some(scale) => Condition::of(experiment).map_or(0, |condition| {
                scale.protocol(condition.task).trial_steps(condition, experiment.time.steps)
            }),
        }
    }
}

/// How far a run folder has come, by what it holds and by nothing else.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum State {
    /// Nothing has begun.
    Missing,
    /// A living process holds its lock.
    Running { batch: u64, by: String },
    /// Begun, and nobody works on it.
    Stopped { batch: u64 },
    /// The last attempt failed.
    Failed { batch: u64, reason: String },
    /// Trained and measured.
    Done,
}

impl State {
    /// Looks at a run folder.
    pub(crate) fn of(folder: &Path, after: After) -> Self {
        let batch = |run: &Result<RunFolder, _>| {
            run.as_ref().map_or(0, |run: &RunFolder| run.record().batch)
        };
        let run = RunFolder::open(folder);
        if let Ok(run) = &run
            && run.record().status == Status::Finished
            && after.is_done(run)
        {
            return Self::Done;
        }
        if let Some(by) = holder(folder) {
            return Self::Running { batch: batch(&run), by };
        }
        if let Some(reason) = failure(folder) {
            return Self::Failed { batch: batch(&run), reason };
        }
        match &run {
            Ok(found) if found.record().status == Status::Diverged => {
                Self::Failed { batch: batch(&run), reason: "training diverged".to_owned() }
            }
            Ok(_) => Self::Stopped { batch: batch(&run) },
            Err(_) if !RunFolder::is_run(folder) => Self::Missing,
            // Stopped before it had a record, or damaged, which its next writer will say.
            Err(_) => Self::Stopped { batch: 0 },
        }
    }

    /// Whether training it again could only end as it did.
    pub(crate) fn is_diverged(folder: &Path) -> bool {
        RunFolder::open(folder).is_ok_and(|run| run.record().status == Status::Diverged)
    }
}

/// Who works on a run now, in words.
fn holder(folder: &Path) -> Option<String> {
    RunFolder::holder(folder).map(|holder| holder.to_string())
}

/// Why the last attempt at a run failed.
pub(super) fn failure(folder: &Path) -> Option<String> {
    RunFolder::failure(folder).ok().flatten().map(|failure| failure.reason)
}
