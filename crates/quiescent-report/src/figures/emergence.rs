//! Reactivation against training batches: the divergence of small quiescent phases, and how far they explore.

use super::draw::NULL;
use super::errors::{draw_curve, panel};
use crate::axes::Frame;
use crate::color::{ACTIVE, QUIESCENT};
use crate::figure::{Figure, Missing, Panel};
use crate::scale::Scale;
use crate::svg::{Stroke, Svg};
use crate::table::Table;
use crate::view::RunView;
use quiescent::analysis::reactivation::Reactivation;

const ALL: (&str, Option<&str>) = (QUIESCENT, None);
const FLOOR: (&str, Option<&str>) = (NULL, Some("2 3"));
const WAKING: (&str, Option<&str>) = (ACTIVE, Some("5 3"));

/// A value with the ends of its interval.
type Point = (f64, f64, [f64; 2]);

/// None if the run did not rest while it was trained.
pub(super) fn draw(run: &RunView, id: &str) -> Option<Result<Figure, Missing>> {
    if run.emergence.is_empty() {
        return None;
    }
    let title = "How reactivation emerges".to_owned();
    let found: Vec<(f64, &Reactivation)> = run
        .emergence
        .iter()
        .filter_map(|at| Some((at.batch as f64, at.reactivation.as_ref().ok()?)))
        .collect();
    let divergences: Vec<Point> = found
        .iter()
        .map(|(batch, found)| {
            let kl = &found.kl_quiescent_from_active;
            (*batch, kl.nats, [kl.interval.low, kl.interval.high])
        })
        .filter(|(_, nats, _)| nats.is_finite())
        .collect();
    let floors: Vec<(f64, f64)> = found
        .iter()
        .filter_map(|(batch, found)| Some((*batch, found.kl_quiescent_from_active.floor?.upper)))
        .collect();
    let ratios: Vec<Point> = found
        .iter()
        .filter_map(|(batch, found)| {
            let ratio = found.quiescent.variance_ratio.as_ref()?;
            Some((*batch, ratio.value, [ratio.interval.low, ratio.interval.high]))
        })
        .collect();
    let active: Vec<(f64, f64)> = found
        .iter()
        .filter_map(|(batch, found)| Some((*batch, found.active.variance_ratio.as_ref()?.value)))
        .collect();
    let last = run.emergence.iter().map(|at| at.batch).max().unwrap_or(1).max(1) as f64;
    let panels: Vec<Panel> = [
        (&divergences, &floors, FLOOR, ["KL(quiescent‖active)", "Nats", "k"]),
        (&ratios, &active, WAKING, ["Exploration", "Variance within trials / of all", "v"]),
    ]
    .into_iter()
    .filter_map(|(points, beside, style, [title, label, suffix])| {
        values_against_batches(
            points,
            beside,
            style,
            [title, label, &format!("{id}-{suffix}")],
            last,
        )
    })
    .collect();
    if panels.is_empty() {
        let reason = "No quiescent phase of the network in training could be measured.".into();
        return Some(Err(Missing { title, reason }));
    }
    let lost = run.emergence.iter().filter(|at| at.reactivation.is_err()).count();
    let notes = (lost > 0).then(|| {
        format!(
            "{lost} of {} phases could not be measured, such as those whose rates ran away.",
            run.emergence.len()
        )
    });
    Some(Ok(Figure {
        name: "emergence".into(),
        title,
        caption: "While the network learned, it was let rest now and then, as its experiment says but with at most 100 \
                  trials of 200 steps. Left: the divergence of these phases from as many active trials of the network as \
                  it was then, with 95 % intervals; dotted, the upper end of the same between halves of the active \
                  phase. Right: how much of the spread of all quiescent values a single trial has (1 if every trial \
                  goes everywhere, 0 if it stays where it began); dashed, the same of the active phase."
            .into(),
        notes: notes.into_iter().collect(),
        rows: vec![panels],
        data: Some(table(run)),
    }))
}

fn values_against_batches(
    points: &[Point],
    beside: &[(f64, f64)],
    style: (&str, Option<&str>),
    [title, label, id]: [&str; 3],
    last: f64,
) -> Option<Panel> {
    points.first()?;
    let shown = points.iter().map(|&(_, value, _)| value);
    // Intervals of early phases may be many times as wide as any value.
    let most = shown.clone().chain(beside.iter().map(|&(_, value)| value)).fold(0.0, f64::max);
    let ends = points.iter().flat_map(|&(_, _, ends)| ends);
    let within = ends.filter(|end| end.abs() <= 1.5 * most);
    let all = shown.chain(within).chain(beside.iter().map(|&(_, value)| value));
    let (low, high) = all.fold((0.0_f64, 0.0_f64), |(low, high), x| (low.min(x), high.max(x)));
    let room = 0.05 * (high - low).max(1e-3);
    let (low_end, high_end) = (if low < 0.0 { low - room } else { 0.0 }, high + room);
    let y = Scale::linear(low_end, high_end);
    let alt = format!("{title} of small quiescent phases against training batches");
    let curve: Vec<(f64, f64)> = points.iter().map(|&(batch, value, _)| (batch, value)).collect();
    let draw = |svg: &mut Svg, frame: &Frame| {
        for &(batch, _, [low, high]) in points {
            let ends = [low, high].map(|end| frame.place(batch, end.clamp(low_end, high_end)));
            if let [Some(low), Some(high)] = ends {
                svg.line(low, high, Stroke::new(QUIESCENT, 1.0));
            }
        }
        draw_curve(svg, frame, &curve, ALL);
        for &(batch, value) in &curve {
            if let Some(at) = frame.place(batch, value) {
                svg.circle(at, 2.5, QUIESCENT, None);
            }
        }
    };
    let beneath = |svg: &mut Svg, frame: &Frame| draw_curve(svg, frame, beside, style);
    Some(panel([title, label, id], (last, y), alt, beneath, draw))
}

fn table(run: &RunView) -> Table {
    let mut table = Table::new(&[
        "batch",
        "kl_nats",
        "kl_low",
        "kl_high",
        "floor_upper",
        "variance_ratio",
        "variance_ratio_low",
        "variance_ratio_high",
        "active_variance_ratio",
    ]);
    for at in &run.emergence {
        let found = at.reactivation.as_ref().ok();
        let kl = found.map(|found| &found.kl_quiescent_from_active);
        let ratio = found.and_then(|found| found.quiescent.variance_ratio.as_ref());
        let active = found.and_then(|found| found.active.variance_ratio.as_ref());
        let number = |value: Option<f64>| value.unwrap_or(f64::NAN).into();
        table.push([
            at.batch.into(),
            number(kl.map(|kl| kl.nats)),
            number(kl.map(|kl| kl.interval.low)),
            number(kl.map(|kl| kl.interval.high)),
            number(kl.and_then(|kl| Some(kl.floor?.upper))),
            number(ratio.map(|ratio| ratio.value)),
            number(ratio.map(|ratio| ratio.interval.low)),
            number(ratio.map(|ratio| ratio.interval.high)),
            number(active.map(|active| active.value)),
        ]);
    }
    table
}
