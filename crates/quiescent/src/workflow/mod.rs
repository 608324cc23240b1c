//! What is done with run folders: everything that the command line, and whatever else works on runs,
//! shares.

mod error;
mod open;
mod recordings;

pub use error::{OpenError, RecordingGone};
pub use open::{Opened, keep_recorded, open, open_at_rest, recording_of, with_own_cells};
pub use recordings::{Located, Recordings};
