//! The root of the specification.

use serde::{Deserialize, Serialize};

use super::{NetworkSpec, RestSpec, TaskSpec, TimeSpec, TrainingSpec};

/// A whole experiment: everything that determines a run's numbers, and nothing else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// One line for people: what this experiment is.
    pub about: String,
    /// Seed of every random stream of the run.
    pub seed: u64,
    /// Time step and length of a trial.
    pub time: TimeSpec,
    /// What the network has to integrate, and how the answer is encoded.
    pub task: TaskSpec,
    /// The recurrent network.
    pub network: NetworkSpec,
    /// How it is trained.
    pub training: TrainingSpec,
    /// How it is left to rest afterwards.
    pub rest: RestSpec,
}
