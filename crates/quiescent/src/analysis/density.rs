//! What a probability density can do, rectangular bounds, and the uniform density on them.

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::error::{Error, check_finite};
use crate::random::Generator;

/// A probability density on ℝᵈ.
pub trait Density {
    /// Dimension d.
    fn dims(&self) -> usize;

    /// Natural logarithm of the density at each of `points: [point, d]`; −∞ where it is zero.
    ///
    /// # Errors
    /// If the points have another dimension or are not finite.
    fn log_density(&self, points: ArrayView2<'_, f64>) -> Result<Vec<f64>, Error>;

    /// Draws `count` independent points, `[point, d]`.
    fn sample(&self, generator: &mut Generator, count: usize) -> Array2<f64>;
}

/// A rectangle (or interval, or cuboid) with sides along the axes: an arena.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    low: Vec<f64>,
    high: Vec<f64>,
}

impl Bounds {
    /// From the lowest and the highest corner, `[dim]`, in the data's unit.
    ///
    /// # Errors
    /// If the corners have different lengths, are not finite, or a side has no extent.
    pub fn new(low: &[f64], high: &[f64]) -> Result<Self, Error> {
        if low.len() != high.len() || low.is_empty() {
            return Err(Error::Shape {
                what: "the number of coordinates of the highest corner",
                expected: format!("{} (at least 1)", low.len()),
                found: high.len().to_string(),
            });
        }
        for (&low, &high) in low.iter().zip(high) {
            if !low.is_finite() || !high.is_finite() || low >= high {
                return Err(Error::setting(
                    "bounds",
                    format!("{low} to {high}"),
                    "two finite numbers, the lower one first",
                ));
            }
        }
        Ok(Self { low: low.to_vec(), high: high.to_vec() })
    }

    /// A box centred at the origin with these side lengths, `[dim]`.
    ///
    /// # Errors
    /// If a side is not a positive finite number.
    pub fn centred(sides: &[f64]) -> Result<Self, Error> {
        let high: Vec<f64> = sides.iter().map(|side| side / 2.0).collect();
        let low: Vec<f64> = high.iter().map(|half| -half).collect();
        Self::new(&low, &high)
    }

    /// Number of dimensions.
    pub fn dims(&self) -> usize {
        self.low.len()
    }

    /// Lowest corner, `[dim]`.
    pub fn low(&self) -> &[f64] {
        &self.low
    }

    /// Highest corner, `[dim]`.
    pub fn high(&self) -> &[f64] {
        &self.high
    }

    /// Area (length, volume).
    pub fn measure(&self) -> f64 {
        self.sides().product()
    }

    /// Whether a point lies inside or on the edge.
    pub fn contain(&self, point: &[f64]) -> bool {
        point
            .iter()
            .zip(self.low.iter().zip(&self.high))
            .all(|(x, (low, high))| (low..=high).contains(&x))
    }

    /// Which of `bins` equal bins along each dimension (at least 1) holds a point, counted with
    /// the last dimension fastest; `None` outside.
    pub(crate) fn cell(&self, point: &[f64], bins: usize) -> Option<usize> {
        let axes = point.iter().zip(self.low.iter().zip(self.sides()));
        self.contain(point).then(|| {
            axes.fold(0, |cell, (x, (low, side))| {
                // The upper wall belongs to the last bin.
                cell * bins + (((x - low) / side * bins as f64) as usize).min(bins - 1)
            })
        })
    }

    /// Side lengths.
    pub(crate) fn sides(&self) -> impl Iterator<Item = f64> {
        self.low.iter().zip(&self.high).map(|(low, high)| high - low)
    }
}

/// The uniform density on a rectangle: 1 / area inside, zero outside.
///
/// For two-dimensional points this is the *joint* density; the authors' code used the density of
/// one coordinate, which makes their baseline ln 2.2 = 0.788 nats too high.
#[derive(Debug, Clone, PartialEq)]
pub struct Uniform {
    bounds: Bounds,
}

impl Uniform {
    /// The uniform density on `bounds`.
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds }
    }
}

impl Density for Uniform {
    fn dims(&self) -> usize {
        self.bounds.dims()
    }

    fn log_density(&self, points: ArrayView2<'_, f64>) -> Result<Vec<f64>, Error> {
        check_points(points, self.dims())?;
        let inside = -libm::log(self.bounds.measure());
        Ok(points
            .outer_iter()
            .map(|point| {
                let point: Vec<f64> = point.iter().copied().collect();
                if self.bounds.contain(&point) { inside } else { f64::NEG_INFINITY }
            })
            .collect())
    }

    fn sample(&self, generator: &mut Generator, count: usize) -> Array2<f64> {
        let mut points = Array2::zeros((count, self.dims()));
        for mut point in points.outer_iter_mut() {
            let sides = self.bounds.low.iter().zip(self.bounds.sides());
            for (x, (low, side)) in point.iter_mut().zip(sides) {
                *x = low + side * generator.uniform();
            }
        }
        points
    }
}

/// Refuses points of another dimension and points that are not finite.
pub(crate) fn check_points(points: ArrayView2<'_, f64>, dims: usize) -> Result<(), Error> {
    if points.ncols() != dims {
        return Err(Error::Shape {
            what: "the dimension of the points at which a density is evaluated",
            expected: dims.to_string(),
            found: points.ncols().to_string(),
        });
    }
    check_finite("evaluation points", points)
}
