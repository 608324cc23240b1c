//! How the network is trained.

use serde::{Deserialize, Serialize};
use std::ops::Range;

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

/// How the learning rate and the length of trials change from batch to batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleSpec {
    /// First batches, over which the rate rises in equal steps to its largest value.
    pub warmup_batches: u64,
    /// Last batches, over which it falls in equal steps to zero.
    pub decay_batches: u64,
    /// First batches, over which trials grow in equal parts to their whole length,
    /// [`TimeSpec::steps`](super::TimeSpec::steps). Short trials teach early what long ones would,
    /// with less arithmetic.
    pub growth_batches: u64,
}

impl TrainingSpec {
    /// Learning rate of batch `batch`, counted from 0.
    ///
    /// With w batches of warm-up and d of decay out of B, it is the largest rate times
    /// (k + 1)/w for k < w, and times (B − k)/d for the last d batches.
    pub fn learning_rate_at(&self, batch: u64) -> f64 {
        let ScheduleSpec { warmup_batches, decay_batches, .. } = self.schedule;
        let share = |batches: u64, of: u64| if of == 0 { 1.0 } else { batches as f64 / of as f64 };
        let risen = share(batch + 1, warmup_batches).min(1.0);
        let left = share(self.batches.saturating_sub(batch), decay_batches).min(1.0);
        self.learning_rate * risen * left
    }

    /// Steps of the trials of batch `batch`, counted from 0, if whole trials have `steps`: that
    /// times (k + 1)/g, rounded up, in the first g batches, in which trials grow.
    pub fn steps_at(&self, batch: u64, steps: usize) -> usize {
        let growth = u128::from(self.schedule.growth_batches);
        let part = (steps as u128 * (u128::from(batch) + 1)).div_ceil(growth.max(1));
        usize::try_from(part).map_or(steps, |part| part.min(steps))
    }

    /// The arithmetic of a range of batches, in batches of whole trials.
    pub fn whole_batches(&self, batches: Range<u64>) -> f64 {
        let growth = self.schedule.growth_batches as f64;
        let until = |batch: u64| {
            let (grown, whole) = ((batch as f64).min(growth), (batch as f64 - growth).max(0.0));
            whole + if growth > 0.0 { grown * grown / (2.0 * growth) } else { 0.0 }
        };
        until(batches.end) - until(batches.start)
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
        training.schedule = ScheduleSpec { warmup_batches, decay_batches, growth_batches: 0 };
        (0..batches).map(|batch| training.learning_rate_at(batch)).collect()
    }

    #[test]
    fn the_rate_rises_stays_and_falls_as_its_schedule_says() {
        assert_eq!(rates(3, 0, 0), [2.0; 3]);
        assert_eq!(rates(4, 0, 4), [2.0, 1.5, 1.0, 0.5]);
        assert_eq!(rates(6, 2, 2), [1.0, 2.0, 2.0, 2.0, 2.0, 1.0]);
        assert_eq!(rates(2, 2, 0), [1.0, 2.0]);
    }

    #[test]
    fn trials_grow_to_their_whole_length() {
        let mut training = Experiment::standard(TaskKind::Spatial, NetworkKind::Rnn).training;
        let steps = |training: &TrainingSpec, whole: usize| {
            (0..6).map(|batch| training.steps_at(batch, whole)).collect::<Vec<_>>()
        };
        assert_eq!(steps(&training, 10), [10; 6]);
        assert_eq!(training.whole_batches(2..6), 4.0);
        training.schedule.growth_batches = 4;
        assert_eq!(steps(&training, 10), [3, 5, 8, 10, 10, 10]);
        assert_eq!(steps(&training, 1), [1; 6]);
        // 2 by area, then 2 whole ones.
        assert_eq!(training.whole_batches(0..6), 4.0);
        assert_eq!(training.whole_batches(0..2) + training.whole_batches(2..6), 4.0);
        training.schedule.growth_batches = u64::MAX;
        assert_eq!(training.steps_at(u64::MAX - 1, usize::MAX), usize::MAX);
    }
}
