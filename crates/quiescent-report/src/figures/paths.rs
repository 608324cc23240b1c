//! Decoded paths in the box.

use crate::axes::Frame;
use crate::color;
use crate::figure::{HALF_WIDTH, Panel};
use crate::svg::{Stroke, Svg};

/// A path: a position in m for every step.
pub(super) type Path = Vec<[f64; 2]>;

/// A panel of paths.
#[derive(Debug, Clone)]
pub(super) struct BoxPanel<'a> {
    pub title: &'a str,
    pub color: &'a str,
    pub alt: String,
    /// The box: x_min, x_max, y_min, y_max in m.
    pub arena: [f64; 4],
    /// What the axes span, in the same order.
    pub extent: [f64; 4],
    pub width: f64,
    pub id: &'a str,
}

impl BoxPanel<'_> {
    pub(super) fn draw(self, paths: &[Path]) -> Panel {
        let left = left(self.width);
        let size = (self.width - left - 14.0, 280.0);
        let frame = Frame::equal_aspect(left, 30.0, size, self.extent);
        let mut svg = Svg::default();
        draw_box(&mut svg, &frame, self.arena);
        svg.clipped(self.id, frame.at(), frame.size(), |svg| {
            let places: Vec<Vec<Option<(f64, f64)>>> = paths
                .iter()
                .map(|path| path.iter().map(|[x, y]| frame.place(*x, *y)).collect())
                .collect();
            // Small panels take small marks, which hide less of the paths.
            let marks = if self.width < HALF_WIDTH { 0.72 } else { 1.0 };
            draw_paths(svg, &places, self.color, marks);
        });
        frame.draw_axes_spaced(&mut svg, "x (m)", "y (m)", left - 12.0);
        frame.draw_title(&mut svg, self.title, self.color);
        Panel::new(svg, (self.width, frame.bottom() + 44.0), self.alt)
    }
}

/// Where the axis of y stands in a panel of a given width.
pub(super) fn left(width: f64) -> f64 {
    if width < HALF_WIDTH { 46.0 } else { 52.0 }
}

/// The outline of the box.
pub(crate) fn draw_box(svg: &mut Svg, frame: &Frame, arena: [f64; 4]) {
    if let (Some((left, bottom)), Some((right, top))) =
        (frame.place(arena[0], arena[2]), frame.place(arena[1], arena[3]))
    {
        let outline = Stroke::new(color::WALLS, 1.5);
        svg.rect((left, top), (right - left, bottom - top), "none", Some(outline));
    }
}

/// The axes that panels share: the box and what leaves it, up to half a box beyond, with a margin.
pub(super) fn extent(arena: [f64; 4], positions: impl Iterator<Item = [f64; 2]>) -> [f64; 4] {
    let mut extent = arena;
    for position in positions {
        for (axis, value) in position.into_iter().enumerate().filter(|(_, v)| v.is_finite()) {
            let (low, high) = (arena[2 * axis], arena[2 * axis + 1]);
            let reach = (high - low) / 2.0;
            extent[2 * axis] = extent[2 * axis].min(value.max(low - reach));
            extent[2 * axis + 1] = extent[2 * axis + 1].max(value.min(high + reach));
        }
    }
    for axis in 0..2 {
        let margin = 0.04 * (extent[2 * axis + 1] - extent[2 * axis]);
        extent[2 * axis] -= margin;
        extent[2 * axis + 1] += margin;
    }
    extent
}

/// Lines in shades of a colour, with a circle at their start and a triangle at their end, these `size`
/// times their usual size.
pub(super) fn draw_paths(svg: &mut Svg, paths: &[Vec<Option<(f64, f64)>>], color: &str, size: f64) {
    draw_lines(svg, paths, color);
    // Marks on top of every line.
    for (path, color) in paths.iter().zip(&color::shades(color, paths.len())) {
        let mut points = path.iter().flatten();
        let Some(first) = points.next() else { continue };
        let last = points.next_back().unwrap_or(first);
        svg.circle(*first, 3.4 * size, "#ffffff", Some(Stroke::new(color, 1.6 * size)));
        let (x, y) = *last;
        let corners = [(0.0, -4.6), (4.2, 3.2), (-4.2, 3.2)];
        let triangle = corners.map(|(dx, dy)| (x + size * dx, y + size * dy));
        svg.polygon(&triangle, color, 1.0, Stroke::new("#ffffff", 0.7));
    }
}

/// Lines in shades of a colour.
pub(super) fn draw_lines(svg: &mut Svg, paths: &[Vec<Option<(f64, f64)>>], color: &str) {
    for (path, color) in paths.iter().zip(&color::shades(color, paths.len())) {
        svg.path(path.iter().copied(), Stroke::new(color, 1.2).opacity(0.8));
    }
}
