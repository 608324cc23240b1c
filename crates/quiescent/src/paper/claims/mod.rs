//! The paper's claims, each with the measured value and whether it holds.
//!
//! Claims use divergences corrected for bias, and state their floors. The criteria were not
//! fitted to any result. A claim about several networks is judged by the mean over seeds; if the
//! statement asks for an interval, by the interval.

mod gru;
mod headings;
mod spatial;

use serde::{Deserialize, Serialize};

use super::matrix::Matrix;
use super::{Condition, PhaseKey, RunStudy, TaskKind};
use crate::analysis::Outcome;
use crate::analysis::bootstrap::Measured;
use crate::analysis::unbounded;
use crate::experiment::NetworkKind;
use crate::measure::Tracking;

/// One published statement and the evidence for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// Short name: the figure, the claim, and the networks it is about.
    pub id: String,
    /// The paper's figure.
    pub figure: String,
    /// The claim.
    pub statement: String,
    /// The measured value: the mean over seeds. None if the measurement failed.
    pub measured: Option<f64>,
    /// Its unit; `1` for a pure number.
    pub unit: String,
    /// For one seed, the interval over trials. For several seeds, from the lowest to the highest
    /// end of their intervals, so that every network's interval lies within.
    pub interval: Option<[f64; 2]>,
    /// The criterion that the claim must meet.
    pub expected: String,
    /// Whether the claim holds; none if it could not be tested.
    pub holds: Option<bool>,
    /// Each seed's value.
    pub seeds: Vec<SeedValue>,
    /// Further numbers that belong to the claim.
    pub details: Vec<Detail>,
    /// Why the claim could not be tested, or a caveat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A value of one seed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SeedValue {
    /// The seed.
    pub seed: u64,
    /// The value measured in its networks.
    #[serde(with = "unbounded")]
    pub measured: f64,
    /// Its interval over trials.
    pub interval: Option<[f64; 2]>,
}

/// A further number for a claim: a mean over seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Detail {
    /// Its name.
    pub name: String,
    /// The number.
    #[serde(with = "unbounded")]
    pub value: f64,
    /// Its unit; `1` for a pure number.
    pub unit: String,
}

/// A studied network with its last test loss.
#[derive(Debug, Clone, Copy)]
pub struct Studied<'a> {
    /// The study.
    pub study: &'a RunStudy,
    /// Last loss on the test set.
    pub test_loss: Option<f64>,
}

/// Evaluates every claim on the given networks.
pub fn evaluate(networks: &[Studied<'_>], matrix: &Matrix) -> Vec<Claim> {
    let mut networks = networks.to_vec();
    networks.sort_by_key(|network| (network.study.condition, network.study.seed));
    let evidence = Evidence { networks: &networks, matrix };
    let mut claims: Vec<Claim> =
        Condition::all().map(|condition| learning(&evidence, condition)).collect();
    claims.extend(spatial::claims(&evidence));
    claims.extend(gru::claims(&evidence));
    claims.extend(headings::claims(&evidence));
    claims
}

/// The evidence for claims.
struct Evidence<'a> {
    networks: &'a [Studied<'a>],
    matrix: &'a Matrix,
}

/// A value of one seed with its interval, or why there is none.
type SeedOutcome = (u64, Outcome<(f64, Option<[f64; 2]>)>);

impl<'a> Evidence<'a> {
    fn of(&self, condition: Condition) -> impl Iterator<Item = &'a RunStudy> + use<'a> {
        let networks = self.networks;
        networks.iter().map(|n| n.study).filter(move |study| study.condition == condition)
    }

    /// A value of every network of a condition.
    fn each(
        &self,
        condition: Condition,
        value: impl Fn(&RunStudy) -> Outcome<(f64, Option<[f64; 2]>)>,
    ) -> Vec<SeedOutcome> {
        self.of(condition).map(|study| (study.seed, value(study))).collect()
    }

    /// A value of every pair of networks of equal seed.
    fn pairs(
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

    /// Names the conditions without a network; none if every condition has one.
    fn lacking(&self, conditions: &[Condition]) -> Option<String> {
        let lacking: Vec<String> = conditions
            .iter()
            .filter(|condition| self.of(**condition).next().is_none())
            .map(ToString::to_string)
            .collect();
        (!lacking.is_empty()).then(|| format!("no network of {}", lacking.join(" or ")))
    }
}

/// A claim before it is judged.
struct Statement {
    id: String,
    figure: &'static str,
    statement: String,
    unit: &'static str,
    expected: String,
}

impl Statement {
    /// Combines the claim with its evidence. `lacking` names missing conditions; `judge` decides
    /// from the mean over seeds and the interval.
    fn judged(
        self,
        lacking: Option<String>,
        seeds: Vec<SeedOutcome>,
        details: Vec<Detail>,
        judge: impl FnOnce(f64, Option<[f64; 2]>) -> bool,
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
            notes.push("no two networks share a seed".to_owned());
        }
        Claim {
            id: self.id,
            figure: self.figure.to_owned(),
            statement: capitalised(&self.statement),
            // JSON has no infinities. An infinite divergence is still visible among the seeds.
            measured: mean.filter(|mean| mean.is_finite()),
            unit: self.unit.to_owned(),
            interval: interval.filter(|ends| ends.iter().all(|end| end.is_finite())),
            expected: self.expected,
            holds: mean.map(|mean| judge(mean, interval)),
            seeds: found,
            details,
            note: (!notes.is_empty()).then(|| notes.join("; ")),
        }
    }
}

/// The text with its first letter capitalised.
fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The mean, or `None` if there are no values.
fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

/// From the lowest to the highest end of the seeds' intervals. A seed without an interval
/// contributes its value.
fn hull(seeds: &[SeedValue]) -> Option<[f64; 2]> {
    if seeds.len() < 2 {
        return seeds.first().and_then(|seed| seed.interval);
    }
    let ends = seeds.iter().map(|seed| seed.interval.unwrap_or([seed.measured; 2]));
    ends.reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])])
}

/// A measured value as a seed's outcome.
fn outcome(measured: &Outcome<Measured>) -> Outcome<(f64, Option<[f64; 2]>)> {
    let measured = measured.as_ref().map_err(Clone::clone)?;
    Ok((measured.value, Some([measured.interval.low, measured.interval.high])))
}

/// Ratio of two measured values. Its interval combines the ends that are farthest apart.
fn ratio(one: &Measured, other: &Measured) -> (f64, Option<[f64; 2]>) {
    let (a, b) = (one.interval, other.interval);
    (one.value / other.value, Some([a.low / b.high, a.high / b.low]))
}

fn detail(name: impl Into<String>, value: Option<f64>, unit: &str) -> Option<Detail> {
    value.map(|value| Detail { name: name.into(), value, unit: unit.to_owned() })
}

/// Largest distance between two curves.
fn largest_difference(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// Largest difference in cumulative explained variance between waking and a quiescent phase.
fn explained_difference(study: &RunStudy, rest: PhaseKey) -> Outcome<f64> {
    let curve = |key: PhaseKey| -> Outcome<Vec<f64>> {
        Ok(study.components(key)?.cumulative_explained_variance.clone())
    };
    Ok(largest_difference(&curve(PhaseKey::Active)?, &curve(rest)?))
}

/// The networks learn their task.
fn learning(evidence: &Evidence<'_>, condition: Condition) -> Claim {
    // The limit is a cell's width. A network that has learnt only the average has a far larger
    // error.
    let (unit, limit) = match condition.task {
        TaskKind::Spatial => ("m", 0.2),
        TaskKind::HeadDirection => ("rad", std::f64::consts::FRAC_PI_6),
    };
    let networks = || evidence.networks.iter().filter(|n| n.study.condition == condition);
    let tracking = |value: fn(&Tracking) -> Option<f64>| {
        mean(networks().filter_map(|n| value(n.study.found.tracking.as_ref().ok()?)))
    };
    let loss = mean(networks().filter_map(|network| network.test_loss));
    let predictor = tracking(|tracking| tracking.mean_predictor_loss.as_ref().ok().copied());
    let details = [
        detail("final test loss (mean squared error)", loss, "1"),
        detail("loss of predicting the mean activity", predictor, "1"),
        detail(
            "mean squared decoding error",
            tracking(|tracking| Some(tracking.squared_error.value)),
            if unit == "m" { "m²" } else { "rad²" },
        ),
    ];
    let errors = evidence.each(condition, |study| {
        outcome(&study.found.tracking.as_ref().map(|t| t.error).map_err(Clone::clone))
    });
    Statement {
        id: format!("learning.{condition}"),
        figure: match (condition.network, condition.task) {
            (NetworkKind::Gru, _) => "C.2",
            (NetworkKind::Rnn, TaskKind::Spatial) => "1b",
            (NetworkKind::Rnn, TaskKind::HeadDirection) => "A.2",
        },
        statement: format!(
            "Networks of {condition} learn: the decoded value follows the true one, and the test \
             loss falls well below that of the mean activity"
        ),
        unit,
        expected: format!(
            "decoding error below {limit:.2} {unit} (a cell's width), test loss below half of the \
             mean predictor's"
        ),
    }
    .judged(
        evidence.lacking(&[condition]),
        errors,
        details.into_iter().flatten().collect(),
        |error, _| {
            let learnt = loss.zip(predictor).is_some_and(|(loss, mean)| loss < mean / 2.0);
            error < limit && learnt
        },
    )
}
