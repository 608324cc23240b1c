//! What run folders hold, and what is measured of them and kept there.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use pythonize::pythonize;
use quiescent::rest_map::{RestMap, RestMapSettings};
use quiescent::run::RunFolder;
use quiescent::workflow::{self, Recordings};

use crate::arrays;
use crate::errors::Raise;
use crate::work;

/// The lines of a run's metrics log.
#[pyfunction]
pub(crate) fn metrics(py: Python<'_>, folder: PathBuf) -> PyResult<Bound<'_, PyAny>> {
    let lines = py.detach(|| RunFolder::open(folder)?.metrics()).raise()?;
    Ok(pythonize(py, &lines)?)
}

/// A run's record, `run.json`.
#[pyfunction]
pub(crate) fn record(py: Python<'_>, folder: PathBuf) -> PyResult<Bound<'_, PyAny>> {
    let folder = RunFolder::open(folder).raise()?;
    Ok(pythonize(py, folder.record())?)
}

/// Measures a run's own phases, which are simulated if they are not there, and keeps the result in its folder.
#[pyfunction]
pub(crate) fn measure_run<'py>(
    py: Python<'py>,
    folder: PathBuf,
    on_event: Py<PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let found = work::run(
        py,
        move |watch| {
            let writer = RunFolder::open_for_writing(&folder)?;
            workflow::measure_run(&writer, workflow::SOME_STATES, &Recordings::NONE, watch)
        },
        |py, message| on_event.call1(py, (message.dict(py)?,)).map(drop),
    )?;
    crate::measure::to_python(py, &found.raise()?)
}

/// Examines a run by the theory and keeps the result, and its finished parts, in its folder.
#[pyfunction]
pub(crate) fn examine_run<'py>(
    py: Python<'py>,
    folder: PathBuf,
    settings: &Bound<'py, PyDict>,
    on_event: Py<PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let settings = arrays::settings(settings)?;
    let found = work::run(
        py,
        move |watch| {
            let writer = Arc::new(RunFolder::open_for_writing(&folder)?);
            workflow::examine_run(&writer, &settings, &Recordings::NONE, watch)
        },
        |py, message| on_event.call1(py, (message.dict(py)?,)).map(drop),
    )?;
    Ok(pythonize(py, &found.raise()?)?)
}

/// Draws up the map of a run's ways to rest and keeps it in its folder.
#[pyfunction]
pub(crate) fn map_rest<'py>(
    py: Python<'py>,
    folder: PathBuf,
    settings: &Bound<'py, PyDict>,
    on_event: Py<PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let settings: RestMapSettings = arrays::settings(settings)?;
    let found = work::run(
        py,
        move |watch| {
            let writer = RunFolder::open_for_writing(&folder)?;
            workflow::map_rest(&writer, &settings, &Recordings::NONE, watch)
        },
        |py, message| on_event.call1(py, (message.dict(py)?,)).map(drop),
    )?;
    rest_map_to_python(py, &found.raise()?)
}

/// A map with the sentences that it answers, and how each way is judged.
pub(crate) fn rest_map_to_python<'py>(
    py: Python<'py>,
    map: &RestMap,
) -> PyResult<Bound<'py, PyAny>> {
    let all = pythonize(py, map)?;
    let points = all.get_item("points")?.cast_into::<PyList>().map_err(PyErr::from)?;
    for (point, shown) in map.points.iter().zip(points) {
        let judged = map.judge(point);
        shown.set_item("faithful", judged.map(|judged| judged.faithful.name()))?;
        shown.set_item("continuous", judged.map(|judged| judged.continuous.name()))?;
        shown.set_item("forgets", judged.map(|judged| judged.forgets.name()))?;
    }
    let sentences = map.sentences().unwrap_or_else(|missing| vec![format!("no answer: {missing}")]);
    all.set_item("answer", sentences)?;
    Ok(all)
}
