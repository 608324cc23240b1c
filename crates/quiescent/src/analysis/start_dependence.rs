//! Do trials forget where they started? Spread within trials beside the pooled spread, against
//! the burn-in.

use ndarray::ArrayView3;
use serde::{Deserialize, Serialize};

use super::Real;
use super::error::{Error, check_enough};
use super::exploration::{VarianceRatio, heading_variance_ratio, variance_ratio};

/// The variance ratio after several burn-ins.
///
/// A pooled density can match that of waking only because the starts do. If trials mix, the ratio
/// is near 1 whatever is left out; if they drift into few states and stay there, it falls as the
/// burn-in grows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BurnInCurve {
    /// First steps left out.
    pub burn_in_steps: Vec<usize>,
    /// The ratio of the steps after each burn-in; `None` where all their values are equal.
    pub ratios: Vec<Option<VarianceRatio>>,
}

/// Within-trial against pooled variance of decoded values `[trial, step, dim]` (positions in m,
/// or, if `headings`, one dimension in rad and circular variances) after each of `burn_ins`.
///
/// # Errors
/// If there is no burn-in or no trial, fewer than two steps remain after one, or a value is not
/// finite; for headings, if there is more than one dimension.
pub fn variance_ratio_by_burn_in<T: Real>(
    decoded: ArrayView3<'_, T>,
    burn_ins: &[usize],
    headings: bool,
) -> Result<BurnInCurve, Error> {
    check_enough("the variance ratio by burn-in", "burn-ins", burn_ins.len(), 1)?;
    let ratio = if headings { heading_variance_ratio } else { variance_ratio };
    let ratios = burn_ins
        .iter()
        .map(|&burn_in| match ratio(decoded, burn_in) {
            Err(Error::Undefined { .. }) => Ok(None),
            ratio => ratio.map(Some),
        })
        .collect::<Result<_, _>>()?;
    Ok(BurnInCurve { burn_in_steps: burn_ins.to_vec(), ratios })
}
