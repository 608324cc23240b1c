//! The figures, one kind per file. Each is a pure function: of run views, of studies (the paper's
//! figures), or of examinations (the theory's).

mod cloud;
mod components;
mod draw;
mod drawing;
mod errors;
mod map;
mod marks;
mod occupancy;
pub mod paper;
mod paths;
mod recording;
mod rows;
pub mod sweep;
pub mod theory;
mod training;
mod trajectories;
mod variance;

use crate::figure::{Figure, Missing};
use crate::view::{RunView, TaskKind};
pub(crate) use draw::span;
pub use drawing::PaperFigure;

/// Figures of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunFigures {
    /// In the report's order: each a figure, or why it is missing.
    pub figures: Vec<Result<Figure, Missing>>,
}

impl RunFigures {
    /// Draws every figure of a run. `prefix` begins every element id, so that the figures of
    /// several runs can stand in one page: letters, digits and `-`, beginning with a letter.
    pub fn draw(run: &RunView, prefix: &str) -> Self {
        let fits = components::fit_phases(run);
        let mut figures: Vec<_> =
            recording::draw(run, &format!("{prefix}-recording")).into_iter().collect();
        figures.extend([
            trajectories::draw(run, &format!("{prefix}-trajectories")),
            occupancy::draw(run, &format!("{prefix}-occupancy")),
            components::draw(run, &fits, &format!("{prefix}-components")),
            variance::draw(run, &fits, &format!("{prefix}-variance")),
        ]);
        Self { figures }
    }

    /// The figures that could be drawn.
    pub fn drawn(&self) -> impl Iterator<Item = &Figure> {
        self.figures.iter().filter_map(|figure| figure.as_ref().ok())
    }
}

/// Training curves, one figure for each kind of task among the runs. `prefix` as in
/// [`RunFigures::draw`].
pub fn training_curves(runs: &[RunView], prefix: &str) -> Vec<Result<Figure, Missing>> {
    TaskKind::BOTH
        .into_iter()
        .filter_map(|kind| {
            let same: Vec<&RunView> = runs.iter().filter(|run| run.task() == kind).collect();
            (!same.is_empty()).then(|| training::draw(&same, kind, prefix))
        })
        .collect()
}
