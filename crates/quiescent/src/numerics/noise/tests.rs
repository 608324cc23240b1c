//! Tests of deviates against the plain version, their law, and pinned values.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::random::Stream;
use proptest::prelude::*;

fn key() -> Key {
    Key::new(3, Stream::Noise { batch: 5 }, 8)
}

proptest! {
    #[test]
    fn any_stretch_equals_the_plain_twin(
        first in prop_oneof![0u64..2000, (1u64 << 40)..(1 << 40) + 2000],
        count in 0usize..1500,
        normal: bool,
        scale in -2.0f32..2.0,
    ) {
        let law = if normal { Law::Normal } else { Law::Uniform };
        let mut out = vec![f32::NAN; count];
        fill(law, &key(), first, scale, &mut out);
        for (i, value) in out.iter().enumerate() {
            let expected = scale * deviate(law, &key(), first + i as u64);
            prop_assert_eq!(value.to_bits(), expected.to_bits());
        }
    }
}

/// Kolmogorov–Smirnov distance to a law with the given distribution function.
fn ks_distance(mut sample: Vec<f32>, cdf: impl Fn(f64) -> f64) -> f64 {
    sample.sort_by(f32::total_cmp);
    let n = sample.len() as f64;
    let mut worst = 0.0f64;
    for (i, x) in sample.iter().enumerate() {
        let f = cdf(f64::from(*x));
        worst = worst.max((f - i as f64 / n).abs()).max(((i + 1) as f64 / n - f).abs());
    }
    worst
}

/// Critical distance at significance 1e-6: √(−½ ln(α/2)) / √n.
fn critical(n: usize) -> f64 {
    (-0.5 * (0.5e-6f64).ln()).sqrt() / (n as f64).sqrt()
}

#[test]
fn deviates_follow_their_law() {
    let n = 1 << 20;
    let mut out = vec![0.0; n];
    fill(Law::Normal, &key(), 0, 1.0, &mut out);
    let normal = |x: f64| 0.5 * libm::erfc(-x / std::f64::consts::SQRT_2);
    assert!(ks_distance(out, normal) < critical(n));
    let mut out = vec![0.0; n];
    fill(Law::Uniform, &key(), 0, 1.0, &mut out);
    assert!(out.iter().all(|x| (0.0..1.0).contains(x)));
    assert!(ks_distance(out, |x| x) < critical(n));
}

#[test]
fn normal_deviates_have_the_right_moments_and_tails() {
    let n = 1 << 22;
    let mut out = vec![0.0f32; n];
    fill(Law::Normal, &key(), 0, 1.0, &mut out);
    let moment = |k: i32| out.iter().map(|x| f64::from(*x).powi(k)).sum::<f64>() / n as f64;
    // Five standard errors of each sample moment (significance 6e-7 each).
    let error = 5.0 / (n as f64).sqrt();
    assert!(moment(1).abs() < error);
    assert!((moment(2) - 1.0).abs() < error * 2f64.sqrt());
    assert!(moment(3).abs() < error * 15f64.sqrt());
    assert!((moment(4) - 3.0).abs() < error * 96f64.sqrt());
    // Beyond 4 standard deviations: expected 6.334e-5 of all, within five standard errors.
    let tail = out.iter().filter(|x| x.abs() > 4.0).count() as f64;
    let expected = 6.334_248e-5 * n as f64;
    assert!((tail - expected).abs() < 5.0 * expected.sqrt(), "{tail} beyond, {expected} expected");
}

#[test]
fn neighbours_pairs_and_streams_are_uncorrelated() {
    let n = 1 << 20;
    let mut a = vec![0.0f32; n];
    fill(Law::Normal, &key(), 0, 1.0, &mut a);
    let mut b = vec![0.0f32; n];
    fill(Law::Normal, &Key::new(3, Stream::Noise { batch: 5 }, 9), 0, 1.0, &mut b);
    let correlation = |x: &[f32], y: &[f32]| {
        x.iter().zip(y).map(|(x, y)| f64::from(x * y)).sum::<f64>() / x.len() as f64
    };
    let limit = 5.0 / (n as f64).sqrt();
    // 1: neighbouring lanes; 16: neighbouring words; 128: the two of a Box–Muller pair.
    for lag in [1, 16, 128, 256] {
        assert!(correlation(&a[..n - lag], &a[lag..]).abs() < limit, "lag {lag}");
        let squares: Vec<f32> = a.iter().map(|x| (x * x - 1.0) / 2f32.sqrt()).collect();
        assert!(correlation(&squares[..n - lag], &squares[lag..]).abs() < limit, "lag {lag}");
    }
    assert!(correlation(&a, &b).abs() < limit);
}

#[test]
fn drawn_values_are_pinned() {
    // A change here changes every result: it is value-breaking and belongs in the changelog.
    let mut out = [0.0; 4];
    fill(Law::Normal, &Key::new(0, Stream::Noise { batch: 0 }, 0), 0, 1.0, &mut out);
    insta::assert_debug_snapshot!(out.map(f32::to_bits));
    fill(Law::Uniform, &Key::new(0, Stream::Noise { batch: 0 }, 0), 1000, 1.0, &mut out);
    insta::assert_debug_snapshot!(out.map(f32::to_bits));
}
