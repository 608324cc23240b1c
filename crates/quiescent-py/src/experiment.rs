//! Experiments: from names, files, text and overrides, and back to text.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use pythonize::pythonize;
use quiescent::experiment::{self, Resolved, TaskKind};

use crate::errors::Raise;

/// Everything that determines a run's numbers.
#[pyclass(frozen, module = "quiescent._native")]
#[derive(Debug, Clone)]
pub(crate) struct Experiment {
    pub(crate) inner: experiment::Experiment,
    /// What followed a change of the kind of network, a clause each.
    #[pyo3(get)]
    changed: Vec<String>,
}

impl From<experiment::Experiment> for Experiment {
    fn from(inner: experiment::Experiment) -> Self {
        Self { inner, changed: Vec::new() }
    }
}

impl From<Resolved> for Experiment {
    fn from(resolved: Resolved) -> Self {
        let changed = resolved.changed.iter().map(ToString::to_string).collect();
        Self { inner: resolved.experiment, changed }
    }
}

#[pymethods]
impl Experiment {
    /// A shipped experiment by name, or an experiment file, with `key=value` overrides.
    #[staticmethod]
    fn resolve(name_or_path: &str, overrides: Vec<String>) -> PyResult<Self> {
        Ok(Resolved::of(name_or_path, &overrides).raise()?.into())
    }

    /// An experiment from YAML; `source` stands for the file in errors.
    #[staticmethod]
    fn parse(text: &str, source: &str, overrides: Vec<String>) -> PyResult<Self> {
        Ok(Resolved::parse(text, source, &overrides).raise()?.into())
    }

    /// This experiment with `key=value` overrides.
    fn with_overrides(&self, overrides: Vec<String>) -> PyResult<Self> {
        Ok(Resolved::with_all(&self.inner, &overrides).raise()?.into())
    }

    /// As YAML, every key with its value.
    fn to_yaml(&self) -> PyResult<String> {
        self.inner.to_yaml().raise()
    }

    /// As YAML with a comment on every key: unit, choices, default and meaning.
    fn to_annotated_yaml(&self) -> PyResult<String> {
        self.inner.to_annotated_yaml().raise()
    }

    /// As nested dictionaries.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(pythonize(py, &self.inner)?)
    }

    /// Digest of everything that determines numbers.
    fn identity(&self) -> PyResult<String> {
        self.inner.identity().raise()
    }

    /// `spatial` or `head_direction`.
    #[getter]
    fn task_kind(&self) -> &'static str {
        match TaskKind::of(&self.inner) {
            TaskKind::Spatial => "spatial",
            TaskKind::HeadDirection => "head_direction",
        }
    }

    /// Path of its recording; none if its motion is simulated.
    #[getter]
    fn recording_file(&self) -> Option<PathBuf> {
        self.inner.task.recording().map(|spec| spec.file.clone())
    }

    /// This experiment with its recording at another path, which is taken as it stands.
    fn with_recording_file(&self, file: PathBuf) -> Self {
        let mut inner = self.inner.clone();
        if let Some(spec) = inner.task.recording_mut() {
            spec.file = file;
        }
        Self { inner, changed: self.changed.clone() }
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.inner == other.inner
    }
}

/// Names of the shipped experiments, with what each is about.
#[pyfunction]
pub(crate) fn shipped() -> Vec<(&'static str, String)> {
    experiment::shipped()
        .map(|(name, _)| {
            let about = experiment::Experiment::named(name).map(|found| found.about.clone());
            (name, about.unwrap_or_default())
        })
        .collect()
}

/// Every key of experiments: path, unit, values, default and meaning.
#[pyfunction]
pub(crate) fn keys(py: Python<'_>) -> PyResult<Vec<Bound<'_, PyDict>>> {
    let key = |key: &experiment::Key| {
        let dict = PyDict::new(py);
        dict.set_item("path", key.path)?;
        dict.set_item("task", pythonize(py, &key.task)?)?;
        dict.set_item("unit", key.unit)?;
        dict.set_item("choices", pythonize(py, &key.choices)?)?;
        dict.set_item("meaning", key.meaning)?;
        dict.set_item("defaults", pythonize(py, &key.defaults())?)?;
        Ok(dict)
    };
    experiment::keys().map(key).collect()
}
