//! The generator against `rand_chacha`, its laws, and pinned values.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

#[test]
fn blocks_are_those_of_rand_chacha() {
    for (seed, batch, trial) in [(0, 0, 0), (1, 2, 3), (u64::MAX, 1 << 40, u64::MAX)] {
        let key = Key::new(seed, Stream::Train, batch, trial);
        let mut bytes = [0; 32];
        for (four, word) in bytes.chunks_exact_mut(4).zip(key.words()) {
            four.copy_from_slice(&word.to_le_bytes());
        }
        let mut rng = ChaCha8Rng::from_seed(bytes);
        let mut ours = Generator::from_key(key);
        for _ in 0..1000 {
            assert_eq!(ours.next_u32(), rng.next_u32());
        }
        // Far along, where the high word of the counter counts.
        let far = (1u64 << 33) + 5;
        rng.set_word_pos(u128::from(far) * BLOCK as u128);
        for word in key.block(far) {
            assert_eq!(word, rng.next_u32());
        }
    }
}

#[test]
fn every_part_of_a_name_matters() {
    let names = [
        Key::new(0, Stream::Noise, 0, 0),
        Key::new(1, Stream::Noise, 0, 0),
        Key::new(0, Stream::Train, 0, 0),
        Key::new(0, Stream::Noise, 1, 0),
        Key::new(0, Stream::Noise, 0, 1),
        Key::new(0, Stream::InputNoise, 0, 0),
        Key::new(0, Stream::OutputNoise, 0, 0),
        Key::new(0, Stream::TestNoise, 0, 0),
        Key::new(0, Stream::TestInputNoise, 0, 0),
        Key::new(0, Stream::TestOutputNoise, 0, 0),
        Key::new(0, Stream::PhaseNoise, 0, 0),
        Key::new(0, Stream::PhaseInputNoise, 0, 0),
        Key::new(0, Stream::PhaseOutputNoise, 0, 0),
        Key::new(0, Stream::Test, 0, 0),
        Key::new(0, Stream::Phase, 0, 0),
        Key::new(0, Stream::Init, 0, 0),
        Key::new(0, Stream::Cells, 0, 0),
        Key::new(0, Stream::Bootstrap, 0, 0),
    ];
    for (i, a) in names.iter().enumerate() {
        for b in &names[i + 1..] {
            assert_ne!(a.block(0), b.block(0));
        }
    }
}

#[test]
fn scalar_deviates_have_the_right_moments() {
    let mut generator = Generator::new(11, Stream::Bootstrap, 0, 0);
    let n = 200_000;
    let (mut sums, mut uniform) = ([0.0; 4], 0.0);
    for _ in 0..n {
        let x = generator.normal();
        for (k, sum) in sums.iter_mut().enumerate() {
            *sum += x.powi(k as i32 + 1) / f64::from(n);
        }
        uniform += generator.uniform() / f64::from(n);
    }
    // Five standard errors (significance 6e-7 each).
    let error = 5.0 / f64::from(n).sqrt();
    assert!(sums[0].abs() < error);
    assert!((sums[1] - 1.0).abs() < error * 2f64.sqrt());
    assert!(sums[2].abs() < error * 15f64.sqrt());
    assert!((sums[3] - 3.0).abs() < error * 96f64.sqrt());
    assert!((uniform - 0.5).abs() < error / 12f64.sqrt());
}

#[test]
fn integers_below_a_bound_are_uniform() {
    let mut generator = Generator::new(12, Stream::Bootstrap, 0, 0);
    let mut counts = [0.0f64; 7];
    let n = 70_000;
    for _ in 0..n {
        counts[generator.below(7) as usize] += 1.0;
    }
    // χ² with 6 degrees of freedom exceeds 38.3 with probability 1e-6.
    let expected = f64::from(n) / 7.0;
    let chi2: f64 = counts.iter().map(|c| (c - expected).powi(2) / expected).sum();
    assert!(chi2 < 38.3, "{chi2}");
    assert_eq!(generator.below(1), 0);
}

#[test]
fn drawn_values_are_pinned() {
    // A change here changes every result: it is value-breaking and belongs in the changelog.
    let mut generator = Generator::new(0, Stream::Init, 0, 0);
    let drawn = (
        generator.next_u32(),
        generator.uniform().to_bits(),
        generator.normal().to_bits(),
        generator.normal().to_bits(),
        generator.below(1000),
    );
    insta::assert_debug_snapshot!(drawn);
}
