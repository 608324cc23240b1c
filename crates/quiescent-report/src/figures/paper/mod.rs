//! The paper's figures, drawn from the studies of a set of runs.
//!
//! Figures that show an example (trajectories, maps, clouds) take the run of the lowest seed;
//! figures of numbers take all seeds. Neither depends on the order of the runs.

mod boxes;
mod clouds;
mod component_maps;
mod explained;
mod gru;
mod headings;
mod maps;
mod matrix;
mod same_noise;
mod select;
mod start_dependence;
mod steps;
mod total_variance;
mod training;
mod trajectories;
mod transitions;
mod turning;

use quiescent::paper::Condition;

use crate::figures::drawing::{Drawing, PaperFigure};
use crate::study_view::{KlMatrix, StudyRun};
use select::Runs;

/// The studies and the matrix that all of the paper's figures are drawn from.
struct Given<'a> {
    runs: &'a Runs<'a>,
    matrix: Option<&'a KlMatrix>,
    prefix: &'a str,
}

impl Given<'_> {
    fn id(&self, name: &str) -> String {
        format!("{}-{name}", self.prefix)
    }
}

type Draw = fn(&Given<'_>, &'static str) -> Drawing;

/// The paper's figures in its order, then two of this program's own.
const FIGURES: [(&str, Draw); 19] = [
    ("fig1b", |given, name| training::draw(given.runs, name, &given.id(name))),
    ("fig1c", |given, name| explained::draw(given.runs, name, &given.id(name))),
    ("fig1de", |given, name| {
        trajectories::draw(given.runs, Condition::NOISY_UNBIASED, name, &given.id(name))
    }),
    ("fig1fg", |given, name| {
        clouds::positions(given.runs, Condition::NOISY_UNBIASED, name, &given.id(name))
    }),
    ("fig1hi", |given, name| {
        maps::draw(given.runs, Condition::NOISY_UNBIASED, name, &given.id(name))
    }),
    ("fig1jk", |given, name| {
        component_maps::draw(given.runs, Condition::NOISY_UNBIASED, name, &given.id(name))
    }),
    ("fig2ab", |given, name| {
        trajectories::draw(given.runs, Condition::NOISY_BIASED, name, &given.id(name))
    }),
    ("fig2cd", |given, name| {
        maps::draw(given.runs, Condition::NOISY_BIASED, name, &given.id(name))
    }),
    ("fig2e", |given, name| matrix::draw(given.matrix, name, &given.id(name))),
    ("fig2f", |given, name| total_variance::draw(given.runs, name)),
    ("fig3ab", |given, name| headings::draw(given.runs, name)),
    ("fig3cd", |given, name| clouds::headings(given.runs, name, &given.id(name))),
    ("figC1", |given, name| same_noise::draw(given.runs, name, &given.id(name))),
    ("figC2", |given, name| gru::draw(given.runs, name, &given.id(name))),
    ("figC3", |given, name| steps::draw(given.runs, false, name, &given.id(name))),
    ("figC4", |given, name| steps::draw(given.runs, true, name, &given.id(name))),
    ("figC5", |given, name| turning::draw(given.runs, name, &given.id(name))),
    ("start_dependence", |given, name| {
        start_dependence::draw(given.runs, name, &given.id("starts"))
    }),
    ("transitions", |given, name| transitions::draw(given.runs, name)),
];

/// Names of the figures that [`paper_figures`] draws, in its order.
pub fn paper_figure_names() -> impl Iterator<Item = &'static str> {
    FIGURES.iter().map(|(name, _)| *name)
}

/// Draws the paper's figures in its order, then two of this program's own: whether densities depend on
/// where trials began, and transitions.
///
/// `runs` may be of several conditions and seeds, in any order. `matrix` is for figure 2e.
/// `prefix` begins every element id: letters, digits and `-`, beginning with a letter.
pub fn paper_figures(
    runs: &[StudyRun<'_>],
    matrix: Option<&KlMatrix>,
    prefix: &str,
) -> Vec<PaperFigure> {
    let given = Given { runs: &Runs::new(runs), matrix, prefix };
    FIGURES.iter().map(|(name, draw)| PaperFigure::new(name, draw(&given, name))).collect()
}
