//! `quiescent simulate`: waking and quiescent phases of trained networks, as npz.

use crate::arguments::{PhaseChoice, SimulateArguments};
use crate::failure::Failure;
use crate::output::{complain, say};
use crate::{noise, threads};
use quiescent::experiment::{Experiment, QuiescentNoise, RestStart};
use quiescent::measure;
use quiescent::network::Network;
use quiescent::run::{RunFolder, RunWriter};
use quiescent::simulate::{self, Keep, Phase, Trials};
use quiescent::task::Split;
use quiescent::workflow::{self, How};
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
            let needs_motion = moves || experiment.rest.start == RestStart::Encoded;
            let network = arguments.recordings.network(&writer, needs_motion)?;
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
    let failed = |error| Failure::simulated(writer.path(), error);
    // Both are simulated before either is written: a network that runs away leaves files as they were.
    let wake = wanted
        .moves()
        .then(|| simulate::active(network, trials, keep))
        .transpose()
        .map_err(failed)?;
    let rest_phase = wanted
        .quiescent
        .then(|| {
            let start = workflow::start_of(network, rest, wake.as_ref());
            simulate::quiescent(network, &start, rest.noise, rest.steps, keep)
        })
        .transpose()
        .map_err(failed)?;
    if let (true, Some(wake)) = (wanted.active, &wake) {
        write(writer, measure::WAKING, wake, How::waking(writer))?;
    }
    if let Some(phase) = rest_phase {
        write(writer, &arguments.name, &phase, How::rest(writer, rest))?;
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

/// Writes a phase and says so.
fn write(writer: &RunWriter, name: &str, phase: &Phase, how: How) -> Result<(), Failure> {
    workflow::write_phase(writer, name, phase, how)?;
    let (trials, steps, _) = phase.decoded.dim();
    let states = phase.states.as_ref().map_or("no states".to_owned(), |states| {
        format!("states of {} steps, one in {}", states.dim().1, phase.state_stride)
    });
    let path = writer.path().join("phases").join(format!("{name}.npz"));
    say(&format!("{}: {trials} trials × {steps} steps, {states}", path.display()));
    Ok(())
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
