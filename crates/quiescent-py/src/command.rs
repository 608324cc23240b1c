//! The command line, in this process.

use std::path::PathBuf;

use pyo3::prelude::*;
use quiescent_cli::{Arguments, run, set_program};

/// Runs the command `quiescent` with these words, the program's own name first; returns its exit code.
/// `program` is what jobs on a cluster run. Wrong usage, and a signal, end the process.
#[pyfunction]
pub(crate) fn command(py: Python<'_>, words: Vec<String>, program: Option<PathBuf>) -> u8 {
    if let Some(program) = program {
        set_program(program);
    }
    py.detach(|| run(Arguments::from_words(words)))
}
