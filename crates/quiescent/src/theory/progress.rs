//! The course of an examination: how much of it is done, and what of it can be kept.

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::cost::Cost;
use super::results::{NetworkResult, NoiseScan, OptimalResult};
use super::{Error, ExaminationSettings};
use crate::analysis::{Missing, Outcome, Reason, outcome};
use crate::experiment::Experiment;

/// The finished parts of an examination. They can be kept, and another examination of the same network
/// with the same settings continues from them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartialExamination {
    /// Sizes and settings.
    pub settings: ExaminationSettings,
    /// Networks examined, the trained one first.
    pub networks: Vec<NetworkResult>,
    /// Quiescence of the network after these, if it was measured.
    #[serde(default, with = "outcome::optional")]
    pub temperature: Option<Outcome<NoiseScan>>,
    /// The greedily optimal network, if it was examined.
    #[serde(default, with = "outcome::optional")]
    pub optimal: Option<Outcome<OptimalResult>>,
}

impl PartialExamination {
    /// Nothing is done yet.
    pub fn new(settings: ExaminationSettings) -> Self {
        Self { settings, networks: Vec::new(), temperature: None, optimal: None }
    }

    /// About how long the other parts of a run's examination take, in s of the reference processor.
    pub fn left_s(&self, experiment: &Experiment) -> f64 {
        let cost = Cost::of(experiment, &self.settings);
        cost.of_run() - self.done(&cost)
    }

    /// The work that is done.
    pub(super) fn done(&self, cost: &Cost) -> f64 {
        self.networks.len() as f64 * cost.network()
            + if self.networks.is_empty() { 0.0 } else { cost.mixing() }
            + if self.temperature.is_some() { cost.temperature() } else { 0.0 }
            + if self.optimal.is_some() { cost.optimal() } else { 0.0 }
    }
}

/// What an examination reports while it runs.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// Another piece of the work begins, after this fraction of all the work.
    Done(f64),
    /// A part is finished, and can be kept with those before it.
    Part(&'a PartialExamination),
}

/// What follows an examination, and may end it.
pub type Follow<'a> = dyn FnMut(Progress<'_>) -> ControlFlow<()> + 'a;

/// The one that follows an examination, and the work that is done.
pub(super) struct Follower<'a> {
    report: RefCell<&'a mut Follow<'a>>,
    all: f64,
    done: Cell<f64>,
    piece: Cell<f64>,
}

impl<'a> Follower<'a> {
    /// Begins a course of `all` work, of which some is done.
    pub(super) fn new((done, all): (f64, f64), report: &'a mut Follow<'a>) -> Self {
        Self { report: RefCell::new(report), all, done: Cell::new(done), piece: Cell::new(0.0) }
    }

    /// Reports that a piece of so much work begins.
    ///
    /// # Errors
    /// [`Error::Cancelled`] if the follower ends the examination.
    pub(super) fn begin(&self, work: f64) -> Result<(), Error> {
        self.done.set(self.done.get() + self.piece.replace(work));
        self.say(Progress::Done((self.done.get() / self.all).min(1.0)))
    }

    /// Reports that a part is finished.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub(super) fn part(&self, finished: &PartialExamination) -> Result<(), Error> {
        self.say(Progress::Part(finished))
    }

    fn say(&self, progress: Progress<'_>) -> Result<(), Error> {
        match (self.report.borrow_mut())(progress) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::Cancelled { phase: "examined" }),
        }
    }
}

/// The outcome of a measurement; an end of the whole examination is none.
///
/// # Errors
/// [`Error::Cancelled`].
pub(super) fn unless_cancelled<T>(result: Result<T, Error>) -> Result<Outcome<T>, Error> {
    match result {
        Err(error) if error.reason() == Reason::Cancelled => Err(error),
        result => Ok(result.map_err(Missing::from)),
    }
}
