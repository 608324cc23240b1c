//! Fields of arrows: a network's zero-input update over the score that the theory predicts.

use crate::axes::Frame;
use crate::color;
use crate::figure::{HALF_WIDTH, Panel};
use crate::svg::{Anchor, Stroke, Svg, Text, text_width};
use quiescent::readable;

/// The update: of a quiescent network.
pub(super) const UPDATE: &str = color::QUIESCENT;
/// The score of active states: a pale blue, broad beneath the update.
const SCORE: &str = "#7fb8dc";
/// Length in figure units of the longest arrows.
const LONGEST: f64 = 26.0;
/// Updates and scores whose usual lengths differ by more than this factor have scales of their own.
const APART: f64 = 3.0;

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

/// Kinds of arrows, in the order of drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Score,
    Update,
}

impl Which {
    const BOTH: [Self; 2] = [Self::Score, Self::Update];

    fn of(self, pair: &Pair) -> [f64; 2] {
        match self {
            Self::Score => pair.score,
            Self::Update => pair.update,
        }
    }
}

/// The scale of one network's arrows. Updates and scores share it unless one kind is much shorter, which
/// would then not be seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ArrowScale {
    score: Length,
    update: Length,
}

/// The scale of one kind of arrows.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Length {
    /// Figure units for one unit of the vectors.
    per_unit: f64,
    /// Length of the arrow in the legend, a round number.
    reference: f64,
    /// Whether some arrows are cut.
    cut: bool,
}

impl ArrowScale {
    /// So that all arrows but a few are at most [`LONGEST`].
    pub(super) fn of(pairs: &[Pair]) -> Self {
        let lengths = |kinds: &[Which]| -> Vec<f64> {
            let vectors = pairs.iter().flat_map(|pair| kinds.iter().map(|kind| kind.of(pair)));
            let mut lengths: Vec<f64> = vectors
                .map(|[x, y]| x.hypot(y))
                .filter(|length| (1e-200..1e200).contains(length))
                .collect();
            lengths.sort_by(f64::total_cmp);
            lengths
        };
        let median = |lengths: &[f64]| lengths.get(lengths.len() / 2).copied().unwrap_or(0.0);
        let [score, update] = Which::BOTH.map(|kind| lengths(&[kind]));
        let (shorter, longer) =
            (median(&score).min(median(&update)), median(&score).max(median(&update)));
        if APART * shorter < longer {
            return Self { score: Length::of(&score), update: Length::of(&update) };
        }
        let both = Length::of(&lengths(&Which::BOTH));
        Self { score: both, update: both }
    }

    fn length(&self, which: Which) -> &Length {
        match which {
            Which::Score => &self.score,
            Which::Update => &self.update,
        }
    }

    /// A note on arrows that are cut.
    pub(super) fn note(&self, network: &str, unit: &str) -> Option<String> {
        let cut = [("Updates", self.update), ("Scores", self.score)].into_iter();
        let cut: Vec<String> = cut
            .filter(|(_, length)| length.cut)
            .map(|(name, length)| {
                let limit = readable::number(length.limit() / length.per_unit, 2);
                format!("{name} of the {network} that are longer than {limit} {unit} are cut.")
            })
            .collect();
        (!cut.is_empty()).then(|| cut.join(" "))
    }

    /// Both kinds of arrows at round lengths, as a panel of its own.
    pub(super) fn legend(&self, unit: &str) -> Panel {
        let mut svg = Svg::default();
        let mut y = 12.0;
        let mut words = Vec::new();
        for (label, which) in
            [("zero-input update Δr₁", Which::Update), ("score S (16)", Which::Score)]
        {
            let length = self.length(which);
            let long = length.reference * length.per_unit;
            let text = format!("{label}: {} {unit}", readable::setting(length.reference));
            let x = (HALF_WIDTH - long - 8.0 - text_width(&text, Text::SMALL.size)) / 2.0;
            arrow(&mut svg, (x, y), (x + long, y), which);
            svg.text((x + long + 8.0, y + 4.0), &text, Text::SMALL.anchor(Anchor::Start));
            words.push(text);
            y += 17.0;
        }
        Panel::new(svg, (HALF_WIDTH, 46.0), format!("Lengths of the arrows. {}", words.join("; ")))
    }

    /// Draws pairs within a frame: every score first, the updates over them. `id` must be unique in
    /// the page.
    pub(super) fn draw(&self, svg: &mut Svg, frame: &Frame, id: &str, pairs: &[Pair]) {
        svg.clipped(id, frame.at(), frame.size(), |svg| {
            for which in Which::BOTH {
                for pair in pairs {
                    let Some(from) = frame.place(pair.place[0], pair.place[1]) else { continue };
                    arrow(svg, from, self.length(which).end(from, which.of(pair)), which);
                }
            }
        });
    }
}

impl Length {
    /// The scale for these lengths, in ascending order.
    fn of(lengths: &[f64]) -> Self {
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

    /// The end of the arrow from a place in the picture along a vector.
    fn end(&self, (x, y): (f64, f64), [dx, dy]: [f64; 2]) -> (f64, f64) {
        let length = dx.hypot(dy) * self.per_unit;
        let shorten = if length > self.limit() { self.limit() / length } else { 1.0 };
        let by = self.per_unit * shorten;
        (x + dx * by, y - dy * by)
    }
}

/// An arrow, slimmer where it is short; a dot where it would be too short to have a direction.
fn arrow(svg: &mut Svg, from: (f64, f64), to: (f64, f64), which: Which) {
    let (width, head, half, color) = match which {
        Which::Update => (1.3, 5.0, 2.2, UPDATE),
        Which::Score => (3.6, 8.0, 4.2, SCORE),
    };
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy);
    if length.is_nan() || length < 1.0 {
        svg.circle(from, if which == Which::Update { 0.8 } else { 1.3 }, color, None);
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
