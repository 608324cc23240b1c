//! `quiescent sweep collect`: every run below a folder in one table, and figures of it.

mod arguments;
mod choose;
mod csv;
pub(crate) mod folders;
mod gather;
mod problem;
mod summary;
mod table;

pub(crate) use arguments::CollectArguments;
pub(crate) use folders::{Found, find};
pub(crate) use gather::{Gathered, gather};
pub(crate) use table::{Field, Swept, Table};

use crate::files as results;
use crate::replace::{self, Written};
use crate::ui::failure::Failure;
use crate::ui::output::complain;
use choose::Chosen;
use problem::Problem;
use quiescent::run::{FileSet, remove_leftovers};
use quiescent_report::{FigureFile, ReportError, sweep_figure};
use rayon::prelude::*;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;
use summary::{DrawnFigure, Summary};

/// Runs read before what was read is added to the table: enough for all threads, few in memory.
const AT_ONCE: usize = 2048;

/// Runs the command.
pub(crate) fn run(arguments: &CollectArguments) -> Result<(), Failure> {
    let problems = arguments.threads.run(|_| collect(arguments))?;
    match problem::describe(&problems) {
        // What was read stands in the table, but not everything was.
        Some(text) => Err(Failure::Data(text)),
        None => Ok(()),
    }
}

fn collect(arguments: &CollectArguments) -> Result<Vec<Problem>, Failure> {
    let began = Instant::now();
    let (found, mut problems) = find(&arguments.folder)?;
    if found.is_empty() && problems.is_empty() {
        return Err(Failure::Usage(format!(
            "there are no runs in {}: looked at every folder below it for one that holds \
             experiment.yml, but for `slurm`, `collected` and those whose names begin with a dot",
            arguments.folder.display()
        )));
    }
    let table = read(&found, &mut problems);
    if table.runs.is_empty() {
        let text = problem::describe(&problems).unwrap_or_default();
        let folder = arguments.folder.display();
        return Err(Failure::Data(format!("no run of {folder} could be read; {text}")));
    }
    let chosen = choose::choose(&table, arguments)?;
    let out = arguments.out.clone().unwrap_or_else(|| arguments.folder.join("collected"));
    let figures = draw(&chosen, &out.join("figures"))?;
    let file = write(&out, &table, &figures)?;
    let figures = figures.into_iter().map(|(figure, _)| figure).collect();
    let summary = Summary::new(&table, &problems, file, figures, began.elapsed());
    arguments.json.print(&summary, Summary::lines)?;
    Ok(problems)
}

/// Reads runs, as many at once as there are threads, into the table, in the order of their names.
fn read(found: &[Found], problems: &mut Vec<Problem>) -> Table {
    let mut table = Table::default();
    let began = Instant::now();
    for (part, runs) in found.chunks(AT_ONCE).enumerate() {
        if part > 0 && began.elapsed().as_secs() >= 2 && part.is_power_of_two() {
            complain(&format!("read {} of {} runs", part * AT_ONCE, found.len()));
        }
        let gathered: Vec<_> = runs.par_iter().map(gather).collect();
        for run in gathered {
            match run {
                Ok(mut run) => {
                    problems.append(&mut run.problems);
                    table.add(run);
                }
                Err(problem) => problems.push(problem),
            }
        }
    }
    table.finish();
    table
}

/// A figure, or why there is none, with its files' contents.
type Drawn = (DrawnFigure, Vec<FigureFile>);

/// Draws the figures for a folder; one that cannot be drawn gets a note.
fn draw(chosen: &[Chosen], folder: &Path) -> Result<Vec<Drawn>, Failure> {
    let mut names: Vec<String> = Vec::new();
    for Chosen { view, .. } in chosen {
        let name = file_name(&view.measurement, &view.key);
        // Different names can be alike once they are fit for files.
        let number = (2..).map(|number| format!("{name}_{number}"));
        let name = std::iter::once(name.clone()).chain(number).find(|name| !names.contains(name));
        names.extend(name);
    }
    chosen
        .par_iter()
        .zip(names)
        .map(|(Chosen { view, notes }, name)| {
            let mut notes = notes.clone();
            let files = match sweep_figure(view) {
                Ok(figure) => {
                    notes.extend(figure.notes.iter().cloned());
                    figure.files_named(&name).map_err(ReportError::from)?
                }
                Err(missing) => {
                    notes.push(format!("not drawn: {}", missing.reason));
                    Vec::new()
                }
            };
            let drawn = DrawnFigure {
                measurement: view.measurement.clone(),
                against: view.key.clone(),
                notes,
                files: files.iter().map(|file| folder.join(&file.name)).collect(),
            };
            Ok((drawn, files))
        })
        .collect()
}

/// `MEASUREMENT_vs_KEY` in letters that every file system takes.
fn file_name(measurement: &str, key: &str) -> String {
    let safe = |name: &str| -> String {
        let fit = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
        let name: String = name.chars().take(100).map(fit).collect();
        name.trim_matches('.').to_owned()
    };
    format!("{}_vs_{}", safe(measurement), safe(key))
}

/// Writes table and figures in the place of an earlier collection's; returns the table's file.
fn write(out: &Path, table: &Table, figures: &[Drawn]) -> Result<PathBuf, Failure> {
    let folder = out.join("figures");
    let any = figures.iter().any(|(_, files)| !files.is_empty());
    let needed = if any { &folder } else { out };
    results::create_folder(needed)?;
    // What a collection killed half-way left here can be as large as the table.
    remove_leftovers(out)?;
    remove_leftovers(&folder)?;
    let path = out.join("table.csv");
    let mut files = FileSet::default();
    files.write(&path, |file| csv::write(table, file))?;
    for (drawn, contents) in figures {
        for (path, file) in drawn.files.iter().zip(contents) {
            files.write(path, |out| out.write_all(&file.bytes))?;
        }
    }
    replace::replace(out, files, &path, Written::COLLECTION)?;
    Ok(path)
}
