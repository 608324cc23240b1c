//! The specification of an experiment: one tree of plain structs, the same names in files, in
//! `key=value` overrides and in a run folder's resolved copy.

mod arena;
mod default_trees;
mod defaults;
mod derived;
mod deserialize;
mod effect;
mod error;
mod fault;
mod identity;
mod load;
mod network;
mod node;
mod overrides;
mod own_task;
mod reference;
mod rest;
mod shipped;
pub mod sweep;
mod task;
#[cfg(test)]
mod tests;
mod time;
mod training;
mod units;
mod validate;
mod yaml;

use serde::{Deserialize, Serialize};

pub use arena::{ArenaSpec, WallsSpec};
pub use error::{SpecError, nearest};
pub use network::{Activation, NetworkKind, NetworkSpec, NoiseDistribution, NoiseSpec, Reset};
pub use node::Place;
pub use reference::ReferenceExperiment;
pub use rest::{QuiescentNoise, RestSpec, RestStart};
pub use shipped::shipped;
pub use task::{
    BoxSpec, DriftSpec, HeadCellsSpec, HeadDecoderSpec, HeadDirectionSpec, HeadMotionSpec,
    PlaceCellsSpec, RecordingSpec, SpatialDecoderSpec, SpatialMotionSpec, SpatialSpec,
    SpatialStart, TaskSpec, Tuning, TurnDirection,
};
pub use time::TimeSpec;
pub use training::TrainingSpec;
pub use units::{AngleUnit, PositionUnit, TimeUnit};

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
