//! `quiescent report`: run folders to one HTML page.

use crate::arguments::ReportArguments;
use crate::failure::Failure;
use crate::measure;
use crate::output::say;
use crate::threads;
use ndarray::Array2;
use quiescent::run::{RunFolder, RunWriter, write_atomically};
use quiescent::task;
use quiescent_report::RunView;
use std::collections::BTreeMap;
use std::io::Write;

/// Runs the command.
pub(crate) fn run(arguments: &ReportArguments) -> Result<(), Failure> {
    let names: Vec<String> = arguments
        .runs
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap_or(path.as_os_str());
            name.to_string_lossy().into_owned()
        })
        .collect();
    let mut writers: Vec<(&str, RunWriter)> = Vec::new();
    for (name, path) in names.iter().zip(&arguments.runs) {
        writers.push((name, RunFolder::open_for_writing(path)?));
    }
    threads::with(arguments.threads, |_| measure::phases_and_analysis(&writers))?;
    let views =
        writers.iter().map(|(name, writer)| view(name, writer)).collect::<Result<Vec<_>, _>>()?;
    let html = quiescent_report::report_html(&views, "Offline reactivation")?;
    write_atomically(&arguments.out, |file| file.write_all(html.as_bytes()))?;
    say(&format!("report: {}", arguments.out.display()));
    Ok(())
}

/// What the report shows of a run, read from its folder.
pub(crate) fn view(name: &str, folder: &RunFolder) -> Result<RunView, Failure> {
    let task = task::build(folder.experiment())?;
    let phases = folder
        .phase_names()?
        .into_iter()
        .map(|phase| Ok((phase.clone(), folder.read_phase(&phase)?)))
        .collect::<Result<BTreeMap<_, _>, Failure>>()?;
    let recorded = task.recorded_occupancy().and_then(|values| {
        let dim = task.stimulus_dim();
        Array2::from_shape_vec((values.len() / dim, dim), values.to_vec()).ok()
    });
    Ok(RunView {
        name: name.to_owned(),
        experiment: folder.experiment().clone(),
        record: folder.record().clone(),
        metrics: folder.metrics()?,
        phases,
        analysis: folder.analysis()?.unwrap_or_else(measure::empty),
        arena: task.arena().map(|arena| [arena.x_min, arena.x_max, arena.y_min, arena.y_max]),
        recorded,
    })
}
