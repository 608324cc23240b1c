//! Networks: simulated, measured, examined, and their weights.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ndarray::{Array3, ArrayViewD};
use numpy::{PyArrayDyn, PyReadonlyArray2, PyReadonlyArray3, PyReadonlyArrayDyn, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pythonize::{depythonize, pythonize};
use quiescent::experiment::RestDynamics;
use quiescent::measure::{self, Source};
use quiescent::network::{self, Parameters};
use quiescent::rest_map::{self, RestMapSettings};
use quiescent::run::{RunFolder, parameters_sha256};
use quiescent::simulate::{self, Drive, Keep, Phase, Setup, Start};
use quiescent::theory::{self, PartialExamination, Progress};
use quiescent::workflow::{self, Observer, Recordings};

use crate::arrays::{self, Corners, GivenPhase, corners, phase_to_dict};
use crate::errors::{Kind, Raise};
use crate::experiment::Experiment;
use crate::{recording, work};

/// A network with its experiment and its task.
#[pyclass(frozen, module = "quiescent._native")]
pub(crate) struct Network {
    inner: network::Network,
    /// Its run folder.
    #[pyo3(get)]
    folder: Option<PathBuf>,
    /// Batches that it was trained for.
    #[pyo3(get)]
    batch: u64,
    /// Path of its recording, if its run folder keeps it.
    #[pyo3(get)]
    kept_recording: Option<PathBuf>,
}

impl Network {
    /// Without a run folder.
    fn alone(inner: network::Network, batch: u64) -> Self {
        Self { inner, folder: None, batch, kept_recording: None }
    }

    /// As the library has it.
    pub(crate) fn inner(&self) -> &network::Network {
        &self.inner
    }

    /// Of a run folder, at its latest checkpoint.
    pub(crate) fn of_run(folder: &RunFolder) -> PyResult<Self> {
        let opened = workflow::open(folder, &Recordings::NONE).raise()?;
        if let Some(to) = &opened.recording_moved_to {
            let text = format!(
                "the recording of {} was read from {}",
                folder.path().display(),
                to.display()
            );
            crate::errors::warn(&text)?;
        }
        let inner = opened.network;
        let located = inner.experiment().task.recording().map(|spec| spec.file.clone());
        let kept_recording = folder.kept_recording().and(located);
        let (folder, batch) = (Some(folder.path().to_owned()), folder.record().batch);
        Ok(Self { inner, folder, batch, kept_recording })
    }
}

/// Where a simulation begins, as Python says it.
#[derive(FromPyObject)]
enum GivenStart<'py> {
    /// `[trial, unit]`.
    States(PyReadonlyArray2<'py, f32>),
    /// A point.
    Point(Vec<f32>),
}

/// What a phase that goes on has besides its end states, as Python says it.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct GivenBefore<'py> {
    /// Steps of it and of those that it continued.
    steps: usize,
    /// `[trial, unit]`.
    adaptation: Option<PyReadonlyArray2<'py, f32>>,
    /// `[trial, unit]`.
    velocity: Option<PyReadonlyArray2<'py, f32>>,
}

/// What is simulated, as Python says it.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct GivenSetup<'py> {
    /// Inputs of your own, `[trial, step, input]`.
    inputs: Option<PyReadonlyArray3<'py, f32>>,
    /// Without inputs: whether it is driven by the task's own motion, or silent.
    moves: bool,
    /// Without a start, trials begin at the encoding of stimuli that are drawn.
    start: Option<GivenStart<'py>>,
    trials: usize,
    steps: usize,
    /// As in an experiment's `rest.noise`.
    noise: Bound<'py, PyAny>,
    /// As in an experiment's `rest`; none for the dynamics of training.
    dynamics: Option<Bound<'py, PyAny>>,
    /// What the phase whose end states are the start carries, if it goes on.
    before: Option<GivenBefore<'py>>,
    /// Steps between two states that are kept; none are if it is 0.
    stride: usize,
    seed: Option<u64>,
}

impl GivenBefore<'_> {
    /// The phase that goes on, of which only its end matters, and its steps.
    fn phase(&self, end: &PyReadonlyArray2<'_, f32>) -> (Phase, usize) {
        let owned = |array: &PyReadonlyArray2<'_, f32>| array.as_array().to_owned();
        let end = owned(end);
        let phase = Phase {
            decoded: Array3::zeros((end.nrows(), 0, 0)),
            truth: None,
            states: None,
            state_stride: 1,
            end,
            adaptation: self.adaptation.as_ref().map(owned),
            velocity: self.velocity.as_ref().map(owned),
        };
        (phase, self.steps)
    }
}

#[pymethods]
impl Network {
    /// The network of a run folder at its latest checkpoint.
    #[staticmethod]
    fn open(py: Python<'_>, folder: PathBuf) -> PyResult<Self> {
        py.detach(|| Self::of_run(&RunFolder::open(folder).raise()?))
    }

    /// A network before any training. With `from_arrays`, the file of its recording is not the user's.
    #[staticmethod]
    fn untrained(py: Python<'_>, experiment: &Experiment, from_arrays: bool) -> PyResult<Self> {
        let made = py.detach(|| network::Network::untrained(&experiment.inner));
        let inner = made
            .map_err(|mut error| {
                if from_arrays {
                    recording::name_file(&mut error);
                }
                error
            })
            .raise()?;
        Ok(Self::alone(inner, 0))
    }

    /// The same network, which does not know of a run folder.
    fn without_folder(&self) -> Self {
        Self::alone(self.inner.clone(), self.batch)
    }

    /// Its experiment.
    #[getter]
    fn experiment(&self) -> Experiment {
        quiescent::experiment::Experiment::clone(self.inner.experiment()).into()
    }

    /// Lowest and highest corner of its space; none for the circle.
    #[getter]
    fn corners(&self) -> Corners {
        corners(self.inner.task().space())
    }

    /// `m` or `rad`.
    #[getter]
    fn unit(&self) -> &'static str {
        self.inner.task().space().unit()
    }

    /// Number of hidden units.
    #[getter]
    fn units(&self) -> usize {
        self.inner.experiment().network.units
    }

    /// Digest of its parameters.
    #[getter]
    fn parameters_sha256(&self) -> String {
        parameters_sha256(self.inner.parameters())
    }

    /// Preferred stimuli of the target cells, `[cell, dim]`.
    fn cells<'py>(&self, py: Python<'py>) -> Bound<'py, numpy::PyArray2<f32>> {
        self.inner.cells().to_pyarray(py)
    }

    /// Every parameter by its name, as PyTorch shapes it.
    fn parameters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (name, view) in self.inner.parameters().views() {
            let array: Bound<'py, PyArrayDyn<f32>> = view.to_pyarray(py);
            dict.set_item(name, array)?;
        }
        Ok(dict)
    }

    /// The same network with other parameters, all of them, and with other target cells if given.
    #[pyo3(signature = (parameters, cells))]
    fn with_parameters(
        &self,
        parameters: BTreeMap<String, PyReadonlyArrayDyn<'_, f32>>,
        cells: Option<PyReadonlyArray2<'_, f32>>,
    ) -> PyResult<Self> {
        let views: Vec<(&str, ArrayViewD<'_, f32>)> =
            parameters.iter().map(|(name, array)| (name.as_str(), array.as_array())).collect();
        let given = Parameters::from_named(self.inner.parameters().layout(), views).raise()?;
        let inner = match cells {
            None => self.inner.clone(),
            Some(cells) => {
                let cells: Vec<f32> = cells.as_array().iter().copied().collect();
                self.inner.clone().with_cells(&cells).raise()?
            }
        };
        let inner = inner.with_parameters(given).raise()?;
        Ok(Self::alone(inner, 0))
    }

    /// Simulates a phase.
    fn simulate<'py>(
        &self,
        py: Python<'py>,
        setup: GivenSetup<'py>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let noise = depythonize(&setup.noise)
            .map_err(|error| Kind::Measurement.raise(format!("noise: {error}")))?;
        let drive = match &setup.inputs {
            Some(inputs) => Drive::Inputs(inputs.as_array()),
            None if setup.moves => Drive::Motion,
            None => Drive::Silent,
        };
        let trials = setup.trials;
        let before = match (&setup.start, &setup.before) {
            (Some(GivenStart::States(end)), Some(before)) => Some(before.phase(end)),
            _ => None,
        };
        let start = match (&setup.start, &before) {
            (_, Some((phase, steps))) => Start::Continued { phase, steps: *steps },
            (None, _) => Start::Encoded { trials },
            (Some(GivenStart::States(states)), _) => Start::States(states.as_array()),
            (Some(GivenStart::Point(point)), _) => Start::Point { trials, stimulus: point.clone() },
        };
        let keep = match setup.stride {
            0 => Keep::Decoded,
            stride => Keep::States { stride },
        };
        let (steps, seed) = (setup.steps, setup.seed);
        let dynamics = match &setup.dynamics {
            None => RestDynamics::FIRST_ORDER,
            Some(given) => depythonize(given)
                .map_err(|error| Kind::Measurement.raise(format!("dynamics: {error}")))?,
        };
        let setup = Setup { drive, start, noise, dynamics, steps, keep, seed };
        let network = &self.inner;
        let simulated = work::run_silently(py, |watch| simulate::simulate(network, &setup, watch))?;
        phase_to_dict(py, simulated.raise()?.0)
    }

    /// Measures phases by name.
    fn measure<'py>(
        &self,
        py: Python<'py>,
        phases: BTreeMap<String, GivenPhase<'py>>,
        settings: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (phases, settings) = (arrays::phases(&phases)?, arrays::settings(settings)?);
        let source = Source::of(&self.inner);
        let found = work::run_silently(py, |_| measure::measure(&source, &phases, &settings))?;
        crate::measure::to_python(py, &found.raise()?)
    }

    /// Examines it by the theory.
    fn examine<'py>(
        &self,
        py: Python<'py>,
        settings: &Bound<'py, PyDict>,
        on_event: Py<PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let settings = arrays::settings(settings)?;
        let network = &self.inner;
        let examined = work::run(
            py,
            |watch| {
                let done = PartialExamination::new(settings);
                theory::examine_from(network, done, &mut |progress| {
                    if let Progress::Done(done) = progress {
                        watch.examining(done);
                    }
                    match watch.cancelled() {
                        true => std::ops::ControlFlow::Break(()),
                        false => std::ops::ControlFlow::Continue(()),
                    }
                })
            },
            |py, message| on_event.call1(py, (message.dict(py)?,)).map(drop),
        )?;
        let examined = examined.map_err(|missing| Kind::Measurement.raise(missing))?;
        Ok(pythonize(py, &examined)?)
    }

    /// Draws up its map of rest.
    fn rest_map<'py>(
        &self,
        py: Python<'py>,
        settings: &Bound<'py, PyDict>,
        on_event: Py<PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let settings: RestMapSettings = arrays::settings(settings)?;
        let network = &self.inner;
        let map = work::run(
            py,
            |watch| {
                rest_map::rest_map(network, &settings, &mut |done| {
                    watch.examining(done);
                    match watch.cancelled() {
                        true => std::ops::ControlFlow::Break(()),
                        false => std::ops::ControlFlow::Continue(()),
                    }
                })
            },
            |py, message| on_event.call1(py, (message.dict(py)?,)).map(drop),
        )?;
        let map = map.map_err(|missing| Kind::Measurement.raise(missing))?;
        crate::runs::rest_map_to_python(py, &map)
    }
}
