//! `quiescent movie`: a network awake and at rest, as a moving picture.

use crate::ui::failure::Failure;
use crate::ui::flags::Threads;
use crate::ui::interrupt;
use crate::ui::output::{complain, say};
use crate::ui::recordings::Recordings;
use clap::Args;
use quiescent::experiment::{QuiescentNoise, RestDynamics, RestSpec};
use quiescent::network::Network;
use quiescent::readable::counted;
use quiescent::run::RunFolder;
use quiescent::simulate::{self, Drive, Keep, Phase, Setup, Start};
use quiescent::task::Split;
use quiescent::workflow;
use quiescent_report::movie::{Movie, MovieFormat, MoviePhase, write_movie};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Make a moving picture of a network awake and at rest, for talks.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  quiescent movie runs/a --out rest.gif\n  quiescent movie runs/a --out adapted.mp4 \
                  rest.start={point:[0.5,0.2]} rest.adaptation.strength=0.1 rest.adaptation.tau_s=2\n\nThe network is simulated for \
                  it, active (left) and at rest as its experiment says (right), with changes if there are any. The same command \
                  writes the same bytes. The run is only read."
)]
pub(crate) struct Arguments {
    /// A run folder.
    run: PathBuf,
    /// Changes of how it rests, such as rest.adaptation.strength=0.1.
    #[arg(value_name = "rest.KEY=VALUE")]
    changes: Vec<String>,
    /// The file: .gif, .apng (or .png), or .mp4, which takes ffmpeg.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Trials, of which the first is bold.
    #[arg(long, value_name = "N", default_value = "40")]
    trials: NonZeroUsize,
    /// Steps of both phases.
    #[arg(long, value_name = "N", default_value = "200")]
    steps: NonZeroUsize,
    /// Frames per second.
    #[arg(long, value_name = "N", default_value = "25", value_parser = clap::value_parser!(u32).range(1..=50))]
    fps: u32,
    /// Simulated time over time shown.
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = speed)]
    speed: f64,
    /// Width in pixels.
    #[arg(long, value_name = "PX", default_value = "692", value_parser = clap::value_parser!(u32).range(100..=4000))]
    width: u32,
    /// Seed of motion, starts and noise [default: the experiment's].
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    #[command(flatten)]
    recordings: Recordings,
    #[command(flatten)]
    threads: Threads,
}

/// A positive number.
fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if (0.01..=100.0).contains(&speed) => Ok(speed),
        _ => Err("a number from 0.01 to 100".to_owned()),
    }
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    interrupt::install()?;
    let out = &arguments.out;
    let format = MovieFormat::of(out).ok_or_else(|| {
        let name = out.display();
        Failure::Usage(format!("--out {name}: a movie’s name ends in .gif, .apng, .png or .mp4"))
    })?;
    let folder = RunFolder::open(&arguments.run)?;
    arguments.recordings.check(std::iter::once(&folder))?;
    let changes: Vec<&str> = arguments.changes.iter().map(String::as_str).collect();
    if let Some(other) = changes.iter().find(|change| !change.starts_with("rest.")) {
        return Err(Failure::Usage(format!(
            "{other}: the network is as it was trained; only rest.KEY=VALUE can change here"
        )));
    }
    let rest = folder.experiment().with_all(&changes)?.rest;
    let network = arguments.recordings.network(&folder, true)?;
    let movie = arguments.threads.run(|_| movie(arguments, &network, &rest))?;
    // A signal ends it between two frames, so that nothing that is half done stays.
    let listening = interrupt::listen()?;
    let count = write_movie(out, format, &movie, || !interrupt::requested()).map_err(|error| {
        match interrupt::requested() {
            true => Failure::Interrupted("no film was written".to_owned()),
            false => Failure::Data(format!("cannot write {}: {error}", out.display())),
        }
    })?;
    drop(listening);
    let size = std::fs::metadata(out).map_or(0, |metadata| metadata.len());
    say(&format!("{}: {}, {} kB", out.display(), counted(count, "frame"), size / 1000));
    Ok(())
}

fn movie(arguments: &Arguments, network: &Network, rest: &RestSpec) -> Result<Movie, Failure> {
    let (trials, mut steps) = (arguments.trials.get(), arguments.steps.get());
    let longest = network.task().longest_trial(Split::Test);
    if steps > longest {
        complain(&format!(
            "the recording’s longest held-out trial has {longest} steps, as has the movie"
        ));
        steps = longest;
    }
    let rest = RestSpec { trials, steps, ..rest.clone() };
    let simulated = |setup: &Setup<'_>| -> Result<Phase, Failure> {
        let found = simulate::simulate_part(network, setup, &());
        Ok(found.map_err(|error| Failure::Diverged(error.to_string()))?.0)
    };
    let active = simulated(&Setup {
        drive: Drive::Motion,
        start: Start::Encoded { trials },
        noise: QuiescentNoise::Same,
        dynamics: RestDynamics::FIRST_ORDER,
        steps,
        keep: Keep::Decoded,
        seed: arguments.seed,
    })?;
    let quiescent = simulated(&Setup {
        drive: Drive::Silent,
        start: workflow::start_of(network, &rest, Some(&active)),
        noise: rest.noise,
        dynamics: rest.dynamics(),
        steps,
        keep: Keep::Decoded,
        seed: arguments.seed,
    })?;
    let phase = |title: &str, rest, phase: Phase| MoviePhase {
        title: title.to_owned(),
        rest,
        decoded: phase.decoded,
    };
    Ok(Movie {
        phases: vec![phase("Active", false, active), phase("Quiescent", true, quiescent)],
        space: network.task().space().clone(),
        dt_s: network.experiment().time.dt_s,
        frames_per_s: arguments.fps,
        speed: arguments.speed,
        width_px: arguments.width,
    })
}
