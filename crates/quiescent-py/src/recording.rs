//! Recordings that are given as arrays.

use std::ffi::OsStr;
use std::path::PathBuf;

use ndarray::ArrayViewD;
use numpy::PyReadonlyArrayDyn;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use quiescent::run::reader_sha256;
use quiescent::task::{self, RecordingError, TaskError};
use quiescent::workflow::kept_name;

use crate::errors::Raise;

/// Stands for the file in messages: the user gave none.
pub(crate) const FILE: &str = "from arrays";

/// The npz file of arrays by name, checked, and the name under which a run keeps it.
#[pyfunction]
pub(crate) fn recording_npz<'py>(
    py: Python<'py>,
    arrays: Vec<(String, PyReadonlyArrayDyn<'py, f64>)>,
) -> PyResult<(PathBuf, Bound<'py, PyBytes>)> {
    let views: Vec<(String, ArrayViewD<'_, f64>)> =
        arrays.iter().map(|(name, array)| (name.clone(), array.as_array())).collect();
    let made = py.detach(|| -> Result<_, task::Problem> {
        let file = task::recording_npz(&views)?;
        let name = kept_name(&reader_sha256(&file[..])?, OsStr::new("npz"));
        Ok((name, file))
    });
    let (name, file) = made
        .map_err(|problem| {
            TaskError::from(RecordingError { file: FILE.into(), problem: Box::new(problem) })
        })
        .raise()?;
    Ok((name, PyBytes::new(py, &file)))
}

/// Names the file in a recording's error as the user knows it.
pub(crate) fn name_file(error: &mut TaskError) {
    if let TaskError::Recording(error) = error {
        error.file = FILE.into();
    }
}
