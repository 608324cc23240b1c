//! The linear readout o = D r and its Moore–Penrose inverse D†.

use faer::{MatRef, Side};
use ndarray::{Array2, ArrayView2};

use super::Error;
use crate::analysis::check_finite;
use crate::random::{Generator, Stream};

/// Part of the target's power that its span may leave out: single-precision targets have no more.
const SPAN_TOLERANCE: f64 = 1e-9;

/// A readout D with its pseudoinverse.
#[derive(Debug, Clone)]
pub struct Readout {
    matrix: Array2<f32>,
    inverse: Array2<f32>,
    norm: f64,
    rank: usize,
}

impl Readout {
    /// The readout of a given matrix, `[target, unit]`. Singular values below `cutoff` times the
    /// largest count as zero: they belong to directions that the target does not use, and their
    /// inverses would blow up what little of it falls there.
    ///
    /// # Errors
    /// If an entry is not finite or all are zero, or the cutoff is not between 0 and 1.
    pub fn of_matrix(matrix: ArrayView2<'_, f32>, cutoff: f64) -> Result<Self, Error> {
        if !(0.0..1.0).contains(&cutoff) {
            return Err(Error::setting("cutoff", cutoff, "at least 0 and below 1"));
        }
        check_finite("weights of the readout", matrix)?;
        let (targets, units) = matrix.dim();
        let entries: Vec<f64> = matrix.iter().map(|&x| f64::from(x)).collect();
        let undefined = |reason: &str| Error::Undefined {
            measurement: "the pseudoinverse of the readout",
            reason: reason.into(),
        };
        let svd = MatRef::from_row_major_slice(&entries, targets, units)
            .thin_svd()
            .map_err(|_| undefined("the singular values did not converge"))?;
        let (u, s, v) = (svd.U(), svd.S(), svd.V());
        let norm = s[0];
        if norm <= 0.0 {
            return Err(undefined("all weights are zero"));
        }
        let rank = (0..targets.min(units)).take_while(|&i| s[i] > cutoff * norm).count();
        let (u, v) = (u.subcols(0, rank), v.subcols(0, rank));
        let weighted = faer::Mat::from_fn(units, rank, |i, k| v[(i, k)] / s[k]);
        let inverse = &weighted * u.transpose();
        Ok(Self {
            matrix: matrix.to_owned(),
            inverse: Array2::from_shape_fn((units, targets), |(i, j)| inverse[(i, j)] as f32),
            norm,
            rank,
        })
    }

    /// A random readout for `units` units whose rows are orthonormal up to a common gain within the
    /// span of `targets: [sample, target]`: D = Q Uᵀ/g for an orthonormal basis U of that span and
    /// random orthonormal Q, so that D D† f = f and D† = g Q Uᵀ. The gain is 1;
    /// [`scaled`](Self::scaled) changes it.
    ///
    /// # Errors
    /// If the targets span more dimensions than there are units, are all zero, or are not finite.
    pub fn random(
        targets: ArrayView2<'_, f32>,
        units: usize,
        generator: &mut Generator,
    ) -> Result<Self, Error> {
        let span = span(targets)?;
        let rank = span.nrows();
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

    /// Number of singular values that count.
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// Part of the variance of `targets: [sample, target]` that D D† f misses: 0 for a readout
    /// that can hold every target.
    pub fn missed_variance(&self, targets: ArrayView2<'_, f32>) -> f64 {
        let there = targets.dot(&self.inverse.t()).dot(&self.matrix.t());
        let mean = targets.mapv(f64::from).mean_axis(ndarray::Axis(0));
        let (mut missed, mut all) = (0.0, 0.0);
        for (row, there) in targets.rows().into_iter().zip(there.rows()) {
            for (j, (&x, &y)) in row.iter().zip(there).enumerate() {
                missed += f64::from(x - y).powi(2);
                all += (f64::from(x) - mean.as_ref().map_or(0.0, |mean| mean[j])).powi(2);
            }
        }
        missed / all
    }
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
    // Ascending: leave out as many of the smallest as the tolerance allows.
    let mut left_out = 0.0;
    let first = (0..count)
        .find(|&k| {
            left_out += values[k].max(0.0);
            left_out > SPAN_TOLERANCE * total
        })
        .unwrap_or(0);
    Ok(Array2::from_shape_fn((count - first, count), |(k, j)| vectors[(j, count - 1 - k)]))
}

/// Random orthonormal columns, `[units, rank]`: Gram–Schmidt, done twice, of normal deviates.
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
    Generator::new(seed, Stream::Theory, 0, 0)
}
