//! Figures that follow from a specification: what its numbers mean in a step, and what it costs.

use super::{Experiment, NetworkKind, Reset};

/// Most trials that are simulated together, independently of all others. Fixed, so that results do
/// not depend on the thread count, and small enough that 200 trials keep four threads busy.
/// Measured at paper scale: a shard of 50 trials takes the same time per trial as one of 100
/// within the noise; the recurrent products alone are 8 % slower, at 25 trials 20 %.
pub(crate) const SHARD_TRIALS: usize = 50;
/// Rows (trials × steps) of the large matrix products. Measured: about 1000 rows reach the full
/// rate; 500 rows are 2–5 % slower, 10 000 rows, out of cache, 7–10 %.
pub(crate) const BLOCK_ROWS: usize = 1000;
/// Bytes of a single-precision number.
const SINGLE: u64 = 4;

impl NetworkKind {
    /// Sets of input and recurrent weights: one, or those of two gates and a candidate.
    fn weight_sets(self) -> u64 {
        match self {
            Self::Rnn => 1,
            Self::Gru => 3,
        }
    }
}

impl Experiment {
    /// Δt/τ: the fraction of the way to its input that a unit goes in one step.
    pub fn dt_over_tau(&self) -> f64 {
        self.time.dt_s / self.network.tau_s
    }

    /// σ√Δt: the factor on every draw of the waking noise, whatever the draw's law.
    pub fn noise_scale_per_step(&self) -> f64 {
        self.network.noise.sigma * self.time.dt_s.sqrt()
    }

    /// Standard deviation that the waking noise adds to a unit in one step: σ√Δt for Gaussian
    /// draws, σ√(Δt/12) for uniform ones.
    pub fn noise_sd_per_step(&self) -> f64 {
        self.noise_scale_per_step() * self.network.noise.distribution.sd()
    }

    /// Mean that the waking noise adds to a unit in one step: 0 for Gaussian draws, σ√Δt/2 for
    /// uniform ones.
    pub fn noise_mean_per_step(&self) -> f64 {
        self.noise_scale_per_step() * self.network.noise.distribution.mean()
    }

    /// Trained parameters: encoder, input, recurrent and readout weights, and biases if there are.
    /// A GRU has three sets of input and recurrent weights; one whose reset gate acts after the
    /// product has two biases of its candidate.
    pub fn parameter_count(&self) -> u64 {
        let units = self.network.units as u64;
        let targets = self.task.target_dim() as u64;
        let inputs = self.task.stimulus_dim() as u64;
        let sets = self.network.kind.weight_sets();
        let layer = units.saturating_add(inputs).saturating_mul(units).saturating_mul(sets);
        let weights = layer.saturating_add(units.saturating_mul(2 * targets));
        let vectors = 1 + sets + u64::from(self.network.reset == Some(Reset::After));
        let biases = if self.network.biases { vectors * units + targets } else { 0 };
        weights.saturating_add(biases)
    }

    /// Rough memory of training, in bytes, if all shards run at once: states of every unit and what
    /// the adjoint needs beside them, inputs and stimuli of a batch; readout, targets and gradients of one block of each shard; parameters with Adam's
    /// moments, and the gradient of each shard.
    pub fn estimated_memory_bytes(&self) -> u64 {
        let (units, targets) = (self.network.units as u64, self.task.target_dim() as u64);
        let moments = (self.training.trials as u64).saturating_mul(self.time.steps as u64);
        let kept = match self.network.kind {
            NetworkKind::Rnn => 2,
            NetworkKind::Gru => 5,
        };
        let per_moment = kept * units + 2 * self.task.stimulus_dim() as u64;
        let shards = self.training.trials.div_ceil(SHARD_TRIALS) as u64;
        let blocks = moments.min(shards.saturating_mul(BLOCK_ROWS as u64));
        moments
            .saturating_mul(per_moment)
            .saturating_add(blocks.saturating_mul(2 * targets + units))
            .saturating_add(self.parameter_count().saturating_mul(4 + shards))
            .saturating_mul(SINGLE)
    }

    /// Multiplications and additions of one training batch: forward, backward and weight gradients
    /// of the recurrent layer and the readout, 6·trials·steps·(N² + N·N_o) for an RNN and
    /// 6·trials·steps·(3N² + N·N_o) for a GRU.
    pub fn operations_per_batch(&self) -> f64 {
        let units = self.network.units as f64;
        let targets = self.task.target_dim() as f64;
        6.0 * self.training.trials as f64
            * self.time.steps as f64
            * (self.network.kind.weight_sets() as f64 * units * units + units * targets)
    }
}
