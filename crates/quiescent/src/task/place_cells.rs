//! Place cells: the target activity of a position, and its derivative.

use super::{TaskError, decoder, lanes};
use crate::experiment::{PlaceCellsSpec, Tuning};
use crate::numerics::exp::exp;
use crate::numerics::tiny::flushed;
use crate::numerics::vectorized;
use crate::random::Generator;
use crate::space::Region;

/// Place cells with given centres.
///
/// With dᵢ the distance of the animal from centre i, w the width of a field and n cells, the
/// activity of cell i is, by [`Tuning`],
///
/// - `normalized_gaussian`: gᵢ(w) = exp(−dᵢ²/2w²) / Σⱼ exp(−dⱼ²/2w²);
/// - `gaussian`: exp(−dᵢ²/2w²);
/// - `difference_of_gaussians`: with hᵢ = gᵢ(w) − gᵢ(2w) and m = minⱼ hⱼ, (hᵢ − m) / Σⱼ (hⱼ − m),
///   or 1/n where all hⱼ are equal;
/// - `position`: no cells: the target is (x, y) itself.
#[derive(Debug, Clone)]
pub struct PlaceCells {
    x: Vec<f32>,
    y: Vec<f32>,
    preferred: Vec<f32>,
    width_m: f64,
    tuning: Tuning,
}

impl PlaceCells {
    /// Draws centres uniformly in a region of the plane: x, then y of each cell in turn.
    ///
    /// # Errors
    /// If the count or the width is not positive.
    pub fn uniform(
        spec: &PlaceCellsSpec,
        region: &Region,
        generator: &mut Generator,
    ) -> Result<Self, TaskError> {
        let count = match spec.tuning {
            Tuning::Position => 0,
            _ if spec.count == 0 => {
                return Err(TaskError::setting("task.cells.count", spec.count, "at least 1"));
            }
            _ => spec.count,
        };
        let mut centres = Vec::with_capacity(2 * count);
        for _ in 0..count {
            centres.extend(region.uniform(generator).iter().map(|&x| x as f32));
        }
        Self::with_preferred(centres, spec.width_m, spec.tuning)
    }

    /// Given centres, `preferred: [cell, 2]` in m (ignored by `tuning: position`).
    ///
    /// # Errors
    /// If there are no cells, the centres do not come in pairs of finite numbers, or the width is
    /// not positive.
    pub fn with_preferred(
        preferred: Vec<f32>,
        width_m: f64,
        tuning: Tuning,
    ) -> Result<Self, TaskError> {
        if tuning == Tuning::Position {
            return Ok(Self {
                x: Vec::new(),
                y: Vec::new(),
                preferred: Vec::new(),
                width_m,
                tuning,
            });
        }
        super::error::check_width("task.cells.width_m", width_m)?;
        let (pairs, rest) = preferred.as_chunks::<2>();
        if pairs.is_empty() || !rest.is_empty() || preferred.iter().any(|c| !c.is_finite()) {
            return Err(TaskError::setting(
                "the centres of the place cells",
                format!("{} values", preferred.len()),
                "one pair (x, y) of finite numbers per cell, at least one cell",
            ));
        }
        Ok(Self {
            x: pairs.iter().map(|c| c[0]).collect(),
            y: pairs.iter().map(|c| c[1]).collect(),
            preferred,
            width_m,
            tuning,
        })
    }

    /// The same tuning around other centres, `preferred: [cell, 2]` in m.
    ///
    /// # Errors
    /// As for [`with_preferred`](Self::with_preferred).
    pub fn moved_to(&self, preferred: Vec<f32>) -> Result<Self, TaskError> {
        Self::with_preferred(preferred, self.width_m, self.tuning)
    }

    /// Number of target values: the cells, or 2 for `tuning: position`.
    pub fn target_dim(&self) -> usize {
        match self.tuning {
            Tuning::Position => 2,
            _ => self.x.len(),
        }
    }

    /// Width of the fields in m.
    pub fn width(&self) -> f64 {
        self.width_m
    }

    /// Centres, `[cell, 2]` in m; empty for `tuning: position`.
    pub fn preferred(&self) -> &[f32] {
        &self.preferred
    }

    /// Activity at every position: `positions: [row, 2]` in m to `targets: [row, target_dim]`.
    pub fn activity(&self, positions: &[f32], targets: &mut [f32]) {
        assert_eq!(
            positions.len() / 2 * self.target_dim(),
            targets.len(),
            "place cells: positions [row, 2] and targets [row, {}] disagree",
            self.target_dim()
        );
        let (positions, _) = positions.as_chunks::<2>();
        let (x, y) = (self.x.as_slice(), self.y.as_slice());
        let rows = positions.iter().zip(targets.chunks_exact_mut(self.target_dim()));
        let rate = exponent_rate(self.width_m);
        match self.tuning {
            Tuning::Position => rows.for_each(|(position, row)| row.copy_from_slice(position)),
            Tuning::Gaussian => vectorized(
                #[inline(always)]
                || {
                    for (&position, row) in rows {
                        squared_distances(x, y, position, row);
                        row.iter_mut().for_each(|d| *d = flushed(exp(rate * *d)));
                    }
                },
            ),
            Tuning::NormalizedGaussian => vectorized(
                #[inline(always)]
                || {
                    for (&position, row) in rows {
                        squared_distances(x, y, position, row);
                        let nearest = lanes::min(row);
                        normalized(rate, nearest, row);
                    }
                },
            ),
            Tuning::DifferenceOfGaussians => {
                let surround_rate = exponent_rate(PlaceCellsSpec::SURROUND * self.width_m);
                let mut surround = vec![0.0; x.len()];
                vectorized(
                    #[inline(always)]
                    || {
                        for (&position, row) in rows {
                            squared_distances(x, y, position, row);
                            let nearest = lanes::min(row);
                            surround.copy_from_slice(row);
                            normalized(rate, nearest, row);
                            normalized(surround_rate, nearest, &mut surround);
                            rectified_difference(row, &surround);
                        }
                    },
                );
            }
        }
    }

    /// Mean centre of the `top` ≥ 1 most active cells of every row: `activity: [row, target_dim]`
    /// to `positions: [row, 2]` in m; NaN if a row does not contain a number. For `tuning:
    /// position` the activity is the position.
    pub fn decode(&self, activity: &[f32], top: usize, positions: &mut [f32]) {
        if self.tuning == Tuning::Position {
            positions.copy_from_slice(activity);
        } else {
            decoder::mean_position(activity, &self.x, &self.y, top, positions);
        }
    }

    /// Derivative of the activity at one position: `position: [2]` in m to
    /// `derivative: [target_dim, 2]` per m.
    ///
    /// Where the least active cell of a difference of Gaussians changes, the derivative is that of
    /// the cell with the lowest index.
    pub fn derivative(&self, position: &[f32], derivative: &mut [f32]) {
        if self.tuning == Tuning::Position {
            derivative.copy_from_slice(&[1.0, 0.0, 0.0, 1.0]);
            return;
        }
        let position = [f64::from(position[0]), f64::from(position[1])];
        let (_, slopes) = match self.tuning {
            Tuning::DifferenceOfGaussians => self.difference(position),
            Tuning::NormalizedGaussian => self.gaussian(position, self.width_m, true),
            Tuning::Gaussian | Tuning::Position => self.gaussian(position, self.width_m, false),
        };
        for (slot, slope) in derivative.as_chunks_mut::<2>().0.iter_mut().zip(slopes) {
            *slot = slope.map(|s| flushed(s as f32));
        }
    }

    /// Gaussian fields and their gradients in double precision.
    ///
    /// gᵢ = eᵢ / Z with eᵢ' = eᵢ vᵢ, vᵢ = (cᵢ − s)/w²; normalised: gᵢ' = gᵢ (vᵢ − Σⱼ gⱼ vⱼ).
    fn gaussian(&self, s: [f64; 2], width: f64, normalize: bool) -> (Vec<f64>, Vec<[f64; 2]>) {
        let offsets: Vec<[f64; 2]> = std::iter::zip(&self.x, &self.y)
            .map(|(&x, &y)| [f64::from(x) - s[0], f64::from(y) - s[1]])
            .collect();
        let squares = offsets.iter().map(|[dx, dy]| dx * dx + dy * dy);
        // Relative to the nearest cell, so that some remain above zero far outside the box.
        let nearest = if normalize { squares.clone().fold(f64::INFINITY, f64::min) } else { 0.0 };
        let precision = 1.0 / (width * width);
        let mut values: Vec<f64> =
            squares.map(|square| libm::exp(-0.5 * precision * (square - nearest))).collect();
        let mut mean = [0.0; 2];
        if normalize {
            let total: f64 = values.iter().sum();
            for (value, offset) in values.iter_mut().zip(&offsets) {
                *value /= total;
                mean[0] += *value * offset[0];
                mean[1] += *value * offset[1];
            }
        }
        let slopes = std::iter::zip(&values, &offsets)
            .map(|(value, offset)| {
                [
                    value * precision * (offset[0] - mean[0]),
                    value * precision * (offset[1] - mean[1]),
                ]
            })
            .collect();
        (values, slopes)
    }

    /// The difference of Gaussians and its gradient in double precision.
    ///
    /// With kᵢ = hᵢ − m and Z = Σⱼ kⱼ: fᵢ = kᵢ/Z and fᵢ' = (kᵢ' − fᵢ Z')/Z. As Σⱼ hⱼ = 0,
    /// Z = −n m.
    fn difference(&self, s: [f64; 2]) -> (Vec<f64>, Vec<[f64; 2]>) {
        let (mut values, mut slopes) = self.gaussian(s, self.width_m, true);
        let (surround, surround_slopes) =
            self.gaussian(s, PlaceCellsSpec::SURROUND * self.width_m, true);
        let mut least = 0;
        for i in 0..values.len() {
            values[i] -= surround[i];
            slopes[i][0] -= surround_slopes[i][0];
            slopes[i][1] -= surround_slopes[i][1];
            if values[i] < values[least] {
                least = i;
            }
        }
        let n = values.len() as f64;
        let (bottom, bottom_slope) = (values[least], slopes[least]);
        let total: f64 = values.iter().map(|h| h - bottom).sum();
        // The threshold is that of the fast path; below it, only rounding remains.
        if total <= f64::from(FLAT) {
            values.fill(1.0 / n);
            slopes.fill([0.0; 2]);
            return (values, slopes);
        }
        let total_slope =
            [0, 1].map(|axis| slopes.iter().map(|h| h[axis] - bottom_slope[axis]).sum::<f64>());
        for (value, slope) in values.iter_mut().zip(&mut slopes) {
            *value = (*value - bottom) / total;
            for axis in 0..2 {
                slope[axis] =
                    (slope[axis] - bottom_slope[axis] - *value * total_slope[axis]) / total;
            }
        }
        (values, slopes)
    }
}

/// Sum of shifted differences below which all cells count as equal.
const FLAT: f32 = 1e-30;

/// The factor of d² in the exponent: −1/2w².
fn exponent_rate(width: f64) -> f32 {
    (-0.5 / (width * width)) as f32
}

/// Writes d² of every cell into `row`.
#[inline(always)]
fn squared_distances(x: &[f32], y: &[f32], position: [f32; 2], row: &mut [f32]) {
    for (square, (&x, &y)) in row.iter_mut().zip(x.iter().zip(y)) {
        let (dx, dy) = (x - position[0], y - position[1]);
        *square = dx.mul_add(dx, dy * dy);
    }
}

/// Turns d² into normalised Gaussian activity.
#[inline(always)]
fn normalized(rate: f32, nearest: f32, row: &mut [f32]) {
    // Relative to the nearest cell, so that some remain above zero far outside the box.
    let total = lanes::map_sum(row, |square| exp(rate * (square - nearest)));
    let scale = 1.0 / total;
    row.iter_mut().for_each(|value| *value = flushed(flushed(*value) * scale));
}

/// Subtracts the surround, shifts the smallest value to zero and scales the sum to one.
#[inline(always)]
fn rectified_difference(centre: &mut [f32], surround: &[f32]) {
    for (value, &surround) in centre.iter_mut().zip(surround) {
        *value -= surround;
    }
    let least = lanes::min(centre);
    let total = lanes::map_sum(centre, |value| value - least);
    if total > FLAT {
        let scale = 1.0 / total;
        centre.iter_mut().for_each(|value| *value *= scale);
    } else {
        centre.fill(1.0 / centre.len() as f32);
    }
}

#[cfg(test)]
#[path = "place_cells_tests.rs"]
mod tests;
