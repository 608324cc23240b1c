//! Comparison of positions: kernel densities in a region, integrated with Monte-Carlo points.

use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis};

use super::super::Real;
use super::super::bootstrap::{BootstrapSettings, Measured};
use super::super::density::{Density, Uniform};
use super::super::divergence::{Divergence, from_mixture};
use super::super::error::Error;
use super::super::exploration::{moments, ratio_of};
use super::super::gaussian_sum::{POWERS, SegmentSums};
use super::super::kde::{Bandwidth, Kde, KdeOptions};
use super::super::phase_divergence::{self as corrected, Phase, Sums};
use super::compared::{Compared, PlugIns, Side, halves};
use super::points::{
    LEAST, PhasePoints, WIDER, WIDEST, independent_points, points_generator, rows, variance_ratio,
};
use super::results::{PhaseSummary, PlugIn, Settings};
use crate::random::Sample;
use crate::space::Region;

/// Compares phases of positions.
pub(super) fn compare<T: Real>(
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
    let (published_there, half_there) = plug_in(&quiescent, &active)?;
    let (published_back, half_back) = plug_in(&active, &quiescent)?;
    let yardstick = PlugIn::of(&Divergence::from_logs(
        &vec![log_uniform; uniform.nrows()],
        &active.kde.log_density(uniform.view())?,
    ));

    let uniform = uniform_from(&active, region, settings, bootstrap, yardstick.nats)?;
    let (active, quiescent) = with_one_kernel(active, quiescent)?;

    // Two things need the active phase's kernels at its own sites.
    let own = active.wide.segment_powers(active.sites.view())?;
    let active_at_active = |range| Ok(rows(&own, range));
    let active_at_quiescent = |range| active.sums(&quiescent.sites, range);
    let quiescent_at_quiescent = |range| quiescent.sums(&quiescent.sites, range);
    let quiescent_at_active = |range| quiescent.sums(&active.sites, range);
    let corrected_halves = halves(
        &Side {
            owners: &active.owners,
            at_own: active.phase(&active_at_active),
            at_other: active.phase(&active_at_quiescent),
        },
        &Side {
            owners: &quiescent.owners,
            at_own: quiescent.phase(&quiescent_at_quiescent),
            at_other: quiescent.phase(&quiescent_at_active),
        },
        settings,
    )?;
    let compared = Compared {
        corrected: corrected_halves,
        uniform,
        plug_in: PlugIns {
            jensen_shannon: PlugIn {
                nats: f64::midpoint(half_there.nats, half_back.nats),
                monte_carlo_error: libm::hypot(
                    half_there.monte_carlo_error,
                    half_back.monte_carlo_error,
                ) / 2.0,
                zero_density: published_there.zero_density + published_back.zero_density,
            },
            there: published_there,
            back: published_back,
            uniform: yardstick,
        },
    };
    Ok((active.summary, quiescent.summary, compared))
}

/// Gives both phases the narrower of their two kernels, so that what kernels do to a density, at walls
/// too, is the same for both and cancels where the densities agree. Neither becomes narrower than
/// [`LEAST`] of its own, since a density must not rest on single trials.
fn with_one_kernel(a: Positions, b: Positions) -> Result<(Positions, Positions), Error> {
    let (size_a, size_b) = (a.summary.resolution, b.summary.resolution);
    if size_a > size_b {
        let narrowed = a.narrowed(&b.wide)?;
        Ok((narrowed, b))
    } else {
        let narrowed = b.narrowed(&a.wide)?;
        Ok((a, narrowed))
    }
}

/// KL(uniform‖active), with its plug-in value, and the fraction of the sites at which the active density
/// is poorly known.
///
/// A uniform sample is compared as a phase is, with the active phase's kernel. The kernels of both reach beyond the walls alike, so that an active phase that is uniform gives 0. (If the uniform
/// density is taken as known, it gives 0.09 nats; docs/intervals.md.)
fn uniform_from(
    active: &Positions,
    region: &Region,
    settings: &Settings,
    bootstrap: &BootstrapSettings,
    plug_in: f64,
) -> Result<(Measured, f64), Error> {
    let (trials, each) = (active.trials, active.per_trial);
    let mut generator = points_generator(settings.seed, Sample::Uniform);
    let points = Uniform::new(region.clone()).sample(&mut generator, trials * each);
    let decoded = Array3::from_shape_fn((trials, each, points.ncols()), |(trial, point, dim)| {
        points[[trial * each + point, dim]]
    });
    let uniform = Positions::new(decoded.view(), 0, Sample::Uniform, region, settings, bootstrap)?;
    let uniform = uniform.with_kernel(active.wide.covariance().to_owned())?;
    let half = corrected::at_sites(
        &uniform.owners,
        &uniform.phase(&|range| uniform.sums(&uniform.sites, range)),
        &active.phase(&|range| active.sums(&uniform.sites, range)),
    )?;
    Ok((half.kl(plug_in, settings.level), half.unsupported()))
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
                resolution: resolution(&wide),
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

    /// With the kernel of another phase, but at least [`LEAST`] as wide as its own.
    fn narrowed(self, other: &Kde) -> Result<Self, Error> {
        let own = self.wide.covariance().to_owned();
        let narrowest = self.summary.resolution * LEAST;
        let with = self.with_kernel(other.covariance().to_owned())?;
        if with.summary.resolution < narrowest {
            with.with_kernel(own * (LEAST * LEAST))
        } else {
            Ok(with)
        }
    }

    fn with_kernel(mut self, covariance: Array2<f64>) -> Result<Self, Error> {
        let before = self.summary.resolution;
        self.wide = self.wide.with_covariance(covariance, &vec![self.per_trial; self.trials])?;
        self.summary.resolution = resolution(&self.wide);
        self.summary.corrected_bandwidth *= self.summary.resolution / before;
        Ok(self)
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

/// Width of the narrowest kernel, given the widest: the geometric mean of its standard deviations.
fn resolution(wide: &Kde) -> f64 {
    // A kernel's peak is 1/√(det 2πH).
    let log_peak = wide.log_peaks()[POWERS - 1];
    libm::exp(-log_peak / wide.covariance().nrows() as f64) / std::f64::consts::TAU.sqrt()
}

/// KL(q‖p) and q's half of the Jensen–Shannon divergence, of the densities as published.
fn plug_in(q: &Positions, p: &Positions) -> Result<(PlugIn, PlugIn), Error> {
    let at: ArrayView2<'_, f64> = q.samples.view();
    let (own, other) = (q.kde.log_density(at)?, p.kde.log_density(at)?);
    let terms: Vec<f64> = own.iter().zip(&other).map(|(q, p)| from_mixture(*q, *p)).collect();
    // A divergence from a density of 1 has the mean and standard error of the terms.
    let half = Divergence::from_logs(&terms, &vec![0.0; terms.len()]);
    Ok((PlugIn::of(&Divergence::from_logs(&own, &other)), PlugIn::of(&half)))
}
