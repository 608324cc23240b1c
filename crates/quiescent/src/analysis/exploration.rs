//! How far trials wander: total variance, mean squared displacement, coverage,
//! time to leave, and the share of the pooled spread that lies within trials.
//!
//! Arrays are decoded values `[trial, step, dim]` of a space: positions in m, or headings in rad,
//! whose path is followed around the circle ([`circular::unwrap`]). Times are in steps; multiply
//! by Δt.

use ndarray::{Array3, ArrayView3, Axis, s};
use serde::{Deserialize, Serialize};

use super::Real;
use super::bootstrap::{self, BootstrapSettings, Measured};
use super::circular;
use super::error::{Error, check_dim, check_enough, check_finite};
use crate::space::{Bins, Space};

/// A value per trial and the mean over trials.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PerTrial {
    /// Mean over trials.
    pub mean: f64,
    /// One value per trial.
    pub trials: Vec<f64>,
}

impl PerTrial {
    pub(super) fn new(trials: Vec<f64>) -> Self {
        Self { mean: trials.iter().sum::<f64>() / trials.len() as f64, trials }
    }

    /// The mean with its interval over trials.
    ///
    /// # Errors
    /// If there are fewer than two trials, a value is not finite, or a setting is out of range.
    pub fn estimate(&self, settings: &BootstrapSettings) -> Result<Measured, Error> {
        bootstrap::mean(&self.trials, settings)
    }
}

/// Steady-state total variance of each trial, in unit²: the variance over steps (n − 1) summed
/// over dimensions, omitting the first `burn_in` steps.
///
/// # Errors
/// If there is no trial, fewer than two steps remain, a value is not finite, or dimensions differ.
pub fn total_variance<T: Real>(
    decoded: ArrayView3<'_, T>,
    space: &Space,
    burn_in: usize,
) -> Result<PerTrial, Error> {
    let path = path(decoded, space)?;
    let kept = after(path.view(), burn_in, "total variance", 2)?;
    let steps = kept.len_of(Axis(1)) as f64;
    let moments = moments(kept);
    Ok(PerTrial::new(moments.iter().map(|trial| trial.variance * steps / (steps - 1.0)).collect()))
}

/// Mean squared displacement against lag. [`diffusion`](super::diffusion) has its exponent with an interval, in
/// the range of lags where it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeanSquaredDisplacement {
    /// Lags in steps.
    pub lags: Vec<usize>,
    /// Mean over trials and starts of the squared displacement, in unit².
    pub squared: Vec<f64>,
    /// Slope of ln(squared) on ln(lag) over all lags with equal weight: 1 for a random walk, 2 for
    /// straight motion, below 1 for confined motion. `None` with fewer than two lags, or if
    /// nothing moves.
    pub exponent: Option<f64>,
}

/// Mean squared displacement at `lags` (in steps, ascending).
///
/// Long lags average over few independent stretches. For the exponent, keep lags below about a
/// tenth of the trial, and below the time in which a trial crosses the arena.
///
/// # Errors
/// If there is no trial, a lag is zero or not shorter than a trial, a value is not finite, or
/// dimensions differ.
pub fn mean_squared_displacement<T: Real>(
    decoded: ArrayView3<'_, T>,
    space: &Space,
    lags: &[usize],
) -> Result<MeanSquaredDisplacement, Error> {
    check_enough("mean squared displacement", "lags", lags.len(), 1)?;
    let longest = lags.iter().copied().max().unwrap_or(0);
    if lags.contains(&0) || !lags.is_sorted_by(|a, b| a < b) {
        return Err(Error::setting("lags", format!("{lags:?}"), "positive and ascending"));
    }
    let path = path(decoded, space)?;
    let kept = after(path.view(), 0, "mean squared displacement", longest.saturating_add(1))?;
    let (trials, steps, _) = kept.dim();
    let mean_at = |lag: usize| {
        let mut sum = 0.0;
        for trial in 0..trials {
            for step in lag..steps {
                sum += squared_distance(kept, trial, step - lag, step);
            }
        }
        sum / (trials * (steps - lag)) as f64
    };
    let squared: Vec<f64> = lags.iter().map(|&lag| mean_at(lag)).collect();
    Ok(MeanSquaredDisplacement {
        exponent: log_log_slope(lags, &squared),
        lags: lags.to_vec(),
        squared,
    })
}

/// Mean over starts of one trial's squared displacement at a lag shorter than the trial.
pub(super) fn squared_displacement<T: Real>(
    decoded: ArrayView3<'_, T>,
    trial: usize,
    lag: usize,
) -> f64 {
    let steps = decoded.len_of(Axis(1));
    let squares = (lag..steps).map(|step| squared_distance(decoded, trial, step - lag, step));
    squares.sum::<f64>() / (steps - lag) as f64
}

/// About `count` lags from 1 to `longest`, equally spaced in their logarithm.
pub fn logarithmic_lags(longest: usize, count: usize) -> Vec<usize> {
    let top = libm::log(longest.max(1) as f64);
    let mut lags: Vec<usize> = (0..count)
        .map(|i| libm::exp(top * i as f64 / (count.max(2) - 1) as f64).round() as usize)
        .collect();
    lags.dedup();
    lags
}

/// Slope of ln(squared) on ln(lag) by least squares.
pub(super) fn log_log_slope(lags: &[usize], squared: &[f64]) -> Option<f64> {
    if lags.len() < 2 || squared.iter().any(|&value| value <= 0.0) {
        return None;
    }
    let x: Vec<f64> = lags.iter().map(|&lag| libm::log(lag as f64)).collect();
    let y: Vec<f64> = squared.iter().map(|value| libm::log(*value)).collect();
    let count = x.len() as f64;
    let (mean_x, mean_y) = (x.iter().sum::<f64>() / count, y.iter().sum::<f64>() / count);
    let products = x.iter().zip(&y).map(|(x, y)| (x - mean_x) * (y - mean_y));
    let squares = x.iter().map(|x| (x - mean_x) * (x - mean_x));
    Some(products.sum::<f64>() / squares.sum::<f64>())
}

/// Fraction of the bins of a space visited.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Fraction visited by each trial alone.
    pub per_trial: PerTrial,
    /// Fraction visited by any trial.
    pub pooled: f64,
    /// Number of bins along each dimension.
    pub bins: usize,
    /// Values outside the walls. They do not visit any bin.
    pub outside: usize,
}

/// Most bins; each takes two bytes.
const MOST_BINS: usize = 100_000_000;

/// Fraction of bins visited.
///
/// # Errors
/// If there is no value, dimensions differ, there are more than 100 million bins, or a value is not
/// finite.
pub fn covered_fraction<T: Real>(
    decoded: ArrayView3<'_, T>,
    bins: &Bins,
) -> Result<Coverage, Error> {
    let kept = after(decoded, 0, "the covered fraction", 1)?;
    check_dim(kept.len_of(Axis(2)), bins.dim())?;
    if bins.len() > MOST_BINS {
        return Err(Error::setting("bins", bins.len(), "at most 100 million in all"));
    }
    let mut pooled = vec![false; bins.len()];
    let mut outside = 0;
    let mut fractions = Vec::with_capacity(kept.len_of(Axis(0)));
    for trial in kept.outer_iter() {
        let mut visited = vec![false; bins.len()];
        for position in trial.outer_iter() {
            let position: Vec<f64> = position.iter().map(|&x| x.into()).collect();
            let Some(bin) = bins.of(&position) else {
                outside += 1;
                continue;
            };
            visited[bin] = true;
            pooled[bin] = true;
        }
        fractions.push(fraction_true(&visited));
    }
    Ok(Coverage {
        per_trial: PerTrial::new(fractions),
        pooled: fraction_true(&pooled),
        bins: bins.per_side(),
        outside,
    })
}

fn fraction_true(flags: &[bool]) -> f64 {
    flags.iter().filter(|&&flag| flag).count() as f64 / flags.len() as f64
}

/// When trials first leave a disc around their start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeavingTime {
    /// Steps until the distance from the first position exceeds the radius, per trial; `None` if
    /// it never does.
    pub steps: Vec<Option<usize>>,
    /// Median over trials. Trials that never leave count as later than all others; `None` if half
    /// of them never leave.
    pub median_steps: Option<f64>,
    /// Fraction of trials that leave.
    pub left: f64,
}

/// Steps until each trial is farther than `radius` (in the data's unit) from where it started.
///
/// # Errors
/// If there is no value, the radius is not a positive number, a value is not finite, or dimensions
/// differ.
pub fn time_to_leave<T: Real>(
    decoded: ArrayView3<'_, T>,
    space: &Space,
    radius: f64,
) -> Result<LeavingTime, Error> {
    let path = path(decoded, space)?;
    let kept = after(path.view(), 0, "the time to leave", 1)?;
    if !(radius.is_finite() && radius > 0.0) {
        return Err(Error::setting("radius", radius, "a positive finite number"));
    }
    let (trials, total, _) = kept.dim();
    let steps: Vec<Option<usize>> = (0..trials)
        .map(|trial| {
            (1..total).find(|&step| squared_distance(kept, trial, 0, step) > radius * radius)
        })
        .collect();
    Ok(LeavingTime {
        median_steps: median_steps(&steps),
        left: steps.iter().flatten().count() as f64 / trials as f64,
        steps,
    })
}

/// Median over trials of when something happens. Trials in which it never does count as later than all others;
/// none if that is half of them.
pub(super) fn median_steps(steps: &[Option<usize>]) -> Option<f64> {
    let mut sorted: Vec<f64> =
        steps.iter().map(|step| step.map_or(f64::INFINITY, |step| step as f64)).collect();
    sorted.sort_by(f64::total_cmp);
    let median = f64::midpoint(sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
    median.is_finite().then_some(median)
}

/// Spread within trials compared with the spread of all positions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct VarianceRatio {
    /// Mean over trials of the variance over steps, in unit² and summed over dimensions, or the
    /// circular variance 1 − R for headings.
    pub within: f64,
    /// Variance of all positions together.
    pub pooled: f64,
    /// within / pooled: near 1 if each trial visits everything, near 0 if each stays where it
    /// started and the pooled density merely repeats the starts.
    pub ratio: f64,
}

/// Ratio of within-trial to pooled variance from step `burn_in` on. For headings `[trial, step,
/// 1]` these are circular variances.
///
/// # Errors
/// If there is no trial, fewer than two steps remain, a value is not finite, dimensions differ, or
/// nothing varies.
pub fn variance_ratio<T: Real>(
    decoded: ArrayView3<'_, T>,
    space: &Space,
    burn_in: usize,
) -> Result<VarianceRatio, Error> {
    let kept = after(decoded, burn_in, "the variance ratio", 2)?;
    check_dim(kept.len_of(Axis(2)), space.dim())?;
    let trials = vec![1.0; kept.len_of(Axis(0))];
    let ratio = match space {
        Space::Region(_) => ratio_of(&moments(kept), &trials),
        Space::Circle => heading_ratio_of(&heading_moments(kept)?, &trials),
    };
    ratio.ok_or_else(|| Error::Undefined {
        measurement: "the variance ratio",
        reason: "all decoded values are equal".into(),
    })
}

/// Mean and variance (summed over dimensions, with n) of one trial.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Moments {
    pub(crate) mean: Vec<f64>,
    pub(crate) variance: f64,
}

pub(crate) fn moments<T: Real>(decoded: ArrayView3<'_, T>) -> Vec<Moments> {
    let of_trial = |trial: ndarray::ArrayView2<'_, T>| {
        let steps = trial.nrows() as f64;
        let mut variance = 0.0;
        let mean = trial
            .columns()
            .into_iter()
            .map(|column| {
                let mean = column.iter().map(|&x| x.into()).sum::<f64>() / steps;
                let squares = column.iter().map(|&x| square(x.into() - mean));
                variance += squares.sum::<f64>() / steps;
                mean
            })
            .collect();
        Moments { mean, variance }
    };
    decoded.outer_iter().map(of_trial).collect()
}

/// The ratio with trials weighted; `None` if nothing varies.
pub(crate) fn ratio_of(moments: &[Moments], weights: &[f64]) -> Option<VarianceRatio> {
    let total: f64 = weights.iter().sum();
    let mean_of = |of: &dyn Fn(&Moments) -> f64| {
        let terms = moments.iter().zip(weights).map(|(trial, w)| w * of(trial));
        terms.sum::<f64>() / total
    };
    let within = mean_of(&|trial| trial.variance);
    let between: f64 = (0..moments.first()?.mean.len())
        .map(|d| {
            let mean = mean_of(&|trial| trial.mean[d]);
            mean_of(&|trial| square(trial.mean[d] - mean))
        })
        .sum();
    VarianceRatio::new(within, within + between)
}

/// Mean vectors (cos, sin) of the headings of each trial.
pub(crate) fn heading_moments<T: Real>(
    headings: ArrayView3<'_, T>,
) -> Result<Vec<[f64; 2]>, Error> {
    check_dim(headings.len_of(Axis(2)), 1)?;
    let of_trial = |trial: ndarray::ArrayView2<'_, T>| {
        let mean = circular::mean(trial.column(0))?;
        let (sin, cos) = libm::sincos(mean.direction_rad);
        Ok([mean.resultant_length * cos, mean.resultant_length * sin])
    };
    headings.outer_iter().map(of_trial).collect()
}

/// The circular ratio with trials weighted; `None` if nothing varies.
pub(crate) fn heading_ratio_of(means: &[[f64; 2]], weights: &[f64]) -> Option<VarianceRatio> {
    let total: f64 = weights.iter().sum();
    let (mut cos, mut sin, mut within) = (0.0, 0.0, 0.0);
    for ([c, s], weight) in means.iter().zip(weights) {
        cos += weight * c / total;
        sin += weight * s / total;
        within += weight * (1.0 - libm::hypot(*c, *s)) / total;
    }
    VarianceRatio::new(within.max(0.0), 1.0 - libm::hypot(cos, sin))
}

impl VarianceRatio {
    fn new(within: f64, pooled: f64) -> Option<Self> {
        // Rounding errors in sums of equal values are of this order.
        (pooled > 1e-14).then(|| Self { within, pooled, ratio: within / pooled })
    }
}

/// Values whose differences are distances: positions unchanged, headings unwrapped.
pub(super) fn path<T: Real>(
    decoded: ArrayView3<'_, T>,
    space: &Space,
) -> Result<Array3<f64>, Error> {
    check_dim(decoded.len_of(Axis(2)), space.dim())?;
    Ok(match space {
        Space::Region(_) => decoded.mapv(Into::into),
        Space::Circle if decoded.len_of(Axis(1)) < 2 => decoded.mapv(Into::into),
        Space::Circle => {
            let headings = decoded.index_axis_move(Axis(2), 0);
            circular::unwrap(headings)?.insert_axis(Axis(2))
        }
    })
}

/// The steps after a burn-in, if enough of them remain and all are finite.
pub(crate) fn after<'a, T: Real>(
    decoded: ArrayView3<'a, T>,
    burn_in: usize,
    measurement: &'static str,
    needed: usize,
) -> Result<ArrayView3<'a, T>, Error> {
    let (trials, steps, dims) = decoded.dim();
    check_enough(measurement, "trials", trials, 1)?;
    check_enough(measurement, "dimensions", dims, 1)?;
    let left = steps.saturating_sub(burn_in);
    check_enough(measurement, "steps after the burn-in", left, needed)?;
    let kept = decoded.slice_move(s![.., burn_in.., ..]);
    check_finite("decoded values [trial, step after burn-in, dim]", kept)?;
    Ok(kept)
}

pub(super) fn squared_distance<T: Real>(
    decoded: ArrayView3<'_, T>,
    trial: usize,
    from: usize,
    to: usize,
) -> f64 {
    (0..decoded.len_of(Axis(2)))
        .map(|d| {
            let from: f64 = decoded[[trial, from, d]].into();
            square(decoded[[trial, to, d]].into() - from)
        })
        .sum()
}

fn square(x: f64) -> f64 {
    x * x
}
