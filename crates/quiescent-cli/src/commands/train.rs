//! `quiescent train`: one network into one run folder.

use crate::ui::experiment;
use crate::ui::failure::Failure;
use crate::ui::flags::{Json, Threads};
use crate::ui::output::{complain, duration, typed};
use crate::ui::recordings::Recordings;
use crate::ui::viewer::Page;
use crate::ui::watch::{self, Terminal};
use clap::Args;
use quiescent::analysis::Verdict;
use quiescent::experiment::{Experiment, ScheduleSpec};
use quiescent::readable::{counted, number};
use quiescent::run::{RunFolder, RunRecord};
use quiescent::workflow::{self, Difference, Learned, Session};
use quiescent_view::Followed;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::path::PathBuf;

/// The key of a run that can change.
const BATCHES: &str = "training.batches";

/// Train one network into a run folder.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  quiescent train demo/spatial/noisy_unbiased --out runs/a \
                        seed=1 network.units=128\n  quiescent train --resume --out runs/a\n  \
                        quiescent train --resume --out runs/a training.batches=4000\n\nThe third \
                        trains a run with a constant schedule longer, to the same bits as one begun with that many batches. \
                        --json prints run.json.")]
pub(crate) struct Arguments {
    /// A shipped experiment (see `quiescent experiments`) or a YAML file.
    #[arg(required_unless_present = "resume")]
    experiment: Option<String>,
    /// Changes to the experiment, such as network.units=256. With --resume and no EXPERIMENT,
    /// training.batches=N trains the run for N batches in all.
    #[arg(value_name = "KEY=VALUE")]
    overrides: Vec<String>,
    /// The run folder: new, empty, or with --resume one that holds a run.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Resume the run in --out (bit-identical to an uninterrupted run); start one if none exists.
    #[arg(long)]
    resume: bool,
    /// Show the training in a page on this machine, with the network at its latest checkpoint awake and at rest, as
    /// `quiescent view` does.
    #[arg(long)]
    watch: bool,
    /// Port of that page [default: 8760, or the next one that is free].
    #[arg(long, value_name = "N", requires = "watch")]
    port: Option<u16>,
    #[command(flatten)]
    recordings: Recordings,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    json: Json,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (name, overrides) = split(arguments)?;
    let experiment = name.map(|name| experiment::resolve(name, &overrides)).transpose()?;
    arguments.threads.run(|threads| train(arguments, experiment, threads))
}

/// The experiment's name and the overrides, which are positional both.
fn split(arguments: &Arguments) -> Result<(Option<&str>, Vec<&str>), Failure> {
    let overrides = arguments.overrides.iter().map(String::as_str);
    match arguments.experiment.as_deref() {
        Some(first) if first.contains('=') && !Path::new(first).exists() => {
            if !arguments.resume {
                let text = format!("`{first}`: name an EXPERIMENT before the first override");
                return Err(Failure::Usage(text));
            }
            Ok((None, std::iter::once(first).chain(overrides).collect()))
        }
        name => Ok((name, overrides.collect())),
    }
}

/// The number of batches that a run is to be trained for, if that is not what its experiment says. It is the
/// one key of a run that can change.
fn batches_asked(arguments: &Arguments, run: &Path) -> Result<Option<u64>, Failure> {
    let (None, overrides) = split(arguments)? else { return Ok(None) };
    if overrides.is_empty() {
        return Ok(None);
    }
    let run = RunFolder::open(run)?;
    let asked = run.experiment().with_all(&overrides)?;
    let differences = Difference::between(run.experiment(), &asked)?;
    if let Some(other) = differences.iter().find(|difference| difference.key != BATCHES) {
        let [there, here] = other.values();
        let key = &other.key;
        return Err(Failure::Usage(format!(
            "{key}={here}: {} has {there}, and a run is resumed with its own experiment; only {BATCHES} can \
             change. Begin a new run with an EXPERIMENT and another --out",
            run.path().display()
        )));
    }
    Ok((!differences.is_empty()).then_some(asked.training.batches))
}

fn train(
    arguments: &Arguments,
    experiment: Option<Experiment>,
    threads: usize,
) -> Result<(), Failure> {
    let folder = &arguments.out;
    if arguments.recordings.are_given() && !(arguments.resume && RunFolder::is_run(folder)) {
        return Err(Failure::Usage(
            "--recording is for going on with a run whose recording has moved; a new run is \
             trained on one with task.recording=FILE"
                .to_owned(),
        ));
    }
    let session = match (arguments.resume && RunFolder::is_run(folder), experiment) {
        (true, asked) => {
            let recordings = &arguments.recordings;
            if recordings.are_given() {
                recordings.check(std::iter::once(&RunFolder::open(folder)?))?;
            }
            let named = recordings.and(asked.as_ref()).named();
            let session = match batches_asked(arguments, folder)? {
                None => Session::resume(folder, &named, &Terminal),
                Some(batches) => Session::resume_to(folder, batches, &named, &Terminal),
            };
            let session = session.map_err(|error| recordings.failure(error))?;
            if let Some(asked) = asked {
                workflow::check_same(session.writer(), &asked)
                    .map_err(|error| other_experiment(error, folder, &asked))?;
            }
            session
        }
        (false, Some(experiment)) => Session::begin(&experiment, folder)?,
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
            // With a schedule, a longer training would have been another one from the beginning.
            None if experiment.training.schedule == ScheduleSpec::CONSTANT => {
                format!("is already finished; to train it longer, add {BATCHES}=N")
            }
            None => "is already finished".to_owned(),
        };
        complain(&format!("{} {how}", folder.display()));
        return announce(arguments, folder, session.writer().record());
    }
    complain(&format!(
        "training {} for {} of {} on {}; Δt/τ {:.3}; noise: {}",
        counted(experiment.network.units, "unit"),
        counted(experiment.training.batches as usize, "batch"),
        counted(experiment.training.trials, "trial"),
        counted(threads, "thread"),
        experiment.dt_over_tau(),
        experiment.waking_noise(),
    ));
    if let Some(report) = session.network().and_then(|network| network.task().recording()) {
        complain(&report.to_string());
    }
    // Held until training ends.
    let _page = if arguments.watch {
        let found = Followed::open(folder, &arguments.recordings.named());
        let found = found.map_err(|error| arguments.recordings.failure(error))?;
        let run = (folder.display().to_string(), found);
        let page = Page::show(vec![run], IpAddr::V4(Ipv4Addr::LOCALHOST), arguments.port)?;
        complain(&format!("watch it at {}", page.url()));
        Some(page)
    } else {
        None
    };
    let go_on = format!("quiescent train --resume --out {}", typed(folder));
    let writer = watch::train(session, "train", &go_on)?;
    announce(arguments, folder, writer.record())
}

/// The failure to resume a run as one of another experiment.
fn other_experiment(error: workflow::Error, folder: &Path, asked: &Experiment) -> Failure {
    let workflow::Error::OtherExperiment { differences, .. } = &error else { return error.into() };
    let constant = asked.training.schedule == ScheduleSpec::CONSTANT;
    if constant && differences.iter().all(|difference| difference.key == BATCHES) {
        return Failure::Usage(format!(
            "{error}; to train it for that many: quiescent train --resume --out {} {BATCHES}={}",
            typed(folder),
            asked.training.batches
        ));
    }
    Failure::Usage(format!("{error}; omit EXPERIMENT and overrides to continue with its own"))
}

fn announce(arguments: &Arguments, folder: &Path, record: &RunRecord) -> Result<(), Failure> {
    if let Some(words) = learned(folder, record)? {
        complain(&words);
        complain(&format!("next: quiescent report {}", typed(folder)));
    }
    arguments.json.print(record, |record| {
        vec![format!(
            "{}: {} in {}, parameters {}",
            folder.display(),
            counted(record.batch as usize, "batch"),
            duration(record.training_s),
            record.parameters_sha256.as_deref().unwrap_or("not saved"),
        )]
    })
}

/// What a trained network reaches in its last test, against chance.
fn learned(folder: &Path, record: &RunRecord) -> Result<Option<String>, Failure> {
    let test = RunFolder::open(folder)?.last_metrics().unwrap_or_default().tested;
    let learned = Learned::of(record, test.as_ref(), None);
    let (Some(learned), Some(test), Some(chance)) = (learned, test, record.chance_level()) else {
        return Ok(None);
    };
    let verdict = match learned.verdict {
        Verdict::Holds => "it has learned",
        _ => "it has NOT learned, so its quiescent phase cannot be judged",
    };
    Ok(Some(format!(
        "test loss {} (constant answer {}), decoding error {} {} (constant answer {}): {verdict}",
        number(test.test_loss.unwrap_or(f64::NAN), 3),
        number(chance.constant.loss, 3),
        number(learned.error, 3),
        test.decode_error_unit.unwrap_or_default(),
        number(learned.constant_answer_error, 3),
    )))
}
