//! What the terminal shows of work on runs that is not training.

use crate::output::complain;
use quiescent::workflow::{Event, Observer};

/// Shows it.
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
