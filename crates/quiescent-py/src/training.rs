//! Training into a run folder.

use std::path::PathBuf;

use pyo3::prelude::*;
use quiescent::run::RunFolder;
use quiescent::workflow::{self, Recordings, Session};

use crate::errors::Raise;
use crate::experiment::Experiment;
use crate::network::Network;
use crate::{recording, work};

/// Trains a network in a run folder, or goes on with a run that is there if it is of the same experiment.
/// With `keep`, the recording is kept in the folder. `on_event` is called with a dictionary for what happens;
/// if it raises, a checkpoint is saved first.
#[pyfunction]
pub(crate) fn train(
    py: Python<'_>,
    experiment: &Experiment,
    keep: bool,
    out: PathBuf,
    resume: bool,
    on_event: Py<PyAny>,
) -> PyResult<Network> {
    let experiment = &experiment.inner;
    let trained = work::run(
        py,
        move |watch| -> Result<_, workflow::Error> {
            let session = if resume && RunFolder::is_run(&out) {
                let run = RunFolder::open(&out)?;
                match keep {
                    true => workflow::check_same(&run, &workflow::keeping(experiment)?)?,
                    false => workflow::check_same(&run, experiment)?,
                }
                Session::resume(&out, &Recordings::NONE, watch)?
            } else if keep {
                Session::begin_keeping(experiment, &out)?
            } else {
                Session::begin(experiment, &out)?
            };
            if let Some(report) = session.network().and_then(|network| network.task().recording()) {
                let mut report = report.clone();
                if keep {
                    report.file = recording::FILE.into();
                }
                watch.recording(report.to_string());
            }
            session.train(watch)
        },
        |py, message| on_event.call1(py, (message.dict(py)?,)).map(drop),
    )?;
    let writer = trained
        .map_err(|mut error| {
            if keep && let workflow::Error::Task(error) = &mut error {
                recording::name_file(error);
            }
            error
        })
        .raise()?;
    Network::of_run(&writer)
}
