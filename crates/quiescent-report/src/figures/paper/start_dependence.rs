//! Does the quiescent phase forget where its trials began? Variance within trials against burn-in, and
//! densities, from three kinds of start.

use std::collections::BTreeMap;

use quiescent::analysis::reactivation::Estimate;
use quiescent::paper::{Condition, PhaseKey};

use super::select::{
    Averaged, Runs, Spread, averaged, because, failed, full_label, interval_words, seconds,
    spread_words,
};
use crate::axes::Frame;
use crate::color;
use crate::figure::{HALF_WIDTH, Panel};
use crate::figures::draw::{Entry, NULL, band, error_bar, legend};
use crate::figures::drawing::{Drawing, Drawn};
use crate::figures::marks::{CurveStyle, Mark};
use crate::figures::rows::Rows;
use crate::scale::Scale;
use crate::svg::{Svg, Text};

/// The starts, in words, and their names in the second panel.
const STARTS: [(PhaseKey, &str, &str); 3] = [
    (PhaseKey::Quiescent, "encoded stimuli", "encoded\nstimuli"),
    (PhaseKey::AfterWake, "end of the active phase", "end of\nactive"),
    (PhaseKey::FromPoint, "one point", "one\npoint"),
];

/// Networks trained without noise stand still while quiescent, so that starts are all there is.
const CONDITIONS: [Condition; 4] = [
    Condition::NOISY_UNBIASED,
    Condition::NOISY_BIASED,
    Condition::HEADING_UNBIASED,
    Condition::HEADING_BIASED,
];

fn style(phase: PhaseKey) -> CurveStyle {
    match phase {
        PhaseKey::AfterWake => {
            CurveStyle { color: color::RUNS[0], dash: Some("6 3"), mark: Mark::Diamond }
        }
        PhaseKey::FromPoint => {
            CurveStyle { color: color::RUNS[1], dash: Some("2 3"), mark: Mark::Square }
        }
        _ => CurveStyle { color: color::QUIESCENT, dash: None, mark: Mark::Disc },
    }
}

/// Variance within trials over pooled variance, against burn-in in steps.
struct Curve {
    phase: PhaseKey,
    points: Vec<(usize, Spread)>,
}

/// KL(quiescent ‖ active) in nats of one start, or of the uniform density.
struct Divergence {
    phase: Option<PhaseKey>,
    value: Averaged,
}

struct Found {
    condition: Condition,
    curves: Vec<Curve>,
    divergences: Vec<Divergence>,
}

pub(super) fn draw(runs: &Runs<'_>, id: &str) -> Drawing {
    runs.gaps(&CONDITIONS)?;
    let mut notes = Vec::new();
    let all: Vec<Found> = CONDITIONS
        .into_iter()
        .map(|condition| Found::of(runs, condition, &mut notes))
        .filter(|found| !(found.curves.is_empty() && found.divergences.is_empty()))
        .collect();
    if all.is_empty() {
        return Err(because(&notes));
    }
    let mut rows: Vec<Vec<Panel>> = all
        .iter()
        .enumerate()
        .map(|(i, found)| {
            let curves = found.curve_panel(&format!("{id}-{i}"));
            curves.into_iter().chain(found.divergence_panel()).collect()
        })
        .collect();
    let entries: Vec<Entry> =
        STARTS.iter().map(|(phase, label, _)| Entry::marked(*label, style(*phase))).collect();
    rows.push(vec![legend(&entries, 3, crate::figure::FULL_WIDTH - 120.0)]);
    let largest = all.iter().map(|found| runs.of(found.condition).len()).max().unwrap_or(0);
    let drawn: Vec<Condition> = all.iter().map(|found| found.condition).collect();
    let studies = drawn.iter().filter_map(|condition| runs.example(*condition).ok());
    let mut lengths: Vec<String> = studies
        .map(|study| {
            let length = seconds(study, study.protocol.density_steps);
            format!("{length} ({})", study.condition.task.name())
        })
        .collect();
    lengths.dedup();
    Ok(Drawn {
        caption: format!(
            "The figure shows whether a quiescent density belongs to the network or only \
             reflects where its trials began. Quiescent trials of networks trained with noise \
             start at the encodings of test stimuli, at the states in which the active phase \
             ended, or all at one point ({}); the first {} of each trial are shown. Left: the \
             fraction of the variance of all positions (for headings, of the circular variance) \
             that lies within trials, after the first steps (burn-in) are discarded. It is 1 if \
             each trial visits everything, and near 0 if each trial stays where it began. {} \
             Right: KL(quiescent ‖ active) for each start, and that of a uniform density; {}. A \
             logarithmic axis has no place for zero or less, so such a value is printed at its \
             foot. If the three starts agree, the quiescent phase has forgotten where its trials \
             began.",
            averaged(runs, &drawn),
            lengths.join(" or "),
            spread_words(largest, "Bands", "With one seed there are no bands."),
            interval_words(largest, "bars"),
        ),
        notes,
        panels: rows,
        data: table(&all),
    })
}

fn table(all: &[Found]) -> Rows {
    let mut rows =
        Rows::new("condition,quantity,start,burn_in_steps,value,low,high,sd_over_seeds,seeds");
    for found in all {
        rows.always("condition", found.condition.to_string());
        for curve in &found.curves {
            for (steps, spread) in &curve.points {
                rows.push([
                    ("quantity", "within_over_pooled_variance".into()),
                    ("start", curve.phase.name().into()),
                    ("burn_in_steps", (*steps).into()),
                    ("value", spread.mean.into()),
                    ("sd_over_seeds", spread.sd.into()),
                    ("seeds", spread.seeds.into()),
                ]);
            }
        }
        for divergence in &found.divergences {
            let value = divergence.value.fields(["value", "low", "high", "sd_over_seeds"]);
            rows.push(value.into_iter().chain([
                ("quantity", "kl_from_active_nats".into()),
                ("start", divergence.phase.map_or("uniform", PhaseKey::name).into()),
            ]));
        }
    }
    rows
}

impl Found {
    fn of(runs: &Runs<'_>, condition: Condition, notes: &mut Vec<String>) -> Self {
        let starts = STARTS.iter();
        let curves = starts
            .clone()
            .filter_map(|(phase, ..)| curve(runs, condition, *phase, notes))
            .collect();
        let mut divergences: Vec<Divergence> = starts
            .filter_map(|(phase, ..)| divergence(runs, condition, *phase, false, notes))
            .collect();
        divergences.extend(divergence(runs, condition, PhaseKey::Quiescent, true, &mut Vec::new()));
        Self { condition, curves, divergences }
    }

    fn curve_panel(&self, id: &str) -> Option<Panel> {
        let steps = self.curves.iter().flat_map(|curve| &curve.points).map(|(steps, _)| *steps);
        let ends = self.curves.iter().flat_map(|curve| &curve.points);
        let highest = ends.map(|(_, s)| s.mean + s.sd.unwrap_or(0.0)).fold(1.0, f64::max);
        let frame = Frame::new(
            (58.0, 30.0),
            (HALF_WIDTH - 58.0 - 20.0, 150.0),
            Scale::linear(0.0, steps.max()? as f64),
            Scale::linear(0.0, highest.min(1.5) * 1.04),
        );
        let mut svg = Svg::default();
        frame.draw_grid(&mut svg);
        svg.clipped(
            id,
            (frame.left, frame.top - 4.0),
            (frame.width + 4.0, frame.height + 8.0),
            |svg| {
                for curve in &self.curves {
                    let style = style(curve.phase);
                    let spans = curve.points.iter().filter_map(|(steps, spread)| {
                        let (low, high) = spread.bar()?;
                        Some((*steps as f64, low, high))
                    });
                    band(svg, &frame, &spans.collect::<Vec<_>>(), style.color);
                    let places =
                        curve.points.iter().map(|(s, spread)| frame.place(*s as f64, spread.mean));
                    let places: Vec<(f64, f64)> = places.flatten().collect();
                    // Marks on long curves would hide the dashes.
                    if places.len() > 12 {
                        let stroke = crate::svg::Stroke::new(style.color, 2.0).dash(style.dash);
                        svg.path(places.into_iter().map(Some), stroke);
                    } else {
                        style.draw(svg, &places);
                    }
                }
            },
        );
        frame.draw_axes(&mut svg, "Burn-in (steps)", "Within / pooled variance");
        frame.draw_title(&mut svg, &full_label(self.condition), "#222222");
        Some(Panel::new(
            svg,
            (HALF_WIDTH, frame.bottom() + 46.0),
            format!("Within-trial over pooled variance of {} against burn-in", self.condition),
        ))
    }

    fn divergence_panel(&self) -> Option<Panel> {
        let values = self.divergences.iter().flat_map(|divergence| {
            let (low, high) = divergence.value.interval.unwrap_or((f64::NAN, f64::NAN));
            [divergence.value.spread.mean, low, high]
        });
        let frame = Frame::new(
            (66.0, 30.0),
            (HALF_WIDTH - 66.0 - 14.0, 150.0),
            Scale::linear(0.0, 4.0),
            Scale::of_errors(values)?,
        );
        let mut svg = Svg::default();
        frame.draw_grid(&mut svg);
        let mut names: Vec<(f64, String)> = Vec::new();
        for (i, (phase, _, label)) in STARTS.iter().enumerate() {
            names.push((i as f64 + 0.5, (*label).to_owned()));
            let at = self.divergences.iter().find(|d| d.phase == Some(*phase));
            if let Some(divergence) = at {
                divergence.draw(&mut svg, &frame, i as f64 + 0.5, style(*phase));
            }
        }
        names.push((3.5, "uniform\ndensity".into()));
        if let Some(divergence) = self.divergences.iter().find(|d| d.phase.is_none()) {
            let style = CurveStyle { color: NULL, dash: None, mark: Mark::Disc };
            divergence.draw(&mut svg, &frame, 3.5, style);
        }
        frame.draw_axes_named(&mut svg, &names, "KL (nats)");
        frame.draw_title(&mut svg, &full_label(self.condition), "#222222");
        Some(Panel::new(
            svg,
            (HALF_WIDTH, frame.bottom() + 46.0),
            format!("KL(quiescent ‖ active) of {} by start", self.condition),
        ))
    }
}

impl Divergence {
    fn draw(&self, svg: &mut Svg, frame: &Frame, x: f64, style: CurveStyle) {
        if let Some(interval) = self.value.interval {
            error_bar(svg, frame, x, interval, style.color);
        }
        match frame.place(x, self.value.spread.mean) {
            Some(at) => style.draw_mark(svg, at),
            // Zero or less has no place on a logarithmic axis.
            None => {
                if let Some(fraction) = frame.x.fraction(x) {
                    let at = (frame.left + fraction * frame.width, frame.bottom() - 6.0);
                    let text = quiescent::readable::number(self.value.spread.mean, 1);
                    svg.text(at, &text, Text::SMALL.color(style.color));
                }
            }
        }
    }
}

fn curve(
    runs: &Runs<'_>,
    condition: Condition,
    phase: PhaseKey,
    notes: &mut Vec<String>,
) -> Option<Curve> {
    let group = runs.of(condition);
    let mut values: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    let mut seeds = 0;
    for run in &group {
        let found = run.study.phase(phase).and_then(|p| p.burn_in.as_ref().map_err(Clone::clone));
        match found {
            Ok(curve) => {
                seeds += 1;
                for (steps, ratio) in curve.burn_in_steps.iter().zip(&curve.ratios) {
                    if let Some(ratio) = ratio.map(|r| r.ratio).filter(|r| r.is_finite()) {
                        values.entry(*steps).or_default().push(ratio);
                    }
                }
            }
            Err(reason) => {
                let what = format!("variance ratio ({})", phase.label());
                notes.push(failed(run.study, &what, &reason));
            }
        }
    }
    let points: Vec<(usize, Spread)> = values
        .into_iter()
        .filter(|(_, values)| values.len() == seeds)
        .filter_map(|(steps, values)| Some((steps, Spread::of(values)?)))
        .collect();
    (!points.is_empty()).then_some(Curve { phase, points })
}

/// The divergence of a start, or of the uniform density in its place.
fn divergence(
    runs: &Runs<'_>,
    condition: Condition,
    phase: PhaseKey,
    uniform: bool,
    notes: &mut Vec<String>,
) -> Option<Divergence> {
    let mut found = Vec::new();
    for run in runs.of(condition) {
        match run.study.divergence(phase) {
            Ok(reactivation) => found.push(if uniform {
                reactivation.kl_uniform_from_active
            } else {
                reactivation.kl_quiescent_from_active
            }),
            Err(reason) => {
                notes.push(failed(run.study, &format!("divergence ({})", phase.label()), reason));
            }
        }
    }
    if found.iter().any(|estimate| estimate.nats == f64::INFINITY) {
        notes.push(format!(
            "{condition}, {}: seeds with an infinite divergence are left out.",
            phase.label()
        ));
    }
    let of = |kl: &Estimate| [kl.nats, kl.interval.low, kl.interval.high];
    let value = Averaged::of(found.iter().map(of))?;
    Some(Divergence { phase: (!uniform).then_some(phase), value })
}
