//! Networks whose activity decays do not hold denormal numbers in states, gradients or moments.

use super::*;
use crate::numerics::tiny::{TINY, denormals};

/// A problem whose activity decays: small weights, no input, no noise, no biases.
fn dying(kind: Kind, activation: Activation, steps: usize) -> (Problem, Parameters) {
    let (mut problem, mut tensors) = made_up(kind, [4, steps, 20, 2, 6], activation, false);
    problem.noise.fill(0.0);
    problem.input.fill(0.0);
    for (name, values) in &mut tensors {
        if !["encoder.weight", "w_out.weight", "decoder.weight"].contains(&name.as_str()) {
            values.iter_mut().for_each(|value| *value *= 0.1);
        }
    }
    let parameters = to_single(&problem, &tensors);
    (problem, parameters)
}

const DYING: [Activation; 3] = [Activation::Relu, Activation::Tanh, Activation::Identity];

#[test]
fn states_that_die_away_are_never_denormal() {
    for (kind, activation) in KINDS.into_iter().flat_map(|kind| DYING.map(|act| (kind, act))) {
        let (problem, parameters) = dying(kind, activation, 4);
        let prepared = prepared(&problem, &parameters);
        let weights = prepared.with(&parameters);
        let mut rollout = Rollout::encoded(weights, problem.trials, &Given::from(&problem).start);
        let (mut smallest, mut left) = (f32::INFINITY, f32::INFINITY);
        for step in 0..5000 {
            let (states, activity) =
                rollout.advance(&mut StepDynamics::first_order(), 1, None, |noise| noise.fill(0.0));
            let count = [denormals(states), denormals(activity)];
            assert_eq!(count, [0, 0], "{kind:?} {activation:?}, step {step}");
            left = states.iter().fold(0.0, |most, state| state.abs().max(most));
            if left > 0.0 {
                smallest = left;
            }
        }
        // The activity decayed through nearly tiny values to zero.
        assert!(smallest < 100.0 * TINY, "{kind:?} {activation:?}: {smallest:e}");
        assert_eq!(left, 0.0, "{kind:?} {activation:?}");
    }
}

#[test]
fn training_on_dying_activity_leaves_no_denormal_numbers() {
    for (kind, activation) in KINDS.into_iter().flat_map(|kind| DYING.map(|act| (kind, act))) {
        let (problem, mut parameters) = dying(kind, activation, 1500);
        let optimiser = adam(1e-6, 0.0);
        let mut m = Parameters::zeros(parameters.layout());
        let mut v = m.clone();
        for step in 1..=3 {
            let (loss, gradient, states) = engine(&problem, &parameters);
            assert!(loss.is_finite());
            assert_eq!(denormals(&states), 0, "{kind:?} {activation:?}: states");
            assert_eq!(*states.last().unwrap(), 0.0, "{kind:?} {activation:?} did not die");
            let (m, v) = (m.flat_mut(), v.flat_mut());
            optimiser.update(step, gradient.flat(), m, v, parameters.flat_mut());
            let counts = [gradient.flat(), m, v, parameters.flat()].map(denormals);
            assert_eq!(counts, [0; 4], "{kind:?} {activation:?}: gradient, m, v, parameters");
        }
    }
}

#[test]
fn moments_of_parameters_without_gradient_die_away_to_zero() {
    let optimiser = adam(0.1, 1.0);
    // Gradients of every size, one of them denormal; then none at all.
    let mut gradient: Vec<f32> = (0..40).map(|k| 10.0f32.powi(-k)).collect();
    let [mut m, mut v] = [vec![0.0; 40], vec![0.0; 40]];
    let mut p = vec![0.5; 40];
    for step in 1..100_000 {
        optimiser.update(step, &gradient, &mut m, &mut v, &mut p);
        assert_eq!([&m, &v, &p].map(|values| denormals(values)), [0; 3], "step {step}");
        gradient.fill(0.0);
    }
    assert!(m.iter().chain(&v).chain(&p).all(|value| *value == 0.0), "{m:?} {v:?} {p:?}");
}

#[test]
fn flushing_second_moments_never_changes_a_step() {
    // The same update without any flushing, for gradients around both bounds.
    let gradients = (30..70).map(|k| 2.0f32.powi(-k) * 1.3);
    for gradient in gradients {
        for (step, old) in [(1, 0.0f32), (10, 2.0f32.powi(-121)), (1000, 2.0f32.powi(-119))] {
            let (mut m, mut v, mut p) = ([0.0], [old], [0.25]);
            let optimiser = adam(1e-3, 0.0);
            optimiser.update(step, &[gradient], &mut m, &mut v, &mut p);
            let correction = |beta: f64| 1.0 - libm::pow(beta, step as f64);
            let second = (0.001f32 * gradient).mul_add(gradient, 0.999f32 * old);
            let root = (1.0 / libm::sqrt(correction(0.999))) as f32;
            let denominator = second.sqrt().mul_add(root, 1e-8);
            let size = (1e-3 / correction(0.9)) as f32;
            let first = ((1.0 - 0.9f64) as f32) * gradient;
            assert_eq!(p[0], 0.25 - size * (first / denominator), "{gradient:e} {step} {old:e}");
        }
    }
}
