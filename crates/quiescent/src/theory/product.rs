//! Products of tall arrays with matrices, on all cores.

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use crate::numerics::matmul::{Accum, matrix, multiply};

/// Rows of one task. The number is fixed, so the result does not depend on threads.
const ROWS: usize = 128;

/// `tall · matrix`, `[row, inner] · [inner, column]`.
///
/// # Panics
/// If the inner sizes differ.
pub(super) fn product(tall: ArrayView2<'_, f32>, right: ArrayView2<'_, f32>) -> Array2<f32> {
    let ((rows, inner), (right_inner, columns)) = (tall.dim(), right.dim());
    assert_eq!(inner, right_inner, "a product of arrays that do not fit");
    let (tall, right) = (tall.as_standard_layout(), right.as_standard_layout());
    let mut values = vec![0.0; rows * columns];
    // Arrays in standard layout can be read as slices.
    if let (Some(tall), Some(right)) = (tall.as_slice(), right.as_slice())
        && columns > 0
        && inner > 0
    {
        values.par_chunks_mut(ROWS * columns).zip(tall.par_chunks(ROWS * inner)).for_each(
            |(values, tall)| {
                multiply(
                    values,
                    Accum::Replace,
                    matrix(tall, tall.len() / inner, inner),
                    matrix(right, inner, columns),
                );
            },
        );
    }
    #[allow(clippy::expect_used, reason = "allocated with this shape")]
    Array2::from_shape_vec((rows, columns), values).expect("rows × columns values")
}
