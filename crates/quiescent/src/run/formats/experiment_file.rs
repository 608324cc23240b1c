//! `experiment.yml`: the one place where the run folder meets the experiment's file format.

use std::io::Write;
use std::path::Path;

use crate::experiment::Experiment;
use crate::run::files::json;
use crate::run::{FileSet, RunError};

/// Name of the file in a run folder.
pub(crate) const EXPERIMENT_FILE: &str = "experiment.yml";

/// Reads the resolved experiment; a relative path in it is relative to the run folder.
pub(crate) fn read(path: &Path) -> Result<Experiment, RunError> {
    let text = json::read_text(path)?;
    Experiment::parse_resolved(&text, EXPERIMENT_FILE)
        .map_err(|error| RunError::corrupt(path, error.to_string()))
}

/// Writes the resolved experiment.
pub(crate) fn write(path: &Path, experiment: &Experiment) -> Result<(), RunError> {
    let mut files = FileSet::default();
    write_into(&mut files, path, experiment)?;
    files.finish()
}

/// Writes the resolved experiment as one of several files that belong together.
pub(crate) fn write_into(
    files: &mut FileSet,
    path: &Path,
    experiment: &Experiment,
) -> Result<(), RunError> {
    let text = experiment
        .to_annotated_yaml()
        .map_err(|error| RunError::unwritable(path, std::io::Error::other(error.to_string())))?;
    files.write(path, |writer| writer.write_all(text.as_bytes()))
}
