//! `quiescent import`: a run folder of a network that was trained elsewhere.

use crate::arguments::{ImportArguments, WeightLayout};
use crate::failure::Failure;
use crate::output::{complain, say};
use crate::{noise, threads, trained};
use ndarray::Array2;
use quiescent::exchange::{Orientation, Precision, Weights, read_cells, read_weights};
use quiescent::experiment::Experiment;
use quiescent::network::{Network, Parameters};
use quiescent::run::{
    CellsOrigin, Checkpoint, ImportRecord, MetricsLine, RunFolder, Status, file_sha256,
};
use quiescent::training::{Evaluation, chance_error, evaluate};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Share of the error of always the same answer from which a network counts as lost.
const LOST: f64 = 0.9;

/// Runs the command.
pub(crate) fn run(arguments: &ImportArguments) -> Result<(), Failure> {
    let experiment = Experiment::resolve(&arguments.experiment, &arguments.overrides)?;
    threads::with(arguments.threads, |threads| import(arguments, &experiment, threads))
}

fn import(
    arguments: &ImportArguments,
    experiment: &Experiment,
    threads: usize,
) -> Result<(), Failure> {
    // First, so that nothing is read in vain.
    RunFolder::check_empty(&arguments.out)?;
    let orientation = match arguments.layout {
        WeightLayout::OutIn => Orientation::OutIn,
        WeightLayout::InOut => Orientation::InOut,
    };
    let untrained = Network::untrained(experiment)?;
    let weights = read_weights(&arguments.weights, &untrained, orientation)?;
    explain(&arguments.weights, &weights);
    let (cells, origin) = cells(arguments, &untrained, &weights)?;
    let network = match &cells {
        Some(cells) => untrained.with_cells(&cells.iter().copied().collect::<Vec<_>>())?,
        None => untrained,
    };
    let network = network.with_parameters(weights.parameters);
    let imported = ImportRecord {
        file: name_of(&arguments.weights),
        file_sha256: file_sha256(&arguments.weights).map_err(|error| {
            Failure::Data(format!("cannot read {}: {error}", arguments.weights.display()))
        })?,
        layout: orientation.name().to_owned(),
        precision: list(weights.precisions.iter()),
        cells: origin,
        imported_unix_s: SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0.0, |since| since.as_secs_f64()),
    };
    let evaluation = evaluate(&network);
    write(arguments, &network, imported, evaluation, threads)?;
    announce(arguments, &network, evaluation)
}

/// Says what was done to the weights.
fn explain(path: &Path, weights: &Weights) {
    if let Some(prefix) = &weights.prefix {
        complain(&format!(
            "{}: all names begin with `{}`, which was left away",
            path.display(),
            prefix.escape_default()
        ));
    }
    let converted = weights.precisions.iter().filter(|precision| **precision != Precision::Single);
    let converted = list(converted);
    if !converted.is_empty() {
        complain(&format!(
            "{}: numbers of {converted} precision were converted to single precision",
            path.display()
        ));
    }
}

fn list<'a>(precisions: impl Iterator<Item = &'a Precision>) -> String {
    precisions.map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The target cells that the network was trained with, as far as they are known.
fn cells(
    arguments: &ImportArguments,
    network: &Network,
    weights: &Weights,
) -> Result<(Option<Array2<f32>>, CellsOrigin), Failure> {
    if let Some(path) = &arguments.place_cells {
        if weights.cells.as_ref().is_some_and(|cells| !cells.is_empty()) {
            complain(&format!(
                "the cells of {} are used, not those that {} holds too",
                path.display(),
                arguments.weights.display()
            ));
        }
        return Ok((Some(read_cells(path, network)?), CellsOrigin::File));
    }
    if network.task().preferred().is_empty() {
        return Ok((None, CellsOrigin::None));
    }
    if let Some(cells) = &weights.cells {
        return Ok((Some(cells.clone()), CellsOrigin::Weights));
    }
    complain(
        "warning: no target cells were given, so those of the experiment and its seed are taken. A \
         network that was trained elsewhere was trained with other cells: what is decoded from it \
         is then wrong. Give its own with --place-cells FILE",
    );
    Ok((None, CellsOrigin::Experiment))
}

/// Writes the run folder, whole or not at all.
fn write(
    arguments: &ImportArguments,
    network: &Network,
    imported: ImportRecord,
    evaluation: Evaluation,
    threads: usize,
) -> Result<(), Failure> {
    let experiment = network.experiment();
    let (recorded, path) = trained::recording(experiment, network.task().as_ref())?.unzip();
    let zeros = Parameters::zeros(network.parameters().layout());
    let checkpoint = Checkpoint {
        batch: 0,
        training_s: 0.0,
        adam_step: 0,
        parameters: network.parameters().clone(),
        adam_m: zeros.clone(),
        adam_v: zeros,
        cells: trained::preferred(network),
    };
    RunFolder::create_whole(&arguments.out, experiment, |writer| {
        writer.save_checkpoint(&checkpoint, &[])?;
        if let Some(path) = &path {
            writer.write_recorded(path)?;
        }
        writer.append_metrics(&MetricsLine {
            batch: 0,
            // What it was trained on is not known.
            train_loss: f64::NAN,
            test_loss: Some(evaluation.loss),
            decode_error: Some(evaluation.decode_error),
            decode_error_unit: Some(network.task().unit().to_owned()),
            wall_s: 0.0,
        })?;
        writer.update_record(|record| {
            record.status = Status::Finished;
            record.threads = threads;
            record.recording = recorded;
            record.imported = Some(imported);
        })
    })?;
    Ok(())
}

/// Prints what was imported, and warns of a network that does not do what it should.
fn announce(
    arguments: &ImportArguments,
    network: &Network,
    evaluation: Evaluation,
) -> Result<(), Failure> {
    let unit = network.task().unit();
    let chance = chance_error(network);
    complain(&format!(
        "Δt/τ {:.3}; noise: {}",
        network.experiment().dt_over_tau(),
        noise::waking(network.experiment())
    ));
    // Also if it is not a number.
    if evaluation.decode_error.partial_cmp(&(LOST * chance)) != Some(std::cmp::Ordering::Less) {
        complain(&format!(
            "warning: awake the network is off by {:.3} {unit}, and one that always gives the same \
             answer by {chance:.3} {unit}. Its cells, the order of its axes (--layout), or settings \
             of the experiment (network.activation, network.tau_s, time.dt_s, task.cells.width_*) \
             may not be those it was trained with",
            evaluation.decode_error
        ));
    }
    let folder = RunFolder::open(&arguments.out)?;
    if arguments.json {
        let json = serde_json::to_string(folder.record());
        say(&json.map_err(|error| Failure::Data(error.to_string()))?);
    } else {
        say(&format!(
            "{}: imported {}, test loss {:.3e}, decode error {:.3} {unit}, parameters {}",
            arguments.out.display(),
            name_of(&arguments.weights),
            evaluation.loss,
            evaluation.decode_error,
            folder.record().parameters_sha256.as_deref().unwrap_or("not saved"),
        ));
    }
    Ok(())
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
