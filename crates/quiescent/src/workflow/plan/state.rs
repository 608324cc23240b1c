//! How far a run has come.

use std::path::Path;

use super::After;
use crate::experiment::Experiment;
use crate::run::{RunError, RunFolder, Status};

/// How far a run folder has come, by what it holds and by nothing else.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// Nothing has begun.
    Missing,
    /// A living process holds its lock.
    Running {
        /// Batches trained.
        batch: u64,
        /// The process, in words.
        by: String,
    },
    /// Begun, and nobody works on it.
    Stopped {
        /// Batches trained.
        batch: u64,
    },
    /// The last attempt failed.
    Failed {
        /// Batches trained.
        batch: u64,
        /// Why it failed.
        reason: String,
    },
    /// Its record or its experiment cannot be read.
    Damaged {
        /// What is wrong.
        reason: String,
    },
    /// Trained, and `after` is done.
    Done,
}

impl State {
    /// Looks at a run folder.
    pub fn of(folder: &Path, after: After) -> Self {
        let run = RunFolder::open(folder);
        if let Ok(run) = &run
            && run.record().status == Status::Finished
            && after.is_done(run)
        {
            return Self::Done;
        }
        let batch = run.as_ref().map_or(0, |run| run.record().batch);
        if let Some(holder) = RunFolder::holder(folder) {
            return Self::Running { batch, by: holder.to_string() };
        }
        if let Err(error) = &run
            && RunFolder::is_run(folder)
            && !matches!(error, RunError::NotARun { .. })
        {
            return Self::Damaged { reason: error.to_string() };
        }
        if let Some(reason) = failure(folder) {
            return Self::Failed { batch, reason };
        }
        match &run {
            Ok(run) if run.record().status == Status::Diverged => {
                Self::Failed { batch, reason: "training diverged".to_owned() }
            }
            Ok(_) => Self::Stopped { batch },
            Err(_) if !RunFolder::is_run(folder) => Self::Missing,
            // It was stopped before it had a record.
            Err(_) => Self::Stopped { batch: 0 },
        }
    }

    /// Whether training a run again could only end as it did.
    pub fn is_diverged(folder: &Path) -> bool {
        RunFolder::open(folder).is_ok_and(|run| run.record().status == Status::Diverged)
    }
}

/// Why the last attempt at a run failed.
pub(super) fn failure(folder: &Path) -> Option<String> {
    RunFolder::failure(folder).ok().flatten().map(|failure| failure.reason)
}

/// Batches that a run still needs, by what its folder says.
pub(super) fn batches_left(folder: &Path, experiment: &Experiment) -> u64 {
    let all = experiment.training.batches;
    RunFolder::open(folder).map_or(all, |run| all.saturating_sub(run.record().batch))
}
