//! Comparison of headings: kernel densities on the circle, integrated on a grid.

use ndarray::{Array2, ArrayView3, Axis};

use super::super::Real;
use super::super::bootstrap::BootstrapSettings;
use super::super::circular::{self, CircularBandwidth, VonMisesKde, grid};
use super::super::divergence::from_mixture;
use super::super::error::Error;
use super::super::exploration::{heading_moments, heading_ratio_of};
use super::super::gaussian_sum::{POWERS, SegmentSums};
use super::super::kde::Bandwidth;
use super::super::phase_divergence::{self as corrected, Phase, Sums};
use super::compared::{Compared, PlugIns, Side, halves};
use super::points::{
    LEAST, PhasePoints, WIDER, WIDEST, independent_points, rows, variance_ratio, zero_density,
};
use super::results::{PhaseSummary, PlugIn, Settings};

/// Fewest nodes of the quadrature on the circle.
const NODES: usize = 360;
/// Nodes of the quadrature per kernel width. Sites are moved to the nearest node, which widens a
/// kernel by less than a thousandth.
const NODES_PER_WIDTH: f64 = 8.0;
/// Largest circular standard deviation, in rad, that determines the kernel's width. A larger one
/// means that headings are spread over the whole circle.
const WIDEST_SPREAD: f64 = 1.0;

/// Compares phases of headings.
pub(super) fn compare<T: Real>(
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
    let (p, q) = (active.kde.log_density(&at)?, quiescent.kde.log_density(&at)?);
    let flat = -libm::log(std::f64::consts::TAU);
    let uniform = vec![flat; at.len()];
    let yardstick = quadrature(&uniform, &p, |u, p| u - p);
    let own = active.wide.segment_powers(&at);
    let uniform = corrected::from_known(
        at.len(),
        flat,
        &active.phase(&|range| Ok(rows(&own, range))),
        yardstick.nats,
        settings.level,
    )?;

    // What kernels do to both densities is then the same.
    let narrower = active.summary.corrected_bandwidth.max(quiescent.summary.corrected_bandwidth);
    let (active, quiescent) =
        (active.narrowed(narrower).on(&at), quiescent.narrowed(narrower).on(&at));
    let active_at_active = |range| Ok(active.at(&active.nodes[range]));
    let active_at_quiescent = |range| Ok(active.at(&quiescent.nodes[range]));
    let quiescent_at_quiescent = |range| Ok(quiescent.at(&quiescent.nodes[range]));
    let quiescent_at_active = |range| Ok(quiescent.at(&active.nodes[range]));
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

/// A phase of headings.
struct Headings {
    /// The density as published.
    kde: VonMisesKde,
    /// The widest kernels of the corrected estimates.
    wide: VonMisesKde,
    trials: usize,
    per_trial: usize,
    /// Sites in rad.
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
        // As for positions, but at least as wide as the requested kernel.
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
                resolution: corrected.sqrt().recip(),
                independent_points: independent,
                variance,
                variance_ratio,
            },
        })
    }

    /// With kernels of another concentration, but at least [`LEAST`] as wide as its own.
    fn narrowed(mut self, kappa: f64) -> Self {
        let kappa = kappa.min(self.summary.corrected_bandwidth / (LEAST * LEAST));
        let lengths = vec![self.per_trial; self.trials];
        self.wide = self.wide.with_concentration(kappa / (WIDEST * WIDEST), &lengths);
        self.summary.corrected_bandwidth = kappa;
        self.summary.resolution = kappa.sqrt().recip();
        self
    }

    fn phase<'a>(&self, sums: Sums<'a>) -> Phase<'a> {
        let log_peaks = self.wide.log_peaks();
        Phase { trials: self.trials, per_trial: self.per_trial, log_peaks, sums }
    }

    /// Computes its kernel sums at the nodes of a grid.
    fn on(self, grid: &[f64]) -> HeadingsOnGrid {
        let spacing = std::f64::consts::TAU / grid.len() as f64;
        let nearest = |angle: &f64| {
            let along = (angle + std::f64::consts::PI).rem_euclid(std::f64::consts::TAU);
            (along / spacing).round() as usize % grid.len()
        };
        HeadingsOnGrid {
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
