//! `quiescent report`: run folders to one HTML page and the files of its figures.

use crate::arguments::{ReportArguments, Scale};
use crate::failure::Failure;
use crate::figures;
use crate::left_out::LeftOut;
use crate::measure;
use crate::output::{complain, say};
use crate::paper;
use crate::study::{self, Studied};
use crate::theory::{self, Named};
use crate::threads;
use quiescent::experiment::QuiescentNoise;
use quiescent::run::{RunFolder, RunWriter, write_atomically};
use quiescent::study::Condition;
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
        let (simulated, lacking) = measure::phases(&writers, measure::SOME_STATES, recordings);
        left.extend(lacking);
        let mut recorded = Vec::new();
        let studied = studies(&writers, arguments.scale, &mut left, &mut recorded)?;
        left.extend(measure::analyse(simulated)?);
        let mut views = Vec::new();
        for (name, writer) in &writers {
            match view(name, writer) {
                Ok(view) => views.push(view),
                // Said already if its phases could not even be simulated.
                Err(_) if left.iter().any(|left| left.name == *name) => {}
                Err(failure) => {
                    left.push(LeftOut::of(name, &failure));
                }
            }
        }
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
        let (pooled, mut apart) = study::pool(studied)?;
        apart.splice(..0, recorded);
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

/// Studies of the runs that belong to conditions of the paper; those that belong to none are said.
fn studies(
    writers: &[(&str, Arc<RunWriter>)],
    scale: Scale,
    left: &mut Vec<LeftOut>,
    apart: &mut Vec<LeftOut>,
) -> Result<Vec<Studied>, Failure> {
    let mut studied: Vec<Studied> = Vec::new();
    for (name, writer) in writers {
        if left.iter().any(|left| left.name == *name) {
            continue;
        }
        let Some(condition) = Condition::of(writer.experiment()) else {
            let reason = "its motion is a recording: the paper's figures are of simulated animals, \
                          unbiased or biased";
            apart.push(LeftOut {
                name: (*name).to_owned(),
                reason: reason.to_owned(),
                diverged: false,
            });
            continue;
        };
        // Whatever it was studied with before counts.
        let found = match study::current(writer, None) {
            Ok(Some(study)) => Ok(study),
            Ok(None) => {
                complain(&format!("studying {name} for the paper's figures"));
                study::of_run(writer, &study::protocol(scale, condition.task))
            }
            Err(failure) => Err(failure),
        };
        match found {
            Ok(study) => {
                let writer = Arc::clone(writer);
                studied.push(Studied { name: (*name).to_owned(), writer, study });
            }
            Err(failure) => {
                left.push(LeftOut::of(name, &failure));
            }
        }
    }
    Ok(studied)
}

/// Examinations by the theory that the runs' folders hold; none is made here.
fn examined(writers: &[(&str, Arc<RunWriter>)]) -> Result<Vec<Named>, Failure> {
    let mut examined = Vec::new();
    for (name, writer) in writers {
        if let Some(examination) = theory::current(writer, None)? {
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

/// What the report shows of a run, read from its folder.
pub(crate) fn view(name: &str, folder: &RunFolder) -> Result<RunView, Failure> {
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
        analysis: folder.analysis()?.unwrap_or_else(measure::empty),
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
