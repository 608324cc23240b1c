//! The bound on the loss, L ≤ L₂ ≤ L₃ ≤ L_upper, term by term and along trials.

use quiescent::analysis::bootstrap::Measured;
use quiescent::theory::bound::Bound;

use super::networks::{Kind, about, failed, fields, missing, networks};
use super::panel::{HEADING, dots, headed};
use crate::axes::Frame;
use crate::figure::{HALF_WIDTH, Panel};
use crate::figures::draw::{Entry, NULL, legend};
use crate::figures::drawing::{Drawing, Drawn};
use crate::figures::rows::Rows;
use crate::figures::span;
use crate::scale::Scale;
use crate::svg::{Stroke, Svg};
use crate::theory_view::TheoryRun;

/// Marks along a curve over steps.
const MARKS: usize = 6;

/// A term: name in tables, in the figure, and its value.
type Term = (&'static str, &'static str, fn(&Bound) -> &Measured);

/// The bound, and the remainders that L ≤ L₂ leaves out.
const DRAWN: [Term; 6] = [
    ("loss", "L\n", |bound| &bound.loss),
    ("second", "L₂\n", |bound| &bound.second),
    ("third", "L₃\n", |bound| &bound.third),
    ("upper", "L_upper\n", |bound| &bound.upper),
    ("curvature", "curva-\nture", |bound| &bound.curvature),
    ("state", "state\n", |bound| &bound.state),
];

pub(super) fn draw(runs: &[TheoryRun<'_>]) -> Drawing {
    let (mut notes, mut panels) = (Vec::new(), Vec::new());
    let mut rows = Rows::new("run,network,quantity,step,value,low,high");
    for run in runs {
        let mut found: Vec<(Kind, &Bound)> = Vec::new();
        let optimal = run.examination.optimal.as_ref();
        let first = [
            (Kind::Optimal, optimal.map(|optimal| &optimal.bound)),
            (Kind::OptimalFromManifold, optimal.map(|optimal| &optimal.single_step_bound)),
        ];
        let others = networks(run).into_iter().map(|(kind, found)| (kind, found.bound.as_ref()));
        for (kind, bound) in first.into_iter().chain(others) {
            match bound {
                Ok(bound) => {
                    fill(&mut rows, run, kind, bound);
                    found.push((kind, bound));
                }
                // Said once for the optimal network.
                Err(_) if kind == Kind::OptimalFromManifold => {}
                Err(reason) => notes.push(failed(run, kind, "bound", reason)),
            }
        }
        let all = found.iter().flat_map(|(_, bound)| {
            let terms = DRAWN.iter().flat_map(|(_, _, of)| span(of(bound)));
            let by_step = bound.loss_by_step.iter().chain(&bound.upper_by_step).copied();
            terms.chain(by_step)
        });
        let Some(y) = logarithmic(all) else {
            if !found.is_empty() {
                notes.push(format!("No term of the bound of {} is a positive number.", run.name));
            }
            continue;
        };
        panels.push(vec![terms(run, &found, y), by_step(run, &found, y)]);
    }
    if panels.is_empty() {
        return Err(missing(&notes));
    }
    let mut entries: Vec<Entry> =
        Kind::ALL.map(|kind| Entry::marked(kind.label(), kind.style())).into();
    let reset = Kind::OptimalFromManifold;
    entries.insert(1, Entry::marked(reset.label(), reset.style()));
    entries.push(Entry::line("L, by step", "#555555", None));
    entries.push(Entry::line("L_upper, by step", "#555555", Some("6 3")));
    panels.push(vec![legend(&entries, 2, HALF_WIDTH)]);
    Ok(Drawn {
        caption: "The theory replaces the loss L by bounds that are easier to minimise (8–14). \
         L₂ separates the error of following the input from the effects of noise and Δr₁ on the \
         readout. L₃ takes the readout’s largest gain for all directions, and L_upper takes the \
         root mean square in place of the mean. L₂ ≤ L₃ ≤ L_upper holds for any network. L ≤ L₂ \
         neglects two remainders, which stand on the right of the dotted line: the target may be \
         curved over one step (curvature, E‖f(s′) − f(s) − f′(s)Δs‖), and the state may not be \
         the target’s image (state, E‖f(s) − D r‖). Where the remainders are as large as the \
         loss, the bound says little about it. Even the optimal network’s state drifts along the \
         manifold, since noise along it looks like another stimulus. If every step begins at \
         D†f(s) (optimal, reset), the bound holds for it. The right-hand panels show L (solid) \
         and L_upper (dashed) at every step of active trials. All terms are lengths in the unit \
         of the target activity. Bars are 95 % intervals over trials."
            .into(),
        notes,
        panels,
        data: rows,
    })
}

fn fill(rows: &mut Rows, run: &TheoryRun<'_>, kind: Kind, bound: &Bound) {
    about(rows, run, kind);
    let parts: [Term; 2] =
        [("signal", "", |bound| &bound.signal), ("noise", "", |bound| &bound.noise)];
    for (key, _, of) in DRAWN.iter().chain(&parts) {
        rows.push(fields(of(bound)).into_iter().chain([("quantity", (*key).into())]));
    }
    for (key, value) in [
        ("signal_without_response", bound.signal_without_response),
        ("noise_without_correction", bound.noise_without_correction),
        ("readout_norm", bound.readout_norm),
    ] {
        rows.push([("quantity", key.into()), ("value", value.into())]);
    }
    for (key, steps) in
        [("loss_by_step", &bound.loss_by_step), ("upper_by_step", &bound.upper_by_step)]
    {
        for (step, value) in steps.iter().enumerate() {
            rows.push([
                ("quantity", key.into()),
                ("step", step.into()),
                ("value", (*value).into()),
            ]);
        }
    }
}

/// A logarithmic axis over all positive values; none without any.
fn logarithmic(values: impl Iterator<Item = f64>) -> Option<Scale> {
    let positive = values.filter(|v| v.is_finite() && *v > 0.0);
    let (min, max) =
        positive.fold((f64::INFINITY, 0.0f64), |(min, max), v| (min.min(v), max.max(v)));
    (max > 0.0).then(|| Scale::Log { min: min / 1.25, max: max * 1.25 })
}

fn frame(x: Scale, y: Scale) -> Frame {
    let left = 70.0;
    Frame::new((left, HEADING), (HALF_WIDTH - left - 14.0, 200.0), x, y)
}

fn terms(run: &TheoryRun<'_>, found: &[(Kind, &Bound)], y: Scale) -> Panel {
    let frame = frame(Scale::linear(0.0, DRAWN.len() as f64), y);
    let mut svg = Svg::default();
    frame.draw_grid(&mut svg);
    // Between the bound and the remainders.
    if let Some(fraction) = frame.x.fraction(4.0) {
        let x = frame.left + fraction * frame.width;
        svg.line((x, frame.top), (x, frame.bottom()), Stroke::new(NULL, 1.0).dash(Some("2 3")));
    }
    let middle = (found.len() as f64 - 1.0) / 2.0;
    for (i, (kind, bound)) in found.iter().enumerate() {
        let points: Vec<(f64, Measured)> = DRAWN
            .iter()
            .enumerate()
            .map(|(place, (_, _, of))| (place as f64 + 0.5, *of(bound)))
            .collect();
        dots(&mut svg, &frame, kind.style(), 11.0 * (i as f64 - middle), &points);
    }
    let names: Vec<_> = DRAWN
        .iter()
        .enumerate()
        .map(|(place, (_, label, _))| (place as f64 + 0.5, label.trim_end().to_owned()))
        .collect();
    frame.draw_axes_named(&mut svg, &names, "Mean length (activity)");
    finish(svg, &frame, run, "terms of the bound and its remainders")
}

fn by_step(run: &TheoryRun<'_>, found: &[(Kind, &Bound)], y: Scale) -> Panel {
    let steps = found.iter().map(|(_, b)| b.loss_by_step.len().max(b.upper_by_step.len()));
    let last = steps.max().unwrap_or(0).max(2);
    let frame = frame(Scale::linear(1.0, last as f64), y);
    let mut svg = Svg::default();
    frame.draw_grid(&mut svg);
    for (kind, bound) in found {
        let style = kind.style();
        for (values, dash) in [(&bound.loss_by_step, None), (&bound.upper_by_step, Some("6 3"))] {
            let places: Vec<_> = values
                .iter()
                .enumerate()
                .map(|(step, value)| frame.place(step as f64 + 1.0, *value))
                .collect();
            svg.path(places.iter().copied(), Stroke::new(style.color, 1.8).dash(dash));
            let every = places.len().div_ceil(MARKS).max(1);
            for place in places.iter().skip(every / 2).step_by(every).flatten() {
                style.draw_mark(&mut svg, *place);
            }
        }
    }
    frame.draw_axes_spaced(&mut svg, "Step", "Mean length (activity)", frame.label_gap());
    finish(svg, &frame, run, "L and L_upper along trials")
}

fn finish(svg: Svg, frame: &Frame, run: &TheoryRun<'_>, shown: &str) -> Panel {
    headed(svg, frame, HALF_WIDTH, (run, shown), format!("{shown}, networks of {}", run.name))
}
