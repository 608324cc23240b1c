//! The exponent of the mean squared displacement, where walls do not yet confine it.

use std::f64::consts::{PI, TAU};

use ndarray::{ArrayView3, Axis};
use serde::{Deserialize, Serialize};

use super::Real;
use super::bootstrap::{self, BootstrapSettings, Measured};
use super::error::Error;
use super::exploration::{
    after, log_log_slope, logarithmic_lags, moments, path, squared_displacement,
};
use crate::space::{Space, wrap};

/// Most lags that are fitted.
const LAGS: usize = 12;
/// Lags are fitted up to this fraction of a trial: longer ones average over few independent stretches.
const OF_TRIAL: f64 = 0.1;
/// They are fitted as long as the mean squared displacement is below this fraction of the value that it has
/// between independent values of the same density (twice their variance). Reflected Brownian motion then
/// has an exponent of 0.95 and more, where free motion has 1. On a circle, a single step is below it: independent
/// headings, followed the shorter way around, would else pass as a random walk.
const OF_CEILING: f64 = 0.1;

/// How displacement grows with time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Diffusion {
    /// Slope of ln(mean squared displacement) on ln(lag), with its interval over trials: 1 for a random walk, 2
    /// for straight motion, less than 1 for motion that comes back.
    pub exponent: Measured,
    /// The lags that were fitted, in steps, ascending: the range in which the exponent holds.
    pub lags: Vec<usize>,
    /// Mean squared displacement at these lags, in unit².
    pub squared: Vec<f64>,
}

/// The exponent with which the mean squared displacement of `decoded`, `[trial, step, dim]` in m or rad, grows with
/// the lag: from one step to the lag where walls begin to confine it, at most a tenth of a trial.
///
/// # Errors
/// If there are fewer than two trials, nothing moves, fewer than two lags are in the range (trials are too
/// short, or cross the space within a few steps), headings turn so far in a step that they may as well have turned the
/// other way, a value is not finite, or dimensions differ.
pub fn diffusion<T: Real>(
    decoded: ArrayView3<'_, T>,
    space: &Space,
    settings: &BootstrapSettings,
) -> Result<Diffusion, Error> {
    const WHAT: &str = "the exponent of displacement";
    let path = path(decoded, space)?;
    let kept = after(path.view(), 0, WHAT, 2)?;
    let (trials, steps, _) = kept.dim();
    let longest = ((steps as f64 * OF_TRIAL) as usize).max(1);
    let ceiling = match space {
        Space::Region(_) => 2.0 * pooled_variance(kept),
        Space::Circle => {
            let step = (0..trials).map(|trial| squared_displacement(kept, trial, 1)).sum::<f64>();
            if step / trials as f64 > OF_CEILING * independent_headings(kept) {
                return Err(Error::Undefined {
                    measurement: WHAT,
                    reason:
                        "a single step is about as long as the difference of independent headings"
                            .to_owned(),
                });
            }
            // A path is followed around the circle and has no ceiling.
            f64::INFINITY
        }
    };
    let (mut lags, mut by_lag, mut squared) = (Vec::new(), Vec::new(), Vec::new());
    for lag in logarithmic_lags(longest, LAGS) {
        let each: Vec<f64> =
            (0..trials).map(|trial| squared_displacement(kept, trial, lag)).collect();
        let mean = each.iter().sum::<f64>() / trials as f64;
        if mean > OF_CEILING * ceiling {
            break;
        }
        lags.push(lag);
        by_lag.push(each);
        squared.push(mean);
    }
    if log_log_slope(&lags, &squared).is_none() {
        return Err(Error::Undefined {
            measurement: WHAT,
            reason: if squared.iter().any(|&value| value <= 0.0) {
                "nothing moves".to_owned()
            } else {
                format!(
                    "there is no range of lags: a trial has {steps} steps, of which a tenth is \
                     fitted, up to displacements of a tenth of those between independent values"
                )
            },
        });
    }
    let exponent = bootstrap::over_trials(trials, settings, |drawn| {
        let mean = |each: &Vec<f64>| {
            drawn.iter().map(|&trial| each[trial]).sum::<f64>() / drawn.len() as f64
        };
        let squared: Vec<f64> = by_lag.iter().map(mean).collect();
        // A resample of trials that all stand still has no exponent.
        log_log_slope(&lags, &squared).unwrap_or(f64::NAN)
    })?;
    Ok(Diffusion { exponent, lags, squared })
}

/// Variance of all values together, summed over dimensions.
fn pooled_variance(kept: ArrayView3<'_, f64>) -> f64 {
    let flat =
        kept.to_shape((1, kept.len_of(Axis(0)) * kept.len_of(Axis(1)), kept.len_of(Axis(2))));
    flat.map_or(f64::INFINITY, |flat| moments(flat.view())[0].variance)
}

/// Mean squared difference, in rad², of two independent headings of the density of all, in bins of a degree.
fn independent_headings(kept: ArrayView3<'_, f64>) -> f64 {
    const BINS: usize = 360;
    let mut counts = vec![0.0_f64; BINS];
    for &heading in kept {
        let turn = (wrap(heading) + PI) / TAU;
        counts[((turn * BINS as f64) as usize).min(BINS - 1)] += 1.0;
    }
    let all = kept.len() as f64;
    let width = TAU / BINS as f64;
    let apart = |shift: usize| -> f64 {
        (0..BINS).map(|bin| counts[bin] * counts[(bin + shift) % BINS]).sum::<f64>() / (all * all)
    };
    let squared = |shift: usize| {
        let difference = width * shift.min(BINS - shift) as f64;
        difference * difference
    };
    // Within their bins headings differ too; a narrow density has to be taken at its own width.
    let binned: f64 = (0..BINS).map(|shift| apart(shift) * squared(shift)).sum();
    if binned > 100.0 * width * width { binned } else { narrow_difference(kept) }
}

/// The same of headings that are all near each other: twice the variance of their differences from one of them.
fn narrow_difference(kept: ArrayView3<'_, f64>) -> f64 {
    let first = kept.first().copied().unwrap_or_default();
    let apart = kept.mapv(|heading| wrap(heading - first));
    2.0 * pooled_variance(apart.view())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::analysis::null_models::{brownian, uniform};
    use crate::space::Region;
    use ndarray::Array3;

    fn box_of(side: f64) -> Space {
        Space::Region(Region::centred(&[side, side]).unwrap())
    }

    /// A path along x with steps of length 1.
    fn straight(trials: usize, steps: usize) -> Array3<f64> {
        Array3::from_shape_fn((trials, steps, 2), |(_, step, dim)| match dim {
            0 => step as f64,
            _ => 0.0,
        })
    }

    fn settings() -> BootstrapSettings {
        BootstrapSettings { level: 0.999, ..BootstrapSettings::default() }
    }

    #[test]
    fn straight_motion_has_2_and_brownian_motion_1() {
        let straight = straight(30, 400);
        let found = diffusion(straight.view(), &box_of(1e6), &settings()).unwrap();
        assert!((found.exponent.value - 2.0).abs() < 1e-9);
        assert!(*found.lags.last().unwrap() <= 40);
        let walk = brownian(straight.view(), &box_of(1e6), 2).unwrap();
        let found = diffusion(walk.view(), &box_of(1e6), &settings()).unwrap();
        assert!(found.exponent.interval.contains(1.0), "{:?}", found.exponent);
        assert!(found.exponent.interval.standard_error < 0.05);
    }

    #[test]
    fn walls_end_the_range_before_they_bend_the_exponent() {
        // A box of 60 steps' length: free motion would cross it in some 3600 steps.
        let walk = brownian(straight(60, 4000).view(), &box_of(60.0), 4).unwrap();
        let found = diffusion(walk.view(), &box_of(60.0), &settings()).unwrap();
        let longest = *found.lags.last().unwrap();
        assert!((30..400).contains(&longest), "{longest}");
        assert!((0.95..1.03).contains(&found.exponent.value), "{:?}", found.exponent);
    }

    #[test]
    fn headings_go_around_the_circle() {
        let turning = Array3::from_shape_fn((5, 300, 1), |(_, step, _)| wrap(0.5 * step as f64));
        let found = diffusion(turning.view(), &Space::Circle, &settings()).unwrap();
        assert!((found.exponent.value - 2.0).abs() < 1e-9);
    }

    #[test]
    fn independent_headings_are_no_random_walk() {
        let jumping = uniform(&Space::Circle, 50, 400, 1);
        let refused = diffusion(jumping.view(), &Space::Circle, &settings()).unwrap_err();
        assert!(refused.to_string().contains("a single step"), "{refused}");
        // Nor are those of a narrow density, whose differences are as small.
        let narrow = jumping.mapv(|heading| 0.1 * heading);
        assert!(diffusion(narrow.view(), &Space::Circle, &settings()).is_err());
        // A slow walk in a narrow density has an exponent.
        let narrow = jumping.mapv(|heading| 1e-4 * heading);
        let walk = brownian(narrow.view(), &Space::Circle, 3).unwrap();
        let found = diffusion(walk.view(), &Space::Circle, &settings()).unwrap();
        assert!((0.9..1.1).contains(&found.exponent.value), "{:?}", found.exponent);
        // Of even headings the mean squared difference is π²/3.
        let even = independent_headings(jumping.view());
        assert!((even - PI * PI / 3.0).abs() < 0.05, "{even}");
    }

    #[test]
    fn what_has_no_range_is_refused() {
        let said = |decoded: Array3<f64>| {
            diffusion(decoded.view(), &box_of(1.0), &settings()).unwrap_err().to_string()
        };
        assert!(said(Array3::zeros((3, 100, 2))).contains("nothing moves"));
        assert!(said(uniform(&box_of(1.0), 3, 100, 1)).contains("no range of lags"));
        assert!(said(straight(3, 8)).contains("no range of lags"));
        assert!(said(Array3::from_elem((3, 100, 2), f64::NAN)).contains("NaN"));
    }
}
