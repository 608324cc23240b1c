//! The axis along x of a sweep's figure: numbers on a linear or logarithmic scale, or words.

use crate::axes::Frame;
use crate::scale::{Scale, Tick};
use crate::svg::{Anchor, Svg, Text, fit_text, text_width};
use crate::sweep_view::SweepValue;

/// Most ticks that stand at the values themselves.
const MOST_OWN_TICKS: usize = 10;
/// Most lines of a word under its place.
const MOST_LINES: usize = 3;
/// Room below the frame for words that stand upright.
const UPRIGHT: f64 = 150.0;

/// What stands along x.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Across {
    /// The scale; words are at 0, 1, 2, ….
    pub scale: Scale,
    /// Where each value is on it.
    pub at: Vec<f64>,
    /// Least distance between two values, as a fraction of the axis.
    pub apart: f64,
    /// Distance of the outermost values from the ends, likewise.
    pub margin: f64,
    labels: Labels,
    /// Room that the labels need below the frame.
    pub room: f64,
}

#[derive(Debug, Clone, PartialEq)]
enum Labels {
    Ticks(Vec<Tick>),
    Words(Vec<(f64, String)>),
    Upright(Vec<(f64, String)>),
}

impl Across {
    /// The axis of `values`, on a frame of this width.
    pub(super) fn new(values: &[SweepValue], width: f64) -> Self {
        let numbers: Vec<f64> = values
            .iter()
            .filter_map(|value| match value {
                SweepValue::Number(number) => Some(*number),
                SweepValue::Text(_) | SweepValue::Absent => None,
            })
            .collect();
        if numbers.len() == values.len() {
            Self::of_numbers(numbers, width)
        } else {
            Self::of_words(values, width)
        }
    }

    /// Numbers, ascending: logarithmic if all are positive and they span a decade.
    fn of_numbers(at: Vec<f64>, width: f64) -> Self {
        let (min, max) = (at.first().copied().unwrap_or(0.0), at.last().copied().unwrap_or(1.0));
        let scale = if min > 0.0 && max >= 10.0 * min {
            let pad = (max / min).powf(0.05);
            Scale::Log { min: min / pad, max: max * pad }
        } else if max > min {
            let pad = 0.05 * (max - min);
            Scale::linear(min - pad, max + pad)
        } else {
            Scale::linear(min, max)
        };
        let own: Vec<Tick> =
            at.iter().map(|value| Tick { value: *value, label: label(*value) }).collect();
        let ticks = if own.len() <= MOST_OWN_TICKS && clear(&own, &scale, width) {
            own
        } else {
            scale.ticks(6)
        };
        let (apart, margin) = distances(&at, &scale);
        Self { apart, margin, labels: Labels::Ticks(ticks), scale, at, room: 42.0 }
    }

    fn of_words(values: &[SweepValue], width: f64) -> Self {
        let scale = Scale::Linear { min: -0.5, max: values.len() as f64 - 0.5 };
        let at: Vec<f64> = (0..values.len()).map(|i| i as f64).collect();
        let each = width / values.len() as f64;
        let size = Text::SMALL.size;
        let words: Vec<String> = values.iter().map(SweepValue::label).collect();
        let wrapped: Option<Vec<String>> =
            words.iter().map(|word| wrap(word, each - 8.0)).collect();
        let (labels, room) = match wrapped {
            Some(wrapped) => {
                let lines = wrapped.iter().map(|word| word.split('\n').count()).max().unwrap_or(1);
                let named = at.iter().copied().zip(wrapped).collect();
                (Labels::Words(named), 42.0 + 13.0 * (lines as f64 - 1.0))
            }
            None => {
                // As many as stand beside each other.
                let every = (14.0 / each).ceil().max(1.0) as usize;
                let named: Vec<(f64, String)> = at
                    .iter()
                    .zip(&words)
                    .step_by(every)
                    .map(|(at, word)| (*at, fit_text(word, size, UPRIGHT - 10.0)))
                    .collect();
                let longest =
                    named.iter().map(|(_, word)| text_width(word, size)).fold(0.0, f64::max);
                (Labels::Upright(named), longest + 36.0)
            }
        };
        let apart = 1.0 / values.len() as f64;
        Self { scale, at, apart, margin: apart / 2.0, labels, room }
    }

    /// Both axes of the frame, with their labels.
    pub(super) fn draw(&self, svg: &mut Svg, frame: &Frame, x_label: &str, y_label: &str) {
        match &self.labels {
            Labels::Ticks(ticks) => {
                frame.draw_axes_at(svg, ticks, x_label, y_label, frame.label_gap());
                return;
            }
            Labels::Words(named) => frame.draw_axes_named(svg, named, y_label),
            Labels::Upright(named) => {
                frame.draw_axes_named(svg, &[], y_label);
                let style = Text { rotate: -90.0, anchor: Anchor::End, ..Text::SMALL };
                for (at, word) in named {
                    if let Some(fraction) = frame.x.fraction(*at) {
                        let x = frame.left + fraction * frame.width + 4.0;
                        svg.text((x, frame.bottom() + 8.0), word, style);
                    }
                }
            }
        }
        let at = (frame.left + frame.width / 2.0, frame.bottom() + self.room - 9.0);
        svg.text(at, x_label, Text::LABEL);
    }
}

/// Whether labels of ticks keep clear of each other.
fn clear(ticks: &[Tick], scale: &Scale, width: f64) -> bool {
    ticks.windows(2).all(|pair| {
        let [one, two] = [&pair[0], &pair[1]].map(|tick| scale.fraction(tick.value).unwrap_or(0.0));
        let needed =
            pair.iter().map(|tick| text_width(&tick.label, Text::SMALL.size)).sum::<f64>() / 2.0;
        (two - one) * width > needed + 8.0
    })
}

/// Least distance between two values, and of any from the ends, as fractions of the axis.
fn distances(at: &[f64], scale: &Scale) -> (f64, f64) {
    let fractions: Vec<f64> = at.iter().filter_map(|value| scale.fraction(*value)).collect();
    let apart = fractions.windows(2).map(|pair| pair[1] - pair[0]).fold(1.0, f64::min);
    let margin = fractions.iter().map(|at| at.min(1.0 - at)).fold(0.5, f64::min);
    (apart, margin)
}

/// As in text, but a power of ten alone.
fn label(number: f64) -> String {
    let label = SweepValue::Number(number).label();
    label.strip_prefix("1×").map(str::to_owned).unwrap_or(label)
}

/// A word in lines of at most `width`, broken after `_`, spaces and the like; none if that takes too
/// many.
fn wrap(word: &str, width: f64) -> Option<String> {
    let size = Text::SMALL.size;
    let mut lines = vec![String::new()];
    for part in word.split_inclusive(['_', ' ', '/', '-', ',']) {
        let line = lines.last_mut()?;
        // What a line ends in takes room only if it is seen.
        if text_width(&format!("{line}{part}"), size) <= width {
            line.push_str(part);
        } else if text_width(part, size) > width {
            return None;
        } else if line.is_empty() {
            line.push_str(part);
        } else {
            lines.push(part.to_owned());
        }
    }
    (lines.len() <= MOST_LINES).then(|| lines.join("\n"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn numbers(values: &[f64]) -> Vec<SweepValue> {
        values.iter().map(|value| SweepValue::Number(*value)).collect()
    }

    #[test]
    fn a_decade_of_positive_numbers_is_logarithmic() {
        let scale = |values: &[f64]| Across::new(&numbers(values), 600.0).scale;
        assert!(matches!(scale(&[0.03, 0.3]), Scale::Log { .. }));
        assert!(matches!(scale(&[0.03, 0.29]), Scale::Linear { .. }));
        assert!(matches!(scale(&[0.0, 100.0]), Scale::Linear { .. }));
        assert!(matches!(scale(&[-1.0, 100.0]), Scale::Linear { .. }));
        assert!(scale(&[5.0]).fraction(5.0).is_some());
    }

    #[test]
    fn few_numbers_are_their_own_ticks() {
        let ticks = |values: &[f64]| match Across::new(&numbers(values), 600.0).labels {
            Labels::Ticks(ticks) => ticks.into_iter().map(|tick| tick.label).collect::<Vec<_>>(),
            labels => panic!("{labels:?}"),
        };
        assert_eq!(ticks(&[0.03, 0.07, 0.14]), ["0.03", "0.07", "0.14"]);
        assert_eq!(ticks(&[1e-5, 2e-5, 1e-4]), ["10⁻⁵", "2×10⁻⁵", "10⁻⁴"]);
        // 1.0 and 1.001 would stand on each other.
        assert!(!ticks(&[1.0, 1.001, 9.0]).contains(&"1.001".to_owned()));
        let many: Vec<f64> = (0..100).map(f64::from).collect();
        assert!(ticks(&many).len() < 10);
    }

    #[test]
    fn words_are_broken_or_stand_upright() {
        assert_eq!(wrap("normalized_gaussian", 80.0).unwrap(), "normalized_\ngaussian");
        assert_eq!(wrap("relu", 80.0).unwrap(), "relu");
        assert_eq!(wrap("unbreakableverylongword", 80.0), None);
        let words: Vec<SweepValue> =
            (0..40).map(|i| SweepValue::Text(format!("word_{i}").into())).collect();
        assert!(matches!(Across::new(&words, 600.0).labels, Labels::Upright(_)));
    }
}
