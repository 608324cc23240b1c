//! NumPy arrays from and to the library's, and spaces from Python's descriptions of them.

use std::collections::BTreeMap;

use ndarray::{Array2, Array3, ArrayView3};
use numpy::{IntoPyArray, PyReadonlyArray3};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pythonize::{depythonize, pythonize};
use quiescent::experiment::RestDynamics;
use quiescent::measure::{Activity, PhaseData};
use quiescent::simulate::Phase;
use quiescent::space::{Region, Space};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::errors::{Kind, Raise};

/// A space: none for the circle, or the lowest and the highest corner of a box.
pub(crate) type Corners = Option<(Vec<f64>, Vec<f64>)>;

/// The space that Python describes by its corners.
pub(crate) fn space(corners: &Corners) -> PyResult<Space> {
    match corners {
        None => Ok(Space::Circle),
        Some((low, high)) => Ok(Space::Region(Region::new(low, high).raise()?)),
    }
}

/// The corners of a space.
pub(crate) fn corners(space: &Space) -> Corners {
    space.region().map(|region| (region.low().to_vec(), region.high().to_vec()))
}

/// A phase as a dictionary of arrays, none of which is copied.
pub(crate) fn phase_to_dict(py: Python<'_>, phase: Phase) -> PyResult<Bound<'_, PyDict>> {
    let Phase { decoded, truth, states, state_stride, end, adaptation, velocity } = phase;
    let dict = PyDict::new(py);
    dict.set_item("decoded", decoded.into_pyarray(py))?;
    dict.set_item("truth", truth.map(|truth| truth.into_pyarray(py)))?;
    dict.set_item("states", states.map(|states| states.into_pyarray(py)))?;
    dict.set_item("state_stride", state_stride)?;
    dict.set_item("end", end.into_pyarray(py))?;
    dict.set_item("adaptation", adaptation.map(|values| values.into_pyarray(py)))?;
    dict.set_item("velocity", velocity.map(|values| values.into_pyarray(py)))?;
    Ok(dict)
}

/// A phase as Python gives it to be measured.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct GivenPhase<'py> {
    decoded: PyReadonlyArray3<'py, f32>,
    truth: Option<PyReadonlyArray3<'py, f32>>,
    states: Option<PyReadonlyArray3<'py, f32>>,
    state_stride: usize,
    sigma: Option<f64>,
    seed: Option<u64>,
    /// Whether it is a quiescent phase, and where it began, as in an experiment's `rest.start`.
    start: Option<Bound<'py, PyAny>>,
    /// How its units moved, as in an experiment's `rest`.
    dynamics: Bound<'py, PyAny>,
}

impl GivenPhase<'_> {
    /// What the library measures. States are reduced here, so they are not copied.
    pub(crate) fn data(&self) -> PyResult<PhaseData> {
        let owned =
            |array: &PyReadonlyArray3<'_, f32>| -> Array3<f32> { array.as_array().to_owned() };
        let decoded = owned(&self.decoded);
        let activity = match &self.states {
            None => None,
            Some(states) => Some(activity(states.as_array(), &decoded, self.state_stride)?),
        };
        let start = match &self.start {
            None => None,
            Some(start) => Some(depythonize(start).map_err(|error| {
                Kind::Measurement.raise(format!("the start of a phase: {error}"))
            })?),
        };
        let end = Array2::zeros((decoded.dim().0, 0));
        let truth = self.truth.as_ref().map(owned);
        let phase = Phase {
            decoded,
            truth,
            states: None,
            state_stride: 1,
            end,
            adaptation: None,
            velocity: None,
        };
        let (sigma, seed) = (self.sigma, self.seed);
        let dynamics: RestDynamics = depythonize(&self.dynamics).map_err(|error| {
            Kind::Measurement.raise(format!("how the units of a phase moved: {error}"))
        })?;
        Ok(PhaseData { phase, sigma, start, dynamics, seed, activity })
    }
}

/// What the library measures of phases by name.
pub(crate) fn phases(
    given: &BTreeMap<String, GivenPhase<'_>>,
) -> PyResult<BTreeMap<String, PhaseData>> {
    given.iter().map(|(name, phase)| Ok((name.clone(), phase.data()?))).collect()
}

/// Hidden activity of states after every `stride`-th step.
fn activity(
    states: ArrayView3<'_, f32>,
    decoded: &Array3<f32>,
    stride: usize,
) -> PyResult<Activity> {
    let stride = stride.max(1);
    let decoded = decoded.slice(ndarray::s![.., (stride - 1).min(decoded.dim().1)..;stride, ..]);
    Activity::of(states, decoded).raise()
}

/// Settings with the changes that Python gives to their defaults.
pub(crate) fn settings<T: Default + Serialize + DeserializeOwned>(
    changes: &Bound<'_, PyDict>,
) -> PyResult<T> {
    let all = pythonize(changes.py(), &T::default())?.cast_into::<PyDict>().map_err(PyErr::from)?;
    for (name, value) in changes {
        if !all.contains(&name)? {
            let names: Vec<String> = all.keys().extract()?;
            let message = format!("settings: there is no `{name}`; there are {}", names.join(", "));
            return Err(Kind::Measurement.raise(message));
        }
        all.set_item(name, value)?;
    }
    depythonize(&all).map_err(|error| Kind::Measurement.raise(format!("settings: {error}")))
}
