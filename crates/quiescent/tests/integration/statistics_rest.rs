//! Adaptation and momentum of linear units against closed forms. Statistical tests have fixed seeds and a
//! significance level of 0.1 %, two-sided.

use ndarray::{Array2, ArrayView2};
use quiescent::experiment::{
    AdaptationSpec, Experiment, MomentumSpec, QuiescentNoise, RestDynamics,
};
use quiescent::network::Network;
use quiescent::simulate::{Drive, Keep, Phase, Setup, Start, simulate};

const UNITS: usize = 256;
const TRIALS: usize = 256;
/// Δt/τ, so that a unit without input decays by this fraction a step.
const DECAY: f64 = 0.2;
/// Noise of a step.
const SD: f64 = 0.05;
/// Two-sided 0.1 % of a normal law.
const Z: f64 = 3.29;

/// Units without connections and nonlinearity: r(t) = (1−k) r(t−1) + noise.
fn linear() -> Network {
    let experiment = Experiment::named("demo/head_direction/noisy_unbiased").unwrap();
    let dt_s = experiment.time.dt_s;
    let overrides = [
        format!("network.units={UNITS}"),
        "task.cells.count=4".to_owned(),
        "network.activation=identity".to_owned(),
        "network.biases=false".to_owned(),
        format!("network.tau_s={}", dt_s / DECAY),
        format!("network.noise.sigma={}", SD / dt_s.sqrt()),
    ];
    let network = Network::untrained(&experiment.with_all(&overrides).unwrap()).unwrap();
    let mut parameters = network.parameters().clone();
    parameters["w_rec.weight"].fill(0.0);
    network.with_parameters(parameters).unwrap()
}

fn rest(dynamics: RestDynamics, noise: QuiescentNoise, start: Start<'_>, steps: usize) -> Phase {
    let keep = Keep::States { stride: 1 };
    let keep = if noise == QuiescentNoise::None { keep } else { Keep::Decoded };
    let setup = Setup { drive: Drive::Silent, start, noise, dynamics, steps, keep, seed: None };
    simulate(&linear(), &setup, &()).unwrap().0
}

fn momentum(friction: f64, keep_temperature: bool) -> RestDynamics {
    let momentum = Some(MomentumSpec { friction, keep_temperature });
    RestDynamics { momentum, ..RestDynamics::FIRST_ORDER }
}

fn adaptation(strength: f64, tau_s: f64) -> RestDynamics {
    let adaptation = Some(AdaptationSpec { strength, tau_s });
    RestDynamics { adaptation, ..RestDynamics::FIRST_ORDER }
}

/// The stationary covariance of x(t) = M x(t−1) + w ξ(t), ξ of variance 1, by iteration.
fn lyapunov(m: [[f64; 2]; 2], w: [f64; 2]) -> [[f64; 2]; 2] {
    let mut c = [[0.0; 2]; 2];
    for _ in 0..100_000 {
        let mut next = [[0.0; 2]; 2];
        for (i, row) in next.iter_mut().enumerate() {
            for (j, value) in row.iter_mut().enumerate() {
                *value = w[i] * w[j];
                for k in 0..2 {
                    for l in 0..2 {
                        *value += m[i][k] * c[k][l] * m[j][l];
                    }
                }
            }
        }
        c = next;
    }
    c
}

/// Momentum of a linear unit as a map of (r, v).
fn momentum_map(k: f64, friction: f64) -> [[f64; 2]; 2] {
    [[1.0 - k, 1.0 - friction], [-k, 1.0 - friction]]
}

/// Adaptation of a linear unit as a map of (r, a); `rate` is Δt/τ_a.
fn adaptation_map(k: f64, strength: f64, rate: f64) -> [[f64; 2]; 2] {
    [[1.0 - k, -k], [rate * strength * (1.0 - k), 1.0 - rate - rate * strength * k]]
}

/// σ′²(2−λ)/(λk(2(2−λ)−k)).
fn momentum_variance(k: f64, friction: f64, sd: f64) -> f64 {
    let left = 2.0 - friction;
    sd * sd * left / (friction * k * (2.0 * left - k))
}

fn variance(end: ArrayView2<'_, f32>) -> f64 {
    end.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / end.len() as f64
}

#[test]
fn the_variance_with_momentum_is_the_stationary_one() {
    for (k, friction) in [(0.2, 1.0), (0.2, 0.5), (0.05, 0.3), (1.0, 0.1), (0.01, 0.02)] {
        let [[found, _], _] = lyapunov(momentum_map(k, friction), [SD, SD]);
        let expected = momentum_variance(k, friction, SD);
        assert!((found / expected - 1.0).abs() < 1e-9, "{k} {friction}: {found} {expected}");
    }
    let zeros = Array2::<f32>::zeros((TRIALS, UNITS));
    for (friction, keeps) in [(0.5, false), (0.5, true), (0.2, true)] {
        let dynamics = momentum(friction, keeps);
        let phase = rest(dynamics, QuiescentNoise::Same, Start::States(zeros.view()), 300);
        let sd = if keeps { SD * friction.sqrt() } else { SD };
        let ratio = variance(phase.end.view()) / momentum_variance(DECAY, friction, sd);
        let tolerance = Z * (2.0 / phase.end.len() as f64).sqrt();
        assert!((ratio - 1.0).abs() < tolerance, "{friction} {keeps}: {ratio}");
        // Slow motion keeps its variance; another noise would not do.
        let kept = momentum_variance(1e-4, friction, SD * friction.sqrt());
        assert!((kept / momentum_variance(1e-4, 1.0, SD) - 1.0).abs() < 1e-3);
    }
}

#[test]
fn slow_motion_relaxes_faster_by_the_friction() {
    // The slower eigenvalue of the map is 1 − k/λ + O(k²).
    for friction in [1.0, 0.5, 0.2] {
        let k = 1e-5;
        let [[a, b], [c, d]] = momentum_map(k, friction);
        let (half, determinant) = ((a + d) / 2.0, a * d - b * c);
        let slower = half + (half * half - determinant).sqrt();
        let rate = (1.0 - slower) / k;
        assert!((rate * friction - 1.0).abs() < 1e-3, "{friction}: {rate}");
    }
}

/// The map applied again and again to (r, 0), against a noiseless simulation.
#[test]
fn a_linear_unit_follows_its_map_without_noise() {
    let start = Array2::from_shape_fn((TRIALS, UNITS), |(i, j)| ((i + j) % 5) as f32 / 4.0 - 0.4);
    let dt_s = linear().experiment().time.dt_s;
    let (strength, tau_s) = (3.0, 20.0 * dt_s);
    let cases = [
        (momentum(0.3, true), momentum_map(DECAY, 0.3)),
        (adaptation(strength, tau_s), adaptation_map(DECAY, strength, dt_s / tau_s)),
    ];
    for (dynamics, map) in cases {
        let phase = rest(dynamics, QuiescentNoise::None, Start::States(start.view()), 120);
        let states = phase.states.unwrap();
        let mut crossed = false;
        for (trial, unit) in [(0, 0), (100, 7), (255, 255)] {
            let mut x = [f64::from(start[(trial, unit)]), 0.0];
            let first = x[0];
            for step in 0..120 {
                x = [map[0][0] * x[0] + map[0][1] * x[1], map[1][0] * x[0] + map[1][1] * x[1]];
                let found = f64::from(states[(trial, step, unit)]);
                assert!((found - x[0]).abs() < 1e-5, "{dynamics:?} {step}: {found} {}", x[0]);
                crossed |= x[0] * first < 0.0;
            }
            let carried = phase.adaptation.as_ref().or(phase.velocity.as_ref()).unwrap();
            assert!((f64::from(carried[(trial, unit)]) - x[1]).abs() < 1e-5);
        }
        assert!(crossed, "it oscillates");
    }
}

#[test]
fn the_variance_with_adaptation_is_the_stationary_one() {
    let zeros = Array2::<f32>::zeros((TRIALS, UNITS));
    let dt_s = linear().experiment().time.dt_s;
    let (strength, rate) = (2.0, 0.05);
    let dynamics = adaptation(strength, dt_s / rate);
    let phase = rest(dynamics, QuiescentNoise::Same, Start::States(zeros.view()), 400);
    // The inhibition follows the new state, so it has the noise, too, times bΔt/τ_a.
    let expected = lyapunov(adaptation_map(DECAY, strength, rate), [SD, SD * strength * rate]);
    let tolerance = Z * (2.0 / phase.end.len() as f64).sqrt();
    for (found, expected) in
        [(&phase.end, expected[0][0]), (phase.adaptation.as_ref().unwrap(), expected[1][1])]
    {
        let ratio = variance(found.view()) / expected;
        assert!((ratio - 1.0).abs() < tolerance, "{ratio}");
    }
    let first_order = SD * SD / (DECAY * (2.0 - DECAY));
    assert!(expected[0][0] < 0.95 * first_order, "adaptation quietens a linear unit");
}

#[test]
fn units_with_another_time_constant_decay_by_it() {
    let start = Array2::<f32>::ones((TRIALS, UNITS));
    let dt_s = linear().experiment().time.dt_s;
    let dynamics = RestDynamics { tau_s: Some(2.0 * dt_s), ..RestDynamics::FIRST_ORDER };
    let phase = rest(dynamics, QuiescentNoise::None, Start::States(start.view()), 10);
    for value in &phase.end {
        assert!((f64::from(*value) - 0.5f64.powi(10)).abs() < 1e-7, "{value}");
    }
}

#[test]
fn a_phase_that_goes_on_is_one_long_phase() {
    let experiment = Experiment::named("demo/head_direction/noisy_unbiased")
        .unwrap()
        .with_all(&[
            "network.units=24",
            "task.cells.count=10",
            "network.input_noise.sigma=0.1",
            "network.output_noise.sigma=0.1",
        ])
        .unwrap();
    let network = Network::untrained(&experiment).unwrap();
    let dynamics = RestDynamics {
        adaptation: Some(AdaptationSpec { strength: 0.5, tau_s: 0.4 }),
        momentum: Some(MomentumSpec { friction: 0.6, keep_temperature: true }),
        tau_s: Some(0.15),
    };
    let run = |start: Start<'_>, steps: usize| {
        let (drive, noise, keep) = (Drive::Silent, QuiescentNoise::Same, Keep::Decoded);
        let setup = Setup { drive, start, noise, dynamics, steps, keep, seed: Some(3) };
        simulate(&network, &setup, &()).unwrap().0
    };
    let whole = run(Start::Encoded { trials: 30 }, 700);
    let first = run(Start::Encoded { trials: 30 }, 300);
    let second = run(Start::Continued { phase: &first, steps: 300 }, 150);
    let third = run(Start::Continued { phase: &second, steps: 450 }, 250);
    let joined =
        ndarray::concatenate![ndarray::Axis(1), first.decoded, second.decoded, third.decoded];
    assert_eq!(joined, whole.decoded);
    assert_eq!(third.end, whole.end);
    assert_eq!(third.adaptation, whole.adaptation);
    assert_eq!(third.velocity, whole.velocity);
}
