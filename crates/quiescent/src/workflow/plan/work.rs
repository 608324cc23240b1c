//! All that is done with one run, by whichever executor.

use std::path::Path;

use super::Run;
use super::state::{State, failure};
use crate::experiment::Experiment;
use crate::run::{FailureKind, FailureRecord, RunFolder};
use crate::workflow::{Error, Observer, Recordings, Session, check_same};

/// Trains a planned run to its end on the current rayon pool, and measures it as planned. A failure
/// other than a stop is also written into the run folder, for those who look there later.
///
/// # Errors
/// If the run could not be begun, continued or measured, diverged, or the observer ended it.
pub fn work(run: &Run, folder: &Path, observer: &dyn Observer) -> Result<(), Error> {
    let result = attempt(run, folder, observer);
    if let Err(error) = &result {
        record_failure(folder, error);
    }
    result
}

fn attempt(run: &Run, folder: &Path, observer: &dyn Observer) -> Result<(), Error> {
    if State::is_diverged(folder) {
        let reason = failure(folder)
            .unwrap_or_else(|| "training diverged, and would do so again".to_owned());
        return Err(Error::DivergedBefore { reason });
    }
    let writer = session(&run.experiment, folder, observer)?.train(observer)?;
    if run.after.is_done(&writer) {
        return Ok(());
    }
    if observer.cancelled() {
        return Err(Error::TrainedOnly);
    }
    run.after.measure(&writer, observer)
}

/// A session for the run of an experiment in a folder: begun, or continued.
///
/// # Errors
/// If the folder holds a run of another experiment, or [`Session`] cannot be had.
pub fn session(
    experiment: &Experiment,
    folder: &Path,
    observer: &dyn Observer,
) -> Result<Session, Error> {
    if !RunFolder::is_run(folder) {
        return Session::begin(experiment, folder);
    }
    // The run's recording may be where the experiment has it.
    let recording = experiment.task.recording().map(|spec| spec.file.clone());
    let recordings = Recordings::new(recording.into_iter().collect());
    // Before anything of the run is changed.
    if let Ok(run) = RunFolder::open(folder) {
        check_same(&run, experiment)?;
    }
    let session = Session::resume(folder, &recordings, observer)?;
    // A run that was stopped before it began could not be read when this was planned.
    check_same(session.writer(), experiment)?;
    Ok(session)
}

/// Leaves word of a failure in the run's folder. Where even that cannot be written (a full disk),
/// whoever called has it.
fn record_failure(folder: &Path, error: &Error) {
    let kind = error.kind();
    let known = kind == FailureKind::Diverged && failure(folder).is_some();
    // Somebody else's run has not failed.
    if known || kind == FailureKind::Interrupted || RunFolder::holder(folder).is_some() {
        return;
    }
    let record = FailureRecord::new(error.to_string(), kind);
    let _ = RunFolder::write_failure(folder, &record);
}
