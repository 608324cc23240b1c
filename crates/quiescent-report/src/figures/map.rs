//! Densities on a plane, as shades of one colour.

use super::paths::{draw_box, left};
use crate::axes::Frame;
use crate::color::ColorMap;
use crate::figure::Panel;
use crate::svg::Svg;
use quiescent::readable;

/// Shades of a map; few enough that neighbouring cells share one.
const SHADES: f64 = 48.0;

/// Equal cells that fill a rectangle.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cells<'a> {
    /// The rectangle: x_min, x_max, y_min, y_max.
    pub extent: [f64; 4],
    pub columns: usize,
    /// Density of each, `[row, column]` with y rising by row and x by column.
    pub density: &'a [f64],
}

/// A panel with a map.
#[derive(Debug, Clone)]
pub(super) struct MapPanel<'a> {
    pub title: &'a str,
    pub color: &'a str,
    pub alt: String,
    /// Labels of x and y.
    pub labels: (&'a str, &'a str),
    /// What the axes span: x_min, x_max, y_min, y_max.
    pub extent: [f64; 4],
    /// The box, to be outlined.
    pub arena: Option<[f64; 4]>,
    /// Density of the darkest shade.
    pub top: f64,
    pub width: f64,
    pub id: &'a str,
}

impl MapPanel<'_> {
    pub(super) fn draw(self, cells: &Cells<'_>) -> Panel {
        let left = left(self.width);
        let size = (self.width - left - 14.0, 280.0);
        let frame = Frame::equal_aspect(left, 30.0, size, self.extent);
        let mut svg = Svg::default();
        // Rows of pictures run downwards.
        let colors: Vec<String> = cells
            .density
            .chunks_exact(cells.columns.max(1))
            .rev()
            .flatten()
            .map(|density| {
                let shade = (density / self.top).clamp(0.0, 1.0);
                ColorMap::Density.at((shade * SHADES).round() / SHADES)
            })
            .collect();
        let [x_min, x_max, y_min, y_max] = cells.extent;
        svg.clipped(self.id, frame.at(), frame.size(), |svg| {
            if let (Some(low), Some(high)) = (frame.place(x_min, y_min), frame.place(x_max, y_max))
            {
                let size = (high.0 - low.0, low.1 - high.1);
                svg.cells((low.0, high.1), size, cells.columns, &colors);
            }
        });
        frame.draw_axes_spaced(&mut svg, self.labels.0, self.labels.1, left - 12.0);
        if let Some(arena) = self.arena {
            draw_box(&mut svg, &frame, arena);
        }
        frame.draw_title(&mut svg, self.title, self.color);
        Panel::new(svg, (self.width, frame.bottom() + 44.0), self.alt)
    }
}

/// Top of the colour scale of some densities, with a note if some of them exceed it.
pub(super) fn top(
    densities: impl Iterator<Item = f64>,
    unit: &str,
    notes: &mut Vec<String>,
) -> f64 {
    let (top, clipped) = ceiling(densities);
    if clipped {
        let number = readable::number(top, 2);
        notes.push(format!("The colour scale saturates at {number} per {unit}."));
    }
    top
}

/// Top of the colour scale of some densities, a round number, and whether some exceed it: a
/// handful of extreme cells must not make everything else pale.
fn ceiling(densities: impl Iterator<Item = f64>) -> (f64, bool) {
    let mut cells: Vec<f64> = densities.filter(|v| v.is_finite()).collect();
    cells.sort_by(f64::total_cmp);
    let Some(&max) = cells.last().filter(|max| **max > 0.0) else { return (1.0, false) };
    let high = cells[(cells.len() - 1) * 995 / 1000];
    let limit = if max > 1.3 * high && high > 0.0 { high } else { max };
    let step = 10f64.powf(limit.log10().floor()) / 2.0;
    let top = (limit / step - 1e-9).ceil() * step;
    (top, max > 1.001 * top)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_ends_at_a_round_number_and_ignores_a_lone_spike() {
        let mut cells = vec![0.3; 2500];
        let is = |cells: &[f64], top: f64, clipped: bool| {
            let found = ceiling(cells.iter().copied());
            assert!((found.0 - top).abs() < 1e-9 && found.1 == clipped, "{found:?}");
        };
        is(&cells, 0.3, false);
        cells[7] = 0.32;
        is(&cells, 0.35, false);
        cells[7] = 40.0;
        is(&cells, 0.3, true);
        is(&[0.0, f64::NAN], 1.0, false);
    }
}
