//! `quiescent demo`: from nothing to a report on real trained networks in minutes.

use crate::files;
use crate::pages::views::views;
use crate::pages::{figures, numbers};
use crate::ui::experiment::say_changed;
use crate::ui::failure::Failure;
use crate::ui::flags::{Json, Threads};
use crate::ui::output::{complain, duration, typed};
use crate::ui::planned;
use crate::ui::recordings::Recordings;
use crate::ui::rest_changes::ChangedRest;
use crate::ui::watch::Terminal;
use clap::Args;
use quiescent::analysis::Verdict;
use quiescent::experiment::{Experiment, Resolved};
use quiescent::run::{MetricsLine, RunFolder, RunWriter};
use quiescent::workflow::Learned;
use quiescent::workflow::plan::{After, Estimates, Plan, Run};
use quiescent::{task, workflow};
use quiescent_report::{FIGURES, ReportFigures, RunView, not_compared, report_html};
use serde_json::{Map, Value, json};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Instant;

/// Train three small networks and report on their reactivation.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: quiescent demo --out my-demo\n\nRun it again after an interruption \
                        and it resumes where it stopped. --json prints summary.json."
)]
pub(crate) struct Arguments {
    /// Folder for the runs, report.html and summary.json.
    #[arg(long, value_name = "DIR", default_value = "quiescent-demo")]
    out: PathBuf,
    /// Also train a network on this recorded path: npz with `t` (s) and `pos` (m), or CSV with
    /// columns t,x,y.
    #[arg(long, value_name = "FILE")]
    recording: Option<PathBuf>,
    /// Seed of every network.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    threads: Threads,
    /// Changes to every network's experiment, such as training.batches=200 for a quick look.
    #[arg(value_name = "KEY=VALUE")]
    overrides: Vec<String>,
    #[command(flatten)]
    json: Json,
}

/// The demo's networks: folder, shipped experiment.
const NETWORKS: [(&str, &str); 3] = [
    ("unbiased", "demo/spatial/noisy_unbiased"),
    ("biased", "demo/spatial/noisy_biased"),
    ("head_direction", "demo/head_direction/noisy_unbiased"),
];
/// The network trained on a recorded path: folder, shipped experiment that the path goes into.
const RECORDED: (&str, &str) = ("recording", "demo/spatial/noisy_unbiased");

/// The network that also rests from one start, so that a reader sees rest of first order and with adaptation side
/// by side.
const FROM_ONE_START: &str = "unbiased";
/// Strength of the adaptation, and its time constant in s, unless half the phase is shorter.
const STRENGTH: f64 = 1.0;
const TAU_S: f64 = 2.0;

/// The phases from one start: their names, and how each differs from the network's own rest.
fn from_one_start(experiment: &Experiment) -> Result<[(&'static str, Vec<String>); 2], Failure> {
    let point = task::build(experiment)?.space().off_centre();
    let start = format!("rest.start={{point: {point:?}}}");
    let dt_s = experiment.time.dt_s;
    let tau_s = TAU_S.min(experiment.rest.steps as f64 * dt_s / 2.0).max(dt_s);
    let adaptation = format!("rest.adaptation={{strength: {STRENGTH}, tau_s: {tau_s}}}");
    Ok([("one_start", vec![start.clone()]), ("one_start_adapted", vec![start, adaptation])])
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let began = Instant::now();
    let plan = plan(arguments)?;
    // A recording that cannot be used shows before anything is trained.
    for run in &plan.runs {
        if let Some(report) = task::build(&run.experiment)?.recording() {
            complain(&report.to_string());
        }
    }
    let writers = arguments.threads.run(|threads| {
        let jobs = side_by_side(&plan, threads);
        let estimates = Estimates::measure(&plan, Some(jobs), threads)?;
        let overall = planned::announce(&plan, &estimates, 0.0);
        planned::execute(&plan, &estimates, &overall)?.into_iter().collect::<Result<(), _>>()?;
        drop(overall);

        complain("simulating and measuring both phases");
        let recordings = Recordings::NONE;
        let measured = plan.runs.iter().map(|run| {
            let writer = RunFolder::open_for_writing(plan.folder(run))?;
            if run.name == FROM_ONE_START {
                for (name, changes) in from_one_start(&run.experiment)? {
                    let keep = workflow::SOME_STATES;
                    if let Some(changed) = ChangedRest::resolve(&writer, Some(name), &changes)? {
                        changed.simulate(&writer, &recordings, keep)?;
                    }
                }
            }
            workflow::measure_run(&writer, workflow::SOME_STATES, &recordings.named(), &Terminal)
                .map_err(|error| recordings.failure(error))?;
            Ok((run.name.as_str(), writer))
        });
        measured.collect::<Result<Vec<_>, Failure>>()
    })?;
    finish(arguments, &writers, began)
}

/// How many networks are trained at once: one, as long as the shards of its batches keep all threads
/// busy.
fn side_by_side(plan: &Plan, threads: usize) -> NonZeroUsize {
    let shards = plan.runs.iter().map(|run| run.experiment.tasks_at_once()).max().unwrap_or(1);
    let jobs = (threads / shards).clamp(1, plan.runs.len().max(1));
    NonZeroUsize::new(jobs).unwrap_or(NonZeroUsize::MIN)
}

/// The networks, resolved before anything is trained.
fn plan(arguments: &Arguments) -> Result<Plan, Failure> {
    let mut runs = Vec::new();
    for (name, experiment) in networks(arguments)? {
        runs.push(Run {
            name: name.to_owned(),
            folder: name.into(),
            varied: Vec::new(),
            identity: experiment.identity()?,
            experiment,
            after: After::Nothing,
        });
    }
    let plan = Plan { out: arguments.out.clone(), about: "The demo's networks".to_owned(), runs };
    for run in &plan.runs {
        if let Ok(folder) = RunFolder::open(plan.folder(run)) {
            planned::check_same(&folder, &run.experiment)?;
        }
    }
    Ok(plan)
}

/// Every network with its experiment, resolved before anything is trained.
fn networks(arguments: &Arguments) -> Result<Vec<(&'static str, Experiment)>, Failure> {
    let mut changed = Vec::new();
    let mut resolve = |experiment: &str, changes: &[String]| {
        let seed = format!("seed={}", arguments.seed);
        let changes: Vec<&String> =
            changes.iter().chain([&seed]).chain(&arguments.overrides).collect();
        let resolved = Resolved::of(experiment, &changes)?;
        changed.extend(resolved.changed);
        let experiment = resolved.experiment;
        if experiment.seed != arguments.seed {
            return Err(Failure::Usage("seed=…: demo takes its seed from --seed".to_owned()));
        }
        Ok(experiment)
    };
    let mut networks = Vec::new();
    for (name, experiment) in NETWORKS {
        networks.push((name, resolve(experiment, &[])?));
    }
    if let Some(recording) = &arguments.recording {
        let (name, experiment) = RECORDED;
        // Recorded animals are slower than the simulated one and their boxes are smaller, so the
        // place fields are too.
        let file = recording.to_str().ok_or_else(|| {
            Failure::Usage(format!(
                "--recording {}: its name is not Unicode; give it another",
                recording.display()
            ))
        })?;
        let changes = [format!("task.recording.file={file}"), "task.cells.width_m=0.12".to_owned()];
        networks.push((name, resolve(experiment, &changes)?));
    }
    say_changed(&changed);
    Ok(networks)
}

/// Writes report.html and summary.json and says where they are.
fn finish(
    arguments: &Arguments,
    writers: &[(&str, RunWriter)],
    began: Instant,
) -> Result<(), Failure> {
    let runs: Vec<(&str, &RunFolder)> =
        writers.iter().map(|(name, writer)| (*name, &**writer)).collect();
    let views: Vec<_> =
        views(&runs).into_iter().collect::<Result<_, _>>().map_err(|lacking| lacking.reason)?;
    for apart in not_compared(&views) {
        complain(&apart);
    }
    complain("drawing the figures");
    let figures = ReportFigures::draw(&views);
    let html = report_html(&views, &figures, None, "Offline reactivation: a demonstration")?;
    figures::draw_of_runs(&arguments.out, &figures)?.finish()?;
    let (path, folder) = (arguments.out.join("report.html"), arguments.out.join(FIGURES));
    files::write(&path, html)?;

    let networks: Map<_, _> = views.iter().map(|view| (view.name.clone(), summary(view))).collect();
    let summary = json!({
        "program_version": env!("CARGO_PKG_VERSION"),
        "seed": arguments.seed,
        "wall_s": began.elapsed().as_secs_f64(),
        "report": path,
        "figures": folder,
        "networks": networks,
    });
    files::write_json(&arguments.out.join("summary.json"), &summary)?;
    complain(
        "next, a network of your own: quiescent train demo/spatial/noisy_unbiased --out runs/a seed=1",
    );
    arguments.json.print(&summary, |_| {
        let took = duration(began.elapsed().as_secs_f64());
        let mut lines = numbers::table(&views);
        lines.push(format!(
            "report: {} ({took} in all), with each figure as svg, pdf, png and csv in {}",
            path.display(),
            folder.display()
        ));
        let run = |name: &str| typed(&arguments.out.join(name));
        let runs: Vec<String> = views.iter().map(|view| run(&view.name)).collect();
        lines.push("next:".to_owned());
        lines.push(format!("  quiescent report {}  # with the paper's figures", runs.join(" ")));
        if let Some(first) = runs.first() {
            lines.push(format!("  quiescent theory {first}  # compared with the paper's theory"));
            lines.push(format!("  quiescent simulate {first} --start after_wake --name continued"));
        }
        lines.push("  quiescent reproduce --dry-run  # the paper's networks and claims".to_owned());
        lines
    })
}

/// The last test of a network.
fn tested(view: &RunView) -> Option<&MetricsLine> {
    view.metrics.iter().rev().find(|line| line.test_loss.is_some())
}

/// Whether a network has learned.
fn of(view: &RunView) -> Option<Learned> {
    Learned::of(&view.record, tested(view), view.measurements.as_ref())
}

/// The numbers of one network.
fn summary(view: &RunView) -> Value {
    let (last, learned) = (tested(view), of(view));
    json!({
        "test_loss": last.and_then(|line| line.test_loss),
        "decode_error": last.and_then(|line| line.decode_error),
        "decode_error_unit": last.and_then(|line| line.decode_error_unit.clone()),
        "constant_answer_error": learned.map(|learned| learned.constant_answer_error),
        "learned": learned.map(|learned| learned.verdict == Verdict::Holds),
        "batches": view.record.batch,
        "training_s": view.record.training_s,
        "parameters_sha256": view.record.parameters_sha256,
        "recording": view.record.recording,
        "findings": view.findings(),
        "measurements": view.measurements.as_ref().map(|found| found.scalars()),
    })
}
