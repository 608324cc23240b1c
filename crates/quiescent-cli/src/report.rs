//! `quiescent report`: run folders to one HTML page.

use crate::arguments::ReportArguments;
use crate::failure::Failure;
use crate::measure;
use crate::output::say;
use crate::threads;
use ndarray::Array2;
use quiescent::experiment::QuiescentNoise;
use quiescent::run::{RunFolder, RunWriter, write_atomically};
use quiescent::task;
use quiescent_report::RunView;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Runs the command.
pub(crate) fn run(arguments: &ReportArguments) -> Result<(), Failure> {
    let names = names(&arguments.runs);
    let mut writers: Vec<(&str, RunWriter)> = Vec::new();
    for (number, (name, path)) in names.iter().zip(&arguments.runs).enumerate() {
        let place = path.canonicalize().ok();
        if place.is_some()
            && arguments.runs[..number].iter().any(|p| p.canonicalize().ok() == place)
        {
            return Err(Failure::Usage(format!("{} is given twice", path.display())));
        }
        writers.push((name, RunFolder::open_for_writing(path)?));
    }
    threads::with(arguments.threads, |_| measure::phases_and_analysis(&writers))?;
    let views =
        writers.iter().map(|(name, writer)| view(name, writer)).collect::<Result<Vec<_>, _>>()?;
    let html = quiescent_report::report_html(&views, None, "Offline reactivation")?;
    if let Some(folder) = arguments.out.parent() {
        std::fs::create_dir_all(folder).map_err(|error| {
            Failure::Data(format!("cannot create {}: {error}", folder.display()))
        })?;
    }
    write_atomically(&arguments.out, |file| file.write_all(html.as_bytes()))?;
    say(&format!("report: {}", arguments.out.display()));
    Ok(())
}

/// Names of the runs: those of their folders, or whole paths where folders are named alike.
fn names(paths: &[PathBuf]) -> Vec<String> {
    let last =
        |path: &Path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let short: Vec<String> = paths.iter().map(|path| last(path)).collect();
    let alike = |name: &String| short.iter().filter(|other| *other == name).count() > 1;
    paths
        .iter()
        .zip(&short)
        .map(|(path, name)| if alike(name) { path.display().to_string() } else { name.clone() })
        .collect()
}

/// What the report shows of a run, read from its folder.
pub(crate) fn view(name: &str, folder: &RunFolder) -> Result<RunView, Failure> {
    let task = task::build(folder.experiment())?;
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
    let recorded = task.recorded_occupancy().and_then(|values| {
        let dim = task.stimulus_dim();
        Array2::from_shape_vec((values.len() / dim, dim), values.to_vec()).ok()
    });
    Ok(RunView {
        name: name.to_owned(),
        experiment,
        record: folder.record().clone(),
        metrics: folder.metrics()?,
        phases,
        analysis: folder.analysis()?.unwrap_or_else(measure::empty),
        arena: task.arena().map(|arena| [arena.x_min, arena.x_max, arena.y_min, arena.y_max]),
        recorded,
    })
}
