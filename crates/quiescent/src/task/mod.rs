//! A task: a law of the stimulus s, its target activity f(s), the derivative f′(s), and a decoder.

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
pub use recording::{
    Dropped, Loss, Place, Problem, Recording, RecordingError, RecordingReport, Room, Span,
    SpeedQuantiles, Trace,
};
pub use spatial::Spatial;
pub use split::Split;
