//! The specification of an experiment: everything that determines a run's numbers, and nothing else.
//!
//! An [`Experiment`] is one tree of plain structs. Its keys have the same names in Rust, in YAML files, in
//! `key=value` overrides and in the copy that a run folder keeps, and numbers have their unit in their
//! name (`dt_s`, `width_m`). There are three ways to one:
//!
//! - a shipped experiment by name, changed key by key: `Experiment::named(…)?.with("network.units=256")?`;
//! - a file: `Experiment::from_file`. An error names the key, the file and line, what was given, what is
//!   allowed, and the nearest valid key;
//! - structs alone: [`Experiment::standard`] has every key at its default, and
//!   [`Experiment::for_own_task`] is for a task of your own. [`Experiment::validate`] checks the ranges.

mod arena;
mod consequences;
mod defaults;
mod derived;
#[cfg(feature = "experiment-text")]
mod effect;
mod error;
#[cfg(feature = "experiment-text")]
mod identity;
#[cfg(feature = "experiment-text")]
mod keys;
#[cfg(feature = "experiment-text")]
mod nearest;
mod network;
mod own_task;
mod place;
#[cfg(feature = "experiment-text")]
mod resolved;
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
pub use keys::{Key, KeyDefault, keys};
#[cfg(feature = "experiment-text")]
pub use nearest::nearest;
pub use network::{Activation, NetworkKind, NetworkSpec, NoiseDistribution, NoiseSpec, Reset};
pub use place::Place;
#[cfg(feature = "experiment-text")]
pub use resolved::{ChangedDefault, Resolved};
pub use rest::{AdaptationSpec, MomentumSpec, QuiescentNoise, RestDynamics, RestSpec, RestStart};
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
pub use training::{ScheduleSpec, TrainingSpec};
pub use units::{AngleUnit, PositionUnit, TimeUnit};
