//! `experiment.yml`: the one place where the run folder meets the experiment's file format.

use std::io::Write;
use std::path::Path;

use crate::experiment::Experiment;
use crate::run::files::json;
use crate::run::{RunError, write_atomically};

/// Name of the file in a run folder.
pub(crate) const EXPERIMENT_FILE: &str = "experiment.yml";

/// Reads the resolved experiment; paths in it are relative to the run folder.
pub(crate) fn read(path: &Path) -> Result<Experiment, RunError> {
    let text = json::read_text(path)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    Experiment::parse_resolved(&text, EXPERIMENT_FILE, folder)
        .map_err(|error| RunError::corrupt(path, error.to_string()))
}

/// Writes the resolved experiment.
pub(crate) fn write(path: &Path, experiment: &Experiment) -> Result<(), RunError> {
    let text = experiment
        .to_annotated_yaml()
        .map_err(|error| RunError::unwritable(path, std::io::Error::other(error.to_string())))?;
    write_atomically(path, |writer| writer.write_all(text.as_bytes()))
}
