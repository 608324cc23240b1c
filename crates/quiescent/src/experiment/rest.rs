//! The quiescent phase.

use serde::{Deserialize, Serialize};

/// The quiescent phase: no input, noise only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestSpec {
    /// State in which the quiescent phase begins.
    pub start: RestStart,
    /// Noise of the hidden units while quiescent. That of inputs and outputs goes on as while active,
    /// unless this is `none`.
    pub noise: QuiescentNoise,
    /// Trials of each simulated phase (active and quiescent).
    pub trials: usize,
    /// Steps of the quiescent phase.
    pub steps: usize,
}

/// State in which the quiescent phase begins.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestStart {
    /// The encoding of fresh test stimuli, as in the paper's experiments.
    Encoded,
    /// Where the active phase ended: the biological order.
    AfterWake,
    /// The encoding of one stimulus, the same for every trial (metres, or radians in the first
    /// entry).
    Point([f64; 2]),
}

/// Noise while quiescent, relative to the active noise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuiescentNoise {
    /// Twice the variance: σ√2 (equation 19).
    DoubledVariance,
    /// The active noise.
    Same,
    /// No noise at all.
    None,
    /// An explicit σ per √s, also for networks trained without noise.
    Sigma(f64),
}
