//! Fixed-order reductions over cells, so that sums have the same bits on every instruction set.

use crate::numerics::LANES;

/// Sum of the lanes by a fixed binary tree.
#[inline(always)]
pub(crate) fn sum(lanes: &[f32; LANES]) -> f32 {
    let mut partial = *lanes;
    let mut width = LANES / 2;
    while width > 0 {
        for i in 0..width {
            partial[i] += partial[i + width];
        }
        width /= 2;
    }
    partial[0]
}

/// Smallest element. NaN is ignored; infinity if there is no other element.
#[inline(always)]
pub(crate) fn min(row: &[f32]) -> f32 {
    let smaller = |a: f32, b: f32| if b < a { b } else { a };
    let mut least = [f32::INFINITY; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for (least, &value) in least.iter_mut().zip(chunk) {
            *least = smaller(*least, value);
        }
    }
    for (least, &value) in least.iter_mut().zip(rest) {
        *least = smaller(*least, value);
    }
    let mut width = LANES / 2;
    while width > 0 {
        for i in 0..width {
            least[i] = smaller(least[i], least[i + width]);
        }
        width /= 2;
    }
    least[0]
}

/// Replaces every element by `f(element)` and returns the sum of the results: lane i adds up cells
/// i, i + 16, i + 32, … in that order, then the lanes are summed.
#[inline(always)]
pub(crate) fn map_sum(row: &mut [f32], f: impl Fn(f32) -> f32) -> f32 {
    let mut sums = [0.0; LANES];
    let (chunks, rest) = row.as_chunks_mut::<LANES>();
    for chunk in chunks {
        for (value, sum) in chunk.iter_mut().zip(&mut sums) {
            *value = f(*value);
            *sum += *value;
        }
    }
    for (value, sum) in rest.iter_mut().zip(&mut sums) {
        *value = f(*value);
        *sum += *value;
    }
    sum(&sums)
}
