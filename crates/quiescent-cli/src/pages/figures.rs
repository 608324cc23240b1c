//! The files of figures.

use crate::files;
use crate::ui::failure::Failure;
use quiescent_report::{FIGURES, Figure, ReportError, ReportFigures};
use rayon::prelude::*;
use std::path::Path;

/// Writes the files of figures into a folder.
pub(crate) fn write(folder: &Path, figures: &[&Figure]) -> Result<(), Failure> {
    files::create_folder(folder)?;
    figures.par_iter().try_for_each(|figure| write_one(folder, figure))
}

/// Writes the files of a report's figures of runs beside its page in `out`.
pub(crate) fn write_of_runs(out: &Path, figures: &ReportFigures) -> Result<(), Failure> {
    let all: Vec<(&str, &Figure)> = figures.drawn().collect();
    for (folder, _) in &all {
        files::create_folder(&out.join(FIGURES).join(folder))?;
    }
    all.par_iter()
        .try_for_each(|(folder, figure)| write_one(&out.join(FIGURES).join(folder), figure))
}

fn write_one(folder: &Path, figure: &Figure) -> Result<(), Failure> {
    for file in figure.files().map_err(ReportError::from)? {
        files::write(&folder.join(&file.name), &file.bytes)?;
    }
    Ok(())
}
