//! `quiescent report`: run folders to one HTML page and the files of its figures.

use crate::arguments::{ReportArguments, Scale};
use crate::failure::Failure;
use crate::figures;
use crate::left_out::LeftOut;
use crate::measure;
use crate::output::{complain, say};
use crate::paper;
use crate::theory::{self, Named};
use crate::threads;
use crate::watch::Terminal;
use quiescent::analysis::reactivation::Estimate;
use quiescent::experiment::QuiescentNoise;
use quiescent::paper::Condition;
use quiescent::run::{RunFolder, RunWriter, write_atomically};
use quiescent::workflow::{self, Apart, ApartReason, Studied};
use quiescent_report::{RunFigures, RunView, Theory, theory_figures};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Runs the command.
pub(crate) fn run(arguments: &ReportArguments) -> Result<(), Failure> {
    let names = names(&arguments.runs);
    let mut writers: Vec<(&str, Arc<RunWriter>)> = Vec::new();
    let mut failures: Vec<(&str, Failure)> = Vec::new();
    for (number, (name, path)) in names.iter().zip(&arguments.runs).enumerate() {
        let place = path.canonicalize().ok();
        if place.is_some()
            && arguments.runs[..number].iter().any(|p| p.canonicalize().ok() == place)
        {
            return Err(Failure::Usage(format!("{} is given twice", path.display())));
        }
        match RunFolder::open_for_writing(path) {
            Ok(writer) => writers.push((name, Arc::new(writer))),
            Err(error) => failures.push((name, error.into())),
        }
    }
    if writers.is_empty()
        && let Some((_, failure)) = failures.pop()
    {
        return Err(failure);
    }
    let mut left: Vec<LeftOut> =
        failures.into_iter().map(|(name, failure)| LeftOut::of(name, &failure)).collect();
    threads::with(arguments.threads, |_| {
        let recordings = &arguments.recordings;
        recordings.check(writers.iter().map(|(_, writer)| &***writer))?;
        let named = recordings.named();
        let mut apart = Vec::new();
        let studied = studies(&writers, arguments.scale, &mut left, &mut apart)?;
        let mut measured: Vec<(&str, &RunFolder)> = Vec::new();
        for (name, writer) in &writers {
            match workflow::measure_run(writer, measure::SOME_STATES, &named, &Terminal) {
                Ok(_) => measured.push((name, &***writer)),
                Err(error) => {
                    let lacking = LeftOut::of(name, &recordings.failure(error));
                    // A reason that its study was left out for is said once.
                    left.retain(|left| left.name != lacking.name);
                    left.push(lacking);
                }
            }
        }
        let views = views(&measured)?;
        if views.is_empty()
            && let Some(left) = left.first()
        {
            return Err(match left.diverged {
                true => Failure::Diverged(left.to_string()),
                false => Failure::Data(left.to_string()),
            });
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
        write(arguments, &views, &pooled, &examined, &missing)
    })?;
    say(&format!("report: {}", arguments.out.display()));
    if left.is_empty() {
        return Ok(());
    }
    let left: Vec<String> = left.iter().map(LeftOut::to_string).collect();
    Err(Failure::Data(format!("the report was written, but lacks {}", left.join("; "))))
}

/// Studies of the runs that belong to conditions of the paper; those that belong to none are apart.
fn studies(
    writers: &[(&str, Arc<RunWriter>)],
    scale: Scale,
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
        let found = match workflow::current_study(writer, None)? {
            Some(study) => Ok(study),
            None => {
                complain(&format!("studying {name} for the paper's figures"));
                workflow::study_run(writer, &scale.protocol(condition.task), &Terminal)
            }
        };
        match found {
            Ok(study) => studied.push(Studied { name, writer: Arc::clone(writer), study }),
            Err(error) => left.push(LeftOut::of(&name, &error.into())),
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
    arguments: &ReportArguments,
    views: &[RunView],
    studied: &[Studied],
    examined: &[Named],
    left: &[LeftOut],
) -> Result<(), Failure> {
    let folder = arguments.out.parent().unwrap_or(Path::new(""));
    if !folder.as_os_str().is_empty() {
        std::fs::create_dir_all(folder).map_err(|error| {
            Failure::Data(format!("cannot create {}: {error}", folder.display()))
        })?;
    }
    let metrics = paper::metrics(studied)?;
    let found = paper::find(studied, &metrics, left)?;
    let beside = theory::views(examined);
    let drawn = theory_figures(&beside, "theory");
    let figures = arguments.figures.clone().unwrap_or_else(|| folder.join("figures"));
    let theory = theory::write_figures(&figures, &beside, &drawn)?
        .then_some(Theory { runs: &beside, figures: &drawn });
    let page = quiescent_report::Paper { claims: &[], theory, ..found.page() };
    let html = quiescent_report::report_html(views, Some(&page), "Offline reactivation")?;
    write_atomically(&arguments.out, |file| file.write_all(html.as_bytes()))?;

    let drawn: Vec<_> =
        found.figures.iter().filter_map(|drawn| drawn.figure.as_ref().ok()).collect();
    if !drawn.is_empty() {
        figures::write(&figures, &drawn)?;
    }
    for view in views {
        let own = RunFigures::draw(view, "r");
        let own: Vec<_> = own.drawn().collect();
        figures::write(&figures.join(file_name(&view.name)), &own)?;
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

/// What a page shows of measured runs, read from their folders.
pub(crate) fn views(runs: &[(&str, &RunFolder)]) -> Result<Vec<RunView>, Failure> {
    let across = workflow::across(runs)?;
    let pairs = runs.iter().zip(across);
    pairs.map(|((name, folder), across)| view(name, folder, across)).collect()
}

fn view(
    name: &str,
    folder: &RunFolder,
    across: BTreeMap<String, Estimate>,
) -> Result<RunView, Failure> {
    let recording = match folder.experiment().task.recording() {
        Some(_) => folder.recorded()?,
        None => None,
    };
    let mut experiment = folder.experiment().clone();
    let mut phases = BTreeMap::new();
    for name in ["active", "quiescent"] {
        phases.insert(name.to_owned(), folder.read_phase(name)?);
        // What is shown is what was simulated, also where that is not what the experiment says.
        if let Some(record) = folder.phase_record(name)?
            && let Some(start) = record.start
        {
            let rest = &mut experiment.rest;
            (rest.start, rest.trials, rest.steps) = (start, record.trials, record.steps);
            if rest.noise.sigma(experiment.network.noise.sigma) != record.sigma {
                rest.noise = QuiescentNoise::Sigma(record.sigma);
            }
        }
    }
    Ok(RunView {
        name: name.to_owned(),
        experiment,
        record: folder.record().clone(),
        metrics: folder.metrics()?,
        phases,
        measurements: workflow::measurements(folder)?,
        across,
        recording,
    })
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
