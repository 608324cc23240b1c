//! Temporal compression: how many times faster a quiescent phase covers a distance than the active one.

use ndarray::{ArrayView3, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Real;
use super::bootstrap::{self, BootstrapSettings, Measured};
use super::error::Error;
use super::exploration::{after, logarithmic_lags, path, squared_displacement};
use crate::space::Space;

/// Lags at which displacements are known; between them, their logarithm is linear in that of the lag.
const LAGS: usize = 30;

/// Mean squared displacement of each trial of a phase at lags up to its whole length.
#[derive(Debug, Clone, PartialEq)]
pub struct Displacements {
    /// In steps, ascending from 1, with equal distances of their logarithms.
    lags: Vec<usize>,
    /// In unit², `[lag][trial]`.
    squared: Vec<Vec<f64>>,
}

impl Displacements {
    /// Of decoded values `[trial, step, dim]` in m or rad, whose path is followed around the circle.
    ///
    /// # Errors
    /// If there is no trial, fewer than two steps, a value is not finite, or dimensions differ.
    pub fn of<T: Real>(decoded: ArrayView3<'_, T>, space: &Space) -> Result<Self, Error> {
        let path = path(decoded, space)?;
        let kept = after(path.view(), 0, "displacement", 2)?;
        let lags = logarithmic_lags(kept.len_of(Axis(1)) - 1, LAGS);
        let trials = kept.len_of(Axis(0));
        let at = |&lag: &usize| {
            (0..trials).map(|trial| squared_displacement(kept, trial, lag)).collect()
        };
        let squared = lags.par_iter().map(at).collect();
        Ok(Self { lags, squared })
    }

    /// Number of trials.
    pub fn trials(&self) -> usize {
        self.squared.first().map_or(0, Vec::len)
    }

    /// The lag in steps at which the root mean squared displacement of some trials, as often as each is named, first
    /// reaches a distance in m or rad; 1 if a single step does, and none if no lag does.
    ///
    /// # Panics
    /// If there is no such trial.
    pub fn lag_to(&self, distance: f64, trials: &[usize]) -> Option<f64> {
        let target = distance * distance;
        let mut before: Option<(f64, f64)> = None;
        for (&lag, squared) in self.lags.iter().zip(&self.squared) {
            let mean =
                trials.iter().map(|&trial| squared[trial]).sum::<f64>() / trials.len() as f64;
            let lag = lag as f64;
            if mean >= target {
                return Some(match before {
                    Some((shorter, less)) if less > 0.0 && mean > less => {
                        let part = libm::log(target / less) / libm::log(mean / less);
                        shorter * libm::exp(part * libm::log(lag / shorter))
                    }
                    _ => lag,
                });
            }
            before = Some((lag, mean));
        }
        None
    }
}

/// How many times faster a quiescent phase covers a distance than the active one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TemporalCompression {
    /// The distance, in m or rad.
    pub distance: f64,
    /// Steps after which the root mean squared displacement of the active phase reaches it; none if it never does.
    pub active_steps: Option<f64>,
    /// The same of the quiescent phase.
    pub quiescent_steps: Option<f64>,
    /// Active over quiescent steps, with its interval over the trials of both phases: above 1 if rest is faster. None
    /// if a phase does not reach the distance, or does not without some of its trials.
    pub ratio: Option<Measured>,
}

/// Compares the times in which two phases get a distance (in m or rad) away: the lags at which their root mean
/// squared displacement reaches it.
///
/// The ratio depends on the distance where the phases move differently: rest that diffuses gets far more slowly than
/// its steps suggest. The distance should exceed the errors of decoding and be small beside the space, whose walls
/// confine displacement. The width of a cell is such a distance, and the one at which the decoded code has changed.
///
/// # Errors
/// If the distance is not a positive number, a phase has fewer than two trials, or a single step of a phase already
/// covers the distance, so that its time is not resolved.
pub fn temporal_compression(
    active: &Displacements,
    quiescent: &Displacements,
    distance: f64,
    settings: &BootstrapSettings,
) -> Result<TemporalCompression, Error> {
    if !(distance.is_finite() && distance > 0.0) {
        return Err(Error::setting("distance", distance, "a positive finite number"));
    }
    let all = |phase: &Displacements| (0..phase.trials()).collect::<Vec<_>>();
    let lag = |phase: &Displacements, name| match phase.lag_to(distance, &all(phase)) {
        Some(steps) if steps <= 1.0 => Err(Error::Undefined {
            measurement: "temporal compression",
            reason: format!("a single step of the {name} phase covers the distance of {distance}"),
        }),
        steps => Ok(steps),
    };
    let (active_steps, quiescent_steps) = (lag(active, "active")?, lag(quiescent, "quiescent")?);
    let ratio = match active_steps.is_some() && quiescent_steps.is_some() {
        false => None,
        true => {
            let counts = (active.trials(), quiescent.trials());
            let found = bootstrap::over_phases(counts.0, counts.1, settings, |ours, theirs| {
                let lags = (active.lag_to(distance, ours), quiescent.lag_to(distance, theirs));
                let (Some(active), Some(quiescent)) = lags else { return f64::NAN };
                active / quiescent
            });
            match found {
                // A resample of trials that do not reach the distance.
                Err(Error::Undefined { .. }) => None,
                found => Some(found?),
            }
        }
    };
    Ok(TemporalCompression { distance, active_steps, quiescent_steps, ratio })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::analysis::null_models::brownian;
    use crate::space::{Region, wrap};
    use ndarray::Array3;

    fn wide() -> Space {
        Space::Region(Region::centred(&[1e6, 1e6]).unwrap())
    }

    /// A path along x with steps of one length.
    fn straight(step_m: f64, steps: usize) -> Array3<f64> {
        Array3::from_shape_fn((20, steps, 2), |(_, step, dim)| match dim {
            0 => step_m * step as f64,
            _ => 0.0,
        })
    }

    fn compression(
        active: &Array3<f64>,
        quiescent: &Array3<f64>,
        distance: f64,
    ) -> Result<TemporalCompression, Error> {
        let of = |path: &Array3<f64>| Displacements::of(path.view(), &wide()).unwrap();
        let settings = BootstrapSettings { level: 0.999, ..BootstrapSettings::default() };
        temporal_compression(&of(active), &of(quiescent), distance, &settings)
    }

    #[test]
    fn straight_motion_is_compressed_by_the_ratio_of_speeds() {
        let found = compression(&straight(0.1, 300), &straight(0.25, 300), 3.3).unwrap();
        assert!((found.active_steps.unwrap() - 33.0).abs() < 1e-9, "{found:?}");
        assert!((found.quiescent_steps.unwrap() - 13.2).abs() < 1e-9, "{found:?}");
        let ratio = found.ratio.unwrap();
        assert!((ratio.value - 2.5).abs() < 1e-9 && ratio.interval.standard_error < 1e-9);
    }

    /// With steps twice as long, Brownian motion gets as far four times as fast. Two-sided at 0.1 %.
    #[test]
    fn brownian_motion_is_compressed_by_the_square_of_that_ratio() {
        let walk =
            |step_m: f64, seed| brownian(straight(step_m, 800).view(), &wide(), seed).unwrap();
        let found = compression(&walk(1.0, 1), &walk(2.0, 2), 8.0).unwrap();
        let ratio = found.ratio.unwrap();
        assert!(ratio.interval.contains(4.0), "{ratio:?}");
        assert!(ratio.interval.standard_error < 0.5, "{ratio:?}");
        // A mean squared step of 1 for 64 steps.
        assert!((found.active_steps.unwrap() / 64.0 - 1.0).abs() < 0.25, "{found:?}");
        // At another distance, rest that goes straight on has another one: 8 steps to 8 m, 2 to 2 m.
        let at = |distance| compression(&walk(1.0, 1), &straight(1.0, 800), distance).unwrap();
        let (near, far) = (at(2.0).ratio.unwrap().value, at(8.0).ratio.unwrap().value);
        assert!((near - 2.0).abs() < 0.4 && (far - 8.0).abs() < 2.0, "{near} {far}");
    }

    #[test]
    fn what_is_not_reached_has_no_ratio() {
        let found = compression(&straight(0.1, 300), &straight(0.001, 300), 3.3).unwrap();
        assert_eq!((found.quiescent_steps, found.ratio), (None, None));
        assert!(found.active_steps.is_some());
        // One trial alone gets that far: most resamples do, but not all.
        let mut one = straight(0.0, 300);
        one.index_axis_mut(Axis(0), 0).assign(&straight(1.0, 300).index_axis(Axis(0), 0));
        let found = compression(&straight(0.1, 300), &one, 3.3).unwrap();
        assert!(found.quiescent_steps.is_some() && found.ratio.is_none(), "{found:?}");
        let error = compression(&straight(4.0, 300), &straight(0.1, 300), 3.3).unwrap_err();
        assert!(error.to_string().contains("a single step of the active phase"), "{error}");
        for distance in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(compression(&straight(0.1, 9), &straight(0.1, 9), distance).is_err());
        }
    }

    #[test]
    fn headings_are_followed_around_the_circle() {
        let turning = Array3::from_shape_fn((5, 300, 1), |(_, step, _)| wrap(0.5 * step as f64));
        let found = Displacements::of(turning.view(), &Space::Circle).unwrap();
        let lag = found.lag_to(20.0, &[0, 1, 2, 3, 4]).unwrap();
        assert!((lag - 40.0).abs() < 1e-6, "{lag}");
        assert!(Displacements::of(Array3::<f64>::zeros((2, 1, 1)).view(), &Space::Circle).is_err());
    }
}
