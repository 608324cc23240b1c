//! Writing SVG: a buffer with a method per shape, two decimals per number, everything escaped.

use std::fmt::Write as _;

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stroke<'a> {
    pub color: &'a str,
    pub width: f64,
    pub opacity: f64,
    /// SVG dash pattern, such as `"4 3"`.
    pub dash: Option<&'a str>,
}

impl<'a> Stroke<'a> {
    pub(crate) fn new(color: &'a str, width: f64) -> Self {
        Self { color, width, opacity: 1.0, dash: None }
    }

    pub(crate) fn opacity(self, opacity: f64) -> Self {
        Self { opacity, ..self }
    }

    pub(crate) fn dash(self, dash: Option<&'a str>) -> Self {
        Self { dash, ..self }
    }

    fn write(&self, out: &mut String) {
        let _ =
            write!(out, r#" stroke="{}" stroke-width="{}""#, escape(self.color), num(self.width));
        if self.opacity < 1.0 {
            let _ = write!(out, r#" stroke-opacity="{}""#, num(self.opacity));
        }
        if let Some(dash) = self.dash {
            let _ = write!(out, r#" stroke-dasharray="{}""#, escape(dash));
        }
    }
}

/// Where a text stands relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text is set. Sizes are in figure units, of which 692 make 183 mm and 346
/// make 89 mm: 11 units are 8 pt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Text<'a> {
    pub anchor: Anchor,
    pub size: f64,
    pub color: &'a str,
    pub bold: bool,
    /// Degrees, clockwise, about the text's point.
    pub rotate: f64,
    /// A white rim, for text that stands on lines.
    pub halo: bool,
}

impl Text<'static> {
    /// Tick labels and small remarks.
    pub(crate) const SMALL: Self = Text {
        anchor: Anchor::Middle,
        size: 11.0,
        color: "#222222",
        bold: false,
        rotate: 0.0,
        halo: false,
    };
    /// Axis labels.
    pub(crate) const LABEL: Self = Text { size: 12.0, ..Self::SMALL };
    /// Panel titles.
    pub(crate) const TITLE: Self = Text { size: 13.0, bold: true, ..Self::SMALL };
}

impl<'a> Text<'a> {
    pub(crate) fn anchor(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    pub(crate) fn color(self, color: &'a str) -> Self {
        Self { color, ..self }
    }
}

/// A fragment of SVG under construction.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Svg {
    body: String,
}

impl Svg {
    pub(crate) fn into_body(self) -> String {
        self.body
    }

    pub(crate) fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: Stroke<'_>) {
        let _ = write!(
            self.body,
            r#"<line x1="{}" y1="{}" x2="{}" y2="{}""#,
            num(from.0),
            num(from.1),
            num(to.0),
            num(to.1)
        );
        stroke.write(&mut self.body);
        self.body.push_str("/>");
    }

    /// A broken line; `None` in `points` interrupts it.
    pub(crate) fn path(
        &mut self,
        points: impl IntoIterator<Item = Option<(f64, f64)>>,
        stroke: Stroke<'_>,
    ) {
        let mut data = String::new();
        let mut pen_down = false;
        for point in points {
            match point {
                Some((x, y)) => {
                    data.push(if pen_down { 'L' } else { 'M' });
                    let _ = write!(data, "{} {}", tenth(x), tenth(y));
                    pen_down = true;
                }
                None => pen_down = false,
            }
        }
        if data.is_empty() {
            return;
        }
        let _ = write!(
            self.body,
            r#"<path d="{data}" fill="none" stroke-linejoin="round" stroke-linecap="round""#
        );
        stroke.write(&mut self.body);
        self.body.push_str("/>");
    }

    /// A closed shape.
    pub(crate) fn polygon(
        &mut self,
        points: &[(f64, f64)],
        fill: &str,
        fill_opacity: f64,
        stroke: Stroke<'_>,
    ) {
        self.body.push_str(r#"<polygon points=""#);
        for (i, (x, y)) in points.iter().enumerate() {
            let space = if i == 0 { "" } else { " " };
            let _ = write!(self.body, "{space}{},{}", tenth(*x), tenth(*y));
        }
        let _ = write!(self.body, r#"" fill="{}""#, escape(fill));
        if fill_opacity < 1.0 {
            let _ = write!(self.body, r#" fill-opacity="{}""#, num(fill_opacity));
        }
        stroke.write(&mut self.body);
        self.body.push_str("/>");
    }

    pub(crate) fn circle(
        &mut self,
        center: (f64, f64),
        r: f64,
        fill: &str,
        stroke: Option<Stroke<'_>>,
    ) {
        let _ = write!(
            self.body,
            r#"<circle cx="{}" cy="{}" r="{}" fill="{}""#,
            tenth(center.0),
            tenth(center.1),
            num(r),
            escape(fill)
        );
        if let Some(stroke) = stroke {
            stroke.write(&mut self.body);
        }
        self.body.push_str("/>");
    }

    /// Discs of one radius, each with its place and colour. Those of one colour share one path, which
    /// takes a fifth of the bytes.
    pub(crate) fn discs(&mut self, discs: &[((f64, f64), String)], r: f64) {
        let mut paths = std::collections::BTreeMap::<&str, String>::new();
        for ((x, y), color) in discs {
            // A line without length has round ends alone.
            let _ = write!(paths.entry(color).or_default(), "M{} {}h0", tenth(*x), tenth(*y));
        }
        for (color, data) in paths {
            let stroke = Stroke::new(color, 2.0 * r);
            let _ = write!(self.body, r#"<path d="{data}" fill="none" stroke-linecap="round""#);
            stroke.write(&mut self.body);
            self.body.push_str("/>");
        }
    }

    /// A disc that lets through what lies behind it.
    pub(crate) fn dot(&mut self, center: (f64, f64), r: f64, fill: &str, opacity: f64) {
        let _ = write!(
            self.body,
            r#"<circle cx="{}" cy="{}" r="{}" fill="{}" fill-opacity="{}"/>"#,
            tenth(center.0),
            tenth(center.1),
            num(r),
            escape(fill),
            num(opacity)
        );
    }

    pub(crate) fn rect(
        &mut self,
        at: (f64, f64),
        size: (f64, f64),
        fill: &str,
        stroke: Option<Stroke<'_>>,
    ) {
        let _ = write!(
            self.body,
            r#"<rect x="{}" y="{}" width="{}" height="{}" fill="{}""#,
            num(at.0),
            num(at.1),
            num(size.0),
            num(size.1),
            escape(fill)
        );
        if let Some(stroke) = stroke {
            stroke.write(&mut self.body);
        }
        self.body.push_str("/>");
    }

    pub(crate) fn text(&mut self, at: (f64, f64), text: &str, style: Text<'_>) {
        if text.is_empty() {
            return;
        }
        let anchor = match style.anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let _ = write!(
            self.body,
            r#"<text x="{}" y="{}" font-size="{}" text-anchor="{anchor}" fill="{}""#,
            num(at.0),
            num(at.1),
            num(style.size),
            escape(style.color)
        );
        if style.bold {
            self.body.push_str(r#" font-weight="bold""#);
        }
        if style.halo {
            self.body.push_str(
                r##" stroke="#ffffff" stroke-width="5" stroke-linejoin="round" paint-order="stroke""##,
            );
        }
        if style.rotate != 0.0 {
            let _ = write!(
                self.body,
                r#" transform="rotate({} {} {})""#,
                num(style.rotate),
                num(at.0),
                num(at.1)
            );
        }
        let _ = write!(self.body, ">{}</text>", escape(text));
    }

    /// Draws `inside` clipped to a rectangle; `id` must be unique in the page.
    pub(crate) fn clipped(
        &mut self,
        id: &str,
        at: (f64, f64),
        size: (f64, f64),
        inside: impl FnOnce(&mut Self),
    ) {
        let id = escape(id);
        let _ = write!(self.body, r#"<clipPath id="{id}">"#);
        self.rect(at, size, "#ffffff", None);
        let _ = write!(self.body, r##"</clipPath><g clip-path="url(#{id})">"##);
        inside(self);
        self.body.push_str("</g>");
    }

    /// A horizontal gradient through equally spaced colours, to be used as `url(#id)`.
    pub(crate) fn gradient(&mut self, id: &str, colors: &[String]) {
        let _ = write!(self.body, r#"<linearGradient id="{}">"#, escape(id));
        let last = colors.len().saturating_sub(1).max(1) as f64;
        for (i, color) in colors.iter().enumerate() {
            let _ = write!(
                self.body,
                r#"<stop offset="{:.4}" stop-color="{}"/>"#,
                i as f64 / last,
                escape(color)
            );
        }
        self.body.push_str("</linearGradient>");
    }

    /// A grid of equal cells filling a rectangle, `colors: [row, column]` from its top left
    /// corner. Cells of one colour share one path, and neighbours in a row one rectangle.
    pub(crate) fn cells(
        &mut self,
        at: (f64, f64),
        size: (f64, f64),
        columns: usize,
        colors: &[String],
    ) {
        if columns == 0 || colors.is_empty() {
            return;
        }
        let rows = colors.len() / columns;
        let mut paths = std::collections::BTreeMap::<&str, String>::new();
        for (row, line) in colors.chunks_exact(columns).enumerate() {
            let mut column = 0;
            for run in line.chunk_by(|a, b| a == b) {
                let n = run.len();
                let path = paths.entry(&run[0]).or_default();
                let _ = write!(path, "M{column} {row}h{n}v1h-{n}z");
                column += n;
            }
        }
        let _ = write!(
            self.body,
            r#"<g shape-rendering="crispEdges" transform="translate({} {}) scale({} {})">"#,
            num(at.0),
            num(at.1),
            size.0 / columns as f64,
            size.1 / rows as f64
        );
        for (color, data) in paths {
            let _ = write!(self.body, r#"<path fill="{}" d="{data}"/>"#, escape(color));
        }
        self.body.push_str("</g>");
    }
}

/// A number with at most two decimals. Values that are not finite must be filtered out before; a
/// zero stands in for them here, since they would make the file invalid.
pub(crate) fn num(value: f64) -> String {
    decimals(value, 2)
}

fn tenth(value: f64) -> String {
    decimals(value, 1)
}

fn decimals(value: f64, places: usize) -> String {
    if !value.is_finite() {
        return "0".into();
    }
    let mut text = format!("{value:.places$}");
    if text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    if text == "-0" { "0".into() } else { text }
}

/// Escapes text for element content and attribute values; drops characters that XML forbids.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(' '),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}

/// Width of a text in figure units, estimated for a Helvetica-like face (on the generous side).
pub(crate) fn text_width(text: &str, size: f64) -> f64 {
    let ems: f64 = text
        .chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | 'I' | '.' | ',' | '\'' | '|' | ':' | ';' | ' ' | '!' => 0.3,
            'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.87,
            'A'..='Z' => 0.7,
            '⁰' | '¹' | '²' | '³' | '⁴' | '⁵' | '⁶' | '⁷' | '⁸' | '⁹' | '⁻' => {
                0.38
            }
            c if (c as u32) > 0x2e80 => 1.0,
            _ => 0.57,
        })
        .sum();
    ems * size
}

/// Shortens a text with an ellipsis so that it fits `width`.
pub(crate) fn fit_text(text: &str, size: f64, width: f64) -> String {
    if text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut short = String::new();
    for c in text.chars() {
        let mut longer = short.clone();
        longer.push(c);
        if text_width(&longer, size) + size > width {
            break;
        }
        short = longer;
    }
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn numbers_are_short_and_always_valid() {
        assert_eq!(num(1.0), "1");
        assert_eq!(num(-0.001), "0");
        assert_eq!(num(10.256), "10.26");
        assert_eq!(num(100.0), "100");
        assert_eq!(num(f64::NAN), "0");
    }

    #[test]
    fn escaping_leaves_nothing_that_xml_reads() {
        assert_eq!(escape("a<b>&\"'\u{1}c"), "a&lt;b&gt;&amp;&quot;&#39;c");
    }

    #[test]
    fn long_names_are_shortened_to_the_width() {
        let long = "a_very_long_run_name_indeed".repeat(4);
        let short = fit_text(&long, 11.0, 120.0);
        assert!(short.ends_with('…') && text_width(&short, 11.0) <= 120.0, "{short}");
        assert_eq!(fit_text("short", 11.0, 120.0), "short");
    }

    #[test]
    fn equal_neighbours_share_a_rectangle() {
        let mut svg = Svg::default();
        let colors = ["#111111", "#111111", "#222222", "#111111"].map(String::from);
        svg.cells((0.0, 0.0), (20.0, 20.0), 2, &colors);
        let body = svg.into_body();
        assert!(body.contains("M0 0h2v1h-2zM1 1h1v1h-1z"), "{body}");
    }
}
