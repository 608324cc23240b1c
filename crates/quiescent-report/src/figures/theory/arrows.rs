//! Fields of arrows: a network's zero-input update over the score that the theory predicts.

use crate::axes::Frame;
use crate::color;
use crate::figure::{HALF_WIDTH, Panel};
use crate::svg::{Anchor, Stroke, Svg, Text, text_width};
use quiescent::readable;

/// The update: of a network at rest.
pub(super) const UPDATE: &str = color::QUIESCENT;
/// The score of waking states: a pale blue, broad beneath the update.
const SCORE: &str = "#7fb8dc";
/// Length in figure units of the longest arrows.
const LONGEST: f64 = 26.0;
/// Length of arrows that can hardly be seen.
const SHORT: f64 = 2.5;

/// One place with both vectors, in the units of the axes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pair {
    pub place: [f64; 2],
    pub update: [f64; 2],
    pub score: [f64; 2],
}

impl Pair {
    /// Whether it can be drawn.
    pub(super) fn is_finite(&self) -> bool {
        [self.place, self.update, self.score].iter().flatten().all(|v| v.is_finite())
    }
}

/// The scale that the arrows of a run share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ArrowScale {
    /// Figure units for one unit of the vectors.
    per_unit: f64,
    /// Length of the arrows in the legend, a round number.
    reference: f64,
    /// Whether some arrows are cut.
    pub cut: bool,
}

impl ArrowScale {
    /// So that all arrows but a few are at most [`LONGEST`].
    pub(super) fn of<'a>(pairs: impl Iterator<Item = &'a Pair>) -> Self {
        let mut lengths: Vec<f64> = pairs
            .flat_map(|pair| [pair.update, pair.score])
            .map(|[x, y]| x.hypot(y))
            .filter(|length| (1e-200..1e200).contains(length))
            .collect();
        lengths.sort_by(f64::total_cmp);
        let Some(&max) = lengths.last() else {
            return Self { per_unit: LONGEST, reference: 1.0, cut: false };
        };
        let high = lengths[(lengths.len() - 1) * 95 / 100];
        let top = if max > 1.6 * high { high } else { max };
        let decade = 10f64.powf(top.log10().floor());
        let round = [5.0, 2.0, 1.0].map(|factor| factor * decade);
        let reference = round.into_iter().find(|value| *value <= top).unwrap_or(decade);
        Self { per_unit: LONGEST / top, reference, cut: max > 1.6 * high }
    }

    /// Longest arrow that is drawn in full.
    fn limit(&self) -> f64 {
        if self.cut { 1.6 * LONGEST } else { 1.01 * LONGEST }
    }

    /// A note on arrows that are cut.
    pub(super) fn note(&self, run: &str, unit: &str) -> Option<String> {
        let limit = readable::number(self.limit() / self.per_unit, 2);
        self.cut.then(|| format!("Arrows of {run} that are longer than {limit} {unit} are cut."))
    }

    /// A note on vectors of a network that are drawn too short to see, with their usual length.
    pub(super) fn short(&self, network: &str, pairs: &[Pair], unit: &str) -> Option<String> {
        let [update, score] = [|pair: &Pair| pair.update, |pair: &Pair| pair.score].map(|of| {
            let mut lengths: Vec<f64> =
                pairs.iter().map(of).map(|[x, y]: [f64; 2]| x.hypot(y)).collect();
            lengths.sort_by(f64::total_cmp);
            lengths.get(lengths.len() / 2).copied().unwrap_or(0.0)
        });
        let short: Vec<&str> = [("updates", update), ("scores", score)]
            .into_iter()
            .filter(|(_, length)| length * self.per_unit < SHORT)
            .map(|(name, _)| name)
            .collect();
        (!short.is_empty()).then(|| {
            format!(
                "Most {} of the {network} are too short to show at this scale: the median update is \
                 {} {unit} long, the median score {}.",
                short.join(" and "),
                readable::number(update, 2),
                readable::number(score, 2),
            )
        })
    }

    /// The arrow from a place in the picture along a vector.
    fn end(&self, (x, y): (f64, f64), [dx, dy]: [f64; 2]) -> (f64, f64) {
        let length = dx.hypot(dy) * self.per_unit;
        let shorten = if length > self.limit() { self.limit() / length } else { 1.0 };
        let by = self.per_unit * shorten;
        (x + dx * by, y - dy * by)
    }

    /// Both kinds of arrows at a round length, as a panel of its own.
    pub(super) fn legend(&self, unit: &str) -> Panel {
        let mut svg = Svg::default();
        let length = self.reference * self.per_unit;
        let labels = ["zero-input update Δr₁", "score S (16)"];
        let widths = labels.map(|label| length + 8.0 + text_width(label, Text::SMALL.size));
        let mut x = (HALF_WIDTH - widths[0] - widths[1] - 18.0) / 2.0;
        for ((label, width), update) in labels.iter().zip(widths).zip([true, false]) {
            arrow(&mut svg, (x, 12.0), (x + length, 12.0), update);
            let at = (x + length + 8.0, 16.0);
            svg.text(at, label, Text::SMALL.anchor(Anchor::Start));
            x += width + 18.0;
        }
        let stated = format!("These two arrows: {} {unit}", readable::setting(self.reference));
        svg.text((HALF_WIDTH / 2.0, 34.0), &stated, Text::SMALL);
        Panel::new(svg, (HALF_WIDTH, 46.0), format!("Legend of the arrows. {stated}"))
    }

    /// Draws pairs within a frame: every score first, the updates over them. `id` must be unique in
    /// the page.
    pub(super) fn draw(&self, svg: &mut Svg, frame: &Frame, id: &str, pairs: &[Pair]) {
        svg.clipped(id, frame.at(), frame.size(), |svg| {
            for update in [false, true] {
                for pair in pairs {
                    let vector = if update { pair.update } else { pair.score };
                    let Some(from) = frame.place(pair.place[0], pair.place[1]) else { continue };
                    arrow(svg, from, self.end(from, vector), update);
                }
            }
        });
    }
}

/// An arrow, slimmer where it is short; a dot where it would be too short to have a direction.
fn arrow(svg: &mut Svg, from: (f64, f64), to: (f64, f64), update: bool) {
    let (width, head, half, color) =
        if update { (1.3, 5.0, 2.2, UPDATE) } else { (3.6, 8.0, 4.2, SCORE) };
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy);
    if length.is_nan() || length < 1.0 {
        svg.circle(from, if update { 0.8 } else { 1.3 }, color, None);
        return;
    }
    let size = (length / (1.6 * head)).min(1.0);
    let (x, y) = (dx / length, dy / length);
    let (head, half) = (size * head, size * half);
    let neck = (to.0 - head * x, to.1 - head * y);
    svg.line(from, neck, Stroke::new(color, (size * width).max(0.6)));
    let corners =
        [to, (neck.0 - half * y, neck.1 + half * x), (neck.0 + half * y, neck.1 - half * x)];
    svg.polygon(&corners, color, 1.0, Stroke::new("none", 0.0));
}
