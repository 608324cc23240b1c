//! Transitions between bins of the decoded stimulus, and the distance between those of two
//! phases.
//!
//! The theory explains the density that the quiescent phase visits, not the order of its visits.

use ndarray::{Array2, ArrayView3};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Real;
use super::bootstrap::{BootstrapSettings, Floor, Measured, Resamples, split};
use super::error::{Error, check_dim, check_enough, check_finite};
use crate::random::Sample;
use crate::space::Bins;

/// Most states; their matrix of counts takes 128 MiB.
const MOST_STATES: usize = 4096;

/// Splits of the active trials into halves, for floors.
pub(super) const FLOOR_SPLITS: usize = 40;
/// Resamples that correct the distance between two halves for bias.
pub(super) const FLOOR_RESAMPLES: usize = 20;

/// How often each state follows each other one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transitions {
    /// Number of states: bins, the last dimension fastest.
    pub bins: usize,
    /// Steps from the first state of a transition to the second.
    pub lag: usize,
    /// Number of transitions, `[from, to]` row after row.
    pub counts: Vec<u64>,
    /// Positions outside the walls. They do not belong to any state, and transitions that would
    /// begin or end there are not counted. Positions between the two ends do not matter.
    pub outside: usize,
}

impl Transitions {
    /// Transitions of decoded values `[trial, step, dim]` between bins, at a lag in steps.
    ///
    /// # Errors
    /// If there is no trial or no trial longer than the lag, a value is not finite, the lag is zero,
    /// there are more than 4096 bins, or dimensions differ.
    pub fn of<T: Real>(decoded: ArrayView3<'_, T>, bins: &Bins, lag: usize) -> Result<Self, Error> {
        Ok(TrialTransitions::of(decoded, bins, lag)?.pooled())
    }

    /// Probability of each state `lag` steps after each other one, `[from, to]`. Rows sum to 1;
    /// the row of a state from which no transition begins is all zeros.
    pub fn probabilities(&self) -> Array2<f64> {
        Array2::from_shape_fn((self.bins, self.bins), |(from, to)| {
            let row = self.row(from);
            row[to] as f64 / row.iter().sum::<u64>().max(1) as f64
        })
    }

    /// Fraction of transitions that begin in each state, `[state]`; all zeros if there are none.
    pub fn occupancy(&self) -> Vec<f64> {
        let totals = self.totals();
        let all = totals.iter().sum::<u64>().max(1) as f64;
        totals.iter().map(|&total| total as f64 / all).collect()
    }

    pub(super) fn row(&self, from: usize) -> &[u64] {
        &self.counts[from * self.bins..(from + 1) * self.bins]
    }

    fn totals(&self) -> Vec<u64> {
        self.counts.chunks_exact(self.bins).map(|row| row.iter().sum()).collect()
    }
}

/// Transitions kept trial by trial, so that trials can be resampled.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialTransitions {
    bins: usize,
    lag: usize,
    trials: Vec<OneTrial>,
}

/// The transitions of one trial that occur, as (from · bins + to, how often).
#[derive(Debug, Clone, PartialEq)]
struct OneTrial {
    counts: Vec<(usize, u64)>,
    outside: usize,
}

impl TrialTransitions {
    /// As [`Transitions::of`].
    ///
    /// # Errors
    /// As there.
    pub fn of<T: Real>(decoded: ArrayView3<'_, T>, bins: &Bins, lag: usize) -> Result<Self, Error> {
        let (trials, steps, dims) = decoded.dim();
        check_dim(dims, bins.dim())?;
        check_settings(bins.len(), lag)?;
        check_trials(trials, steps, lag)?;
        check_finite("decoded values", decoded)?;
        let mut point = vec![0.0; dims];
        Ok(Self::count(trials, steps, bins.len(), lag, |trial, step| {
            for (d, x) in point.iter_mut().enumerate() {
                *x = decoded[[trial, step, d]].into();
            }
            bins.of(&point)
        }))
    }

    fn count(
        trials: usize,
        steps: usize,
        bins: usize,
        lag: usize,
        mut state: impl FnMut(usize, usize) -> Option<usize>,
    ) -> Self {
        let mut of_trial = |trial| {
            let states: Vec<_> = (0..steps).map(|step| state(trial, step)).collect();
            let ends = states.iter().zip(&states[lag..]);
            let mut pairs: Vec<usize> =
                ends.filter_map(|(from, to)| Some((*from)? * bins + (*to)?)).collect();
            pairs.sort_unstable();
            OneTrial {
                counts: pairs
                    .chunk_by(|a, b| a == b)
                    .map(|equal| (equal[0], equal.len() as u64))
                    .collect(),
                outside: states.iter().filter(|state| state.is_none()).count(),
            }
        };
        Self { bins, lag, trials: (0..trials).map(&mut of_trial).collect() }
    }

    /// The transitions of all trials together.
    pub fn pooled(&self) -> Transitions {
        self.sum(0..self.trials.len())
    }

    /// The transitions of some trials, as often as each is named.
    pub(super) fn sum(&self, trials: impl IntoIterator<Item = usize>) -> Transitions {
        let mut counts = vec![0; self.bins * self.bins];
        let mut outside = 0;
        for trial in trials {
            let trial = &self.trials[trial];
            for &(pair, count) in &trial.counts {
                counts[pair] += count;
            }
            outside += trial.outside;
        }
        Transitions { bins: self.bins, lag: self.lag, counts, outside }
    }

    /// Number of trials.
    pub(super) fn trials(&self) -> usize {
        self.trials.len()
    }

    /// Some of the trials.
    pub(super) fn subset(&self, kept: &[bool], keep: bool) -> Self {
        let trials = self.trials.iter().zip(kept).filter(|(_, kept)| **kept == keep);
        Self { trials: trials.map(|(trial, _)| trial.clone()).collect(), ..*self }
    }

    /// The distance from other trials, and its value in every resample that has one.
    fn resampled_distances(
        &self,
        other: &Self,
        settings: &BootstrapSettings,
    ) -> Result<(TransitionDistance, Vec<TransitionDistance>), Error> {
        let found = distance(&self.pooled(), &other.pooled())?;
        let ours = Resamples::new(self.trials.len(), settings, Sample::Active);
        let theirs = Resamples::new(other.trials.len(), settings, Sample::Quiescent);
        let resampled = (0..settings.resamples)
            .into_par_iter()
            .filter_map(|resample| {
                let ours = self.sum(ours.trials(resample).iter().copied());
                distance_of_like(&ours, &other.sum(theirs.trials(resample).iter().copied()))
            })
            .collect();
        Ok((found, resampled))
    }
}

/// Differences between the transitions of two phases, independent of their densities. These are
/// distances between the laws of the next state, averaged over states visited in both phases,
/// each weighted by the mean of its two occupancies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TransitionDistance {
    /// Total-variation distance: 0 if the laws are equal, 1 if they do not share any next state.
    pub total_variation: f64,
    /// Jensen–Shannon divergence in nats: 0 if equal, ln 2 if they share nothing.
    pub jensen_shannon_nats: f64,
    /// Weight of the states visited in both phases, at most 1. The distances do not cover the
    /// other states.
    pub compared_weight: f64,
}

/// Distance between two phases' transitions.
///
/// A few transitions from a state differ from others by chance, so the distance between samples
/// of one law is above zero: see [`floors`].
///
/// # Errors
/// If the numbers of states or the lags differ, or no state is visited in both.
pub fn distance(a: &Transitions, b: &Transitions) -> Result<TransitionDistance, Error> {
    check_same("the number of states of the second transitions", a.bins, b.bins)?;
    check_same("the lag of the second transitions", a.lag, b.lag)?;
    distance_of_like(a, b).ok_or_else(|| Error::Undefined {
        measurement: "the distance between transitions",
        reason: "no state is visited in both phases".into(),
    })
}

/// A distance with its intervals.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DistanceEstimate {
    /// The distance between all trials of the two phases.
    pub distance: TransitionDistance,
    /// Total-variation distance. `plug_in` counts chance differences between few transitions as
    /// differences. The bootstrap removes most of this bias if the phases differ, but less than
    /// half if they do not (a distance has a corner at 0); compare it with the floor.
    pub total_variation: Measured,
    /// Jensen–Shannon divergence in nats.
    pub jensen_shannon: Measured,
}

/// Estimates of [`DistanceEstimate`] between halves of one phase's trials; none if there are too
/// few trials.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DistanceFloors {
    /// Floor of the total-variation distance.
    pub total_variation: Option<Floor>,
    /// Floor of the Jensen–Shannon divergence, in nats.
    pub jensen_shannon: Option<Floor>,
}

/// Distance between two phases' transitions, with intervals over trials. The trials of the two
/// phases are resampled independently.
///
/// Resamples in which no state is visited in both phases are omitted.
///
/// # Errors
/// As [`distance`], and if a phase has fewer than two trials or a setting is out of range.
pub fn distance_with_interval(
    active: &TrialTransitions,
    quiescent: &TrialTransitions,
    settings: &BootstrapSettings,
) -> Result<DistanceEstimate, Error> {
    settings.validate()?;
    for (phase, trials) in [("active", &active.trials), ("quiescent", &quiescent.trials)] {
        check_enough("a bootstrap interval", "trials", trials.len(), 2)
            .map_err(|error| error.in_phase(phase))?;
    }
    let (found, resampled) = active.resampled_distances(quiescent, settings)?;
    let trials = active.trials.len().min(quiescent.trials.len());
    let measured = |value: fn(&TransitionDistance) -> f64| {
        let values: Vec<f64> = resampled.iter().map(value).collect();
        Measured::from_resamples(value(&found), &values, trials, settings.level)
    };
    Ok(DistanceEstimate {
        distance: found,
        total_variation: measured(|distance| distance.total_variation)?,
        jensen_shannon: measured(|distance| distance.jensen_shannon_nats)?,
    })
}

/// The floors of distances from a phase.
///
/// # Errors
/// If a setting is out of range.
pub fn floors(
    active: &TrialTransitions,
    settings: &BootstrapSettings,
) -> Result<DistanceFloors, Error> {
    settings.validate()?;
    let half = active.trials.len() / 2;
    if half < 2 {
        return Ok(DistanceFloors { total_variation: None, jensen_shannon: None });
    }
    let fewer = BootstrapSettings { resamples: FLOOR_RESAMPLES, ..*settings };
    let mut found = [Vec::new(), Vec::new()];
    for number in 0..FLOOR_SPLITS {
        let first = split(active.trials.len(), settings.seed, number);
        let halves = [true, false].map(|keep| active.subset(&first, keep));
        let Ok((distance, resampled)) = halves[0].resampled_distances(&halves[1], &fewer) else {
            continue;
        };
        let values: [fn(&TransitionDistance) -> f64; 2] =
            [|distance| distance.total_variation, |distance| distance.jensen_shannon_nats];
        for (found, value) in found.iter_mut().zip(values) {
            let values: Vec<f64> = resampled.iter().map(value).collect();
            let level = settings.level;
            let measured = Measured::from_resamples(value(&distance), &values, half, level);
            found.extend(measured.map(|measured| measured.value));
        }
    }
    let [total_variation, jensen_shannon] = found.map(|estimates| Floor::of(estimates, half));
    Ok(DistanceFloors { total_variation, jensen_shannon })
}

/// The distance between transitions with the same bins and lag; `None` if no state is visited in
/// both.
fn distance_of_like(a: &Transitions, b: &Transitions) -> Option<TransitionDistance> {
    let (from_a, from_b) = (a.totals(), b.totals());
    let all = |totals: &[u64]| totals.iter().sum::<u64>() as f64;
    let (all_a, all_b) = (all(&from_a), all(&from_b));
    let (mut total_variation, mut jensen_shannon, mut compared_weight) = (0.0, 0.0, 0.0);
    for (state, (&in_a, &in_b)) in from_a.iter().zip(&from_b).enumerate() {
        if in_a == 0 || in_b == 0 {
            continue;
        }
        let weight = f64::midpoint(in_a as f64 / all_a, in_b as f64 / all_b);
        compared_weight += weight;
        for (&a, &b) in a.row(state).iter().zip(b.row(state)).filter(|(a, b)| **a + **b > 0) {
            let (p, q) = (a as f64 / in_a as f64, b as f64 / in_b as f64);
            let mixture = f64::midpoint(p, q);
            let term = |p: f64| if p > 0.0 { p * libm::log(p / mixture) } else { 0.0 };
            total_variation += weight * (p - q).abs() / 2.0;
            jensen_shannon += weight * f64::midpoint(term(p), term(q));
        }
    }
    (compared_weight > 0.0).then(|| TransitionDistance {
        total_variation: total_variation / compared_weight,
        // Rounding can move sums just out of their range.
        jensen_shannon_nats: (jensen_shannon / compared_weight).max(0.0),
        compared_weight: compared_weight.min(1.0),
    })
}

/// Fails for a lag of zero and for more than 4096 states.
fn check_settings(bins: usize, lag: usize) -> Result<(), Error> {
    if lag == 0 {
        return Err(Error::setting("lag", lag, "at least 1 step"));
    }
    if bins > MOST_STATES {
        return Err(Error::setting("number of states", bins, "at most 4096; use fewer bins"));
    }
    Ok(())
}

fn check_trials(trials: usize, steps: usize, lag: usize) -> Result<(), Error> {
    check_enough("transitions", "trials", trials, 1)?;
    check_enough("transitions at this lag", "steps per trial", steps, lag.saturating_add(1))
}

pub(super) fn check_same(what: &'static str, expected: usize, found: usize) -> Result<(), Error> {
    if expected != found {
        return Err(Error::Shape {
            what,
            expected: expected.to_string(),
            found: found.to_string(),
        });
    }
    Ok(())
}
