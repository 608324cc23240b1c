//! `quiescent train`: one network into one run folder.

use crate::tensorboard::EventLog;
use crate::ui::experiment;
use crate::ui::failure::Failure;
use crate::ui::flags::{Json, Threads};
use crate::ui::output::{complain, duration, say, say_json, typed};
use crate::ui::recordings::Recordings;
use crate::ui::watch::{self, Terminal};
use clap::Args;
use quiescent::analysis::Verdict;
use quiescent::experiment::{Experiment, ReferenceExperiment, ScheduleSpec};
use quiescent::readable::{counted, number};
use quiescent::run::{RunFolder, RunRecord};
use quiescent::workflow::{self, Difference, Learned, Session};
use std::path::Path;
use std::path::PathBuf;

/// The key of a run that can change.
const BATCHES: &str = "training.batches";

/// Train one network into a run folder.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  quiescent train demo/spatial/noisy_unbiased --out runs/a \
                        seed=1 network.units=128\n  quiescent train --resume --out runs/a\n  \
                        quiescent train --resume --out runs/a training.batches=4000\n  \
                        quiescent train --reference-configs configs/train \
                        config=spatial_navigation/noisy_unbiased seed=0 > mine.yml\n\nThe third \
                        trains a run with a constant schedule longer, to the same bits as one begun with that many batches. The \
                        last converts the authors' configuration to this program's format; with --out \
                        it is trained too. --json prints run.json, or without --out the experiment.")]
pub(crate) struct Arguments {
    /// A shipped experiment (see `quiescent experiments`) or a YAML file.
    #[arg(required_unless_present_any = ["resume", "reference_configs"])]
    experiment: Option<String>,
    /// Changes to the experiment, such as network.units=256. With --resume and no EXPERIMENT,
    /// training.batches=N trains the run for N batches in all.
    #[arg(value_name = "KEY=VALUE")]
    overrides: Vec<String>,
    /// The run folder: new, empty, or with --resume one that holds a run.
    #[arg(
        long,
        value_name = "DIR",
        required_unless_present = "reference_configs",
        required_if_eq("resume", "true")
    )]
    out: Option<PathBuf>,
    /// Resume the run in --out (bit-identical to an uninterrupted run); start one if none exists.
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    recordings: Recordings,
    /// Read the experiment from configuration files of the paper's authors: DIR holds their
    /// base.yml, config=TASK/NAME names the experiment, and KEY=VALUE are keys of theirs (or of
    /// network, training, rest, time and about here). Without --out the equivalent experiment is
    /// printed and nothing is trained.
    #[arg(long, value_name = "DIR")]
    reference_configs: Option<PathBuf>,
    /// Write curves, hyperparameters and the experiment for TensorBoard into DIR/RUN, RUN being the
    /// last two parts of the path of --out.
    #[arg(long, value_name = "DIR", requires = "out")]
    tensorboard: Option<PathBuf>,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    json: Json,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let experiment = match &arguments.reference_configs {
        Some(folder) => Some(translated(folder, arguments)?),
        None => {
            let (name, overrides) = split(arguments)?;
            name.map(|name| experiment::resolve(name, &overrides)).transpose()?
        }
    };
    let Some(folder) = &arguments.out else {
        // Only a translation can go without: it has been printed.
        return Ok(());
    };
    arguments.threads.run(|threads| train(arguments, folder, experiment, threads))
}

/// The experiment of the paper's authors that the arguments name, printed: on standard output, or
/// or on standard error if it is to be trained.
fn translated(folder: &Path, arguments: &Arguments) -> Result<Experiment, Failure> {
    let overrides: Vec<&String> = arguments.experiment.iter().chain(&arguments.overrides).collect();
    if let Some(name) = overrides.iter().find(|text| !text.contains('=')) {
        return Err(Failure::Usage(format!(
            "`{name}`: with --reference-configs everything is KEY=VALUE; name the experiment with \
             config=TASK/NAME"
        )));
    }
    let reference = ReferenceExperiment::read(folder, &overrides)?;
    match (&arguments.out, arguments.json.wanted) {
        (None, true) => say_json(&reference.experiment)?,
        (None, false) => say(reference.to_yaml()?.trim_end()),
        (Some(_), _) => complain(reference.to_yaml()?.trim_end()),
    }
    Ok(reference.experiment)
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
    // Those of an experiment of the paper's authors are keys of theirs.
    if overrides.is_empty() || arguments.reference_configs.is_some() {
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
    folder: &Path,
    experiment: Option<Experiment>,
    threads: usize,
) -> Result<(), Failure> {
    // First, so that a DIR that cannot be written to leaves no run behind.
    let events = arguments
        .tensorboard
        .as_ref()
        .map(|directory| EventLog::create(directory, folder))
        .transpose()?;
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
    let mut go_on = format!("quiescent train --resume --out {}", typed(folder));
    if let Some(directory) = &arguments.tensorboard {
        go_on.push_str(&format!(" --tensorboard {}", typed(directory)));
    }
    let writer = watch::train(session, "train", &go_on, events)?;
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
