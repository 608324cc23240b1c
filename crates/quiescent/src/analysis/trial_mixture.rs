//! A density at fixed points as a weighted sum over trials, so that a bootstrap resample is a
//! change of weights instead of a new fit.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use ndarray::ArrayView2;
use rayon::prelude::*;

use super::gaussian_sum::SegmentSums;

/// Rows that one task multiplies.
const TASK_ROWS: usize = 64;

/// Log-densities `[point, resample]`, row-major; resample 0 is the data themselves.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LogDensities {
    pub(crate) values: Vec<f64>,
    pub(crate) resamples: usize,
}

impl LogDensities {
    /// The points' log-densities in one resample.
    pub(crate) fn resample(&self, resample: usize) -> impl Iterator<Item = f64> + '_ {
        self.values.iter().skip(resample).step_by(self.resamples).copied()
    }
}

/// The density of kernels weighted by trial, at fixed points, for every column of
/// `weights: [trial, resample]`.
///
/// With S_jt the kernel sum of trial t (of n_t points) at point j, the density in a resample that
/// holds trial t w_t times is Σ_t w_t S_jt / Σ_t w_t n_t: exactly the kernel estimate of the
/// resampled points at unchanged bandwidth.
pub(crate) fn log_densities(
    sums: &SegmentSums,
    log_peak: f64,
    points_per_trial: usize,
    weights: ArrayView2<'_, f64>,
) -> LogDensities {
    let (trials, resamples) = weights.dim();
    let flat: Vec<f64> = weights.iter().copied().collect();
    let weights = MatRef::from_row_major_slice(&flat, trials, resamples);
    // Every resample holds as many trials as the data.
    let log_norm = log_peak - ((trials * points_per_trial) as f64).ln();
    let mut values = vec![0.0; sums.shifts.len() * resamples];
    values
        .par_chunks_mut(TASK_ROWS * resamples)
        .zip(sums.sums.par_chunks(TASK_ROWS * trials))
        .zip(sums.shifts.par_chunks(TASK_ROWS))
        .for_each(|((values, sums), shifts)| {
            matmul(
                MatMut::from_row_major_slice_mut(values, shifts.len(), resamples),
                Accum::Replace,
                MatRef::from_row_major_slice(sums, shifts.len(), trials),
                weights,
                1.0,
                Par::Seq,
            );
            for (row, shift) in values.chunks_mut(resamples).zip(shifts) {
                row.iter_mut().for_each(|value| *value = value.ln() + shift + log_norm);
            }
        });
    LogDensities { values, resamples }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::super::gaussian_sum::PointSet;
    use super::*;

    #[test]
    fn a_reweighting_is_the_estimate_of_the_resampled_points() {
        let trials = [[0.1, 0.2, 0.4, 0.0], [1.0, 1.3, 0.9, 2.0], [-1.0, -0.5, 0.3, -0.2]];
        let at = [0.3, 0.1, 1.0, 1.0, -40.0, 3.0];
        let set = PointSet::new(trials.as_flattened(), 2, &[2, 2, 2]);
        let weights = array![[1.0, 2.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.0, 3.0]];
        let logs = log_densities(&set.segment_sums(&at), -1.5, 2, weights.view());
        for (resample, drawn) in [[0, 1, 2], [0, 0, 2], [2, 2, 2]].iter().enumerate() {
            let points: Vec<f64> = drawn.iter().flat_map(|&trial| trials[trial]).collect();
            let refitted = PointSet::new(&points, 2, &[6]).log_sums(&at);
            for (ours, expected) in logs.resample(resample).zip(refitted) {
                let expected = expected - 1.5 - 6_f64.ln();
                assert!((ours - expected).abs() < 1e-11 * expected.abs(), "{ours} {expected}");
            }
        }
    }
}
