//! `quiescent simulate`: waking and quiescent phases of trained networks, as npz.

use crate::arguments::{PhaseChoice, SimulateArguments};
use crate::failure::Failure;
use crate::output::{complain, say};
use crate::{noise, threads, trained};
use quiescent::experiment::{Experiment, QuiescentNoise, RestStart};
use quiescent::network::Network;
use quiescent::run::{PhaseRecord, RunFolder, RunWriter, SCHEMA_VERSION};
use quiescent::simulate::{self, Keep, Phase, Start, Trials};
use quiescent::task::Split;
use quiescent::workflow;
use std::num::NonZeroUsize;

/// Runs the command.
pub(crate) fn run(arguments: &SimulateArguments) -> Result<(), Failure> {
    if arguments.name == "active" {
        return Err(Failure::Usage(
            "--name active: that is the waking phase's; choose another name".to_owned(),
        ));
    }
    let start = arguments.start.as_deref().map(parse_start).transpose()?;
    let noise = arguments.noise.as_deref().map(parse_noise).transpose()?;
    threads::with(arguments.threads, |_| {
        check_recordings(arguments)?;
        for folder in &arguments.runs {
            let writer = RunFolder::open_for_writing(folder)?;
            // A bad name is refused before anything is simulated.
            writer.phase_record(&arguments.name)?;
            let mut experiment = writer.experiment().clone();
            let dim = experiment.task.stimulus_dim();
            let rest = &mut experiment.rest;
            if let Some((start, given)) = start {
                if given.is_some_and(|given| given != dim) {
                    return Err(Failure::Usage(format!(
                        "--start {}: a point of this task has {dim} coordinate{}",
                        arguments.start.as_deref().unwrap_or_default(),
                        if dim == 1 { "" } else { "s" }
                    )));
                }
                rest.start = start;
            }
            rest.noise = noise.unwrap_or(rest.noise);
            rest.steps = arguments.steps.map_or(rest.steps, NonZeroUsize::get);
            rest.trials = arguments.trials.map_or(rest.trials, NonZeroUsize::get);
            experiment.validate()?;
            let steps = arguments.active_steps.map_or(experiment.time.steps, NonZeroUsize::get);
            let moves = Wanted::of(arguments, &experiment).moves();
            let network = if moves || experiment.rest.start == RestStart::Encoded {
                trained::network(&writer, &arguments.recordings)?
            } else {
                trained::network_at_rest(&writer, &arguments.recordings)?
            };
            workflow::keep_recorded(&writer, &network)?;
            let longest = network.task().longest_trial(Split::Test);
            if moves && steps > longest {
                return Err(Failure::Usage(format!(
                    "--active-steps {steps}: the held-out part of the recording has no trial longer \
                     than {longest} steps"
                )));
            }
            let keep = arguments
                .states_every
                .map_or(Keep::Decoded, |stride| Keep::States { stride: stride.get() });
            simulate(arguments, &writer, &network, &experiment, steps, keep)?;
        }
        Ok(())
    })
}

/// Which phases are wanted.
struct Wanted {
    active: bool,
    quiescent: bool,
    /// Whether rest begins where waking ends.
    after_wake: bool,
}

impl Wanted {
    fn of(arguments: &SimulateArguments, experiment: &Experiment) -> Self {
        let quiescent = arguments.phase != PhaseChoice::Active;
        Self {
            active: arguments.phase != PhaseChoice::Quiescent,
            quiescent,
            after_wake: quiescent && experiment.rest.start == RestStart::AfterWake,
        }
    }

    /// Whether waking is simulated, for which the animal has to move.
    fn moves(&self) -> bool {
        self.active || self.after_wake
    }
}

/// Refuses recordings of none of the runs before anything is simulated.
fn check_recordings(arguments: &SimulateArguments) -> Result<(), Failure> {
    if !arguments.recordings.are_given() {
        return Ok(());
    }
    let runs: Vec<RunFolder> =
        arguments.runs.iter().map(RunFolder::open).collect::<Result<_, _>>()?;
    arguments.recordings.check(runs.iter())
}

fn simulate(
    arguments: &SimulateArguments,
    writer: &RunWriter,
    network: &Network,
    experiment: &Experiment,
    active_steps: usize,
    keep: Keep,
) -> Result<(), Failure> {
    let rest = &experiment.rest;
    let trials = Trials { count: rest.trials, steps: active_steps };
    let wanted = Wanted::of(arguments, experiment);
    enough_memory(rest.trials, active_steps.max(rest.steps), network, keep)?;
    let failed = |error| Failure::simulated(writer.path(), &error);
    // Both are simulated before either is written: a network that runs away leaves files as they were.
    let wake = wanted
        .moves()
        .then(|| simulate::active(network, trials, keep))
        .transpose()
        .map_err(failed)?;
    let rest_phase = wanted
        .quiescent
        .then(|| {
            let start = start_of(network, rest.start, rest.trials, wake.as_ref());
            simulate::quiescent(network, &start, rest.noise, rest.steps, keep)
        })
        .transpose()
        .map_err(failed)?;
    if let (true, Some(wake)) = (wanted.active, &wake) {
        say(&write_active(writer, network, wake)?);
    }
    if let Some(phase) = rest_phase {
        say(&write_quiescent(writer, network, experiment, &arguments.name, &phase)?);
        complain(&format!("quiescent noise: {}", noise::quiescent(experiment)));
    }
    Ok(())
}

/// Refuses phases that this machine's free memory does not hold.
fn enough_memory(
    trials: usize,
    steps: usize,
    network: &Network,
    keep: Keep,
) -> Result<(), Failure> {
    let Some(free) = quiescent::memory::available_memory_bytes() else { return Ok(()) };
    let per_step = |count: f64| 4.0 * trials as f64 * steps as f64 * count;
    let states = match keep {
        Keep::Decoded => 0.0,
        Keep::States { stride } => {
            per_step(network.experiment().network.units as f64) / stride as f64
        }
    };
    // Decoded values and truth, and what shards work with.
    let needed = 1.1 * (states + 2.0 * per_step(network.task().space().dim() as f64));
    if needed <= free as f64 {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "these phases would need about {:.1} GB of memory and {:.1} GB are free: choose fewer \
         --trials or --steps, or a larger --states-every",
        needed * 1e-9,
        free as f64 * 1e-9
    )))
}

/// The start that an experiment's `rest.start` names; `wake` is needed for `after_wake`.
pub(crate) fn start_of<'a>(
    network: &Network,
    start: RestStart,
    trials: usize,
    wake: Option<&'a Phase>,
) -> Start<'a> {
    match (start, wake) {
        (RestStart::AfterWake, Some(wake)) => Start::after(wake),
        (RestStart::Point(point), _) => {
            let dim = network.task().space().dim();
            let stimulus = point.iter().take(dim).map(|value| *value as f32).collect();
            Start::Point { trials, stimulus }
        }
        (RestStart::Encoded | RestStart::AfterWake, _) => Start::Encoded { trials },
    }
}

/// Writes the waking phase and what it is; says so in one line.
pub(crate) fn write_active(
    writer: &RunWriter,
    network: &Network,
    phase: &Phase,
) -> Result<String, Failure> {
    let sigma = network.experiment().network.noise.sigma;
    write(writer, network.experiment(), "active", phase, sigma, None)
}

/// Writes a quiescent phase and what it is; says so in one line. `experiment.rest` tells how it
/// was simulated.
pub(crate) fn write_quiescent(
    writer: &RunWriter,
    network: &Network,
    experiment: &Experiment,
    name: &str,
    phase: &Phase,
) -> Result<String, Failure> {
    let rest = &experiment.rest;
    let sigma = rest.noise.sigma(network.experiment().network.noise.sigma);
    write(writer, network.experiment(), name, phase, sigma, Some(rest.start))
}

fn write(
    writer: &RunWriter,
    experiment: &Experiment,
    name: &str,
    phase: &Phase,
    sigma: f64,
    start: Option<RestStart>,
) -> Result<String, Failure> {
    writer.write_phase(name, phase)?;
    let (trials, steps, _) = phase.decoded.dim();
    writer.write_phase_record(
        name,
        &PhaseRecord {
            schema_version: SCHEMA_VERSION,
            program_version: env!("CARGO_PKG_VERSION").to_owned(),
            batch: writer.record().batch,
            parameters_sha256: writer.record().parameters_sha256.clone(),
            trials,
            steps,
            dt_s: experiment.time.dt_s,
            sigma,
            distribution: experiment.network.noise.distribution,
            start,
        },
    )?;
    let states = phase.states.as_ref().map_or("no states".to_owned(), |states| {
        format!("states of {} steps, one in {}", states.dim().1, phase.state_stride)
    });
    let path = writer.path().join("phases").join(format!("{name}.npz"));
    Ok(format!("{}: {trials} trials × {steps} steps, {states}", path.display()))
}

/// A start, and the number of coordinates if it is a point.
fn parse_start(text: &str) -> Result<(RestStart, Option<usize>), Failure> {
    let wrong = || {
        Failure::Usage(format!(
            "--start {text}: not a start; allowed: encoded, after_wake, or a point such as \
             0.2,-0.4 (m) or 1.57 (rad)"
        ))
    };
    match text {
        "encoded" => Ok((RestStart::Encoded, None)),
        "after_wake" => Ok((RestStart::AfterWake, None)),
        point => {
            let values: Vec<f64> = point
                .split(',')
                .map(|part| part.trim().parse().map_err(|_| wrong()))
                .collect::<Result<_, _>>()?;
            match values[..] {
                [x] if x.is_finite() => Ok((RestStart::Point([x, 0.0]), Some(1))),
                [x, y] if x.is_finite() && y.is_finite() => Ok((RestStart::Point([x, y]), Some(2))),
                _ => Err(wrong()),
            }
        }
    }
}

fn parse_noise(text: &str) -> Result<QuiescentNoise, Failure> {
    match text {
        "doubled_variance" => Ok(QuiescentNoise::DoubledVariance),
        "same" => Ok(QuiescentNoise::Same),
        "none" => Ok(QuiescentNoise::None),
        sigma => match sigma.parse::<f64>() {
            Ok(sigma) if sigma.is_finite() && sigma >= 0.0 => Ok(QuiescentNoise::Sigma(sigma)),
            _ => Err(Failure::Usage(format!(
                "--noise {text}: not a noise; allowed: doubled_variance, same, none, or σ per √s \
                 such as 0.0707"
            ))),
        },
    }
}
