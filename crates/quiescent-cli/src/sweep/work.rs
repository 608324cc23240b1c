//! All that is done with one run, by whichever executor.

use super::run::{After, State};
use crate::difference::{OTHER_FOLDER, refuse_other};
use crate::failure::Failure;
use crate::progress::Share;
use crate::session::Session;
use quiescent::experiment::Experiment;
use quiescent::run::{RunFolder, RunWriter};
use std::path::Path;

/// One run as its executor hands it over.
pub(crate) struct Work<'a> {
    pub(crate) experiment: &'a Experiment,
    pub(crate) folder: &'a Path,
    pub(crate) after: After,
    /// What it is called in lines about its progress.
    pub(crate) label: &'a str,
    /// The command that goes on after a stop.
    pub(crate) go_on: &'a str,
    pub(crate) threads: usize,
    pub(crate) share: Option<Share<'a>>,
}

impl Work<'_> {
    /// Trains the run to its end and measures it; `say` is told what goes on. A failure other than
    /// a stop is also written into the run folder, for those who look there later.
    pub(crate) fn run(&self, say: &dyn Fn(&str)) -> Result<(), Failure> {
        let result = self.attempt(say);
        if let Err(failure) = &result {
            record_failure(self.folder, failure);
        }
        result.map(drop)
    }

    fn attempt(&self, say: &dyn Fn(&str)) -> Result<RunWriter, Failure> {
        if State::is_diverged(self.folder) {
            return Err(Failure::Diverged("training diverged, and would do so again".to_owned()));
        }
        let session = self.session()?;
        let left = session.left();
        if left > 0 {
            say(&format!("{}: {left} batches to train", self.label));
        }
        let writer = session.train(self.label, self.go_on, self.share)?;
        if self.after != After::Nothing && !self.after.is_done(&writer) {
            say(&format!("{}: simulating and measuring", self.label));
        }
        self.after.measure(self.label, writer)
    }

    /// A session for the run: begun, or gone on with.
    fn session(&self) -> Result<Session, Failure> {
        if !RunFolder::is_run(self.folder) {
            return Session::begin(self.experiment, self.folder, self.threads);
        }
        let session = Session::resume(self.folder, self.threads)?;
        // A run that was stopped before it began could not be read when this was planned.
        let there = session.writer().experiment();
        refuse_other(self.folder, there, self.experiment, OTHER_FOLDER)?;
        Ok(session)
    }
}

/// Batches that a run still needs, by what its folder says.
pub(crate) fn batches_left(folder: &Path, experiment: &Experiment) -> u64 {
    let all = experiment.training.batches;
    RunFolder::open(folder).map_or(all, |run| all.saturating_sub(run.record().batch))
}

/// Who works on a run now, in words.
pub(super) fn holder(_folder: &Path) -> Option<String> {
    None
}

/// Why the last attempt at a run failed.
pub(super) fn failure(_folder: &Path) -> Option<String> {
    None
}

fn record_failure(_folder: &Path, _failure: &Failure) {}

/// Waits for whoever works on a run but is no longer heard of.
pub(super) fn wait_for_lock(_folder: &Path) -> Result<(), Failure> {
    Ok(())
}
