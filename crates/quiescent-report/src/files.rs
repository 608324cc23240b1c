//! A figure's files: what a paper takes and what a reader checks it with.

use crate::figure::Figure;
use crate::render::{PRINT_DPI, RenderError, pdf, png};

/// Name of the folder beside a page that holds the files of its figures.
pub const FIGURES: &str = "figures";

/// A file of a figure, yet to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureFile {
    /// Name within its folder: `trajectories.svg`.
    pub name: String,
    /// Contents.
    pub bytes: Vec<u8>,
}

impl Figure {
    /// The figure as SVG, PDF and PNG (300 dots per inch at its printed width), and its data as
    /// CSV if it has any.
    ///
    /// # Errors
    /// [`RenderError`] if the picture is too large for PNG, or a writer fails.
    pub fn files(&self) -> Result<Vec<FigureFile>, RenderError> {
        self.files_named(&self.name)
    }

    /// The same under another name, which must be fit for a file.
    ///
    /// # Errors
    /// Those of [`files`](Self::files).
    pub fn files_named(&self, name: &str) -> Result<Vec<FigureFile>, RenderError> {
        let svg = self.svg();
        let file = |extension, bytes| FigureFile { name: format!("{name}.{extension}"), bytes };
        let mut files = vec![file("pdf", pdf(&svg)?), file("png", png(&svg, PRINT_DPI)?)];
        files.insert(0, file("svg", svg.into_bytes()));
        files.extend(self.data.as_ref().map(|data| file("csv", data.csv().into_bytes())));
        Ok(files)
    }
}
