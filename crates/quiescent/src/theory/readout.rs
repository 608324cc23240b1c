//! The linear readout o = D r and its Moore–Penrose inverse D†.

use faer::{MatRef, Side};
use ndarray::{Array2, ArrayView2};

use super::Error;
use super::product::product;
use crate::analysis::check_finite;
use crate::random::{Generator, Stream, TheoryDraw};

/// Largest fraction of the targets' power outside their span, so that D D†f = f to one part in a
/// thousand.
const SPAN_TOLERANCE: f64 = 1e-6;

/// Fraction of the targets' variance that D D† f of a given readout may miss if fewer directions
/// then suffice.
pub(super) const MISSED: f64 = 0.01;
/// Singular values below this fraction of the largest are rounding errors.
const ROUNDING: f64 = 1e-7;

/// A readout D with its pseudoinverse.
#[derive(Debug, Clone)]
pub struct Readout {
    matrix: Array2<f32>,
    inverse: Array2<f32>,
    norm: f64,
    rank: usize,
}

impl Readout {
    /// Creates the readout of a given matrix, `[target, unit]`, for `targets: [sample, target]`.
    ///
    /// D† keeps the fewest leading singular directions with which D D† f misses at most 1 % of
    /// the targets' variance (or all directions, if they miss more). A trained readout has many
    /// small singular values in directions that it does not use. Their inverses would amplify the
    /// small components of f in these directions, and D†f would be far from any state.
    ///
    /// # Errors
    /// If an entry is not finite or all are zero, or the targets do not fit or do not vary.
    pub fn of_matrix(
        matrix: ArrayView2<'_, f32>,
        targets: ArrayView2<'_, f32>,
    ) -> Result<Self, Error> {
        check_finite("weights of the readout", matrix)?;
        check_finite("target activity", targets)?;
        let (count, units) = matrix.dim();
        if targets.ncols() != count {
            return Err(Error::Shape {
                what: "the number of targets",
                expected: format!("{count} (the rows of the readout)"),
                found: targets.ncols().to_string(),
            });
        }
        let entries: Vec<f64> = matrix.iter().map(|&x| f64::from(x)).collect();
        let undefined = |reason: &str| Error::Undefined {
            measurement: "the pseudoinverse of the readout",
            reason: reason.into(),
        };
        let svd = MatRef::from_row_major_slice(&entries, count, units)
            .thin_svd()
            .map_err(|_| undefined("the singular values did not converge"))?;
        let (u, s, v) = (svd.U(), svd.S(), svd.V());
        let norm = s[0];
        if norm <= 0.0 {
            return Err(undefined("all weights are zero"));
        }
        let usable = (0..count.min(units)).take_while(|&i| s[i] > ROUNDING * norm).count();
        // D D† f retains the part of f along the first columns of U.
        let values: Vec<f64> = targets.iter().map(|&x| f64::from(x)).collect();
        let along =
            MatRef::from_row_major_slice(&values, targets.nrows(), count) * u.subcols(0, usable);
        let mut left: f64 = values.iter().map(|x| x * x).sum();
        let allowed = MISSED * variance(targets);
        if allowed <= 0.0 {
            return Err(undefined("the targets do not vary"));
        }
        let mut rank = 0;
        while rank < usable && left > allowed {
            left -= (0..targets.nrows()).map(|i| along[(i, rank)].powi(2)).sum::<f64>();
            rank += 1;
        }
        let weighted = faer::Mat::from_fn(units, rank, |i, k| v[(i, k)] / s[k]);
        let inverse = &weighted * u.subcols(0, rank).transpose();
        Ok(Self {
            matrix: matrix.to_owned(),
            inverse: Array2::from_shape_fn((units, count), |(i, j)| inverse[(i, j)] as f32),
            norm,
            rank,
        })
    }

    /// Creates a random readout for `units` units (by default as many as the span has
    /// dimensions). Its rows are orthonormal up to a common gain within the span of `targets:
    /// [sample, target]`: D = Q Uᵀ/g for an orthonormal basis U of the span and random
    /// orthonormal Q, so that D D† f = f and D† = g Q Uᵀ. The gain is 1; [`scaled`](Self::scaled)
    /// changes it.
    ///
    /// # Errors
    /// If the targets span more dimensions than there are units, are all zero, or are not finite.
    pub fn random(
        targets: ArrayView2<'_, f32>,
        units: Option<usize>,
        generator: &mut Generator,
    ) -> Result<Self, Error> {
        let span = span(targets)?;
        let rank = span.nrows();
        let units = units.unwrap_or(rank);
        if rank > units {
            return Err(Error::Undefined {
                measurement: "a readout for this many units",
                reason: format!(
                    "its rank is deficient: the target activity spans {rank} dimensions, but there \
                     are only {units} units; use at least {rank} units, or wider or fewer cells"
                ),
            });
        }
        let directions = orthonormal(units, rank, generator);
        let inverse = directions.dot(&span);
        Ok(Self {
            matrix: inverse.t().mapv(|x| x as f32),
            inverse: inverse.mapv(|x| x as f32),
            norm: 1.0,
            rank,
        })
    }

    /// The same readout with D† multiplied by `gain` (and D divided by it).
    pub fn scaled(mut self, gain: f64) -> Self {
        self.inverse.mapv_inplace(|x| (f64::from(x) * gain) as f32);
        self.matrix.mapv_inplace(|x| (f64::from(x) / gain) as f32);
        self.norm /= gain;
        self
    }

    /// D, `[target, unit]`.
    pub fn matrix(&self) -> ArrayView2<'_, f32> {
        self.matrix.view()
    }

    /// D†, `[unit, target]`.
    pub fn inverse(&self) -> ArrayView2<'_, f32> {
        self.inverse.view()
    }

    /// Operator norm ‖D‖₂, the largest singular value.
    pub fn norm(&self) -> f64 {
        self.norm
    }

    /// Number of singular directions that D† keeps.
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// Fraction of the variance of `targets: [sample, target]` that D D† f misses; 0 for a
    /// readout that can represent every target.
    pub fn missed_variance(&self, targets: ArrayView2<'_, f32>) -> f64 {
        let there = product(product(targets, self.inverse.t()).view(), self.matrix.t());
        let missed: f64 = targets.iter().zip(&there).map(|(x, y)| f64::from(x - y).powi(2)).sum();
        missed / variance(targets)
    }
}

/// Σ ‖f − f̄‖² of `targets: [sample, target]`.
fn variance(targets: ArrayView2<'_, f32>) -> f64 {
    let of_cell = |cell: ndarray::ArrayView1<'_, f32>| {
        let mean = cell.iter().map(|&x| f64::from(x)).sum::<f64>() / cell.len() as f64;
        cell.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>()
    };
    targets.columns().into_iter().map(of_cell).sum()
}

/// An orthonormal basis of the span of `targets: [sample, target]`, `[dimension, target]`, from
/// the eigenvectors of their second moments.
fn span(targets: ArrayView2<'_, f32>) -> Result<Array2<f64>, Error> {
    check_finite("target activity", targets)?;
    let count = targets.ncols();
    let wide = targets.mapv(f64::from);
    let moments = wide.t().dot(&wide);
    let entries: Vec<f64> = moments.iter().copied().collect();
    let undefined = |reason: &str| Error::Undefined {
        measurement: "the span of the target activity",
        reason: reason.into(),
    };
    let eigen = MatRef::from_row_major_slice(&entries, count, count)
        .self_adjoint_eigen(Side::Lower)
        .map_err(|_| undefined("its eigenvalues did not converge"))?;
    let (values, vectors) = (eigen.S(), eigen.U());
    let total: f64 = (0..count).map(|k| values[k].max(0.0)).sum();
    if total <= 0.0 {
        return Err(undefined("all targets are zero"));
    }
    // Eigenvalues are in ascending order; as many of the smallest are omitted as the tolerance
    // allows.
    let mut left_out = 0.0;
    let first = (0..count)
        .find(|&k| {
            left_out += values[k].max(0.0);
            left_out > SPAN_TOLERANCE * total
        })
        .unwrap_or(0);
    Ok(Array2::from_shape_fn((count - first, count), |(k, j)| vectors[(j, count - 1 - k)]))
}

/// Random orthonormal columns, `[units, rank]`, by Gram–Schmidt applied twice to normal deviates.
fn orthonormal(units: usize, rank: usize, generator: &mut Generator) -> Array2<f64> {
    let mut columns = Array2::from_shape_simple_fn((rank, units), || generator.normal());
    for k in 0..rank {
        for _ in 0..2 {
            for earlier in 0..k {
                let (done, mut rest) = columns.view_mut().split_at(ndarray::Axis(0), k);
                let mut column = rest.row_mut(0);
                let overlap = done.row(earlier).dot(&column);
                column.scaled_add(-overlap, &done.row(earlier));
            }
        }
        let mut column = columns.row_mut(k);
        let norm = column.dot(&column).sqrt();
        column.mapv_inplace(|x| x / norm);
    }
    columns.reversed_axes()
}

/// The generator of a random readout.
pub(super) fn generator(seed: u64) -> Generator {
    Generator::new(seed, Stream::Theory(TheoryDraw::Readout), 0)
}
