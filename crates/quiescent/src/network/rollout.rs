//! Forward simulation of one shard in blocks of steps. States are kept for one block only, so
//! long phases can be streamed.

use super::blocks::block_steps;
use super::step_dynamics::StepDynamics;
use super::weights::Weights;

/// One shard under simulation.
#[derive(Debug)]
pub(crate) struct Rollout<'a> {
    weights: Weights<'a>,
    trials: usize,
    block_steps: usize,
    /// `[block step + 1, trial, unit]`: the state before the block, then those after each step.
    states: Vec<f32>,
    activity: Vec<f32>,
    scratch: Vec<f32>,
}

impl<'a> Rollout<'a> {
    /// A shard that starts at `r(0) = E · activity`, with `activity: [trial, target]`.
    #[cfg(test)]
    pub(crate) fn encoded(weights: Weights<'a>, trials: usize, activity: &[f32]) -> Self {
        let mut rollout = Self::allocate(weights, trials);
        weights.encode(activity, &mut rollout.states[..trials * weights.units]);
        rollout
    }

    /// A shard that starts at the given states, `[trial, unit]`.
    pub(crate) fn from_states(weights: Weights<'a>, trials: usize, states: &[f32]) -> Self {
        let mut rollout = Self::allocate(weights, trials);
        rollout.states[..trials * weights.units].copy_from_slice(states);
        rollout
    }

    fn allocate(weights: Weights<'a>, trials: usize) -> Self {
        let block_steps = block_steps(trials);
        let width = trials * weights.units;
        Self {
            weights,
            trials,
            block_steps,
            states: vec![0.0; (block_steps + 1) * width],
            activity: vec![0.0; block_steps * trials * weights.targets],
            scratch: vec![0.0; trials * weights.layer.scratch_per_trial()],
        }
    }

    /// Most steps that one call of [`advance`](Self::advance) can take.
    pub(crate) fn block_steps(&self) -> usize {
        self.block_steps
    }

    /// Simulates the next `steps` steps by `dynamics`; `inputs: [step, trial, input]`, or none for zero input;
    /// `noise` fills the scaled unit noise of these steps, `[step, trial, unit]`.
    ///
    /// Returns the states and the readout's activity after each step, `[step, trial, unit]` and
    /// `[step, trial, target]`. The caller adds output noise.
    pub(crate) fn advance(
        &mut self,
        dynamics: &mut StepDynamics,
        steps: usize,
        inputs: Option<&[f32]>,
        noise: impl FnOnce(&mut [f32]),
    ) -> (&[f32], &mut [f32]) {
        let Weights { layer, units, inputs: input_dim, targets, .. } = self.weights;
        let width = self.trials * units;
        let row = self.trials * input_dim;
        noise(&mut self.states[width..(steps + 1) * width]);
        for step in 0..steps {
            let (earlier, later) = self.states.split_at_mut((step + 1) * width);
            dynamics.step(
                layer,
                &earlier[step * width..],
                inputs.map(|inputs| &inputs[step * row..(step + 1) * row]),
                &mut later[..width],
                &mut self.scratch,
            );
        }
        let rows = steps * self.trials;
        let activity = &mut self.activity[..rows * targets];
        self.weights.read_out(&self.states[width..(steps + 1) * width], activity);
        // The next block starts at the end of this one. The returned states are not moved.
        self.states.copy_within(steps * width..(steps + 1) * width, 0);
        (&self.states[width..(steps + 1) * width], activity)
    }
}
