//! Training into a run folder.

use std::path::PathBuf;

use pyo3::prelude::*;
use quiescent::run::RunFolder;
use quiescent::workflow::{self, Recordings, Session};

use crate::errors::Raise;
use crate::experiment::Experiment;
use crate::network::Network;
use crate::work;

/// Trains a network in a run folder, or goes on with a run that is there if it is of the same experiment.
/// `on_event` is called with a dictionary for what happens; if it raises, a checkpoint is saved first.
#[pyfunction]
pub(crate) fn train(
    py: Python<'_>,
    experiment: &Experiment,
    out: PathBuf,
    resume: bool,
    on_event: Py<PyAny>,
) -> PyResult<Network> {
    let experiment = &experiment.inner;
    let trained = work::run(
        py,
        move |watch| -> Result<_, workflow::Error> {
            let session = if resume && RunFolder::is_run(&out) {
                workflow::check_same(&RunFolder::open(&out)?, experiment)?;
                Session::resume(&out, &Recordings::NONE, watch)?
            } else {
                Session::begin(experiment, &out)?
            };
            if let Some(report) = session.network().and_then(|network| network.task().recording()) {
                watch.recording(report.to_string());
            }
            session.train(watch)
        },
        |py, message| on_event.call1(py, (message.dict(py)?,)).map(drop),
    )?;
    let writer = trained.raise()?;
    Network::of_run(&writer)
}
