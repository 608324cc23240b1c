//! Networks compared with the theory, drawn from the examinations of a set of runs.
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
mod phase_diagram;
mod response;
mod score_field;
mod temperature;

use crate::figures::drawing::{Drawing, PaperFigure};
use crate::theory_view::TheoryRun;

pub use assumptions::theory_assumptions;
pub(crate) use networks::{Kind, networks};

/// One of the theory's figures: `theory_bound`.
pub type TheoryFigure = PaperFigure;

/// Draws a figure with element ids that begin as given.
type Draw = fn(&[TheoryRun<'_>], &str) -> Drawing;

/// The theory's figures (score, drift, alignment, response, temperature, bound, phase diagram): names, titles and what
/// draws them.
const FIGURES: [(&str, &str, Draw); 7] = [
    (
        "theory_score_field",
        "Does the quiescent network follow the score of its active states?",
        score_field::draw,
    ),
    ("theory_drift_field", "Where does the quiescent network drift?", drift_field::draw),
    ("theory_alignment", "How closely does the zero-input update follow the score?", |runs, _| {
        alignment::draw(runs)
    }),
    ("theory_response", "Does the network follow its input everywhere?", response::draw),
    (
        "theory_temperature",
        "Does the amplitude of the noise set the temperature of the quiescent phase?",
        |runs, _| temperature::draw(runs),
    ),
    ("theory_bound", "The bound on the loss", |runs, _| bound::draw(runs)),
    ("theory_phase_diagram", "Where do the conditions hold together?", |runs, _| {
        phase_diagram::draw(runs)
    }),
];

/// Names of the figures that [`theory_figures`] draws, in its order.
pub fn theory_figure_names() -> impl Iterator<Item = &'static str> {
    FIGURES.iter().map(|(name, ..)| *name)
}

/// Draws what was found beside what the theory predicts: score, drift, alignment, response,
/// temperature, bound, and where the conditions hold together.
///
/// A measurement that failed is named in a figure's notes, or, if nothing is left to draw, in its
/// place. `prefix` begins every element id: letters, digits and `-`, beginning with a letter.
pub fn theory_figures(runs: &[TheoryRun<'_>], prefix: &str) -> Vec<TheoryFigure> {
    let drawn = FIGURES.iter().map(|(name, title, draw)| {
        PaperFigure::new(name, title, draw(runs, &format!("{prefix}-{name}")))
    });
    drawn.collect()
}
