//! All that is done with one run, by whichever executor.

use super::run::{After, State, failure};
use crate::failure::Failure;
use crate::interrupt;
use crate::output::complain;
use crate::progress::Share;
use crate::training;
use quiescent::experiment::Experiment;
use quiescent::run::{FailureRecord, RunFolder, RunWriter};
use std::path::Path;
use std::time::Duration;

/// Longer than a dead writer's lock can stay.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// One run as its executor hands it over.
pub(crate) struct Work<'a> {
    pub(crate) experiment: &'a Experiment,
    pub(crate) folder: &'a Path,
    pub(crate) after: After,
    /// What it is called in lines about its progress.
    pub(crate) label: &'a str,
    /// The command that goes on after a stop.
    pub(crate) go_on: &'a str,
    pub(crate) share: Option<Share<'a>>,
}

impl Work<'_> {
    /// Trains the run to its end and measures it; `say` is told what goes on. A failure other than
    /// a stop is also written into the run folder, for those who look there later.
    pub(crate) fn run(&self, say: &dyn Fn(&str)) -> Result<(), Failure> {
        let result = self.attempt(say);
        let known = matches!(&result, Err(Failure::Diverged(_))) && failure(self.folder).is_some();
        if let (Err(failure), false) = (&result, known) {
            record_failure(self.folder, failure);
        }
        result.map(drop)
    }

    fn attempt(&self, say: &dyn Fn(&str)) -> Result<RunWriter, Failure> {
        if State::is_diverged(self.folder) {
            let before = failure(self.folder);
            return Err(Failure::Diverged(
                before.unwrap_or_else(|| "training diverged, and would do so again".to_owned()),
            ));
        }
        let session = training::session(self.experiment, self.folder)?;
        let left = session.left();
        if left > 0 {
            say(&format!("{}: {left} batches to train", self.label));
        }
        let writer = training::train(session, self.label, self.go_on, self.share, None)?;
        if interrupt::requested() {
            return Err(Failure::Interrupted(format!(
                "it is trained and not yet measured; go on with: {}",
                self.go_on
            )));
        }
        if self.after != After::Nothing && !self.after.is_done(&writer) {
            say(&format!("{}: simulating and measuring", self.label));
        }
        self.after.measure(writer)
    }
}

/// Batches that a run still needs, by what its folder says.
pub(crate) fn batches_left(folder: &Path, experiment: &Experiment) -> u64 {
    let all = experiment.training.batches;
    RunFolder::open(folder).map_or(all, |run| all.saturating_sub(run.record().batch))
}

/// Leaves word of a failure in the run's folder. Where even that cannot be written (a full disk),
/// the terminal or the job's log has it.
fn record_failure(folder: &Path, failure: &Failure) {
    let stopped = matches!(failure, Failure::Interrupted(_));
    // Somebody else's run has not failed.
    if stopped || RunFolder::holder(folder).is_some() {
        return;
    }
    let record = FailureRecord::new(failure.to_string(), failure.kind());
    let _ = RunFolder::write_failure(folder, &record);
}

/// Waits for a process that holds a run but is no longer heard of: what ran on a machine that Slurm
/// has given up.
pub(super) fn wait_for_lock(folder: &Path) -> Result<(), Failure> {
    if let Some(holder) = RunFolder::holder(folder) {
        complain(&format!(
            "{} is in use by {holder}: waiting for at most {} minutes",
            folder.display(),
            LONGEST_WAIT.as_secs() / 60
        ));
    }
    // Whoever holds it then is named when the lock is taken.
    RunFolder::wait_for_lock(folder, LONGEST_WAIT, &mut || !interrupt::requested())?;
    Ok(())
}
