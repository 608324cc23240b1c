//! Tests of the generator against `rand_chacha`, of its laws, and of pinned values.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

#[test]
fn blocks_are_those_of_rand_chacha() {
    for (seed, batch, trial) in [(0, 0, 0), (1, 2, 3), (u64::MAX, 1 << 40, u64::MAX)] {
        let key = Key::new(seed, Stream::Train { batch }, trial);
        let mut bytes = [0; 32];
        for (four, word) in bytes.chunks_exact_mut(4).zip(key.words()) {
            four.copy_from_slice(&word.to_le_bytes());
        }
        let mut rng = ChaCha8Rng::from_seed(bytes);
        let mut ours = Generator::from_key(key);
        for _ in 0..1000 {
            assert_eq!(ours.next_u32(), rng.next_u32());
        }
        // A distant position, at which the counter's high word is not zero.
        let far = (1u64 << 33) + 5;
        rng.set_word_pos(u128::from(far) * BLOCK as u128);
        for word in key.block(far) {
            assert_eq!(word, rng.next_u32());
        }
    }
}

/// The stream after `stream` in a walk through all of them. A counted stream appears with several
/// counts. The match does not have a wildcard, so a new stream must be added here.
fn following(stream: Stream) -> Option<Stream> {
    use BootstrapDraw as B;
    use PhaseKind::{Active, Quiescent};
    use Stream as S;
    use TheoryDraw as T;
    use WalkSet::{Compared, Fitted};
    let count = |n: u64| (n < 12).then_some(n + 1);
    let bootstrap = |draw| Some(S::Bootstrap(draw));
    let theory = |draw| Some(S::Theory(draw));
    let next_sample = |sample| match sample {
        Sample::Only => Some(Sample::Active),
        Sample::Active => Some(Sample::Quiescent),
        Sample::Quiescent => Some(Sample::Uniform),
        Sample::Uniform => None,
    };
    match stream {
        S::Init { tensor } => count(tensor).map(|tensor| S::Init { tensor }).or(Some(S::Cells)),
        S::Cells => Some(S::Train { batch: 0 }),
        S::Train { batch } => count(batch).map(|batch| S::Train { batch }).or(Some(S::Test)),
        S::Test => Some(S::Noise { batch: 0 }),
        S::Noise { batch } => {
            count(batch).map(|batch| S::Noise { batch }).or(Some(S::InputNoise { batch: 0 }))
        }
        S::InputNoise { batch } => {
            count(batch).map(|batch| S::InputNoise { batch }).or(Some(S::OutputNoise { batch: 0 }))
        }
        S::OutputNoise { batch } => {
            count(batch).map(|batch| S::OutputNoise { batch }).or(Some(S::TestNoise))
        }
        S::TestNoise => Some(S::TestInputNoise),
        S::TestInputNoise => Some(S::TestOutputNoise),
        S::TestOutputNoise => Some(S::Phase(Active)),
        S::Phase(Active) => Some(S::Phase(Quiescent)),
        S::Phase(Quiescent) => Some(S::PhaseNoise(Active)),
        S::PhaseNoise(Active) => Some(S::PhaseNoise(Quiescent)),
        S::PhaseNoise(Quiescent) => Some(S::PhaseInputNoise(Active)),
        S::PhaseInputNoise(Active) => Some(S::PhaseInputNoise(Quiescent)),
        S::PhaseInputNoise(Quiescent) => Some(S::PhaseOutputNoise(Active)),
        S::PhaseOutputNoise(Active) => Some(S::PhaseOutputNoise(Quiescent)),
        S::PhaseOutputNoise(Quiescent) => bootstrap(B::Resamples(Sample::Only)),
        S::Bootstrap(draw) => match draw {
            B::Resamples(sample) => {
                bootstrap(next_sample(sample).map_or(B::Points(Sample::Only), B::Resamples))
            }
            B::Points(sample) => bootstrap(next_sample(sample).map_or(B::TimeShuffle, B::Points)),
            B::TimeShuffle => bootstrap(B::UniformPositions),
            B::UniformPositions => bootstrap(B::UniformHeadings),
            B::UniformHeadings => bootstrap(B::Brownian),
            B::Brownian => bootstrap(B::Halves),
            B::Halves => bootstrap(B::EventShuffle),
            B::EventShuffle => theory(T::Readout),
        },
        S::Theory(draw) => match draw {
            T::Readout => theory(T::OptimalRest),
            T::OptimalRest => theory(T::WalkMotion(Compared)),
            T::WalkMotion(Compared) => theory(T::WalkMotion(Fitted)),
            T::WalkMotion(Fitted) => theory(T::WalkNoise(Compared)),
            T::WalkNoise(Compared) => theory(T::WalkNoise(Fitted)),
            T::WalkNoise(Fitted) => theory(T::LaidNoise(Compared)),
            T::LaidNoise(Compared) => theory(T::LaidNoise(Fitted)),
            T::LaidNoise(Fitted) => theory(T::ScoreCentres),
            T::ScoreCentres => theory(T::ScoreNoise { draw: 0 }),
            T::ScoreNoise { draw } if draw < 12 => theory(T::ScoreNoise { draw: draw + 1 }),
            T::ScoreNoise { draw } if draw < u32::MAX => theory(T::ScoreNoise { draw: u32::MAX }),
            T::ScoreNoise { .. } => theory(T::FieldDirections),
            T::FieldDirections => theory(T::ResponsePairs),
            T::ResponsePairs => theory(T::StimulusLaw),
            T::StimulusLaw => Some(S::Benchmark),
        },
        S::Benchmark => None,
    }
}

#[test]
fn no_two_streams_meet() {
    let streams: Vec<Stream> =
        std::iter::successors(Some(Stream::Init { tensor: 0 }), |&stream| following(stream))
            .collect();
    assert!(streams.len() > 100, "the walk through the streams stopped after {}", streams.len());
    let mut seen = std::collections::HashMap::new();
    for &stream in &streams {
        for seed in [0, 1] {
            for trial in [0, 1] {
                let key = Key::new(seed, stream, trial);
                let earlier = seen.insert(*key.words(), (seed, stream, trial));
                assert_eq!(earlier, None, "{:?} has the key of", (seed, stream, trial));
            }
        }
    }
}

#[test]
fn scalar_deviates_have_the_right_moments() {
    let mut generator = Generator::new(11, Stream::Benchmark, 0);
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
    let mut generator = Generator::new(12, Stream::Benchmark, 0);
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
    let mut generator = Generator::new(0, Stream::Init { tensor: 0 }, 0);
    let drawn = (
        generator.next_u32(),
        generator.uniform().to_bits(),
        generator.normal().to_bits(),
        generator.normal().to_bits(),
        generator.below(1000),
    );
    insta::assert_debug_snapshot!(drawn);
}
