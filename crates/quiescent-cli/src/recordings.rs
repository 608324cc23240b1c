//! `--recording FILE`, and what the command line says of recordings and of runs that cannot be opened.

use crate::failure::Failure;
use crate::output::complain;
use clap::Args;
use quiescent::experiment::Experiment;
use quiescent::run::RunFolder;
use quiescent::workflow::{self, Located, OpenError};
use std::path::{Path, PathBuf};

/// Recordings that the user names for runs whose own have moved.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Recordings {
    /// The recording of a run, if it has moved since and is not in or beside the run folder either;
    /// its hash must be the one that run.json keeps. Give it once for each recording. Needed only
    /// where the animal's motion is.
    #[arg(long = "recording", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Whether the command has the flag: advice that it lacks would be none.
    #[arg(skip = true)]
    flag: bool,
}

impl Recordings {
    /// For commands without the flag.
    pub(crate) const NONE: Self = Self { files: Vec::new(), flag: false };

    /// For a command without the flag that goes on with a run as this experiment: its recording is
    /// the run's, where the contents are.
    pub(crate) fn of(experiment: &Experiment) -> Self {
        Self::NONE.and(Some(experiment))
    }

    /// These and the recording of an experiment.
    pub(crate) fn and(&self, experiment: Option<&Experiment>) -> Self {
        let mut all = self.clone();
        let recording = experiment.and_then(|experiment| experiment.task.recording());
        all.files.extend(recording.map(|spec| spec.file.clone()));
        all
    }

    /// Whether a file is named.
    pub(crate) fn are_given(&self) -> bool {
        !self.files.is_empty()
    }

    /// As the library takes them.
    pub(crate) fn named(&self) -> workflow::Recordings {
        workflow::Recordings::new(self.files.clone())
    }

    /// Refuses a file that is the recording of none of the runs: a slip must not go unnoticed
    /// because it was not needed.
    pub(crate) fn check<'a>(
        &self,
        runs: impl Iterator<Item = &'a RunFolder> + Clone,
    ) -> Result<(), Failure> {
        let named = self.named();
        let Some((file, hash)) =
            named.of_no_run(runs.clone()).map_err(|error| self.failure(error))?
        else {
            return Ok(());
        };
        let names: Vec<String> = runs
            .filter(|run| run.experiment().task.recording().is_some())
            .map(|run| run.path().display().to_string())
            .collect();
        let file = file.display();
        Err(Failure::Usage(match names.as_slice() {
            [] => format!("--recording {file}: no run given here is trained on a recording"),
            names => format!(
                "--recording {file}: this is not the recording that {} was trained on: its \
                 contents differ (SHA-256 {}…, where run.json has another)",
                names.join(" or "),
                hash.get(..12).unwrap_or(&hash)
            ),
        }))
    }

    /// The run's experiment with its recording where that is now, which is said if it has moved.
    pub(crate) fn locate(&self, run: &RunFolder) -> Result<Experiment, Failure> {
        let Located { experiment, moved_to } =
            self.named().locate(run).map_err(|error| self.failure(error))?;
        say_moved(run, moved_to.as_deref());
        Ok(experiment)
    }

    /// A run that cannot be opened, with what can be done about it here.
    pub(crate) fn failure(&self, error: OpenError) -> Failure {
        match error {
            OpenError::RecordingGone(gone) => Failure::Data(format!(
                "{gone}: put the file back, or into the run folder{}",
                if self.flag { ", or say where it is with --recording FILE" } else { "" }
            )),
            error => error.into(),
        }
    }
}

/// Says where a recording was read that is not where its run says.
pub(crate) fn say_moved(run: &RunFolder, to: Option<&Path>) {
    if let Some(to) = to {
        complain(&format!("{}: its recording is read from {}", run.path().display(), to.display()));
    }
}
