//! Do trials forget where they started? Compares spread within trials with the pooled spread,
//! against the burn-in.

use ndarray::ArrayView3;
use serde::{Deserialize, Serialize};

use super::Real;
use super::error::{Error, check_enough};
use super::exploration::{VarianceRatio, variance_ratio};
use crate::space::Space;

/// The variance ratio after several burn-ins.
///
/// A pooled density can match that of waking only because the starts do. If trials mix, the ratio
/// is near 1 for any burn-in. If they drift into few states and remain there, it falls as the
/// burn-in grows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BurnInCurve {
    /// First steps omitted.
    pub burn_in_steps: Vec<usize>,
    /// The ratio of the steps after each burn-in; `None` if all their values are equal.
    pub ratios: Vec<Option<VarianceRatio>>,
}

/// Ratio of within-trial to pooled variance ([`variance_ratio`]) of decoded values `[trial, step,
/// dim]` after each of `burn_ins`.
///
/// # Errors
/// If there is no burn-in or no trial, fewer than two steps remain after one, a value is not
/// finite, or dimensions differ.
pub fn variance_ratio_by_burn_in<T: Real>(
    decoded: ArrayView3<'_, T>,
    space: &Space,
    burn_ins: &[usize],
) -> Result<BurnInCurve, Error> {
    check_enough("the variance ratio by burn-in", "burn-ins", burn_ins.len(), 1)?;
    let ratios = burn_ins
        .iter()
        .map(|&burn_in| match variance_ratio(decoded, space, burn_in) {
            Err(Error::Undefined { .. }) => Ok(None),
            ratio => ratio.map(Some),
        })
        .collect::<Result<_, _>>()?;
    Ok(BurnInCurve { burn_in_steps: burn_ins.to_vec(), ratios })
}
