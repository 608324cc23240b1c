//! The cleaned path of a recording, and the samples that were left out of it.

use std::ops::Range;

/// The path of a recording as it was recorded (not resampled), without the samples that were lost.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trace {
    /// Times of the samples that are kept, `[sample]` in s, increasing.
    pub times_s: Vec<f64>,
    /// Their values, `[sample, dim]` in the file's own coordinates: x and y in m, or headings in
    /// rad, unwrapped.
    pub values: Vec<f64>,
    /// Runs of samples without a gap that is too long to be interpolated, in order of time.
    pub stretches: Vec<Range<usize>>,
    /// The samples that were left out, in order of time (without those that have no time).
    pub dropped: Vec<Dropped>,
}

/// A sample that was left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dropped {
    /// When, in s.
    pub time_s: f64,
    /// What the file holds there: x and y in m, or a heading in rad and 0. None if it holds no
    /// value.
    pub value: Option<[f64; 2]>,
    /// Why it was left out.
    pub reason: Loss,
}

/// Why a sample was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// The file holds no value (NaN, an empty field, `NA`).
    Missing,
    /// The tracker lost the animal and wrote the same value again and again, far from the path.
    Repeated,
    /// The animal cannot have jumped there and back.
    Jump,
}
