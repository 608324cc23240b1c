//! Drift along the manifold: of the quiescent network, and of the score.

use super::arrows::{ArrowScale, Pair, UPDATE};
use super::networks::{Kind, about, failed, missing, networks, noted};
use super::panel::{HEADING, around, headed, level};
use crate::axes::{Frame, headings};
use crate::color;
use crate::figure::{HALF_WIDTH, Panel};
use crate::figures::draw::{Entry, NULL, legend};
use crate::figures::drawing::{Drawing, Drawn};
use crate::figures::paths::{draw_box, extent};
use crate::figures::rows::Rows;
use crate::scale::Scale;
use crate::svg::{Stroke, Svg};
use crate::theory_view::TheoryRun;
use crate::view::corners;
use quiescent::readable;
use quiescent::theory::FieldResult;
use std::f64::consts::PI;

const METRES: &str = "m per step";

/// One network's drift, in a box or over headings.
struct Drift<'a> {
    kind: Kind,
    field: &'a FieldResult,
    pairs: Vec<Pair>,
}

pub(super) fn draw(runs: &[TheoryRun<'_>], id: &str) -> Drawing {
    let (mut notes, mut panels) = (Vec::new(), Vec::new());
    let mut rows = table();
    let mut headings = false;
    for (index, run) in runs.iter().enumerate() {
        let mut found = Vec::new();
        for (kind, network) in networks(run) {
            let field = noted(run, kind, "drift", &network.field, &mut notes);
            let Some(field) = field else { continue };
            fill(&mut rows, run, kind, field);
            let drift = Drift::of(kind, field, run.examination.space.region().is_some());
            if drift.pairs.is_empty() {
                notes.push(failed(run, kind, "drift", "no bin of the arena holds states"));
            } else {
                found.push(drift);
            }
        }
        if found.is_empty() {
            continue;
        }
        let id = format!("{id}-{index}");
        if let Some(arena) = run.examination.space.region().and_then(corners) {
            let (mut drawn, mut legends) = (Vec::new(), Vec::new());
            for (n, drift) in found.iter().enumerate() {
                let scale = ArrowScale::of(&drift.pairs);
                let network = format!("{} network of {}", drift.kind.label(), run.name);
                notes.extend(scale.note(&network, METRES));
                drawn.push(drift.map(run, arena, scale, &format!("{id}-{n}")));
                legends.push(scale.legend(METRES));
            }
            panels.push(drawn);
            panels.push(legends);
        } else {
            headings = true;
            let values = found.iter().flat_map(|drift| &drift.pairs);
            let largest = values
                .flat_map(|pair| [pair.update[0].abs(), pair.score[0].abs()])
                .fold(0.0, f64::max);
            let y = around(std::iter::empty(), -1.05 * largest, 1.05 * largest);
            panels.push(found.iter().map(|drift| drift.curve(run, y)).collect());
        }
    }
    if panels.is_empty() {
        return Err(missing(&notes));
    }
    if headings {
        let entries = [
            Entry::line("zero-input update Δr₁", UPDATE, None),
            Entry::line("score S (16)", color::ACTIVE, Some("6 3")),
        ];
        panels.push(vec![legend(&entries, 2, HALF_WIDTH)]);
    }
    Ok(Drawn {
        caption: "The panels show the mean change that one step without input makes along the \
         manifold of the task. It is given as the displacement Δs of the animal for which \
         D†f′(s)Δs is nearest to the change. Orange is the network’s zero-input update Δr₁, and \
         blue is the scaled score S that the theory expects in its place (16). Both are means \
         over the active states in each bin. If the active phase visits all places equally, no drift along \
         the manifold is expected; if it prefers some places, the score leads there. The cosine \
         compares both drifts over all bins, and is 1 if they are parallel everywhere. Curves \
         of one run have the same scale; arrows have the scale given below their panel."
            .into(),
        notes,
        panels,
        data: rows,
    })
}

fn table() -> Rows {
    Rows::new(
        "run,network,unit,place_1,place_2,states,update_1_per_step,update_2_per_step,\
         score_1_per_step,score_2_per_step",
    )
}

fn fill(rows: &mut Rows, run: &TheoryRun<'_>, kind: Kind, field: &FieldResult) {
    about(rows, run, kind);
    rows.always("unit", run.examination.space.unit());
    for arrow in &field.drift {
        let part = |of: &[f64], dim: usize| of.get(dim).copied().into();
        rows.push([
            ("place_1", part(&arrow.place, 0)),
            ("place_2", part(&arrow.place, 1)),
            ("states", arrow.states.into()),
            ("update_1_per_step", part(&arrow.update, 0)),
            ("update_2_per_step", part(&arrow.update, 1)),
            ("score_1_per_step", part(&arrow.score, 0)),
            ("score_2_per_step", part(&arrow.score, 1)),
        ]);
    }
}

impl<'a> Drift<'a> {
    fn of(kind: Kind, field: &'a FieldResult, spatial: bool) -> Self {
        // Headings have one component; the other stays zero.
        let both = |of: &[f64]| match of {
            [x, y] if spatial => Some([*x, *y]),
            [x] if !spatial => Some([*x, 0.0]),
            _ => None,
        };
        let pairs = field.drift.iter().filter_map(|arrow| {
            let [place, update, score] =
                [both(&arrow.place)?, both(&arrow.update)?, both(&arrow.score)?];
            Some(Pair { place, update, score })
        });
        let mut pairs: Vec<Pair> = pairs.filter(Pair::is_finite).collect();
        pairs.sort_by(|a, b| a.place[0].total_cmp(&b.place[0]));
        Self { kind, field, pairs }
    }

    /// The network, and the cosine of both drifts.
    fn shown(&self) -> String {
        match &self.field.drift_cosine {
            Some(cosine) if cosine.value.is_finite() => {
                format!("{}, cosine {}", self.kind.label(), readable::number(cosine.value, 2))
            }
            _ => self.kind.label().to_owned(),
        }
    }

    fn map(&self, run: &TheoryRun<'_>, arena: [f64; 4], scale: ArrowScale, id: &str) -> Panel {
        let left = 52.0;
        let size = (HALF_WIDTH - left - 14.0, 230.0);
        let places = self.pairs.iter().map(|pair| pair.place);
        let frame = Frame::equal_aspect(left, HEADING, size, extent(arena, places));
        let mut svg = Svg::default();
        draw_box(&mut svg, &frame, arena);
        scale.draw(&mut svg, &frame, id, &self.pairs);
        frame.draw_axes(&mut svg, "x (m)", "y (m)");
        self.panel(run, svg, &frame)
    }

    fn curve(&self, run: &TheoryRun<'_>, y: Scale) -> Panel {
        let frame = Frame::new(
            (68.0, HEADING),
            (HALF_WIDTH - 68.0 - 20.0, 180.0),
            Scale::linear(-PI, PI),
            y,
        );
        let mut svg = Svg::default();
        frame.draw_grid(&mut svg);
        level(&mut svg, &frame, 0.0, Stroke::new(NULL, 1.0));
        let curve = |of: fn(&Pair) -> f64| {
            let points = self.pairs.iter().map(move |pair| (pair.place[0], of(pair)));
            points.map(|(x, y)| frame.place(x, y)).collect::<Vec<_>>()
        };
        let score = Stroke::new(color::ACTIVE, 2.2).dash(Some("6 3"));
        svg.path(curve(|pair| pair.score[0]), score);
        svg.path(curve(|pair| pair.update[0]), Stroke::new(UPDATE, 2.2));
        let gap = frame.label_gap();
        frame.draw_axes_at(&mut svg, &headings(), "Heading (rad)", "Drift (rad/step)", gap);
        self.panel(run, svg, &frame)
    }

    fn panel(&self, run: &TheoryRun<'_>, svg: Svg, frame: &Frame) -> Panel {
        let alt = format!(
            "Drift of the zero-input update and of the score, {} network of {}",
            self.kind.label(),
            run.name
        );
        headed(svg, frame, HALF_WIDTH, (run, &self.shown()), alt)
    }
}
