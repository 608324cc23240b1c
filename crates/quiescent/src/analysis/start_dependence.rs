//! The ratio of within-trial to pooled variance against burn-in.

use super::exploration::VarianceRatio;
use serde::{Deserialize, Serialize};

/// Ratio against burn-in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BurnInCurve {
    /// Steps left out.
    pub burn_in_steps: Vec<usize>,
    /// The ratio.
    pub ratio: Vec<Option<VarianceRatio>>,
}
