//! Hidden activity as a cloud of dots on two components, coloured by decoded stimulus.

use std::f64::consts::{PI, TAU};

use crate::axes::{Frame, bar_ticks, heading_ticks};
use crate::color::ColorMap;
use crate::figure::{HALF_WIDTH, Panel};
use crate::scale::Scale;
use crate::svg::Svg;

/// Dots of a panel, at most.
pub(super) const DOTS: usize = 1200;

/// Shades of dots; few enough that many share one.
const SHADES: f64 = 32.0;

/// One moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Dot {
    /// Place on the two components.
    pub place: [f64; 2],
    /// What is coloured: a distance in m, or a heading in rad.
    pub value: f64,
    /// Its fraction along the map.
    pub fraction: f64,
}

/// What the colour stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shade {
    /// Distance from the centre of the box x_min, x_max, y_min, y_max.
    Distance([f64; 4]),
    /// Heading.
    Heading,
}

impl Shade {
    pub(super) fn map(self) -> ColorMap {
        match self {
            Self::Distance(_) => ColorMap::Distance,
            Self::Heading => ColorMap::Heading,
        }
    }

    /// Label and ticks of the colour bar.
    pub(super) fn bar(self) -> (&'static str, Vec<(f64, String)>) {
        match self {
            Self::Distance(arena) => (
                "Decoded distance from the centre of the box (m)",
                bar_ticks(Scale::linear(0.0, reach(arena))),
            ),
            Self::Heading => ("Decoded heading (rad)", heading_ticks()),
        }
    }

    /// As the end of "each dot is one moment, …".
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Distance(_) => "coloured by its decoded distance from the centre of the box",
            Self::Heading => "coloured by its decoded heading",
        }
    }

    /// The dot of a state; `None` if it has no place or no colour.
    pub(super) fn dot(self, place: [f64; 2], stimulus: &[f64]) -> Option<Dot> {
        let (value, fraction) = match (self, stimulus) {
            (Self::Distance(arena), [x, y]) => {
                let [x_min, x_max, y_min, y_max] = arena;
                let distance = (x - (x_min + x_max) / 2.0).hypot(y - (y_min + y_max) / 2.0);
                (distance, distance / reach(arena))
            }
            (Self::Heading, [heading]) => (*heading, ((heading + PI) / TAU).rem_euclid(1.0)),
            _ => return None,
        };
        (fraction.is_finite() && place.iter().all(|v| v.is_finite())).then_some(Dot {
            place,
            value,
            fraction,
        })
    }
}

/// From the centre of the box to its corners.
fn reach([x_min, x_max, y_min, y_max]: [f64; 4]) -> f64 {
    (x_max - x_min).hypot(y_max - y_min) / 2.0
}

/// One extent for all panels, square, so that a ring looks like a ring.
pub(super) fn extent<'a>(dots: impl Iterator<Item = &'a Dot>) -> [f64; 4] {
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for dot in dots {
        for axis in 0..2 {
            low[axis] = low[axis].min(dot.place[axis]);
            high[axis] = high[axis].max(dot.place[axis]);
        }
    }
    let span = (0..2).map(|axis| high[axis] - low[axis]).fold(0.0, f64::max);
    let half = if span > 0.0 { 0.53 * span } else { 1.0 };
    let centre = [0, 1].map(|axis| {
        let middle = (low[axis] + high[axis]) / 2.0;
        if middle.is_finite() { middle } else { 0.0 }
    });
    [centre[0] - half, centre[0] + half, centre[1] - half, centre[1] + half]
}

/// A panel of dots: a title with its colour, the words for readers who cannot see it.
pub(super) fn panel(
    (title, color): (&str, &str),
    alt: String,
    dots: &[Dot],
    extent: [f64; 4],
    map: ColorMap,
    id: &str,
) -> Panel {
    let frame = Frame::equal_aspect(58.0, 30.0, (HALF_WIDTH - 58.0 - 14.0, 272.0), extent);
    let mut svg = Svg::default();
    svg.clipped(id, frame.at(), frame.size(), |svg| {
        let discs: Vec<((f64, f64), String)> = dots
            .iter()
            .filter_map(|dot| {
                let color = map.at((dot.fraction * SHADES).round() / SHADES);
                Some((frame.place(dot.place[0], dot.place[1])?, color))
            })
            .collect();
        svg.discs(&discs, 1.9);
    });
    frame.draw_axes(&mut svg, "Active PC 1 (activity)", "Active PC 2 (activity)");
    frame.draw_title(&mut svg, title, color);
    Panel::new(svg, (HALF_WIDTH, frame.bottom() + 44.0), alt)
}
