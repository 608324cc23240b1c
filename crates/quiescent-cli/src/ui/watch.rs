//! What the terminal shows of work on runs: lines, progress; and what a signal does to it.

use super::failure::Failure;
use super::interrupt::{self, Listening};
use super::output::complain;
use super::progress::{Progress, Share};
use quiescent::readable::counted;
use quiescent::run::RunWriter;
use quiescent::workflow::{Error, Event, Observer, Session};
use std::sync::{Mutex, PoisonError};

/// Shows what is not training.
pub(crate) struct Terminal;

impl Observer for Terminal {
    fn event(&self, event: &Event<'_>) {
        show(event);
    }
}

/// One event in a line, if it is worth one.
pub(crate) fn show(event: &Event<'_>) {
    match event {
        Event::RecordingMoved { run, to } => complain(&format!(
            "{}: its recording is read from {}",
            run.path().display(),
            to.display()
        )),
        Event::Comparing { seed } => {
            complain(&format!("comparing the networks of seed {seed} with one another"));
        }
        _ => {}
    }
}

/// Shows the work on one run. A signal ends it.
pub(crate) struct Watch<'a> {
    label: String,
    /// The run's place among others.
    share: Option<Share<'a>>,
    /// Whether a line says which part of the work begins.
    parts: bool,
    now: Mutex<Now<'a>>,
}

/// What goes on.
#[derive(Default)]
struct Now<'a> {
    progress: Option<Progress<'a>>,
    /// From the beginning of training until what follows it begins.
    listening: Option<Listening>,
    measuring: bool,
}

impl<'a> Watch<'a> {
    /// Training alone.
    pub(crate) fn training(label: &str) -> Self {
        Self { label: label.to_owned(), share: None, parts: false, now: Mutex::default() }
    }

    /// All that is planned for a run, which may be one of many.
    pub(crate) fn planned(label: String, share: Option<Share<'a>>) -> Self {
        Self { label, share, parts: true, now: Mutex::default() }
    }

    /// Says which part of the work begins.
    fn say(&self, part: &str) {
        let line = format!("{}: {part}", self.label);
        match self.share {
            Some((overall, _)) => overall.say_with_all(&line),
            None => complain(&line),
        }
    }
}

impl Observer for Watch<'_> {
    fn event(&self, event: &Event<'_>) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        match *event {
            Event::Training { done, training, unit } => {
                if self.parts && done < training.batches {
                    let left = counted((training.batches - done) as usize, "batch");
                    self.say(&format!("{left} to train"));
                }
                now.listening = interrupt::listen().ok();
                now.progress = Some(Progress::begin(&self.label, unit, done, training, self.share));
            }
            Event::Batch { batch, train_loss } => {
                if let Some(progress) = &now.progress {
                    progress.batch(batch, train_loss);
                }
            }
            Event::Test { batch, evaluation, .. } => {
                if let Some(progress) = &mut now.progress {
                    progress.test(batch, evaluation);
                }
            }
            Event::Trained => {
                if let Some(progress) = now.progress.take() {
                    progress.end();
                }
            }
            Event::Simulating { .. } | Event::Measuring { .. } if self.parts => {
                // From here on a signal ends the program at once.
                now.listening = None;
                if !std::mem::replace(&mut now.measuring, true) {
                    self.say("simulating and measuring");
                }
            }
            _ => show(event),
        }
    }

    fn cancelled(&self) -> bool {
        interrupt::requested()
    }
}

/// Trains to the last batch; `go_on` is the command that continues after a stop. On a signal or a
/// divergence everything worth keeping is saved before the failure is returned.
pub(crate) fn train(session: Session, label: &str, go_on: &str) -> Result<RunWriter, Failure> {
    interrupt::install()?;
    session.train(&Watch::training(label)).map_err(|error| stopped(&error, go_on))
}

/// The failure of work on a run, with the command that continues it if it was stopped.
pub(crate) fn stopped(error: &Error, go_on: &str) -> Failure {
    match error.cancelled() {
        true => Failure::Interrupted(format!("{error}; resume with: {go_on}")),
        false => error.into(),
    }
}
