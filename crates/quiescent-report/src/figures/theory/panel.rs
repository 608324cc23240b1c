//! Pieces that the theory's figures share: headings, points with intervals, scales.

use quiescent::analysis::bootstrap::Measured;

use super::networks::ends;
use crate::axes::Frame;
use crate::figure::Panel;
use crate::figures::draw::error_bar;
use crate::figures::marks::CurveStyle;
use crate::scale::Scale;
use crate::svg::{Stroke, Svg, Text, fit_text};
use crate::theory_view::TheoryRun;

/// Room that a heading needs above a frame.
pub(super) const HEADING: f64 = 46.0;

/// The name of the run above what a panel shows of it, over the frame and within the panel's
/// `width`.
fn heading(svg: &mut Svg, frame: &Frame, width: f64, name: &str, shown: &str) {
    let middle = frame.left + frame.width / 2.0;
    let room = 2.0 * middle.min(width - middle) - 8.0;
    // Bold letters are wider than those of the estimate.
    let name = fit_text(name, Text::TITLE.size, 0.88 * room);
    if !name.is_empty() {
        svg.text((middle, frame.top - 30.0), &name, Text::TITLE);
    }
    let shown = fit_text(shown, Text::LABEL.size, room);
    svg.text((middle, frame.top - 13.0), &shown, Text::LABEL);
}

/// A panel of a run's networks under its heading.
pub(super) fn headed(
    mut svg: Svg,
    frame: &Frame,
    width: f64,
    (run, shown): (&TheoryRun<'_>, &str),
    alt: String,
) -> Panel {
    heading(&mut svg, frame, width, &run.name, shown);
    Panel::new(svg, (width, frame.bottom() + 42.0), alt)
}

/// A curve of measured values with intervals and marks, `shift` units beside its places so that
/// curves of equal values can be told apart. Values beyond the frame are drawn at its edge; those
/// that are not a number, or that a logarithmic axis cannot show, are left out.
pub(super) fn curve(
    svg: &mut Svg,
    frame: &Frame,
    style: CurveStyle,
    shift: f64,
    points: &[(f64, Measured)],
) {
    let beside = Frame { left: frame.left + shift, ..*frame };
    let mut places = Vec::new();
    for (x, measured) in points {
        let Some(at) = placed(&beside, *x, measured.value) else { continue };
        places.push(at);
        if inside(&frame.y, measured.value) {
            error_bar(svg, &beside, *x, ends(measured), style.color);
        }
    }
    style.draw(svg, &places);
}

/// Marks with intervals that no line joins.
pub(super) fn dots(
    svg: &mut Svg,
    frame: &Frame,
    style: CurveStyle,
    shift: f64,
    points: &[(f64, Measured)],
) {
    for point in points {
        curve(svg, frame, style, shift, std::slice::from_ref(point));
    }
}

/// A point, held within the frame's height.
pub(super) fn placed(frame: &Frame, x: f64, y: f64) -> Option<(f64, f64)> {
    let (x, y) = frame.place(x, y)?;
    Some((x, y.clamp(frame.top, frame.bottom())))
}

fn inside(scale: &Scale, value: f64) -> bool {
    scale.fraction(value).is_some_and(|fraction| (-1e-9..=1.0 + 1e-9).contains(&fraction))
}

/// A horizontal line at a value of y, across the frame.
pub(super) fn level(svg: &mut Svg, frame: &Frame, value: f64, stroke: Stroke<'_>) {
    if let Some(fraction) = frame.y.fraction(value).filter(|f| (0.0..=1.0).contains(f)) {
        let y = frame.bottom() - fraction * frame.height;
        svg.line((frame.left, y), (frame.left + frame.width, y), stroke);
    }
}

/// A linear axis over finite values, with a margin; from `start` to `end` at least.
pub(super) fn around(values: impl Iterator<Item = f64>, start: f64, end: f64) -> Scale {
    let (mut low, mut high) = (start, end);
    for value in values.filter(|v| v.is_finite()) {
        low = low.min(value);
        high = high.max(value);
    }
    let margin = 0.05 * (high - low);
    let below = if low < start { margin } else { 0.0 };
    let above = if high > end { margin } else { 0.0 };
    Scale::linear(low - below, high + above)
}
