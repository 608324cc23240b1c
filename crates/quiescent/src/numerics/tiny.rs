//! Numbers that are too small to matter become zero, so that denormal numbers never arise. On
//! some processors, products with denormal numbers take a hundred times as long.
//!
//! The processor's own switch for this belongs to each thread, differs between architectures, is
//! absent on some, and changes results. Here the element-wise kernels set small numbers to zero,
//! with the same bits on every machine. The bounds leave a margin:
//!
//! - [`TINY`] = 2⁻⁸⁰ for states, weights, gradients and Adam's first moments. A product of two
//!   factors is normal (at least 2⁻¹²⁶) if the other factor is at least 2⁻⁴⁶ ≈ 1e-14. This holds
//!   for weights and for errors divided by a batch mean's 10⁷ terms. The bound is far below the
//!   resolution of single precision next to ordinary values (6e-8), so ordinary results keep
//!   their bits.
//! - [`TINY_ROOT`] = 2⁻⁵⁷ for values that are squared: half the exponent, with a margin for
//!   Adam's factor of 0.001 (2⁻¹⁰).

/// Values of smaller magnitude are set to zero: 2⁻⁸⁰, about 8e-25.
pub const TINY: f32 = f32::from_bits((127 - 80) << 23);
/// Values of smaller magnitude have a square that is set to zero: 2⁻⁵⁷, about 7e-18.
pub const TINY_ROOT: f32 = f32::from_bits((127 - 57) << 23);

/// `x`, or zero if |x| < [`TINY`]; infinities and NaN stay.
#[inline(always)]
pub fn flushed(x: f32) -> f32 {
    at_least(TINY, x)
}

/// `x` for a use in which its square matters: zero if |x| < [`TINY_ROOT`].
#[inline(always)]
pub fn squarable(x: f32) -> f32 {
    at_least(TINY_ROOT, x)
}

/// Compares bits as integers, which have the order of magnitudes. This is fast on every processor
/// for any number.
#[inline(always)]
pub(crate) fn at_least(bound: f32, x: f32) -> f32 {
    let magnitude = (x.to_bits() & 0x7fff_ffff) as i32;
    if magnitude < bound.to_bits() as i32 { 0.0 } else { x }
}

/// [`flushed`] for every value of a slice.
pub(crate) fn flush(values: &mut [f32]) {
    super::vectorized(
        #[inline(always)]
        || values.iter_mut().for_each(|value| *value = flushed(*value)),
    );
}

#[cfg(test)]
pub(crate) fn denormals(values: &[f32]) -> usize {
    values.iter().filter(|value| value.is_subnormal()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tiny_becomes_zero_and_nothing_else_changes() {
        assert_eq!((TINY, TINY_ROOT), (2.0f32.powi(-80), 2.0f32.powi(-57)));
        let below = |bound: f32| f32::from_bits(bound.to_bits() - 1);
        let zeros = [0.0, -0.0, 1e-45, f32::MIN_POSITIVE, below(TINY)];
        for x in zeros {
            assert_eq!(flushed(x).to_bits(), 0, "{x:e}");
            assert_eq!(flushed(-x).to_bits(), 0, "{x:e}");
        }
        for x in [TINY, 1e-20, 0.1, 1.0, f32::MAX, f32::INFINITY] {
            assert_eq!((flushed(x), flushed(-x)), (x, -x));
        }
        assert!(flushed(f32::NAN).is_nan() && flushed(-f32::NAN).is_nan());
        assert_eq!((squarable(below(TINY_ROOT)), squarable(TINY_ROOT)), (0.0, TINY_ROOT));
        // Remaining values may be squared, also times 0.001, and multiplied by a value at the
        // other bound.
        assert!((0.001 * TINY_ROOT * TINY_ROOT).is_normal());
        assert!((TINY * 2.0f32.powi(-46)).is_normal());
    }

    #[test]
    fn slices_are_flushed_like_single_values() {
        let given: Vec<f32> =
            (0..5000u32).map(|i| f32::from_bits(i.wrapping_mul(858_993))).collect();
        let mut values = given.clone();
        flush(&mut values);
        assert!(denormals(&given) > 10);
        for (x, y) in given.iter().zip(&values) {
            assert_eq!(flushed(*x).to_bits(), y.to_bits());
        }
    }
}
