//! The decoded values of a phase that enter its densities, and their variation.

use ndarray::{Array2, ArrayView2, ArrayView3};

use super::super::Real;
use super::super::bootstrap::{self, BootstrapSettings, Measured};
use super::super::error::{Error, check_enough};
use super::super::exploration::{VarianceRatio, after};
use super::super::gaussian_sum::{POWERS, SegmentSums};
use super::super::phase_divergence::FEWEST_TRIALS;
use crate::random::{BootstrapDraw, Generator, Sample, Stream};

/// The narrowest kernel for the extrapolation of a divergence, relative to the width by the same
/// rule for as many *independent* points. The value was found in simulations: narrower kernels see more
/// near walls, but bias the divergence of phases of unequal correlation, whose tails rest on too few trials
/// (docs/intervals.md).
pub(super) const WIDER: f64 = 1.4;
/// The widest of those kernels over the narrowest.
pub(super) const WIDEST: f64 = 2.0;

/// Two phases are compared with the narrower of their kernels, but no kernel becomes narrower than this
/// part of the phase's own.
pub(super) const LEAST: f64 = 0.5;

pub(super) fn points_generator(seed: u64, sample: Sample) -> Generator {
    Generator::new(seed, Stream::Bootstrap(BootstrapDraw::Points(sample)), 0)
}

/// A phase's decoded values, thinned to about a given number.
pub(super) struct PhasePoints<'a, T> {
    /// All steps after the burn-in, `[trial, step, dim]`.
    pub(super) kept: ArrayView3<'a, T>,
    pub(super) trials: usize,
    pub(super) per_trial: usize,
    /// `[trial · per_trial, dim]`, trial after trial.
    pub(super) points: Array2<f64>,
}

impl<'a, T: Real> PhasePoints<'a, T> {
    pub(super) fn new(
        decoded: ArrayView3<'a, T>,
        burn_in: usize,
        most: usize,
    ) -> Result<Self, Error> {
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

    pub(super) fn lengths(&self) -> Vec<usize> {
        vec![self.per_trial; self.trials]
    }

    /// Some of the points, equally many from each trial, with their trials.
    pub(super) fn sites(&self, most: usize) -> (Array2<f64>, Vec<usize>) {
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

/// Number of independent points equivalent to `points: [trial · per_trial, dim]`: with that many
/// points, the trials' means would vary as little as they do.
pub(super) fn independent_points(points: ArrayView2<'_, f64>, per_trial: usize) -> f64 {
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
    // Without any spread, fitting the density fails and reports this.
    if independent.is_nan() { count as f64 } else { independent.clamp(2.0, count as f64) }
}

/// The middle of the k-th of `parts` equal stretches of `length` steps.
pub(super) fn middle(k: usize, parts: usize, length: usize) -> usize {
    (2 * k + 1) * length / (2 * parts)
}

/// The sums at some of the points.
pub(super) fn rows(
    all: &[SegmentSums; POWERS],
    range: std::ops::Range<usize>,
) -> [SegmentSums; POWERS] {
    all.each_ref().map(|all| {
        let width = all.sums.len() / all.shifts.len();
        SegmentSums {
            sums: all.sums[range.start * width..range.end * width].to_vec(),
            shifts: all.shifts[range.clone()].to_vec(),
        }
    })
}

/// Points at which the density of the data is zero in double precision.
pub(super) fn zero_density(logs: &[f64]) -> usize {
    logs.iter().filter(|log| libm::exp(**log) == 0.0).count()
}

/// The variance ratio, and its estimate with an interval; `None` if nothing varies.
pub(super) fn variance_ratio(
    trials: usize,
    settings: &BootstrapSettings,
    ratio: impl Fn(&[f64]) -> Option<VarianceRatio> + Sync,
) -> (Option<VarianceRatio>, Option<Measured>) {
    let weighted = |drawn: &[usize]| {
        let mut weights = vec![0.0; trials];
        drawn.iter().for_each(|&trial| weights[trial] += 1.0);
        // A resample without variation (one trial drawn throughout) does not have a ratio.
        ratio(&weights).map_or(f64::NAN, |found| found.ratio)
    };
    (ratio(&vec![1.0; trials]), bootstrap::over_trials(trials, settings, weighted).ok())
}
