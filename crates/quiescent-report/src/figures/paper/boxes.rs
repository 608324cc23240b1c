//! Box plots of one value per trial.

use super::select::failed;
use crate::axes::Frame;
use crate::figure::Panel;
use crate::figures::rows::Rows;
use crate::scale::Scale;
use crate::study_view::StudyRun;
use crate::svg::{Stroke, Svg};
use quiescent::analysis::Outcome;
use quiescent::measure::{PhaseMeasurements, TotalVariance};
use quiescent::paper::PhaseKey;
use quiescent::readable;

/// A range of the whiskers beyond which the axis is logarithmic.
const WIDE: f64 = 12.0;
/// Decades that a logarithmic axis reaches below its largest value, at most.
const DECADES: i32 = 6;

/// Quantiles of pooled trials.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BoxSummary {
    /// Name in tables.
    pub key: String,
    /// Name in the figure, in lines.
    pub label: String,
    pub color: &'static str,
    /// At 5, 25, 50, 75 and 95 %.
    pub quantiles: [f64; 5],
    pub trials: usize,
    pub seeds: usize,
}

impl BoxSummary {
    /// Of the steady-state total variance of all trials of some runs' phase, with notes on those
    /// without. `None` if none has a finite value.
    pub(super) fn of(
        runs: &[&StudyRun<'_>],
        phase: PhaseKey,
        (key, label, color): (&str, &str, &'static str),
        notes: &mut Vec<String>,
    ) -> Option<Self> {
        let mut values = Vec::new();
        let mut seeds = 0;
        for run in runs {
            let of = |found: &PhaseMeasurements| -> Outcome<TotalVariance> {
                found.total_variance.clone()
            };
            match run.study.phase(phase).and_then(of) {
                Ok(variance) => {
                    let finite = variance.trials.into_iter().filter(|v| v.is_finite());
                    let before = values.len();
                    values.extend(finite);
                    seeds += usize::from(values.len() > before);
                }
                Err(reason) => {
                    let what = format!("total variance ({})", phase.label());
                    notes.push(failed(run.study, &what, reason));
                }
            }
        }
        values.sort_by(f64::total_cmp);
        let last = values.len().checked_sub(1)?;
        let quantiles = [0.05, 0.25, 0.5, 0.75, 0.95].map(|p: f64| {
            let place = p * last as f64;
            let (low, high) = (values[place.floor() as usize], values[place.ceil() as usize]);
            low + (high - low) * place.fract()
        });
        let trials = values.len();
        Some(Self { key: key.into(), label: label.into(), color, quantiles, trials, seeds })
    }

    /// Adds the quantiles to a table that has these columns; `name` is of the first.
    pub(super) fn fill(&self, rows: &mut Rows, name: &'static str) {
        let [q05, q25, q50, q75, q95] = self.quantiles;
        rows.push([
            (name, self.key.as_str().into()),
            ("q05_m2", q05.into()),
            ("q25_m2", q25.into()),
            ("median_m2", q50.into()),
            ("q75_m2", q75.into()),
            ("q95_m2", q95.into()),
            ("trials", self.trials.into()),
            ("seeds", self.seeds.into()),
        ]);
    }
}

/// The columns that [`BoxSummary::fill`] needs beside the name.
pub(super) const COLUMNS: &str = "q05_m2,q25_m2,median_m2,q75_m2,q95_m2,trials,seeds";

/// The axis of some boxes, and the value below which it has no place for them.
fn scale(boxes: &[BoxSummary]) -> (Scale, Option<f64>) {
    let all = boxes.iter().flat_map(|summary| summary.quantiles);
    let max = all.clone().fold(0.0, f64::max);
    let min = all.fold(f64::INFINITY, f64::min);
    let lowest = boxes
        .iter()
        .flat_map(|summary| summary.quantiles)
        .filter(|v| *v > max * 10f64.powi(-DECADES))
        .fold(max, f64::min);
    let medians = boxes.iter().map(|summary| summary.quantiles[2]);
    let narrow = medians.fold(f64::INFINITY, f64::min) * WIDE > max;
    if max <= 0.0 || narrow || lowest * 2.0 > max {
        return (Scale::linear(0.0, max * 1.08), None);
    }
    let start = lowest / 1.4;
    (Scale::Log { min: start, max: max * 1.3 }, (min < start).then_some(start))
}

/// A note on what a logarithmic axis of some boxes has no place for.
pub(super) fn note(boxes: &[BoxSummary]) -> Option<String> {
    scale(boxes).1.map(|start| {
        format!(
            "The axis is logarithmic: values below {} m² (zeros included) are drawn at its foot.",
            readable::number(start, 2)
        )
    })
}

/// Boxes from quartile to quartile with the median, and whiskers from 5 to 95 %; the medians in
/// numbers below.
pub(super) fn panel(boxes: &[BoxSummary], title: Option<&str>, width: f64) -> Panel {
    let lines = boxes.iter().map(|b| b.label.split('\n').count()).max().unwrap_or(1);
    let frame = Frame::new(
        (72.0, if title.is_some() { 30.0 } else { 20.0 }),
        (width - 72.0 - 12.0, 200.0),
        Scale::linear(0.0, boxes.len() as f64),
        scale(boxes).0,
    );
    let mut svg = Svg::default();
    frame.draw_grid(&mut svg);
    let place = |value: f64| {
        let fraction = frame.y.fraction(value).unwrap_or(0.0).clamp(0.0, 1.0);
        frame.bottom() - fraction * frame.height
    };
    let step = frame.width / boxes.len().max(1) as f64;
    let half = (0.28 * step).min(26.0);
    let mut names = Vec::new();
    for (i, summary) in boxes.iter().enumerate() {
        let x = frame.left + (i as f64 + 0.5) * step;
        let [low, first, median, third, high] = summary.quantiles.map(place);
        let stroke = Stroke::new(summary.color, 1.6);
        svg.line((x, high), (x, third), stroke);
        svg.line((x, first), (x, low), stroke);
        for y in [low, high] {
            svg.line((x - half / 2.0, y), (x + half / 2.0, y), stroke);
        }
        let corners = [(x - half, third), (x + half, third), (x + half, first), (x - half, first)];
        svg.polygon(&corners, summary.color, 0.25, stroke);
        svg.line((x - half, median), (x + half, median), Stroke::new(summary.color, 3.0));
        let number = readable::number(summary.quantiles[2], 2);
        let mut name = summary.label.clone();
        name.push_str(&"\n".repeat(lines - summary.label.split('\n').count()));
        names.push((i as f64 + 0.5, format!("{name}\n{number}")));
    }
    frame.draw_axes_named(&mut svg, &names, "Total variance (m²)");
    if let Some(title) = title {
        frame.draw_title(&mut svg, title, "#222222");
    }
    Panel::new(
        svg,
        (width, frame.bottom() + 16.0 + 13.0 * lines as f64 + 8.0),
        "Box plots of the total variance of trials",
    )
}
