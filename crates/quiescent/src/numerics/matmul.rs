//! Single-precision matrix products of row-major slices, by faer.

/// Whether a product replaces the destination's old values or is added to them.
pub use faer::Accum;
use faer::linalg::matmul::matmul;
use faer::{MatMut, MatRef, Par};

/// A row-major matrix, possibly read as its transpose.
#[derive(Debug, Clone, Copy)]
pub struct Factor<'a>(MatRef<'a, f32>);

/// `values: [rows, cols]` as a factor.
///
/// # Panics
/// If the slice's length is not `rows · cols`.
pub fn matrix(values: &[f32], rows: usize, cols: usize) -> Factor<'_> {
    Factor(MatRef::from_row_major_slice(values, rows, cols))
}

impl Factor<'_> {
    /// The transpose, without moving data.
    pub fn transposed(self) -> Self {
        Self(self.0.transpose())
    }
}

/// `destination (+)= a · b` on the calling thread; `destination: [rows of a, cols of b]`.
///
/// # Panics
/// If the shapes do not fit.
pub fn multiply(destination: &mut [f32], accumulate: Accum, a: Factor, b: Factor) {
    let destination = MatMut::from_row_major_slice_mut(destination, a.0.nrows(), b.0.ncols());
    matmul(destination, accumulate, a.0, b.0, 1.0, Par::Seq);
}

/// `transpose[j, i] = values[i, j]` for `values: [rows, cols]`.
///
/// # Panics
/// If a slice's length is not `rows · cols`.
pub fn transpose(values: &[f32], rows: usize, cols: usize, transpose: &mut [f32]) {
    assert_eq!(values.len(), rows * cols);
    assert_eq!(transpose.len(), rows * cols);
    // Tiles keep both the read and the written rows in cache.
    const TILE: usize = 16;
    for i0 in (0..rows).step_by(TILE) {
        for j0 in (0..cols).step_by(TILE) {
            for i in i0..(i0 + TILE).min(rows) {
                for j in j0..(j0 + TILE).min(cols) {
                    transpose[j * rows + i] = values[i * cols + j];
                }
            }
        }
    }
}
