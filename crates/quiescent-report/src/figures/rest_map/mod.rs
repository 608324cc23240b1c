//! The map of rest of one network: heat maps of every way to rest, and which of them are faithful and continuous.

mod frontier;
mod heat;

use quiescent::rest_map::RestMap;

use crate::figure::{Figure, Missing};
use crate::figures::drawing::PaperFigure;

/// The figures of a map: heat maps, and the frontier between faithful and continuous.
///
/// What has no numbers is named in a figure's notes, or, if nothing is left to draw, in its place.
pub fn rest_map_figures(map: &RestMap) -> Vec<Result<Figure, Missing>> {
    [
        PaperFigure::new("rest_map", "What the network does in many ways to rest", heat::draw(map)),
        PaperFigure::new(
            "rest_frontier",
            "Is a way to rest faithful and continuous?",
            frontier::draw(map),
        ),
    ]
    .map(|drawn| drawn.figure)
    .into()
}
