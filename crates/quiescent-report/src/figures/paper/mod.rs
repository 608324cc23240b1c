//! The paper's figures, drawn from what a study found in a set of runs.
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

/// Draws the paper's figures in its order, then two of ours: whether densities owe themselves to
/// the starts of trials, and transitions.
///
/// `runs` may be of several conditions and seeds, in any order. `matrix` is for figure 2e.
/// `prefix` begins every element id: letters, digits and `-`, beginning with a letter.
pub fn paper_figures(
    runs: &[StudyRun<'_>],
    matrix: Option<&KlMatrix>,
    prefix: &str,
) -> Vec<PaperFigure> {
    let runs = &Runs::new(runs);
    let id = |name: &str| format!("{prefix}-{name}");
    let unbiased = Condition::NOISY_UNBIASED;
    let biased = Condition::NOISY_BIASED;
    let drawings: [(&'static str, Drawing); 19] = [
        ("fig1b", training::draw(runs, "fig1b", &id("fig1b"))),
        ("fig1c", explained::draw(runs, "fig1c", &id("fig1c"))),
        ("fig1de", trajectories::draw(runs, unbiased, "fig1de", &id("fig1de"))),
        ("fig1fg", clouds::positions(runs, unbiased, "fig1fg", &id("fig1fg"))),
        ("fig1hi", maps::draw(runs, unbiased, "fig1hi", &id("fig1hi"))),
        ("fig1jk", component_maps::draw(runs, unbiased, "fig1jk", &id("fig1jk"))),
        ("fig2ab", trajectories::draw(runs, biased, "fig2ab", &id("fig2ab"))),
        ("fig2cd", maps::draw(runs, biased, "fig2cd", &id("fig2cd"))),
        ("fig2e", matrix::draw(matrix, "fig2e", &id("fig2e"))),
        ("fig2f", total_variance::draw(runs, "fig2f")),
        ("fig3ab", headings::draw(runs, "fig3ab")),
        ("fig3cd", clouds::headings(runs, "fig3cd", &id("fig3cd"))),
        ("figC1", same_noise::draw(runs, "figC1", &id("figC1"))),
        ("figC2", gru::draw(runs, "figC2", &id("figC2"))),
        ("figC3", steps::draw(runs, false, "figC3", &id("figC3"))),
        ("figC4", steps::draw(runs, true, "figC4", &id("figC4"))),
        ("figC5", turning::draw(runs, "figC5", &id("figC5"))),
        ("start_dependence", start_dependence::draw(runs, "start_dependence", &id("starts"))),
        ("transitions", transitions::draw(runs, "transitions")),
    ];
    drawings.into_iter().map(|(name, drawing)| PaperFigure::new(name, drawing)).collect()
}
