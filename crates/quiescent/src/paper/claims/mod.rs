//! The paper's claims, and some beyond it, each with the measured value and whether it holds.
//!
//! Divergences are judged free of their biases, beside their floors. The criteria stand in the code of each
//! claim and are not fitted to any result. A claim about several networks is judged by the mean over seeds. It
//! is undecided if the interval includes the criterion.

mod beyond;
mod claim;
mod evidence;
mod gru;
mod headings;
mod learning;
mod spatial;

pub use claim::{BEYOND, Claim, Detail, SeedValue};
use evidence::Evidence;
pub use evidence::Studied;

use super::Condition;
use super::matrix::Matrix;
use crate::analysis::Verdict;

/// Evaluates every claim on the given networks. Networks that have not learned are left out of every
/// claim but those on learning, which say so.
pub fn evaluate(networks: &[Studied<'_>], matrix: &Matrix) -> Vec<Claim> {
    let mut networks = networks.to_vec();
    networks.sort_by_key(|network| (network.study.condition, network.study.seed));
    let evidence = Evidence { networks: &networks, unlearned: &[], matrix };
    let mut claims: Vec<Claim> =
        Condition::all().map(|condition| learning::claim(&evidence, condition)).collect();
    let (unlearned, learned): (Vec<Studied<'_>>, Vec<_>) =
        networks.iter().copied().partition(|network| {
            let tracking = network.study.found.tracking.as_ref();
            tracking.is_ok_and(|tracking| tracking.learned() == Verdict::Fails)
        });
    let matrix = matrix.without(|condition, seed| {
        unlearned.iter().any(|n| (n.study.condition, n.study.seed) == (condition, seed))
    });
    let evidence = Evidence { networks: &learned, unlearned: &unlearned, matrix: &matrix };
    claims.extend(spatial::claims(&evidence));
    claims.extend(gru::claims(&evidence));
    claims.extend(headings::claims(&evidence));
    claims.extend(beyond::claims(&evidence));
    claims
}
