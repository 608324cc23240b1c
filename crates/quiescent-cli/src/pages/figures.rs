//! The files of figures.

use crate::files;
use crate::ui::failure::Failure;
use quiescent::run::FileSet;
use quiescent_report::{FIGURES, Figure, ReportError, ReportFigures};
use rayon::prelude::*;
use std::io::Write;
use std::path::Path;

/// The files of figures, for a folder.
pub(crate) fn draw(folder: &Path, figures: &[&Figure]) -> Result<FileSet, Failure> {
    files::create_folder(folder)?;
    gathered(figures.par_iter().map(|figure| draw_one(folder, figure)))
}

/// The files of a report's figures of runs, beside its page in `out`.
pub(crate) fn draw_of_runs(out: &Path, figures: &ReportFigures) -> Result<FileSet, Failure> {
    let all: Vec<(&str, &Figure)> = figures.drawn().collect();
    for (folder, _) in &all {
        files::create_folder(&out.join(FIGURES).join(folder))?;
    }
    let drawn = all.par_iter();
    gathered(drawn.map(|(folder, figure)| draw_one(&out.join(FIGURES).join(folder), figure)))
}

fn draw_one(folder: &Path, figure: &Figure) -> Result<FileSet, Failure> {
    let mut set = FileSet::default();
    for file in figure.files().map_err(ReportError::from)? {
        set.write(&folder.join(&file.name), |out| out.write_all(&file.bytes))?;
    }
    Ok(set)
}

fn gathered(
    sets: impl ParallelIterator<Item = Result<FileSet, Failure>>,
) -> Result<FileSet, Failure> {
    sets.try_reduce(FileSet::default, |mut all, set| {
        all.extend(set);
        Ok(all)
    })
}
