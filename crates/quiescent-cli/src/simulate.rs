//! `quiescent simulate`: waking and quiescent phases of trained networks, as npz.

use crate::arguments::{PhaseChoice, SimulateArguments};
use crate::failure::Failure;
use crate::output::say;
use crate::threads;
use quiescent::experiment::{Experiment, QuiescentNoise, RestStart};
use quiescent::network::{Network, Parameters};
use quiescent::phases::{self, Keep, Phase, Start, Trials};
use quiescent::run::{RunFolder, RunWriter};
use std::num::NonZeroUsize;
use std::path::Path;

/// Runs the command.
pub(crate) fn run(arguments: &SimulateArguments) -> Result<(), Failure> {
    let start = arguments.start.as_deref().map(parse_start).transpose()?;
    let noise = arguments.noise.as_deref().map(parse_noise).transpose()?;
    threads::with(arguments.threads, |_| {
        for folder in &arguments.runs {
            let writer = RunFolder::open_for_writing(folder)?;
            let network = trained(&writer)?;
            let mut experiment = network.experiment().as_ref().clone();
            let rest = &mut experiment.rest;
            rest.start = start.unwrap_or(rest.start);
            rest.noise = noise.unwrap_or(rest.noise);
            rest.steps = arguments.steps.map_or(rest.steps, NonZeroUsize::get);
            rest.trials = arguments.trials.map_or(rest.trials, NonZeroUsize::get);
            let steps = arguments.active_steps.map_or(experiment.time.steps, NonZeroUsize::get);
            let keep = arguments
                .states_every
                .map_or(Keep::Decoded, |stride| Keep::States { stride: stride.get() });
            simulate(arguments, &writer, &network, &experiment, steps, keep)?;
        }
        Ok(())
    })
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
    let wants_active = arguments.phase != PhaseChoice::Quiescent;
    let wants_quiescent = arguments.phase != PhaseChoice::Active;
    let after_wake = wants_quiescent && rest.start == RestStart::AfterWake;
    let wake = (wants_active || after_wake).then(|| phases::active(network, trials, keep));
    if let (true, Some(wake)) = (wants_active, &wake) {
        write(writer, "active", wake)?;
    }
    if wants_quiescent {
        let start = start_of(network, rest.start, rest.trials, wake.as_ref());
        let phase = phases::quiescent(network, &start, rest.noise, rest.steps, keep);
        write(writer, &arguments.name, &phase)?;
    }
    Ok(())
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
            let dim = network.task().stimulus_dim();
            let stimulus = point.iter().take(dim).map(|value| *value as f32).collect();
            Start::Point { trials, stimulus }
        }
        (RestStart::Encoded | RestStart::AfterWake, _) => Start::Encoded { trials },
    }
}

fn write(writer: &RunWriter, name: &str, phase: &Phase) -> Result<(), Failure> {
    writer.write_phase(name, phase)?;
    let (trials, steps, _) = phase.decoded.dim();
    let states = phase.states.as_ref().map_or("no states".to_owned(), |states| {
        format!("states of every {}th step ({})", phase.state_stride, states.dim().1)
    });
    let path = writer.path().join("phases").join(format!("{name}.npz"));
    say(&format!("{}: {trials} trials × {steps} steps, {states}", path.display()));
    Ok(())
}

/// The network of a run at its latest checkpoint.
pub(crate) fn trained(folder: &RunFolder) -> Result<Network, Failure> {
    let network = Network::untrained(folder.experiment())?;
    let checkpoint = folder.latest_checkpoint(network.parameters().layout())?;
    let parameters: Parameters = checkpoint
        .map(|checkpoint| checkpoint.parameters)
        .ok_or_else(|| no_checkpoint(folder.path()))?;
    Ok(network.with_parameters(parameters))
}

fn no_checkpoint(path: &Path) -> Failure {
    Failure::Data(format!(
        "{} has no checkpoint yet: train it first, or go on with: quiescent train --resume --out \
         {}",
        path.display(),
        path.display()
    ))
}

fn parse_start(text: &str) -> Result<RestStart, Failure> {
    let wrong = || {
        Failure::Usage(format!(
            "--start {text}: not a start; allowed: encoded, after_wake, or a point such as \
             0.2,-0.4 (m) or 1.57 (rad)"
        ))
    };
    match text {
        "encoded" => Ok(RestStart::Encoded),
        "after_wake" => Ok(RestStart::AfterWake),
        point => {
            let values: Vec<f64> = point
                .split(',')
                .map(|part| part.trim().parse().map_err(|_| wrong()))
                .collect::<Result<_, _>>()?;
            match values[..] {
                [x] if x.is_finite() => Ok(RestStart::Point([x, 0.0])),
                [x, y] if x.is_finite() && y.is_finite() => Ok(RestStart::Point([x, y])),
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
