//! A figure by its name, with the numbers that it draws.

use super::rows::Rows;
use crate::figure::{Figure, Missing, Panel};

/// What is drawn under a figure's title, with its numbers.
pub(super) struct Drawn {
    pub caption: String,
    pub notes: Vec<String>,
    pub panels: Vec<Vec<Panel>>,
    pub data: Rows,
}

/// A figure, or the sentences that say why there is none.
pub(super) type Drawing = Result<Drawn, String>;

/// One of the paper's figures, or of the theory's.
#[derive(Debug, Clone, PartialEq)]
pub struct PaperFigure {
    /// Short name, fit for a file: `fig1b`.
    pub name: &'static str,
    /// The figure with its numbers, or why it is missing.
    pub figure: Result<Figure, Missing>,
}

impl PaperFigure {
    pub(super) fn new(name: &'static str, title: &str, drawing: Drawing) -> Self {
        let title = title.to_owned();
        let figure = match drawing {
            Ok(Drawn { caption, notes, panels, data }) => {
                let (rows, data) = (panels, Some(data.finish()));
                Ok(Figure { name: name.into(), title, caption, notes, rows, data })
            }
            Err(reason) => Err(Missing { title, reason }),
        };
        Self { name, figure }
    }
}
