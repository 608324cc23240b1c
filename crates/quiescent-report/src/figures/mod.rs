//! The figures, one kind per file. Each is a pure function: of run views, of studies (the paper's
//! figures), or of examinations (the theory's).

mod cloud;
mod components;
mod cross;
mod draw;
mod drawing;
mod emergence;
mod errors;
mod headings;
mod map;
mod marks;
mod matrix;
mod movement;
mod occupancy;
pub mod paper;
mod paths;
mod recording;
pub mod rest_map;
mod rows;
pub mod sweep;
pub mod theory;
mod training;
mod trajectories;
mod variance;
mod variants;

use crate::figure::{Figure, Missing};
use crate::view::{RunView, TaskKind};
pub(crate) use draw::span;
pub use drawing::PaperFigure;
pub(crate) use paths::draw_box;

/// The figures of a report on runs, drawn once for its page and for their files.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportFigures {
    /// Training curves, as [`training_curves`] draws them.
    pub training: Vec<Result<Figure, Missing>>,
    /// Divergences between runs, one figure for each set of runs that can be compared.
    pub across: Vec<Result<Figure, Missing>>,
    /// Figures of each run, in the runs' order: the name of the folder of its files, and each figure
    /// or why it is missing.
    pub runs: Vec<(String, Vec<Result<Figure, Missing>>)>,
}

impl ReportFigures {
    /// Draws them.
    pub fn draw(runs: &[RunView]) -> Self {
        let own = runs.iter().enumerate();
        let own = own.map(|(index, run)| run_figures(run, &format!("r{index}")));
        Self {
            training: training_curves(runs, "t"),
            across: cross::draw(runs, "x"),
            runs: folder_names(runs.iter().map(|run| run.name.as_str()))
                .into_iter()
                .zip(own)
                .collect(),
        }
    }

    /// Every figure that could be drawn, with the folder of its files below that of all figures: empty
    /// for figures of several runs.
    pub fn drawn(&self) -> impl Iterator<Item = (&str, &Figure)> {
        let shared = self.training.iter().chain(&self.across).map(|figure| ("", figure));
        let own = self
            .runs
            .iter()
            .flat_map(|(folder, figures)| figures.iter().map(|figure| (folder.as_str(), figure)));
        shared.chain(own).filter_map(|(folder, figure)| Some((folder, figure.as_ref().ok()?)))
    }
}

/// Every figure of one run, or why it is missing. `prefix` begins every element id, so that the
/// figures of several runs can stand in one page: letters, digits and `-`, beginning with a letter.
pub fn run_figures(run: &RunView, prefix: &str) -> Vec<Result<Figure, Missing>> {
    let fits = components::fit_phases(run);
    let mut figures: Vec<_> =
        recording::draw(run, &format!("{prefix}-recording")).into_iter().collect();
    figures.extend([
        trajectories::draw(run, &format!("{prefix}-trajectories")),
        occupancy::draw(run, &format!("{prefix}-occupancy")),
        components::draw(run, &fits, &format!("{prefix}-components")),
        variance::draw(run, &fits, &format!("{prefix}-variance")),
    ]);
    figures.extend(emergence::draw(run, &format!("{prefix}-emergence")));
    figures.extend(movement::draw(run, &format!("{prefix}-movement")));
    figures.extend(variants::draw(run, &format!("{prefix}-variants")));
    figures.extend(run.rest_map.iter().flat_map(rest_map::rest_map_figures));
    figures
}

/// Names of folders for the runs' figures: their names with only letters, digits, `-`, `_` and `.`,
/// and a number where two would be the same.
pub fn folder_names<'a>(runs: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for run in runs {
        let kept = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' };
        let name: String = run.chars().map(kept).collect();
        // No name climbs out of its folder.
        let name = if name.chars().all(|c| c == '.') { "run".to_owned() } else { name };
        // Some file systems do not tell cases apart.
        let taken =
            |name: &str| names.iter().any(|other| other.to_lowercase() == name.to_lowercase());
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| !taken(name));
        names.extend(free);
    }
    names
}

/// Training curves, one figure for each kind of task among the runs. `prefix` as in
/// [`run_figures`].
pub fn training_curves(runs: &[RunView], prefix: &str) -> Vec<Result<Figure, Missing>> {
    TaskKind::BOTH
        .into_iter()
        .filter_map(|kind| {
            let same: Vec<&RunView> = runs.iter().filter(|run| run.task() == kind).collect();
            (!same.is_empty()).then(|| training::draw(&same, kind, prefix))
        })
        .collect()
}
