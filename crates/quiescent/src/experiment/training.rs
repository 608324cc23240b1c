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
    /// Adam's step size.
    pub learning_rate: f64,
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
