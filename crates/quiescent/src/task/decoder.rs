//! Decodes a stimulus from activity: the mean preferred stimulus of the most active cells.

use crate::numerics::{LANES, vectorized};

/// Cells compared at once with the smallest of the best activities so far.
const CHUNK: usize = 4 * LANES;

/// The `k` most active cells of a row.
///
/// Equal activities rank by index, lowest first. NaN and −∞ are never chosen, so fewer than `k`
/// cells (even none) may be found.
#[derive(Debug, Clone)]
pub(crate) struct Top {
    values: Vec<f32>,
    cells: Vec<usize>,
    found: usize,
}

impl Top {
    /// Room for `k` ≥ 1 cells.
    pub(crate) fn new(k: usize) -> Self {
        Self { values: vec![f32::NEG_INFINITY; k], cells: vec![0; k], found: 0 }
    }

    /// Finds the most active cells of `activity: [cell]`, most active first.
    #[inline(always)]
    pub(crate) fn select(&mut self, activity: &[f32]) -> &[usize] {
        self.found = 0;
        self.values.fill(f32::NEG_INFINITY);
        let mut least = f32::NEG_INFINITY;
        let (chunks, rest) = activity.as_chunks::<CHUNK>();
        for (i, chunk) in chunks.iter().enumerate() {
            // After the first chunks, few cells exceed the smallest of the best, so one vector
            // comparison usually skips a whole chunk.
            let above = chunk.iter().fold(false, |any, &value| any | (value > least));
            if above {
                least = self.insert(i * CHUNK, chunk);
            }
        }
        self.insert(chunks.len() * CHUNK, rest);
        &self.cells[..self.found]
    }

    /// Inserts those of `values` that belong to the best; returns the smallest of the best.
    #[inline(never)]
    fn insert(&mut self, first_cell: usize, values: &[f32]) -> f32 {
        let last = self.values.len() - 1;
        for (i, &value) in values.iter().enumerate() {
            if value > self.values[last] {
                let mut rank = last;
                while rank > 0 && value > self.values[rank - 1] {
                    self.values[rank] = self.values[rank - 1];
                    self.cells[rank] = self.cells[rank - 1];
                    rank -= 1;
                }
                self.values[rank] = value;
                self.cells[rank] = first_cell + i;
                self.found = (self.found + 1).min(self.values.len());
            }
        }
        self.values[last]
    }
}

/// Mean centre of the `k` most active place cells of every row.
///
/// `activity: [row, cell]`; `x`, `y`: `[cell]` in m; `positions: [row, 2]` in m, NaN for a row
/// without any number in it.
pub(crate) fn mean_position(
    activity: &[f32],
    x: &[f32],
    y: &[f32],
    k: usize,
    positions: &mut [f32],
) {
    let mut top = Top::new(k);
    let (positions, _) = positions.as_chunks_mut::<2>();
    vectorized(
        #[inline(always)]
        || {
            for (row, position) in activity.chunks_exact(x.len()).zip(positions.iter_mut()) {
                let cells = top.select(row);
                let (mut sum_x, mut sum_y) = (0.0_f64, 0.0_f64);
                for &cell in cells {
                    sum_x += f64::from(x[cell]);
                    sum_y += f64::from(y[cell]);
                }
                let n = cells.len() as f64;
                *position = [(sum_x / n) as f32, (sum_y / n) as f32];
            }
        },
    );
}

/// Mean direction of the preferred headings of the `k` most active head-direction cells of every
/// row: the angle of the sum of their unit vectors.
///
/// `activity: [row, cell]`; `cos`, `sin` of the preferred headings: `[cell]`; `headings: [row]` in
/// rad, in [−π, π), NaN for a row without any number in it.
pub(crate) fn mean_heading(
    activity: &[f32],
    cos: &[f64],
    sin: &[f64],
    k: usize,
    headings: &mut [f32],
) {
    let mut top = Top::new(k);
    vectorized(
        #[inline(always)]
        || {
            for (row, heading) in activity.chunks_exact(cos.len()).zip(headings.iter_mut()) {
                let cells = top.select(row);
                let (mut sum_cos, mut sum_sin) = (0.0_f64, 0.0_f64);
                for &cell in cells {
                    sum_cos += cos[cell];
                    sum_sin += sin[cell];
                }
                *heading = if cells.is_empty() {
                    f32::NAN
                } else {
                    crate::space::wrap_f32(libm::atan2(sum_sin, sum_cos))
                };
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A plain implementation that sorts everything.
    fn sorted(activity: &[f32], k: usize) -> Vec<usize> {
        let mut cells: Vec<usize> =
            (0..activity.len()).filter(|&i| activity[i] > f32::NEG_INFINITY).collect();
        cells.sort_by(|&a, &b| activity[b].total_cmp(&activity[a]).then(a.cmp(&b)));
        cells.truncate(k);
        cells
    }

    proptest! {
        #[test]
        fn selection_is_that_of_a_full_sort(
            // Few distinct values, so that there are ties; some not numbers.
            activity in proptest::collection::vec(
                prop_oneof![
                    8 => (0..12_u8).prop_map(|v| f32::from(v) + 0.5),
                    1 => Just(f32::NAN),
                    1 => Just(f32::NEG_INFINITY),
                    1 => Just(f32::INFINITY),
                ],
                1..120,
            ),
            k in 1..9_usize,
        ) {
            let mut top = Top::new(k);
            let expected = sorted(&activity, k);
            prop_assert_eq!(top.select(&activity), expected.as_slice());
            // The second use does not depend on the first.
            prop_assert_eq!(top.select(&activity), expected.as_slice());
        }
    }

    #[test]
    fn rows_without_numbers_decode_to_nan() {
        let mut position = [0.0; 2];
        mean_position(&[f32::NAN; 3], &[0.0; 3], &[0.0; 3], 2, &mut position);
        assert!(position.iter().all(|p| p.is_nan()));
        let mut heading = [0.0];
        mean_heading(&[f32::NAN; 3], &[1.0; 3], &[0.0; 3], 2, &mut heading);
        assert!(heading[0].is_nan());
    }

    #[test]
    fn headings_average_across_the_seam() {
        let preferred = [3.0_f64, -3.0, 0.0];
        let cos = preferred.map(f64::cos);
        let sin = preferred.map(f64::sin);
        let mut heading = [0.0];
        mean_heading(&[1.0, 1.0, 0.0], &cos, &sin, 2, &mut heading);
        assert!((heading[0].abs() - std::f32::consts::PI).abs() < 1e-6);
    }
}
