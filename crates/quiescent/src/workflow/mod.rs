//! What is done with run folders: everything that the command line, and whatever else works on runs,
//! shares. An [`Observer`] sees how it comes along and may end it. [`plan`] does it with many runs at once.

mod difference;
mod error;
mod measure;
mod observer;
mod open;
mod phases;
pub mod plan;
mod pool;
mod recordings;
mod results;
mod train;

pub use difference::{Difference, check_same};
pub use error::{Error, OpenError, RecordingGone};
pub use measure::{
    current_examination, current_study, examine_run, measure_run, own_measurements, study_run,
};
pub use observer::{Event, Observer};
pub use open::{Opened, keep_recorded, open, open_at_rest, recording_of, with_own_cells};
pub use phases::{How, is_current, simulate_missing, start_of, write_phase};
pub use pool::{Apart, ApartReason, Studied, across, matrix, pool};
pub use recordings::{Located, Recordings};
pub use results::{measured_phases, measurements, outdated};
pub use train::{Session, enough_memory};
