//! Sums of Gaussian kernels over many points, in units where the kernel is 2^(−|u − v|²).
//!
//! Points are stored by columns in blocks of eight, and each of the eight lanes has its own sum,
//! so that plain loops vectorise. Only exactly rounded operations in a fixed order are used, so
//! results are bit-identical on every instruction set and for any number of threads.

use rayon::prelude::*;

use crate::numerics::vectorized;

/// Points summed side by side.
const LANES: usize = 8;
/// Evaluation points that share one pass over a block of points.
const TILE: usize = 32;
/// Blocks of [`LANES`] points that stay in the first-level cache (2 dimensions: 16 kB).
const CACHED: usize = 128;
/// 1.5 · 2⁵²: adding it rounds to the nearest integer, which is then in the low bits.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// Lower bound of exponents, so that 2ᵗ remains a normal number. If this affects a sum, the sum
/// is below [`TINY`] and is recomputed with shifted exponents.
const LOWEST: f64 = -1021.0;
/// Sums below this (2⁻⁹⁰⁰) are recomputed. It is 2¹²⁰ times the largest sum of clamped kernels.
const TINY: f64 = 1.183_052_186_166_774_7e-271;
/// Number of kernels of one point that [`PointSet::segment_powers`] returns: the kernel itself,
/// its square and its fourth power, which are kernels of 1/√2 and 1/2 of its width.
pub(crate) const POWERS: usize = 3;
/// Lower bound of the exponents of kernels raised to the fourth power, so that these powers
/// remain normal numbers.
const LOWEST_OF_POWERS: f64 = -255.0;
/// Sums of such kernels below this (2⁻²⁰⁰) are recomputed.
const TINY_OF_POWERS: f64 = 6.223_015_277_861_142e-61;
/// Coordinate of the points that fill up a block. They are so far away that their kernel is
/// 2^LOWEST.
const FAR: f64 = 1e150;

/// 2ᵗ for t ≤ 0 with a relative error below 2e-14; 2⁻¹⁰²¹ for anything smaller.
#[inline(always)]
fn exp2(t: f64) -> f64 {
    exp2_above(t, LOWEST)
}

/// 2ᵗ for t ≤ 0, and 2^`lowest` for anything below it.
#[inline(always)]
fn exp2_above(t: f64, lowest: f64) -> f64 {
    let t = if t > lowest { t } else { lowest };
    // t = n + f with |f| ≤ 1/2, exactly.
    let shifted = t + ROUND;
    let f = t - (shifted - ROUND);
    // Minimax fit of 2ᶠ on [−1/2, 1/2] in relative error (Remez, degree 9: 1.35e-14).
    let power = 1.015_033_752_961_889_9e-7_f64
        .mul_add(f, 1.325_940_565_009_458_4e-6)
        .mul_add(f, 1.525_298_483_383_396_7e-5)
        .mul_add(f, 1.540_343_494_788_449_5e-4)
        .mul_add(f, 1.333_355_761_761_431_3e-3)
        .mul_add(f, 9.618_129_192_067_507e-3)
        .mul_add(f, 5.550_410_866_868_553e-2)
        .mul_add(f, 2.402_265_069_564_965_3e-1)
        .mul_add(f, 6.931_471_805_598_71e-1)
        .mul_add(f, 1.000_000_000_000_012_7);
    // Multiply by 2ⁿ by adding n to the exponent bits.
    f64::from_bits(power.to_bits().wrapping_add(shifted.to_bits() << 52))
}

/// −|u − v|², the exponent of a kernel.
#[inline(always)]
fn exponent<const D: usize>(a: [f64; D], b: [f64; D]) -> f64 {
    let mut t = 0.0;
    for d in 0..D {
        let difference = a[d] - b[d];
        t = difference.mul_add(-difference, t);
    }
    t
}

/// A segment of points: one trial, or all points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Segment {
    /// First block of eight.
    first: usize,
    /// Number of points.
    points: usize,
}

impl Segment {
    fn blocks(self) -> std::ops::Range<usize> {
        self.first..self.first + self.points.div_ceil(LANES)
    }
}

/// Points in kernel units, cut into segments.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PointSet {
    dims: usize,
    /// Coordinates of each dimension, `[dim][block]`; segments are padded to whole blocks.
    columns: Vec<Vec<[f64; LANES]>>,
    segments: Vec<Segment>,
}

/// Kernel sums at each evaluation point over each segment, up to a factor per evaluation point.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct SegmentSums {
    /// `[evaluation point, segment]`, row-major: the sum times e^(−shift).
    pub(crate) sums: Vec<f64>,
    /// Natural logarithm of this factor, `[evaluation point]`; 0 unless the point is so far away
    /// that the sums would not be representable.
    pub(crate) shifts: Vec<f64>,
}

impl SegmentSums {
    /// The sums over each segment at one evaluation point.
    pub(crate) fn row(&self, point: usize) -> &[f64] {
        let width = self.sums.len() / self.shifts.len();
        &self.sums[point * width..(point + 1) * width]
    }
}

impl PointSet {
    /// Stores `points: [point, dims]` (row-major, in kernel units), cut into segments of the
    /// given numbers of points.
    pub(crate) fn new(points: &[f64], dims: usize, lengths: &[usize]) -> Self {
        debug_assert!((1..=3).contains(&dims));
        debug_assert_eq!(points.len(), dims * lengths.iter().sum::<usize>());
        let mut columns = vec![Vec::new(); dims];
        let mut segments = Vec::with_capacity(lengths.len());
        let mut start = 0;
        for &length in lengths {
            segments.push(Segment { first: columns[0].len(), points: length });
            for block in points[dims * start..dims * (start + length)].chunks(dims * LANES) {
                for (d, column) in columns.iter_mut().enumerate() {
                    let value = |i| block.get(dims * i + d).copied().unwrap_or(FAR);
                    column.push(std::array::from_fn(value));
                }
            }
            start += length;
        }
        Self { dims, columns, segments }
    }

    /// Natural logarithm of the sum of 2^(−|u − v|²) over all points v, at each of
    /// `at: [evaluation point, dims]`; finite for every finite u.
    pub(crate) fn log_sums(&self, at: &[f64]) -> Vec<f64> {
        match self.dims {
            1 => self.log_sums_in::<1>(at),
            2 => self.log_sums_in::<2>(at),
            _ => self.log_sums_in::<3>(at),
        }
    }

    fn log_sums_in<const D: usize>(&self, at: &[f64]) -> Vec<f64> {
        let (at, _) = at.as_chunks::<D>();
        let columns = self.columns_in::<D>();
        let mut out = vec![0.0; at.len()];
        out.par_chunks_mut(TILE).zip(at.par_chunks(TILE)).for_each(|(out, at)| {
            for segment in &self.segments {
                add_sums(columns, segment.blocks(), at, out);
            }
            for (out, &u) in out.iter_mut().zip(at) {
                *out = if *out < TINY {
                    let nearest = self.nearest(columns, u);
                    let sum: f64 = (0..self.segments.len())
                        .map(|s| self.shifted_sum(columns, s, u, nearest))
                        .sum();
                    libm::log(sum) + nearest * std::f64::consts::LN_2
                } else {
                    libm::log(*out)
                };
            }
        });
        out
    }

    /// Separate sums over each segment, at each of `at: [evaluation point, dims]`: of the
    /// kernels, of their squares and of their fourth powers.
    pub(crate) fn segment_powers(&self, at: &[f64]) -> [SegmentSums; POWERS] {
        match self.dims {
            1 => self.segment_powers_in::<1>(at),
            2 => self.segment_powers_in::<2>(at),
            _ => self.segment_powers_in::<3>(at),
        }
    }

    fn segment_powers_in<const D: usize>(&self, at: &[f64]) -> [SegmentSums; POWERS] {
        let (at, _) = at.as_chunks::<D>();
        let columns = self.columns_in::<D>();
        let width = self.segments.len();
        let mut all: [SegmentSums; POWERS] = std::array::from_fn(|_| SegmentSums {
            sums: vec![0.0; at.len() * width],
            shifts: vec![0.0; at.len()],
        });
        for (tile, at) in at.chunks(TILE).enumerate() {
            for (s, segment) in self.segments.iter().enumerate() {
                let sums = power_sums(columns, segment.blocks(), at);
                for (of_power, sums) in all.iter_mut().zip(sums) {
                    for (i, sum) in sums[..at.len()].iter().enumerate() {
                        of_power.sums[(tile * TILE + i) * width + s] = *sum;
                    }
                }
            }
        }
        for (point, &u) in at.iter().enumerate() {
            if all[0].row(point).iter().sum::<f64>() >= TINY_OF_POWERS {
                continue;
            }
            let nearest = self.nearest(columns, u);
            for (power, of_power) in all.iter_mut().enumerate() {
                let power = f64::from(1_u32 << power);
                // Beyond 1e154 the nearest exponent is already the most negative number.
                let largest = (power * nearest).max(f64::MIN);
                for s in 0..width {
                    of_power.sums[point * width + s] = self
                        .points(columns, s)
                        .map(|v| exp2((power * exponent(u, v)).max(f64::MIN) - largest))
                        .sum();
                }
                of_power.shifts[point] = largest * std::f64::consts::LN_2;
            }
        }
        all
    }

    fn columns_in<const D: usize>(&self) -> [&[[f64; LANES]]; D] {
        std::array::from_fn(|d| self.columns[d].as_slice())
    }

    /// The points of a segment, without those that fill up its last block.
    fn points<'a, const D: usize>(
        &self,
        columns: [&'a [[f64; LANES]]; D],
        segment: usize,
    ) -> impl Iterator<Item = [f64; D]> + 'a {
        let Segment { first, points } = self.segments[segment];
        (0..points).map(move |i| std::array::from_fn(|d| columns[d][first + i / LANES][i % LANES]))
    }

    /// Largest exponent over all points.
    fn nearest<const D: usize>(&self, columns: [&[[f64; LANES]]; D], u: [f64; D]) -> f64 {
        (0..self.segments.len())
            .flat_map(|s| self.points(columns, s))
            .map(|v| exponent(u, v))
            .fold(f64::NEG_INFINITY, f64::max)
            // Distances beyond 1e154 have infinite squares. The logarithm is then the most
            // negative number instead of infinity minus infinity.
            .max(f64::MIN)
    }

    /// Sum of 2^(exponent − largest) over one segment.
    fn shifted_sum<const D: usize>(
        &self,
        columns: [&[[f64; LANES]]; D],
        segment: usize,
        u: [f64; D],
        largest: f64,
    ) -> f64 {
        self.points(columns, segment).map(|v| exp2(exponent(u, v).max(f64::MIN) - largest)).sum()
    }
}

/// Adds to `out` the kernel sums over a range of blocks, at each of `at` (at most [`TILE`]).
fn add_sums<const D: usize>(
    columns: [&[[f64; LANES]]; D],
    blocks: std::ops::Range<usize>,
    at: &[[f64; D]],
    out: &mut [f64],
) {
    let mut lanes = [[0.0; LANES]; TILE];
    vectorized(
        #[inline(always)]
        || {
            let mut start = blocks.start;
            while start < blocks.end {
                let end = (start + CACHED).min(blocks.end);
                let mut cached = columns;
                for column in &mut cached {
                    *column = &column[start..end];
                }
                for (lanes, &u) in lanes.iter_mut().zip(at) {
                    add_kernels(cached, u, lanes);
                }
                start = end;
            }
        },
    );
    for (out, [a, b, c, d, e, f, g, h]) in out.iter_mut().zip(lanes) {
        *out += ((a + b) + (c + d)) + ((e + f) + (g + h));
    }
}

/// Adds to each lane the kernels of its points, at one evaluation point.
#[inline(always)]
fn add_kernels<const D: usize>(
    columns: [&[[f64; LANES]]; D],
    u: [f64; D],
    lanes: &mut [f64; LANES],
) {
    // This copy stays in a register.
    let mut sums = *lanes;
    #[allow(clippy::needless_range_loop, reason = "i counts along every column")]
    for i in 0..columns[0].len() {
        let mut exponents = [0.0; LANES];
        for d in 0..D {
            let block = &columns[d][i];
            for l in 0..LANES {
                let difference = u[d] - block[l];
                exponents[l] = difference.mul_add(-difference, exponents[l]);
            }
        }
        for l in 0..LANES {
            sums[l] += exp2(exponents[l]);
        }
    }
    *lanes = sums;
}

/// Sums over a range of blocks of the kernels and of their powers, at each of `at` (at most
/// [`TILE`]).
fn power_sums<const D: usize>(
    columns: [&[[f64; LANES]]; D],
    blocks: std::ops::Range<usize>,
    at: &[[f64; D]],
) -> [[f64; TILE]; POWERS] {
    let mut lanes = [[[0.0; LANES]; POWERS]; TILE];
    vectorized(
        #[inline(always)]
        || {
            let mut cached = columns;
            for column in &mut cached {
                *column = &column[blocks.start..blocks.end];
            }
            for (lanes, &u) in lanes.iter_mut().zip(at) {
                add_powers(cached, u, lanes);
            }
        },
    );
    let mut sums = [[0.0; TILE]; POWERS];
    for (i, lanes) in lanes.iter().enumerate() {
        for (sums, [a, b, c, d, e, f, g, h]) in sums.iter_mut().zip(lanes) {
            sums[i] = ((a + b) + (c + d)) + ((e + f) + (g + h));
        }
    }
    sums
}

/// Adds to each lane the kernels of its points, their squares and their fourth powers.
#[inline(always)]
fn add_powers<const D: usize>(
    columns: [&[[f64; LANES]]; D],
    u: [f64; D],
    lanes: &mut [[f64; LANES]; POWERS],
) {
    let [mut once, mut squared, mut fourth] = *lanes;
    #[allow(clippy::needless_range_loop, reason = "i counts along every column")]
    for i in 0..columns[0].len() {
        let mut exponents = [0.0; LANES];
        for d in 0..D {
            let block = &columns[d][i];
            for l in 0..LANES {
                let difference = u[d] - block[l];
                exponents[l] = difference.mul_add(-difference, exponents[l]);
            }
        }
        for l in 0..LANES {
            let kernel = exp2_above(exponents[l], LOWEST_OF_POWERS);
            let square = kernel * kernel;
            once[l] += kernel;
            squared[l] += square;
            fourth[l] += square * square;
        }
    }
    *lanes = [once, squared, fourth];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A direct implementation of the definition.
    fn plain(points: &[f64], dims: usize, u: &[f64]) -> f64 {
        points
            .chunks(dims)
            .map(|v| {
                let d2: f64 = u.iter().zip(v).map(|(a, b)| (a - b) * (a - b)).sum();
                (-d2).exp2()
            })
            .sum()
    }

    #[test]
    fn exp2_is_accurate_to_1e_13() {
        let mut worst = 0.0_f64;
        for i in 0..=1_000_000 {
            let t = -1020.0 * f64::from(i) / 1e6;
            worst = worst.max((exp2(t) / t.exp2() - 1.0).abs());
        }
        assert!(worst <= 1e-13, "worst relative error {worst:e}");
        assert!(exp2(f64::NEG_INFINITY) < 1e-300);
        assert!(exp2(-1e300) < 1e-300);
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(
            dims in 1_usize..=3,
            values in proptest::collection::vec(-5.0_f64..5.0, 3 * 50),
            cut in 0_usize..=40,
        ) {
            let points = &values[..40 * dims];
            let at = &values[values.len() - 5 * dims..];
            let set = PointSet::new(points, dims, &[cut, 40 - cut]);
            let logs = set.log_sums(at);
            for (i, u) in at.chunks(dims).enumerate() {
                let expected = plain(points, dims, u);
                prop_assert!((logs[i].exp() / expected - 1.0).abs() < 1e-12);
            }
            // Kernels of other widths are kernels of points farther apart.
            for (power, parts) in set.segment_powers(at).iter().enumerate() {
                let scale = f64::from(1_u32 << power).sqrt();
                let scaled = |x: &[f64]| x.iter().map(|x| x * scale).collect::<Vec<f64>>();
                for (i, u) in at.chunks(dims).enumerate() {
                    let u = scaled(u);
                    let expected = plain(&scaled(points), dims, &u);
                    prop_assert_eq!(parts.shifts[i], 0.0);
                    let first = plain(&scaled(&points[..cut * dims]), dims, &u);
                    let total: f64 = parts.row(i).iter().sum();
                    prop_assert!((parts.row(i)[0] - first).abs() <= 1e-12 * expected);
                    prop_assert!((total / expected - 1.0).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn stays_finite_far_from_every_point() {
        let set = PointSet::new(&[0.0, 0.0, 1.0, 0.0], 2, &[1, 1]);
        // The nearer point dominates: ln Σ = −99² ln 2; the other point adds a fraction 2^−199.
        let log = set.log_sums(&[100.0, 0.0])[0];
        assert!((log + 9801.0 * std::f64::consts::LN_2).abs() < 1e-9);
        for (power, parts) in set.segment_powers(&[100.0, 0.0]).iter().enumerate() {
            let far = parts.row(0)[1].ln() + parts.shifts[0];
            assert!((far - log * f64::from(1 << power)).abs() < 1e-9, "{power} {far}");
        }
        let beyond = set.segment_powers(&[1e200, 0.0]);
        assert!(beyond.iter().all(|parts| parts.shifts[0].is_finite() && parts.row(0)[1] > 0.0));
        assert!(set.log_sums(&[1e200, 0.0])[0].is_finite());
    }

    #[test]
    fn the_number_of_threads_does_not_matter() {
        let points: Vec<f64> = (0..6000).map(|i| (f64::from(i) * 0.7).sin() * 3.0).collect();
        let at: Vec<f64> = (0..400).map(|i| (f64::from(i) * 0.3).cos() * 4.0).collect();
        let set = PointSet::new(&points, 2, &[1000, 1500, 500]);
        let on = |threads| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .map(|pool| pool.install(|| set.log_sums(&at)))
        };
        let (one, four) = (on(1).ok(), on(4).ok());
        assert!(one.is_some());
        assert_eq!(one, four);
    }
}
