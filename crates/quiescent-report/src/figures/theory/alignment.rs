//! How far the zero-input update is the score, at active states and off them.

use quiescent::analysis::bootstrap::Measured;
use quiescent::theory::{FieldAtDistance, FieldResult};

use super::networks::{Kind, about, fields, missing, networks, noted};
use super::panel::{HEADING, around, curve, dots, headed, level};
use crate::axes::Frame;
use crate::color;
use crate::figure::{Panel, THIRD_WIDTH};
use crate::figures::draw::{Entry, NULL, legend};
use crate::figures::drawing::{Drawing, Drawn};
use crate::figures::marks::{CurveStyle, Mark};
use crate::figures::rows::Rows;
use crate::figures::span;
use crate::scale::Scale;
use crate::svg::{Stroke, Svg, Text};
use crate::theory_view::TheoryRun;
use quiescent::readable;

/// R² and the fraction of the noise removed have no lower end: their axes have one here.
const LOWEST: f64 = -1.0;

/// A quantity by distance: name in tables, in the panel and on its axis.
struct Quantity {
    key: &'static str,
    shown: &'static str,
    of: fn(&FieldAtDistance) -> Option<&Measured>,
}

const COSINE: Quantity =
    Quantity { key: "cosine", shown: "cosine of Δr₁ with S", of: |at| Some(&at.cosine) };
const SLOPE: Quantity =
    Quantity { key: "slope", shown: "slope of Δr₁ on S", of: |at| Some(&at.slope) };
const R_SQUARED: Quantity =
    Quantity { key: "r_squared", shown: "R² of Δr₁ = S", of: |at| Some(&at.r_squared) };
const CONTRACTION: Quantity = Quantity {
    key: "contraction_per_step",
    shown: "contraction per step",
    of: |at| at.contraction_per_step.as_ref(),
};
/// Baselines: drawn beside the quantities that they belong to.
const SHUFFLED: Quantity = Quantity {
    key: "shuffled_cosine",
    shown: "shuffled control",
    of: |at| Some(&at.shuffled_cosine),
};
const LEAK: Quantity =
    Quantity { key: "leak_cosine", shown: "leak-only control", of: |at| Some(&at.leak_cosine) };
const SCORE_CONTRACTION: Quantity = Quantity {
    key: "score_contraction_per_step",
    shown: "contraction by score",
    of: |at| at.score_contraction_per_step.as_ref(),
};
const TABLE: [Quantity; 7] =
    [COSINE, SHUFFLED, LEAK, SLOPE, R_SQUARED, CONTRACTION, SCORE_CONTRACTION];

type Fields<'a> = Vec<(Kind, &'a FieldResult)>;

pub(super) fn draw(runs: &[TheoryRun<'_>]) -> Drawing {
    let (mut notes, mut panels) = (Vec::new(), Vec::new());
    let mut rows = Rows::new("run,network,quantity,distance_in_step_noise,value,low,high");
    for run in runs {
        let mut found: Fields<'_> = Vec::new();
        for (kind, network) in networks(run) {
            let field = noted(run, kind, "score", &network.field, &mut notes);
            if let Some(field) = field {
                fill(&mut rows, run, kind, field);
                found.push((kind, field));
            }
        }
        if found.is_empty() {
            continue;
        }
        notes.extend(found.iter().flat_map(|(kind, field)| below(run, *kind, field)));
        let distances = distances(&found);
        let panel = |quantity, baselines: &[(Quantity, CurveStyle)], y| {
            by_distance(run, &found, &distances, &quantity, baselines, y)
        };
        let unit = |quantities: &[&Quantity]| {
            let all = found.iter().flat_map(|(_, field)| &field.at_distance);
            let all = all.flat_map(|at| quantities.iter().filter_map(move |q| (q.of)(at)));
            around(all.flat_map(span), 0.0, 1.0)
        };
        let r_squared = Scale::linear(LOWEST, 1.0);
        panels.push(vec![
            panel(
                COSINE,
                &[(SHUFFLED, shuffled()), (LEAK, leak())],
                unit(&[&COSINE, &LEAK, &SHUFFLED]),
            ),
            panel(SLOPE, &[], unit(&[&SLOPE])),
            panel(R_SQUARED, &[], r_squared),
        ]);
        panels.push(vec![
            panel(
                CONTRACTION,
                &[(SCORE_CONTRACTION, score())],
                unit(&[&CONTRACTION, &SCORE_CONTRACTION]),
            ),
            removed(run, &found),
            names(&found),
        ]);
    }
    if panels.is_empty() {
        return Err(missing(&notes));
    }
    Ok(Drawn {
        caption: "The panels compare the zero-input update Δr₁ with the scaled score S that the \
         theory expects in its place (16), at active states (distance 0) and at states displaced \
         from them in a random direction. Distances are in lengths of one step’s noise, and \
         marks tell the networks apart throughout. The cosine is 1 if both vectors point the \
         same way everywhere. Grey dotted lines are the shuffled control: the cosine of Δr₁ \
         with the score of another state, which only a component common to all vectors can \
         raise. Blue dashed lines are the leak-only control: the cosine of a decay to the mean \
         with the score. The slope is 1 if Δr₁ is as long \
         as S in the direction of S. R² is 1 if the two are equal; below 0, zero would be nearer \
         to the update than the score is. The contraction is the fraction of the distance that \
         one step removes, with that of the score in blue. The last panel shows the fraction of \
         one step’s noise power that the score could remove on held-out trials (blue), and the \
         fraction that the network’s Δr₁ removes; below 0, Δr₁ does harm. Bars are 95 % bootstrap \
         intervals over trials."
            .into(),
        notes,
        panels,
        data: rows,
    })
}

/// The null model and baselines are of each network, so they bear its mark.
fn shuffled() -> CurveStyle {
    CurveStyle { color: NULL, dash: Some("1 4"), mark: Mark::Disc }
}

fn leak() -> CurveStyle {
    CurveStyle { color: color::ACTIVE, dash: Some("6 3"), mark: Mark::Disc }
}

fn score() -> CurveStyle {
    CurveStyle { color: color::ACTIVE, dash: Some("7 2 2 2"), mark: Mark::Disc }
}

fn fill(rows: &mut Rows, run: &TheoryRun<'_>, kind: Kind, field: &FieldResult) {
    about(rows, run, kind);
    for at in &field.at_distance {
        for quantity in &TABLE {
            if let Some(measured) = (quantity.of)(at) {
                let [value, low, high] = fields(measured);
                let distance = ("distance_in_step_noise", at.distance.into());
                rows.push([("quantity", quantity.key.into()), distance, value, low, high]);
            }
        }
    }
    let whole =
        [("removable_noise", &field.removable_noise), ("removed_noise", &field.removed_noise)];
    let cosine = field.drift_cosine.iter().map(|cosine| ("drift_cosine", cosine));
    for (key, measured) in whole.into_iter().chain(cosine) {
        rows.push(fields(measured).into_iter().chain([("quantity", key.into())]));
    }
}

/// Notes on values that their axes do not reach.
fn below(run: &TheoryRun<'_>, kind: Kind, field: &FieldResult) -> Vec<String> {
    let all = field.at_distance.iter().map(|at| at.r_squared.value);
    let lowest = all.fold(f64::INFINITY, f64::min);
    [("R²", lowest), ("The fraction of the noise removed", field.removed_noise.value)]
        .into_iter()
        .filter(|(_, value)| *value < LOWEST && value.is_finite())
        .map(|(what, value)| {
            format!(
                "{what} in the {} network of {} falls to {}, below its axis; such values are drawn \
                 at its foot, without intervals.",
                kind.label(),
                run.name,
                readable::number(value, 2)
            )
        })
        .collect()
}

/// All distances of a run's networks, ascending.
fn distances(found: &Fields<'_>) -> Vec<f64> {
    let all = found.iter().flat_map(|(_, field)| &field.at_distance).map(|at| at.distance);
    let mut all: Vec<f64> = all.filter(|distance| distance.is_finite()).collect();
    all.sort_by(f64::total_cmp);
    all.dedup();
    all
}

fn by_distance(
    run: &TheoryRun<'_>,
    found: &Fields<'_>,
    distances: &[f64],
    quantity: &Quantity,
    baselines: &[(Quantity, CurveStyle)],
    y: Scale,
) -> Panel {
    let mut svg = Svg::default();
    // Distances double from one to the next, with zero among them: they stand at equal spaces.
    let frame = frame(distances.len(), y);
    let points = |field: &FieldResult, quantity: &Quantity| -> Vec<(f64, Measured)> {
        let place = |at: &FieldAtDistance| {
            let index = distances.iter().position(|distance| *distance == at.distance)?;
            Some((index as f64 + 0.5, *(quantity.of)(at)?))
        };
        field.at_distance.iter().filter_map(place).collect()
    };
    frame.draw_grid(&mut svg);
    level(&mut svg, &frame, 0.0, Stroke::new(NULL, 1.0));
    for (kind, field) in found {
        for (baseline, style) in baselines {
            let line: Vec<_> = points(field, baseline)
                .iter()
                .map(|(x, measured)| frame.place(*x, measured.value))
                .collect();
            svg.path(line.iter().copied(), Stroke::new(style.color, 1.3).dash(style.dash));
            for at in line.into_iter().flatten() {
                CurveStyle { mark: kind.style().mark, ..*style }.draw_mark(&mut svg, at);
            }
        }
    }
    let middle = (found.len() as f64 - 1.0) / 2.0;
    for (i, (kind, field)) in found.iter().enumerate() {
        let shift = 3.0 * (i as f64 - middle);
        curve(&mut svg, &frame, kind.style(), shift, &points(field, quantity));
    }
    let names: Vec<(f64, String)> = distances
        .iter()
        .enumerate()
        .map(|(i, distance)| (i as f64 + 0.5, readable::derived(*distance)))
        .collect();
    frame.draw_axes_named(&mut svg, &names, "");
    let middle = frame.left + frame.width / 2.0;
    svg.text((middle, frame.bottom() + 33.0), "Distance (step noise)", Text::LABEL);
    finish(svg, &frame, run, quantity.shown)
}

fn frame(places: usize, y: Scale) -> Frame {
    let left = 44.0;
    Frame::new(
        (left, HEADING),
        (THIRD_WIDTH - left - 12.0, 140.0),
        Scale::linear(0.0, places.max(1) as f64),
        y,
    )
}

fn finish(svg: Svg, frame: &Frame, run: &TheoryRun<'_>, shown: &str) -> Panel {
    let alt = format!("{shown}, networks of {}", run.name);
    let panel = headed(svg, frame, THIRD_WIDTH, (run, shown), alt);
    Panel { height: panel.height + 2.0, ..panel }
}

/// Noise that the score and that the network removes.
fn removed(run: &TheoryRun<'_>, found: &Fields<'_>) -> Panel {
    let values = found.iter().flat_map(|(_, field)| [field.removable_noise, field.removed_noise]);
    let values = values.flat_map(|measured| span(&measured)).map(|value| value.max(LOWEST));
    let frame = frame(2, around(values, 0.0, 0.5));
    let mut svg = Svg::default();
    frame.draw_grid(&mut svg);
    level(&mut svg, &frame, 0.0, Stroke::new(NULL, 1.0));
    let middle = (found.len() as f64 - 1.0) / 2.0;
    for (i, (kind, field)) in found.iter().enumerate() {
        let shift = 16.0 * (i as f64 - middle);
        let points = [(0.5, field.removable_noise), (1.5, field.removed_noise)];
        let score = CurveStyle { color: color::ACTIVE, dash: None, ..kind.style() };
        dots(&mut svg, &frame, score, shift, &points[..1]);
        dots(&mut svg, &frame, kind.style(), shift, &points[1..]);
    }
    let names = ["by the score", "by Δr₁"];
    let names: Vec<_> =
        names.iter().enumerate().map(|(i, name)| (i as f64 + 0.5, (*name).to_owned())).collect();
    frame.draw_axes_named(&mut svg, &names, "");
    finish(svg, &frame, run, "fraction of the noise removed")
}

/// The legend of a run's panels.
fn names(found: &Fields<'_>) -> Panel {
    let mut kinds: Vec<Kind> = found.iter().map(|(kind, _)| *kind).collect();
    kinds.dedup();
    let mut entries: Vec<Entry> =
        kinds.into_iter().map(|kind| Entry::marked(kind.label(), kind.style())).collect();
    for (quantity, style) in [(SHUFFLED, shuffled()), (LEAK, leak()), (SCORE_CONTRACTION, score())]
    {
        entries.push(Entry::line(quantity.shown, style.color, style.dash));
    }
    legend(&entries, 1, THIRD_WIDTH)
}
