//! Moving pictures of two phases side by side, for talks: the report's drawing, frame by frame.

mod encode;
mod film;
mod frames;

pub use encode::{MovieFormat, write_movie};
pub use film::{Movie, MoviePhase};
