//! Head-direction cells: the target activity of a heading, and its derivative.

use std::f64::consts::{PI, TAU};

use super::{TaskError, decoder};
use crate::experiment::HeadCellsSpec;
use crate::numerics::exp::exp;
use crate::numerics::tiny::flushed;
use crate::numerics::vectorized;

/// Head-direction cells with von Mises tuning of peak 1: cell i with preferred heading θᵢ fires at
/// exp(κ (cos(θ − θᵢ) − 1)), κ = 1/width².
#[derive(Debug, Clone)]
pub struct HeadCells {
    preferred: Vec<f32>,
    cos: Vec<f64>,
    sin: Vec<f64>,
    // κ cos θᵢ and κ sin θᵢ.
    scaled_cos: Vec<f32>,
    scaled_sin: Vec<f32>,
    width_rad: f64,
    concentration: f64,
}

impl HeadCells {
    /// Preferred headings −π + 2π i/n: equally spaced around the circle, without a duplicate at
    /// ±π.
    ///
    /// # Errors
    /// If the count or the width is not positive.
    pub fn equally_spaced(spec: &HeadCellsSpec) -> Result<Self, TaskError> {
        if spec.count == 0 {
            return Err(TaskError::setting("task.cells.count", 0, "at least 1"));
        }
        let preferred =
            (0..spec.count).map(|i| (TAU * i as f64 / spec.count as f64 - PI) as f32).collect();
        Self::with_preferred(preferred, spec.width_rad)
    }

    /// Given preferred headings, `preferred: [cell]` in rad.
    ///
    /// # Errors
    /// If there are none, one is not finite, or the width is not positive.
    pub fn with_preferred(preferred: Vec<f32>, width_rad: f64) -> Result<Self, TaskError> {
        super::error::check_width("task.cells.width_rad", width_rad)?;
        let concentration = 1.0 / (width_rad * width_rad);
        if preferred.is_empty() || preferred.iter().any(|heading| !heading.is_finite()) {
            return Err(TaskError::setting(
                "the preferred headings",
                format!("{} values", preferred.len()),
                "at least one, all finite",
            ));
        }
        let (sin, cos): (Vec<f64>, Vec<f64>) =
            preferred.iter().map(|&heading| libm::sincos(f64::from(heading))).unzip();
        Ok(Self {
            scaled_cos: cos.iter().map(|c| (concentration * c) as f32).collect(),
            scaled_sin: sin.iter().map(|s| (concentration * s) as f32).collect(),
            preferred,
            cos,
            sin,
            width_rad,
            concentration,
        })
    }

    /// The same tuning around other headings, `preferred: [cell]` in rad.
    ///
    /// # Errors
    /// If there are none or one is not finite.
    pub fn moved_to(&self, preferred: Vec<f32>) -> Result<Self, TaskError> {
        Self::with_preferred(preferred, self.width_rad)
    }

    /// Width of the tuning in rad.
    pub fn width(&self) -> f64 {
        self.width_rad
    }

    /// Number of cells.
    pub fn target_dim(&self) -> usize {
        self.preferred.len()
    }

    /// Preferred headings, `[cell]` in rad.
    pub fn preferred(&self) -> &[f32] {
        &self.preferred
    }

    /// Activity at every heading: `headings: [row]` in rad to `targets: [row, cell]`.
    pub fn activity(&self, headings: &[f32], targets: &mut [f32]) {
        assert_eq!(
            headings.len() * self.target_dim(),
            targets.len(),
            "head-direction cells: headings [row] and targets [row, {}] disagree",
            self.target_dim()
        );
        let rows = headings.iter().zip(targets.chunks_exact_mut(self.target_dim()));
        let concentration = self.concentration as f32;
        vectorized(
            #[inline(always)]
            || {
                for (&heading, row) in rows {
                    let (sin, cos) = libm::sincos(f64::from(heading));
                    let (sin, cos) = (sin as f32, cos as f32);
                    let preferred = self.scaled_cos.iter().zip(&self.scaled_sin);
                    for (value, (&scaled_cos, &scaled_sin)) in row.iter_mut().zip(preferred) {
                        // κ (cos θ cos θᵢ + sin θ sin θᵢ − 1)
                        let exponent =
                            cos.mul_add(scaled_cos, sin.mul_add(scaled_sin, -concentration));
                        *value = flushed(exp(exponent));
                    }
                }
            },
        );
    }

    /// Mean direction of the preferred headings of the `top` ≥ 1 most active cells of every row:
    /// `activity: [row, cell]` to `headings: [row]` in rad, in [−π, π); NaN if all activities of
    /// a row are NaN.
    pub fn decode(&self, activity: &[f32], top: usize, headings: &mut [f32]) {
        decoder::mean_heading(activity, &self.cos, &self.sin, top, headings);
    }

    /// Derivative of the activity at one heading: `derivative: [cell]` per rad, −κ sin(θ − θᵢ)
    /// times the activity.
    pub fn derivative(&self, heading: f32, derivative: &mut [f32]) {
        let (sin, cos) = libm::sincos(f64::from(heading));
        for (slope, (cos_i, sin_i)) in derivative.iter_mut().zip(self.cos.iter().zip(&self.sin)) {
            let along = cos * cos_i + sin * sin_i;
            let across = sin * cos_i - cos * sin_i;
            let activity = libm::exp(self.concentration * (along - 1.0));
            *slope = flushed((-self.concentration * across * activity) as f32);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use approx::assert_abs_diff_eq;
    use proptest::prelude::*;

    use super::*;

    fn spec(count: usize) -> HeadCellsSpec {
        HeadCellsSpec { count, width_rad: PI / 6.0 }
    }

    #[test]
    fn preferred_headings_are_equally_spaced_all_around() {
        let cells = HeadCells::equally_spaced(&spec(8)).unwrap();
        for (i, &heading) in cells.preferred().iter().enumerate() {
            assert_abs_diff_eq!(heading, (i as f64 * PI / 4.0 - PI) as f32, epsilon = 1e-6);
        }
    }

    proptest! {
        #[test]
        fn activity_agrees_with_the_plain_formula(
            count in 1..70_usize,
            headings in proptest::collection::vec(-10.0..10.0_f32, 1..5),
            width in 0.05..3.0_f64,
        ) {
            let cells = HeadCells::equally_spaced(&HeadCellsSpec { count, width_rad: width }).unwrap();
            let mut activity = vec![f32::NAN; headings.len() * count];
            cells.activity(&headings, &mut activity);
            for (&heading, row) in headings.iter().zip(activity.chunks(count)) {
                for (&preferred, &value) in cells.preferred().iter().zip(row) {
                    let angle = f64::from(heading) - f64::from(preferred);
                    let exact = ((angle.cos() - 1.0) / (width * width)).exp();
                    // The rounding error comes from the exponent, of size κ: tolerance κ · 4e-7
                    // relative.
                    let tiny = f64::from(crate::numerics::tiny::TINY);
                    let tolerance = (4e-7 / (width * width) + 4e-7) * exact + tiny;
                    prop_assert!((f64::from(value) - exact).abs() <= tolerance, "{value} {exact}");
                }
            }
        }

        #[test]
        fn derivative_agrees_with_central_differences(heading in -3.0..3.0_f64, count in 1..40_usize) {
            let cells = HeadCells::equally_spaced(&spec(count)).unwrap();
            let mut derivative = vec![0.0; count];
            cells.derivative(heading as f32, &mut derivative);
            let heading = f64::from(heading as f32);
            let h = 1e-5;
            for (&preferred, &slope) in cells.preferred().iter().zip(&derivative) {
                let kappa = (6.0 / PI).powi(2);
                let f = |theta: f64| (kappa * ((theta - f64::from(preferred)).cos() - 1.0)).exp();
                let numeric = (f(heading + h) - f(heading - h)) / (2.0 * h);
                prop_assert!((f64::from(slope) - numeric).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn impossible_settings_are_refused() {
        assert!(HeadCells::equally_spaced(&spec(0)).is_err());
        assert!(HeadCells::with_preferred(vec![0.0], 0.0).is_err());
        assert!(HeadCells::with_preferred(vec![0.0], f64::NAN).is_err());
        assert!(HeadCells::with_preferred(vec![f32::NAN], 1.0).is_err());
    }
}
