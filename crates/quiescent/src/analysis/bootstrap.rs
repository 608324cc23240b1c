//! Percentile bootstrap over trials: trials are independent of each other, samples within are not.

use ndarray::Array2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::{Error, check_enough, check_finite};
use super::unbounded;
use crate::random::{BootstrapDraw, Generator, Sample, Stream};

/// How an interval is made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BootstrapSettings {
    /// Seed of the resampling.
    pub seed: u64,
    /// Number of resamples.
    pub resamples: usize,
    /// Probability that the interval is meant to cover.
    pub level: f64,
}

impl Default for BootstrapSettings {
    fn default() -> Self {
        Self { seed: 0, resamples: 200, level: 0.95 }
    }
}

impl BootstrapSettings {
    /// Checks the settings.
    ///
    /// # Errors
    /// If there are fewer than two resamples or more than 2³² − 1, or the level is not between 0 and 1.
    pub fn validate(&self) -> Result<(), Error> {
        if self.resamples < 2 {
            return Err(Error::setting("resamples", self.resamples, "at least 2"));
        }
        // Each resample has a stream of its own, with a number of 32 bits.
        if u32::try_from(self.resamples).is_err() {
            return Err(Error::setting("resamples", self.resamples, "at most 4294967295"));
        }
        if !(self.level > 0.0 && self.level < 1.0) {
            return Err(Error::setting("level", self.level, "between 0 and 1"));
        }
        Ok(())
    }
}

/// A percentile interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    #[serde(with = "unbounded")]
    pub low: f64,
    /// Upper end.
    #[serde(with = "unbounded")]
    pub high: f64,
    /// Probability it is meant to cover.
    pub level: f64,
    /// Number of resamples.
    pub resamples: usize,
    /// Mean of the resamples minus the estimate. Divergences grow when trials are repeated: where
    /// the bias is not small beside the interval's width, the interval lies too high.
    #[serde(with = "unbounded")]
    pub bias: f64,
}

impl Interval {
    /// Percentiles of a statistic over resamples (linear between order statistics).
    ///
    /// # Errors
    /// If there are fewer than two resamples or one of them is NaN.
    pub fn from_resamples(estimate: f64, mut values: Vec<f64>, level: f64) -> Result<Self, Error> {
        check_enough("a bootstrap interval", "resamples", values.len(), 2)?;
        if let Some(resample) = values.iter().position(|value| value.is_nan()) {
            return Err(Error::Undefined {
                measurement: "the bootstrap interval",
                reason: format!("the statistic is not a number in resample {resample}"),
            });
        }
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.sort_by(f64::total_cmp);
        Ok(Self {
            low: quantile(&values, (1.0 - level) / 2.0),
            high: quantile(&values, f64::midpoint(1.0, level)),
            level,
            resamples: values.len(),
            // Both infinite: no bias to speak of.
            bias: if mean == estimate { 0.0 } else { mean - estimate },
        })
    }

    /// Whether a value lies in the interval.
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// An estimate with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The estimate.
    pub value: f64,
    /// Its percentile interval over trials.
    pub interval: Interval,
}

/// Quantile of sorted values, linear between order statistics.
fn quantile(sorted: &[f64], probability: f64) -> f64 {
    let position = probability * (sorted.len() - 1) as f64;
    let below = sorted[position.floor() as usize];
    let above = sorted[position.ceil() as usize];
    if below == above {
        return below;
    }
    below + (above - below) * position.fract()
}

/// The trials of one resample: `trials` numbers from `0..trials`, drawn with replacement.
///
/// Resamplings of different samples (two phases, say) are independent of each other.
pub fn draw_trials(trials: usize, seed: u64, resample: usize, sample: Sample) -> Vec<usize> {
    let draw = BootstrapDraw::Resample { sample, number: resample as u32 };
    let mut generator = Generator::new(seed, Stream::Bootstrap(draw), 0);
    (0..trials).map(|_| generator.below(trials as u64) as usize).collect()
}

/// How often each trial is drawn: `[trial, 1 + resample]`, the first column all ones (the data
/// themselves), so that a weighted statistic gives the estimate and all resamples in one go.
pub(crate) fn weights(trials: usize, settings: &BootstrapSettings, sample: Sample) -> Array2<f64> {
    let mut weights = Array2::zeros((trials, 1 + settings.resamples));
    weights.column_mut(0).fill(1.0);
    for resample in 0..settings.resamples {
        for trial in draw_trials(trials, settings.seed, resample, sample) {
            weights[[trial, 1 + resample]] += 1.0;
        }
    }
    weights
}

/// Estimate and percentile interval of any statistic of trials.
///
/// `statistic` receives the indices of the trials to use: each once for the estimate, with
/// repetitions for a resample. It runs in parallel; the result does not depend on that.
///
/// # Errors
/// If there are fewer than two trials, a setting is out of range, or the statistic is NaN.
pub fn over_trials(
    trials: usize,
    settings: &BootstrapSettings,
    statistic: impl Fn(&[usize]) -> f64 + Sync,
) -> Result<(f64, Interval), Error> {
    settings.validate()?;
    check_enough("a bootstrap interval", "trials", trials, 2)?;
    let all: Vec<usize> = (0..trials).collect();
    let estimate = statistic(&all);
    let values = (0..settings.resamples)
        .into_par_iter()
        .map(|resample| statistic(&draw_trials(trials, settings.seed, resample, Sample::Only)))
        .collect();
    let interval = Interval::from_resamples(estimate, values, settings.level)?;
    Ok((estimate, interval))
}

/// Mean over trials of one value per trial, with its interval.
///
/// # Errors
/// As [`over_trials`], and if a value is not finite.
pub fn mean(values: &[f64], settings: &BootstrapSettings) -> Result<(f64, Interval), Error> {
    check_finite("values per trial", ndarray::ArrayView1::from(values))?;
    over_trials(values.len(), settings, |trials| {
        trials.iter().map(|&trial| values[trial]).sum::<f64>() / trials.len() as f64
    })
}
