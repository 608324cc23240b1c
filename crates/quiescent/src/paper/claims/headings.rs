//! Claims about networks that integrate heading (figures 3 and C.5).

use super::claim::{Claim, Detail};
use super::evidence::{Evidence, Statement, detail, explained_difference, mean};
use super::spatial::floor_mean;
use crate::analysis::ring::{LEAST_CORRELATION, MOST_INSIDE, Ring};
use crate::analysis::turning::Turning;
use crate::analysis::{Missing, Outcome};
use crate::paper::{Condition, PhaseKey, RunStudy};

/// A ring must go nearly all the way around: at least this fraction of the sectors about its
/// centre is visited.
const ALL_AROUND: f64 = 0.9;
/// Heading densities match if their divergence is at most this.
const MATCH_NATS: f64 = 0.1;

pub(super) fn claims(evidence: &Evidence<'_>) -> Vec<Claim> {
    let mut claims = Vec::new();
    for condition in Condition::HEADINGS {
        claims.push(densities_match(evidence, condition, PhaseKey::Quiescent));
    }
    for condition in Condition::HEADINGS {
        for phase in [PhaseKey::Active, PhaseKey::Quiescent] {
            claims.push(is_ring(evidence, condition, phase));
        }
    }
    claims.push(densities_match(evidence, Condition::HEADING_UNBIASED, PhaseKey::SameNoise));
    claims.push(bias_shows(evidence));
    claims.push(unbiased_is_still(evidence));
    claims
}

fn name(condition: Condition) -> &'static str {
    if condition.biased { "biased" } else { "unbiased" }
}

fn densities_match(evidence: &Evidence<'_>, condition: Condition, rest: PhaseKey) -> Claim {
    let seeds = evidence.each(condition, |study| {
        let kl = study.divergence(rest)?.kl_quiescent_from_active;
        Ok((kl.nats, Some([kl.interval.low, kl.interval.high])))
    });
    let uniform = mean(
        evidence
            .of(condition)
            .filter_map(|study| Some(study.divergence(rest).ok()?.kl_uniform_from_active.nats)),
    );
    let explained =
        mean(evidence.of(condition).filter_map(|study| explained_difference(study, rest).ok()));
    let details = [
        detail(
            "floor: 95 % of the values between halves of the active trials are below",
            floor_mean(evidence, condition, rest),
            "nats",
        ),
        detail("KL(uniform ‖ active)", uniform, "nats"),
        detail("largest difference of cumulative explained variances", explained, "1"),
    ];
    let (figure, suffix, words) = match rest {
        PhaseKey::SameNoise => ("C.1", ".same_noise", ", without doubled noise"),
        _ => ("3", "", ""),
    };
    Statement {
        id: format!("{figure}.headings_match.{}{suffix}", name(condition)),
        figure,
        statement: format!(
            "The active and the quiescent distribution of headings of {condition} match{words}"
        ),
        unit: "nats",
        expected: format!("KL(quiescent ‖ active) at most {MATCH_NATS} nats"),
    }
    .judged(
        evidence.lacking(&[condition]),
        seeds,
        details.into_iter().flatten().collect(),
        |nats| nats <= MATCH_NATS,
    )
}

fn ring(study: &RunStudy, key: PhaseKey) -> Outcome<Ring> {
    let ring = study.components(key)?.ring.clone();
    ring.ok_or_else(|| Missing::undefined("positions have no ring"))?
}

fn is_ring(evidence: &Evidence<'_>, condition: Condition, phase: PhaseKey) -> Claim {
    let seeds = evidence.each(condition, |study| Ok((ring_margin(&ring(study, phase)?), None)));
    let rings: Vec<Ring> =
        evidence.of(condition).filter_map(|study| ring(study, phase).ok()).collect();
    let average = |value: fn(&Ring) -> f64| mean(rings.iter().map(value));
    let details: Vec<Detail> = [
        detail("correlation of angle and heading", average(|ring| ring.circular_correlation), "1"),
        detail(
            "fraction of states within half the mean radius",
            average(|ring| ring.inside_half_radius),
            "1",
        ),
        detail(
            "fraction of sectors about the centre that are visited",
            average(|ring| ring.covered),
            "1",
        ),
        detail("sd of the radius over its mean", average(|ring| ring.radius_variation), "1"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let key = if phase == PhaseKey::Active { "active" } else { "quiescent" };
    Statement {
        id: format!("3.ring.{}.{key}", name(condition)),
        figure: "3",
        statement: format!(
            "Hidden activity of {condition} is a ring ordered by heading in the {key} phase"
        ),
        unit: "1",
        expected: format!(
            "smallest of three margins at least 0: correlation of angle and heading above \
             {LEAST_CORRELATION}, states within half the mean radius below {MOST_INSIDE}, sectors visited \
             above {ALL_AROUND}"
        ),
    }
    .judged(evidence.lacking(&[condition]), seeds, details, |margin| margin >= 0.0)
}

/// By how much a ring meets the criterion that it meets least; negative if it fails one.
fn ring_margin(ring: &Ring) -> f64 {
    let correlation = ring.circular_correlation - LEAST_CORRELATION;
    let inside = MOST_INSIDE - ring.inside_half_radius;
    let covered = ring.covered - ALL_AROUND;
    correlation.min(inside).min(covered)
}

fn turning(study: &RunStudy, key: PhaseKey) -> Outcome<Turning> {
    let turning = study.phase(key)?.turning.clone();
    turning.ok_or_else(|| Missing::undefined("positions have no turns"))?
}

fn mean_turn(study: &RunStudy) -> Outcome<(f64, Option<[f64; 2]>)> {
    let turning = turning(study, PhaseKey::Quiescent)?;
    let interval = turning.interval;
    Ok((turning.mean_rad_per_step, Some([interval.low, interval.high])))
}

/// Magnitude of the mean turn, with its interval.
fn magnitude(turning: &Turning) -> (f64, [f64; 2]) {
    let (low, high) = (turning.interval.low, turning.interval.high);
    let [near, far] = [low.abs().min(high.abs()), low.abs().max(high.abs())];
    let near = if low <= 0.0 && high >= 0.0 { 0.0 } else { near };
    (turning.mean_rad_per_step.abs(), [near, far])
}

fn average_turn(evidence: &Evidence<'_>, condition: Condition, key: PhaseKey) -> Option<f64> {
    let turns = evidence.of(condition).filter_map(|study| turning(study, key).ok());
    mean(turns.map(|turning| turning.mean_rad_per_step))
}

fn bias_shows(evidence: &Evidence<'_>) -> Claim {
    let condition = Condition::HEADING_BIASED;
    let details = [
        detail("active", average_turn(evidence, condition, PhaseKey::Active), "rad/step"),
        detail(
            "the unbiased network, quiescent",
            average_turn(evidence, Condition::HEADING_UNBIASED, PhaseKey::Quiescent),
            "rad/step",
        ),
        detail("published, biased", Some(0.0151), "rad/step"),
        detail("published, unbiased", Some(0.0005), "rad/step"),
    ];
    Statement {
        id: "C.5.bias_shows".into(),
        figure: "C.5",
        statement: "A counter-clockwise bias of the active phase shows in the quiescent phase: \
                    headings turn counter-clockwise on average"
            .into(),
        unit: "rad/step",
        expected: "mean angular velocity above 0".into(),
    }
    .judged(
        evidence.lacking(&[condition]),
        evidence.each(condition, mean_turn),
        details.into_iter().flatten().collect(),
        |turn| turn > 0.0,
    )
}

fn unbiased_is_still(evidence: &Evidence<'_>) -> Claim {
    let (unbiased, biased) = (Condition::HEADING_UNBIASED, Condition::HEADING_BIASED);
    let seeds = evidence.pairs((unbiased, biased), |unbiased, biased| {
        let (one, [low, high]) = magnitude(&turning(unbiased, PhaseKey::Quiescent)?);
        let (other, [other_low, other_high]) = magnitude(&turning(biased, PhaseKey::Quiescent)?);
        Ok((one - other, Some([low - other_high, high - other_low])))
    });
    let turn = |condition| average_turn(evidence, condition, PhaseKey::Quiescent);
    let details = [
        detail("unbiased", turn(unbiased), "rad/step"),
        detail("biased", turn(biased), "rad/step"),
    ];
    Statement {
        id: "C.5.unbiased_less".into(),
        figure: "C.5",
        statement: "While quiescent, the unbiased heading network turns less on average than the \
                    biased one"
            .into(),
        unit: "rad/step",
        expected: "magnitude of its mean angular velocity minus the biased network’s below 0"
            .into(),
    }
    .judged(
        evidence.lacking(&[unbiased, biased]),
        seeds,
        details.into_iter().flatten().collect(),
        |difference| difference < 0.0,
    )
}
