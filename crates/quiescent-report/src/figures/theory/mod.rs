//! Networks beside the theory, drawn from the examinations of a set of runs.
//!
//! Every run has panels of its own, in the order given; axes are shared within a run, so that its
//! networks (greedily optimal, trained, untrained) can be compared.

mod alignment;
mod arrows;
mod assumptions;
mod bound;
mod drift_field;
mod networks;
mod panel;
mod response;
mod score_field;
mod temperature;

use crate::figures::drawing::{Drawing, PaperFigure};
use crate::theory_view::TheoryRun;

pub use assumptions::theory_assumptions;
pub(crate) use networks::{Kind, networks};

/// One of the theory's figures: `theory_bound`.
pub type TheoryFigure = PaperFigure;

type Draw = fn(&[TheoryRun<'_>], &'static str, &str) -> Drawing;

/// The theory's figures: score, drift, alignment, response, temperature, bound.
const FIGURES: [(&str, Draw); 6] = [
    ("theory_score_field", |runs, name, prefix| {
        score_field::draw(runs, name, &format!("{prefix}-score"))
    }),
    ("theory_drift_field", |runs, name, prefix| {
        drift_field::draw(runs, name, &format!("{prefix}-drift"))
    }),
    ("theory_alignment", |runs, name, _| alignment::draw(runs, name)),
    ("theory_response", |runs, name, prefix| {
        response::draw(runs, name, &format!("{prefix}-response"))
    }),
    ("theory_temperature", |runs, name, _| temperature::draw(runs, name)),
    ("theory_bound", |runs, name, _| bound::draw(runs, name)),
];

/// Names of the figures that [`theory_figures`] draws, in its order.
pub fn theory_figure_names() -> impl Iterator<Item = &'static str> {
    FIGURES.iter().map(|(name, _)| *name)
}

/// Draws what was found beside what the theory predicts: score, drift, alignment, response,
/// temperature, bound.
///
/// A measurement that failed is named in a figure's notes, or, if nothing is left to draw, in its
/// place. `prefix` begins every element id: letters, digits and `-`, beginning with a letter.
pub fn theory_figures(runs: &[TheoryRun<'_>], prefix: &str) -> Vec<TheoryFigure> {
    FIGURES.iter().map(|(name, draw)| PaperFigure::new(name, draw(runs, name, prefix))).collect()
}
