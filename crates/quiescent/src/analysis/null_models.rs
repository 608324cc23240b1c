//! Null models: decoded values without order or without memory, to compare with phases.
//!
//! Draws come from [`Stream::Bootstrap`], one stream per trial.

use ndarray::{Array3, ArrayView3, Axis};

use super::Real;
use super::density::{Density, Uniform};
use crate::random::{BootstrapDraw, Generator, Stream};
use crate::space::{Space, wrap};

/// Decoded values `[trial, step, dim]` with the steps of each trial in random order. This
/// preserves every trial's values, and therefore every density, but not their order in time.
pub fn time_shuffled<T: Real>(decoded: ArrayView3<'_, T>, seed: u64) -> Array3<f64> {
    let mut out = decoded.mapv(Into::into);
    for (number, mut trial) in out.outer_iter_mut().enumerate() {
        let mut generator =
            Generator::new(seed, Stream::Bootstrap(BootstrapDraw::TimeShuffle), number as u64);
        // The Fisher–Yates shuffle: each of the n! orders is equally likely.
        for last in (1..trial.nrows()).rev() {
            let other = generator.below(last as u64 + 1) as usize;
            for mut column in trial.axis_iter_mut(Axis(1)) {
                column.swap(last, other);
            }
        }
    }
    out
}

/// Independent values uniform in a space, `[trial, step, dim]` in its unit; headings in [−π, π).
pub fn uniform(space: &Space, trials: usize, steps: usize, seed: u64) -> Array3<f64> {
    let mut out = Array3::zeros((trials, steps, space.dim()));
    for (number, mut trial) in out.outer_iter_mut().enumerate() {
        let of = |draw| Generator::new(seed, Stream::Bootstrap(draw), number as u64);
        match space {
            Space::Region(region) => {
                let mut generator = of(BootstrapDraw::UniformPositions);
                trial.assign(&Uniform::new(region.clone()).sample(&mut generator, steps));
            }
            Space::Circle => {
                let mut generator = of(BootstrapDraw::UniformHeadings);
                trial.mapv_inplace(|_| wrap(std::f64::consts::TAU * generator.uniform()));
            }
        }
    }
    out
}
