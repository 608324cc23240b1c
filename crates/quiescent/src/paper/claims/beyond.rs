//! Claims that are not in the paper: whether adaptation frees rest from its start, and what it costs.

use super::claim::{BEYOND, Claim};
use super::evidence::{Evidence, Statement, detail, difference, mean, ratio};
use crate::analysis::Outcome;
use crate::analysis::reactivation::Estimate;
use crate::measure::ALMOST_NATS;
use crate::paper::{ADAPTATION, Condition, PhaseKey, RunStudy};

/// Networks trained with noise; the others stand still at rest.
const CONDITIONS: [(&str, Condition); 6] = [
    ("unbiased", Condition::NOISY_UNBIASED),
    ("biased", Condition::NOISY_BIASED),
    ("heading_unbiased", Condition::HEADING_UNBIASED),
    ("heading_biased", Condition::HEADING_BIASED),
    ("unbiased_gru", Condition::GRUS[0]),
    ("biased_gru", Condition::GRUS[1]),
];
const ADAPTED: PhaseKey = PhaseKey::AdaptedFromPoint;

pub(super) fn claims(evidence: &Evidence<'_>) -> Vec<Claim> {
    let reaches = CONDITIONS.iter().map(|(name, condition)| reaches(evidence, name, *condition));
    let steps = CONDITIONS.iter().map(|(name, condition)| steps(evidence, name, *condition));
    reaches.chain(steps).collect()
}

fn adaptation() -> String {
    format!("adaptation (b = {}, τ_a = {} s)", ADAPTATION.strength, ADAPTATION.tau_s)
}

fn kl(study: &RunStudy, key: PhaseKey) -> Outcome<Estimate> {
    Ok(study.divergence(key)?.kl_quiescent_from_active)
}

fn coverage(study: &RunStudy, key: PhaseKey) -> Outcome<f64> {
    Ok(study.phase(key)?.coverage.as_ref().map_err(Clone::clone)?.per_trial.value)
}

/// The likeness of rest from one point, with adaptation, to that from encoded starts without.
fn reaches(evidence: &Evidence<'_>, name: &str, condition: Condition) -> Claim {
    let seeds = evidence.each(condition, |study| {
        Ok(difference(&kl(study, ADAPTED)?, &kl(study, PhaseKey::Quiescent)?))
    });
    let nats =
        |key| mean(evidence.of(condition).filter_map(|study| Some(kl(study, key).ok()?.nats)));
    let covered = |key| mean(evidence.of(condition).filter_map(|study| coverage(study, key).ok()));
    let details = [
        detail("KL(quiescent ‖ active) from one point, with adaptation", nats(ADAPTED), "nats"),
        detail("KL(quiescent ‖ active) from one point", nats(PhaseKey::FromPoint), "nats"),
        detail("KL(quiescent ‖ active) from encoded starts", nats(PhaseKey::Quiescent), "nats"),
        detail("coverage of a trial with adaptation", covered(ADAPTED), "1"),
        detail("coverage of a trial from one point", covered(PhaseKey::FromPoint), "1"),
    ];
    Statement {
        id: format!("beyond.reaches.{name}"),
        figure: BEYOND,
        statement: format!(
            "With {}, the quiescent phase of {condition} needs no starts: if all trials start at one point, it is \
             as near to the active density as without adaptation from encoded starts",
            adaptation()
        ),
        unit: "nats",
        expected: format!(
            "KL(quiescent ‖ active) minus that from encoded starts at most {ALMOST_NATS} nats"
        ),
    }
    .judged(
        evidence.lacking(&[condition]),
        seeds,
        details.into_iter().flatten().collect(),
        |difference| difference <= ALMOST_NATS,
    )
}

/// Whether adapted rest takes no longer steps than the active phase.
fn steps(evidence: &Evidence<'_>, name: &str, condition: Condition) -> Claim {
    let step = |study: &RunStudy, key: PhaseKey| study.phase(key)?.step_distance.clone();
    let seeds = evidence.each(condition, |study| {
        Ok(ratio(&step(study, ADAPTED)?, &step(study, PhaseKey::Active)?))
    });
    let unit = condition.task.unit();
    let of =
        |key| mean(evidence.of(condition).filter_map(|study| Some(step(study, key).ok()?.value)));
    let details = [
        detail("mean step with adaptation", of(ADAPTED), unit),
        detail("mean step of the active phase", of(PhaseKey::Active), unit),
        detail("mean step from one point", of(PhaseKey::FromPoint), unit),
    ];
    Statement {
        id: format!("beyond.steps.{name}"),
        figure: BEYOND,
        statement: format!(
            "With {}, the quiescent phase of {condition} takes no longer steps than the active phase, on average",
            adaptation()
        ),
        unit: "1",
        expected: "ratio of mean steps (adapted / active) at most 1".into(),
    }
    .judged(evidence.lacking(&[condition]), seeds, details.into_iter().flatten().collect(), |ratio| {
        ratio <= 1.0
    })
}
