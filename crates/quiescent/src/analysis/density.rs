//! Operations of a probability density, and the uniform density on a region.

use ndarray::{Array2, ArrayView2};

use super::error::{Error, check_finite};
use crate::random::Generator;
use crate::space::Region;

/// A probability density on ℝᵈ.
pub trait Density {
    /// Dimension d.
    fn dims(&self) -> usize;

    /// Natural logarithm of the density at each of `points: [point, d]`; −∞ where it is zero.
    ///
    /// # Errors
    /// If the points have a different dimension or are not finite.
    fn log_density(&self, points: ArrayView2<'_, f64>) -> Result<Vec<f64>, Error>;

    /// Draws `count` independent points, `[point, d]`.
    fn sample(&self, generator: &mut Generator, count: usize) -> Array2<f64>;
}

/// The uniform density on a region: 1 / area inside, zero outside.
///
/// For two-dimensional points this is the *joint* density. The authors' code used the density of
/// one coordinate, which makes their baseline ln 2.2 = 0.788 nats too high.
#[derive(Debug, Clone, PartialEq)]
pub struct Uniform {
    region: Region,
}

impl Uniform {
    /// The uniform density on `region`.
    pub fn new(region: Region) -> Self {
        Self { region }
    }
}

impl Density for Uniform {
    fn dims(&self) -> usize {
        self.region.dim()
    }

    fn log_density(&self, points: ArrayView2<'_, f64>) -> Result<Vec<f64>, Error> {
        check_points(points, self.dims())?;
        let inside = -libm::log(self.region.measure());
        Ok(points
            .outer_iter()
            .map(|point| {
                let point: Vec<f64> = point.iter().copied().collect();
                if self.region.contains(&point) { inside } else { f64::NEG_INFINITY }
            })
            .collect())
    }

    fn sample(&self, generator: &mut Generator, count: usize) -> Array2<f64> {
        let mut points = Array2::zeros((count, self.dims()));
        for mut point in points.outer_iter_mut() {
            point.assign(&ndarray::Array1::from(self.region.uniform(generator)));
        }
        points
    }
}

/// Fails for points of a different dimension and for points that are not finite.
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
