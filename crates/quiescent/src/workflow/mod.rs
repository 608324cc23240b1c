//! What is done with run folders: opening a run as a network, training into a folder and resuming,
//! simulating and measuring, pooling runs.
//!
//! The command line is a thin layer over these functions. Results are kept in the run folder and made
//! once: a function that measures a run returns what is there if it is of the run's present parameters. An
//! [`Observer`] is told what happens, and may end the work. [`plan`] does all of this with
//! many runs at once.

mod chance;
mod difference;
mod emergence;
mod error;
mod import;
mod learned;
mod measure;
mod observer;
mod open;
mod phases;
pub mod plan;
mod pool;
mod recordings;
mod rest_map;
mod results;
mod same_run;
mod train;
mod verify;

pub use difference::Difference;
pub use error::{BatchesReason, Error, OpenError, RecordingGone};
pub use import::{keep_imported, tracking};
pub use learned::Learned;
pub use measure::{
    SOME_STATES, examination_left_s, examine_run, measure_run, own_examination, own_measurements,
    study_run,
};
pub use observer::{Event, Observer};
pub use open::{Opened, keep_recorded, open, open_at_rest, recording_of, with_own_cells};
pub use phases::{
    How, Request, Simulated, Waking, check_phase_name, holds, is_current, simulate_missing,
    simulate_run, start_of, write_phase,
};
pub use pool::{Apart, ApartReason, Studied, across, matrix, pool};
pub use recordings::{Located, Recordings, keeping, kept_name};
pub use rest_map::map_rest;
pub use results::{
    current_examination, current_rest_map, current_study, measured_phases, measurements, outdated,
};
pub use same_run::check_same;
pub use train::{Session, enough_memory};
pub use verify::{Check, Health, TOLERANCE, verify};
