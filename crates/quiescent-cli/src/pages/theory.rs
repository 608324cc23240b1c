//! The theory's part of pages, as files.

use super::files;
use crate::ui::failure::Failure;
use quiescent::run::write_atomically;
use quiescent::theory::Examination;
use quiescent_report::{TheoryFigure, TheoryRun, theory_assumptions};
use serde::Serialize;
use std::io::Write;
use std::path::Path;

/// One experiment or run by its name, with what was found.
#[derive(Debug, Serialize)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) examination: Examination,
}

/// What figures and pages show of examinations.
pub(crate) fn views(found: &[Named]) -> Vec<TheoryRun<'_>> {
    found
        .iter()
        .map(|named| TheoryRun { name: named.name.clone(), examination: &named.examination })
        .collect()
}

/// Writes the figures' files, and the assumptions as a table, into a folder, if anything was
/// examined; says whether.
pub(crate) fn write_figures(
    folder: &Path,
    runs: &[TheoryRun<'_>],
    figures: &[TheoryFigure],
) -> Result<bool, Failure> {
    if runs.is_empty() {
        return Ok(false);
    }
    let drawn: Vec<_> = figures.iter().filter_map(|drawn| drawn.figure.as_ref().ok()).collect();
    files::write(folder, &drawn)?;
    let table = theory_assumptions(runs).csv();
    write_atomically(&folder.join("theory_assumptions.csv"), |file| {
        file.write_all(table.as_bytes())
    })?;
    Ok(true)
}
