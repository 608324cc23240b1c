//! Trains a run on the terminal: progress, signals, TensorBoard.

use crate::failure::Failure;
use crate::interrupt;
use crate::progress::{Progress, Share};
use crate::recordings::Recordings;
use crate::tensorboard::{End, EventLog};
use crate::watch::{self, Terminal};
use quiescent::experiment::Experiment;
use quiescent::run::{RunFolder, RunWriter};
use quiescent::workflow::{self, Error, Event, Observer, Session};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// What a training session is to the terminal.
struct Watch<'a> {
    label: &'a str,
    share: Option<Share<'a>>,
    progress: Mutex<Option<Progress<'a>>>,
    events: Mutex<Option<EventLog>>,
}

impl Observer for Watch<'_> {
    fn event(&self, event: &Event<'_>) {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        match *event {
            Event::Training { done, batches, unit } => {
                *progress = Some(Progress::begin(self.label, unit, done, batches, self.share));
            }
            Event::Batch { batch, train_loss } => {
                if let Some(progress) = progress.as_ref() {
                    progress.batch(batch, train_loss);
                }
            }
            Event::Test { batch, evaluation, .. } => {
                if let Some(progress) = progress.as_mut() {
                    progress.test(batch, evaluation);
                }
            }
            Event::Logged(line) => {
                let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(events) = events.as_mut() {
                    events.metrics(line);
                }
            }
            Event::Trained => {
                if let Some(progress) = progress.as_ref() {
                    progress.end();
                }
            }
            _ => watch::show(event),
        }
    }

    fn cancelled(&self) -> bool {
        interrupt::requested()
    }
}

/// Trains to the last batch; `go_on` is the command that goes on after a stop, `share` the run's place
/// among others. On a signal or a divergence everything worth keeping is saved before the failure is
/// returned.
pub(crate) fn train(
    session: Session,
    label: &str,
    go_on: &str,
    share: Option<Share<'_>>,
    mut events: Option<EventLog>,
) -> Result<RunWriter, Failure> {
    if let Some(events) = &mut events {
        events.begin(session.writer().experiment(), session.batch())?;
    }
    let _listening = interrupt::listen()?;
    let watch = Watch { label, share, progress: Mutex::new(None), events: Mutex::new(events) };
    let trained = session.train(&watch);
    let end = match &trained {
        Ok(_) => Some(End::Finished),
        Err(error) if error.diverged() => Some(End::Diverged),
        Err(_) => None,
    };
    let events = watch.events.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let (Some(mut events), Some(end)) = (events, end) {
        events.end(end);
    }
    trained.map_err(|error| match error {
        Error::Interrupted { .. } => Failure::Interrupted(format!("{error}; go on with: {go_on}")),
        error => error.into(),
    })
}

/// A session for the run of an experiment in a folder: begun, or gone on with.
///
/// # Errors
/// If the folder holds a run of another experiment, or [`Session`] cannot be had.
pub(crate) fn session(experiment: &Experiment, folder: &Path) -> Result<Session, Failure> {
    if !RunFolder::is_run(folder) {
        return Ok(Session::begin(experiment, folder)?);
    }
    let recordings = Recordings::of(experiment);
    let session = Session::resume(folder, &recordings.named(), &Terminal)
        .map_err(|error| recordings.failure(error))?;
    // A run that was stopped before it began could not be read when this was planned.
    check_same(session.writer(), experiment)?;
    Ok(session)
}

/// Refuses a folder for a planned run that holds a run of another experiment.
pub(crate) fn check_same(run: &RunFolder, experiment: &Experiment) -> Result<(), Failure> {
    workflow::check_same(run, experiment).map_err(|error| {
        Failure::other_experiment(error, "choose another --out, or remove that folder")
    })
}
