//! Products of a few rows with a matrix that many products share: the recurrent weights in one step
//! of a shard.
//!
//! A general product packs both factors at each call, which pays only for many rows. Here the shared
//! matrix is packed once, into panels of [`PANEL`] columns that a kernel reads from front to back. Each
//! value of the result is one sum over k in ascending order, with one rounding a term
//! (`mul_add`), so it has the same bits for any number of rows and on any processor.
//!
//! Measured on one core of an AMD EPYC with AVX-512 (peak 256 GFLOP/s), 512 × 512, in one process
//! with faer 0.24: 13 rows 244 against 166 GFLOP/s, 7 rows 232 against 163, 50 rows 240 against 226.
//! With many rows faer is faster (1300 rows: 226 against 247), so the blocks of many steps use
//! [`multiply`](super::matmul::multiply).

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::matmul::Accum;
use super::tiny::flush;

/// Columns of a panel: two of the widest registers.
pub const PANEL: usize = 32;

/// A matrix B, `[k, column]`, packed for products A·B.
#[derive(Debug, Clone)]
pub struct Packed {
    depth: usize,
    columns: usize,
    /// `[panel, k, column of the panel]`; columns beyond the last are zero.
    panels: Vec<f32>,
}

impl Packed {
    /// A zero matrix, `[depth, columns]`.
    pub fn zeros(depth: usize, columns: usize) -> Self {
        Self { depth, columns, panels: vec![0.0; columns.div_ceil(PANEL) * depth * PANEL] }
    }

    /// Takes new values, `[k, column]` row by row, on the current rayon pool. Values too small to
    /// matter become zero.
    ///
    /// # Panics
    /// If there are not `depth · columns` values.
    pub fn pack(&mut self, values: &[f32]) {
        assert_eq!(values.len(), self.depth * self.columns);
        self.panels.par_chunks_exact_mut(self.depth * PANEL).enumerate().for_each(
            |(place, panel)| {
                let first = place * PANEL;
                let width = PANEL.min(self.columns - first);
                for (to, from) in
                    panel.chunks_exact_mut(PANEL).zip(values.chunks_exact(self.columns))
                {
                    to[..width].copy_from_slice(&from[first..first + width]);
                }
                flush(panel);
            },
        );
    }

    /// Takes new values from the transpose, `[column, k]` row by row.
    ///
    /// # Panics
    /// If there are not `depth · columns` values.
    pub fn pack_transposed(&mut self, values: &[f32]) {
        assert_eq!(values.len(), self.depth * self.columns);
        // Rows of the transpose that are read side by side, so that whole cache lines are written.
        const TOGETHER: usize = 16;
        let panels = self.panels.par_chunks_exact_mut(self.depth * PANEL);
        panels.zip(values.par_chunks(self.depth * PANEL)).for_each(|(panel, columns)| {
            for (group, rows) in columns.chunks(self.depth * TOGETHER).enumerate() {
                for (k, to) in panel.chunks_exact_mut(PANEL).enumerate() {
                    let to = &mut to[group * TOGETHER..];
                    for (to, row) in to.iter_mut().zip(rows.chunks_exact(self.depth)) {
                        *to = row[k];
                    }
                }
            }
            flush(panel);
        });
    }

    /// `destination (+)= rows · B` on the calling thread, with `rows: [row, k]` and `destination: [row,
    /// column]`; `scratch` has the size of `rows`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn multiply(
        &self,
        destination: &mut [f32],
        accumulate: Accum,
        rows: &[f32],
        scratch: &mut [f32],
    ) {
        assert_eq!(rows.len() % self.depth, 0);
        assert_eq!(destination.len(), rows.len() / self.depth * self.columns);
        assert_eq!(scratch.len(), rows.len());
        Arch::new().dispatch(Product { matrix: self, destination, accumulate, rows, scratch });
    }
}

/// The arguments of [`Packed::multiply`].
struct Product<'a> {
    matrix: &'a Packed,
    destination: &'a mut [f32],
    accumulate: Accum,
    rows: &'a [f32],
    scratch: &'a mut [f32],
}

/// Most rows that are multiplied together. The sums of 13 rows and two registers of columns fill 26 of
/// the 32 registers that there are with AVX-512.
const MOST_ROWS: usize = 13;
/// The same for the 16 registers of narrower instruction sets.
const MOST_ROWS_NARROW: usize = 6;

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Packed { depth, columns, .. } = *self.matrix;
        let wide = 2 * S::F32_LANES == PANEL;
        let most = if wide { MOST_ROWS } else { MOST_ROWS_NARROW };
        let count = self.rows.len() / depth;
        let groups = count.div_ceil(most);
        for group in 0..groups {
            let (first, last) = (group * count / groups, (group + 1) * count / groups);
            let group = Product {
                matrix: self.matrix,
                destination: &mut self.destination[first * columns..last * columns],
                accumulate: self.accumulate,
                rows: &self.rows[first * depth..last * depth],
                scratch: &mut self.scratch[first * depth..last * depth],
            };
            match last - first {
                1 => group.together::<1, S>(simd),
                2 => group.together::<2, S>(simd),
                3 => group.together::<3, S>(simd),
                4 => group.together::<4, S>(simd),
                5 => group.together::<5, S>(simd),
                6 => group.together::<6, S>(simd),
                // A narrow register never has more than six.
                7 if wide => group.together::<7, S>(simd),
                8 if wide => group.together::<8, S>(simd),
                9 if wide => group.together::<9, S>(simd),
                10 if wide => group.together::<10, S>(simd),
                11 if wide => group.together::<11, S>(simd),
                12 if wide => group.together::<12, S>(simd),
                _ if wide => group.together::<MOST_ROWS, S>(simd),
                _ => unreachable!("a group has at most {most} rows"),
            }
        }
    }
}

impl Product<'_> {
    /// Multiplies `ROWS` rows.
    #[inline(always)]
    fn together<const ROWS: usize, S: Simd>(self, simd: S) {
        let Packed { depth, columns, ref panels } = *self.matrix;
        // `[k, row]`, so that the kernel reads the rows' values side by side.
        let (packed, _) = self.scratch.as_chunks_mut::<ROWS>();
        for (place, row) in self.rows.chunks_exact(depth).enumerate() {
            packed.iter_mut().zip(row).for_each(|(to, from)| to[place] = *from);
        }
        let (panels, _) = panels.as_chunks::<PANEL>();
        let mut sums = [[0.0; PANEL]; ROWS];
        for (place, panel) in panels.chunks_exact(depth).enumerate() {
            for first in (0..PANEL).step_by(2 * S::F32_LANES) {
                tile(simd, packed, panel, first, &mut sums);
            }
            let from = place * PANEL;
            let to = columns.min(from + PANEL);
            for (row, sums) in self.destination.chunks_exact_mut(columns).zip(&sums) {
                let row = &mut row[from..to];
                match self.accumulate {
                    Accum::Replace => row.copy_from_slice(&sums[..row.len()]),
                    Accum::Add => row.iter_mut().zip(sums).for_each(|(to, sum)| *to += sum),
                }
            }
        }
    }
}

/// Sums over k of `ROWS` rows times two registers of a panel's columns, beginning at column `first`.
#[inline(always)]
fn tile<const ROWS: usize, S: Simd>(
    simd: S,
    rows: &[[f32; ROWS]],
    panel: &[[f32; PANEL]],
    first: usize,
    sums: &mut [[f32; PANEL]; ROWS],
) {
    let columns = first..first + 2 * S::F32_LANES;
    let mut registers = [[simd.splat_f32s(0.0); 2]; ROWS];
    for (rows, panel) in rows.iter().zip(panel) {
        panel[columns.clone()].chunks(LINE).for_each(fetch_ahead);
        let (panel, _) = S::as_simd_f32s(&panel[columns.clone()]);
        let [left, right] = [panel[0], panel[1]];
        for (registers, row) in registers.iter_mut().zip(rows) {
            let row = simd.splat_f32s(*row);
            registers[0] = simd.mul_add_f32s(row, left, registers[0]);
            registers[1] = simd.mul_add_f32s(row, right, registers[1]);
        }
    }
    for (sums, registers) in sums.iter_mut().zip(&registers) {
        let (sums, _) = S::as_mut_simd_f32s(&mut sums[columns.clone()]);
        sums.copy_from_slice(registers);
    }
}

/// Values of a cache line.
const LINE: usize = 16;
/// How many values on a panel is fetched: 4 KB, which the kernel works on for about as long as the
/// outer cache takes to answer.
const AHEAD: usize = 1024;

/// Asks the processor to fetch the values that lie [`AHEAD`] of these.
///
/// A GRU's three matrices of 512 units (3 MB) exceed the inner cache of most processors, so each step
/// reads them from the outer one. Measured on one core of an Intel Xeon with an inner cache of 2 MB:
/// 13 rows times one matrix of 512 × 512 210 GFLOP/s with and without, three in turn 182 against 141.
#[inline(always)]
fn fetch_ahead(values: &[f32]) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch takes any address, reads nothing into the program and cannot fault.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(values.as_ptr().wrapping_add(AHEAD).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = values;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::matmul::transpose;

    /// Values of many magnitudes and both signs.
    fn values(count: usize, seed: usize) -> Vec<f32> {
        let value = |i: usize| ((i * 7919 + seed) % 1009) as f32 / 1009.0 - 0.4;
        (0..count).map(value).collect()
    }

    /// The plain twin: one sum a value, in ascending order.
    fn plain(destination: &mut [f32], accumulate: Accum, rows: &[f32], b: &[f32], depth: usize) {
        let columns = b.len() / depth;
        for (to, row) in destination.chunks_exact_mut(columns).zip(rows.chunks_exact(depth)) {
            for (column, to) in to.iter_mut().enumerate() {
                let terms = row.iter().zip(b.chunks_exact(columns));
                let sum = terms.fold(0.0f32, |sum, (a, b)| a.mul_add(b[column], sum));
                *to = if accumulate == Accum::Add { *to + sum } else { sum };
            }
        }
    }

    #[test]
    fn products_have_the_bits_of_plain_sums_for_every_shape() {
        for (depth, columns) in [(1, 1), (7, 31), (16, 32), (40, 33), (64, 100), (33, 128)] {
            let b = values(depth * columns, 3);
            let mut turned = vec![0.0; b.len()];
            transpose(&b, depth, columns, &mut turned);
            let mut packed = Packed::zeros(depth, columns);
            let mut packed_turned = Packed::zeros(depth, columns);
            packed.pack(&b);
            packed_turned.pack_transposed(&turned);
            assert_eq!(packed.panels, packed_turned.panels);
            for count in 0..=40 {
                let rows = values(count * depth, 5);
                for accumulate in [Accum::Replace, Accum::Add] {
                    let mut found = values(count * columns, 7);
                    let mut expected = found.clone();
                    packed.multiply(&mut found, accumulate, &rows, &mut vec![0.0; rows.len()]);
                    plain(&mut expected, accumulate, &rows, &b, depth);
                    let equal =
                        found.iter().zip(&expected).all(|(a, b)| a.to_bits() == b.to_bits());
                    assert!(equal, "{count} × {depth} × {columns}, {accumulate:?}");
                }
            }
        }
    }

    #[test]
    fn every_instruction_set_gives_the_same_bits() {
        let (count, depth, columns) = (27, 50, 70);
        let (rows, b) = (values(count * depth, 1), values(depth * columns, 2));
        let mut packed = Packed::zeros(depth, columns);
        packed.pack(&b);
        let mut found = vec![0.0; count * columns];
        packed.multiply(&mut found, Accum::Replace, &rows, &mut vec![0.0; rows.len()]);
        let mut scalar = vec![0.0; count * columns];
        let product = Product {
            matrix: &packed,
            destination: &mut scalar,
            accumulate: Accum::Replace,
            rows: &rows,
            scratch: &mut vec![0.0; rows.len()],
        };
        product.with_simd(pulp::Scalar::new());
        assert_eq!(found, scalar);
        #[cfg(target_arch = "x86_64")]
        if let Some(narrow) = pulp::x86::V3::try_new() {
            let mut eight = vec![0.0; count * columns];
            Simd::vectorize(
                narrow,
                Product {
                    matrix: &packed,
                    destination: &mut eight,
                    accumulate: Accum::Replace,
                    rows: &rows,
                    scratch: &mut vec![0.0; rows.len()],
                },
            );
            assert_eq!(found, eight);
        }
    }

    #[test]
    fn tiny_weights_become_zero() {
        let mut packed = Packed::zeros(2, 1);
        packed.pack(&[1e-30, 0.5]);
        assert_eq!((packed.panels[0], packed.panels[PANEL]), (0.0, 0.5));
    }
}
