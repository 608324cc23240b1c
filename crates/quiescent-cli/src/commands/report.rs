//! `quiescent report`: run folders to one HTML page and the files of its figures.

use crate::files;
use crate::pages::theory::{Examined, Named};
use crate::pages::views::{SOME_STATES, views};
use crate::pages::{figures, paper};
use crate::ui::failure::Failure;
use crate::ui::flags::{Json, Scale, Threads, check_distinct};
use crate::ui::left_out::LeftOut;
use crate::ui::output::complain;
use crate::ui::recordings::Recordings;
use crate::ui::watch::Terminal;
use clap::Args;
use quiescent::paper::{Condition, Scale as PaperScale};
use quiescent::run::{RunFolder, RunWriter};
use quiescent::workflow::{self, Apart, ApartReason, Studied};
use quiescent_report::{Paper, RunFigures, RunView, report_html};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Measure simulated phases of the given runs; write one HTML report and every figure's files.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: quiescent report runs/a runs/b --out report.html\n\nSimulates phases \
                        `active` and `quiescent` of runs that have none of their present \
                        parameters. --json prints {report, figures, runs, left_out}."
)]
pub(crate) struct Arguments {
    /// Run folders.
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// The report.
    #[arg(long, value_name = "FILE", default_value = "report.html")]
    out: PathBuf,
    /// Folder for the figures' files (svg, pdf, png, csv) [default: figures, beside the report].
    #[arg(long, value_name = "DIR")]
    figures: Option<PathBuf>,
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

impl Arguments {
    /// Folder of the figures' files.
    fn figures(&self) -> PathBuf {
        self.figures.clone().unwrap_or_else(|| self.out.with_file_name("figures"))
    }
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let names = names(&arguments.runs);
    let mut writers: Vec<(&str, Arc<RunWriter>)> = Vec::new();
    let mut left: Vec<LeftOut> = Vec::new();
    check_distinct(&arguments.runs)?;
    for (name, path) in names.iter().zip(&arguments.runs) {
        match RunFolder::open_for_writing(path) {
            Ok(writer) => writers.push((name, Arc::new(writer))),
            Err(error) => left.push(LeftOut::new(name, error)),
        }
    }
    if writers.is_empty()
        && let Some(last) = left.pop()
    {
        return Err(last.reason);
    }
    let shown: Vec<String> = arguments.threads.run(|_| {
        let recordings = &arguments.recordings;
        recordings.check(writers.iter().map(|(_, writer)| &***writer))?;
        let named = recordings.named();
        let mut apart = Vec::new();
        let studied = studies(&writers, arguments.scale.into(), &mut left, &mut apart)?;
        let mut measured: Vec<(&str, &RunFolder)> = Vec::new();
        for (name, writer) in &writers {
            match workflow::measure_run(writer, SOME_STATES, &named, &Terminal) {
                Ok(_) => measured.push((name, &***writer)),
                Err(error) => {
                    let lacking = LeftOut::new(*name, recordings.failure(error));
                    // A reason that its study was left out for is said once.
                    left.retain(|left| left.name != lacking.name);
                    left.push(lacking);
                }
            }
        }
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
        let examined = examined(&writers)?;
        let (pooled, others) = workflow::pool(studied)?;
        apart.extend(others);
        let apart: Vec<LeftOut> = apart.into_iter().map(LeftOut::from).collect();
        for run in &apart {
            complain(&format!("left out of the paper's figures: {run}"));
        }
        let missing: Vec<LeftOut> = left.iter().chain(&apart).cloned().collect();
        write(arguments, &views, &pooled, &examined, &missing)?;
        Ok(views.into_iter().map(|view| view.name).collect())
    })?;
    let written = json!({
        "report": arguments.out,
        "figures": arguments.figures(),
        "runs": shown,
        "left_out": left,
    });
    let line = format!("report: {}", arguments.out.display());
    arguments.json.print(&written, |_| vec![line])?;
    LeftOut::check(&left, "the report was written, but lacks")
}

/// Studies of the runs that belong to conditions of the paper; those that belong to none are apart.
fn studies(
    writers: &[(&str, Arc<RunWriter>)],
    scale: PaperScale,
    left: &mut Vec<LeftOut>,
    apart: &mut Vec<Apart>,
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
                complain(&format!("studying {name} for the paper's figures"));
                workflow::study_run(writer, &scale.protocol(condition.task), &Terminal)
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
            examined.push(Named { name: (*name).to_owned(), examination });
        }
    }
    Ok(examined)
}

/// Writes the page and the figures' files.
fn write(
    arguments: &Arguments,
    views: &[RunView],
    studied: &[Studied],
    examined: &[Named],
    left: &[LeftOut],
) -> Result<(), Failure> {
    files::create_folder_of(&arguments.out)?;
    let metrics = paper::metrics(studied)?;
    let found = paper::find(studied, &metrics, left)?;
    let folder = arguments.figures();
    let examined = Examined::draw(examined);
    examined.write_figures(&folder)?;
    let page = Paper { claims: &[], theory: examined.part(), ..found.page() };
    let html = report_html(views, Some(&page), "Offline reactivation")?;
    files::write(&arguments.out, html)?;

    let drawn: Vec<_> =
        found.figures.iter().filter_map(|drawn| drawn.figure.as_ref().ok()).collect();
    if !drawn.is_empty() {
        figures::write(&folder, &drawn)?;
    }
    for view in views {
        let own = RunFigures::draw(view, "r");
        let own: Vec<_> = own.drawn().collect();
        figures::write(&folder.join(file_name(&view.name)), &own)?;
    }
    Ok(())
}

/// A run's name as the name of a folder.
fn file_name(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' })
        .collect();
    // No name climbs out of the folder.
    if name.chars().all(|c| c == '.') { "run".to_owned() } else { name }
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
