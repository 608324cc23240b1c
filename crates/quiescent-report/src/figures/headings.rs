//! Decoded headings against time, unrolled.

use std::f64::consts::{PI, TAU};

use super::paths::draw_lines;
use crate::axes::Frame;
use crate::figure::Panel;
use crate::scale::Scale;
use crate::svg::{Stroke, Svg};

/// A panel of headings against time.
#[derive(Debug, Clone)]
pub(super) struct LinesPanel<'a> {
    pub title: &'a str,
    pub color: &'a str,
    pub alt: String,
    pub dt_s: f64,
    /// Lowest and highest heading of the axis, in rad.
    pub extent: [f64; 2],
    pub width: f64,
    pub id: &'a str,
}

impl LinesPanel<'_> {
    /// Draws unrolled headings in rad, one line for each trial; the first step ends at `dt_s`.
    pub(super) fn draw(self, lines: &[Vec<f64>]) -> Panel {
        let steps = lines.iter().map(Vec::len).max().unwrap_or(0).max(1);
        let [low, high] = self.extent;
        let frame = Frame::new(
            (58.0, 30.0),
            (self.width - 58.0 - 18.0, 226.0),
            Scale::linear(0.0, steps as f64 * self.dt_s),
            Scale::linear(low, high),
        );
        let mut svg = Svg::default();
        let turns = (low / TAU).ceil() as i64..=(high / TAU).floor() as i64;
        // More lines than can be told apart would be a grey ground.
        if turns.clone().count() <= 12 {
            for turn in turns {
                let at = |x: f64| frame.place(x, turn as f64 * TAU);
                let ends = [at(0.0), at(steps as f64 * self.dt_s)];
                svg.path(ends, Stroke::new("#c4c4c4", 1.0));
            }
        }
        svg.clipped(self.id, frame.at(), frame.size(), |svg| {
            let places: Vec<Vec<Option<(f64, f64)>>> = lines
                .iter()
                .map(|line| {
                    let steps = line.iter().enumerate();
                    steps.map(|(i, y)| frame.place((i + 1) as f64 * self.dt_s, *y)).collect()
                })
                .collect();
            draw_lines(svg, &places, self.color);
        });
        frame.draw_axes(&mut svg, "Time (s)", "Decoded heading, unrolled (rad)");
        frame.draw_title(&mut svg, self.title, self.color);
        Panel::new(svg, (self.width, frame.bottom() + 44.0), self.alt)
    }
}

/// Headings followed around the circle, in rad: each step is the shorter way. The path is broken where a
/// heading is not finite.
pub(super) fn unroll(headings: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut last: Option<f64> = None;
    headings
        .map(|heading| {
            if !heading.is_finite() {
                return f64::NAN;
            }
            let unrolled = match last {
                Some(last) => last + (heading - last + PI).rem_euclid(TAU) - PI,
                None => heading,
            };
            last = Some(unrolled);
            unrolled
        })
        .collect()
}

/// The axis that holds these headings: at least one turn about 0.
pub(super) fn span(headings: impl Iterator<Item = f64>) -> [f64; 2] {
    let [low, high] = headings
        .filter(|heading| heading.is_finite())
        .fold([-PI, PI], |[low, high], heading| [low.min(heading), high.max(heading)]);
    let margin = 0.03 * (high - low);
    [low - margin, high + margin]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_followed_around_the_circle() {
        let found = unroll([3.0, -3.0, -2.0, f64::NAN, -1.0, 3.1].into_iter());
        let expected = [3.0, TAU - 3.0, TAU - 2.0, f64::NAN, TAU - 1.0, 3.1];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12 || expected.is_nan() && found.is_nan());
        }
        let [low, high] = span(found.into_iter());
        assert!(low < -PI && high > TAU - 1.0);
    }
}
