//! A figure: rows of panels, which a file shows as one picture and a page lets wrap on a phone.

use std::fmt::Write as _;

use crate::svg::{Svg, escape, num};
use crate::table::Table;

/// Width of a figure of two columns, in figure units; printed at [`FULL_WIDTH_MM`].
pub(crate) const FULL_WIDTH: f64 = 692.0;
/// Width of one of two columns; a figure no wider is printed at [`HALF_WIDTH_MM`].
pub(crate) const HALF_WIDTH: f64 = FULL_WIDTH / 2.0;
/// Width of one of three columns.
pub(crate) const THIRD_WIDTH: f64 = FULL_WIDTH / 3.0;
/// Width of one of four columns.
pub(crate) const QUARTER_WIDTH: f64 = FULL_WIDTH / 4.0;

/// Printed width of a figure of two columns, in mm: that of a journal's page.
pub const FULL_WIDTH_MM: f64 = 183.0;
/// Printed width of a figure of one column, in mm: that of a journal's column.
pub const HALF_WIDTH_MM: f64 = 89.0;

const FONTS: &str = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";

/// One panel of a figure: a picture that can stand alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) body: String,
    /// What the panel shows, in words, for readers who cannot see it.
    pub alt: String,
}

impl Panel {
    pub(crate) fn new(svg: Svg, (width, height): (f64, f64), alt: impl Into<String>) -> Self {
        Self { width, height, body: svg.into_body(), alt: alt.into() }
    }

    /// The panel as an SVG document of its own.
    pub fn svg(&self) -> String {
        let width_mm = self.width * FULL_WIDTH_MM / FULL_WIDTH;
        document(self.width, self.height, width_mm, &self.alt, &self.body)
    }
}

/// A figure with its caption.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Short name, fit for a file: `trajectories`.
    pub name: String,
    /// Heading in plain words.
    pub title: String,
    /// What is drawn and what to look for: plain text.
    pub caption: String,
    /// What had to be left out, and why: one sentence each.
    pub notes: Vec<String>,
    /// Panels, row by row.
    pub rows: Vec<Vec<Panel>>,
    /// The numbers drawn.
    pub data: Option<Table>,
}

impl Figure {
    /// The whole figure as one SVG document with text as text: [`HALF_WIDTH_MM`] wide if it has
    /// one column, otherwise [`FULL_WIDTH_MM`].
    pub fn svg(&self) -> String {
        let row_width = |row: &[Panel]| row.iter().map(|panel| panel.width).sum::<f64>();
        let width = self.rows.iter().map(|row| row_width(row)).fold(1.0, f64::max);
        let mut body = String::new();
        let mut top = 0.0;
        for row in &self.rows {
            let mut left = (width - row_width(row)) / 2.0;
            for panel in row {
                let _ = write!(
                    body,
                    r#"<g transform="translate({} {})">{}</g>"#,
                    num(left),
                    num(top),
                    panel.body
                );
                left += panel.width;
            }
            top += row.iter().map(|panel| panel.height).fold(0.0, f64::max);
        }
        let width_mm = if width <= HALF_WIDTH { HALF_WIDTH_MM } else { FULL_WIDTH_MM };
        document(width, f64::max(top, 1.0), width_mm, &self.title, &body)
    }
}

/// Why a figure cannot be drawn: a sentence for the reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Heading the figure would have had.
    pub title: String,
    /// What is missing, and what would provide it.
    pub reason: String,
}

fn document(width: f64, height: f64, width_mm: f64, label: &str, body: &str) -> String {
    format!(
        concat!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{mm_w}mm" "##,
            r##"height="{mm_h}mm" role="img" aria-label="{label}" font-family="{fonts}">"##,
            r##"<rect width="{w}" height="{h}" fill="#ffffff"/>{body}</svg>"##
        ),
        w = num(width),
        h = num(height),
        mm_w = num(width_mm),
        mm_h = num(height * width_mm / width),
        label = escape(label),
        fonts = FONTS,
        body = body,
    )
}
