//! What the terminal shows of an examination by the theory, or of a map of rest.

use super::progress::Overall;
use super::watch::show;
use quiescent::workflow::{Event, Observer};
use std::sync::{Mutex, PoisonError};

/// Parts of an examination that a line reports where there is no bar.
const LINES: f64 = 5.0;

/// Shows one examination among others.
pub(crate) struct Examination<'a> {
    label: &'a str,
    /// What is done: `comparing with the theory`.
    doing: &'a str,
    overall: &'a Overall,
    /// Seconds that it was estimated to take.
    estimated_s: f64,
    course: Mutex<Option<Course>>,
}

/// How far it has come.
#[derive(Clone, Copy)]
struct Course {
    /// Fraction that was done when it began.
    first: f64,
    done: f64,
}

impl<'a> Examination<'a> {
    /// Nothing is done yet. `estimated_s` is what is left to be done.
    pub(crate) fn new(
        label: &'a str,
        doing: &'a str,
        overall: &'a Overall,
        estimated_s: f64,
    ) -> Self {
        Self { label, doing, overall, estimated_s, course: Mutex::new(None) }
    }

    /// This fraction of it is done.
    pub(crate) fn at(&self, done: f64) {
        let mut course = self.course.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(before) = *course else {
            *course = Some(Course { first: done, done });
            self.overall.say_with_all(&format!("{}: {}", self.label, self.doing));
            return;
        };
        *course = Some(Course { done, ..before });
        let part = (done - before.done).max(0.0) / (1.0 - before.first).max(1e-9);
        self.overall.done(self.estimated_s * part);
        if (before.done * LINES).floor() < (done * LINES).floor() && done < 1.0 {
            let percent = 100.0 * done;
            self.overall.say_without_bar(&format!("{}: {percent:.0} % done", self.label));
        }
    }
}

impl Examination<'_> {
    /// It is finished.
    pub(crate) fn end(&self) {
        let begun = self.course.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        if begun {
            self.at(1.0);
        }
    }
}

impl Observer for Examination<'_> {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Examining { done, .. } => self.at(*done),
            event => show(event),
        }
    }
}
