//! Curves with marks: shapes as well as colours, for curves that coincide and for print without
//! colour.

use crate::svg::{Stroke, Svg};

/// The shape at each value of a curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Disc,
    Diamond,
    Square,
}

/// How a curve looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CurveStyle {
    pub color: &'static str,
    pub dash: Option<&'static str>,
    pub mark: Mark,
}

impl CurveStyle {
    /// The line through `points`, with a mark at each.
    pub(super) fn draw(&self, svg: &mut Svg, points: &[(f64, f64)]) {
        let stroke = Stroke::new(self.color, 2.0).dash(self.dash);
        svg.path(points.iter().copied().map(Some), stroke);
        for point in points {
            self.draw_mark(svg, *point);
        }
    }

    /// The mark alone. Discs are full, the others hollow.
    pub(super) fn draw_mark(&self, svg: &mut Svg, (x, y): (f64, f64)) {
        let rim = Stroke::new(self.color, 1.5);
        match self.mark {
            Mark::Disc => svg.circle((x, y), 3.2, self.color, None),
            Mark::Diamond => {
                let corners = [(x, y - 4.0), (x + 4.0, y), (x, y + 4.0), (x - 4.0, y)];
                svg.polygon(&corners, "#ffffff", 1.0, rim);
            }
            Mark::Square => svg.rect((x - 2.8, y - 2.8), (5.6, 5.6), "#ffffff", Some(rim)),
        }
    }
}
