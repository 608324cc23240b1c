//! Rules for the next state of a shard.

use super::layer::Layer;
use std::fmt::Debug;

/// A rule for the next state. Data carried from step to step besides the units' activity (a
/// velocity, an adaptation) belong to the rule, so that states, blocks and files keep the width
/// of the units.
pub(crate) trait StepDynamics: Debug + Send {
    /// One step of all trials of a shard. `previous: [trial, unit]`; `input: [trial, input]`, or none for
    /// zero input; `next: [trial, unit]` holds the scaled noise on entry and r(t) on return.
    fn step(
        &mut self,
        layer: &dyn Layer,
        previous: &[f32],
        input: Option<&[f32]>,
        next: &mut [f32],
        scratch: &mut [f32],
    );
}

/// The dynamics of training: r(t) depends only on r(t−1).
#[derive(Debug, Clone, Copy)]
pub(crate) struct FirstOrder;

impl StepDynamics for FirstOrder {
    fn step(
        &mut self,
        layer: &dyn Layer,
        previous: &[f32],
        input: Option<&[f32]>,
        next: &mut [f32],
        scratch: &mut [f32],
    ) {
        layer.step(previous, input, next, None, scratch);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::experiment::Experiment;
    use crate::network::Network;
    use crate::network::rollout::Rollout;

    /// v(t) = (1 − λ) v(t−1) + Δr(t), r(t) = r(t−1) + v(t).
    #[derive(Debug)]
    struct Momentum {
        friction: f32,
        velocity: Vec<f32>,
    }

    impl StepDynamics for Momentum {
        fn step(
            &mut self,
            layer: &dyn Layer,
            previous: &[f32],
            input: Option<&[f32]>,
            next: &mut [f32],
            scratch: &mut [f32],
        ) {
            layer.step(previous, input, next, None, scratch);
            for ((next, previous), velocity) in
                next.iter_mut().zip(previous).zip(&mut self.velocity)
            {
                *velocity = (1.0 - self.friction) * *velocity + (*next - previous);
                *next = previous + *velocity;
            }
        }
    }

    #[test]
    fn what_the_dynamics_carry_goes_on_from_block_to_block() {
        let overrides = ["network.units=8", "task.cells.count=5"];
        let experiment =
            Experiment::named("demo/head_direction/noisy_unbiased").unwrap().with_all(&overrides);
        let network = Network::untrained(&experiment.unwrap()).unwrap();
        let prepared = network.prepared();
        let weights = prepared.with(network.parameters());
        let (trials, steps) = (50, 90);
        let width = trials * 8;
        let start: Vec<f32> = (0..width).map(|i| (i % 7) as f32 / 7.0).collect();
        let noise = |at: usize| 0.01 * ((at * 37 % 11) as f32 - 5.0);
        let momentum = |friction| Momentum { friction, velocity: vec![0.0; width] };
        let rolled = |dynamics: Box<dyn StepDynamics>| {
            let mut rollout = Rollout::from_states(weights, trials, &start, dynamics);
            let mut all = Vec::new();
            while all.len() < steps * width {
                let now = rollout.block_steps().min(steps - all.len() / width);
                let at = all.len();
                let fill = |out: &mut [f32]| {
                    out.iter_mut().enumerate().for_each(|(i, out)| *out = noise(at + i));
                };
                all.extend_from_slice(rollout.advance(now, None, fill).0);
            }
            assert!(rollout.block_steps() < steps / 2, "more than one block");
            all
        };
        let mut twin = momentum(0.3);
        let mut scratch = vec![0.0; trials * weights.layer.scratch_per_trial()];
        let (mut state, mut expected) = (start.clone(), Vec::new());
        for step in 0..steps {
            let mut next: Vec<f32> = (0..width).map(|i| noise(step * width + i)).collect();
            twin.step(weights.layer, &state, None, &mut next, &mut scratch);
            expected.extend_from_slice(&next);
            state = next;
        }
        assert_eq!(rolled(Box::new(momentum(0.3))), expected);
        // With full friction the velocity is zero, so the dynamics are first order, to rounding.
        let first = rolled(Box::new(FirstOrder));
        let full = rolled(Box::new(momentum(1.0)));
        let largest = first.iter().zip(&full).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(largest < 1e-5, "{largest}");
        assert!(first != expected);
    }
}
