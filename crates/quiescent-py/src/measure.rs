//! Measurements as Python's dictionaries.

use std::collections::BTreeMap;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use pythonize::pythonize;
use quiescent::analysis::reactivation::Reactivation;
use quiescent::measure::{self, Measurements, Source};

use crate::arrays::{self, Corners, GivenPhase};
use crate::errors::Raise;
use crate::work;

/// Measures phases by name that come from anywhere. `radius` is how far from its start a trial counts as
/// having left it.
#[pyfunction]
#[pyo3(name = "measure")]
pub(crate) fn measure_arrays<'py>(
    py: Python<'py>,
    phases: BTreeMap<String, GivenPhase<'py>>,
    corners: Corners,
    dt_s: f64,
    radius: Option<f64>,
    settings: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let (phases, settings) = (arrays::phases(&phases)?, arrays::settings(settings)?);
    let space = arrays::space(&corners)?;
    let source = Source { radius, ..Source::arrays(&space, dt_s) };
    let found = work::run_silently(py, |_| measure::measure(&source, &phases, &settings))?;
    to_python(py, &found.raise()?)
}

/// Measurements with their list of numbers and their findings in words.
pub(crate) fn to_python<'py>(py: Python<'py>, found: &Measurements) -> PyResult<Bound<'py, PyAny>> {
    let dict = pythonize(py, found)?.cast_into::<PyDict>().map_err(PyErr::from)?;
    let divergences = dict.as_any().get_item("divergences")?;
    for (name, found) in &found.divergences {
        if let Ok(found) = found {
            divergences.set_item(name, reactivation_to_python(py, found)?)?;
        }
    }
    dict.set_item("scalars", pythonize(py, &found.scalars())?)?;
    dict.set_item("findings", pythonize(py, &found.findings(&BTreeMap::new()))?)?;
    Ok(dict.into_any())
}

/// A comparison of two phases with its verdicts, and those of each of its divergences.
pub(crate) fn reactivation_to_python<'py>(
    py: Python<'py>,
    found: &Reactivation,
) -> PyResult<Bound<'py, PyAny>> {
    let dict = pythonize(py, found)?;
    for (name, estimate) in [
        ("kl_quiescent_from_active", &found.kl_quiescent_from_active),
        ("kl_active_from_quiescent", &found.kl_active_from_quiescent),
        ("jensen_shannon", &found.jensen_shannon),
        ("kl_uniform_from_active", &found.kl_uniform_from_active),
    ] {
        dict.get_item(name)?.set_item("indistinguishable", estimate.indistinguishable())?;
    }
    dict.set_item("indistinguishable", found.indistinguishable())?;
    dict.set_item("resolution", found.resolution())?;
    Ok(dict)
}
