//! The theory's part of pages.

use super::figures;
use crate::ui::failure::Failure;
use quiescent::analysis::Verdict;
use quiescent::run::{FileSet, RunFolder};
use quiescent::theory::Examination;
use quiescent::workflow::Learned;
use quiescent_report::{Theory, TheoryFigure, TheoryRun, theory_assumptions, theory_figures};
use serde::Serialize;
use std::io::Write;
use std::path::Path;

/// One experiment or run by its name, with what was found.
#[derive(Debug, Serialize)]
pub(crate) struct Named {
    pub(crate) name: String,
    /// Whether the run's network has learned; none of an experiment, and if chance is not known.
    #[serde(skip)]
    pub(crate) learned: Option<Verdict>,
    pub(crate) examination: Examination,
}

impl Named {
    /// The examination of a run.
    pub(crate) fn of_run(name: String, run: &RunFolder, examination: Examination) -> Self {
        let learned = Learned::of_run(run).map(|learned| learned.verdict);
        Self { name, learned, examination }
    }
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
            learned: named.learned,
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

    /// The figures' files, and the assumptions as a table, for a folder; none if nothing was examined.
    pub(crate) fn figure_files(&self, folder: &Path) -> Result<FileSet, Failure> {
        if self.runs.is_empty() {
            return Ok(FileSet::default());
        }
        let drawn = self.figures.iter().filter_map(|drawn| drawn.figure.as_ref().ok());
        let mut set = figures::draw(folder, &drawn.collect::<Vec<_>>())?;
        let table = theory_assumptions(&self.runs).csv();
        set.write(&folder.join("theory_assumptions.csv"), |file| file.write_all(table.as_bytes()))?;
        Ok(set)
    }
}
