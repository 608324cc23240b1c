//! The paper's theory, executable: greedily optimal dynamics, the bound on the loss, and tests of
//! whether a trained network follows them.
//!
//! [`examine()`] compares a trained network with the theory, number by number; the functions that it calls
//! are here one by one. `docs/theory.md` walks from the paper's equations to these functions.

mod assumptions;
pub mod bound;
mod cost;
mod denoiser;
mod dynamics;
mod examine;
mod field;
pub mod manifold;
mod mixing;
mod noise_scan;
mod optimal;
mod product;
mod progress;
mod readout;
mod response;
mod results;
mod samples;
mod settings;
mod stimulus_law;
mod sufficiency;
pub mod temperature;
mod walk;

pub use crate::analysis::Error;
pub use cost::Cost;
pub use dynamics::{Dynamics, TrainedNetwork};
pub use examine::{ExamineError, examine, examine_experiment, examine_from};
pub use manifold::Manifold;
pub use optimal::OptimalNetwork;
pub use progress::{Follow, PartialExamination, Progress};
pub use readout::Readout;
pub use results::{
    Assumption, DriftArrow, Examination, Examined, FieldAtDistance, FieldResult, Mixing,
    NetworkResult, NoiseScan, NoiseScanPoint, OptimalResult, PlaneArrow, ResponseCell,
    ResponseResult,
};
pub use settings::ExaminationSettings;
pub use stimulus_law::StimulusLaw;
pub use sufficiency::Requirement;
pub use walk::{WalkSettings, WalkStep, walk};

#[cfg(test)]
mod tests;
