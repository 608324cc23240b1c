//! Forward simulation of one shard in blocks of steps: states are kept for one block only, so that
//! long phases stream.

use super::layer::{Layer, add_scaled};
use super::parameters::Parameters;
use crate::experiment::BLOCK_ROWS;
use crate::numerics::matmul::{Into, matrix, multiply, transpose};
use crate::numerics::tiny::flush;

/// What every shard of a rollout shares: the weights, laid out for the forward pass.
#[derive(Debug)]
pub(crate) struct Weights<'a> {
    pub(crate) layer: Box<dyn Layer>,
    pub(crate) parameters: &'a Parameters,
    pub(crate) units: usize,
    pub(crate) inputs: usize,
    pub(crate) targets: usize,
    w_out_transposed: Vec<f32>,
}

impl<'a> Weights<'a> {
    pub(crate) fn of(network: &'a super::Network) -> Self {
        Self::new(
            network.recurrent_layer(),
            &network.parameters,
            network.experiment.network.units,
            network.task.space().dim(),
            network.task.target_dim(),
        )
    }

    /// Weights of a layer that has taken over `parameters`.
    pub(crate) fn new(
        layer: Box<dyn Layer>,
        parameters: &'a Parameters,
        units: usize,
        inputs: usize,
        targets: usize,
    ) -> Self {
        let mut w_out_transposed = vec![0.0; units * targets];
        let readout = parameters.tensor(layer.places().readout);
        transpose(readout, targets, units, &mut w_out_transposed);
        flush(&mut w_out_transposed);
        Self { layer, parameters, units, inputs, targets, w_out_transposed }
    }
}

/// One shard under simulation.
#[derive(Debug)]
pub(crate) struct Rollout<'a> {
    weights: &'a Weights<'a>,
    trials: usize,
    block_steps: usize,
    /// `[block step + 1, trial, unit]`: the state before the block, then those after each step.
    states: Vec<f32>,
    activity: Vec<f32>,
    scratch: Vec<f32>,
}

impl<'a> Rollout<'a> {
    #[cfg(test)]
    /// A shard that starts at `r(0) = E · activity`, with `activity: [trial, target]`.
    pub(crate) fn encoded(weights: &'a Weights<'a>, trials: usize, activity: &[f32]) -> Self {
        let mut rollout = Self::allocate(weights, trials);
        let (units, parameters) = (weights.units, weights.parameters);
        let start = &mut rollout.states[..trials * units];
        encode(weights.layer.as_ref(), parameters, activity, weights.targets, start);
        rollout
    }

    /// A shard that starts at the given states, `[trial, unit]`.
    pub(crate) fn from_states(weights: &'a Weights<'a>, trials: usize, states: &[f32]) -> Self {
        let mut rollout = Self::allocate(weights, trials);
        rollout.states[..trials * weights.units].copy_from_slice(states);
        rollout
    }

    fn allocate(weights: &'a Weights<'a>, trials: usize) -> Self {
        let block_steps = (BLOCK_ROWS / trials).max(1);
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

    /// Simulates the next `steps` steps; `inputs: [step, trial, input]`, or none for zero input;
    /// `noise` fills the scaled unit noise of these steps, `[step, trial, unit]`.
    ///
    /// Returns the states and the readout's activity after each step, `[step, trial, unit]` and
    /// `[step, trial, target]`; output noise is the caller's to add.
    pub(crate) fn advance(
        &mut self,
        steps: usize,
        inputs: Option<&[f32]>,
        noise: impl FnOnce(&mut [f32]),
    ) -> (&[f32], &mut [f32]) {
        let Weights { layer, parameters, units, inputs: input_dim, targets, w_out_transposed } =
            self.weights;
        let width = self.trials * units;
        let row = self.trials * input_dim;
        noise(&mut self.states[width..(steps + 1) * width]);
        for step in 0..steps {
            let (earlier, later) = self.states.split_at_mut((step + 1) * width);
            layer.step(
                &earlier[step * width..],
                inputs.map(|inputs| &inputs[step * row..(step + 1) * row]),
                &mut later[..width],
                None,
                &mut self.scratch,
            );
        }
        let rows = steps * self.trials;
        let activity = &mut self.activity[..rows * targets];
        multiply(
            activity,
            Into::Replace,
            matrix(&self.states[width..(steps + 1) * width], rows, *units),
            matrix(w_out_transposed, *units, *targets),
        );
        if layer.has_biases() {
            let bias = parameters.tensor(layer.places().readout_bias);
            for row in activity.chunks_exact_mut(*targets) {
                add_scaled(row, 1.0, bias);
            }
        }
        // The next block starts where this one ends; the states returned stay where they are.
        self.states.copy_within(steps * width..(steps + 1) * width, 0);
        (&self.states[width..(steps + 1) * width], activity)
    }
}

/// `states = E · activity (+ b)`: `activity: [trial, target]` to `states: [trial, unit]`.
pub(crate) fn encode(
    layer: &dyn Layer,
    parameters: &Parameters,
    activity: &[f32],
    targets: usize,
    states: &mut [f32],
) {
    let trials = activity.len() / targets;
    let units = states.len() / trials;
    multiply(
        states,
        Into::Replace,
        matrix(activity, trials, targets),
        matrix(parameters.tensor(layer.places().encoder), units, targets).transposed(),
    );
    if layer.has_biases() {
        let bias = parameters.tensor(layer.places().encoder_bias);
        for row in states.chunks_exact_mut(units) {
            add_scaled(row, 1.0, bias);
        }
    }
}
