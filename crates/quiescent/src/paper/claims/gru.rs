//! Claims about gated networks (figure C.2): the results for RNNs also hold for GRUs, whose noise
//! is not doubled while they are quiescent.

use super::claim::Claim;
use super::evidence::{Evidence, Statement, detail, difference, mean};
use super::spatial::{almost_uniform, explained, start_dependence};
use crate::paper::matrix::Column;
use crate::paper::{Condition, PhaseKey};

const FIGURE: &str = "C.2";

pub(super) fn claims(evidence: &Evidence<'_>) -> Vec<Claim> {
    let [unbiased, biased] = Condition::GRUS;
    let mut claims: Vec<Claim> = Condition::GRUS
        .into_iter()
        .map(|condition| explained(evidence, condition, PhaseKey::Quiescent, FIGURE))
        .collect();
    claims.push(own_motion(evidence, unbiased, biased));
    claims.push(own_motion(evidence, biased, unbiased));
    claims.push(almost_uniform(evidence, unbiased, PhaseKey::Quiescent, FIGURE));
    for (name, condition) in [("unbiased_gru", unbiased), ("biased_gru", biased)] {
        for start in [PhaseKey::FromPoint, PhaseKey::AfterWake] {
            claims.push(start_dependence(evidence, name, condition, start));
        }
    }
    claims
}

/// The quiescent density resembles the active one of the learnt motion, not that of the other motion.
fn own_motion(evidence: &Evidence<'_>, condition: Condition, other: Condition) -> Claim {
    let column = Column::Rest(condition, PhaseKey::Quiescent);
    let cell = |row: Condition| evidence.matrix.cell(row, column);
    let seeds = cell(condition)
        .into_iter()
        .filter_map(|(seed, own)| {
            let (_, others) = cell(other).into_iter().find(|(found, _)| *found == seed)?;
            Some((seed, Ok(difference(&others, &own))))
        })
        .collect();
    let average = |row: Condition| mean(cell(row).into_iter().map(|(_, kl)| kl.nats));
    let details = [
        detail("KL from its own active density", average(condition), "nats"),
        detail(format!("KL from the active density, {}", other.label()), average(other), "nats"),
    ];
    Statement {
        id: format!("C.2.own_motion.{}", if condition.biased { "biased" } else { "unbiased" }),
        figure: FIGURE,
        statement: format!(
            "The quiescent density of {condition}, without doubled noise, is nearer to its own \
             active density than to that of the other motion"
        ),
        unit: "nats",
        expected: "KL from the other motion's active density minus that from its own above 0"
            .into(),
    }
    .judged(
        evidence.lacking(&Condition::GRUS),
        seeds,
        details.into_iter().flatten().collect(),
        |margin| margin > 0.0,
    )
}
