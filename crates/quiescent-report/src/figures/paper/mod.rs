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
}

/// Draws a figure with element ids that begin as given.
type Draw = fn(&Given<'_>, &str) -> Drawing;

const UNBIASED: Condition = Condition::NOISY_UNBIASED;
const BIASED: Condition = Condition::NOISY_BIASED;

/// The paper's figures in its order, then two of this program's own: names, titles and what draws them.
const FIGURES: [(&str, &str, Draw); 19] = [
    ("fig1b", "Training", |given, id| training::draw(given.runs, id)),
    ("fig1c", "Dimensionality of hidden activity", |given, id| explained::draw(given.runs, id)),
    ("fig1de", "Decoded trajectories, noisy unbiased", |given, id| {
        trajectories::draw(given.runs, UNBIASED, id)
    }),
    ("fig1fg", "Hidden activity, noisy unbiased", |given, id| {
        clouds::positions(given.runs, UNBIASED, id)
    }),
    ("fig1hi", "Density of decoded positions, noisy unbiased", |given, id| {
        maps::draw(given.runs, UNBIASED, id)
    }),
    ("fig1jk", "Density of hidden activity, noisy unbiased", |given, id| {
        component_maps::draw(given.runs, UNBIASED, id)
    }),
    ("fig2ab", "Decoded trajectories, noisy biased", |given, id| {
        trajectories::draw(given.runs, BIASED, id)
    }),
    ("fig2cd", "Density of decoded positions, noisy biased", |given, id| {
        maps::draw(given.runs, BIASED, id)
    }),
    (
        "fig2e",
        "Which network’s active density does each quiescent density resemble?",
        |given, id| matrix::draw(given.matrix, id),
    ),
    ("fig2f", "Exploration while quiescent", |given, _| total_variance::draw(given.runs)),
    ("fig3ab", "Decoded headings", |given, _| headings::draw(given.runs)),
    ("fig3cd", "Hidden activity, head direction", |given, id| clouds::headings(given.runs, id)),
    ("figC1", "Quiescent phase without doubled noise", |given, id| {
        same_noise::draw(given.runs, id)
    }),
    ("figC2", "Gated recurrent networks", |given, id| gru::draw(given.runs, id)),
    ("figC3", "Quiescent phase with and without noise, unbiased", |given, id| {
        steps::draw(given.runs, false, id)
    }),
    ("figC4", "Quiescent phase with and without noise, biased", |given, id| {
        steps::draw(given.runs, true, id)
    }),
    ("figC5", "Angular velocity of decoded headings", |given, id| turning::draw(given.runs, id)),
    ("start_dependence", "Dependence of the quiescent phase on its start", |given, id| {
        start_dependence::draw(given.runs, id)
    }),
    ("transitions", "Transitions between places or headings", |given, _| {
        transitions::draw(given.runs)
    }),
];

/// Names of the figures that [`paper_figures`] draws, in its order.
pub fn paper_figure_names() -> impl Iterator<Item = &'static str> {
    FIGURES.iter().map(|(name, ..)| *name)
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
    let given = Given { runs: &Runs::new(runs), matrix };
    let drawn = FIGURES.iter().map(|(name, title, draw)| {
        PaperFigure::new(name, title, draw(&given, &format!("{prefix}-{name}")))
    });
    drawn.collect()
}
