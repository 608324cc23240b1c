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
    /// How the step size and the length of trials change in the course of training.
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
    /// Batches between two small quiescent phases that are kept and measured, also before the first batch; none for
    /// none. Nothing that is trained depends on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest_every: Option<u64>,
}

/// How the learning rate and the length of trials change from batch to batch. All are fractions of
/// [`TrainingSpec::batches`], 0 to 1, so they keep their meaning for other numbers of batches.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleSpec {
    /// The first part, over which the rate rises in equal steps to its largest value.
    pub warmup_fraction: f64,
    /// The last part, over which it falls in equal steps to zero.
    pub decay_fraction: f64,
    /// The first part, over which trials grow in equal steps to their whole length,
    /// [`TimeSpec::steps`](super::TimeSpec::steps). Short trials teach early what long ones would, with
    /// less arithmetic, but networks trained so rest differently
    /// (`docs/benchmarks/2026-11-27/recipe.md`).
    pub growth_fraction: f64,
}

impl ScheduleSpec {
    /// The same rate and whole trials in every batch.
    pub const CONSTANT: Self =
        Self { warmup_fraction: 0.0, decay_fraction: 0.0, growth_fraction: 0.0 };
}

impl TrainingSpec {
    /// Learning rate of batch `batch`, k, counted from 0.
    ///
    /// With fractions w of warm-up and d of decay of B batches, it is the largest rate times
    /// (k + 1)/(w·B) and (B − k)/(d·B), where these are less than 1.
    pub fn learning_rate_at(&self, batch: u64) -> f64 {
        let risen = self.share(batch + 1, self.schedule.warmup_fraction);
        let left = self.share(self.batches.saturating_sub(batch), self.schedule.decay_fraction);
        self.learning_rate * risen * left
    }

    /// Steps of the trials of batch `batch`, k, counted from 0, if whole trials have `steps`: that
    /// times (k + 1)/(g·B), rounded up, where this is less, with a fraction g of growth of B batches.
    pub fn steps_at(&self, batch: u64, steps: usize) -> usize {
        let share = self.share(batch + 1, self.schedule.growth_fraction);
        ((share * steps as f64).ceil() as usize).min(steps)
    }

    /// The first of so many batches, k, counted from 0, that a training of `batches` batches in all takes
    /// with another learning rate or length of trials than this one; none if they are the same, as they
    /// always are if the schedule is constant.
    pub fn first_other_batch(&self, trained: u64, batches: u64, steps: usize) -> Option<u64> {
        let other = Self { batches, ..self.clone() };
        let same = |batch| {
            self.learning_rate_at(batch) == other.learning_rate_at(batch)
                && self.steps_at(batch, steps) == other.steps_at(batch, steps)
        };
        (0..trained).find(|batch| !same(*batch))
    }

    /// The arithmetic of a range of batches, in batches of whole trials.
    pub fn whole_batches(&self, batches: Range<u64>) -> f64 {
        let growth = self.schedule.growth_fraction * self.batches as f64;
        let until = |batch: u64| {
            let (grown, whole) = ((batch as f64).min(growth), (batch as f64 - growth).max(0.0));
            whole + if growth > 0.0 { grown * grown / (2.0 * growth) } else { 0.0 }
        };
        until(batches.end) - until(batches.start)
    }

    /// A number of batches as a share of a fraction of them all, at most 1; of nothing, 1.
    fn share(&self, batches: u64, fraction: f64) -> f64 {
        let of = fraction * self.batches as f64;
        if of > 0.0 { (batches as f64 / of).min(1.0) } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Experiment, NetworkKind, TaskKind};

    fn training(batches: u64, schedule: [f64; 3]) -> TrainingSpec {
        let mut training = Experiment::standard(TaskKind::Spatial, NetworkKind::Rnn).training;
        let [warmup_fraction, decay_fraction, growth_fraction] = schedule;
        training.batches = batches;
        training.learning_rate = 2.0;
        training.schedule = ScheduleSpec { warmup_fraction, decay_fraction, growth_fraction };
        training
    }

    #[test]
    fn the_rate_rises_stays_and_falls_as_its_schedule_says() {
        let rates = |batches: u64, warmup: f64, decay: f64| {
            let training = training(batches, [warmup, decay, 0.0]);
            (0..batches).map(|batch| training.learning_rate_at(batch)).collect::<Vec<_>>()
        };
        assert_eq!(rates(3, 0.0, 0.0), [2.0; 3]);
        assert_eq!(rates(4, 0.0, 1.0), [2.0, 1.5, 1.0, 0.5]);
        assert_eq!(rates(8, 0.25, 0.25), [1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 1.0]);
        assert_eq!(rates(2, 1.0, 0.0), [1.0, 2.0]);
        // A fraction of less than a batch changes nothing.
        assert_eq!(rates(4, 0.1, 0.1), [2.0; 4]);
    }

    #[test]
    fn batches_that_do_not_depend_on_their_number_are_known() {
        let other = |schedule, trained, batches| {
            training(40, schedule).first_other_batch(trained, batches, 10)
        };
        assert_eq!(other([0.0; 3], 40, 60), None);
        // The rise takes 4 batches of 40, and 6 of 60.
        assert_eq!(other([0.1, 0.0, 0.0], 40, 60), Some(0));
        // The fall begins after 30 batches of 40, and after 45 of 60.
        assert_eq!(other([0.0, 0.25, 0.0], 40, 60), Some(31));
        assert_eq!(other([0.0, 0.25, 0.0], 31, 60), None);
        // Trials of 10 steps grow over 20 batches of 40, and over 30 of 60.
        assert_eq!(other([0.0, 0.0, 0.5], 40, 60), Some(2));
        assert_eq!(other([0.1, 0.25, 0.5], 0, 60), None);
    }

    #[test]
    fn trials_grow_to_their_whole_length() {
        let steps = |training: &TrainingSpec, whole: usize| {
            (0..8).map(|batch| training.steps_at(batch, whole)).collect::<Vec<_>>()
        };
        let whole = training(8, [0.0; 3]);
        assert_eq!(steps(&whole, 10), [10; 8]);
        assert_eq!(whole.whole_batches(2..6), 4.0);
        let growing = training(8, [0.0, 0.0, 0.5]);
        assert_eq!(steps(&growing, 10), [3, 5, 8, 10, 10, 10, 10, 10]);
        assert_eq!(steps(&growing, 1), [1; 8]);
        // 2 by area, then 2 whole ones.
        assert_eq!(growing.whole_batches(0..6), 4.0);
        assert_eq!(growing.whole_batches(0..2) + growing.whole_batches(2..6), 4.0);
    }

    #[test]
    fn the_last_batch_of_growth_is_whole() {
        for batches in 1..500 {
            let training = training(batches, [0.0, 0.0, 1.0]);
            for steps in [1, 7, 100] {
                assert_eq!(training.steps_at(batches - 1, steps), steps);
                assert!(training.steps_at(0, steps) >= 1);
            }
        }
    }
}
