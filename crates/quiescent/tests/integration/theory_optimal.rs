//! The optimal network against closed forms: posterior, score, temperature law on a ring,
//! optimality, the bound.

use ndarray::{Array2, ArrayView2};
use proptest::prelude::*;
use quiescent::analysis::bootstrap::BootstrapSettings;
use quiescent::random::{Generator, Stream};
use quiescent::theory::temperature::{RestSettings, TemperaturePoint, temperature_law};
use quiescent::theory::{Manifold, StimulusLaw};
use std::f64::consts::{PI, SQRT_2, TAU};

/// A ring of radius 1 in the first two of `units` dimensions with p(s) ∝ exp(cos s).
fn ring(components: usize, units: usize, step_sd: f64) -> Manifold {
    ring_with(components, units, step_sd, |angle| angle.cos().exp())
}

fn ring_with(components: usize, units: usize, step_sd: f64, p: impl Fn(f64) -> f64) -> Manifold {
    let angle = |k: usize| TAU * (k as f64 + 0.5) / components as f64 - PI;
    let grid = Array2::from_shape_fn((components, 1), |(k, _)| angle(k) as f32);
    let density: Vec<f64> = (0..components).map(|k| p(angle(k))).collect();
    let law = StimulusLaw::from_density(grid.view(), &density).unwrap();
    let means = Array2::from_shape_fn((components, units), |(k, j)| match j {
        0 => angle(k).cos() as f32,
        1 => angle(k).sin() as f32,
        _ => 0.3,
    });
    Manifold::new(law, means.view(), vec![1.0; components], step_sd).unwrap()
}

fn law_at(noise_ratio: f64, friction: f64, step_sd: f64) -> TemperaturePoint {
    let manifold = ring(180, 2, step_sd);
    let bins: Vec<usize> = (0..180).map(|k| k / 5).collect();
    let settings = RestSettings {
        noise_ratio,
        substeps: 1,
        friction,
        trials: 400,
        steps: 6000,
        burn_in: 3000,
        seed: 1,
    };
    // All trials begin at one point, where p is smallest.
    temperature_law(&manifold, &bins, 0, &settings, &BootstrapSettings::default()).unwrap()
}

/// Closed forms with 36 bins. For the seeds and sizes used, the sampling error of a KL is about
/// 35 bins / (2 · independent samples) < 0.001 nats.
#[test]
fn quiescence_on_a_ring_samples_p_at_doubled_variance_and_its_square_without() {
    for step_sd in [0.08, 0.15] {
        let doubled = law_at(SQRT_2, 1.0, step_sd);
        assert!(doubled.kl_from_prediction.value <= 0.005, "{doubled:?}");
        assert!((doubled.exponent.value - 1.0).abs() < 0.1, "{doubled:?}");
        let same = law_at(1.0, 1.0, step_sd);
        assert!(same.kl_from_prediction.value <= 0.005, "{same:?}");
        assert!(same.kl_from_waking.value >= 0.05, "{same:?}");
        assert!((same.exponent.value - 2.0).abs() < 0.2, "{same:?}");
        for point in [doubled, same] {
            let ratio = point.normal_variance.unwrap() / point.noise_ratio.powi(2);
            assert!((ratio - 1.0).abs() < 0.05, "{point:?}");
            assert!((point.observed.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        }
    }
}

/// With momentum and kept temperature the law is the same, and across the ring the variance is
/// κ²v (2 − λ) / (2(2 − λ) − 1).
#[test]
fn momentum_leaves_the_law_on_a_ring() {
    for (noise_ratio, exponent) in [(SQRT_2, 1.0), (1.0, 2.0)] {
        let point = law_at(noise_ratio, 0.5, 0.08);
        assert!(point.kl_from_prediction.value <= 0.005, "{point:?}");
        assert!((point.exponent.value / exponent - 1.0).abs() < 0.1, "{point:?}");
        let predicted = noise_ratio.powi(2) * 1.5 / 2.0;
        assert!((point.predicted_normal_variance / predicted - 1.0).abs() < 1e-12);
        assert!((point.normal_variance.unwrap() / predicted - 1.0).abs() < 0.05, "{point:?}");
    }
}

/// On a uniform ring of radius 1, E cos(s(t) − s(0)) = exp(−D t) with D = κ²v/(2λ), after the velocity has
/// settled: with a = 1 − λ, t counts for t − 2a/λ + a²/(λ(2 − λ)). The ratio of two D has a standard error of
/// about 3 % for 6000 trials; it is tested at 0.1 %, two-sided, with 1 % more for the ring's curvature.
#[test]
fn momentum_mixes_faster_by_its_friction() {
    let manifold = ring_with(120, 2, 0.1, |_| 1.0);
    let diffusion = |friction: f64, steps: usize| {
        let settings = RestSettings {
            noise_ratio: SQRT_2,
            substeps: 1,
            friction,
            trials: 6000,
            steps,
            burn_in: 0,
            seed: 4,
        };
        let found = quiescent::theory::temperature::rest(&manifold, 0, &settings).unwrap();
        let last = found.nearest.column(steps - 1);
        let resultant: f64 =
            last.iter().map(|&k| (TAU * f64::from(k) / 120.0).cos()).sum::<f64>() / 6000.0;
        let a = 1.0 - friction;
        let counted = steps as f64 - 2.0 * a / friction + a * a / (friction * (2.0 - friction));
        -resultant.ln() / counted
    };
    let (first_order, half, third) = (diffusion(1.0, 90), diffusion(0.5, 47), diffusion(0.3, 31));
    // By itself: κ²v/2 = 0.01 a step.
    assert!((first_order / 0.01 - 1.0).abs() < 0.1, "{first_order}");
    for (found, friction) in [(half, 0.5), (third, 0.3)] {
        let ratio = found * friction / first_order;
        assert!((ratio - 1.0).abs() < 0.11, "λ = {friction}: {ratio}");
    }
}

/// Sub-steps approach the continuous-time limit: κ²v / (2 − 1/m) across the manifold.
#[test]
fn substeps_halve_the_variance_across_the_manifold_and_leave_the_law_along_it() {
    let settings = RestSettings {
        noise_ratio: SQRT_2,
        substeps: 4,
        friction: 1.0,
        trials: 200,
        steps: 4000,
        burn_in: 2000,
        seed: 2,
    };
    let manifold = ring(360, 2, 0.1);
    let bins: Vec<usize> = (0..360).map(|k| k / 10).collect();
    let point =
        temperature_law(&manifold, &bins, 0, &settings, &BootstrapSettings::default()).unwrap();
    assert!(point.kl_from_prediction.value <= 0.005, "{point:?}");
    // PAPER's own number: 1.12–1.18 at m = 4; the closed form 2/(2 − 1/4) = 1.143.
    let variance = point.normal_variance.unwrap();
    assert!((1.1..1.2).contains(&variance), "{variance}");
    assert!((variance / point.predicted_normal_variance - 1.0).abs() < 0.05, "{variance}");
}

/// Fewer threads, same bits.
#[test]
fn rest_does_not_depend_on_the_number_of_threads() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let settings = RestSettings {
            noise_ratio: 1.0,
            substeps: 2,
            friction: 0.7,
            trials: 120,
            steps: 40,
            burn_in: 3,
            seed: 3,
        };
        pool.install(|| quiescent::theory::temperature::rest(&ring(90, 5, 0.2), 7, &settings))
            .unwrap()
    };
    let (one, three) = (run(1), run(3));
    assert_eq!(one.nearest, three.nearest);
    assert_eq!(one.squared_distance.to_bits(), three.squared_distance.to_bits());
}

/// A plain double-precision posterior.
fn plain_posterior(manifold: &Manifold, state: &[f32]) -> (Vec<f64>, f64, Vec<f64>) {
    let variance = manifold.step_sd().powi(2);
    let means = manifold.means();
    let square = |k: usize| -> f64 {
        means.row(k).iter().zip(state).map(|(m, r)| (f64::from(*r) - f64::from(*m)).powi(2)).sum()
    };
    let logits: Vec<f64> = (0..manifold.len())
        .map(|k| manifold.law().weights()[k].ln() - square(k) / (2.0 * variance))
        .collect();
    let top = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let terms: Vec<f64> = logits.iter().map(|l| (l - top).exp()).collect();
    let total: f64 = terms.iter().sum();
    let mean = (0..state.len())
        .map(|j| (0..manifold.len()).map(|k| terms[k] / total * f64::from(means[[k, j]])).sum())
        .collect();
    let normalisation = 0.5 * state.len() as f64 * (TAU * variance).ln();
    (mean, top + total.ln() - normalisation, (0..manifold.len()).map(square).collect())
}

fn random_manifold(seed: u64, components: usize, units: usize, step_sd: f64) -> Manifold {
    let mut generator = Generator::new(seed, Stream::Benchmark, 9);
    let means =
        Array2::from_shape_simple_fn((components, units), || (3.0 + generator.normal()) as f32);
    let grid = Array2::from_shape_fn((components, 1), |(k, _)| k as f32);
    let density: Vec<f64> = (0..components).map(|_| 0.1 + generator.uniform()).collect();
    let law = StimulusLaw::from_density(grid.view(), &density).unwrap();
    Manifold::new(law, means.view(), vec![1.0; components], step_sd).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn posterior_and_density_are_those_of_the_plain_twin(
        seed in 0_u64..1000,
        components in 1_usize..150,
        units in 1_usize..40,
        step_sd in 0.1_f64..2.0,
    ) {
        let manifold = random_manifold(seed, components, units, step_sd);
        let mut generator = Generator::new(seed, Stream::Benchmark, 10);
        let rows = 7;
        let states: Vec<f32> =
            (0..rows * units).map(|_| (3.0 + 1.5 * generator.normal()) as f32).collect();
        let mut means = vec![0.0; states.len()];
        let mut nearest = vec![0; rows];
        manifold.posterior_means(&states, &mut means, Some(&mut nearest));
        let densities = manifold.log_density(&states);
        for (row, state) in states.chunks_exact(units).enumerate() {
            let (mean, density, squares) = plain_posterior(&manifold, state);
            // Logits of up to some thousands in single precision.
            for (found, exact) in means[row * units..].iter().zip(&mean) {
                prop_assert!((f64::from(*found) - exact).abs() < 5e-3, "{found} {exact}");
            }
            prop_assert!((densities[row] - density).abs() < 1e-5 * density.abs().max(100.0));
            // If several are at nearly the same distance, single precision may find another one.
            let least = squares.iter().copied().fold(f64::INFINITY, f64::min);
            let length: f64 = state.iter().map(|x| f64::from(*x).powi(2)).sum();
            let rounding = 1e-5 * (least + length);
            prop_assert!(squares[nearest[row] as usize] <= least + rounding, "{squares:?}");
        }
    }

    /// The score is the gradient of the logarithm of the density.
    #[test]
    fn the_optimal_update_is_the_noise_variance_times_the_gradient(seed in 0_u64..200) {
        let (units, step_sd) = (3, 0.7);
        let manifold = random_manifold(seed, 20, units, step_sd);
        let state = [3.1_f32, 2.7, 3.4];
        let mut update = [0.0; 3];
        manifold.optimal_update(&state, &mut update);
        for j in 0..units {
            let density = |by: f32| {
                let mut moved = state;
                moved[j] += by;
                plain_posterior(&manifold, &moved).1
            };
            let h = 1e-2;
            let step = f64::from(state[j] + h) - f64::from(state[j] - h);
            let slope = (density(h) - density(-h)) / step;
            let expected = step_sd * step_sd * slope;
            prop_assert!((f64::from(update[j]) - expected).abs() < 1e-3, "{} {expected}", update[j]);
        }
    }

    /// No change of Δr₁* lowers L_noise: E‖Δr₁* + δ(r) + ση‖² ≥ E‖Δr₁* + ση‖². The cross term
    /// E[(Δr₁* + ση)·δ(r)] is zero for every δ; estimated from n samples its error is about
    /// ‖δ‖‖Δr₁* + ση‖/√n, far below ‖δ‖² for perturbations of a tenth of the correction or more.
    #[test]
    fn no_perturbation_of_the_optimal_update_lowers_the_noise_loss(
        seed in 0_u64..1000,
        size in 0.1_f64..2.0,
        step_sd in 0.2_f64..1.0,
    ) {
        let (units, samples) = (4, 4000);
        let manifold = random_manifold(seed, 30, units, step_sd);
        let mut generator = Generator::new(seed, Stream::Benchmark, 11);
        let cumulative: Vec<f64> = manifold.law().weights().iter().scan(0.0, |sum, w| {
            *sum += w;
            Some(*sum)
        }).collect();
        let means = manifold.means();
        let (mut clean, mut states) = (Vec::new(), Vec::new());
        for _ in 0..samples {
            let u = generator.uniform();
            let k = cumulative.iter().position(|&c| u < c).unwrap_or(0);
            for mean in means.row(k) {
                clean.push(*mean);
                states.push(mean + (step_sd * generator.normal()) as f32);
            }
        }
        let mut update = vec![0.0; states.len()];
        manifold.optimal_update(&states, &mut update);
        // A random field: waves of the state.
        let waves: Vec<f64> = (0..units * (units + 1)).map(|_| generator.normal()).collect();
        let field = |state: &[f32], j: usize| {
            let wave = &waves[j * (units + 1)..(j + 1) * (units + 1)];
            let phase: f64 = state.iter().zip(wave).map(|(x, w)| f64::from(*x) * w).sum();
            size * step_sd * (phase + wave[units]).sin()
        };
        let loss = |perturbed: bool| -> f64 {
            let rows = states.chunks_exact(units).zip(clean.chunks_exact(units)).zip(update.chunks_exact(units));
            rows.map(|((state, clean), update)| (0..units).map(|j| {
                let change = if perturbed { field(state, j) } else { 0.0 };
                let left = f64::from(state[j] + update[j]) + change - f64::from(clean[j]);
                left * left
            }).sum::<f64>()).sum::<f64>() / samples as f64
        };
        prop_assert!(loss(true) > loss(false), "{} {}", loss(true), loss(false));
    }
}

/// Two components closer to each other than single precision can resolve at their distance from
/// 0. Either may be the nearest, but no other component.
#[test]
fn of_components_equally_near_one_is_taken() {
    let grid = Array2::from_shape_fn((6, 1), |(k, _)| k as f32);
    let law = StimulusLaw::from_density(grid.view(), &[1.0; 6]).unwrap();
    for twins in [[0, 1], [1, 4], [4, 5]] {
        let mut means = Array2::from_shape_fn((6, 3), |(k, j)| 30.0 + ((k * 5 + j * 3) % 7) as f32);
        let twin = means.row(twins[0]).mapv(|m| m * (1.0 + f32::EPSILON));
        means.row_mut(twins[1]).assign(&twin);
        let manifold = Manifold::new(law.clone(), means.view(), vec![1.0; 6], 0.5).unwrap();
        for by in [-1e-6, 0.0, 1e-6] {
            let state: Vec<f32> = means.row(twins[0]).iter().map(|m| m * (1.0 + by)).collect();
            let (mut mean, mut nearest) = ([0.0; 3], [9]);
            manifold.posterior_means(&state, &mut mean, Some(&mut nearest));
            assert!(twins.contains(&(nearest[0] as usize)), "{nearest:?} of {twins:?}");
            let (exact, _, _) = plain_posterior(&manifold, &state);
            for (found, exact) in mean.iter().zip(exact) {
                assert!((f64::from(*found) - exact).abs() < 5e-3, "{found} {exact}");
            }
        }
    }
}

#[test]
fn what_cannot_be_built_is_refused_in_words() {
    let grid = Array2::from_shape_fn((4, 1), |(k, _)| k as f32);
    let law = StimulusLaw::from_density(grid.view(), &[1.0; 4]).unwrap();
    let means = Array2::from_elem((4, 2), 1.0_f32);
    let build = |law: &StimulusLaw, means: ArrayView2<'_, f32>, sd: f64| {
        Manifold::new(law.clone(), means, vec![1.0; 4], sd).unwrap_err().to_string()
    };
    let said = build(&law, means.view(), 0.0);
    assert!(said.contains("score") && said.contains("noise is zero"), "{said}");
    let said = build(&law, means.slice(ndarray::s![..3, ..]), 1.0);
    assert!(said.contains("one for each stimulus"), "{said}");
    let mut broken = means.clone();
    broken[[1, 1]] = f32::NAN;
    assert!(build(&law, broken.view(), 1.0).contains("[1, 1]"));
    let none = Array2::<f32>::zeros((0, 1));
    let said = StimulusLaw::from_samples(none.view()).unwrap_err().to_string();
    assert!(said.contains("samples"), "{said}");
    for (densities, expected) in
        [(&[1.0, -1.0, 1.0, 1.0], "negative"), (&[0.0, 0.0, 0.0, 0.0], "zero")]
    {
        let said = StimulusLaw::from_density(grid.view(), densities).unwrap_err().to_string();
        assert!(said.contains(expected), "{said}");
    }
    // Samples do not have a density.
    let law = StimulusLaw::from_samples(grid.view()).unwrap();
    let means = Array2::from_shape_fn((4, 2), |(k, j)| (k * 2 + j) as f32);
    let manifold = Manifold::new(law, means.view(), vec![1.0; 4], 1.0).unwrap();
    assert!(manifold.tempered(2.0).unwrap_err().to_string().contains("without a density"));
}

#[test]
fn components_too_far_apart_or_too_close_are_warned_about_with_the_number() {
    let spacing = TAU / 360.0;
    let fine = ring(360, 2, spacing);
    assert!(fine.resolution().warning().is_none());
    assert!((fine.resolution().spacing_in_step_sds - 1.0).abs() < 1e-3);
    let said = ring(360, 2, spacing / 3.0).resolution().warning().unwrap();
    assert!(said.contains("sparser") && said.contains("3.0 standard"), "{said}");
    let said = ring(360, 2, spacing * 100.0).resolution().warning().unwrap();
    assert!(said.contains("denser") && said.contains("0.0100 standard"), "{said}");
}
