//! Why a recording cannot be used.

use std::path::{Path, PathBuf};

use super::text::shown_long;

/// Why a recording cannot be used: the file and what is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("recording {}: {problem}", file.display())]
pub struct RecordingError {
    /// The file.
    pub file: PathBuf,
    /// What is wrong.
    #[source]
    pub problem: Box<Problem>,
}

impl RecordingError {
    pub(crate) fn new(file: &Path, problem: Problem) -> Self {
        Self { file: file.to_owned(), problem: Box::new(problem) }
    }
}

/// What is wrong with a recording.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The file cannot be opened or read.
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// Not a regular file.
    #[error("is not a regular file; give an npz or CSV file")]
    NotAFile,
    /// The npz archive or one of its arrays is broken.
    #[error("{place} is damaged or not what numpy writes: {reason}")]
    Damaged {
        /// The archive, or one array of it.
        place: String,
        /// What was found.
        reason: String,
    },
    /// An array or a column is missing.
    #[error("has no `{missing}`; found: {found}. {expected}")]
    Missing {
        /// What is missing.
        missing: &'static str,
        /// What the numbers are.
        found: String,
        /// What the task needs.
        expected: &'static str,
    },
    /// An array of a type that is not read.
    #[error(
        "array `{array}` has dtype {dtype}; allowed: float32, float64 and integers (convert it with .astype(float))"
    )]
    Dtype {
        /// Its name.
        array: String,
        /// Its type, as numpy writes it.
        dtype: String,
    },
    /// An array of the wrong shape.
    #[error("array `{array}` has shape {shape:?}; expected {expected}")]
    Shape {
        /// Its name.
        array: String,
        /// Its shape.
        shape: Vec<u64>,
        /// What it should be.
        expected: String,
    },
    /// More samples than are read.
    #[error(
        "holds more than {limit} samples (or would, once resampled); cut it into parts or resample it"
    )]
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// A CSV file that is not a table.
    #[error("is not a readable CSV table: {0}")]
    Table(String),
    /// A column name that appears twice.
    #[error("has two columns named `{0}`; keep one")]
    DuplicateColumn(String),
    /// Several columns or arrays that could be the one that is needed.
    #[error(
        "has {found}, and it is not clear which to take; keep one, or rename one to t, x, y, pos or heading"
    )]
    Ambiguous {
        /// Their names.
        found: String,
    },
    /// A file of another kind.
    #[error("is {name}, which is not read here: {remedy}")]
    Foreign {
        /// What it is.
        name: &'static str,
        /// How to convert it.
        remedy: String,
    },
    /// A field that is not a number.
    #[error("line {line}, column `{column}`: \"{field}\" is not a number{hint}")]
    NotANumber {
        /// Line in the file, counting from 1.
        line: u64,
        /// The column.
        column: String,
        /// What is there, cut short.
        field: String,
        /// What it is instead; may be empty.
        hint: &'static str,
    },
    /// Times that do not increase.
    #[error(
        "{place}: time {time} s {relation} the time before it, {previous} s; times must increase (sort them and drop repeats)"
    )]
    Order {
        /// Line or sample.
        place: Place,
        /// The time.
        time: f64,
        /// "is earlier than" or "repeats".
        relation: &'static str,
        /// The time before it.
        previous: f64,
    },
    /// Fewer than two samples with a value.
    #[error("holds {usable} usable sample(s) of {samples}; at least 2 are needed")]
    TooShort {
        /// Samples with a time and a value that the tracker did not lose.
        usable: usize,
        /// Samples in all.
        samples: usize,
    },
    /// A unit that was assumed and is not plausible.
    #[error("{seen}: {likely}. If so, {remedy}. If not, {keep} settles it")]
    Units {
        /// What the numbers are.
        seen: String,
        /// The unit that they look like.
        likely: String,
        /// What to do if that is their unit.
        remedy: String,
        /// The flag that keeps the unit that was assumed.
        keep: &'static str,
    },
    /// An animal that did not move.
    #[error(
        "positions extend over {extent_m:.4} m; at least {min} m are needed. Either the animal did not move or they are not in the unit that task.recording.position_unit says (m if it says none)"
    )]
    Still {
        /// The longer side.
        extent_m: f64,
        /// Smallest allowed.
        min: f64,
    },
    /// Walls that the path was not walked between.
    #[error(
        "task.recording.arena ({walls}) cannot be the room of this path ({path}): {reason}. Walls are in the recording's own coordinates, in m; give others, or `extent` for those that the path spans"
    )]
    OtherRoom {
        /// The walls.
        walls: Box<str>,
        /// The extent of the path.
        path: Box<str>,
        /// What does not fit.
        reason: Box<str>,
    },
    /// A path that wraps around.
    #[error(
        "the path leaves the room at one wall and comes back in at the opposite one {crossings} times: the room wraps around, as simulated ones do. If so, say task.recording.periodic=true (no trial then spans a crossing)"
    )]
    Periodic {
        /// How often.
        crossings: usize,
    },
    /// So many impossible jumps that the unit or the limit must be wrong.
    #[error(
        "{dropped} of {samples} samples would be dropped as impossible jumps (faster than \
         task.recording.max_speed_per_s = {max_speed} {unit}/s): are their units what is said? If \
         not, say task.recording.position_unit (of headings: angle_unit) or time_unit; if so, raise \
         the limit"
    )]
    Jumps {
        /// Samples dropped.
        dropped: usize,
        /// Samples in all.
        samples: usize,
        /// The limit.
        max_speed: f64,
        /// `m` or `rad`.
        unit: &'static str,
    },
    /// No stretch is long enough for one trial.
    #[error(
        "no stretch of the {part} part is long enough for a trial of {needed_s:.3} s: the longest lasts {longest_s:.3} s ({:.1} % of the time lies in gaps). Shorten time.steps, raise task.recording.max_gap_s (now {max_gap_s} s; the median sampling interval is {interval_s:.4} s) or change task.recording.test_fraction",
        100.0 * lost_share
    )]
    NoTrial {
        /// "training" or "test".
        part: &'static str,
        /// Length of a trial.
        needed_s: f64,
        /// Longest stretch.
        longest_s: f64,
        /// Longest gap that is interpolated.
        max_gap_s: f64,
        /// Median sampling interval.
        interval_s: f64,
        /// Share of the time that lies in gaps.
        lost_share: f64,
    },
    /// A setting outside its range.
    #[error("{key} is {given}; allowed: {allowed}")]
    Setting {
        /// The key in the experiment file.
        key: &'static str,
        /// What was given.
        given: String,
        /// What is allowed.
        allowed: String,
    },
}

impl Problem {
    /// A damaged part of the file; the reason may be another program's.
    pub(crate) fn damaged(place: &str, reason: impl ToString) -> Self {
        Self::Damaged { place: place.to_owned(), reason: shown_long(&reason.to_string()) }
    }
}

/// Where in a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Line of a CSV file, counting from 1.
    Line(u64),
    /// Sample of an array, counting from 0.
    Sample(usize),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Sample(sample) => write!(f, "sample {sample} (counting from 0)"),
        }
    }
}
