//! The cost of training in parameters, memory and operations, computed before anything is
//! allocated.

use crate::experiment::{Experiment, TaskKind};
use crate::network::Sizes;
use crate::network::blocks::{BLOCK_ROWS, group_count};

/// Bytes of a single-precision number.
const SINGLE: u64 = 4;

impl Experiment {
    fn sizes(&self) -> Sizes {
        Sizes {
            units: self.network.units,
            inputs: TaskKind::of(self).dim(),
            targets: self.task.target_dim(),
        }
    }

    /// Number of trained parameters: encoder, input, recurrent and readout weights, and any
    /// biases.
    pub fn parameter_count(&self) -> u64 {
        self.network.architecture().parameter_count(self.sizes(), self.network.biases)
    }

    /// Rough memory of training, in bytes, if all groups of shards run at once. It includes, for the batch,
    /// the states of all units, the adjoint's data, inputs and stimuli; for one block of each
    /// group of shards, readout, targets and gradients; and the parameters with Adam's moments, and
    /// each group's gradient.
    pub fn estimated_memory_bytes(&self) -> u64 {
        let Sizes { units, inputs, targets } = self.sizes();
        let moments = (self.training.trials as u64).saturating_mul(self.time.steps as u64);
        let kept = 1 + self.network.architecture().kept;
        let per_moment = (kept * units + 2 * inputs) as u64;
        let groups = group_count(self.training.trials) as u64;
        let blocks = moments.min(groups.saturating_mul(BLOCK_ROWS as u64));
        moments
            .saturating_mul(per_moment)
            .saturating_add(blocks.saturating_mul((2 * targets + units) as u64))
            .saturating_add(self.parameter_count().saturating_mul(4 + groups))
            .saturating_mul(SINGLE)
    }

    /// Parts of a batch that are worked on at once if there are as many threads.
    pub fn tasks_at_once(&self) -> usize {
        group_count(self.training.trials)
    }

    /// Multiplications and additions of one training batch of whole trials: forward, backward and
    /// weight gradients of the recurrent layer and the readout, 6·trials·steps·(k·N² + N·N_o) with k
    /// sets of recurrent weights, 1 of an RNN and 3 of a GRU.
    pub fn operations_per_batch(&self) -> f64 {
        let Sizes { units, targets, .. } = self.sizes();
        let (units, targets) = (units as f64, targets as f64);
        let sets = self.network.architecture().sets.len() as f64;
        6.0 * self.training.trials as f64
            * self.time.steps as f64
            * (sets * units * units + units * targets)
    }
}
