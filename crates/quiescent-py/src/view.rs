//! The viewer's sessions, for the notebook's widget.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use quiescent_view::{Gallery, Outgoing, Session, page};

use crate::errors::Kind;
use crate::network::Network;
use crate::work::run_silently;

/// The viewer, an ES module, and its style.
#[pyfunction]
pub(crate) fn viewer_assets() -> (&'static str, &'static str) {
    (page::SCRIPT, page::STYLE)
}

/// Networks to look at, by name.
#[pyclass(frozen, module = "quiescent._native")]
pub(crate) struct ViewGallery(Arc<Gallery>);

#[pymethods]
impl ViewGallery {
    #[new]
    fn new(networks: Vec<(String, PyRef<'_, Network>)>) -> Self {
        let named = networks.into_iter().map(|(name, network)| (name, network.inner().clone()));
        Self(Arc::new(Gallery::new(named)))
    }

    /// Begins a session, with the first reply.
    fn open(&self, py: Python<'_>) -> (ViewSession, Py<PyAny>) {
        let (session, hello) = Session::new(self.0.clone());
        (ViewSession(Mutex::new(session)), outgoing(py, hello))
    }
}

/// One who looks.
#[pyclass(frozen, module = "quiescent._native")]
pub(crate) struct ViewSession(Mutex<Session>);

#[pymethods]
impl ViewSession {
    /// Answers a request, a JSON text, with replies (texts) and frames (bytes).
    fn receive(&self, py: Python<'_>, request: &str) -> PyResult<Vec<Py<PyAny>>> {
        let answer = |request: &str| {
            let mut session = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            session.receive(request)
        };
        match run_silently(py, |_| answer(request))? {
            Ok(all) => Ok(all.into_iter().map(|out| outgoing(py, out)).collect()),
            Err(malformed) => Err(Kind::Measurement.raise(malformed.0)),
        }
    }
}

fn outgoing(py: Python<'_>, out: Outgoing) -> Py<PyAny> {
    match out {
        Outgoing::Text(text) => PyString::new(py, &text).into_any().unbind(),
        Outgoing::Frame(bytes) => PyBytes::new(py, &bytes).into_any().unbind(),
    }
}
