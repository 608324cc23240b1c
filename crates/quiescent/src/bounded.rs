//! Phases of networks whose rates stay within the range in which they can be computed.
//!
//! The rates of an unstable network grow until they are infinite and then no numbers at all, but
//! what is decoded from them may look like any other path for a while. So everything that measures
//! phases takes them from here.

use crate::analysis::Error;
use crate::experiment::QuiescentNoise;
use crate::network::Network;
use crate::phases::{self, Keep, Phase, Start, Trials};
use std::ops::Range;

/// Largest rate of a network that has not run away. Beside it, single precision hardly resolves what
/// a step's motion of a few cm adds (2⁻²⁴ · 10⁶ = 0.06).
pub const LARGEST_RATE: f32 = 1e6;

/// Steps of the trial that ran away whose states are held at a time, to find the step.
const STEPS_AT_ONCE: usize = 4000;

/// [`phases::active`], if the rates stay within bounds.
///
/// # Errors
/// [`Error::RanAway`].
///
/// # Panics
/// As [`phases::active`].
pub fn active(network: &Network, trials: Trials, keep: Keep) -> Result<Phase, Error> {
    active_part(network, 0..trials.count, trials.steps, keep)
}

/// [`phases::active_part`], if the rates stay within bounds.
///
/// # Errors
/// [`Error::RanAway`].
///
/// # Panics
/// As [`phases::active_part`].
pub fn active_part(
    network: &Network,
    trials: Range<usize>,
    steps: usize,
    keep: Keep,
) -> Result<Phase, Error> {
    let first = trials.start;
    let phase = phases::active_part(network, trials, steps, keep);
    checked("waking", phase, first, |trial, keep| {
        phases::active_part(network, trial..trial + 1, steps, keep)
    })
}

/// [`phases::quiescent`], if the rates stay within bounds.
///
/// # Errors
/// [`Error::RanAway`].
///
/// # Panics
/// As [`phases::quiescent`].
pub fn quiescent(
    network: &Network,
    start: &Start,
    noise: QuiescentNoise,
    steps: usize,
    keep: Keep,
) -> Result<Phase, Error> {
    quiescent_part(network, start, 0..start.trials(), noise, steps, keep)
}

/// [`phases::quiescent_part`], if the rates stay within bounds.
///
/// # Errors
/// [`Error::RanAway`].
///
/// # Panics
/// As [`phases::quiescent_part`].
pub fn quiescent_part(
    network: &Network,
    start: &Start,
    trials: Range<usize>,
    noise: QuiescentNoise,
    steps: usize,
    keep: Keep,
) -> Result<Phase, Error> {
    let first = trials.start;
    let phase = phases::quiescent_part(network, start, trials, noise, steps, keep);
    checked("quiescent", phase, first, |trial, keep| {
        phases::quiescent_part(network, start, trial..trial + 1, noise, steps, keep)
    })
}

/// The first rate out of bounds, also what is not a number.
pub(crate) fn out_of_bounds(rates: &[f32]) -> Option<usize> {
    rates.iter().position(|rate| rate.is_nan() || rate.abs() > LARGEST_RATE)
}

/// Judges a phase by the states after its last step: rates that have run away do not come back, since
/// infinities and what is not a number stay what they are. `again` simulates one trial.
fn checked(
    name: &'static str,
    phase: Phase,
    first: usize,
    again: impl Fn(usize, Keep) -> Phase,
) -> Result<Phase, Error> {
    let wrong = |rates: &[f32]| out_of_bounds(rates).map(|unit| rates[unit]);
    let last = phase.end.outer_iter().enumerate();
    let lost = last.filter_map(|(trial, rates)| Some((trial, wrong(&rates.to_vec())?))).next();
    let Some((trial, rate)) = lost else { return Ok(phase) };
    let trial = first + trial;
    let steps = phase.decoded.dim().1;
    drop(phase);
    let stride = steps.div_ceil(STEPS_AT_ONCE).max(1);
    let states = again(trial, Keep::States { stride }).states;
    let place = states.and_then(|states| {
        let trial = states.outer_iter().next()?;
        let mut kept = trial.outer_iter().enumerate();
        kept.find_map(|(place, rates)| Some(((place + 1) * stride, wrong(&rates.to_vec())?)))
    });
    let (step, rate) = place.unwrap_or((steps, rate));
    Err(Error::RanAway { phase: name, trial, step, rate: rate.into() })
}
