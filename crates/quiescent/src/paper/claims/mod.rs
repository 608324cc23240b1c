//! The paper's claims, each with the measured value and whether it holds.
//!
//! Divergences are judged free of their biases, beside their floors. The criteria stand in the code of each
//! claim and are not fitted to any result. A claim about several networks holds if it holds for the mean
//! over seeds; where the statement asks for an interval, the interval decides.

mod claim;
mod evidence;
mod gru;
mod headings;
mod learning;
mod spatial;

pub use claim::{Claim, Detail, SeedValue};
use evidence::Evidence;
pub use evidence::Studied;

use super::Condition;
use super::matrix::Matrix;

/// Evaluates every claim on the given networks.
pub fn evaluate(networks: &[Studied<'_>], matrix: &Matrix) -> Vec<Claim> {
    let mut networks = networks.to_vec();
    networks.sort_by_key(|network| (network.study.condition, network.study.seed));
    let evidence = Evidence { networks: &networks, matrix };
    let mut claims: Vec<Claim> =
        Condition::all().map(|condition| learning::claim(&evidence, condition)).collect();
    claims.extend(spatial::claims(&evidence));
    claims.extend(gru::claims(&evidence));
    claims.extend(headings::claims(&evidence));
    claims
}
