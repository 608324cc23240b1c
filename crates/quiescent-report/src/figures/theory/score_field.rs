//! Zero-input update and score over the plane of the first two active components.

use super::arrows::{ArrowScale, Pair};
use super::networks::{Kind, about, failed, missing, networks, noted};
use super::panel::{HEADING, headed};
use crate::axes::Frame;
use crate::figure::{HALF_WIDTH, Panel};
use crate::figures::drawing::{Drawing, Drawn};
use crate::figures::rows::Rows;
use crate::svg::Svg;
use crate::theory_view::TheoryRun;

const UNIT: &str = "activity per step";
/// A plane's shorter side is drawn as at least this part of its longer one.
const FLATTEST: f64 = 0.4;

pub(super) fn draw(runs: &[TheoryRun<'_>], id: &str) -> Drawing {
    let (mut notes, mut panels) = (Vec::new(), Vec::new());
    let mut rows = Rows::new(
        "run,network,pc1,pc2,states,update_pc1_per_step,update_pc2_per_step,score_pc1_per_step,\
         score_pc2_per_step",
    );
    for (index, run) in runs.iter().enumerate() {
        let mut planes: Vec<(Kind, Vec<Pair>)> = Vec::new();
        for (kind, found) in networks(run) {
            let field = noted(run, kind, "score", &found.field, &mut notes);
            let Some(field) = field else { continue };
            about(&mut rows, run, kind);
            for arrow in &field.plane {
                rows.push([
                    ("pc1", arrow.place[0].into()),
                    ("pc2", arrow.place[1].into()),
                    ("states", arrow.states.into()),
                    ("update_pc1_per_step", arrow.update[0].into()),
                    ("update_pc2_per_step", arrow.update[1].into()),
                    ("score_pc1_per_step", arrow.score[0].into()),
                    ("score_pc2_per_step", arrow.score[1].into()),
                ]);
            }
            let pairs = field.plane.iter().map(|arrow| Pair {
                place: arrow.place,
                update: arrow.update,
                score: arrow.score,
            });
            let pairs: Vec<Pair> = pairs.filter(Pair::is_finite).collect();
            if pairs.is_empty() {
                notes.push(failed(run, kind, "plane of components", "no cell of it holds states"));
            } else {
                planes.push((kind, pairs));
            }
        }
        if planes.is_empty() {
            continue;
        }
        let scales: Vec<ArrowScale> =
            planes.iter().map(|(_, pairs)| ArrowScale::of(pairs)).collect();
        let (mut drawn, mut legends) = (Vec::new(), Vec::new());
        for (number, ((kind, pairs), scale)) in planes.iter().zip(&scales).enumerate() {
            notes.extend(scale.note(&format!("{} network of {}", kind.label(), run.name), UNIT));
            drawn.push(panel(run, *kind, pairs, *scale, &format!("{id}-{index}-{number}")));
            legends.push(scale.legend(UNIT));
        }
        panels.push(drawn);
        panels.push(legends);
    }
    if panels.is_empty() {
        return Err(missing(&notes));
    }
    Ok(Drawn {
        caption: "The panels show active states on their first two principal components, cell by \
         cell. Narrow orange arrows are the mean change of the state in one step without input, \
         Δr₁; apart from noise, nothing else moves the quiescent network. Broad blue arrows are \
         the score of the same states scaled to a step, S = σ²Δt ∇log p(r), which Δr₁ should \
         equal according to the theory (16). The score is estimated by regression from noisy to \
         clean states of other trials. Each network has its own components and its own \
         scale, given below it; where updates and scores differ much in length, each kind has \
         its own. If the theory holds, orange arrows point along the blue ones and are as long. \
         In a network that merely decays, orange arrows point to the middle, whatever the \
         score."
            .into(),
        notes,
        panels,
        data: rows,
    })
}

fn panel(run: &TheoryRun<'_>, kind: Kind, pairs: &[Pair], scale: ArrowScale, id: &str) -> Panel {
    let left = 60.0;
    let size = (HALF_WIDTH - left - 14.0, 230.0);
    let frame = Frame::equal_aspect(left, HEADING, size, extent(pairs));
    let mut svg = Svg::default();
    scale.draw(&mut svg, &frame, id, pairs);
    let labels = ["Active PC 1 (activity)", "Active PC 2 (activity)"];
    frame.draw_axes_spaced(&mut svg, labels[0], labels[1], frame.label_gap());
    let alt = format!(
        "Arrows of zero-input update and score over the first two active components, {} network of {}",
        kind.label(),
        run.name
    );
    headed(svg, &frame, HALF_WIDTH, (run, kind.label()), alt)
}

/// What the places span, with a margin for arrows, and no flatter than [`FLATTEST`].
fn extent(pairs: &[Pair]) -> [f64; 4] {
    let mut extent = [f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY, f64::NEG_INFINITY];
    for pair in pairs {
        for (axis, value) in pair.place.into_iter().enumerate() {
            extent[2 * axis] = extent[2 * axis].min(value);
            extent[2 * axis + 1] = extent[2 * axis + 1].max(value);
        }
    }
    let sides = [extent[1] - extent[0], extent[3] - extent[2]];
    let longest = sides[0].max(sides[1]);
    let longest = if longest > 0.0 { longest } else { 1.0 };
    for (axis, side) in sides.into_iter().enumerate() {
        let grow = 0.5 * (FLATTEST * longest - side).max(0.0) + 0.08 * longest;
        extent[2 * axis] -= grow;
        extent[2 * axis + 1] += grow;
    }
    extent
}
