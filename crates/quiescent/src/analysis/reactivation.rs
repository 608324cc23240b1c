//! Does quiescence revisit the waking states? Divergences between the two phases' densities of
//! decoded values with intervals and floors, a yardstick, and the dependence on the starts.
//!
//! Each divergence has the value that publications give, of kernel densities of all points with
//! Scott's bandwidth (`plug_in_nats`), and the value to judge by, from which the biases of few
//! trials and of smoothing are taken off (`nats`; see `phase_divergence.rs`).

use ndarray::{Array2, ArrayView2, ArrayView3, Axis};
use serde::{Deserialize, Serialize};

use super::Real;
use super::bootstrap::{self, BootstrapSettings, Floor, Interval, Measured};
use super::circular::{self, CircularBandwidth, VonMisesKde, grid};
use super::density::{Density, Uniform};
use super::divergence::{Divergence, from_mixture};
use super::error::{Error, check_dim, check_enough};
use super::exploration::{
    VarianceRatio, after, heading_moments, heading_ratio_of, moments, ratio_of,
};
use super::gaussian_sum::{POWERS, SegmentSums};
use super::kde::{Bandwidth, Kde, KdeOptions};
use super::phase_divergence::{self as corrected, FEWEST_TRIALS, Half, Phase};
use super::unbounded;
use crate::random::{BootstrapDraw, Generator, Sample, Stream};
use crate::space::{Region, Space};

/// Fewest nodes of the quadrature on the circle.
const NODES: usize = 360;
/// Nodes of the quadrature per kernel width. Sites are moved to the nearest node, which widens a
/// kernel by less than a thousandth.
const NODES_PER_WIDTH: f64 = 8.0;
/// The narrowest kernel that a divergence of positions is extrapolated from, over the width by the
/// same rule for as many *independent* points. Found in simulations (docs/intervals.md).
const WIDER: f64 = 1.4;
/// The widest of those kernels over the narrowest.
const WIDEST: f64 = 2.0;
/// Circular standard deviations beyond this, in rad, say that headings are all over the circle, not
/// how wide the kernel should be.
const WIDEST_SPREAD: f64 = 1.0;

/// How two phases are compared.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Seed of the Monte-Carlo points and of the resampling.
    pub seed: u64,
    /// About how many decoded values of each phase the densities are fitted to, taken at equal
    /// intervals from every trial; every trial gives at least one.
    pub points: usize,
    /// Monte-Carlo points per density (positions only; headings are integrated on a grid), and
    /// about how many decoded values of each phase the corrected divergences are averages over;
    /// every trial gives at least one.
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
    /// Resamples of the variance ratio's interval.
    pub resamples: usize,
    /// Random splits of waking into halves, for the floors.
    pub splits: usize,
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
            splits: 50,
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

/// A divergence with its uncertainty and with what it would be of two halves of waking.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The divergence in nats, free of the biases of few trials and of smoothing. Where there is
    /// nothing to find it varies about 0, and so it can be below.
    #[serde(with = "unbounded")]
    pub nats: f64,
    /// The divergence of the kernel densities themselves, as published: never below 0 but for the
    /// Monte-Carlo error, and too large where trials are few.
    #[serde(with = "unbounded")]
    pub plug_in_nats: f64,
    /// Standard error of `plug_in_nats` from the finite number of Monte-Carlo points, in nats; 0
    /// by quadrature. It says nothing of the uncertainty from the trials.
    #[serde(with = "unbounded")]
    pub monte_carlo_error: f64,
    /// Monte-Carlo points at which the second density is zero in double precision (either density,
    /// for Jensen–Shannon, where it does no harm).
    pub zero_density: usize,
    /// Fraction of the first density's sites at which the second rests on no more than two trials
    /// (for Jensen–Shannon of both, where it does little harm). Where it is not small, the second
    /// density is guessed, and the interval says nothing of how well (docs/intervals.md).
    pub unsupported: f64,
    /// Interval over trials about `nats`, in nats.
    pub interval: Interval,
    /// What the estimator behind `nats` gives for two halves of the waking trials. None for the
    /// yardstick, which is no comparison of two phases, and where there are too few trials.
    pub floor: Option<Floor>,
}

impl Estimate {
    fn new(found: Measured, at: &PlugIn, unsupported: f64, floor: Option<Floor>) -> Self {
        Self {
            nats: found.value,
            plug_in_nats: found.plug_in,
            monte_carlo_error: at.monte_carlo_error,
            zero_density: at.zero_density,
            unsupported,
            interval: found.interval,
            floor,
        }
    }

    /// Whether the divergence is no larger than that between two halves of waking; none without a
    /// floor.
    pub fn indistinguishable(&self) -> Option<bool> {
        self.floor.map(|floor| floor.holds(self.nats))
    }
}

/// A divergence between two kernel densities.
struct PlugIn {
    nats: f64,
    monte_carlo_error: f64,
    zero_density: usize,
}

impl PlugIn {
    fn of(divergence: &Divergence) -> Self {
        Self {
            nats: divergence.nats,
            monte_carlo_error: divergence.standard_error,
            zero_density: divergence.zero_density,
        }
    }
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
    /// Kernel width of the plug-in values: the factor on the standard deviation (positions), or
    /// the concentration κ (headings).
    pub bandwidth: f64,
    /// The narrowest kernel of the corrected values, in the same terms; the others are √2 and 2
    /// times as wide.
    pub corrected_bandwidth: f64,
    /// Independent values that are as many as these points: trials times the variance of all
    /// points (of headings as unit vectors) over that of trials' means, at most the number of
    /// points.
    pub independent_points: f64,
    /// Spread within trials beside the spread of all; `None` if all values are equal.
    pub variance: Option<VarianceRatio>,
    /// The ratio of these spreads with its interval.
    pub variance_ratio: Option<Measured>,
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

/// Compares decoded values, `active` and `quiescent: [trial, step, dim]`, of a space of at most three
/// dimensions.
///
/// Memory of positions: 24 bytes per site and active trial.
///
/// # Errors
/// If a phase has fewer than three trials or no steps after the burn-in, values that are not
/// finite, or (positions) no spread; if dimensions differ; if a setting is out of range.
pub fn compare<T: Real>(
    active: ArrayView3<'_, T>,
    quiescent: ArrayView3<'_, T>,
    space: &Space,
    settings: &Settings,
) -> Result<Reactivation, Error> {
    let bootstrap = settings.bootstrap()?;
    for (name, phase) in [("active", &active), ("quiescent", &quiescent)] {
        check_dim(phase.len_of(Axis(2)), space.dim()).map_err(|error| error.in_phase(name))?;
    }
    let (active, quiescent, compared) = match space {
        Space::Region(region) => positions(active, quiescent, region, settings, &bootstrap)?,
        Space::Circle => headings(active, quiescent, settings, &bootstrap)?,
    };
    Ok(compared.reactivation(active, quiescent, space.unit(), settings))
}

/// [`compare`] of positions.
fn positions<T: Real>(
    active: ArrayView3<'_, T>,
    quiescent: ArrayView3<'_, T>,
    region: &Region,
    settings: &Settings,
    bootstrap: &BootstrapSettings,
) -> Result<(PhaseSummary, PhaseSummary, Compared), Error> {
    let prepare = |decoded, burn_in, sample| {
        Positions::new(decoded, burn_in, sample, region, settings, bootstrap)
    };
    let active = prepare(active, 0, Sample::Active).map_err(|error| error.in_phase("active"))?;
    let quiescent = prepare(quiescent, settings.burn_in, Sample::Quiescent)
        .map_err(|error| error.in_phase("quiescent"))?;

    let mut generator = points_generator(settings.seed, Sample::Uniform);
    let uniform = Uniform::new(region.clone()).sample(&mut generator, settings.samples);
    let log_uniform = -libm::log(region.measure());
    let (there, half_there) = plug_in(&quiescent, &active)?;
    let (back, half_back) = plug_in(&active, &quiescent)?;
    let yardstick = PlugIn::of(&Divergence::from_logs(
        &vec![log_uniform; uniform.nrows()],
        &active.kde.log_density(uniform.view())?,
    ));

    // Two things need the active phase's kernels at its own sites.
    let own = active.wide.segment_powers(active.sites.view())?;
    let active_at_active = |range| Ok(rows(&own, range));
    let active_at_quiescent = |range| active.sums(&quiescent.sites, range);
    let active_at_uniform = |range| active.sums(&uniform, range);
    let quiescent_at_quiescent = |range| quiescent.sums(&quiescent.sites, range);
    let quiescent_at_active = |range| quiescent.sums(&active.sites, range);
    let compared = Compared {
        there: corrected::at_sites(
            &quiescent.owners,
            &quiescent.phase(&quiescent_at_quiescent),
            &active.phase(&active_at_quiescent),
        )?,
        back: corrected::at_sites(
            &active.owners,
            &active.phase(&active_at_active),
            &quiescent.phase(&quiescent_at_active),
        )?,
        uniform: corrected::from_known(
            uniform.nrows(),
            log_uniform,
            &active.phase(&active_at_uniform),
            true,
            yardstick.nats,
            settings.level,
        )?,
        floors: corrected::floors(
            &active.owners,
            &active.phase(&active_at_active),
            settings.splits,
            settings.seed,
        )?,
        plug_in: PlugIns {
            jensen_shannon: PlugIn {
                nats: f64::midpoint(half_there.nats, half_back.nats),
                monte_carlo_error: libm::hypot(
                    half_there.monte_carlo_error,
                    half_back.monte_carlo_error,
                ) / 2.0,
                zero_density: there.zero_density + back.zero_density,
            },
            there,
            back,
            uniform: yardstick,
        },
    };
    Ok((active.summary, quiescent.summary, compared))
}

/// [`compare`] of headings.
fn headings<T: Real>(
    active: ArrayView3<'_, T>,
    quiescent: ArrayView3<'_, T>,
    settings: &Settings,
    bootstrap: &BootstrapSettings,
) -> Result<(PhaseSummary, PhaseSummary, Compared), Error> {
    let prepare = |decoded, burn_in| Headings::new(decoded, burn_in, settings, bootstrap);
    let active = prepare(active, 0).map_err(|error| error.in_phase("active"))?;
    let quiescent =
        prepare(quiescent, settings.burn_in).map_err(|error| error.in_phase("quiescent"))?;
    let widest = active.summary.bandwidth.max(quiescent.summary.bandwidth);
    let nodes = (std::f64::consts::TAU * NODES_PER_WIDTH * widest.sqrt()) as usize;
    let at = grid(nodes.max(NODES));
    let (active, quiescent) = (active.on(&at), quiescent.on(&at));
    let (p, q) = (active.kde.log_density(&at)?, quiescent.kde.log_density(&at)?);
    let flat = -libm::log(std::f64::consts::TAU);
    let uniform = vec![flat; at.len()];
    let yardstick = quadrature(&uniform, &p, |u, p| u - p);

    let active_at_active = |range| Ok(active.at(&active.nodes[range]));
    let active_at_quiescent = |range| Ok(active.at(&quiescent.nodes[range]));
    let active_at_all = |range| Ok(rows(&active.sums, range));
    let quiescent_at_quiescent = |range| Ok(quiescent.at(&quiescent.nodes[range]));
    let quiescent_at_active = |range| Ok(quiescent.at(&active.nodes[range]));
    let compared = Compared {
        there: corrected::at_sites(
            &quiescent.owners,
            &quiescent.phase(&quiescent_at_quiescent),
            &active.phase(&active_at_quiescent),
        )?,
        back: corrected::at_sites(
            &active.owners,
            &active.phase(&active_at_active),
            &quiescent.phase(&quiescent_at_active),
        )?,
        uniform: corrected::from_known(
            at.len(),
            flat,
            &active.phase(&active_at_all),
            false,
            yardstick.nats,
            settings.level,
        )?,
        floors: corrected::floors(
            &active.owners,
            &active.phase(&active_at_active),
            settings.splits,
            settings.seed,
        )?,
        plug_in: PlugIns {
            jensen_shannon: PlugIn {
                nats: f64::midpoint(
                    quadrature(&q, &p, from_mixture).nats,
                    quadrature(&p, &q, from_mixture).nats,
                ),
                monte_carlo_error: 0.0,
                zero_density: zero_density(&p) + zero_density(&q),
            },
            there: quadrature(&q, &p, |q, p| q - p),
            back: quadrature(&p, &q, |p, q| p - q),
            uniform: yardstick,
        },
    };
    Ok((active.summary, quiescent.summary, compared))
}

/// Everything that was found, of positions or headings.
struct Compared {
    /// At the quiescent phase's sites, and at the active one's.
    there: Half,
    back: Half,
    /// With the fraction of sites at which the active density is hardly known.
    uniform: (Measured, f64),
    floors: (Option<Floor>, Option<Floor>),
    plug_in: PlugIns,
}

struct PlugIns {
    there: PlugIn,
    back: PlugIn,
    jensen_shannon: PlugIn,
    uniform: PlugIn,
}

impl Compared {
    fn reactivation(
        self,
        active: PhaseSummary,
        quiescent: PhaseSummary,
        unit: &str,
        settings: &Settings,
    ) -> Reactivation {
        let Self {
            there,
            back,
            uniform: (uniform, guessed),
            floors: (kl, jensen_shannon),
            plug_in,
        } = self;
        let level = settings.level;
        let of = |half: &Half, at: &PlugIn| {
            Estimate::new(half.kl(at.nats, level), at, half.unsupported(), kl)
        };
        let either = f64::midpoint(there.unsupported(), back.unsupported());
        let between = there.jensen_shannon(&back, plug_in.jensen_shannon.nats, level);
        Reactivation {
            kl_quiescent_from_active: of(&there, &plug_in.there),
            kl_active_from_quiescent: of(&back, &plug_in.back),
            jensen_shannon: Estimate::new(between, &plug_in.jensen_shannon, either, jensen_shannon),
            kl_uniform_from_active: Estimate::new(uniform, &plug_in.uniform, guessed, None),
            active,
            quiescent,
            unit: unit.to_owned(),
            settings: *settings,
        }
    }
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
        check_enough("an interval over trials", "trials", trials, FEWEST_TRIALS)?;
        let per_trial = (most / trials).clamp(1, steps);
        let points = Array2::from_shape_fn((trials * per_trial, dims), |(i, d)| {
            let (trial, k) = (i / per_trial, i % per_trial);
            kept[[trial, middle(k, per_trial, steps), d]].into()
        });
        Ok(Self { kept, trials, per_trial, points })
    }

    fn lengths(&self) -> Vec<usize> {
        vec![self.per_trial; self.trials]
    }

    /// Some of the points, equally many of each trial, with their trials.
    fn sites(&self, most: usize) -> (Array2<f64>, Vec<usize>) {
        let each = (most / self.trials).clamp(1, self.per_trial);
        let owners: Vec<usize> =
            (0..self.trials).flat_map(|trial| std::iter::repeat_n(trial, each)).collect();
        let sites = Array2::from_shape_fn((owners.len(), self.points.ncols()), |(i, d)| {
            let k = middle(i % each, each, self.per_trial);
            self.points[[owners[i] * self.per_trial + k, d]]
        });
        (sites, owners)
    }
}

/// How many independent points are as good as `points: [trial · per_trial, dim]`: as many as
/// would make the trials' means vary as little as they do.
fn independent_points(points: ArrayView2<'_, f64>, per_trial: usize) -> f64 {
    let (count, dims) = points.dim();
    let (mut all, mut between) = (0.0, 0.0);
    for d in 0..dims {
        let column: Vec<f64> = points.column(d).to_vec();
        let means: Vec<f64> = column
            .chunks_exact(per_trial)
            .map(|trial| trial.iter().sum::<f64>() / per_trial as f64)
            .collect();
        let variance = |values: &[f64]| {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
            squares / (values.len() as f64 - 1.0)
        };
        all += variance(&column);
        between += variance(&means);
    }
    let independent = (count / per_trial) as f64 * all / between;
    // Without any spread there is no density either, as its fit will say.
    if independent.is_nan() { count as f64 } else { independent.clamp(2.0, count as f64) }
}

/// The middle of the k-th of `parts` equal stretches of `length` steps.
fn middle(k: usize, parts: usize, length: usize) -> usize {
    (2 * k + 1) * length / (2 * parts)
}

/// A phase of positions.
struct Positions {
    /// The density as published.
    kde: Kde,
    /// The widest kernels of the corrected estimates.
    wide: Kde,
    trials: usize,
    per_trial: usize,
    /// Monte-Carlo points of the density as published, `[sample, dim]`.
    samples: Array2<f64>,
    /// `[site, dim]`.
    sites: Array2<f64>,
    /// The trial of each site.
    owners: Vec<usize>,
    summary: PhaseSummary,
}

impl Positions {
    fn new<T: Real>(
        decoded: ArrayView3<'_, T>,
        burn_in: usize,
        sample: Sample,
        region: &Region,
        settings: &Settings,
        bootstrap: &BootstrapSettings,
    ) -> Result<Self, Error> {
        let phase = PhasePoints::new(decoded, burn_in, settings.points)?;
        let fit = |bandwidth| {
            let reflect = settings.reflect.then(|| region.clone());
            let options = KdeOptions { bandwidth, reflect };
            Kde::fit_segments(phase.points.view(), &phase.lengths(), &options)
        };
        let kde = fit(settings.bandwidth)?;
        let independent = independent_points(phase.points.view(), phase.per_trial);
        let narrowest = match settings.bandwidth {
            Bandwidth::Factor(factor) => factor,
            rule => WIDER * rule.factor_for(independent, phase.points.ncols())?,
        };
        let wide = fit(Bandwidth::Factor(WIDEST * narrowest))?;
        let moments = moments(phase.kept);
        let ratio = |weights: &[f64]| ratio_of(&moments, weights);
        let (variance, variance_ratio) = variance_ratio(phase.trials, bootstrap, ratio);
        let mut generator = points_generator(settings.seed, sample);
        let (mut sites, owners) = phase.sites(settings.samples);
        wide.fold(&mut sites);
        Ok(Self {
            samples: kde.sample(&mut generator, settings.samples),
            summary: PhaseSummary {
                trials: phase.trials,
                steps: phase.kept.len_of(Axis(1)),
                points: phase.points.nrows(),
                bandwidth: kde.factor(),
                corrected_bandwidth: narrowest,
                independent_points: independent,
                variance,
                variance_ratio,
            },
            kde,
            wide,
            trials: phase.trials,
            per_trial: phase.per_trial,
            sites,
            owners,
        })
    }

    fn sums(
        &self,
        sites: &Array2<f64>,
        range: std::ops::Range<usize>,
    ) -> Result<[SegmentSums; POWERS], Error> {
        self.wide.segment_powers(sites.slice(ndarray::s![range, ..]))
    }

    fn phase<'a>(&self, sums: Sums<'a>) -> Phase<'a> {
        let log_peaks = self.wide.log_peaks();
        Phase { trials: self.trials, per_trial: self.per_trial, log_peaks, sums }
    }
}

type Sums<'a> = &'a (dyn Fn(std::ops::Range<usize>) -> Result<[SegmentSums; POWERS], Error> + Sync);

/// KL(q‖p) and q's half of the Jensen–Shannon divergence, of the densities as published.
fn plug_in(q: &Positions, p: &Positions) -> Result<(PlugIn, PlugIn), Error> {
    let at: ArrayView2<'_, f64> = q.samples.view();
    let (own, other) = (q.kde.log_density(at)?, p.kde.log_density(at)?);
    let terms: Vec<f64> = own.iter().zip(&other).map(|(q, p)| from_mixture(*q, *p)).collect();
    // A divergence from a density of value 1: its mean and standard error are the terms'.
    let half = Divergence::from_logs(&terms, &vec![0.0; terms.len()]);
    Ok((PlugIn::of(&Divergence::from_logs(&own, &other)), PlugIn::of(&half)))
}

/// A phase of headings.
struct Headings {
    /// The density as published.
    kde: VonMisesKde,
    /// The widest kernels of the corrected estimates.
    wide: VonMisesKde,
    trials: usize,
    per_trial: usize,
    /// In rad.
    sites: Vec<f64>,
    owners: Vec<usize>,
    summary: PhaseSummary,
}

impl Headings {
    fn new<T: Real>(
        decoded: ArrayView3<'_, T>,
        burn_in: usize,
        settings: &Settings,
        bootstrap: &BootstrapSettings,
    ) -> Result<Self, Error> {
        let phase = PhasePoints::new(decoded, burn_in, settings.points)?;
        let moments = heading_moments(phase.kept)?;
        let angles = phase.points.column(0);
        let fit = |kappa| {
            let width = CircularBandwidth::Concentration(kappa);
            VonMisesKde::fit_segments(angles, &phase.lengths(), width)
        };
        let kappa = settings.heading_bandwidth.concentration(angles)?;
        let vectors = Array2::from_shape_fn((angles.len(), 2), |(i, d)| {
            if d == 0 { libm::cos(angles[i]) } else { libm::sin(angles[i]) }
        });
        let independent = independent_points(vectors.view(), phase.per_trial);
        // As for positions, but never narrower than the kernel asked for.
        let resultant = circular::mean(angles)?.resultant_length;
        let sd = (-2.0 * libm::log(resultant)).max(0.0).sqrt().min(WIDEST_SPREAD);
        let narrowest = WIDER * sd * Bandwidth::Scott.factor_for(independent, 1)?;
        let corrected = kappa.min(1.0 / (narrowest * narrowest));
        let wide = fit(corrected / (WIDEST * WIDEST))?;
        let ratio = |weights: &[f64]| heading_ratio_of(&moments, weights);
        let (variance, variance_ratio) = variance_ratio(phase.trials, bootstrap, ratio);
        let (sites, owners) = phase.sites(settings.samples);
        Ok(Self {
            kde: fit(kappa)?,
            wide,
            trials: phase.trials,
            per_trial: phase.per_trial,
            sites: sites.column(0).to_vec(),
            owners,
            summary: PhaseSummary {
                trials: phase.trials,
                steps: phase.kept.len_of(Axis(1)),
                points: phase.points.nrows(),
                bandwidth: kappa,
                corrected_bandwidth: corrected,
                independent_points: independent,
                variance,
                variance_ratio,
            },
        })
    }

    /// Its kernel sums at the nodes of a grid.
    fn on(self, grid: &[f64]) -> HeadingsOnGrid {
        let spacing = std::f64::consts::TAU / grid.len() as f64;
        let nearest = |angle: &f64| {
            let along = (angle + std::f64::consts::PI).rem_euclid(std::f64::consts::TAU);
            (along / spacing).round() as usize % grid.len()
        };
        HeadingsOnGrid {
            kde: self.kde,
            sums: self.wide.segment_powers(grid),
            log_peaks: self.wide.log_peaks(),
            nodes: self.sites.iter().map(nearest).collect(),
            trials: self.trials,
            per_trial: self.per_trial,
            owners: self.owners,
            summary: self.summary,
        }
    }
}

/// A phase of headings as kernel sums at the nodes of a grid.
struct HeadingsOnGrid {
    kde: VonMisesKde,
    sums: [SegmentSums; POWERS],
    log_peaks: [f64; POWERS],
    trials: usize,
    per_trial: usize,
    /// The node nearest to each site.
    nodes: Vec<usize>,
    owners: Vec<usize>,
    summary: PhaseSummary,
}

impl HeadingsOnGrid {
    /// The sums at some nodes.
    fn at(&self, nodes: &[usize]) -> [SegmentSums; POWERS] {
        self.sums.each_ref().map(|sums| SegmentSums {
            sums: nodes.iter().flat_map(|&node| sums.row(node)).copied().collect(),
            shifts: nodes.iter().map(|&node| sums.shifts[node]).collect(),
        })
    }

    fn phase<'a>(&self, sums: Sums<'a>) -> Phase<'a> {
        let log_peaks = self.log_peaks;
        Phase { trials: self.trials, per_trial: self.per_trial, log_peaks, sums }
    }
}

/// The sums at some of the points.
fn rows(all: &[SegmentSums; POWERS], range: std::ops::Range<usize>) -> [SegmentSums; POWERS] {
    all.each_ref().map(|all| {
        let width = all.sums.len() / all.shifts.len();
        SegmentSums {
            sums: all.sums[range.start * width..range.end * width].to_vec(),
            shifts: all.shifts[range.clone()].to_vec(),
        }
    })
}

/// ∫ a · term(ln a, ln b) on the circle.
fn quadrature(log_a: &[f64], log_b: &[f64], term: fn(f64, f64) -> f64) -> PlugIn {
    let width = std::f64::consts::TAU / log_a.len() as f64;
    let terms = log_a.iter().zip(log_b).map(|(&log_a, &log_b)| (libm::exp(log_a), log_a, log_b));
    let terms = terms.filter(|(a, ..)| *a > 0.0).map(|(a, log_a, log_b)| a * term(log_a, log_b));
    PlugIn {
        nats: terms.sum::<f64>() * width,
        monte_carlo_error: 0.0,
        zero_density: zero_density(log_b),
    }
}

/// Points at which the density of the data is zero in double precision.
fn zero_density(logs: &[f64]) -> usize {
    logs.iter().filter(|log| libm::exp(**log) == 0.0).count()
}

/// The variance ratio, and its estimate with an interval; `None` where nothing varies.
fn variance_ratio(
    trials: usize,
    settings: &BootstrapSettings,
    ratio: impl Fn(&[f64]) -> Option<VarianceRatio> + Sync,
) -> (Option<VarianceRatio>, Option<Measured>) {
    let weighted = |drawn: &[usize]| {
        let mut weights = vec![0.0; trials];
        drawn.iter().for_each(|&trial| weights[trial] += 1.0);
        // A resample in which nothing varies (one trial drawn throughout) has no ratio.
        ratio(&weights).map_or(f64::NAN, |found| found.ratio)
    };
    (ratio(&vec![1.0; trials]), bootstrap::over_trials(trials, settings, weighted).ok())
}
