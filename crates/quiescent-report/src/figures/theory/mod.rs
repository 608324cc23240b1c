//! Networks beside the theory: drawn from what examinations found in a set of runs.
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

/// Draws what was found beside what the theory predicts: score, drift, alignment, response,
/// temperature, bound.
///
/// What could not be measured is said in a figure's notes, or, if nothing is left to draw, in its
/// place. `prefix` begins every element id: letters, digits and `-`, beginning with a letter.
pub fn theory_figures(runs: &[TheoryRun<'_>], prefix: &str) -> Vec<TheoryFigure> {
    let id = |name: &str| format!("{prefix}-{name}");
    let drawings: [(&'static str, Drawing); 6] = [
        ("theory_score_field", score_field::draw(runs, "theory_score_field", &id("score"))),
        ("theory_drift_field", drift_field::draw(runs, "theory_drift_field", &id("drift"))),
        ("theory_alignment", alignment::draw(runs, "theory_alignment")),
        ("theory_response", response::draw(runs, "theory_response", &id("response"))),
        ("theory_temperature", temperature::draw(runs, "theory_temperature")),
        ("theory_bound", bound::draw(runs, "theory_bound")),
    ];
    drawings.into_iter().map(|(name, drawing)| PaperFigure::new(name, drawing)).collect()
}
