//! Errors against training batches: what the curves of runs and of conditions share.

use crate::axes::Frame;
use crate::figure::{HALF_WIDTH, Panel};
use crate::scale::Scale;
use crate::svg::{Stroke, Svg};

/// Points of a curve, at most.
const POINTS: usize = 500;

/// Every so many of the points of a curve, counted from the end: the last one is always shown.
pub(super) fn thinned<T>(points: Vec<T>) -> Vec<T> {
    let every = points.len().div_ceil(POINTS).max(1);
    let mut kept: Vec<T> = points.into_iter().rev().step_by(every).collect();
    kept.reverse();
    kept
}

/// One curve; a single point is drawn as a dot.
pub(super) fn draw_curve(
    svg: &mut Svg,
    frame: &Frame,
    points: &[(f64, f64)],
    (color, dash): (&str, Option<&str>),
) {
    let places = points.iter().map(|(batch, value)| frame.place(*batch, *value));
    svg.path(places, Stroke::new(color, 1.8).dash(dash));
    if let [(batch, value)] = points[..]
        && let Some(at) = frame.place(batch, value)
    {
        svg.circle(at, 2.5, color, None);
    }
}

/// A panel from batch 0 to the last: `beneath` draws under the curves, which are clipped.
pub(super) fn panel(
    [title, y_label, id]: [&str; 3],
    (last_batch, y): (f64, Scale),
    alt: String,
    beneath: impl FnOnce(&mut Svg, &Frame),
    curves: impl FnOnce(&mut Svg, &Frame),
) -> Panel {
    let mut frame = Frame {
        left: 66.0,
        top: 30.0,
        width: 0.0,
        height: 190.0,
        x: Scale::linear(0.0, last_batch),
        y,
    };
    // Wide tick labels push the axis label out, and the frame with it.
    frame.left = frame.left.max(frame.label_gap() + 14.0);
    frame.width = HALF_WIDTH - frame.left - 24.0;
    let mut svg = Svg::default();
    frame.draw_grid(&mut svg);
    beneath(&mut svg, &frame);
    let pad = 3.0;
    let at = (frame.left, frame.top - pad);
    let size = (frame.width + pad, frame.height + 2.0 * pad);
    svg.clipped(id, at, size, |svg| curves(svg, &frame));
    frame.draw_axes_spaced(&mut svg, "Batches", y_label, frame.label_gap());
    frame.draw_title(&mut svg, title, "#222222");
    Panel::new(svg, (HALF_WIDTH, frame.bottom() + 42.0), alt)
}
