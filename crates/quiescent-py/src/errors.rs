//! The library's errors as Python exceptions, one class for each kind of fault.

use std::ffi::CString;

use pyo3::exceptions::{PyRuntimeError, PyUserWarning};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;
use quiescent::analysis;
use quiescent::experiment::SpecError;
use quiescent::network::ParameterError;
use quiescent::run::{FailureKind, RunError};
use quiescent::space::SpaceError;
use quiescent::task::TaskError;
use quiescent::workflow::{self, OpenError};

/// A kind of fault, and the class in `quiescent.errors` that stands for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An experiment, or another request, that makes no sense.
    Experiment,
    /// A run folder that is not there, is damaged, or is in use.
    Run,
    /// A recording that cannot be used.
    Recording,
    /// Arrays or settings that cannot be measured or simulated.
    Measurement,
    /// Weights that do not fit.
    Weights,
    /// Training diverged, or rates ran away.
    Diverged,
    /// The work was ended; what was done is kept.
    Interrupted,
    /// Too little memory.
    Memory,
}

impl Kind {
    fn class(self) -> &'static str {
        match self {
            Self::Experiment => "ExperimentError",
            Self::Run => "RunError",
            Self::Recording => "RecordingError",
            Self::Measurement => "MeasurementError",
            Self::Weights => "WeightsError",
            Self::Diverged => "DivergedError",
            Self::Interrupted => "StoppedError",
            Self::Memory => "OutOfMemoryError",
        }
    }

    /// An exception of this kind.
    pub(crate) fn raise(self, message: impl std::fmt::Display) -> PyErr {
        let message = message.to_string();
        Python::attach(|py| match class(py, self.class()) {
            Ok(class) => PyErr::from_type(class, message),
            // The package is broken; the message matters more than its class.
            Err(_) => PyRuntimeError::new_err(message),
        })
    }
}

fn class<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyType>> {
    static ERRORS: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let errors = ERRORS
        .get_or_try_init(py, || PyModule::import(py, "quiescent.errors").map(Bound::unbind))?;
    Ok(errors.bind(py).getattr(name)?.cast_into::<PyType>()?)
}

/// Errors that become exceptions.
pub(crate) trait Raise<T> {
    /// The value, or the exception.
    fn raise(self) -> PyResult<T>;
}

impl<T, E: Fault> Raise<T> for Result<T, E> {
    fn raise(self) -> PyResult<T> {
        self.map_err(|error| error.kind().raise(error))
    }
}

/// An error of the library, with its kind.
pub(crate) trait Fault: std::fmt::Display {
    /// The kind of fault.
    fn kind(&self) -> Kind;
}

impl Fault for SpecError {
    fn kind(&self) -> Kind {
        Kind::Experiment
    }
}

impl Fault for SpaceError {
    fn kind(&self) -> Kind {
        Kind::Measurement
    }
}

impl Fault for RunError {
    fn kind(&self) -> Kind {
        Kind::Run
    }
}

impl Fault for ParameterError {
    fn kind(&self) -> Kind {
        Kind::Weights
    }
}

impl Fault for TaskError {
    fn kind(&self) -> Kind {
        match self {
            Self::Recording(_) => Kind::Recording,
            _ => Kind::Experiment,
        }
    }
}

impl Fault for analysis::Error {
    fn kind(&self) -> Kind {
        match self.reason() {
            analysis::Reason::RanAway => Kind::Diverged,
            analysis::Reason::Cancelled => Kind::Interrupted,
            _ => Kind::Measurement,
        }
    }
}

impl Fault for OpenError {
    fn kind(&self) -> Kind {
        match self {
            Self::Task(error) => error.kind(),
            Self::Parameters(_) => Kind::Weights,
            Self::RecordingGone(_) => Kind::Recording,
            _ => Kind::Run,
        }
    }
}

impl Fault for workflow::Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Open(error) => error.kind(),
            Self::Task(error) => error.kind(),
            Self::Run(_) | Self::OtherExperiment { .. } | Self::PhaseExists { .. } => Kind::Run,
            Self::Memory { .. } | Self::TooLarge { .. } => Kind::Memory,
            Self::Simulation { source, .. } => source.kind(),
            _ => match Self::kind(self) {
                FailureKind::Request => Kind::Experiment,
                FailureKind::Diverged => Kind::Diverged,
                FailureKind::Interrupted => Kind::Interrupted,
                _ => Kind::Run,
            },
        }
    }
}

/// Warns the user of what is no error.
pub(crate) fn warn(text: &str) -> PyResult<()> {
    let text = CString::new(text).map_err(PyRuntimeError::new_err)?;
    Python::attach(|py| PyErr::warn(py, &py.get_type::<PyUserWarning>(), &text, 1))
}
