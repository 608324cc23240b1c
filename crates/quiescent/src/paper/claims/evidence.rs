//! What claims are judged by: values of every network of a condition, and how they become a claim.

use super::claim::{Claim, Detail, SeedValue};
use crate::analysis::bootstrap::Measured;
use crate::analysis::reactivation::Estimate;
use crate::analysis::{Outcome, Verdict};
use crate::paper::matrix::Matrix;
use crate::paper::{Condition, PhaseKey, RunStudy};

/// A studied network with the end of its training.
#[derive(Debug, Clone, Copy)]
pub struct Studied<'a> {
    /// What was measured.
    pub study: &'a RunStudy,
    /// Last loss on the test set.
    pub test_loss: Option<f64>,
}

/// What claims are judged by.
pub(super) struct Evidence<'a> {
    pub(super) networks: &'a [Studied<'a>],
    /// Networks whose quiescent phase cannot be judged, because they have not learned.
    pub(super) unlearned: &'a [Studied<'a>],
    pub(super) matrix: &'a Matrix,
}

/// A value of one seed with its interval, or why there is none.
pub(super) type SeedOutcome = (u64, Outcome<(f64, Option<[f64; 2]>)>);

impl<'a> Evidence<'a> {
    pub(super) fn of(&self, condition: Condition) -> impl Iterator<Item = &'a RunStudy> + use<'a> {
        let networks = self.networks;
        networks.iter().map(|n| n.study).filter(move |study| study.condition == condition)
    }

    /// A value of every network of a condition.
    pub(super) fn each(
        &self,
        condition: Condition,
        value: impl Fn(&RunStudy) -> Outcome<(f64, Option<[f64; 2]>)>,
    ) -> Vec<SeedOutcome> {
        self.of(condition).map(|study| (study.seed, value(study))).collect()
    }

    /// A value of every pair of networks of equal seed.
    pub(super) fn pairs(
        &self,
        (one, other): (Condition, Condition),
        value: impl Fn(&RunStudy, &RunStudy) -> Outcome<(f64, Option<[f64; 2]>)>,
    ) -> Vec<SeedOutcome> {
        self.of(one)
            .filter_map(|first| {
                let second = self.of(other).find(|study| study.seed == first.seed)?;
                Some((first.seed, value(first, second)))
            })
            .collect()
    }

    /// Says which of these conditions no network belongs to, and which networks have not learned.
    pub(super) fn lacking(&self, conditions: &[Condition]) -> Option<String> {
        let unlearned = || {
            let studies = self.unlearned.iter().map(|network| network.study);
            studies.filter(|study| conditions.contains(&study.condition))
        };
        let lacking: Vec<String> = conditions
            .iter()
            .filter(|&&condition| {
                self.of(condition).next().is_none()
                    && !unlearned().any(|study| study.condition == condition)
            })
            .map(ToString::to_string)
            .collect();
        let mut notes: Vec<String> = unlearned()
            .map(|study| format!("seed {} of {} has not learned", study.seed, study.condition))
            .collect();
        if !lacking.is_empty() {
            notes.push(format!("there is no network of {}", lacking.join(" or ")));
        }
        (!notes.is_empty()).then(|| notes.join("; "))
    }
}

/// What a claim is about, before it is judged.
pub(super) struct Statement {
    pub(super) id: String,
    pub(super) figure: &'static str,
    pub(super) statement: String,
    pub(super) unit: &'static str,
    pub(super) expected: String,
}

impl Statement {
    /// The claim with its evidence. `lacking` are the conditions it needs that are not there;
    /// `meets` says whether a value meets the criterion, and is asked of the mean over seeds and of the
    /// interval's ends.
    pub(super) fn judged(
        self,
        lacking: Option<String>,
        seeds: Vec<SeedOutcome>,
        details: Vec<Detail>,
        meets: impl Fn(f64) -> bool,
    ) -> Claim {
        let mut found = Vec::new();
        let mut notes: Vec<String> = lacking.into_iter().collect();
        for (seed, outcome) in seeds {
            match outcome {
                Ok((measured, interval)) => found.push(SeedValue { seed, measured, interval }),
                Err(reason) => notes.push(format!("seed {seed}: {reason}")),
            }
        }
        let mean = mean(found.iter().map(|seed| seed.measured));
        let interval = hull(&found);
        if mean.is_none() && notes.is_empty() {
            notes.push("there are no two networks of equal seed to compare".to_owned());
        }
        Claim {
            id: self.id,
            figure: self.figure.to_owned(),
            statement: capitalised(&self.statement),
            // JSON has no infinities: an infinite divergence stays visible among the seeds.
            measured: mean.filter(|mean| mean.is_finite()),
            unit: self.unit.to_owned(),
            interval: interval.filter(|ends| ends.iter().all(|end| end.is_finite())),
            expected: self.expected,
            verdict: mean.map(|mean| Verdict::of(mean, interval, meets)),
            seeds: found,
            details,
            note: (!notes.is_empty()).then(|| notes.join("; ")),
        }
    }
}

/// The same with a capital letter first.
fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The mean, or `None` if there are no values.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

/// From the lowest to the highest end of the seeds' intervals; of their values where they have
/// none.
fn hull(seeds: &[SeedValue]) -> Option<[f64; 2]> {
    if seeds.len() < 2 {
        return seeds.first().and_then(|seed| seed.interval);
    }
    let ends = seeds.iter().map(|seed| seed.interval.unwrap_or([seed.measured; 2]));
    ends.reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])])
}

/// A measured value as a seed's outcome.
pub(super) fn outcome(measured: &Outcome<Measured>) -> Outcome<(f64, Option<[f64; 2]>)> {
    let measured = measured.as_ref().map_err(Clone::clone)?;
    Ok((measured.value, Some([measured.interval.low, measured.interval.high])))
}

/// Ratio of two measured values; its interval pairs the ends that are farthest apart.
pub(super) fn ratio(one: &Measured, other: &Measured) -> (f64, Option<[f64; 2]>) {
    let (a, b) = (one.interval, other.interval);
    (one.value / other.value, Some([a.low / b.high, a.high / b.low]))
}

/// How much larger one divergence is than another, as [`Estimate::minus`].
pub(super) fn difference(one: &Estimate, other: &Estimate) -> (f64, Option<[f64; 2]>) {
    let (nats, ends) = one.minus(other);
    (nats, Some(ends))
}

pub(super) fn detail(name: impl Into<String>, value: Option<f64>, unit: &str) -> Option<Detail> {
    value.map(|value| Detail { name: name.into(), value, unit: unit.to_owned() })
}

/// Largest distance of two curves.
pub(super) fn largest_difference(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// Largest difference of the cumulative explained variance of the active and a quiescent phase.
pub(super) fn explained_difference(study: &RunStudy, rest: PhaseKey) -> Outcome<f64> {
    let curve = |key: PhaseKey| -> Outcome<Vec<f64>> {
        Ok(study.components(key)?.cumulative_explained_variance.clone())
    };
    Ok(largest_difference(&curve(PhaseKey::Active)?, &curve(rest)?))
}
