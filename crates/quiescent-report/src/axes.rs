//! Frames that data are drawn in: Cartesian axes, a polar dial and a colour bar.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

use crate::color::ColorMap;
use crate::figure::{HALF_WIDTH, Panel};
use crate::scale::{Scale, Tick};
use crate::svg::{Anchor, Stroke, Svg, Text, text_width};

const LINE: &str = "#333333";
const GRID: &str = "#e3e3e3";

/// Cartesian axes in figure units.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
    pub x: Scale,
    pub y: Scale,
}

impl Frame {
    pub(crate) fn new(
        (left, top): (f64, f64),
        (width, height): (f64, f64),
        x: Scale,
        y: Scale,
    ) -> Self {
        Self { left, top, width, height, x, y }
    }

    /// A frame of at most `width × height` whose axes have the same length per metre.
    ///
    /// `extent` is x_min, x_max, y_min, y_max.
    pub(crate) fn equal_aspect(
        left: f64,
        top: f64,
        (width, height): (f64, f64),
        extent: [f64; 4],
    ) -> Self {
        let [x_min, x_max, y_min, y_max] = extent;
        let per_unit = (width / (x_max - x_min)).min(height / (y_max - y_min));
        Self {
            left: left + (width - per_unit * (x_max - x_min)) / 2.0,
            top,
            width: per_unit * (x_max - x_min),
            height: per_unit * (y_max - y_min),
            x: Scale::linear(x_min, x_max),
            y: Scale::linear(y_min, y_max),
        }
    }

    /// Where a point of data lies in the picture; `None` if the scales have no place for it.
    pub(crate) fn place(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        Some((
            self.left + self.x.fraction(x)? * self.width,
            self.top + (1.0 - self.y.fraction(y)?) * self.height,
        ))
    }

    pub(crate) fn at(&self) -> (f64, f64) {
        (self.left, self.top)
    }

    pub(crate) fn size(&self) -> (f64, f64) {
        (self.width, self.height)
    }

    pub(crate) fn bottom(&self) -> f64 {
        self.top + self.height
    }

    /// Faint lines at the ticks of y, to be drawn before the data.
    pub(crate) fn draw_grid(&self, svg: &mut Svg) {
        for tick in self.y.ticks(self.y_ticks()) {
            if let Some(fraction) = self.y.fraction(tick.value) {
                let y = self.bottom() - fraction * self.height;
                svg.line((self.left, y), (self.left + self.width, y), Stroke::new(GRID, 1.0));
            }
        }
    }

    /// Lines, ticks and labels of both axes; with an empty `y_label` there is none. The labels stand at
    /// fixed distances, for which the frame needs 52 units at its left and 40 below.
    pub(crate) fn draw_axes(&self, svg: &mut Svg, x_label: &str, y_label: &str) {
        self.draw_axes_spaced(svg, x_label, y_label, 40.0);
    }

    /// The same with the label of y at a given distance from its axis.
    pub(crate) fn draw_axes_spaced(&self, svg: &mut Svg, x_label: &str, y_label: &str, gap: f64) {
        self.draw_axes_at(svg, &self.x.ticks(self.x_ticks()), x_label, y_label, gap);
    }

    /// The same with ticks of x where they are given.
    pub(crate) fn draw_axes_at(
        &self,
        svg: &mut Svg,
        x_ticks: &[Tick],
        x_label: &str,
        y_label: &str,
        gap: f64,
    ) {
        self.draw_lines(svg);
        self.draw_x(svg, x_label, x_ticks);
        self.draw_y(svg, y_label, gap);
    }

    /// The same where x holds named places (value and name); a name may have several lines, for
    /// each of which the frame needs 13 units more below, and nothing else.
    pub(crate) fn draw_axes_named(&self, svg: &mut Svg, names: &[(f64, String)], y_label: &str) {
        self.draw_lines(svg);
        for (value, name) in names {
            if let Some(fraction) = self.x.fraction(*value) {
                let x = self.left + fraction * self.width;
                for (i, line) in name.split('\n').enumerate() {
                    svg.text((x, self.bottom() + 16.0 + 13.0 * i as f64), line, Text::SMALL);
                }
            }
        }
        self.draw_y(svg, y_label, self.label_gap());
    }

    /// Distance of the label of y from its axis that its widest tick label leaves room for.
    pub(crate) fn label_gap(&self) -> f64 {
        let ticks = self.y.ticks(self.y_ticks());
        let widths = ticks.iter().map(|tick| text_width(&tick.label, Text::SMALL.size));
        widths.fold(0.0, f64::max) + 20.0
    }

    fn y_ticks(&self) -> usize {
        if self.height < 175.0 { 3 } else { 5 }
    }

    /// Both lines, but ticks and label of x alone: the frame needs no room at its left.
    pub(crate) fn draw_x_axis(&self, svg: &mut Svg, x_label: &str) {
        self.draw_lines(svg);
        self.draw_x(svg, x_label, &self.x.ticks(self.x_ticks()));
    }

    fn x_ticks(&self) -> usize {
        if self.width < 200.0 { 3 } else { 5 }
    }

    fn draw_x(&self, svg: &mut Svg, label: &str, ticks: &[Tick]) {
        let bottom = self.bottom();
        for tick in ticks {
            if let Some(fraction) = self.x.fraction(tick.value) {
                let x = self.left + fraction * self.width;
                svg.line((x, bottom), (x, bottom + 4.0), Stroke::new(LINE, 1.0));
                svg.text((x, bottom + 16.0), &tick.label, Text::SMALL);
            }
        }
        svg.text((self.left + self.width / 2.0, bottom + 33.0), label, Text::LABEL);
    }

    fn draw_lines(&self, svg: &mut Svg) {
        let (left, bottom) = (self.left, self.bottom());
        let stroke = Stroke::new(LINE, 1.0);
        svg.line((left, bottom), (left + self.width, bottom), stroke);
        svg.line((left, self.top), (left, bottom), stroke);
    }

    fn draw_y(&self, svg: &mut Svg, y_label: &str, gap: f64) {
        let (left, bottom) = (self.left, self.bottom());
        for tick in self.y.ticks(self.y_ticks()) {
            if let Some(fraction) = self.y.fraction(tick.value) {
                let y = bottom - fraction * self.height;
                svg.line((left - 4.0, y), (left, y), Stroke::new(LINE, 1.0));
                svg.text((left - 7.0, y + 4.0), &tick.label, Text::SMALL.anchor(Anchor::End));
            }
        }
        if !y_label.is_empty() {
            let turned = Text { rotate: -90.0, ..Text::LABEL };
            svg.text((left - gap, self.top + self.height / 2.0), y_label, turned);
        }
    }

    /// A title above the frame.
    pub(crate) fn draw_title(&self, svg: &mut Svg, title: &str, color: &str) {
        let at = (self.left + self.width / 2.0, self.top - 10.0);
        svg.text(at, title, Text::TITLE.color(color));
    }
}

/// A polar dial: angle is the heading, counter-clockwise from the right.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dial {
    pub center: (f64, f64),
    pub radius: f64,
}

/// The headings labelled on axes and dials.
pub(crate) const HEADINGS: [(f64, &str); 5] =
    [(-PI, "−π"), (-FRAC_PI_2, "−π/2"), (0.0, "0"), (FRAC_PI_2, "π/2"), (PI, "π")];

/// Ticks at headings, for axes from −π to π.
pub(crate) fn headings() -> [Tick; 5] {
    HEADINGS.map(|(value, label)| Tick { value, label: label.into() })
}

/// Ticks that count from 1 to `last`.
pub(crate) fn counts(last: usize) -> Vec<Tick> {
    (1..=last).map(|i| Tick { value: i as f64, label: i.to_string() }).collect()
}

impl Dial {
    /// The point at a heading in rad and a fraction of the radius.
    pub(crate) fn place(&self, heading: f64, fraction: f64) -> Option<(f64, f64)> {
        (heading.is_finite() && fraction.is_finite()).then(|| {
            let r = fraction * self.radius;
            (self.center.0 + r * heading.cos(), self.center.1 - r * heading.sin())
        })
    }

    /// Circles at the given fractions of the radius, spokes, and the labels of four headings.
    pub(crate) fn draw_grid(&self, svg: &mut Svg, circles: &[f64]) {
        for fraction in circles {
            svg.circle(self.center, fraction * self.radius, "none", Some(Stroke::new(GRID, 1.0)));
        }
        for spoke in 0..8 {
            let heading = f64::from(spoke) * FRAC_PI_4;
            if let Some(end) = self.place(heading, 1.0) {
                svg.line(self.center, end, Stroke::new(GRID, 1.0));
            }
        }
        svg.circle(self.center, self.radius, "none", Some(Stroke::new(LINE, 1.0)));
        let (x, y) = self.center;
        let r = self.radius;
        svg.text((x + r + 6.0, y + 4.0), "0", Text::SMALL.anchor(Anchor::Start));
        svg.text((x, y - r - 6.0), "π/2", Text::SMALL);
        svg.text((x - r - 6.0, y + 4.0), "±π", Text::SMALL.anchor(Anchor::End));
        svg.text((x, y + r + 15.0), "−π/2", Text::SMALL);
    }

    /// The grid with circles at about three values of a scale; gives the labels of the circles.
    pub(crate) fn draw_scale(&self, svg: &mut Svg, scale: &Scale) -> Vec<(f64, String)> {
        let circles: Vec<(f64, String)> = scale
            .ticks(3)
            .into_iter()
            .filter(|tick| tick.value > 0.0)
            .filter_map(|tick| Some((scale.fraction(tick.value)?, tick.label)))
            .filter(|(fraction, _)| *fraction < 0.93)
            .collect();
        self.draw_grid(svg, &circles.iter().map(|(fraction, _)| *fraction).collect::<Vec<_>>());
        circles
    }

    /// Labels of circles, on top of the data, between the spokes, where no other label stands.
    pub(crate) fn draw_radius_labels(&self, svg: &mut Svg, labels: &[(f64, String)]) {
        for (fraction, label) in labels {
            if let Some((x, y)) = self.place(-1.5 * FRAC_PI_4, *fraction) {
                let style = Text { halo: true, ..Text::SMALL };
                svg.text((x, y + 4.0), label, style);
            }
        }
    }
}

/// A horizontal colour bar as a panel of its own, to stand under panels that share it.
///
/// `ticks` are (fraction along the bar, label).
pub(crate) fn color_bar(id: &str, map: ColorMap, label: &str, ticks: &[(f64, String)]) -> Panel {
    let (width, height) = (HALF_WIDTH, 54.0);
    let (left, top, length, thickness) = (58.0, 6.0, width - 116.0, 12.0);
    let mut svg = Svg::default();
    svg.gradient(id, &(0..=24).map(|i| map.at(f64::from(i) / 24.0)).collect::<Vec<_>>());
    svg.rect(
        (left, top),
        (length, thickness),
        &format!("url(#{id})"),
        Some(Stroke::new("#777777", 0.75)),
    );
    for (fraction, text) in ticks {
        let x = left + fraction * length;
        svg.line((x, top + thickness), (x, top + thickness + 4.0), Stroke::new(LINE, 1.0));
        svg.text((x, top + thickness + 15.0), text, Text::SMALL);
    }
    svg.text((left + length / 2.0, top + thickness + 31.0), label, Text::LABEL);
    Panel::new(svg, (width, height), format!("Colour bar: {label}"))
}

/// Ticks of a colour bar over a scale.
pub(crate) fn bar_ticks(scale: Scale) -> Vec<(f64, String)> {
    let ticks = scale.ticks(4).into_iter();
    ticks.filter_map(|tick| Some((scale.fraction(tick.value)?, tick.label))).collect()
}

/// Ticks of a colour bar over headings from −π to π.
pub(crate) fn heading_ticks() -> Vec<(f64, String)> {
    HEADINGS
        .iter()
        .map(|(heading, label)| ((heading / PI + 1.0) / 2.0, (*label).to_owned()))
        .collect()
}
