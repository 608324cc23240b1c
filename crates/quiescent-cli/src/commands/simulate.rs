//! `quiescent simulate`: active and quiescent phases of trained networks, as npz.

use crate::ui::failure::Failure;
use crate::ui::flags::{Json, Threads, check_distinct};
use crate::ui::interrupt;
use crate::ui::output::{complain, say};
use crate::ui::recordings::Recordings;
use crate::ui::rest_changes::split;
use crate::ui::watch::Terminal;
use clap::{Args, ValueEnum};
use quiescent::experiment::{Experiment, QuiescentNoise, RestStart, TaskKind};
use quiescent::measure::{REST, WAKING};
use quiescent::paper::PhaseKey;
use quiescent::run::RunFolder;
use quiescent::simulate::Keep;
use quiescent::workflow::{Request, Simulated, Waking, simulate_run};
use serde::Serialize;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Simulate the active and the quiescent phase of trained networks and write them as npz.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  quiescent simulate runs/a\n  quiescent simulate runs/a \
                        --phase quiescent --name long --steps 10000 --trials 1000 --noise same\n  \
                        quiescent simulate runs/a --phase quiescent --start 0.55,0.275 --name adapted \
                        rest.adaptation.strength=1 rest.adaptation.tau_s=2\n  \
                        quiescent simulate runs/a --seed 1 --name again\n\n\
                        Writes RUN/phases/NAME.npz: decoded [trial, step, dim], truth, states. A phase \
                        with other settings is not replaced without --overwrite; the same settings give \
                        the same phase again. --json prints a list of what was written.")]
pub(crate) struct Arguments {
    /// Run folders, and changes of how they rest, such as rest.adaptation.strength=1 (see `quiescent
    /// experiments keys rest`).
    #[arg(required = true, value_name = "RUN|rest.KEY=VALUE")]
    words: Vec<String>,
    /// Which phase to simulate.
    #[arg(long, value_enum, default_value_t = PhaseChoice::Both)]
    phase: PhaseChoice,
    /// Trials [default: the experiment's rest.trials].
    #[arg(long, value_name = "N")]
    trials: Option<NonZeroUsize>,
    /// Steps of the quiescent phase [default: rest.steps].
    #[arg(long, value_name = "N")]
    steps: Option<NonZeroUsize>,
    /// Steps of the active phase [default: time.steps].
    #[arg(long, value_name = "N")]
    active_steps: Option<NonZeroUsize>,
    /// Start of the quiescent phase: encoded (fresh test stimuli), after_wake (the end of the active
    /// phase), or a point such as 0.2,-0.4 (m) or 1.57 (rad) [default: rest.start].
    #[arg(long, value_name = "START", allow_hyphen_values = true)]
    start: Option<String>,
    /// Quiescent noise: doubled_variance, same, none, or σ per √s [default: rest.noise].
    #[arg(long, value_name = "NOISE")]
    noise: Option<String>,
    /// Keep hidden states of every K-th step [default: only decoded values; the states that a phase has if
    /// it is simulated again].
    #[arg(long, value_name = "K")]
    states_every: Option<NonZeroUsize>,
    /// Seed of motion, starts and noise: another one gives a second realisation of the same network
    /// [default: the experiment's seed].
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Name of the phase, so that variants can stand side by side: NAME for the one that --phase chooses;
    /// NAME (quiescent) and NAME_active for both [default: active, quiescent].
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Replace phases of these names that have other settings.
    #[arg(long)]
    overwrite: bool,
    #[command(flatten)]
    recordings: Recordings,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    json: Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PhaseChoice {
    /// The active phase, then the quiescent one.
    Both,
    /// The active phase only.
    Active,
    /// The quiescent phase only.
    Quiescent,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    interrupt::install()?;
    let rests = arguments.phase != PhaseChoice::Active;
    // What measures and reports take for the active and the quiescent phase must be that.
    match arguments.name.as_deref() {
        Some(WAKING) if rests => {
            return Err(Failure::Usage(
                "--name active: that is the active phase's; choose another name".to_owned(),
            ));
        }
        Some(REST) if !rests => {
            return Err(Failure::Usage(
                "--name quiescent: that is the quiescent phase's; choose another name".to_owned(),
            ));
        }
        // Reports show the phases of a study under these names.
        Some(name)
            if PhaseKey::ALL.iter().any(|key| key.name() == name)
                && ![WAKING, REST].contains(&name) =>
        {
            return Err(Failure::Usage(format!(
                "--name {name}: that is a phase of studies; choose another name"
            )));
        }
        _ => {}
    }
    let start = arguments.start.as_deref().map(parse_start).transpose()?;
    let noise = arguments.noise.as_deref().map(parse_noise).transpose()?;
    let (runs, changes) = split(&arguments.words)?;
    check_changes(arguments, &changes)?;
    arguments.threads.run(|_| {
        check_distinct(&runs)?;
        check_recordings(arguments, &runs)?;
        let mut planned = Vec::new();
        for folder in &runs {
            let writer = RunFolder::open_for_writing(folder)?;
            let mut experiment = writer.experiment().clone();
            // Adaptation must not be slower than the phase, however long that is to be.
            experiment.rest.steps =
                arguments.steps.map_or(experiment.rest.steps, NonZeroUsize::get);
            let mut experiment = experiment.with_all(&changes)?;
            let dim = TaskKind::of(&experiment).dim();
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
            rest.trials = arguments.trials.map_or(rest.trials, NonZeroUsize::get);
            experiment.validate()?;
            let steps = arguments.active_steps.map_or(experiment.time.steps, NonZeroUsize::get);
            let request = request(arguments, &experiment, steps);
            // What cannot be written is refused before anything is simulated.
            request.check(&writer)?;
            planned.push((writer, experiment, request));
        }
        let mut written = Vec::new();
        for (writer, experiment, request) in planned {
            let named = arguments.recordings.named();
            let (_, simulated) = simulate_run(&writer, &request, &named, &Terminal)
                .map_err(|error| arguments.recordings.failure(error))?;
            for phase in &simulated {
                written.push(Written::of(&writer, phase));
                if !arguments.json.wanted {
                    written.last().into_iter().for_each(|written| say(&written.line()));
                }
            }
            if request.quiescent.is_some() {
                complain(&format!("quiescent noise: {}", experiment.quiescent_noise()));
            }
        }
        // Lines were printed as soon as a phase was written.
        arguments.json.print(&written, |_| Vec::new())
    })
}

/// Refuses changes that a flag would undo, or that have no effect on the active phase.
fn check_changes(arguments: &Arguments, changes: &[String]) -> Result<(), Failure> {
    let flags = [
        ("rest.start", "--start", arguments.start.is_some()),
        ("rest.noise", "--noise", arguments.noise.is_some()),
        ("rest.steps", "--steps", arguments.steps.is_some()),
        ("rest.trials", "--trials", arguments.trials.is_some()),
    ];
    for change in changes {
        let key = change.split('=').next().unwrap_or_default();
        let of = |section: &str| {
            key.strip_prefix(section).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        if let Some((_, flag, _)) = flags.iter().find(|(section, _, given)| *given && of(section)) {
            return Err(Failure::Usage(format!("`{change}` and {flag} say the same; give one")));
        }
        if arguments.phase == PhaseChoice::Active && !of("rest.trials") {
            return Err(Failure::Usage(format!(
                "`{change}` has no effect on the active phase, the only one that --phase active \
                 simulates"
            )));
        }
    }
    Ok(())
}

/// A phase that was simulated and written.
#[derive(Debug, Serialize)]
struct Written {
    run: PathBuf,
    phase: String,
    file: PathBuf,
    trials: usize,
    steps: usize,
    /// Amplitude σ of the unit noise, per √s.
    sigma: f64,
    seed: u64,
    /// Whether a phase of the same settings was there.
    again: bool,
    /// Steps of which hidden states are kept; none if no states are.
    state_steps: Option<usize>,
    /// Steps from one of these to the next.
    state_stride: Option<usize>,
}

impl Written {
    fn of(run: &RunFolder, simulated: &Simulated) -> Self {
        let Simulated { name, phase, how, again } = simulated;
        let (trials, steps, _) = phase.decoded.dim();
        Self {
            run: run.path().to_owned(),
            phase: name.clone(),
            file: run.path().join("phases").join(format!("{name}.npz")),
            trials,
            steps,
            sigma: how.sigma,
            seed: how.seed,
            again: *again,
            state_steps: phase.states.as_ref().map(|states| states.dim().1),
            state_stride: phase.states.as_ref().map(|_| phase.state_stride),
        }
    }

    fn line(&self) -> String {
        let states = match (self.state_steps, self.state_stride) {
            (Some(steps), Some(1)) => format!("hidden states of every step ({steps} per trial)"),
            (Some(steps), Some(stride)) => {
                let th = ordinal_ending(stride);
                format!("hidden states kept every {stride}{th} step ({steps} per trial)")
            }
            _ => "no hidden states".to_owned(),
        };
        let again = if self.again { "; simulated again with the same settings" } else { "" };
        let (file, trials, steps) = (self.file.display(), self.trials, self.steps);
        format!("{file}: {trials} trials × {steps} steps, {states}{again}")
    }
}

/// What is to be simulated of a run whose experiment has the quiescent phase asked for.
fn request(arguments: &Arguments, experiment: &Experiment, steps: usize) -> Request {
    let rests = arguments.phase != PhaseChoice::Active;
    let write = arguments.phase != PhaseChoice::Quiescent;
    let after_wake = rests && experiment.rest.start == RestStart::AfterWake;
    let name = arguments.name.as_ref();
    let waking = match (name, rests) {
        (None, _) => WAKING.to_owned(),
        (Some(name), true) => format!("{name}_{WAKING}"),
        (Some(name), false) => name.clone(),
    };
    let waking = write.then_some(waking);
    let wakes = write || after_wake;
    Request {
        waking: if wakes { Waking::New { steps, name: waking } } else { Waking::None },
        quiescent: rests.then(|| name.map_or_else(|| REST.to_owned(), String::clone)),
        seed: arguments.seed,
        overwrite: arguments.overwrite,
        rest: experiment.rest.clone(),
        keep: arguments
            .states_every
            .map_or(Keep::Decoded, |stride| Keep::States { stride: stride.get() }),
    }
}

/// `th` of `4th`.
fn ordinal_ending(number: usize) -> &'static str {
    match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    }
}

/// Refuses recordings of none of the runs before anything is simulated.
fn check_recordings(arguments: &Arguments, runs: &[PathBuf]) -> Result<(), Failure> {
    if !arguments.recordings.are_given() {
        return Ok(());
    }
    let runs: Vec<RunFolder> = runs.iter().map(RunFolder::open).collect::<Result<_, _>>()?;
    arguments.recordings.check(runs.iter())
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
