//! How decoded headings turn: mean angular step, its spread, its law, and how often it reverses.
//!
//! Divide by Δt for angular velocities.

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::Real;
use super::bootstrap::{self, BootstrapSettings, Interval, Measured};
use super::circular;
use super::error::{Error, check_enough};

/// Turns from step to step, counter-clockwise positive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Turning {
    /// Mean turn in rad per step: the drift of the heading.
    pub mean_rad_per_step: f64,
    /// Interval of the mean over trials.
    pub interval: Interval,
    /// Standard deviation of all turns (n − 1).
    pub sd_rad_per_step: f64,
    /// Mean of the turns' absolute values.
    pub mean_absolute_rad_per_step: f64,
    /// Fraction of turns in the opposite direction to the previous turn of the trial, ignoring
    /// steps without a turn: 0 for rotation one way, 1/2 for independent turns without drift, 1
    /// for swinging to and fro. `None` if no trial turns twice.
    pub reversal_fraction: Option<f64>,
    /// The law of the turns.
    pub histogram: TurnHistogram,
}

/// Counts of turns in equal bins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TurnHistogram {
    /// Edges of the bins, `[bin + 1]`, ascending.
    pub edges_rad: Vec<f64>,
    /// Turns in each bin; the highest edge belongs to the last one.
    pub counts: Vec<u64>,
    /// Density in each bin, per radian; integrates to the fraction of turns within the edges.
    pub density_per_rad: Vec<f64>,
    /// Turns below the lowest edge.
    pub below: u64,
    /// Turns above the highest edge.
    pub above: u64,
}

/// Turns of `headings: [trial, step]` in rad (the paper's figure C.5), with a histogram of `bins`
/// equal bins on [−`limit_rad`, `limit_rad`].
///
/// Turns are wrapped to (−π, π]. A turn of more than half a circle in one step looks like a
/// shorter turn the other way.
///
/// # Errors
/// If there are fewer than two trials or steps, or no bins; if a heading is not finite, the limit
/// is not above 0 and at most π, or a bootstrap setting is out of range.
pub fn turning<T: Real>(
    headings: ArrayView2<'_, T>,
    bins: usize,
    limit_rad: f64,
    bootstrap: &BootstrapSettings,
) -> Result<Turning, Error> {
    check_enough("the turning of headings", "trials", headings.nrows(), 2)?;
    let turns = circular::turns(headings)?;
    let histogram = TurnHistogram::new(&turns, bins, limit_rad)?;
    // Trials are equally long, so the mean over trials is the mean over all turns.
    let of_trial = |trial: ndarray::ArrayView1<'_, f64>| trial.sum() / trial.len() as f64;
    let means: Vec<f64> = turns.outer_iter().map(of_trial).collect();
    let Measured { value: mean, interval, .. } = bootstrap::mean(&means, bootstrap)?;
    let count = turns.len() as f64;
    let squares: f64 = turns.iter().map(|turn| (turn - mean) * (turn - mean)).sum();
    Ok(Turning {
        mean_rad_per_step: mean,
        interval,
        sd_rad_per_step: (squares / (count - 1.0)).sqrt(),
        mean_absolute_rad_per_step: turns.iter().map(|turn| turn.abs()).sum::<f64>() / count,
        reversal_fraction: reversal_fraction(&turns),
        histogram,
    })
}

fn reversal_fraction(turns: &Array2<f64>) -> Option<f64> {
    let (mut reversals, mut pairs) = (0_usize, 0_usize);
    for trial in turns.outer_iter() {
        let signs = trial.iter().filter(|turn| **turn != 0.0).map(|turn| *turn > 0.0);
        for (before, after) in signs.clone().zip(signs.skip(1)) {
            reversals += usize::from(before != after);
            pairs += 1;
        }
    }
    (pairs > 0).then(|| reversals as f64 / pairs as f64)
}

impl TurnHistogram {
    fn new(turns: &Array2<f64>, bins: usize, limit_rad: f64) -> Result<Self, Error> {
        check_enough("a histogram of turns", "bins", bins, 1)?;
        if !(limit_rad > 0.0 && limit_rad <= std::f64::consts::PI) {
            return Err(Error::setting("limit_rad", limit_rad, "above 0 and at most π"));
        }
        let width = 2.0 * limit_rad / bins as f64;
        let mut counts = vec![0_u64; bins];
        let (mut below, mut above) = (0, 0);
        for &turn in turns {
            if turn < -limit_rad {
                below += 1;
            } else if turn > limit_rad {
                above += 1;
            } else {
                counts[(((turn + limit_rad) / width) as usize).min(bins - 1)] += 1;
            }
        }
        let scale = 1.0 / (turns.len() as f64 * width);
        // Edges are computed from both ends, so that they are symmetric and the outer ones exact.
        let edge = |i: usize| limit_rad * (2.0 * i as f64 - bins as f64) / bins as f64;
        Ok(Self {
            edges_rad: (0..=bins).map(edge).collect(),
            density_per_rad: counts.iter().map(|&count| count as f64 * scale).collect(),
            counts,
            below,
            above,
        })
    }
}
