//! Every way to rest by how faithful and how continuous it is.

use quiescent::readable;
use quiescent::rest_map::{CONTINUOUS_SHARE, EXCESS_NATS, RestMap, RestNumbers, RestPoint};

use super::heat::notes;
use crate::axes::Frame;
use crate::color;
use crate::figure::{FULL_WIDTH, Panel};
use crate::figures::draw::{Entry, NULL, error_bar, error_bar_across, legend};
use crate::figures::drawing::{Drawing, Drawn};
use crate::figures::marks::{CurveStyle, Mark};
use crate::figures::rows::Rows;
use crate::scale::Scale;
use crate::svg::{Stroke, Svg};

/// Divergences below this stand at the axis's start: a logarithmic axis has no place for 0.
const LEAST_NATS: f64 = 0.005;
/// Ways with adaptation are told from those without by their marks, and first-order rest by its colour.
const ADAPTED: CurveStyle = CurveStyle { color: color::QUIESCENT, dash: None, mark: Mark::Disc };
const PLAIN: CurveStyle = CurveStyle { color: color::QUIESCENT, dash: None, mark: Mark::Square };
const FIRST: CurveStyle = CurveStyle { color: "#111111", dash: None, mark: Mark::Diamond };

pub(super) fn draw(map: &RestMap) -> Drawing {
    let answer = map.answer().map_err(|missing| missing.to_string())?;
    let reference = map.reference().map_err(|missing| missing.to_string())?;
    let found = |number: usize| -> Option<(&RestPoint, &RestNumbers)> {
        let point = &map.points[number];
        Some((point, point.found.as_ref().ok()?))
    };
    let all: Vec<_> = (0..map.points.len()).filter_map(found).collect();
    let highest = all.iter().map(|(_, found)| found.kl_from_point.nats).fold(1.0, f64::max);
    let x = Scale::Log { min: LEAST_NATS, max: highest * 1.3 };
    let frame = Frame::new((62.0, 14.0), (FULL_WIDTH - 82.0, 280.0), x, Scale::linear(0.0, 1.02));
    let place = |found: &RestNumbers| {
        frame.place(found.kl_from_point.nats.max(LEAST_NATS), found.continuity.value)
    };
    let mut svg = Svg::default();
    let limit = (reference.kl_from_encoded.nats + EXCESS_NATS).max(LEAST_NATS);
    if let Some((right, top)) = frame.place(limit, CONTINUOUS_SHARE) {
        // Where both criteria are met.
        let size = (right - frame.left, top - frame.top);
        svg.rect((frame.left, frame.top), size, "#e6f2ea", None);
        let edge = Stroke::new(NULL, 1.2).dash(Some("4 3"));
        svg.line((right, frame.top), (right, frame.bottom()), edge);
        svg.line((frame.left, top), (frame.left + frame.width, top), edge);
    }
    let uniform = map.active.kl_uniform.nats.max(LEAST_NATS);
    if let Some((x, _)) = frame.place(uniform, 0.0).filter(|(x, _)| *x <= frame.left + frame.width)
    {
        let stroke = Stroke::new(NULL, 1.2).dash(Some("1 4"));
        svg.line((x, frame.top), (x, frame.bottom()), stroke);
    }
    frame.draw_axes(&mut svg, "KL(quiescent‖active) from one point (nats)", "continuity");
    let frontier: Vec<(f64, f64)> = answer
        .frontier
        .iter()
        .filter_map(|&number| place(map.points[number].found.as_ref().ok()?))
        .collect();
    svg.path(frontier.iter().copied().map(Some), Stroke::new(color::QUIESCENT, 1.2).opacity(0.6));
    let mut rows = Rows::new("way,kl_from_point_nats,continuity,on_frontier");
    for (number, point) in map.points.iter().enumerate() {
        let Ok(found) = &point.found else { continue };
        let on_frontier = answer.frontier.contains(&number);
        rows.push([
            ("way", point.way.to_string().into()),
            ("kl_from_point_nats", found.kl_from_point.nats.into()),
            ("continuity", found.continuity.value.into()),
            ("on_frontier", if on_frontier { "yes" } else { "no" }.into()),
        ]);
        let Some(at) = place(found) else { continue };
        if on_frontier {
            let kl = &found.kl_from_point;
            let ends = |low: f64, high: f64| (low.max(LEAST_NATS), high.max(LEAST_NATS));
            let across = ends(kl.interval.low, kl.interval.high);
            error_bar_across(&mut svg, &frame, at.1, across, color::QUIESCENT);
            let (low, high) = (found.continuity.interval.low, found.continuity.interval.high);
            error_bar(&mut svg, &frame, kl.nats.max(LEAST_NATS), (low, high), color::QUIESCENT);
        }
        style(number, point).draw_mark(&mut svg, at);
    }
    // On top of all others.
    if let Some(at) = place(reference) {
        FIRST.draw_mark(&mut svg, at);
    }
    let alt = format!("{} ways to rest by divergence and continuity", all.len());
    let entries = [
        Entry::marked("first-order rest", FIRST),
        Entry::marked("without adaptation", PLAIN),
        Entry::marked("with adaptation", ADAPTED),
    ];
    Ok(Drawn {
        caption: format!(
            "Each mark is one way to rest, of trials that all begin at one point. Faithful ways lie on the left of \
             the upright dashed line, {} nats, which is {EXCESS_NATS} above first-order rest from encoded starts; \
             continuous ones above the level one, {CONTINUOUS_SHARE} of steps no longer than those of the active \
             phase. Ways in the green corner are both. The line is the frontier: no way is better in one \
             and as good in the other. Bars are 95 % intervals over trials, of the ways on the frontier. \
             Divergences below {LEAST_NATS} stand at the edge. The dotted line is a uniform density, {} nats; values \
             drawn from it at every step have a continuity of {}.",
            readable::number(limit, 2),
            readable::number(map.active.kl_uniform.nats, 2),
            readable::number(map.active.uniform_continuity, 2),
        ),
        notes: notes(map),
        panels: vec![
            vec![Panel::new(svg, (FULL_WIDTH, frame.bottom() + 42.0), alt)],
            vec![legend(&entries, 3, FULL_WIDTH)],
        ],
        data: rows,
    })
}

fn style(number: usize, point: &RestPoint) -> CurveStyle {
    match (number, point.way.adaptation_tau_s()) {
        (0, _) => FIRST,
        (_, None) => PLAIN,
        (_, Some(_)) => ADAPTED,
    }
}
