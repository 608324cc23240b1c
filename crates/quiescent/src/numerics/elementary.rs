//! Branch-free elementary functions in single precision, written so that loops over them
//! vectorise.
//!
//! Coefficients are minimax or Taylor polynomials on the reduced range; accuracy is stated per
//! function and tested against double precision.

use super::exp::exp;
use super::tiny::squarable;

/// Natural logarithm of a positive, normal, finite number; absolute error below 1e-7 + 1e-7·|ln x|.
///
/// Writes x = 2^e·m with m in [√½, √2) and sums the series of ln(1+f), f = m − 1, in the form
/// `f − f²/2 + f³·P(f)`; P is a degree-7 polynomial fitted to (ln(1+f) − f + f²/2)/f³.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    // Adding this offset carries into the exponent exactly when the mantissa is at least √2.
    const OFFSET: u32 = 0x3f80_0000 - 0x3f35_04f3;
    let bits = x.to_bits().wrapping_add(OFFSET);
    let exponent = (bits >> 23) as i32 - 127;
    let m = f32::from_bits((bits & 0x007f_ffff) + 0x3f35_04f3);
    let e = exponent as f32;
    let f = m - 1.0;
    let mut p = -0.081_015_59;
    p = f32::mul_add(p, f, 0.127_123_07);
    p = f32::mul_add(p, f, -0.129_722_39);
    p = f32::mul_add(p, f, 0.142_021_75);
    p = f32::mul_add(p, f, -0.166_422_47);
    p = f32::mul_add(p, f, 0.200_014_68);
    p = f32::mul_add(p, f, -0.250_002_98);
    p = f32::mul_add(p, f, 0.333_333_28);
    let square = f * f;
    let small = (p * f).mul_add(square, -0.5 * square);
    // ln 2 in two parts; the first is exact when multiplied by a small integer.
    let tail = e.mul_add(-2.121_944_4e-4, small);
    e.mul_add(0.693_359_4, f + tail)
}

/// Sine and cosine of a whole turn divided into 2³² parts: (sin 2πk/2³², cos 2πk/2³²), each within
/// 2e-7.
///
/// The two highest bits after rounding to the nearest quarter turn choose the quadrant; the rest
/// is an angle within ±π/4.
#[inline(always)]
pub fn sin_cos_of_turn(k: u32) -> (f32, f32) {
    let quadrant = k.wrapping_add(1 << 29) >> 30;
    // The remainder in quarter turns, in [−½, ½), exact before the single conversion.
    let x = (k.wrapping_shl(2) as i32) as f32 * (1.0 / 4_294_967_296.0);
    let z = x * x;
    let mut s = -0.004_602_163;
    s = f32::mul_add(s, z, 0.079_680_22);
    s = f32::mul_add(s, z, -0.645_963_5);
    s = f32::mul_add(s, z, std::f32::consts::FRAC_PI_2);
    let sin = s * x;
    let mut c = 9.036_299e-4;
    c = f32::mul_add(c, z, -0.020_860_07);
    c = f32::mul_add(c, z, 0.253_669_2);
    c = f32::mul_add(c, z, -1.233_700_5);
    let cos = f32::mul_add(c, z, 1.0);
    // A quarter turn on: (sin, cos) becomes (cos, −sin).
    let swap = quadrant & 1 != 0;
    let (sin, cos) = if swap { (cos, sin) } else { (sin, cos) };
    let sin_sign = (quadrant & 2) << 30;
    let cos_sign = (quadrant.wrapping_add(1) & 2) << 30;
    (f32::from_bits(sin.to_bits() ^ sin_sign), f32::from_bits(cos.to_bits() ^ cos_sign))
}

/// Logistic function 1/(1+e⁻ˣ); absolute error below 2e-7.
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// Hyperbolic tangent; relative error below 5e-7.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    // Near zero an odd polynomial avoids cancellation; elsewhere 1 − 2/(e^{2|x|} + 1).
    let small = squarable(x);
    let z = small * small;
    let mut p = 0.002_249_316_6;
    p = f32::mul_add(p, z, -0.008_305_1);
    p = f32::mul_add(p, z, 0.021_756_927);
    p = f32::mul_add(p, z, -0.053_957_775);
    p = f32::mul_add(p, z, 0.133_332_97);
    p = f32::mul_add(p, z, -0.333_333_34);
    let near = (p * z).mul_add(x, x);
    let far = 1.0 - 2.0 / (exp(2.0 * x.abs()) + 1.0);
    if x.abs() < 0.625 { near } else { far.copysign(x) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ln_is_accurate_over_the_range_the_noise_uses() {
        let mut worst = 0.0f64;
        for i in 0..1_000_000u32 {
            let x = (i.wrapping_mul(2_654_435_761) as f32 + 0.5) / 4_294_967_296.0;
            let exact = f64::from(x).ln();
            worst = worst.max((f64::from(ln(x)) - exact).abs() / (1.0 + exact.abs()));
        }
        assert!(worst < 1e-7, "worst error {worst:e}");
        assert_eq!(ln(1.0), 0.0);
    }

    #[test]
    fn sigmoid_and_tanh_are_accurate() {
        let mut worst = [0.0f64; 2];
        for i in -870_000..880_000 {
            let x = i as f32 * 1e-4;
            let exact = 1.0 / (1.0 + (-f64::from(x)).exp());
            worst[0] = worst[0].max((f64::from(sigmoid(x)) - exact).abs());
            let exact = f64::from(x).tanh();
            if i != 0 {
                worst[1] = worst[1].max((f64::from(tanh(x)) / exact - 1.0).abs());
            }
        }
        assert!(worst[0] < 2e-7, "sigmoid: {:e}", worst[0]);
        assert!(worst[1] < 5e-7, "tanh: {:e}", worst[1]);
    }

    #[test]
    fn limits_and_nan_are_kept() {
        assert_eq!((sigmoid(-1e4), sigmoid(1e4)), (0.0, 1.0));
        assert_eq!(tanh(100.0), 1.0);
        assert_eq!(tanh(-100.0), -1.0);
        assert_eq!(tanh(0.0), 0.0);
        for function in [sigmoid, tanh] {
            assert!(function(f32::NAN).is_nan());
        }
    }

    #[test]
    fn sine_and_cosine_are_accurate_in_every_quadrant() {
        let mut worst = 0.0f64;
        for i in 0..1_000_000u32 {
            let k = i.wrapping_mul(2_654_435_761);
            let angle = f64::from(k) / 4_294_967_296.0 * std::f64::consts::TAU;
            let (s, c) = sin_cos_of_turn(k);
            worst = worst.max((f64::from(s) - angle.sin()).abs());
            worst = worst.max((f64::from(c) - angle.cos()).abs());
        }
        assert!(worst < 2e-7, "worst error {worst:e}");
        assert_eq!(sin_cos_of_turn(0), (0.0, 1.0));
    }
}
