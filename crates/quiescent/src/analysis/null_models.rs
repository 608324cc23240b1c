//! What decoded values would look like without order or without memory: comparisons for phases.
//!
//! Draws come from [`Stream::Bootstrap`], one stream per trial.

use ndarray::{Array3, ArrayView3, Axis};

use super::Real;
use super::circular;
use super::density::{Bounds, Density, Uniform};
use crate::random::{BootstrapDraw, Generator, Stream};

/// Decoded values `[trial, step, dim]` with the steps of each trial in random order: every
/// trial's values, and so every density, stay, and their order in time is lost.
pub fn time_shuffled<T: Real>(decoded: ArrayView3<'_, T>, seed: u64) -> Array3<f64> {
    let mut out = decoded.mapv(Into::into);
    for (number, mut trial) in out.outer_iter_mut().enumerate() {
        let mut generator =
            Generator::new(seed, Stream::Bootstrap(BootstrapDraw::TimeShuffle), number as u64);
        // Fisher and Yates: each of the n! orders is equally likely.
        for last in (1..trial.nrows()).rev() {
            let other = generator.below(last as u64 + 1) as usize;
            for mut column in trial.axis_iter_mut(Axis(1)) {
                column.swap(last, other);
            }
        }
    }
    out
}

/// Independent positions uniform in an arena, `[trial, step, dim]` in the bounds' unit.
pub fn uniform_positions(bounds: &Bounds, trials: usize, steps: usize, seed: u64) -> Array3<f64> {
    let uniform = Uniform::new(bounds.clone());
    let mut out = Array3::zeros((trials, steps, bounds.dims()));
    for (number, mut trial) in out.outer_iter_mut().enumerate() {
        let mut generator =
            Generator::new(seed, Stream::Bootstrap(BootstrapDraw::UniformPositions), number as u64);
        trial.assign(&uniform.sample(&mut generator, steps));
    }
    out
}

/// Independent headings uniform on the circle, `[trial, step, 1]` in rad, in (−π, π].
pub fn uniform_headings(trials: usize, steps: usize, seed: u64) -> Array3<f64> {
    let mut out = Array3::zeros((trials, steps, 1));
    for (number, mut trial) in out.outer_iter_mut().enumerate() {
        let mut generator =
            Generator::new(seed, Stream::Bootstrap(BootstrapDraw::UniformHeadings), number as u64);
        trial.mapv_inplace(|_| circular::wrap(std::f64::consts::TAU * generator.uniform()));
    }
    out
}
