//! How the network is trained.

use serde::{Deserialize, Serialize};

/// Gradient descent with Adam on fresh trials in every batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingSpec {
    /// Gradient steps.
    pub batches: u64,
    /// Trials of one batch.
    pub trials: usize,
    /// Adam's step size, at the largest.
    pub learning_rate: f64,
    /// How the step size changes in the course of training.
    pub schedule: ScheduleSpec,
    /// Adam's β₂, the memory of squared gradients.
    pub beta2: f64,
    /// Largest norm of a batch's gradient: a longer one is scaled down to it. None for any length.
    pub gradient_norm: Option<f64>,
    /// Decoupled weight decay (AdamW's λ); 0 for none.
    pub weight_decay: f64,
    /// Trials of the fixed test set.
    pub test_trials: usize,
    /// Batches between two evaluations on the test set.
    pub test_every: u64,
    /// Batches between two checkpoints.
    pub checkpoint_every: u64,
    /// Batches whose checkpoints are kept beside the latest one.
    pub milestones: Vec<u64>,
}

/// The learning rate of each batch, as a fraction of [`TrainingSpec::learning_rate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleSpec {
    /// First batches, over which the rate rises in equal steps to its largest value.
    pub warmup_batches: u64,
    /// Last batches, over which it falls in equal steps to zero.
    pub decay_batches: u64,
}

impl TrainingSpec {
    /// Learning rate of batch `batch`, counted from 0.
    ///
    /// With w batches of warm-up and d of decay out of B, it is the largest rate times
    /// (k + 1)/w for k < w, and times (B − k)/d for the last d batches.
    pub fn learning_rate_at(&self, batch: u64) -> f64 {
        let ScheduleSpec { warmup_batches, decay_batches } = self.schedule;
        let share = |batches: u64, of: u64| if of == 0 { 1.0 } else { batches as f64 / of as f64 };
        let risen = share(batch + 1, warmup_batches).min(1.0);
        let left = share(self.batches.saturating_sub(batch), decay_batches).min(1.0);
        self.learning_rate * risen * left
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Experiment, NetworkKind, TaskKind};

    fn rates(batches: u64, warmup_batches: u64, decay_batches: u64) -> Vec<f64> {
        let mut training = Experiment::standard(TaskKind::Spatial, NetworkKind::Rnn).training;
        training.batches = batches;
        training.learning_rate = 2.0;
        training.schedule = ScheduleSpec { warmup_batches, decay_batches };
        (0..batches).map(|batch| training.learning_rate_at(batch)).collect()
    }

    #[test]
    fn the_rate_rises_stays_and_falls_as_its_schedule_says() {
        assert_eq!(rates(3, 0, 0), [2.0; 3]);
        assert_eq!(rates(4, 0, 4), [2.0, 1.5, 1.0, 0.5]);
        assert_eq!(rates(6, 2, 2), [1.0, 2.0, 2.0, 2.0, 2.0, 1.0]);
        assert_eq!(rates(2, 2, 0), [1.0, 2.0]);
    }
}
