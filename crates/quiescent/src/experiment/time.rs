//! Time step and trial length.

use serde::{Deserialize, Serialize};

/// Time of the simulation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeSpec {
    /// Length of one Euler–Maruyama step, Δt, in seconds.
    pub dt_s: f64,
    /// Steps of one waking trial.
    pub steps: usize,
}
