//! Transition matrices.

use super::bootstrap::Measured;
use serde::{Deserialize, Serialize};

/// How far two transition matrices are apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransitionDistance {
    /// Total variation.
    pub total_variation: f64,
    /// Jensen–Shannon divergence in nats.
    pub jensen_shannon: f64,
    /// Weight of the states compared.
    pub compared_weight: f64,
}

#[allow(unused)]
type Keep = Measured;
