//! How decoded headings turn from step to step.

use serde::{Deserialize, Serialize};

use super::bootstrap::Interval;

/// Turns of a phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Turning {
    /// Mean turn, counter-clockwise positive.
    pub mean_rad_per_step: f64,
    /// Percentile interval of the mean over trials.
    pub interval: Interval,
    /// Standard deviation of the turns.
    pub sd_rad_per_step: f64,
    /// Mean magnitude of the turns.
    pub mean_absolute_rad_per_step: f64,
    /// Fraction of successive non-zero turns whose sense differs.
    pub reversal_fraction: Option<f64>,
    /// Histogram of the turns.
    pub histogram: TurnHistogram,
}

/// Counts of turns in equal bins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TurnHistogram {
    /// Edges of the bins.
    pub edges_rad: Vec<f64>,
    /// Turns in each bin.
    pub counts: Vec<u64>,
    /// Density in each bin, per radian.
    pub density_per_rad: Vec<f64>,
    /// Turns below the first edge.
    pub below: u64,
    /// Turns beyond the last edge.
    pub above: u64,
}
