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
    /// How it falls after that.
    pub decay: Decay,
}

/// Decay of the learning rate from the end of its warm-up to the last batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decay {
    /// None: the rate stays at its largest.
    None,
    /// In equal steps, to zero after the last batch.
    Linear,
    /// Along half a cosine, to zero after the last batch.
    Cosine,
}

impl TrainingSpec {
    /// Learning rate of batch `batch`, counted from 0.
    ///
    /// With w batches of warm-up out of B, it is the largest rate times (k + 1)/w for k < w, and
    /// times 1, 1 − x or (1 + cos πx)/2 with x = (k − w)/(B − w) after that.
    pub fn learning_rate_at(&self, batch: u64) -> f64 {
        let ScheduleSpec { warmup_batches: warmup, decay } = self.schedule;
        if batch < warmup {
            return self.learning_rate * (batch + 1) as f64 / warmup as f64;
        }
        let left = self.batches.saturating_sub(warmup).max(1);
        let passed = ((batch - warmup) as f64 / left as f64).min(1.0);
        self.learning_rate
            * match decay {
                Decay::None => 1.0,
                Decay::Linear => 1.0 - passed,
                Decay::Cosine => 0.5 * (1.0 + libm::cos(std::f64::consts::PI * passed)),
            }
    }
}
