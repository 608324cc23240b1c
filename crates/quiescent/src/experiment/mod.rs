//! The specification of an experiment: one tree of plain structs, the same names in files, in
//! `key=value` overrides and in a run folder's resolved copy.

mod arena;
mod defaults;
mod derived;
mod effect;
mod error;
mod identity;
mod nearest;
mod network;
mod own_task;
mod reference;
mod rest;
mod shipped;
mod specification;
pub mod sweep;
mod task;
mod task_kind;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod training;
mod units;
mod validate;

pub use arena::{ArenaSpec, WallsSpec};
pub use error::SpecError;
pub use nearest::nearest;
pub use network::{Activation, NetworkKind, NetworkSpec, NoiseDistribution, NoiseSpec, Reset};
pub use reference::ReferenceExperiment;
pub use rest::{QuiescentNoise, RestSpec, RestStart};
pub use shipped::shipped;
pub use specification::Experiment;
pub use task::{
    BoxSpec, DriftSpec, HeadCellsSpec, HeadDecoderSpec, HeadDirectionSpec, HeadMotionSpec,
    PlaceCellsSpec, RecordingSpec, SpatialDecoderSpec, SpatialMotionSpec, SpatialSpec,
    SpatialStart, TaskSpec, Tuning, TurnDirection,
};
pub use task_kind::TaskKind;
pub use text::node::Place;
pub use time::TimeSpec;
pub use training::TrainingSpec;
pub use units::{AngleUnit, PositionUnit, TimeUnit};
