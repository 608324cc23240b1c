//! `experiment.yml`: the one place where the run folder meets the experiment's file format.

use std::io::Write;
use std::path::Path;

use serde_json::{Map, Value};

use super::{RunError, json, write_atomically};
use crate::experiment::Experiment;

/// Name of the file in a run folder.
pub(super) const EXPERIMENT_FILE: &str = "experiment.yml";

/// Reads the resolved experiment.
pub(super) fn read(path: &Path) -> Result<Experiment, RunError> {
    experiment_from_yaml(&json::read_text(path)?, path)
}

/// Writes the resolved experiment.
pub(super) fn write(path: &Path, experiment: &Experiment) -> Result<(), RunError> {
    let text = experiment_to_yaml(experiment).map_err(|error| RunError::unwritable(path, error))?;
    write_atomically(path, |writer| writer.write_all(text.as_bytes()))
}

fn experiment_to_yaml(experiment: &Experiment) -> std::io::Result<String> {
    // JSON is YAML.
    Ok(serde_json::to_string_pretty(experiment)? + "\n")
}

fn experiment_from_yaml(text: &str, path: &Path) -> Result<Experiment, RunError> {
    let corrupt = |error: serde_json::Error| RunError::corrupt(path, error.to_string());
    let mut tree: Value = serde_json::from_str(text).map_err(corrupt)?;
    if let Some(task) = tree.get_mut("task")
        && let Some(kind) = task.as_object_mut().and_then(|task| task.remove("kind"))
    {
        let kind = kind.as_str().unwrap_or_default().to_owned();
        *task = Value::Object(Map::from_iter([(kind, task.take())]));
    }
    serde_json::from_value(tree).map_err(corrupt)
}
