//! Exact principal component analysis from a streamed covariance.

use std::ops::Range;

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par, Side};
use ndarray::{Array1, Array2, ArrayView2};
use rayon::prelude::*;

use super::Real;
use super::error::{Error, check_enough, check_finite};

/// Rows of the covariance that one task computes.
const TASK_ROWS: usize = 64;
/// Samples added at a time, so that the double-precision copy remains small.
const CHUNK: usize = 4096;
/// Variances below this fraction of the largest, and standard deviations below this fraction of
/// the mean, come from rounding.
const ROUNDING: f64 = 1e-12;

/// Mean and scatter of samples seen so far, in double precision.
///
/// Samples arrive in chunks of any size. Each chunk's scatter is taken about its own mean and
/// merged exactly, so that a large mean does not reduce precision.
#[derive(Debug, Clone, PartialEq)]
pub struct CovarianceAccumulator {
    samples: usize,
    mean: Vec<f64>,
    /// Σ (x − mean)(x − mean)ᵀ, `[unit, unit]`, lower triangle (row ≥ column).
    scatter: Vec<f64>,
}

impl CovarianceAccumulator {
    /// An empty accumulator for samples of `units` numbers.
    pub fn new(units: usize) -> Self {
        Self { samples: 0, mean: vec![0.0; units], scatter: vec![0.0; units * units] }
    }

    /// Number of samples seen.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// Adds `samples: [sample, unit]`.
    ///
    /// # Errors
    /// If the number of units differs or a value is not finite; nothing is added then.
    pub fn add<T: Real>(&mut self, samples: ArrayView2<'_, T>) -> Result<(), Error> {
        let units = self.mean.len();
        check_units(units, samples.ncols())?;
        check_finite("hidden activity", samples)?;
        for chunk in samples.axis_chunks_iter(ndarray::Axis(0), CHUNK) {
            self.add_chunk(chunk);
        }
        Ok(())
    }

    fn add_chunk<T: Real>(&mut self, chunk: ArrayView2<'_, T>) {
        let (rows, units) = chunk.dim();
        if rows == 0 || units == 0 {
            return;
        }
        let mut centred: Vec<f64> = chunk.iter().map(|&x| x.into()).collect();
        let mut mean = vec![0.0; units];
        for row in centred.chunks_exact(units) {
            mean.iter_mut().zip(row).for_each(|(mean, x)| *mean += x);
        }
        mean.iter_mut().for_each(|mean| *mean /= rows as f64);
        for row in centred.chunks_exact_mut(units) {
            row.iter_mut().zip(&mean).for_each(|(x, mean)| *x -= mean);
        }
        // Merging two sets: S = S₁ + S₂ + n₁n₂/(n₁+n₂) δδᵀ with δ the difference of their means.
        let (seen, new) = (self.samples as f64, rows as f64);
        let weight = seen * new / (seen + new);
        let delta: Vec<f64> = mean.iter().zip(&self.mean).map(|(a, b)| a - b).collect();
        let data = MatRef::from_row_major_slice(&centred, rows, units);
        self.scatter.par_chunks_mut(TASK_ROWS * units).enumerate().for_each(|(task, scatter)| {
            let first = task * TASK_ROWS;
            let height = scatter.len() / units;
            let width = first + height;
            for (i, row) in scatter.chunks_exact_mut(units).enumerate() {
                let scale = weight * delta[first + i];
                row.iter_mut().zip(&delta).for_each(|(s, d)| *s += scale * d);
            }
            matmul(
                MatMut::from_row_major_slice_mut(scatter, height, units).subcols_mut(0, width),
                Accum::Add,
                data.subcols(first, height).transpose(),
                data.subcols(0, width),
                1.0,
                Par::Seq,
            );
        });
        for (mean, delta) in self.mean.iter_mut().zip(&delta) {
            *mean += delta * new / (seen + new);
        }
        self.samples += rows;
    }

    /// Adds all samples of another accumulator.
    ///
    /// # Errors
    /// If the number of units differs.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        check_units(self.mean.len(), other.mean.len())?;
        if other.samples == 0 {
            return Ok(());
        }
        let (seen, new) = (self.samples as f64, other.samples as f64);
        let weight = seen * new / (seen + new);
        let delta: Vec<f64> = other.mean.iter().zip(&self.mean).map(|(a, b)| a - b).collect();
        let units = delta.len();
        for (i, (row, added)) in self
            .scatter
            .chunks_exact_mut(units.max(1))
            .zip(other.scatter.chunks_exact(units.max(1)))
            .enumerate()
        {
            let scale = weight * delta[i];
            for ((s, add), d) in row.iter_mut().zip(added).zip(&delta) {
                *s += add + scale * d;
            }
        }
        for (mean, delta) in self.mean.iter_mut().zip(&delta) {
            *mean += delta * new / (seen + new);
        }
        self.samples += other.samples;
        Ok(())
    }

    /// Covariance with n − 1, `[unit, unit]`.
    ///
    /// # Errors
    /// If fewer than two samples were seen.
    pub fn covariance(&self) -> Result<Array2<f64>, Error> {
        check_enough("a covariance", "samples", self.samples, 2)?;
        let units = self.mean.len();
        let scale = 1.0 / (self.samples as f64 - 1.0);
        Ok(Array2::from_shape_fn((units, units), |(i, j)| {
            self.scatter[i.max(j) * units + i.min(j)] * scale
        }))
    }

    /// The principal components of the samples seen.
    ///
    /// # Errors
    /// If fewer than two samples or no units were seen, or no unit varies.
    pub fn finish(&self) -> Result<Pca, Error> {
        check_enough("principal component analysis", "units", self.mean.len(), 1)?;
        Pca::of_covariance(self.covariance()?, Array1::from(self.mean.clone()))
    }
}

/// Fails for samples with a different number of units.
fn check_units(expected: usize, found: usize) -> Result<(), Error> {
    if expected == found {
        return Ok(());
    }
    Err(Error::Shape {
        what: "the number of units of the samples",
        expected: expected.to_string(),
        found: found.to_string(),
    })
}

/// Principal components, largest variance first.
#[derive(Debug, Clone, PartialEq)]
pub struct Pca {
    /// Mean activity, `[unit]`.
    pub mean: Array1<f64>,
    /// Unit vectors of the components, `[component, unit]`; the entry of largest magnitude of
    /// each is positive.
    pub axes: Array2<f64>,
    /// Variance along each component (n − 1), `[component]`.
    pub variances: Vec<f64>,
    covariance: Array2<f64>,
}

impl Pca {
    /// Components of `samples: [sample, unit]`.
    ///
    /// # Errors
    /// If there are fewer than two samples, a value is not finite, or no unit varies.
    pub fn fit<T: Real>(samples: ArrayView2<'_, T>) -> Result<Self, Error> {
        let mut accumulator = CovarianceAccumulator::new(samples.ncols());
        accumulator.add(samples)?;
        accumulator.finish()
    }

    fn of_covariance(covariance: Array2<f64>, mean: Array1<f64>) -> Result<Self, Error> {
        let units = mean.len();
        // Equal values appear to vary because their mean is rounded.
        let still =
            |(&variance, mean): (&f64, &f64)| variance <= (ROUNDING * mean) * (ROUNDING * mean);
        if covariance.diag().iter().zip(&mean).all(still) {
            return Err(Error::Undefined {
                measurement: "principal component analysis",
                reason: "no unit varies over the samples".into(),
            });
        }
        let entries: Vec<f64> = covariance.iter().copied().collect();
        let decomposition = MatRef::from_row_major_slice(&entries, units, units)
            .self_adjoint_eigen(Side::Lower)
            .map_err(|_| Error::Undefined {
                measurement: "principal component analysis",
                reason: "the eigenvalues of the covariance did not converge".into(),
            })?;
        let (values, vectors) = (decomposition.S(), decomposition.U());
        // Ascending order; rounding can leave the zero eigenvalues slightly negative.
        let variances = (0..units).rev().map(|k| values[k].max(0.0)).collect::<Vec<_>>();
        let mut axes = Array2::from_shape_fn((units, units), |(component, unit)| {
            vectors[(unit, units - 1 - component)]
        });
        for mut axis in axes.outer_iter_mut() {
            let largest = axis.iter().fold(0.0_f64, |a, &b| if b.abs() > a.abs() { b } else { a });
            if largest < 0.0 {
                axis.iter_mut().for_each(|x| *x = -*x);
            }
        }
        Ok(Self { mean, axes, variances, covariance })
    }

    /// Total variance of all units.
    pub fn total_variance(&self) -> f64 {
        self.variances.iter().sum()
    }

    /// Fraction of the variance along each component, `[component]`; sums to 1.
    pub fn explained_variance_ratios(&self) -> Vec<f64> {
        let total = self.total_variance();
        self.variances.iter().map(|value| value / total).collect()
    }

    /// Fraction of the variance along the first k + 1 components, `[k]`.
    pub fn cumulative_explained_variance(&self) -> Vec<f64> {
        let mut sum = 0.0;
        let ratios = self.explained_variance_ratios();
        let running = ratios.into_iter().map(|ratio| {
            sum += ratio;
            sum
        });
        running.collect()
    }

    /// Coordinates `[sample, component]` of `samples: [sample, unit]` on the first `components`
    /// axes, about this analysis's own mean (also for the samples of another phase).
    ///
    /// # Errors
    /// If the number of units differs, or there are fewer components.
    pub fn project<T: Real>(
        &self,
        samples: ArrayView2<'_, T>,
        components: usize,
    ) -> Result<Array2<f64>, Error> {
        if samples.ncols() != self.mean.len() {
            return Err(Error::Shape {
                what: "the number of units of the samples",
                expected: self.mean.len().to_string(),
                found: samples.ncols().to_string(),
            });
        }
        let axes = self.first_axes(0..components)?;
        let centred = samples.mapv(Into::into) - &self.mean;
        Ok(centred.dot(&axes.t()))
    }

    /// Fraction of the *other* phase's variance that lies along the first k + 1 axes of this one,
    /// `[k]` for k below `components`. For the phase itself this is
    /// [`cumulative_explained_variance`](Self::cumulative_explained_variance).
    ///
    /// # Errors
    /// If the number of units differs, or there are fewer components.
    pub fn explained_of(&self, other: &Self, components: usize) -> Result<Vec<f64>, Error> {
        self.check_same_units(other)?;
        let axes = self.first_axes(0..components)?;
        let total = other.covariance.diag().sum();
        let mut sum = 0.0;
        let running = axes.outer_iter().map(|axis| {
            sum += axis.dot(&other.covariance.dot(&axis)) / total;
            sum
        });
        Ok(running.collect())
    }

    /// How many components have variance beyond rounding.
    pub fn varying(&self) -> usize {
        let largest = self.variances.first().copied().unwrap_or(0.0);
        self.variances.iter().filter(|&&variance| variance > ROUNDING * largest).count()
    }

    /// Angles in radians, ascending, between the spaces of the first `components` axes of the two
    /// analyses: all zero for equal spaces, π/2 for orthogonal ones.
    ///
    /// # Errors
    /// If the number of units differs, there are fewer components, or one of them has no variance
    /// (its direction is arbitrary).
    pub fn principal_angles(&self, other: &Self, components: usize) -> Result<Vec<f64>, Error> {
        self.check_same_units(other)?;
        for analysis in [self, other] {
            let varying = analysis.varying();
            check_enough("principal angles", "components with variance", varying, components)?;
        }
        principal_angles(self.first_axes(0..components)?, other.first_axes(0..components)?)
    }

    fn first_axes(&self, range: Range<usize>) -> Result<ArrayView2<'_, f64>, Error> {
        check_enough("a projection", "components", self.axes.nrows(), range.end)?;
        Ok(self.axes.slice(ndarray::s![range, ..]))
    }

    fn check_same_units(&self, other: &Self) -> Result<(), Error> {
        if self.mean.len() == other.mean.len() {
            return Ok(());
        }
        Err(Error::Shape {
            what: "the number of units of the other phase",
            expected: self.mean.len().to_string(),
            found: other.mean.len().to_string(),
        })
    }
}

/// Angles in radians, ascending, between two subspaces given by orthonormal rows,
/// `[direction, unit]` (equally many directions).
///
/// # Errors
/// If the shapes differ.
pub fn principal_angles(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Result<Vec<f64>, Error> {
    if a.dim() != b.dim() {
        return Err(Error::Shape {
            what: "the shape of the second subspace",
            expected: format!("{:?}", a.dim()),
            found: format!("{:?}", b.dim()),
        });
    }
    // Cosines are singular values of A Bᵀ, and sines are those of B − (B Aᵀ) A. Each angle is
    // computed from the well-conditioned one: the sine below 45°, the cosine above.
    let overlap = b.dot(&a.t());
    let rest = &b - &overlap.dot(&a);
    let cosines = singular_values(&overlap)?;
    let sines = singular_values(&rest)?;
    let angles = cosines.iter().zip(sines.iter().rev()).map(|(cos, sin)| {
        if *cos > std::f64::consts::FRAC_1_SQRT_2 {
            libm::asin(sin.clamp(0.0, 1.0))
        } else {
            libm::acos(cos.clamp(0.0, 1.0))
        }
    });
    Ok(angles.collect())
}

/// Singular values, descending.
fn singular_values(matrix: &Array2<f64>) -> Result<Vec<f64>, Error> {
    let entries: Vec<f64> = matrix.iter().copied().collect();
    MatRef::from_row_major_slice(&entries, matrix.nrows(), matrix.ncols())
        .singular_values()
        .map_err(|_| Error::Undefined {
            measurement: "the angle between subspaces",
            reason: "the singular values did not converge".into(),
        })
}
