//! `quiescent import`: a run folder of a network that was trained elsewhere.

use crate::ui::experiment;
use crate::ui::failure::Failure;
use crate::ui::flags::{Json, Threads};
use crate::ui::output::complain;
use clap::{Args, ValueEnum};
use ndarray::Array2;
use quiescent::exchange::{
    ExchangeError, ModuleReason, Options, Orientation, Precision, Reason, ShapeHint, StartReason,
    StartState, Weights, read_cells, read_weights,
};
use quiescent::experiment::Experiment;
use quiescent::network::Network;
use quiescent::run::{CellsOrigin, ImportRecord, ImportTracking, RunError, RunFolder, file_sha256};
use quiescent::workflow::{self, Difference, OpenError};
use std::path::Path;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// Make a run folder of a network that was trained elsewhere.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  quiescent import --weights weights.safetensors --place-cells \
                  cells.npy --experiment paper/spatial/noisy_unbiased --out runs/theirs\n  \
                  quiescent import --weights jax.npz --layout in_out --experiment \
                  demo/head_direction/noisy_unbiased --out runs/jax network.units=128\n\nWeights \
                  have the names of a PyTorch state_dict; docs/formats.md has them, and the lines \
                  of Python that turn a saved model into such a file. --json prints run.json."
)]
pub(crate) struct Arguments {
    /// The weights: safetensors or npz.
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    /// What the network was trained for: a shipped experiment (see `quiescent experiments`) or a
    /// YAML file.
    #[arg(long, value_name = "EXPERIMENT")]
    experiment: String,
    /// Preferred positions (m) or headings (rad) of its target cells, [cell, dim]: npy, npz or
    /// safetensors [default: those in the file of the weights; else the experiment's own].
    #[arg(long, value_name = "FILE")]
    place_cells: Option<PathBuf>,
    /// Order of the axes of its weight matrices.
    #[arg(long, value_enum, default_value_t = WeightLayout::OutIn)]
    layout: WeightLayout,
    /// The state it begins in, where it has no encoder: zeros, or the name of the array of a learnt
    /// start state [default: as the file has it].
    #[arg(long, value_name = "zeros|NAME")]
    start: Option<String>,
    /// The run folder: new or empty.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Changes to the experiment, such as network.units=256.
    #[arg(value_name = "KEY=VALUE")]
    overrides: Vec<String>,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    json: Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum WeightLayout {
    /// [out, in], as PyTorch has it.
    OutIn,
    /// [in, out], as JAX code usually has it.
    InOut,
}

impl From<ExchangeError> for Failure {
    fn from(error: ExchangeError) -> Self {
        let advice = advice(&error.reason);
        let text = advice.map_or_else(|| error.to_string(), |advice| format!("{error}; {advice}"));
        match error.reason {
            Reason::Exists => Self::Usage(text),
            Reason::Write(error) => error.into(),
            _ => Self::Data(text),
        }
    }
}

/// Which flags or commands help.
fn advice(reason: &Reason) -> Option<String> {
    Some(match reason {
        Reason::Checkpoint => {
            "give the file that `quiescent export` makes of it, or use the run itself".to_owned()
        }
        Reason::Shape { hint: Some(ShapeHint::OtherOrder(orientation)), .. }
        | Reason::Module(ModuleReason::Gates { fits: Some(orientation), .. }) => {
            format!("use --layout {}", orientation.name())
        }
        Reason::Start(StartReason::Unknown { fits, .. }) => format!(
            "say how the network began in training: --start zeros, or --start {} for the array of a \
             learnt start state",
            fits.as_deref().unwrap_or("NAME")
        ),
        Reason::Start(StartReason::Several { .. }) => "choose with --start NAME".to_owned(),
        Reason::Start(StartReason::NoSuchArray { .. }) => {
            "--start takes zeros or the name of an array that has no other use".to_owned()
        }
        Reason::Start(StartReason::Encoder { .. }) => "omit --start".to_owned(),
        Reason::Exists => "choose another --out, or overwrite it with --force".to_owned(),
        _ => return None,
    })
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let experiment = experiment::resolve(&arguments.experiment, &arguments.overrides)?;
    arguments.threads.run(|_| import(arguments, &experiment))
}

fn import(arguments: &Arguments, experiment: &Experiment) -> Result<(), Failure> {
    // First, so that nothing is read in vain.
    RunFolder::check_empty(&arguments.out).map_err(occupied)?;
    let orientation = match arguments.layout {
        WeightLayout::OutIn => Orientation::OutIn,
        WeightLayout::InOut => Orientation::InOut,
    };
    let start = match arguments.start.as_deref() {
        None => StartState::File,
        Some("zeros") => StartState::Zeros,
        Some(name) => StartState::Array(name.to_owned()),
    };
    let asked = Network::untrained(experiment)?;
    let weights = read_weights(&arguments.weights, &asked, &Options { orientation, start })?;
    refuse_contradictions(arguments, experiment, &weights.experiment)?;
    explain(&arguments.weights, &weights);
    let untrained = match weights.experiment == *experiment {
        true => asked,
        false => Network::untrained(&weights.experiment)?,
    };
    let (cells, origin) = cells(arguments, &untrained, &weights)?;
    let network = match &cells {
        Some(cells) => untrained.with_cells(&cells.iter().copied().collect::<Vec<_>>())?,
        None => untrained,
    };
    let network = network.with_parameters(weights.parameters).map_err(OpenError::from)?;
    let (tracking, unstable) = workflow::tracking(&network);
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
        notes: weights.notes,
        tracking: Some(tracking),
    };
    workflow::keep_imported(&arguments.out, &network, imported, unstable.is_some()).map_err(
        |error| match error {
            workflow::Error::Run(error) => occupied(error),
            error => error.into(),
        },
    )?;
    announce(arguments, &network, &tracking, unstable.is_some())?;
    match unstable {
        None => Ok(()),
        Some(reason) => Err(Failure::Diverged(format!(
            "{} was imported with status diverged: {reason}",
            arguments.out.display()
        ))),
    }
}

/// The failure of an import whose folder is another run's, which it cannot go on with.
fn occupied(error: RunError) -> Failure {
    match error {
        RunError::AlreadyARun { .. } => {
            Failure::Usage(format!("{error}: choose a new or an empty folder as --out"))
        }
        error => error.into(),
    }
}

/// Refuses settings on the command line that the network in the file cannot have.
fn refuse_contradictions(
    arguments: &Arguments,
    asked: &Experiment,
    settled: &Experiment,
) -> Result<(), Failure> {
    for difference in Difference::between(asked, settled)? {
        let key = &difference.key;
        let given = arguments
            .overrides
            .iter()
            .any(|change| change.split_once('=').is_some_and(|(name, _)| name.trim() == *key));
        if given {
            let [there, here] = difference.values();
            return Err(Failure::Usage(format!(
                "{key}={there}: the network in {} has {here}; omit this, or rename the file's arrays if its \
                 network has other equations than their names say",
                arguments.weights.display(),
            )));
        }
    }
    Ok(())
}

/// Says what was done to the weights.
fn explain(path: &Path, weights: &Weights) {
    for prefix in &weights.prefixes {
        complain(&format!(
            "{}: names begin with `{}`, which was removed",
            path.display(),
            prefix.escape_default()
        ));
    }
    for note in &weights.notes {
        complain(&format!("{}: {note}", path.display()));
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
    arguments: &Arguments,
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

/// Prints what was imported, and warns of a network that does not do what it should.
fn announce(
    arguments: &Arguments,
    network: &Network,
    tracking: &ImportTracking,
    unstable: bool,
) -> Result<(), Failure> {
    let unit = network.task().space().unit();
    complain(&format!(
        "Δt/τ {:.3}; noise: {}",
        network.experiment().dt_over_tau(),
        network.experiment().waking_noise()
    ));
    let ImportTracking { network: own, constant, untrained, tracks } = tracking;
    for (name, result) in [
        ("imported network", own),
        ("always the same answer", constant),
        ("untrained network", untrained),
    ] {
        complain(&format!(
            "on the test motion, {name}: off by {:.3} {unit}, loss {:.3e}",
            result.decode_error, result.loss
        ));
    }
    if !tracks && !unstable {
        complain(
            "warning: it does not track: its error is more than half of that of networks that know \
             nothing. Its cells, the order of its axes (--layout), its start, or settings of the \
             experiment (network.activation, network.tau_s, time.dt_s, task.cells.width_*) may not \
             be those it was trained with",
        );
    } else if *tracks && own.loss > constant.loss {
        complain(
            "warning: it tracks, but its outputs are further from the activity of the target cells \
             than their mean is: it may have been trained for another target (such as logits), so \
             losses and the theory's readout do not apply to it",
        );
    }
    let folder = RunFolder::open(&arguments.out)?;
    arguments.json.print(folder.record(), |record| {
        vec![format!(
            "{}: imported {}, test loss {:.3e}, decoding error {:.3} {unit}, parameters {}",
            arguments.out.display(),
            name_of(&arguments.weights),
            own.loss,
            own.decode_error,
            record.parameters_sha256.as_deref().unwrap_or("not saved"),
        )]
    })
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
