//! `quiescent train`: one network into one run folder.

use crate::arguments::TrainArguments;
use crate::failure::Failure;
use crate::output::{complain, duration, say};
use crate::session::Session;
use crate::threads;
use quiescent::experiment::Experiment;
use quiescent::run::{RunFolder, RunRecord, Status};
use serde_json::Value;

/// Runs the command.
pub(crate) fn run(arguments: &TrainArguments) -> Result<(), Failure> {
    let experiment = arguments
        .experiment
        .as_deref()
        .map(|name| Experiment::resolve(name, &arguments.overrides))
        .transpose()?;
    threads::with(arguments.threads, |threads| train(arguments, experiment, threads))
}

fn train(
    arguments: &TrainArguments,
    experiment: Option<Experiment>,
    threads: usize,
) -> Result<(), Failure> {
    let folder = &arguments.out;
    let session = match (arguments.resume && RunFolder::is_run(folder), experiment) {
        (true, asked) => {
            let session = Session::resume(folder, threads)?;
            if let Some(asked) = asked {
                same_experiment(session.writer().experiment(), &asked)?;
            }
            session
        }
        (false, Some(experiment)) => Session::begin(&experiment, folder, threads)?,
        (false, None) => {
            return Err(Failure::Usage(format!(
                "there is no run in {} to resume: name an EXPERIMENT to begin one",
                folder.display()
            )));
        }
    };
    let record = session.writer().record();
    let experiment = session.writer().experiment();
    if record.status == Status::Finished && record.batch >= experiment.training.batches {
        complain(&format!("{} is already finished", folder.display()));
        return announce(arguments, record);
    }
    complain(&format!(
        "training {} units for {} batches of {} trials on {threads} threads; noise sd per step \
         {:.4} (σ {} per √s, Δt {} s), Δt/τ {:.3}",
        experiment.network.units,
        experiment.training.batches,
        experiment.training.trials,
        experiment.noise_sd_per_step(),
        experiment.network.noise.sigma,
        experiment.time.dt_s,
        experiment.dt_over_tau(),
    ));
    if let Some(report) = session.recording_report() {
        complain(&report);
    }
    let writer = session.train("train")?;
    announce(arguments, writer.record())
}

fn announce(arguments: &TrainArguments, record: &RunRecord) -> Result<(), Failure> {
    if arguments.json {
        say(&serde_json::to_string(record).map_err(|error| Failure::Data(error.to_string()))?);
    } else {
        say(&format!(
            "{}: {} batches in {}, parameters {}",
            arguments.out.display(),
            record.batch,
            duration(record.training_s),
            record.parameters_sha256.as_deref().unwrap_or("not saved"),
        ));
    }
    Ok(())
}

/// Refuses to resume a run under another specification, naming what differs.
fn same_experiment(there: &Experiment, asked: &Experiment) -> Result<(), Failure> {
    let (there, asked) = (flatten(there)?, flatten(asked)?);
    let differences: Vec<String> = there
        .iter()
        .filter_map(|(key, value)| {
            let other = asked.iter().find(|(k, _)| k == key).map(|(_, v)| v);
            (other != Some(value)).then(|| match other {
                Some(other) => format!("{key} is {value} there and {other} here"),
                None => format!("{key} is {value} there and absent here"),
            })
        })
        .collect();
    if differences.is_empty() {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "the run to resume was begun with another experiment: {}; leave EXPERIMENT and overrides \
         away to go on with its own",
        differences.join("; ")
    )))
}

/// Dotted keys and values of everything that determines the numbers.
fn flatten(experiment: &Experiment) -> Result<Vec<(String, Value)>, Failure> {
    fn walk(prefix: &str, value: Value, out: &mut Vec<(String, Value)>) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    let path = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
                    walk(&path, value, out);
                }
            }
            leaf => out.push((prefix.to_owned(), leaf)),
        }
    }
    let value =
        serde_json::to_value(experiment).map_err(|error| Failure::Data(error.to_string()))?;
    let mut out = Vec::new();
    walk("", value, &mut out);
    out.retain(|(key, _)| key != "about");
    Ok(out)
}
