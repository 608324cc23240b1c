//! `quiescent report`: run folders to one HTML page and the files of its figures.

use crate::collect::folders;
use crate::files::create_folder;
use crate::pages::theory::{Examined, Named};
use crate::pages::views::views;
use crate::pages::{figures, numbers, paper};
use crate::replace::{self, Written};
use crate::ui::failure::Failure;
use crate::ui::flags::{Json, Scale, Threads, check_distinct};
use crate::ui::interrupt;
use crate::ui::left_out::LeftOut;
use crate::ui::output::complain;
use crate::ui::progress::Overall;
use crate::ui::recordings::Recordings;
use crate::ui::rest_changes::{ChangedRest, split};
use crate::ui::watch::Terminal;
use clap::{Args, ValueEnum};
use quiescent::paper::{Condition, Scale as PaperScale};
use quiescent::run::{RunFolder, RunWriter};
use quiescent::workflow::{self, Apart, ApartReason, Studied};
use quiescent_report::{FIGURES, Paper, ReportFigures, RunView, report_html};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Measure runs and write a report: a page, and every figure's files.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  quiescent report runs/a runs/b\n  quiescent report runs --out \
                        runs-report --only runs\n\nWrites DIR/report.html and DIR/figures/ in the place of \
                        an earlier report's. Phases `active` and `quiescent` are simulated where a run has none of its \
                        present parameters; its other phases (`quiescent simulate --name`) are \
                        shown beside these. --json prints {report, figures, runs, left_out}."
)]
pub(crate) struct Arguments {
    /// Run folders, or folders that hold some, and changes of how they rest, such as rest.adaptation.strength=1:
    /// a quiescent phase with these changes is simulated, and shown beside the others.
    #[arg(required = true, value_name = "RUN|rest.KEY=VALUE")]
    words: Vec<String>,
    /// Folder of the report, which is made if need be.
    #[arg(long, value_name = "DIR", default_value = "report")]
    out: PathBuf,
    /// Parts of the report [default: all]. The paper's figures take most of the time.
    #[arg(long, value_enum, value_name = "PART", value_delimiter = ',')]
    only: Vec<Part>,
    /// Size of the phases that the paper's figures are drawn from, for runs that have none yet.
    #[arg(long, value_enum, default_value_t = Scale::Demo)]
    scale: Scale,
    #[command(flatten)]
    recordings: Recordings,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    json: Json,
}

/// A part of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Each run's own numbers and figures; always there.
    Runs,
    /// The paper's figures.
    Paper,
    /// What `quiescent theory` found before.
    Theory,
}

impl Arguments {
    fn has(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    /// Refuses a name that was meant as that of the page.
    fn check_out(&self) -> Result<(), Failure> {
        let meant =
            self.out.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("html"));
        if meant || self.out.is_file() {
            return Err(Failure::Usage(format!(
                "--out {}: give a folder; report.html and figures/ are written into it",
                self.out.display()
            )));
        }
        Ok(())
    }
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    interrupt::install()?;
    arguments.check_out()?;
    let (runs, changes) = split(&arguments.words)?;
    let paths = folders::in_all(&runs)?;
    check_distinct(&paths)?;
    let names = names(&paths);
    let mut writers: Vec<(&str, Arc<RunWriter>)> = Vec::new();
    let mut changed: Vec<Option<ChangedRest>> = Vec::new();
    let mut left: Vec<LeftOut> = Vec::new();
    for (name, path) in names.iter().zip(&paths) {
        match RunFolder::open_for_writing(path) {
            // What a run cannot rest like is refused before anything is simulated.
            Ok(writer) => match ChangedRest::resolve(&writer, None, &changes) {
                Ok(one) => {
                    writers.push((name, Arc::new(writer)));
                    changed.push(one);
                }
                Err(failure) => left.push(LeftOut::new(name, failure)),
            },
            Err(error) => left.push(LeftOut::new(name, error)),
        }
    }
    if writers.is_empty()
        && let Some(last) = left.pop()
    {
        return Err(last.reason);
    }
    let overall = Overall::begin(PARTS.total(arguments, &writers));
    let views: Vec<RunView> = arguments.threads.run(|_| {
        let recordings = &arguments.recordings;
        recordings.check(writers.iter().map(|(_, writer)| &***writer))?;
        let named = recordings.named();
        let mut apart = Vec::new();
        let studied = match arguments.has(Part::Paper) {
            true => studies(&writers, arguments, &mut left, &mut apart, &overall)?,
            false => Vec::new(),
        };
        let mut measured: Vec<(&str, &RunFolder)> = Vec::new();
        for ((name, writer), changed) in writers.iter().zip(&changed) {
            overall.say_with_all(&format!("measuring {name}"));
            let keep = workflow::SOME_STATES;
            if let Some(changed) = changed
                && let Err(failure) = changed.simulate(writer, recordings, keep)
            {
                // The phases that the run has are shown all the same.
                left.push(LeftOut::new(format!("{name}, phase {}", changed.name), failure));
            }
            let measured_run = workflow::measure_run(writer, keep, &named, &Terminal);
            match measured_run.map_err(|error| recordings.failure(error)) {
                Ok(_) => measured.push((name, &***writer)),
                Err(failure) => {
                    let lacking = LeftOut::new(*name, failure);
                    // A reason that its study was left out for is said once.
                    left.retain(|left| left.name != lacking.name);
                    left.push(lacking);
                }
            }
            overall.done(PARTS.measure_s);
        }
        overall.say_with_all("comparing the runs and drawing");
        let mut shown = Vec::new();
        for view in views(&measured) {
            match view {
                Ok(view) => shown.push(view),
                Err(lacking) => left.push(lacking),
            }
        }
        let views = shown;
        if views.is_empty()
            && let Some(left) = left.first()
        {
            return Err(left.reason.with_text(&left.to_string()));
        }
        for apart in quiescent_report::not_compared(&views) {
            complain(&apart);
        }
        let examined = match arguments.has(Part::Theory) {
            true => examined(&writers)?,
            false => Vec::new(),
        };
        let (pooled, others) = workflow::pool(studied)?;
        apart.extend(others);
        let apart: Vec<LeftOut> = apart.into_iter().map(LeftOut::from).collect();
        for run in &apart {
            complain(&format!("left out of the paper's figures: {run}"));
        }
        let missing: Vec<LeftOut> = left.iter().chain(&apart).cloned().collect();
        write(arguments, &views, &pooled, &examined, &missing)?;
        Ok(views)
    })?;
    drop(overall);
    let report = arguments.out.join("report.html");
    let line = format!("report: {}", report.display());
    let runs: Map<String, Value> = views
        .iter()
        .filter_map(|view| {
            let found = view.measurements.as_ref()?;
            Some((view.name.clone(), numbers::as_json(found, |_| true)))
        })
        .collect();
    let written = json!({
        "report": report,
        "figures": arguments.out.join(FIGURES),
        "runs": runs,
        "left_out": left,
    });
    arguments
        .json
        .print(&written, |_| numbers::table(&views).into_iter().chain([line]).collect())?;
    LeftOut::check(&left, "the report was written, but lacks")
}

/// Seconds that parts of the work take on a usual machine; only their ratios count once some are done.
struct Seconds {
    study_s: f64,
    measure_s: f64,
    compare_s: f64,
    draw_s: f64,
}

const PARTS: Seconds = Seconds { study_s: 10.0, measure_s: 1.0, compare_s: 0.3, draw_s: 1.0 };

impl Seconds {
    fn total(&self, arguments: &Arguments, writers: &[(&str, Arc<RunWriter>)]) -> f64 {
        let studied = match arguments.has(Part::Paper) {
            true => writers.iter().filter(|(_, writer)| is_to_be_studied(writer)).count() as f64,
            false => 0.0,
        };
        let runs = writers.len() as f64;
        studied * self.study_s
            + runs * (self.measure_s + self.draw_s)
            + runs * (runs - 1.0) * self.compare_s
    }
}

fn is_to_be_studied(writer: &RunWriter) -> bool {
    Condition::of(writer.experiment()).is_some()
        && !matches!(workflow::current_study(writer, None), Ok(Some(_)))
}

/// Studies of the runs that belong to conditions of the paper; those that belong to none are apart.
fn studies(
    writers: &[(&str, Arc<RunWriter>)],
    arguments: &Arguments,
    left: &mut Vec<LeftOut>,
    apart: &mut Vec<Apart>,
    overall: &Overall,
) -> Result<Vec<Studied>, Failure> {
    let mut studied: Vec<Studied> = Vec::new();
    for (name, writer) in writers {
        let name = (*name).to_owned();
        let Some(condition) = Condition::of(writer.experiment()) else {
            apart.push(Apart { name, reason: ApartReason::Recorded });
            continue;
        };
        // Whatever it was studied with before counts.
        let found = match workflow::current_study(writer, None) {
            Ok(Some(study)) => Ok(study),
            Ok(None) => {
                overall.say_with_all(&format!("studying {name} for the paper's figures"));
                let scale: PaperScale = arguments.scale.into();
                let found = workflow::study_run(writer, &scale.protocol(condition.task), &Terminal);
                overall.done(PARTS.study_s);
                found
            }
            Err(error) => Err(error.into()),
        };
        match found {
            Ok(study) => studied.push(Studied { name, writer: Arc::clone(writer), study }),
            Err(error) => left.push(LeftOut::new(name, error)),
        }
    }
    Ok(studied)
}

/// Examinations by the theory that the runs' folders hold; none is made here.
fn examined(writers: &[(&str, Arc<RunWriter>)]) -> Result<Vec<Named>, Failure> {
    let mut examined = Vec::new();
    for (name, writer) in writers {
        if let Some(examination) = workflow::current_examination(writer, None)? {
            examined.push(Named::of_run((*name).to_owned(), writer, examination));
        }
    }
    Ok(examined)
}

/// Writes the page and the figures' files in the place of an earlier report's.
fn write(
    arguments: &Arguments,
    views: &[RunView],
    studied: &[Studied],
    examined: &[Named],
    left: &[LeftOut],
) -> Result<(), Failure> {
    create_folder(&arguments.out)?;
    let metrics = paper::metrics(studied)?;
    let found = paper::find(studied, &metrics, left)?;
    let folder = arguments.out.join(FIGURES);
    let examined = Examined::draw(examined);
    let mut files = examined.figure_files(&folder)?;
    // Without the paper's part it has no figures to miss.
    let paper_figures = if arguments.has(Part::Paper) { &found.figures[..] } else { &[] };
    let page =
        Paper { claims: &[], figures: paper_figures, theory: examined.part(), ..found.page() };
    let figures = ReportFigures::draw(views);
    let html = report_html(views, &figures, Some(&page), "Offline reactivation")?;
    let drawn: Vec<_> =
        paper_figures.iter().filter_map(|drawn| drawn.figure.as_ref().ok()).collect();
    if !drawn.is_empty() {
        files.extend(figures::draw(&folder, &drawn)?);
    }
    files.extend(figures::draw_of_runs(&arguments.out, &figures)?);
    let page = arguments.out.join("report.html");
    files.write(&page, |file| file.write_all(html.as_bytes()))?;
    Ok(replace::replace(&arguments.out, files, &page, Written::REPORT)?)
}

/// Names of the runs: the ends of their paths, as long as it takes to tell them apart.
fn names(paths: &[PathBuf]) -> Vec<String> {
    let end = |path: &Path, parts: usize| -> String {
        let all: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
        all[all.len().saturating_sub(parts)..].join("/")
    };
    let longest = paths.iter().map(|path| path.iter().count()).max().unwrap_or(1);
    let with = |parts| -> Vec<String> { paths.iter().map(|path| end(path, parts)).collect() };
    let distinct = |names: &[String]| names.iter().collect::<BTreeSet<_>>().len() == names.len();
    (1..longest).map(with).find(|names| distinct(names)).unwrap_or_else(|| with(longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_named_by_as_much_of_their_paths_as_tells_them_apart() {
        let of = |paths: &[&str]| names(&paths.iter().map(PathBuf::from).collect::<Vec<_>>());
        assert_eq!(of(&["runs/a", "runs/b/"]), ["a", "b"]);
        assert_eq!(of(&["/x/a/seed_0", "/x/b/seed_0"]), ["a/seed_0", "b/seed_0"]);
        assert_eq!(of(&["a", "runs/a"]), ["a", "runs/a"]);
        assert_eq!(of(&["."]), ["."]);
    }
}
