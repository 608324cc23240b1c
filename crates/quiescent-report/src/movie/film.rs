//! What a movie shows, and its frames as pixels.

use ndarray::Array3;
use quiescent::space::Space;

/// One phase of a movie.
#[derive(Debug, Clone)]
pub struct MoviePhase {
    /// What stands above it.
    pub title: String,
    /// Whether it is one of rest.
    pub rest: bool,
    /// `[trial, step, dim]`
    pub decoded: Array3<f32>,
}

/// What a movie shows, and how.
#[derive(Debug, Clone)]
pub struct Movie {
    /// Phases from left to right, with as many steps each.
    pub phases: Vec<MoviePhase>,
    /// Where they live.
    pub space: Space,
    /// Length of a step, in s.
    pub dt_s: f64,
    /// Frames per second.
    pub frames_per_s: u32,
    /// Simulated time over time shown.
    pub speed: f64,
    /// Width in pixels.
    pub width_px: u32,
}

/// A frame: pixels `[row, column, 4]`, red, green, blue and 255.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    /// Columns, an even number.
    pub(super) width: u32,
    /// Rows, an even number.
    pub(super) height: u32,
    /// Bytes of the pixels.
    pub(super) rgba: Vec<u8>,
}
