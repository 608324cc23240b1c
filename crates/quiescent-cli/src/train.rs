//! `quiescent train`: one network into one run folder.

use crate::arguments::TrainArguments;
use crate::difference::refuse_other;
use crate::failure::Failure;
use crate::noise;
use crate::output::{complain, duration, say};
use crate::session::Session;
use crate::threads;
use quiescent::experiment::Experiment;
use quiescent::run::{RunFolder, RunRecord};
use std::path::Path;

/// Runs the command.
pub(crate) fn run(arguments: &TrainArguments) -> Result<(), Failure> {
    let (name, overrides) = split(arguments)?;
    let experiment = name.map(|name| Experiment::resolve(name, &overrides)).transpose()?;
    threads::with(arguments.threads, |threads| train(arguments, experiment, threads))
}

/// The experiment's name and the overrides, which are positional both.
fn split(arguments: &TrainArguments) -> Result<(Option<&str>, Vec<&str>), Failure> {
    let overrides: Vec<&str> = arguments.overrides.iter().map(String::as_str).collect();
    match arguments.experiment.as_deref() {
        Some(first) if first.contains('=') && !Path::new(first).exists() => {
            Err(Failure::Usage(if arguments.resume {
                format!(
                    "`{first}`: a run is resumed with its own experiment; leave overrides away, or \
                     begin a new run with an EXPERIMENT and another --out"
                )
            } else {
                format!("`{first}`: name an EXPERIMENT before the first override")
            }))
        }
        name => Ok((name, overrides)),
    }
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
                refuse_other(
                    folder,
                    session.writer().experiment(),
                    &asked,
                    "leave EXPERIMENT and overrides away to go on with its own",
                )?;
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
    let experiment = session.writer().experiment();
    if session.is_finished() {
        let how = match &session.writer().record().imported {
            Some(imported) => {
                format!("was imported from {}; there is nothing to train", imported.file)
            }
            None => "is already finished".to_owned(),
        };
        complain(&format!("{} {how}", folder.display()));
        return announce(arguments, session.writer().record());
    }
    complain(&format!(
        "training {} units for {} batches of {} trials on {threads} threads; Δt/τ {:.3}; noise: {}",
        experiment.network.units,
        experiment.training.batches,
        experiment.training.trials,
        experiment.dt_over_tau(),
        noise::waking(experiment),
    ));
    if let Some(report) = session.recording_report() {
        complain(&report);
    }
    let go_on = format!("quiescent train --resume --out {}", folder.display());
    let writer = session.train("train", &go_on, None)?;
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
