//! Does quiescence revisit the waking states? Divergences between the two phases' densities of
//! decoded values with bootstrap intervals, a yardstick, and the dependence on the starts.
//!
//! A bootstrap over trials would refit two densities per resample. Here the kernel sums are kept
//! per trial instead, so that a resample is a re-weighting of trials:
//! - the kernel (bandwidth and covariance) stays that of the whole data;
//! - the Monte-Carlo points stay too: one drawn from trial t's kernels counts as often as trial t
//!   was drawn, which makes the points a sample of the resampled density.
//!
//! The two phases are resampled independently of each other.

use ndarray::{Array2, ArrayView2, ArrayView3, Axis};
use serde::{Deserialize, Serialize};

use super::Real;
use super::bootstrap::{BootstrapSettings, Interval, weights};
use super::circular::{CircularBandwidth, VonMisesKde, grid};
use super::density::{Bounds, Density, Uniform};
use super::divergence::{Divergence, from_mixture};
use super::error::{Error, check_enough};
use super::exploration::{
    VarianceRatio, after, heading_moments, heading_ratio_of, moments, ratio_of,
};
use super::kde::{Bandwidth, Kde, KdeOptions};
use super::trial_mixture::{LogDensities, log_densities};
use super::unbounded;
use crate::random::{BootstrapDraw, Generator, Sample, Stream};

/// Fewest nodes of the quadrature on the circle.
const NODES: usize = 360;
/// Nodes of the quadrature per kernel width.
const NODES_PER_WIDTH: f64 = 4.0;

/// How two phases are compared.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Seed of the Monte-Carlo points and of the resampling.
    pub seed: u64,
    /// About how many decoded values of each phase the densities are fitted to, taken at equal
    /// intervals from every trial; every trial gives at least one.
    pub points: usize,
    /// Monte-Carlo points per density (positions only; headings are integrated on a grid).
    pub samples: usize,
    /// First quiescent steps left out.
    pub burn_in: usize,
    /// Kernel of positions, each phase by its own data.
    pub bandwidth: Bandwidth,
    /// Whether mass beyond the arena's walls is mirrored back (positions only). Off as in the
    /// published numbers.
    pub reflect: bool,
    /// Kernel of headings.
    pub heading_bandwidth: CircularBandwidth,
    /// Resamples of each interval.
    pub resamples: usize,
    /// Probability that each interval is meant to cover.
    pub level: f64,
}

impl Default for Settings {
    fn default() -> Self {
        let BootstrapSettings { seed, resamples, level } = BootstrapSettings::default();
        Self {
            seed,
            points: 20_000,
            samples: 2_000,
            burn_in: 0,
            bandwidth: Bandwidth::default(),
            reflect: false,
            heading_bandwidth: CircularBandwidth::default(),
            resamples,
            level,
        }
    }
}

impl Settings {
    fn bootstrap(&self) -> Result<BootstrapSettings, Error> {
        if self.points < 2 {
            return Err(Error::setting("points", self.points, "at least 2"));
        }
        if self.samples < 2 {
            return Err(Error::setting("samples", self.samples, "at least 2"));
        }
        let settings =
            BootstrapSettings { seed: self.seed, resamples: self.resamples, level: self.level };
        settings.validate()?;
        Ok(settings)
    }
}

/// A divergence with the uncertainty from the points and from the trials.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The divergence in nats.
    #[serde(with = "unbounded")]
    pub nats: f64,
    /// Standard error from the finite number of Monte-Carlo points, in nats; 0 by quadrature.
    #[serde(with = "unbounded")]
    pub monte_carlo_error: f64,
    /// Points at which the second density is zero in double precision (either density, for
    /// Jensen–Shannon, where it does no harm).
    pub zero_density: usize,
    /// Percentile interval over trials, in nats. Divergences are biased upwards by resampling: see
    /// [`Interval::bias`].
    pub interval: Interval,
}

/// What was compared of one phase.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PhaseSummary {
    /// Trials.
    pub trials: usize,
    /// Steps per trial after the burn-in.
    pub steps: usize,
    /// Decoded values that the density was fitted to.
    pub points: usize,
    /// Kernel width: the factor on the standard deviation (positions), or the concentration κ
    /// (headings).
    pub bandwidth: f64,
    /// Spread within trials beside the spread of all; `None` if all values are equal.
    pub variance: Option<VarianceRatio>,
    /// Percentile interval of the variance ratio over trials.
    pub variance_ratio_interval: Option<Interval>,
}

/// Comparison of a quiescent with an active phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reactivation {
    /// KL(quiescent‖active), the paper's measure: small if quiescence stays where waking goes.
    pub kl_quiescent_from_active: Estimate,
    /// KL(active‖quiescent): large if quiescence leaves out some of where waking goes.
    pub kl_active_from_quiescent: Estimate,
    /// Jensen–Shannon divergence: between 0 (equal) and ln 2 = 0.693 (no overlap).
    pub jensen_shannon: Estimate,
    /// KL(uniform‖active), the yardstick: what a phase without memory, uniform over the arena (or
    /// the circle), would get in place of the quiescent one.
    pub kl_uniform_from_active: Estimate,
    /// The active phase.
    pub active: PhaseSummary,
    /// The quiescent phase; its variance ratio tells how much the density owes to the starts.
    pub quiescent: PhaseSummary,
    /// Unit of the decoded values, `m` or `rad`.
    pub unit: String,
    /// The settings used.
    pub settings: Settings,
}

/// Compares decoded positions, `active` and `quiescent: [trial, step, dim]` in m (1 to 3
/// dimensions), in an arena.
///
/// Memory: 40 bytes per Monte-Carlo point and trial.
///
/// # Errors
/// If a phase has fewer than two trials or no steps after the burn-in, values that are not
/// finite, or no spread; if dimensions differ; if a setting is out of range.
pub fn positions<T: Real>(
    active: ArrayView3<'_, T>,
    quiescent: ArrayView3<'_, T>,
    arena: &Bounds,
    settings: &Settings,
) -> Result<Reactivation, Error> {
    let bootstrap = settings.bootstrap()?;
    let dims = active.len_of(Axis(2));
    for (what, found) in [
        ("the dimension of quiescent positions", quiescent.len_of(Axis(2))),
        ("the dimension of the arena", arena.dims()),
    ] {
        if found != dims {
            return Err(Error::Shape {
                what,
                expected: format!("{dims}, as of active positions"),
                found: found.to_string(),
            });
        }
    }
    let options = KdeOptions {
        bandwidth: settings.bandwidth,
        reflect: settings.reflect.then(|| arena.clone()),
    };
    let prepare = |decoded, burn_in, sample| -> Result<_, Error> {
        let phase = PhasePoints::new(decoded, burn_in, settings.points)?;
        let kde = Kde::fit_segments(phase.points.view(), &phase.lengths(), &options)?;
        let moments = moments(phase.kept);
        let weights = weights(phase.trials, &bootstrap, sample);
        let (variance, interval) =
            variance_interval(&weights, &bootstrap, |weights| ratio_of(&moments, weights))?;
        let summary = phase.summary(kde.factor(), variance, interval);
        let mut generator = points_generator(settings.seed, sample);
        let (samples, indices) = kde.sample_indexed(&mut generator, settings.samples);
        let owners = indices.iter().map(|i| i / phase.per_trial).collect();
        Ok(Prepared { kde, per_trial: phase.per_trial, weights, samples, owners, summary })
    };
    let active = prepare(active, 0, Sample::Active).map_err(|error| error.in_phase("active"))?;
    let quiescent = prepare(quiescent, settings.burn_in, Sample::Quiescent)
        .map_err(|error| error.in_phase("quiescent"))?;
    let mut generator = points_generator(settings.seed, Sample::Uniform);
    let uniform = Uniform::new(arena.clone()).sample(&mut generator, settings.samples);

    let own = quiescent.log_densities(quiescent.samples.view())?;
    let other = active.log_densities(quiescent.samples.view())?;
    let kl_quiescent_from_active = quiescent.kl(&own, &other, settings.level)?;
    let half_quiescent = quiescent.jensen_shannon_terms(&own, &other);
    let own = active.log_densities(active.samples.view())?;
    let other = quiescent.log_densities(active.samples.view())?;
    let kl_active_from_quiescent = active.kl(&own, &other, settings.level)?;
    let half_active = active.jensen_shannon_terms(&own, &other);
    let at_uniform = active.log_densities(uniform.view())?;
    Ok(Reactivation {
        jensen_shannon: jensen_shannon(&half_quiescent, &half_active, settings.level)?,
        kl_uniform_from_active: uniform_estimate(arena, &at_uniform, settings.level)?,
        kl_quiescent_from_active,
        kl_active_from_quiescent,
        active: active.summary,
        quiescent: quiescent.summary,
        unit: "m".into(),
        settings: *settings,
    })
}

/// Compares decoded headings, `active` and `quiescent: [trial, step, 1]` in rad.
///
/// # Errors
/// If a phase has fewer than two trials or no steps after the burn-in, or values that are not
/// finite; if the last axis is not 1; if a setting is out of range.
pub fn headings<T: Real>(
    active: ArrayView3<'_, T>,
    quiescent: ArrayView3<'_, T>,
    settings: &Settings,
) -> Result<Reactivation, Error> {
    let bootstrap = settings.bootstrap()?;
    let prepare = |decoded, burn_in, sample| -> Result<_, Error> {
        let phase = PhasePoints::new(decoded, burn_in, settings.points)?;
        let moments = heading_moments(phase.kept)?;
        let kde = VonMisesKde::fit_segments(
            phase.points.column(0),
            &phase.lengths(),
            settings.heading_bandwidth,
        )?;
        let weights = weights(phase.trials, &bootstrap, sample);
        let (variance, interval) =
            variance_interval(&weights, &bootstrap, |weights| heading_ratio_of(&moments, weights))?;
        let summary = phase.summary(kde.concentration(), variance, interval);
        Ok((kde, weights, phase.per_trial, summary))
    };
    let active = prepare(active, 0, Sample::Active).map_err(|error| error.in_phase("active"))?;
    let quiescent = prepare(quiescent, settings.burn_in, Sample::Quiescent)
        .map_err(|error| error.in_phase("quiescent"))?;
    let widest = active.0.concentration().max(quiescent.0.concentration());
    let nodes = (std::f64::consts::TAU * NODES_PER_WIDTH * widest.sqrt()) as usize;
    let at = grid(nodes.max(NODES));
    let on_grid = |(kde, weights, per_trial, _): &(VonMisesKde, Array2<f64>, usize, _)| {
        log_densities(&kde.segment_sums(&at), kde.log_peak(), *per_trial, weights.view())
    };
    let (p, q) = (on_grid(&active), on_grid(&quiescent));
    let flat = -std::f64::consts::TAU.ln();
    let uniform = LogDensities { values: vec![flat; p.values.len()], resamples: p.resamples };
    let level = settings.level;
    Ok(Reactivation {
        kl_quiescent_from_active: quadrature(&q, &p, level, |q, p| q - p)?,
        kl_active_from_quiescent: quadrature(&p, &q, level, |p, q| p - q)?,
        jensen_shannon: {
            let of_q = quadrature_values(&q, &p, from_mixture);
            let of_p = quadrature_values(&p, &q, from_mixture);
            let values: Vec<f64> =
                of_q.iter().zip(&of_p).map(|(a, b)| f64::midpoint(*a, *b)).collect();
            Estimate {
                nats: values[0],
                monte_carlo_error: 0.0,
                zero_density: zero_density(&p) + zero_density(&q),
                interval: Interval::from_resamples(values[0], values[1..].to_vec(), level)?,
            }
        },
        kl_uniform_from_active: quadrature(&uniform, &p, level, |u, p| u - p)?,
        active: active.3,
        quiescent: quiescent.3,
        unit: "rad".into(),
        settings: *settings,
    })
}

fn points_generator(seed: u64, sample: Sample) -> Generator {
    Generator::new(seed, Stream::Bootstrap(BootstrapDraw::Points(sample)), 0)
}

/// A phase's decoded values, thinned to about a given number.
struct PhasePoints<'a, T> {
    /// All steps after the burn-in, `[trial, step, dim]`.
    kept: ArrayView3<'a, T>,
    trials: usize,
    per_trial: usize,
    /// `[trial · per_trial, dim]`, trial after trial.
    points: Array2<f64>,
}

impl<'a, T: Real> PhasePoints<'a, T> {
    fn new(decoded: ArrayView3<'a, T>, burn_in: usize, most: usize) -> Result<Self, Error> {
        let kept = after(decoded, burn_in, "the comparison of phases", 1)?;
        let (trials, steps, dims) = kept.dim();
        check_enough("an interval over trials", "trials", trials, 2)?;
        let per_trial = (most / trials).clamp(1, steps);
        let points = Array2::from_shape_fn((trials * per_trial, dims), |(i, d)| {
            let (trial, k) = (i / per_trial, i % per_trial);
            // The middle of each of `per_trial` equal stretches.
            let step = (2 * k + 1) * steps / (2 * per_trial);
            kept[[trial, step, d]].into()
        });
        Ok(Self { kept, trials, per_trial, points })
    }

    fn lengths(&self) -> Vec<usize> {
        vec![self.per_trial; self.trials]
    }

    fn summary(
        &self,
        bandwidth: f64,
        variance: Option<VarianceRatio>,
        variance_ratio_interval: Option<Interval>,
    ) -> PhaseSummary {
        PhaseSummary {
            trials: self.trials,
            steps: self.kept.len_of(Axis(1)),
            points: self.points.nrows(),
            bandwidth,
            variance,
            variance_ratio_interval,
        }
    }
}

/// A phase of positions with its Monte-Carlo points.
struct Prepared {
    kde: Kde,
    per_trial: usize,
    /// `[trial, resample]`.
    weights: Array2<f64>,
    /// `[sample, dim]`.
    samples: Array2<f64>,
    /// Trial of whose kernels each sample was drawn.
    owners: Vec<usize>,
    summary: PhaseSummary,
}

impl Prepared {
    fn log_densities(&self, at: ArrayView2<'_, f64>) -> Result<LogDensities, Error> {
        let sums = self.kde.segment_sums(at)?;
        let log_peak = self.kde.log_peak();
        Ok(log_densities(&sums, log_peak, self.per_trial, self.weights.view()))
    }

    /// Mean over this phase's samples of a term of the two log-densities, in every resample.
    fn means(
        &self,
        own: &LogDensities,
        other: &LogDensities,
        term: fn(f64, f64) -> f64,
    ) -> Vec<f64> {
        let mean = |resample: usize| {
            let (mut sum, mut total) = (0.0, 0.0);
            let logs = own.resample(resample).zip(other.resample(resample));
            for ((own, other), &owner) in logs.zip(&self.owners) {
                let weight = self.weights[[owner, resample]];
                if weight > 0.0 {
                    sum += weight * term(own, other);
                    total += weight;
                }
            }
            sum / total
        };
        (0..own.resamples).map(mean).collect()
    }

    fn kl(&self, own: &LogDensities, other: &LogDensities, level: f64) -> Result<Estimate, Error> {
        let values = self.means(own, other, |own, other| own - other);
        estimate(own, other, &values[1..], level)
    }

    /// This phase's half of the Jensen–Shannon divergence.
    fn jensen_shannon_terms(&self, own: &LogDensities, other: &LogDensities) -> HalfJensenShannon {
        let terms: Vec<f64> = own
            .resample(0)
            .zip(other.resample(0))
            .map(|(own, other)| from_mixture(own, other))
            .collect();
        HalfJensenShannon {
            means: self.means(own, other, from_mixture),
            // A divergence from a density of value 1: its mean and standard error are the terms'.
            spread: Divergence::from_logs(&terms, &vec![0.0; terms.len()]).standard_error,
            zero_density: zero_density(other),
        }
    }
}

struct HalfJensenShannon {
    means: Vec<f64>,
    spread: f64,
    zero_density: usize,
}

fn jensen_shannon(
    a: &HalfJensenShannon,
    b: &HalfJensenShannon,
    level: f64,
) -> Result<Estimate, Error> {
    let both = a.means.iter().zip(&b.means);
    let values: Vec<f64> = both.map(|(a, b)| f64::midpoint(*a, *b)).collect();
    Ok(Estimate {
        nats: values[0],
        monte_carlo_error: a.spread.hypot(b.spread) / 2.0,
        zero_density: a.zero_density + b.zero_density,
        interval: Interval::from_resamples(values[0], values[1..].to_vec(), level)?,
    })
}

fn uniform_estimate(arena: &Bounds, at: &LogDensities, level: f64) -> Result<Estimate, Error> {
    let own = LogDensities {
        values: vec![-arena.measure().ln(); at.values.len()],
        resamples: at.resamples,
    };
    let mean = |resample| {
        let terms = own.resample(resample).zip(at.resample(resample));
        let count = (at.values.len() / at.resamples) as f64;
        terms.map(|(own, other)| own - other).sum::<f64>() / count
    };
    let values: Vec<f64> = (1..at.resamples).map(mean).collect();
    estimate(&own, at, &values, level)
}

/// The divergence of resample 0 with the interval of the others.
fn estimate(
    own: &LogDensities,
    other: &LogDensities,
    resampled: &[f64],
    level: f64,
) -> Result<Estimate, Error> {
    let own: Vec<f64> = own.resample(0).collect();
    let other: Vec<f64> = other.resample(0).collect();
    let divergence = Divergence::from_logs(&own, &other);
    Ok(Estimate {
        nats: divergence.nats,
        monte_carlo_error: divergence.standard_error,
        zero_density: divergence.zero_density,
        interval: Interval::from_resamples(divergence.nats, resampled.to_vec(), level)?,
    })
}

/// ∫ a · term(ln a, ln b) on the circle, in every resample.
fn quadrature_values(a: &LogDensities, b: &LogDensities, term: fn(f64, f64) -> f64) -> Vec<f64> {
    let width = std::f64::consts::TAU / (a.values.len() / a.resamples) as f64;
    let integral = |resample| {
        let logs = a.resample(resample).zip(b.resample(resample));
        let terms = logs.filter(|(a, _)| a.exp() > 0.0).map(|(a, b)| a.exp() * term(a, b));
        terms.sum::<f64>() * width
    };
    (0..a.resamples).map(integral).collect()
}

fn quadrature(
    a: &LogDensities,
    b: &LogDensities,
    level: f64,
    term: fn(f64, f64) -> f64,
) -> Result<Estimate, Error> {
    let values = quadrature_values(a, b, term);
    Ok(Estimate {
        nats: values[0],
        monte_carlo_error: 0.0,
        zero_density: zero_density(b),
        interval: Interval::from_resamples(values[0], values[1..].to_vec(), level)?,
    })
}

/// Points at which the density of the data is zero in double precision.
fn zero_density(at: &LogDensities) -> usize {
    at.resample(0).filter(|log| log.exp() == 0.0).count()
}

/// The variance ratio and its interval; `None` where nothing varies.
fn variance_interval(
    weights: &Array2<f64>,
    settings: &BootstrapSettings,
    ratio: impl Fn(&[f64]) -> Option<VarianceRatio>,
) -> Result<(Option<VarianceRatio>, Option<Interval>), Error> {
    let of = |resample: usize| ratio(&weights.column(resample).to_vec());
    let Some(estimate) = of(0) else {
        return Ok((None, None));
    };
    // A resample in which nothing varies (one trial drawn throughout) has no ratio.
    let values: Vec<f64> =
        (1..weights.ncols()).filter_map(of).map(|variance| variance.ratio).collect();
    if values.len() < 2 {
        return Ok((Some(estimate), None));
    }
    let interval = Interval::from_resamples(estimate.ratio, values, settings.level)?;
    Ok((Some(estimate), Some(interval)))
}
