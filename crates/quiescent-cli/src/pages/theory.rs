//! The theory's part of pages.

use super::figures;
use crate::files;
use crate::ui::failure::Failure;
use quiescent::theory::Examination;
use quiescent_report::{Theory, TheoryFigure, TheoryRun, theory_assumptions, theory_figures};
use serde::Serialize;
use std::path::Path;

/// One experiment or run by its name, with what was found.
#[derive(Debug, Serialize)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) examination: Examination,
}

/// Examinations with their figures.
pub(crate) struct Examined<'a> {
    runs: Vec<TheoryRun<'a>>,
    figures: Vec<TheoryFigure>,
}

impl<'a> Examined<'a> {
    /// Draws the figures of examinations.
    pub(crate) fn draw(found: &'a [Named]) -> Self {
        let run = |named: &'a Named| TheoryRun {
            name: named.name.clone(),
            examination: &named.examination,
        };
        let runs: Vec<_> = found.iter().map(run).collect();
        let figures = theory_figures(&runs, "theory");
        Self { runs, figures }
    }

    /// What a page shows; none if nothing was examined.
    pub(crate) fn part(&self) -> Option<Theory<'_>> {
        let part = Theory { runs: &self.runs, figures: &self.figures };
        (!self.runs.is_empty()).then_some(part)
    }

    /// Writes the figures' files, and the assumptions as a table, into a folder, if anything was
    /// examined.
    pub(crate) fn write_figures(&self, folder: &Path) -> Result<(), Failure> {
        if self.runs.is_empty() {
            return Ok(());
        }
        let drawn = self.figures.iter().filter_map(|drawn| drawn.figure.as_ref().ok());
        figures::write(folder, &drawn.collect::<Vec<_>>())?;
        let table = theory_assumptions(&self.runs).csv();
        files::write(&folder.join("theory_assumptions.csv"), table)
    }
}
