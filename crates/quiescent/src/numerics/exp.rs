//! The exponential function in single precision, bit-identical on every instruction set.

use super::tiny::squarable;

/// Smallest argument whose result is a normal number, ln 2⁻¹²⁶; anything below gives zero.
const SMALLEST: f32 = -87.336_54;
/// Largest argument whose result is finite.
const LARGEST: f32 = 88.722_83;
/// 1.5 · 2²³: adding it rounds to the nearest integer, which is then in the low bits.
const ROUND: f32 = 12_582_912.0;
/// ln 2 in two parts. The first has so few digits that its product with |n| ≤ 128 is exact.
const LN2_HIGH: f32 = 0.693_359_4;
const LN2_LOW: f32 = -2.121_944_4e-4;
/// Coefficients of q in eʳ = 1 + r + r² q(r).
const Q0: f32 = 0.499_999_94;
const Q1: f32 = 0.166_665_21;
const Q2: f32 = 0.041_668_39;
const Q3: f32 = 0.008_368_738;
const Q4: f32 = 0.001_381_456_9;

/// eˣ to within 2 units in the last place.
///
/// Results below 2⁻¹²⁶ are zero, results above the largest finite number are infinite, and NaN
/// remains NaN. The function uses only exactly rounded operations in a fixed order, without
/// branches. A loop over it vectorises and gives the same bits on every instruction set.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // If eˣ rounds to one, x counts as zero, because its square would be denormal.
    let x = squarable(x);
    // x = n ln 2 + r with |r| ≤ ln(2)/2.
    let shifted = x.mul_add(std::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = n.mul_add(-LN2_LOW, n.mul_add(-LN2_HIGH, x));
    // eʳ = 1 + r + r² q(r); q is the minimax fit of degree 4 on that interval (relative error of
    // the whole 3e-9, well below half a unit in the last place).
    let q = Q4.mul_add(r, Q3).mul_add(r, Q2).mul_add(r, Q1).mul_add(r, Q0);
    let power = (r * r).mul_add(q, r) + 1.0;
    // Multiply by 2ⁿ by adding n to the exponent bits.
    let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits()) << 23;
    let scaled = f32::from_bits(power.to_bits().wrapping_add(exponent));
    let nonnegative = if x >= SMALLEST { scaled } else { 0.0 };
    if x <= LARGEST {
        nonnegative
    } else {
        // Infinity, or NaN.
        x * f32::INFINITY
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    /// Distance in units in the last place of the correctly rounded result.
    fn ulps(x: f32) -> f64 {
        let exact = f64::from(x).exp();
        let rounded = exact as f32;
        let unit = f64::from(f32::from_bits(rounded.to_bits() + 1)) - f64::from(rounded);
        (f64::from(exp(x)) - exact).abs() / unit
    }

    #[test]
    fn is_within_two_ulps_over_the_whole_range() {
        let mut worst = 0.0_f64;
        for i in 0..2_000_000 {
            let x = SMALLEST + (LARGEST - SMALLEST) * (i as f32 / 2e6);
            worst = worst.max(ulps(x));
        }
        assert!(worst <= 2.0, "worst error {worst} ulp");
    }

    #[test]
    fn ends_of_the_range() {
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(-0.0), 1.0);
        assert_eq!(exp(-88.0), 0.0);
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(exp(f32::MIN), 0.0);
        assert_eq!(exp(89.0), f32::INFINITY);
        assert_eq!(exp(f32::MAX), f32::INFINITY);
        assert_eq!(exp(f32::INFINITY), f32::INFINITY);
        assert!(exp(f32::NAN).is_nan());
        assert!(exp(SMALLEST) >= f32::MIN_POSITIVE);
        assert!(exp(LARGEST).is_finite());
    }

    proptest! {
        #[test]
        fn dispatched_loops_give_the_same_bits(x in proptest::collection::vec(any::<f32>(), 1..70)) {
            let plain: Vec<u32> = x.iter().map(|&x| exp(x).to_bits()).collect();
            let mut fast = x.clone();
            pulp::Arch::new().dispatch(|| fast.iter_mut().for_each(|x| *x = exp(*x)));
            for (plain, fast) in plain.iter().zip(&fast) {
                let both_nan = f32::from_bits(*plain).is_nan() && fast.is_nan();
                prop_assert!(both_nan || *plain == fast.to_bits());
            }
        }
    }
}
