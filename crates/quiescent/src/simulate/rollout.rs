//! The one loop over steps: a shard of trials is driven block by block, and each block is shown.

use std::ops::{ControlFlow, Range};

use crate::network::Network;
use crate::network::rollout::Rollout;
use crate::network::step_dynamics::StepDynamics;
use crate::network::weights::Weights;

use super::motion::Motion;
use super::noise::TrialNoise;

/// Some steps of some trials, as an observer sees them. Arrays are slices with steps slowest.
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
    /// What is decoded from it, `[step, trial, dim]`.
    pub decoded: &'a [f32],
    /// The true stimulus after each step, `[step, trial, dim]`; none without the task's motion.
    pub truth: Option<&'a [f32]>,
}

/// What takes part in a simulation: collects, reduces, shows progress, or ends it.
///
/// Trials are simulated in shards, several at once, each block after block. What an observer
/// gathers of a shard is its own; the shards' are given back in the order of their trials, so that
/// what is made of them does not depend on threads.
pub trait Observer: Sync {
    /// What is gathered of one shard.
    type Shard: Send;

    /// Begins a shard of the trials of these numbers.
    fn begin(&self, trials: Range<usize>) -> Self::Shard;

    /// Takes in the next block of a shard. [`ControlFlow::Break`] ends the whole simulation.
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

/// What goes into a shard's network.
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
    /// What goes in.
    pub(crate) inputs: Inputs<'a>,
    /// Noise, at the streams of these trials.
    pub(crate) noise: &'a mut TrialNoise,
    /// How its states go on.
    pub(crate) dynamics: Box<dyn StepDynamics>,
}

/// Runs one shard for `steps` steps.
pub(crate) fn roll<B>(
    network: &Network,
    weights: Weights<'_>,
    shard: Shard<'_>,
    steps: usize,
    mut visit: impl FnMut(&Block<'_>) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let Shard { trials, start, inputs, noise, dynamics } = shard;
    let (count, dim) = (trials.len(), weights.inputs);
    let mut rollout = Rollout::from_states(weights, count, start, dynamics);
    let mut all_decoded = vec![0.0; rollout.block_steps() * count * dim];
    let mut resting = Vec::new();
    for first in (0..steps).step_by(rollout.block_steps()) {
        let block = first..(first + rollout.block_steps()).min(steps);
        let inputs_now = match inputs {
            Inputs::Motion(motion) => Some(motion.displacements(block.clone())),
            Inputs::Given(values) => {
                Some(&values[block.start * count * dim..block.end * count * dim])
            }
            Inputs::Silent if noise.is_on_inputs() => {
                resting.clear();
                resting.resize(block.len() * count * dim, 0.0);
                noise.add_to_inputs(block.clone(), &mut resting);
                Some(&resting[..])
            }
            Inputs::Silent => None,
        };
        let (states, outputs) =
            rollout.advance(block.len(), inputs_now, |out| noise.fill_hidden(block.clone(), out));
        noise.add_to_outputs(block.clone(), outputs);
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
