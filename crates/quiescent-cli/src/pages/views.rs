//! What a page shows of a measured run, read from its folder.

use crate::ui::failure::Failure;
use crate::ui::left_out::LeftOut;
use quiescent::analysis::reactivation::Estimate;
use quiescent::experiment::QuiescentNoise;
use quiescent::run::RunFolder;
use quiescent::workflow;
use quiescent_report::RunView;
use std::collections::BTreeMap;

/// What a page shows of measured runs, read from their folders; failures are told with the run's name.
pub(crate) fn views(runs: &[(&str, &RunFolder)]) -> Vec<Result<RunView, LeftOut>> {
    let pairs = runs.iter().zip(workflow::across(runs));
    pairs
        .map(|((name, folder), across)| {
            view(name, folder, across).map_err(|failure| LeftOut::new(*name, failure))
        })
        .collect()
}

fn view(
    name: &str,
    folder: &RunFolder,
    across: BTreeMap<String, Estimate>,
) -> Result<RunView, Failure> {
    let recording = match folder.experiment().task.recording() {
        Some(_) => folder.recorded()?,
        None => None,
    };
    let experiment = folder.experiment().clone();
    let mut rest = experiment.rest.clone();
    let mut phases = BTreeMap::new();
    for name in ["active", "quiescent"] {
        phases.insert(name.to_owned(), folder.read_phase(name)?);
        // What is shown is what was simulated, also where that is not what the experiment says.
        if let Some(record) = folder.phase_record(name)?
            && let Some(start) = record.start
        {
            (rest.start, rest.trials, rest.steps) = (start, record.trials, record.steps);
            let dynamics = record.dynamics;
            (rest.adaptation, rest.momentum, rest.tau_s) =
                (dynamics.adaptation, dynamics.momentum, dynamics.tau_s);
            if rest.noise.sigma(experiment.network.noise.sigma) != record.sigma {
                rest.noise = QuiescentNoise::Sigma(record.sigma);
            }
        }
    }
    Ok(RunView {
        name: name.to_owned(),
        experiment,
        rest,
        record: folder.record().clone(),
        metrics: folder.metrics()?,
        phases,
        measurements: workflow::measurements(folder)?,
        across,
        recording,
        emergence: folder.emergence()?,
        rest_map: workflow::current_rest_map(folder, None)?,
    })
}
