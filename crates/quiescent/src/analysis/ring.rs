//! Is activity a ring?

use serde::{Deserialize, Serialize};

/// Points of two principal axes seen as a ring.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ring {
    /// Centre.
    pub centre: [f64; 2],
    /// Mean distance from the centre.
    pub mean_radius: f64,
    /// Standard deviation of the distance over its mean.
    pub radius_variation: f64,
    /// Fraction of points within half the mean radius.
    pub inside_half_radius: f64,
    /// Correlation of angle and heading.
    pub circular_correlation: f64,
}
