//! Why a task could not be built.

use super::recording::RecordingError;
use crate::space::SpaceError;

/// Why a task could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// A setting with which no task can be built.
    #[error("{key} is {given}; allowed: {allowed}")]
    Setting {
        /// The key in the experiment file, or a description of the value.
        key: &'static str,
        /// The given value.
        given: String,
        /// The allowed values.
        allowed: String,
    },
    /// Two settings that exclude each other.
    #[error("{first} and {second} cannot be combined: {reason}")]
    Conflict {
        /// One of them.
        first: &'static str,
        /// The other.
        second: &'static str,
        /// Why, and what to do.
        reason: &'static str,
    },
    /// The recording cannot be used.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// The walls enclose nothing.
    #[error(transparent)]
    Space(#[from] SpaceError),
}

impl TaskError {
    pub(crate) fn setting(
        key: &'static str,
        given: impl ToString,
        allowed: impl Into<String>,
    ) -> Self {
        Self::Setting { key, given: given.to_string(), allowed: allowed.into() }
    }
}

/// Fails unless the value is a positive finite number.
pub(crate) fn check_width(key: &'static str, value: f64) -> Result<(), TaskError> {
    if value.is_finite() && value > 0.0 {
        Ok(())
    } else {
        Err(TaskError::setting(key, value, "a positive finite number"))
    }
}

/// Fails unless the number of preferred values is the task's, `dim` for each cell.
pub(crate) fn check_cell_count(
    values: usize,
    expected: usize,
    dim: usize,
) -> Result<(), TaskError> {
    if values == expected {
        return Ok(());
    }
    let given = match (values % dim, values / dim) {
        (0, cells) => format!("{cells}"),
        (..) => format!("{values} values; one cell takes {dim}"),
    };
    let allowed = match expected / dim {
        0 => "none: with task.cells.tuning=position there are no cells".to_owned(),
        cells => format!("{cells}, as task.cells.count says"),
    };
    Err(TaskError::setting("the number of preferred positions", given, allowed))
}

/// Fails if the number of decoded cells is outside `1..=cells`.
pub(crate) fn check_top(top: usize, cells: usize) -> Result<(), TaskError> {
    if (1..=cells).contains(&top) {
        Ok(())
    } else {
        Err(TaskError::setting(
            "task.decoder.top",
            top,
            format!("1 to {cells}, the number of cells"),
        ))
    }
}
