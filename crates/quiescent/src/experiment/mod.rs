//! The specification of an experiment: one tree of plain structs, the same names in files, in
//! `key=value` overrides and in a run folder's resolved copy.

mod arena;
mod defaults;
mod derived;
#[cfg(feature = "experiment-text")]
mod effect;
mod error;
#[cfg(feature = "experiment-text")]
mod identity;
#[cfg(feature = "experiment-text")]
mod nearest;
mod network;
mod own_task;
mod place;
#[cfg(feature = "experiment-text")]
mod reference;
mod rest;
#[cfg(feature = "experiment-text")]
mod shipped;
mod specification;
#[cfg(feature = "experiment-text")]
pub mod sweep;
mod task;
mod task_kind;
#[cfg(all(test, feature = "experiment-text"))]
mod tests;
#[cfg(feature = "experiment-text")]
mod text;
mod time;
mod training;
mod units;
mod validate;

pub use arena::{ArenaSpec, WallsSpec};
pub use error::SpecError;
#[cfg(feature = "experiment-text")]
pub use nearest::nearest;
pub use network::{Activation, NetworkKind, NetworkSpec, NoiseDistribution, NoiseSpec, Reset};
pub use place::Place;
#[cfg(feature = "experiment-text")]
pub use reference::ReferenceExperiment;
pub use rest::{QuiescentNoise, RestSpec, RestStart};
#[cfg(feature = "experiment-text")]
pub use shipped::shipped;
pub use specification::Experiment;
pub use task::{
    BoxSpec, DriftSpec, HeadCellsSpec, HeadDecoderSpec, HeadDirectionSpec, HeadMotionSpec,
    PlaceCellsSpec, RecordingSpec, SpatialDecoderSpec, SpatialMotionSpec, SpatialSpec,
    SpatialStart, TaskSpec, Tuning, TurnDirection,
};
pub use task_kind::TaskKind;
pub use time::TimeSpec;
pub use training::TrainingSpec;
pub use units::{AngleUnit, PositionUnit, TimeUnit};
