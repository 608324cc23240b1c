//! `quiescent theory`: experiments and trained networks against the paper's theory.

use crate::files;
use crate::pages::theory::{Examined, Named};
use crate::ui::failure::Failure;
use crate::ui::flags::{Json, Threads};
use crate::ui::left_out::LeftOut;
use crate::ui::output::{complain, duration};
use crate::ui::recordings::Recordings;
use crate::ui::watch::Terminal;
use clap::Args;
use quiescent::analysis::Verdict;
use quiescent::analysis::bootstrap::Measured;
use quiescent::experiment::Experiment;
use quiescent::run::{RunFolder, RunWriter};
use quiescent::theory::{
    ExaminationSettings, Examined as Network, NetworkResult, examine_experiment,
};
use quiescent::workflow;
use quiescent_report::theory_html;
use std::num::NonZeroUsize;
use std::path::Path;
use std::path::PathBuf;
use std::time::Instant;

/// Test trained networks against the paper's theory.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  quiescent theory demo/spatial/noisy_biased\n  quiescent theory \
                  runs/noisy runs/noiseless --out theory\n\nAn experiment gives its greedily \
                  optimal network alone; a run gives the trained network, the untrained one of its \
                  seed, and the optimal one. Writes report.html, theory.json and figures/; each \
                  run keeps its own part in RUN/theory.json. --json prints DIR/theory.json."
)]
pub(crate) struct Arguments {
    /// Run folders, shipped experiments, YAML files; then changes to the experiments, such as
    /// task.cells.width_m=0.3.
    #[arg(required = true, value_name = "EXPERIMENT|RUN|KEY=VALUE")]
    subjects: Vec<String>,
    /// Folder for report.html, theory.json and figures.
    #[arg(long, value_name = "DIR", default_value = "quiescent-theory")]
    out: PathBuf,
    /// Root mean square radius of the optimal network's manifold over one step's noise.
    #[arg(long, value_name = "RATIO")]
    signal_to_noise: Option<f64>,
    /// Sub-steps of every quiescent step of the optimal network: more come nearer to continuous
    /// time.
    #[arg(long, value_name = "M")]
    substeps: Option<NonZeroUsize>,
    #[command(flatten)]
    recordings: Recordings,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    json: Json,
}

/// What is to be examined.
enum Subject {
    Experiment(Box<Experiment>),
    Run(Box<RunWriter>),
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let settings = settings(arguments)?;
    let subjects = subjects(&arguments.subjects)?;
    let runs: Vec<&RunFolder> = subjects
        .iter()
        .filter_map(|(_, subject)| match subject {
            Subject::Run(writer) => Some(&***writer),
            Subject::Experiment(_) => None,
        })
        .collect();
    arguments.recordings.check(runs.into_iter())?;
    let (mut found, mut left): (Vec<Named>, Vec<LeftOut>) = (Vec::new(), Vec::new());
    let recordings = &arguments.recordings;
    arguments.threads.run(|_| {
        for (name, subject) in &subjects {
            complain(&format!("examining {name}"));
            let began = Instant::now();
            let examination = match subject {
                Subject::Experiment(experiment) => {
                    examine_experiment(experiment, &settings).map_err(workflow::Error::from)
                }
                Subject::Run(writer) => {
                    workflow::examine_run(writer, &settings, &recordings.named(), &Terminal)
                }
            };
            let took = duration(began.elapsed().as_secs_f64());
            match examination {
                Ok(examination) => {
                    complain(&format!("examined {name} in {took}"));
                    found.push(Named { name: name.clone(), examination });
                }
                Err(error) => left.push(LeftOut::new(name, recordings.failure(error))),
            }
        }
        Ok(())
    })?;
    if found.is_empty() {
        let text = format!("nothing could be examined: {}", LeftOut::list(&left));
        let diverged = left.iter().all(|left| matches!(left.reason, Failure::Diverged(_)));
        return Err(if diverged { Failure::Diverged(text) } else { Failure::Data(text) });
    }
    write(arguments, &found)?;
    LeftOut::check(&left, "the report was written, but lacks")
}

fn settings(arguments: &Arguments) -> Result<ExaminationSettings, Failure> {
    let mut settings = ExaminationSettings::default();
    if let Some(ratio) = arguments.signal_to_noise {
        if !(ratio > 0.0 && ratio.is_finite()) {
            return Err(Failure::Usage(format!(
                "--signal-to-noise {ratio}: must be a positive finite number, such as 8"
            )));
        }
        settings.signal_to_noise = ratio;
    }
    if let Some(substeps) = arguments.substeps {
        settings.substeps = substeps.get();
    }
    Ok(settings)
}

/// Runs and experiments, with their names; overrides apply to all experiments.
fn subjects(texts: &[String]) -> Result<Vec<(String, Subject)>, Failure> {
    let is_override = |text: &&String| text.contains('=') && !Path::new(text).exists();
    let overrides: Vec<&String> = texts.iter().filter(is_override).collect();
    let named: Vec<&String> = texts.iter().filter(|text| !is_override(text)).collect();
    if named.is_empty() {
        return Err(Failure::Usage(
            "name an EXPERIMENT or a RUN before the changes; `quiescent experiments` lists those \
             shipped"
                .to_owned(),
        ));
    }
    let mut subjects = Vec::new();
    for (number, text) in named.iter().enumerate() {
        if named[..number].contains(text) {
            return Err(Failure::Usage(format!("{text} is given twice")));
        }
        let subject = if RunFolder::is_run(text) {
            Subject::Run(Box::new(RunFolder::open_for_writing(text)?))
        } else if Path::new(text).is_dir() {
            return Err(Failure::Data(format!("{text} is a folder, but holds no run")));
        } else {
            Subject::Experiment(Box::new(Experiment::resolve(text, &overrides)?))
        };
        subjects.push(((*text).clone(), subject));
    }
    let runs_only = subjects.iter().all(|(_, subject)| matches!(subject, Subject::Run(_)));
    if let (true, Some(change)) = (runs_only, overrides.first()) {
        return Err(Failure::Usage(format!(
            "{change}: a run's experiment cannot be changed; changes are for EXPERIMENTs"
        )));
    }
    Ok(subjects)
}

/// Writes everything into the folder and says what was found.
fn write(arguments: &Arguments, found: &[Named]) -> Result<(), Failure> {
    let out = &arguments.out;
    files::create_folder(out)?;
    files::write_json(&out.join("theory.json"), &found)?;
    let examined = Examined::draw(found);
    examined.write_figures(&out.join("figures"))?;
    if let Some(page) = examined.part() {
        let html = theory_html(&page, "Networks beside the theory of offline reactivation")?;
        files::write(&out.join("report.html"), html)?;
    }
    arguments.json.print(&found, |found| {
        let report = format!("report: {}", out.join("report.html").display());
        found.iter().flat_map(lines).chain([report]).collect()
    })
}

/// What was found in one experiment or run, in lines for a terminal.
fn lines(named: &Named) -> Vec<String> {
    let examination = &named.examination;
    let mut lines = vec![named.name.clone()];
    match &examination.optimal {
        Ok(optimal) => {
            for point in &optimal.temperature {
                lines.push(format!(
                    "  optimal    κ = {:.3}: rest is p^β with β = {} (predicted {:.3}); KL from \
                     prediction {}, from p {} nats",
                    point.noise_ratio,
                    measured(&point.exponent),
                    2.0 / (point.noise_ratio * point.noise_ratio),
                    measured(&point.kl_from_prediction),
                    measured(&point.kl_from_waking),
                ));
            }
            if let Some(warning) = optimal.resolution.warning() {
                lines.push(format!("  warning    {warning}"));
            }
        }
        Err(reason) => lines.push(format!("  optimal    could not be examined: {reason}")),
    }
    for network in &examination.networks {
        lines.extend(network_lines(network));
    }
    lines
}

fn network_lines(network: &NetworkResult) -> Vec<String> {
    let name = match network.examined {
        Network::Trained => "trained",
        Network::Untrained => "untrained",
    };
    let mut lines = Vec::new();
    let mut line = |text: String| lines.push(format!("  {name:<9}  {text}"));
    match &network.field {
        Ok(field) => {
            if let Some(at) = field.at_distance.first() {
                line(format!(
                    "update against score: cosine {} (shuffled {}, leak {}), slope {}, R² {}",
                    measured(&at.cosine),
                    measured(&at.shuffled_cosine),
                    measured(&at.leak_cosine),
                    measured(&at.slope),
                    measured(&at.r_squared),
                ));
            }
            line(format!(
                "noise removed in a step {} of removable {}",
                measured(&field.removed_noise),
                measured(&field.removable_noise)
            ));
        }
        Err(reason) => line(format!("update against score: {reason}")),
    }
    match &network.response {
        Ok(response) => line(format!(
            "response to input in the readout: cosine {}, gain {}",
            measured(&response.readout_cosine),
            measured(&response.readout_gain)
        )),
        Err(reason) => line(format!("response to input: {reason}")),
    }
    match &network.temperature {
        Ok(scan) => {
            for point in &scan.points {
                line(format!(
                    "κ = {:.3}: rest is p^β with β = {} (predicted {:.3}); KL from p {} nats",
                    point.noise_ratio,
                    measured(&point.exponent),
                    2.0 / (point.noise_ratio * point.noise_ratio),
                    measured(&point.kl_from_waking)
                ));
            }
        }
        Err(reason) => line(format!("temperature: {reason}")),
    }
    match &network.bound {
        Ok(bound) => line(format!(
            "bound: L {}, L₂ {}, L₃ {}, L_upper {}; L ≤ L₂ {}",
            measured(&bound.loss),
            measured(&bound.second),
            measured(&bound.third),
            measured(&bound.upper),
            if bound.first_holds() { "holds" } else { "fails: r ≈ D†f(s) does not hold" }
        )),
        Err(reason) => line(format!("bound: {reason}")),
    }
    for assumption in &network.assumptions {
        let verdict = assumption.verdict.map_or("not measured", Verdict::name);
        let value = match &assumption.measured {
            Ok(value) => measured(value),
            Err(reason) => reason.to_string(),
        };
        line(format!(
            "{verdict:<12}  {} ({}: {value}, expected {})",
            assumption.statement, assumption.measure, assumption.criterion
        ));
    }
    lines
}

fn measured(value: &Measured) -> String {
    format!("{:.4} ({:.4} to {:.4})", value.value, value.interval.low, value.interval.high)
}
