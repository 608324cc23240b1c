//! Estimates with intervals and floors. Every measurement follows this convention.
//!
//! Trials are independent of each other, but samples within a trial are not, so all uncertainty
//! is over trials. A statistic of few trials is biased: divergences come out too large because
//! chance differences count as differences. Every [`Measured`] therefore has the statistic itself
//! (`plug_in`), the statistic corrected for bias (`value`), and an interval about the latter,
//! `value` ± t · standard error. Bias is corrected only in this module and, for divergences
//! between densities, in `phase_divergence.rs`.
//!
//! A [`Floor`] describes estimates of a true value of zero.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::{Error, check_enough, check_finite};
use super::unbounded;
use crate::random::{BootstrapDraw, Generator, Sample, Stream};

/// Probability that an estimate of zero lies below [`Floor::upper`].
const FLOOR_PROBABILITY: f64 = 0.95;

/// Settings of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BootstrapSettings {
    /// Seed of the resampling.
    pub seed: u64,
    /// Number of resamples.
    pub resamples: usize,
    /// Nominal coverage probability of the interval.
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
        check_level(self.level)
    }
}

pub(crate) fn check_level(level: f64) -> Result<(), Error> {
    if level > 0.0 && level < 1.0 {
        return Ok(());
    }
    Err(Error::setting("level", level, "between 0 and 1"))
}

/// Method of a standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The change of the statistic when each trial is omitted in turn.
    Jackknife,
    /// The standard deviation of the statistic over resampled trials.
    Bootstrap,
}

/// An interval over trials, symmetric about the bias-corrected estimate: ± t · standard error,
/// with Student's t for one degree of freedom fewer than trials.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    #[serde(with = "unbounded")]
    pub low: f64,
    /// Upper end.
    #[serde(with = "unbounded")]
    pub high: f64,
    /// Nominal coverage probability.
    pub level: f64,
    /// Standard error of the estimate.
    #[serde(with = "unbounded")]
    pub standard_error: f64,
    /// Method of the standard error.
    pub method: Method,
}

impl Interval {
    /// The interval about an estimate from this many trials (the smaller number, if from two
    /// sets).
    pub(crate) fn about(
        estimate: f64,
        standard_error: f64,
        trials: usize,
        level: f64,
        method: Method,
    ) -> Self {
        let half = student_t(level, trials.saturating_sub(1).max(1)) * standard_error;
        // An infinite estimate does not have a spread.
        let half = if estimate.is_finite() { half } else { 0.0 };
        Self { low: estimate - half, high: estimate + half, level, standard_error, method }
    }

    /// Whether a value lies in the interval.
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// An estimate with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The estimate, corrected for bias.
    #[serde(with = "unbounded")]
    pub value: f64,
    /// The statistic itself, as published: biased if trials are few.
    #[serde(with = "unbounded")]
    pub plug_in: f64,
    /// Interval over trials, about `value`.
    pub interval: Interval,
}

impl Measured {
    /// Creates an estimate from a statistic and its resamples. Resampling adds the bias once
    /// more, so the difference corrects for it.
    ///
    /// # Errors
    /// If there are fewer than two resamples, one is NaN, or one is infinite where the statistic
    /// is not.
    pub fn from_resamples(
        plug_in: f64,
        values: &[f64],
        trials: usize,
        level: f64,
    ) -> Result<Self, Error> {
        check_enough("a bootstrap interval", "resamples", values.len(), 2)?;
        let method = Method::Bootstrap;
        if plug_in.is_infinite() {
            let interval = Interval::about(plug_in, 0.0, trials, level, method);
            return Ok(Self { value: plug_in, plug_in, interval });
        }
        if let Some(resample) = values.iter().position(|value| !value.is_finite()) {
            return Err(Error::Undefined {
                measurement: "the bootstrap interval",
                reason: format!("the statistic is not a finite number in resample {resample}"),
            });
        }
        let (mean, sd) = mean_and_sd(values);
        let value = 2.0 * plug_in - mean;
        // A resample varies as if there were one trial fewer.
        let trials_of = trials.max(2) as f64;
        let standard_error = sd * (trials_of / (trials_of - 1.0)).sqrt();
        let interval = Interval::about(value, standard_error, trials, level, method);
        Ok(Self { value, plug_in, interval })
    }

    /// The estimate of a share: its interval ends at 0 and 1.
    #[must_use]
    pub fn of_share(mut self) -> Self {
        self.interval.low = self.interval.low.max(0.0);
        self.interval.high = self.interval.high.min(1.0);
        self
    }

    /// The estimate in other units.
    #[must_use]
    pub fn divided_by(&self, by: f64) -> Self {
        let Interval { low, high, standard_error, .. } = self.interval;
        let (low, high) = if by < 0.0 { (high, low) } else { (low, high) };
        Self {
            value: self.value / by,
            plug_in: self.plug_in / by,
            interval: Interval {
                low: low / by,
                high: high / by,
                standard_error: standard_error / by.abs(),
                ..self.interval
            },
        }
    }

    /// The difference from an estimate on other trials, at the same level.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let value = self.value - other.value;
        let ours = self.interval;
        let standard_error = libm::hypot(ours.standard_error, other.interval.standard_error);
        // The larger of both intervals' multiples of their standard errors is used.
        let multiple = |interval: &Interval| {
            let half = (interval.high - interval.low) / 2.0;
            if interval.standard_error > 0.0 { half / interval.standard_error } else { 0.0 }
        };
        let half = multiple(&ours).max(multiple(&other.interval)) * standard_error;
        Self {
            value,
            plug_in: self.plug_in - other.plug_in,
            interval: Interval { low: value - half, high: value + half, standard_error, ..ours },
        }
    }
}

/// Estimates where there is no difference to find: between two disjoint halves of one set of
/// waking trials, split at random many times.
///
/// An estimate at or below `upper` is indistinguishable from waking. Each half has only half of
/// the trials, so its estimates vary more than those of two whole phases. The floor therefore
/// calls too many estimates, not too few, indistinguishable.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Floor {
    /// Mean over splits; near zero if the estimator is unbiased.
    pub mean: f64,
    /// The value below which 95 % of the estimates lie.
    pub upper: f64,
    /// The probability for `upper`.
    pub probability: f64,
    /// Number of estimates between halves.
    pub estimates: usize,
    /// Trials of the smaller half.
    pub trials: usize,
}

impl Floor {
    /// Creates a floor from estimates between halves of this many trials; none without estimates.
    pub(crate) fn of(mut estimates: Vec<f64>, trials: usize) -> Option<Self> {
        estimates.retain(|estimate| estimate.is_finite());
        if estimates.len() < 2 {
            return None;
        }
        estimates.sort_by(f64::total_cmp);
        Some(Self {
            mean: estimates.iter().sum::<f64>() / estimates.len() as f64,
            upper: quantile(&estimates, FLOOR_PROBABILITY),
            probability: FLOOR_PROBABILITY,
            estimates: estimates.len(),
            trials,
        })
    }

    /// Whether an estimate is no larger than those between halves of waking.
    pub fn holds(&self, estimate: f64) -> bool {
        estimate <= self.upper
    }
}

/// Whether each trial belongs to the first half of a random split. The first half has half of the
/// trials, rounded down.
pub(crate) fn split(trials: usize, seed: u64, number: usize) -> Vec<bool> {
    let mut generator =
        Generator::new(seed, Stream::Bootstrap(BootstrapDraw::Halves), number as u64);
    let mut order: Vec<usize> = (0..trials).collect();
    shuffle(&mut order, &mut generator);
    let mut first = vec![false; trials];
    order[..trials / 2].iter().for_each(|&trial| first[trial] = true);
    first
}

/// The Fisher–Yates shuffle: each order is equally likely.
fn shuffle(values: &mut [usize], generator: &mut Generator) {
    for last in (1..values.len()).rev() {
        values.swap(last, generator.below(last as u64 + 1) as usize);
    }
}

/// Quantile of sorted values, linear between order statistics.
fn quantile(sorted: &[f64], probability: f64) -> f64 {
    let position = probability * (sorted.len() - 1) as f64;
    let below = sorted[position.floor() as usize];
    let above = sorted[position.ceil() as usize];
    below + (above - below) * position.fract()
}

/// Mean and standard deviation (n − 1) of at least two values.
fn mean_and_sd(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (mean, (squares / (count - 1.0)).sqrt())
}

/// Balanced resamples of trials, drawn with replacement. Over all resamples together, every trial
/// is drawn equally often. The mean of a linear statistic over resamples is therefore exactly the
/// statistic, and its bias exactly zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resamples {
    trials: usize,
    drawn: Vec<usize>,
}

impl Resamples {
    /// Draws the resamples. Those of different samples (of two phases, say) are independent.
    pub fn new(trials: usize, settings: &BootstrapSettings, sample: Sample) -> Self {
        let draw = BootstrapDraw::Resamples(sample);
        let mut generator = Generator::new(settings.seed, Stream::Bootstrap(draw), 0);
        let mut drawn: Vec<usize> = (0..settings.resamples).flat_map(|_| 0..trials).collect();
        shuffle(&mut drawn, &mut generator);
        Self { trials, drawn }
    }

    /// Number of resamples.
    pub fn len(&self) -> usize {
        self.drawn.len() / self.trials.max(1)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.drawn.is_empty()
    }

    /// The trials of one resample. There are as many as in the sample.
    ///
    /// # Panics
    /// If there is no such resample.
    pub fn trials(&self, resample: usize) -> &[usize] {
        &self.drawn[resample * self.trials..(resample + 1) * self.trials]
    }
}

/// Estimate of any statistic of trials, by the balanced bootstrap.
///
/// `statistic` receives the indices of the trials to use: each index once for the estimate, with
/// repetitions for a resample. It runs in parallel, which does not affect the result.
///
/// # Errors
/// If there are fewer than two trials, a setting is out of range, or the statistic is NaN.
pub fn over_trials(
    trials: usize,
    settings: &BootstrapSettings,
    statistic: impl Fn(&[usize]) -> f64 + Sync,
) -> Result<Measured, Error> {
    settings.validate()?;
    check_enough("a bootstrap interval", "trials", trials, 2)?;
    let all: Vec<usize> = (0..trials).collect();
    let plug_in = statistic(&all);
    let resamples = Resamples::new(trials, settings, Sample::Only);
    let values: Vec<f64> = (0..settings.resamples)
        .into_par_iter()
        .map(|resample| statistic(resamples.trials(resample)))
        .collect();
    Measured::from_resamples(plug_in, &values, trials, settings.level)
}

/// Estimate of any statistic of the trials of two phases, which are resampled independently.
///
/// `statistic` receives the indices of the active and of the quiescent trials to use, as in [`over_trials`].
///
/// # Errors
/// If a phase has fewer than two trials, a setting is out of range, or the statistic is NaN.
pub fn over_phases(
    active: usize,
    quiescent: usize,
    settings: &BootstrapSettings,
    statistic: impl Fn(&[usize], &[usize]) -> f64 + Sync,
) -> Result<Measured, Error> {
    settings.validate()?;
    for (phase, trials) in [("active", active), ("quiescent", quiescent)] {
        check_enough("a bootstrap interval", "trials", trials, 2)
            .map_err(|error| error.in_phase(phase))?;
    }
    let all = |trials: usize| (0..trials).collect::<Vec<_>>();
    let plug_in = statistic(&all(active), &all(quiescent));
    let ours = Resamples::new(active, settings, Sample::Active);
    let theirs = Resamples::new(quiescent, settings, Sample::Quiescent);
    let values: Vec<f64> = (0..settings.resamples)
        .into_par_iter()
        .map(|resample| statistic(ours.trials(resample), theirs.trials(resample)))
        .collect();
    Measured::from_resamples(plug_in, &values, active.min(quiescent), settings.level)
}

/// Mean over trials of one value per trial. It is unbiased, and its standard error is the
/// jackknife's, sd / √trials.
///
/// # Errors
/// As [`over_trials`], and if a value is not finite.
pub fn mean(values: &[f64], settings: &BootstrapSettings) -> Result<Measured, Error> {
    settings.validate()?;
    check_enough("a bootstrap interval", "trials", values.len(), 2)?;
    check_finite("values per trial", ndarray::ArrayView1::from(values))?;
    let (mean, sd) = mean_and_sd(values);
    let standard_error = sd / (values.len() as f64).sqrt();
    let interval =
        Interval::about(mean, standard_error, values.len(), settings.level, Method::Jackknife);
    Ok(Measured { value: mean, plug_in: mean, interval })
}

/// The t for which ± t covers the given probability. It is exact for one and two degrees of
/// freedom. For more, it is an expansion that is least accurate for three (3.18 within 0.02).
fn student_t(level: f64, degrees: usize) -> f64 {
    let n = degrees as f64;
    let tail = 1.0 - level;
    if degrees == 1 {
        return 1.0 / libm::tan(tail * std::f64::consts::FRAC_PI_2);
    }
    if degrees == 2 {
        return (2.0 / (tail * (2.0 - tail)) - 2.0).sqrt();
    }
    let z = normal_deviate(level);
    let square = z * z;
    // Cornish and Fisher's expansion in 1 / n.
    let first = (square + 1.0) / 4.0;
    let second = ((5.0 * square + 16.0) * square + 3.0) / 96.0;
    let third = (((3.0 * square + 19.0) * square + 17.0) * square - 15.0) / 384.0;
    let fourth = ((((79.0 * square + 776.0) * square + 1482.0) * square - 1920.0) * square - 945.0)
        / 92_160.0;
    z * (1.0 + (first + (second + (third + fourth / n) / n) / n) / n)
}

/// The z for which ± z covers the given probability of the normal law.
fn normal_deviate(level: f64) -> f64 {
    let (mut low, mut high) = (0.0_f64, 40.0_f64);
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if libm::erf(middle * std::f64::consts::FRAC_1_SQRT_2) < level {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn student_t_is_that_of_tables() {
        for (level, degrees, expected, tolerance) in [
            (0.95, 1, 12.706, 1e-3),
            (0.95, 2, 4.303, 1e-3),
            (0.95, 3, 3.182, 2e-2),
            (0.95, 10, 2.228, 1e-3),
            (0.95, 199, 1.972, 1e-3),
            (0.99, 30, 2.750, 1e-3),
            (0.5, 5, 0.727, 1e-3),
        ] {
            let found = student_t(level, degrees);
            assert!((found - expected).abs() < tolerance, "{level} {degrees}: {found}");
        }
        assert!((normal_deviate(0.95) - 1.959_964).abs() < 1e-6);
    }

    #[test]
    fn balanced_resamples_draw_every_trial_equally_often() {
        let settings = BootstrapSettings { resamples: 7, ..BootstrapSettings::default() };
        let resamples = Resamples::new(5, &settings, Sample::Only);
        let mut counts = [0; 5];
        for resample in 0..resamples.len() {
            resamples.trials(resample).iter().for_each(|&trial| counts[trial] += 1);
        }
        assert_eq!(counts, [7; 5]);
        assert_ne!(resamples, Resamples::new(5, &settings, Sample::Active));
    }

    #[test]
    fn halves_are_disjoint_and_differ_from_split_to_split() {
        let halves: Vec<Vec<bool>> = (0..20).map(|number| split(11, 3, number)).collect();
        assert!(halves.iter().all(|half| half.iter().filter(|first| **first).count() == 5));
        assert!(halves.windows(2).any(|two| two[0] != two[1]));
        // Each trial is in each half at least once.
        assert!((0..11).all(|t| halves.iter().any(|h| h[t]) && halves.iter().any(|h| !h[t])));
    }
}
