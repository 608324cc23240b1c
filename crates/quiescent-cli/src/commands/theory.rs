//! `quiescent theory`: experiments and trained networks against the paper's theory.

use crate::files;
use crate::pages::theory::{Examined as Drawn, Named};
use crate::ui::examination::Examination;
use crate::ui::experiment;
use crate::ui::failure::Failure;
use crate::ui::flags::{Json, Threads};
use crate::ui::interrupt::{self, LastWords};
use crate::ui::left_out::LeftOut;
use crate::ui::output::{complain, duration, this_command, wrapped};
use crate::ui::progress::Overall;
use crate::ui::recordings::Recordings;
use crate::ui::table::Table;
use clap::Args;
use quiescent::analysis::Verdict;
use quiescent::experiment::{Experiment, RestDynamics};
use quiescent::readable::counted;
use quiescent::run::{RunFolder, RunWriter};
use quiescent::theory::{
    Cost, ExaminationSettings, Examined, Mixing, NetworkResult, Progress, examine_experiment,
};
use quiescent::workflow::{self, plan};
use quiescent_report::theory_html;
use std::fmt::Display;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
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
                  run keeps that with the usual settings in RUN/theory.json. It can be stopped at any time: the same command \
                  goes on with the parts that are not finished. --json prints DIR/theory.json."
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
    /// With the settings of its examination, which have its dynamics of rest.
    Run(Box<RunWriter>, Box<ExaminationSettings>),
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let settings = settings(arguments)?;
    let subjects = subjects(&arguments.subjects, &settings)?;
    let runs: Vec<&RunFolder> = subjects
        .iter()
        .filter_map(|(_, subject)| match subject {
            Subject::Run(writer, _) => Some(&***writer),
            Subject::Experiment(_) => None,
        })
        .collect();
    arguments.recordings.check(runs.into_iter())?;
    // From here on a signal ends the program at once, and says what is kept.
    interrupt::install()?;
    let (found, left) = arguments.threads.run(|_| examine_all(arguments, &subjects, &settings))?;
    if found.is_empty() {
        let text = format!("nothing could be examined: {}", LeftOut::list(&left));
        let diverged = left.iter().all(|left| matches!(left.reason, Failure::Diverged(_)));
        return Err(if diverged { Failure::Diverged(text) } else { Failure::Data(text) });
    }
    write(arguments, &found)?;
    LeftOut::check(&left, "the report was written, but lacks")
}

/// Examines every subject, and shows how far this has come.
fn examine_all(
    arguments: &Arguments,
    subjects: &[(String, Subject)],
    settings: &ExaminationSettings,
) -> Result<(Vec<Named>, Vec<LeftOut>), Failure> {
    let slowness = plan::slowness()?;
    let left_s = |subject: &Subject| match subject {
        Subject::Experiment(experiment) => Cost::of(experiment, settings).optimal(),
        // What cannot be read is named when its turn comes.
        Subject::Run(writer, settings) => {
            workflow::examination_left_s(writer, settings).unwrap_or(0.0)
        }
    };
    let lefts_s: Vec<f64> = subjects.iter().map(|(_, of)| slowness * left_s(of)).collect();
    let all_s: f64 = lefts_s.iter().sum();
    let kept = lefts_s.iter().filter(|left_s| **left_s == 0.0).count();
    complain(&format!(
        "{} to examine, {kept} of them examined already; estimated time: {}",
        counted(subjects.len(), "subject"),
        duration(all_s)
    ));
    let overall = Overall::begin(all_s);
    let words = LastWords::new(String::new());
    let (mut found, mut left): (Vec<Named>, Vec<LeftOut>) = (Vec::new(), Vec::new());
    let recordings = &arguments.recordings;
    for (number, ((name, subject), left_s)) in subjects.iter().zip(lefts_s).enumerate() {
        words.set(format!(
            "stopped: {number} of {} examined; finished parts of runs are kept in their folders; go \
             on with: {}",
            counted(subjects.len(), "subject"),
            this_command()
        ));
        let shown = Examination::new(name, "comparing with the theory", &overall, left_s);
        let began = Instant::now();
        let examination = match subject {
            Subject::Experiment(experiment) => {
                examine_experiment(experiment, settings, &mut |progress| {
                    if let Progress::Done(done) = progress {
                        shown.at(done);
                    }
                    ControlFlow::Continue(())
                })
                .map_err(workflow::Error::from)
            }
            Subject::Run(writer, settings) => {
                workflow::examine_run(writer, settings, &recordings.named(), &shown)
            }
        };
        match examination {
            Ok(examination) => {
                shown.end();
                if left_s > 0.0 {
                    let took = duration(began.elapsed().as_secs_f64());
                    overall.say(&format!("{name}: examined in {took}"));
                }
                found.push(match subject {
                    Subject::Run(writer, settings) => {
                        if workflow::current_examination(writer, Some(settings))?.is_none() {
                            complain(&format!(
                                "{name} keeps its examination with the usual settings; this one is in {} alone",
                                arguments.out.display()
                            ));
                        }
                        Named::of_run(name.clone(), writer, examination)
                    }
                    Subject::Experiment(_) => {
                        Named { name: name.clone(), learned: None, examination }
                    }
                });
            }
            Err(error) => left.push(LeftOut::new(name, recordings.failure(error))),
        }
    }
    Ok((found, left))
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

/// What can be changed of a trained network: how its units move at rest. Starts and noise are the examination's.
const DYNAMICS: [&str; 3] = ["rest.adaptation", "rest.momentum", "rest.tau_s"];

/// Runs and experiments, with their names; overrides apply to all experiments, and those of dynamics to all
/// runs.
fn subjects(
    texts: &[String],
    settings: &ExaminationSettings,
) -> Result<Vec<(String, Subject)>, Failure> {
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
    let of_dynamics = |change: &&&String| {
        let key = change.split('=').next().unwrap_or_default();
        DYNAMICS.iter().any(|section| {
            key.strip_prefix(section).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    };
    let (dynamics, others): (Vec<&String>, Vec<&String>) = overrides.iter().partition(of_dynamics);
    let mut subjects = Vec::new();
    for (number, text) in named.iter().enumerate() {
        if named[..number].contains(text) {
            return Err(Failure::Usage(format!("{text} is given twice")));
        }
        let subject = if RunFolder::is_run(text) {
            let writer = RunFolder::open_for_writing(text)?;
            let changed = writer.experiment().clone().with_all(&dynamics)?;
            changed.validate()?;
            let settings =
                ExaminationSettings { dynamics: changed.rest.dynamics(), ..settings.clone() };
            Subject::Run(Box::new(writer), Box::new(settings))
        } else if Path::new(text).is_dir() {
            return Err(Failure::Data(format!("{text} is a folder, but holds no run")));
        } else {
            Subject::Experiment(Box::new(experiment::resolve_beside_runs(text, &overrides)?))
        };
        subjects.push(((*text).clone(), subject));
    }
    let runs_only = subjects.iter().all(|(_, subject)| matches!(subject, Subject::Run(..)));
    if let (true, Some(change)) = (runs_only, others.first()) {
        return Err(Failure::Usage(format!(
            "{change}: of a run only {} can be changed here; other changes are for EXPERIMENTs",
            DYNAMICS.join(", ")
        )));
    }
    Ok(subjects)
}

/// Writes everything into the folder and says what was found.
fn write(arguments: &Arguments, found: &[Named]) -> Result<(), Failure> {
    let out = &arguments.out;
    files::create_folder(out)?;
    files::write_json(&out.join("theory.json"), &found)?;
    let examined = Drawn::draw(found);
    examined.figure_files(&out.join("figures"))?.finish()?;
    if let Some(page) = examined.part() {
        let html = theory_html(&page, "Networks compared with the theory of offline reactivation")?;
        files::write(&out.join("report.html"), html)?;
    }
    arguments.json.print(&found, |found| {
        let mut lines = table(found);
        lines.push(format!("report: {}", out.join("report.html").display()));
        lines
    })
}

/// The amplitude of quiescent noise whose exponent the table shows: doubled variance.
const DOUBLED: f64 = std::f64::consts::SQRT_2;
/// Most characters of a name in the table.
const LONGEST_NAME: usize = 20;

/// What was found in a row for each run or experiment; the report has the rest.
fn table(found: &[Named]) -> Vec<String> {
    let mut table = Table::new(&[
        "network",
        "cosine (leak-only)",
        "slope",
        "noise removed",
        "β at κ = √2",
        "assumptions met",
    ]);
    let mut notes = Vec::new();
    for Named { name, learned, examination } in found {
        let short = shortened(name);
        let mut note = |what: &str, reason: &dyn Display| {
            notes.extend(wrapped(&format!("{short}: {what}: {reason}"), 0));
        };
        let none = || "–".to_owned();
        let trained = examination.networks.iter().find(|of| of.examined == Examined::Trained);
        match (&examination.optimal, trained) {
            (Err(reason), _) => note("the optimal network was not examined", reason),
            (Ok(optimal), None) => {
                let at = optimal.temperature.iter().find(|at| is_doubled(at.noise_ratio));
                let exponent = at.map_or_else(none, |at| fixed(at.exponent.value));
                table.row([short.clone(), none(), none(), none(), exponent, none()]);
            }
            (Ok(_), Some(_)) => {}
        }
        if let Ok(optimal) = &examination.optimal
            && let Some(warning) = optimal.resolution.warning()
        {
            note("warning", &warning);
        }
        let Some(network) = trained else { continue };
        match learned {
            Some(Verdict::Holds) => {}
            Some(Verdict::Fails) => {
                note("NOT learned", &"these numbers describe a network that does not track");
            }
            Some(Verdict::Undecided) => note("learned", &"undecided"),
            None => note("learned", &"unknown"),
        }
        if examination.settings.dynamics != RestDynamics::FIRST_ORDER {
            note("its quiescent phases", &examination.settings.dynamics);
        }
        let field = network.field.as_ref();
        let near = field.ok().and_then(|field| field.at_distance.first());
        let scan = network.temperature.as_ref();
        let mixing = network.mixing.as_ref();
        let rest = scan
            .ok()
            .and_then(|scan| scan.points.iter().find(|point| is_doubled(point.noise_ratio)));
        table.row([
            short.clone(),
            near.map_or_else(none, |at| {
                format!("{} ({})", fixed(at.cosine.value), fixed(at.leak_cosine.value))
            }),
            near.map_or_else(none, |at| fixed(at.slope.value)),
            field.map_or_else(
                |_| none(),
                |field| {
                    let [removed, removable] = [&field.removed_noise, &field.removable_noise];
                    format!("{} of {}", fixed(removed.value), fixed(removable.value))
                },
            ),
            rest.map_or_else(none, |point| fixed(point.exponent.value)),
            network.assumptions_met(),
        ]);
        if let Some(Ok(mixing)) = mixing {
            note("from one point", &from_one_point(mixing));
        }
        note("conditions", &conditions(network));
        for (what, reason) in [
            ("the score was not estimated", field.err()),
            ("the quiescent phase was not measured", scan.err()),
            ("the bound was not measured", network.bound.as_ref().err()),
            (
                "rest from one point was not measured",
                mixing.and_then(|mixing| mixing.as_ref().err()),
            ),
        ] {
            if let Some(reason) = reason {
                note(what, reason);
            }
        }
    }
    let mut lines = table.lines();
    lines.push(
        "The theory’s own values: cosine 1, slope 1, all removable noise, β = 1, all assumptions."
            .to_owned(),
    );
    lines.extend(notes);
    lines
}

/// How long the manifold is, how long rest takes to forget where it began, and its exponents from one point.
fn from_one_point(mixing: &Mixing) -> String {
    let found = match &mixing.forgetting_steps {
        Ok(steps) => format!("rest forgets its start in {:.0} steps", steps.value),
        Err(reason) => reason.to_string(),
    };
    let exponents: Vec<String> =
        mixing.points.iter().map(|point| fixed(point.exponent.value)).collect();
    format!(
        "its manifold is {:.0} standard deviations of a step's noise long, so Langevin motion needs {:.0} \
         steps to mix; {found}; β at κ = 1, √2 and 2 is {} (theory: 2, 1, 0.5)",
        mixing.length(),
        mixing.predicted_steps,
        exponents.join(", ")
    )
}

/// Which of the conditions do not hold.
fn conditions(network: &NetworkResult) -> String {
    let all = network.requirements();
    let lacking: Vec<&str> = all
        .iter()
        .filter(|required| required.met != Some(true))
        .map(|required| required.id)
        .collect();
    match lacking.is_empty() {
        true => "all conditions of the theory hold together".to_owned(),
        false => format!(
            "{} of {} conditions of the theory hold; it lacks: {}",
            all.len() - lacking.len(),
            all.len(),
            lacking.join(", ")
        ),
    }
}

fn is_doubled(noise_ratio: f64) -> bool {
    (noise_ratio - DOUBLED).abs() < 1e-9
}

/// Two decimals: every number of the table is of order one.
fn fixed(value: f64) -> String {
    // No negative zero.
    format!("{:.2}", (100.0 * value).round() / 100.0 + 0.0)
}

/// A name that fits its column: its end says more than its beginning.
fn shortened(name: &str) -> String {
    let length = name.chars().count();
    if length <= LONGEST_NAME {
        return name.to_owned();
    }
    let kept: String = name.chars().skip(length - LONGEST_NAME + 1).collect();
    format!("…{kept}")
}
