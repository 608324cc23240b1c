//! The only loop over steps: it simulates a shard of trials block by block and passes each block
//! to an observer.

use std::ops::{ControlFlow, Range};

use crate::network::Network;
use crate::network::rollout::Rollout;
use crate::network::step_dynamics::StepDynamics;
use crate::network::weights::Weights;

use super::motion::Motion;
use super::noise::TrialNoise;

/// Some steps of some trials, as passed to an observer. Arrays are slices with steps slowest.
#[derive(Debug)]
pub struct Block<'a> {
    /// Numbers of the trials.
    pub trials: Range<usize>,
    /// Numbers of the steps, from 0.
    pub steps: Range<usize>,
    /// Hidden activity after each step, `[step, trial, unit]`.
    pub states: &'a [f32],
    /// The readout's activity with its noise, `[step, trial, target]`.
    pub outputs: &'a [f32],
    /// The stimulus decoded from it, `[step, trial, dim]`.
    pub decoded: &'a [f32],
    /// The true stimulus after each step, `[step, trial, dim]`; none without the task's motion.
    pub truth: Option<&'a [f32]>,
}

/// Observes a simulation: it can collect, reduce, report progress, or end the simulation.
///
/// Trials are simulated in shards, several at once, and each shard block after block. An observer
/// has separate data for each shard. They are returned in the order of the trials, so results do
/// not depend on threads.
pub trait Observer: Sync {
    /// The data of one shard.
    type Shard: Send;

    /// Begins a shard with these trials.
    fn begin(&self, trials: Range<usize>) -> Self::Shard;

    /// Receives the next block of a shard. [`ControlFlow::Break`] ends the whole simulation.
    fn block(&self, shard: &mut Self::Shard, block: &Block<'_>) -> ControlFlow<()>;
}

/// Observes nothing.
impl Observer for () {
    type Shard = ();

    fn begin(&self, _: Range<usize>) {}

    fn block(&self, (): &mut (), _: &Block<'_>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// The input of a shard's network.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Inputs<'a> {
    /// Nothing but input noise.
    Silent,
    /// The task's motion, with its noise added.
    Motion(&'a Motion),
    /// Given values with their noise added, `[step, trial, input]`.
    Given(&'a [f32]),
}

/// One shard before its first step.
#[derive(Debug)]
pub(crate) struct Shard<'a> {
    /// Numbers of its trials.
    pub(crate) trials: Range<usize>,
    /// States that they begin in, `[trial, unit]`.
    pub(crate) start: &'a [f32],
    /// The input.
    pub(crate) inputs: Inputs<'a>,
    /// Noise, set to the streams of these trials.
    pub(crate) noise: &'a mut TrialNoise,
    /// Steps that the trials have had before: the noise of these is not drawn again.
    pub(crate) before: usize,
    /// The rule for its next state.
    pub(crate) dynamics: &'a mut StepDynamics,
}

/// Runs one shard for `steps` steps.
pub(crate) fn roll<B>(
    network: &Network,
    weights: Weights<'_>,
    shard: Shard<'_>,
    steps: usize,
    mut visit: impl FnMut(&Block<'_>) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let Shard { trials, start, inputs, noise, before, dynamics } = shard;
    let (count, dim) = (trials.len(), weights.inputs);
    let mut rollout = Rollout::from_states(weights, count, start);
    let mut all_decoded = vec![0.0; rollout.block_steps() * count * dim];
    let mut resting = Vec::new();
    for first in (0..steps).step_by(rollout.block_steps()) {
        let block = first..(first + rollout.block_steps()).min(steps);
        let noisy = before + block.start..before + block.end;
        let inputs_now = match inputs {
            Inputs::Motion(motion) => Some(motion.displacements(block.clone())),
            Inputs::Given(values) => {
                Some(&values[block.start * count * dim..block.end * count * dim])
            }
            Inputs::Silent if noise.is_on_inputs() => {
                resting.clear();
                resting.resize(block.len() * count * dim, 0.0);
                noise.add_to_inputs(noisy.clone(), &mut resting);
                Some(&resting[..])
            }
            Inputs::Silent => None,
        };
        let (states, outputs) = rollout.advance(dynamics, block.len(), inputs_now, |out| {
            noise.fill_hidden(noisy.clone(), out);
        });
        noise.add_to_outputs(noisy, outputs);
        let decoded = &mut all_decoded[..block.len() * count * dim];
        network.task().decode(outputs, decoded);
        let truth = match inputs {
            Inputs::Motion(motion) => Some(motion.after(block.clone())),
            Inputs::Silent | Inputs::Given(_) => None,
        };
        visit(&Block { trials: trials.clone(), steps: block, states, outputs, decoded, truth })?;
    }
    ControlFlow::Continue(())
}
