//! Exact backpropagation through time over one shard of a batch.
//!
//! A shard is a fixed set of trials that is independent of the others until gradients are summed.
//! The forward pass stores every state r(t) and the data that the layer's adjoint needs. The
//! backward pass goes through time in blocks of steps. Readout, loss, the readout's gradient and
//! the recurrent weights' gradient take one matrix product per block, so their results remain in
//! cache and are never stored for the whole trial.

use crate::network::blocks::{BLOCK_ROWS, block_steps};
use crate::network::layer::{AdjointStep, InputSums, Layer, Tape, add_scaled};
use crate::network::weights::Weights;
use crate::network::{Architecture, Parameters};
use crate::numerics::matmul::{Accum, matrix, multiply};
use crate::numerics::tiny::squarable;
use crate::numerics::{LANES, vectorized};
use std::ops::Range;

/// Deviates of one trial that are drawn together.
const NOISE_DEVIATES: usize = 2 * crate::numerics::noise::CHUNK;

/// The training data of one shard.
pub(crate) trait Examples {
    /// Trials of the shard.
    fn trials(&self) -> usize;

    /// Fills f(s(0)), the activity that the initial state encodes: `[trial, target]`.
    fn start(&mut self, activity: &mut [f32]);

    /// Inputs of the given steps, `[step, trial, input]`.
    fn inputs(&self, steps: Range<usize>) -> &[f32];

    /// Fills the scaled unit noise of the given steps: `[step, trial, unit]`.
    fn noise(&mut self, steps: Range<usize>, noise: &mut [f32]);

    /// Fills the targets f(s(t)) after the given steps (counted from 0): `[step, trial, target]`.
    fn targets(&mut self, steps: Range<usize>, targets: &mut [f32]);
}

/// Sizes of the network and its trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Steps of a trial.
    pub(crate) steps: usize,
    /// Recurrent units, N.
    pub(crate) units: usize,
    /// Readout units, N_o.
    pub(crate) targets: usize,
}

/// Memory for the gradient of one shard, allocated once. The same scratch is reused for one shard
/// after the other, so that its states remain in the outer cache.
#[derive(Debug)]
pub(crate) struct Scratch {
    shape: Shape,
    start: Vec<f32>,
    states: Vec<f32>,
    tape: Tape,
    activity: Vec<f32>,
    targets: Vec<f32>,
    gradients: Vec<f32>,
    /// The gradient from step t+1 to step t.
    carry: Vec<f32>,
    /// The layer's own scratch.
    scratch: Vec<f32>,
    input_sums: Vec<InputSums>,
}

impl Scratch {
    /// Allocates for shards of at most `trials` trials.
    pub(crate) fn new(shape: Shape, trials: usize, layer: &dyn Layer) -> Self {
        let Shape { steps, units, targets } = shape;
        // A smaller shard may fill a block better, but never exceeds this.
        let block_rows = BLOCK_ROWS.max(trials).min(trials * steps);
        Self {
            shape,
            start: vec![0.0; trials * targets],
            states: vec![0.0; (steps + 1) * trials * units],
            tape: Tape::new(layer, steps * trials * units),
            activity: vec![0.0; block_rows * targets],
            targets: vec![0.0; block_rows * targets],
            gradients: vec![0.0; block_rows * units],
            carry: vec![0.0; trials * units],
            scratch: vec![0.0; trials * layer.scratch_per_trial()],
            input_sums: InputSums::of(layer),
        }
    }

    /// Sets how many steps the next trials have, at most those allocated for.
    pub(crate) fn set_steps(&mut self, steps: usize) {
        self.shape.steps = steps;
    }

    /// The states of the last [`run`](Self::run): `[step + 1, trial, unit]`, r(0) first.
    #[cfg(test)]
    pub(crate) fn states(&self, trials: usize) -> &[f32] {
        &self.states[..(self.shape.steps + 1) * trials * self.shape.units]
    }

    /// Runs forward and backward; returns the sum of squared errors over trials, steps and
    /// targets.
    ///
    /// The gradient of this sum divided by `terms` is added to `gradient`. For a mean over a batch,
    /// `terms` is the number of its trials × steps × targets.
    pub(crate) fn run(
        &mut self,
        weights: Weights,
        examples: &mut impl Examples,
        terms: f64,
        gradient: &mut Parameters,
    ) -> f64 {
        let trials = examples.trials();
        self.forward(weights, examples, trials);
        self.backward(weights, examples, trials, terms, gradient)
    }

    fn forward(&mut self, weights: Weights, examples: &mut impl Examples, trials: usize) {
        let Shape { steps, units, targets } = self.shape;
        let width = trials * units;
        let start = &mut self.start[..trials * targets];
        examples.start(start);
        weights.encode(start, &mut self.states[..width]);
        // Noise is drawn directly into the states, a few steps at a time, so that it is still in
        // cache when the step overwrites it.
        let noise_steps = NOISE_DEVIATES.div_ceil(units).clamp(1, steps);
        for first in (0..steps).step_by(noise_steps) {
            let last = (first + noise_steps).min(steps);
            examples.noise(first..last, &mut self.states[(first + 1) * width..(last + 1) * width]);
            for step in first..last {
                let (earlier, later) = self.states.split_at_mut((step + 1) * width);
                weights.layer.step(
                    &earlier[step * width..],
                    Some(examples.inputs(step..step + 1)),
                    None,
                    &mut later[..width],
                    Some(self.tape.rows_mut(step * width..(step + 1) * width)),
                    &mut self.scratch,
                );
            }
        }
    }

    fn backward(
        &mut self,
        weights: Weights,
        examples: &mut impl Examples,
        trials: usize,
        terms: f64,
        gradient: &mut Parameters,
    ) -> f64 {
        let Weights { layer, parameters, .. } = weights;
        let readout = layer.architecture().readout;
        let Shape { steps, units, targets } = self.shape;
        let width = trials * units;
        let block_steps = block_steps(trials).min(steps);
        let carry = &mut self.carry[..width];
        self.input_sums.iter_mut().for_each(InputSums::clear);
        carry.fill(0.0);
        let mut squared_error = 0.0;
        let mut end = steps;
        while end > 0 {
            let begin = end.saturating_sub(block_steps);
            let rows = (end - begin) * trials;
            let states = &self.states[(begin + 1) * width..(end + 1) * width];
            let activity = &mut self.activity[..rows * targets];
            let wanted = &mut self.targets[..rows * targets];
            let gradients = &mut self.gradients[..rows * units];

            // Readout o = D r and the loss's gradient with respect to it.
            weights.read_out(states, activity);
            examples.targets(begin..end, wanted);
            squared_error += residual(activity, wanted, targets, (2.0 / terms) as f32);
            if layer.has_biases() {
                let sum = &mut gradient[readout.bias];
                for row in activity.chunks_exact(targets) {
                    add_scaled(sum, 1.0, row);
                }
            }

            // ∂L/∂D += (∂L/∂o)ᵀ r, and ℓ = Dᵀ ∂L/∂o.
            multiply(
                &mut gradient[readout.weight],
                Accum::Add,
                matrix(activity, rows, targets).transposed(),
                matrix(states, rows, units),
            );
            multiply(
                gradients,
                Accum::Replace,
                matrix(activity, rows, targets),
                matrix(&parameters[readout.weight], targets, units),
            );

            for step in (begin..end).rev() {
                let local = (step - begin) * width..(step - begin + 1) * width;
                let rows = step * width..(step + 1) * width;
                let adjoint = AdjointStep {
                    previous: &self.states[rows.clone()],
                    input: examples.inputs(step..step + 1),
                    gradients: &gradients[local],
                    tape: self.tape.rows_mut(rows),
                    carry,
                    scratch: &mut self.scratch,
                };
                layer.adjoint(adjoint, &mut self.input_sums);
            }

            // Recurrent weights over the block: for the RNN ∂L/∂W_rec += Σ δ(t) r(t−1)ᵀ.
            let previous = &self.states[begin * width..end * width];
            let tape = self.tape.rows(begin * width..end * width);
            for (place, set) in layer.architecture().sets.iter().enumerate() {
                multiply(
                    &mut gradient[set.recurrent],
                    Accum::Add,
                    matrix(tape[place], rows, units).transposed(),
                    matrix(layer.source(place, previous, &tape), rows, units),
                );
            }
            end = begin;
        }
        self.finish_gradient(layer, trials, gradient);
        squared_error
    }

    /// Completes the gradients of encoder and input weights, whose sums are complete only at the
    /// first step.
    fn finish_gradient(&self, layer: &dyn Layer, trials: usize, gradient: &mut Parameters) {
        let Shape { units, targets, .. } = self.shape;
        let (carry, start) = (&self.carry[..trials * units], &self.start[..trials * targets]);
        let Architecture { encoder, sets, .. } = layer.architecture();
        multiply(
            &mut gradient[encoder.weight],
            Accum::Add,
            matrix(carry, trials, units).transposed(),
            matrix(start, trials, targets),
        );
        if layer.has_biases() {
            let sum = &mut gradient[encoder.bias];
            for row in carry.chunks_exact(units) {
                add_scaled(sum, 1.0, row);
            }
        }
        for (sums, set) in self.input_sums.iter().zip(*sets) {
            sums.add_to(set, gradient);
        }
    }
}

/// `activity ← scale · (activity − targets)`; returns the sum of squared differences.
///
/// Squares are summed in a fixed order: in 16 lanes per row, and over rows in double precision.
fn residual(activity: &mut [f32], targets: &[f32], width: usize, scale: f32) -> f64 {
    vectorized(
        #[inline(always)]
        || {
            let mut total = 0.0;
            for (activity, targets) in
                activity.chunks_exact_mut(width).zip(targets.chunks_exact(width))
            {
                let mut lanes = [0.0f32; LANES];
                let mut wide = activity.chunks_exact_mut(LANES);
                let mut wide_targets = targets.chunks_exact(LANES);
                for (activity, targets) in wide.by_ref().zip(wide_targets.by_ref()) {
                    for lane in 0..LANES {
                        let difference = squarable(activity[lane] - targets[lane]);
                        lanes[lane] = difference.mul_add(difference, lanes[lane]);
                        activity[lane] = scale * difference;
                    }
                }
                for (lane, (activity, target)) in
                    wide.into_remainder().iter_mut().zip(wide_targets.remainder()).enumerate()
                {
                    let difference = squarable(*activity - target);
                    lanes[lane] = difference.mul_add(difference, lanes[lane]);
                    *activity = scale * difference;
                }
                total += lanes.iter().map(|lane| f64::from(*lane)).sum::<f64>();
            }
            total
        },
    )
}
