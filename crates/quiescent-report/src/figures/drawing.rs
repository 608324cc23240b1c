//! A figure by its name, with the numbers that it draws.

use super::rows::Rows;
use crate::figure::{Figure, Missing};

/// A figure with its numbers.
pub(super) type Drawing = Result<(Figure, Rows), Missing>;

/// One of the paper's figures, or of the theory's.
#[derive(Debug, Clone, PartialEq)]
pub struct PaperFigure {
    /// Short name, fit for a file: `fig1b`.
    pub name: &'static str,
    /// The figure with its numbers, or why it is missing.
    pub figure: Result<Figure, Missing>,
}

impl PaperFigure {
    pub(super) fn new(name: &'static str, drawing: Drawing) -> Self {
        let figure = drawing.map(|(figure, rows)| Figure { data: Some(rows.finish()), ..figure });
        Self { name, figure }
    }
}
