//! Pieces that several figures share: bands, error bars, legends.

use quiescent::analysis::bootstrap::Measured;

use crate::axes::Frame;
use crate::figure::Panel;
use crate::figures::marks::{CurveStyle, Mark};
use crate::scale::Scale;
use crate::svg::{Anchor, Stroke, Svg, Text};

/// A colour of the quiescent phase's family, for a second quiescent phase beside it.
pub(super) const OTHER_REST: &str = "#8F3B00";
/// Null models and baselines.
pub(super) const NULL: &str = "#8a8a8a";

/// A measured value and the ends of its interval.
pub(crate) fn span(measured: &Measured) -> [f64; 3] {
    [measured.value, measured.interval.low, measured.interval.high]
}

/// A band of x, low and high around a curve. On a logarithmic axis, ends that it
/// cannot show are drawn at its start.
pub(super) fn band(svg: &mut Svg, frame: &Frame, points: &[(f64, f64, f64)], color: &str) {
    let start = match frame.y {
        Scale::Log { min, .. } | Scale::Linear { min, .. } => min,
    };
    let place = |x: f64, y: f64| frame.place(x, y).or_else(|| frame.place(x, start));
    let upper = points.iter().filter_map(|(x, _, high)| place(*x, *high));
    let lower = points.iter().rev().filter_map(|(x, low, _)| place(*x, *low));
    let outline: Vec<(f64, f64)> = upper.chain(lower).collect();
    if outline.len() > 2 {
        svg.polygon(&outline, color, 0.2, Stroke::new("none", 0.0));
    }
}

/// A vertical error bar with caps, clamped to the frame. An end that a logarithmic axis has no
/// place for is drawn at its start.
pub(super) fn error_bar(
    svg: &mut Svg,
    frame: &Frame,
    x: f64,
    (low, high): (f64, f64),
    color: &str,
) {
    let Some((x, top)) = frame.place(x, high) else { return };
    let bottom = frame
        .y
        .fraction(low)
        .map_or(frame.bottom(), |fraction| frame.bottom() - fraction * frame.height);
    let (top, bottom) = (top.max(frame.top), bottom.min(frame.bottom()));
    let stroke = Stroke::new(color, 1.4);
    svg.line((x, top), (x, bottom), stroke);
    for y in [top, bottom] {
        svg.line((x - 4.0, y), (x + 4.0, y), stroke);
    }
}

/// A horizontal error bar at a height in the picture, clamped to the frame.
pub(super) fn error_bar_across(
    svg: &mut Svg,
    frame: &Frame,
    y: f64,
    (low, high): (f64, f64),
    color: &str,
) {
    let place = |value: f64| {
        let fraction = frame.x.fraction(value)?.clamp(0.0, 1.0);
        Some(frame.left + fraction * frame.width)
    };
    let (Some(from), Some(to)) = (place(low), place(high)) else { return };
    let stroke = Stroke::new(color, 1.4);
    svg.line((from, y), (to, y), stroke);
    for x in [from, to] {
        svg.line((x, y - 4.0), (x, y + 4.0), stroke);
    }
}

/// An entry of a legend.
pub(super) struct Entry {
    pub label: String,
    pub style: CurveStyle,
    pub look: Look,
}

/// What stands before an entry's label.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Line,
    Marked,
    Box,
    Cross,
}

impl Entry {
    pub(super) fn line(
        label: impl Into<String>,
        color: &'static str,
        dash: Option<&'static str>,
    ) -> Self {
        let style = CurveStyle { color, dash, mark: Mark::Disc };
        Self { label: label.into(), style, look: Look::Line }
    }

    pub(super) fn filled(label: impl Into<String>, color: &'static str) -> Self {
        Self { look: Look::Box, ..Self::line(label, color, None) }
    }

    pub(super) fn crossed(label: impl Into<String>, color: &'static str) -> Self {
        Self { look: Look::Cross, ..Self::line(label, color, None) }
    }

    pub(super) fn marked(label: impl Into<String>, style: CurveStyle) -> Self {
        Self { label: label.into(), style, look: Look::Marked }
    }
}

/// Height of a legend's line.
const LINE: f64 = 18.0;

/// A legend in `columns` as a panel of its own, to stand under panels that share it.
pub(super) fn legend(entries: &[Entry], columns: usize, width: f64) -> Panel {
    let mut svg = Svg::default();
    let left = if columns == 1 { 58.0 } else { 20.0 };
    draw_legend(&mut svg, (left, 12.0), entries, columns, width - left - 6.0);
    Panel::new(svg, (width, 14.0 + LINE * entries.len().div_ceil(columns.max(1)) as f64), {
        let labels: Vec<&str> = entries.iter().map(|entry| entry.label.as_str()).collect();
        format!("Legend: {}", labels.join(", "))
    })
}

/// A legend from a baseline downwards; the height it takes.
pub(super) fn draw_legend(
    svg: &mut Svg,
    (left, top): (f64, f64),
    entries: &[Entry],
    columns: usize,
    width: f64,
) -> f64 {
    let columns = columns.max(1);
    for (i, entry) in entries.iter().enumerate() {
        let x = left + (i % columns) as f64 * width / columns as f64;
        let y = top + (i / columns) as f64 * LINE;
        let mut text = x + 34.0;
        match entry.look {
            Look::Line => {
                let stroke = Stroke::new(entry.style.color, 2.2).dash(entry.style.dash);
                svg.line((x, y - 4.0), (x + 28.0, y - 4.0), stroke);
            }
            Look::Marked => {
                entry.style.draw(svg, &[(x, y - 4.0), (x + 28.0, y - 4.0)]);
                text = x + 38.0;
            }
            Look::Cross => {
                let stroke = Stroke::new(entry.style.color, 1.4);
                svg.line((x + 3.0, y - 7.0), (x + 9.0, y - 1.0), stroke);
                svg.line((x + 3.0, y - 1.0), (x + 9.0, y - 7.0), stroke);
                text = x + 18.0;
            }
            Look::Box => {
                svg.rect((x, y - 9.0), (12.0, 10.0), entry.style.color, None);
                text = x + 18.0;
            }
        }
        svg.text((text, y), &entry.label, Text::SMALL.anchor(Anchor::Start));
    }
    LINE * entries.len().div_ceil(columns) as f64
}
