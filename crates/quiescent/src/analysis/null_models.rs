//! Null models: decoded values without order or without memory, to compare with phases.
//!
//! Draws come from [`Stream::Bootstrap`], one stream per trial.

use ndarray::{Array3, ArrayView3, Axis};

use super::Real;
use super::density::{Density, Uniform};
use super::error::Error;
use super::exploration::{after, path, squared_distance};
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

/// Brownian motion with the starts and the diffusivity of `decoded`, `[trial, step, dim]`: steps of each trial are
/// independent normal draws with that trial's mean squared step, reflected by the walls of a region; headings
/// are in [−π, π).
///
/// # Errors
/// If there is no trial, fewer than two steps, a value is not finite, or dimensions differ.
pub fn brownian<T: Real>(
    decoded: ArrayView3<'_, T>,
    space: &Space,
    seed: u64,
) -> Result<Array3<f64>, Error> {
    let mut out = path(decoded, space)?;
    let steps = after(out.view(), 0, "Brownian motion", 2)?.len_of(Axis(1));
    for number in 0..out.len_of(Axis(0)) {
        let squared = |step| squared_distance(out.view(), number, step - 1, step);
        let mean = (1..steps).map(squared).sum::<f64>() / (steps - 1) as f64;
        let sd = (mean / space.dim() as f64).sqrt();
        let mut generator =
            Generator::new(seed, Stream::Bootstrap(BootstrapDraw::Brownian), number as u64);
        let mut trial = out.index_axis_mut(Axis(0), number);
        for step in 0..steps {
            for dim in 0..space.dim() {
                // The start is where the trial started, if within the walls.
                let value = match step {
                    0 => trial[[0, dim]],
                    _ => trial[[step - 1, dim]] + sd * generator.normal(),
                };
                trial[[step, dim]] = match space {
                    Space::Region(region) => {
                        reflected(value, region.low()[dim], region.high()[dim])
                    }
                    Space::Circle => wrap(value),
                };
            }
        }
    }
    Ok(out)
}

/// A coordinate that walls at `low` and `high` reflect as often as it takes.
fn reflected(value: f64, low: f64, high: f64) -> f64 {
    // Exactly, where there is nothing to reflect.
    if (low..=high).contains(&value) {
        return value;
    }
    let side = high - low;
    let folded = (value - low).rem_euclid(2.0 * side);
    low + if folded > side { 2.0 * side - folded } else { folded }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::space::Region;

    #[test]
    fn coordinates_are_folded_between_walls() {
        let folded = [-0.5, 0.0, 0.25, 1.0, 1.25, 2.5, -3.25].map(|x| reflected(x, 0.0, 1.0));
        assert_eq!(folded, [0.5, 0.0, 0.25, 1.0, 0.75, 0.5, 0.75]);
        assert_eq!(reflected(3.5, 1.0, 3.0), 2.5);
    }

    /// Far from walls, the mean squared displacement is 2·dim·D·t of the data's own first step; within walls,
    /// Brownian motion becomes uniform: coordinates have variance side²/12. Two-sided at 0.1 %.
    #[test]
    fn brownian_motion_has_the_diffusivity_and_stays_within_walls() {
        let (trials, steps) = (400, 101);
        // One step of 0.3 to the right and one of 0.4 up, again and again: 0.125 a step.
        let data = Array3::from_shape_fn((trials, steps, 2), |(_, step, dim)| match dim {
            0 => 0.3 * step.div_ceil(2) as f64,
            _ => 0.4 * (step / 2) as f64,
        });
        let wide = Space::Region(Region::centred(&[1e6, 1e6]).unwrap());
        let walked = brownian(data.view(), &wide, 3).unwrap();
        let squares: Vec<f64> =
            (0..trials).map(|trial| squared_distance(walked.view(), trial, 0, steps - 1)).collect();
        let mean = squares.iter().sum::<f64>() / trials as f64;
        // The squared distance is exponential: its standard deviation is its mean.
        let expected = 0.125 * (steps - 1) as f64;
        assert!((mean / expected - 1.0).abs() < 3.29 / (trials as f64).sqrt(), "{mean} {expected}");
        let narrow = Space::Region(Region::new(&[0.0, -1.0], &[1.0, 1.0]).unwrap());
        let walked = brownian(data.view(), &narrow, 3).unwrap();
        let Space::Region(region) = &narrow else { unreachable!() };
        for value in walked.rows() {
            assert!(region.contains(&value.to_vec()), "{value}");
        }
        let last = walked.index_axis(Axis(1), steps - 1);
        for (dim, side) in [(0, 1.0), (1, 2.0)] {
            let variance = last.column(dim).var(1.0);
            // A uniform law has kurtosis 9/5.
            let tolerance = 3.29 * (0.8 / trials as f64).sqrt();
            assert!((variance * 12.0 / (side * side) - 1.0).abs() < tolerance, "{variance}");
        }
        assert_eq!(walked, brownian(data.view(), &narrow, 3).unwrap());
        assert_ne!(walked, brownian(data.view(), &narrow, 4).unwrap());
    }
}
