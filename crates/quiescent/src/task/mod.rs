//! A task: what a network has to integrate, and how the answer is encoded.
//!
//! A [`Task`] is a law of the stimulus s (a position or a heading), its target activity f(s), the
//! derivative f′(s), and a decoder from activity back to the stimulus. [`Spatial`] and [`HeadDirection`]
//! are the paper's. Their motion is simulated, or comes from a recording ([`Recording`]). A task of your
//! own is a type that implements [`Task`]; `examples/linear_track.rs` is one.

mod decoder;
mod error;
mod from_experiment;
mod head_cells;
mod head_direction;
mod interface;
mod lanes;
mod motion;
mod motion_source;
mod place_cells;
mod recording;
mod spatial;
mod split;

pub use error::TaskError;
pub use from_experiment::{build, build_without_motion};
pub use head_cells::HeadCells;
pub use head_direction::HeadDirection;
pub use interface::Task;
pub use place_cells::PlaceCells;
#[cfg(feature = "files")]
pub use recording::recording_npz;
pub use recording::{
    Dropped, Loss, Place, Problem, Recording, RecordingError, RecordingReport, Room, Span,
    SpeedQuantiles, Trace,
};
pub use spatial::Spatial;
pub use split::Split;
