//! The temperature law: the quiescent phase with noise κσ visits the manifold as p^(2/κ²).

use std::f64::consts::SQRT_2;

use quiescent::analysis::bootstrap::Measured;

use super::networks::{Kind, about, failed, fields, missing, networks};
use super::panel::{HEADING, curve, headed};
use crate::axes::Frame;
use crate::figure::{HALF_WIDTH, Panel, THIRD_WIDTH};
use crate::figures::draw::{Entry, NULL, legend};
use crate::figures::drawing::{Drawing, Drawn};
use crate::figures::rows::Rows;
use crate::figures::span;
use crate::scale::Scale;
use crate::svg::{Stroke, Svg};
use crate::table::Cell;
use crate::theory_view::TheoryRun;

/// Divergences below this part of the largest are drawn at the foot of the axis.
const KL_DECADES: f64 = 1e-5;

/// One network at one temperature.
#[derive(Clone, Copy)]
struct Point {
    noise_ratio: f64,
    exponent: Measured,
    from_prediction: Measured,
    from_waking: Measured,
}

/// What is drawn of every point.
type Of = fn(&Point) -> Measured;

/// A network's points by ascending noise.
struct Series {
    kind: Kind,
    points: Vec<Point>,
}

impl Series {
    /// A note on values that logarithmic axes have no place for.
    fn lost(&self, run: &TheoryRun<'_>) -> Option<String> {
        let exponents = self.points.iter().filter(|p| !is_positive(p.exponent.value));
        let divergences = self.points.iter().flat_map(|p| [p.from_prediction, p.from_waking]);
        let divergences = divergences.filter(|kl| !kl.value.is_finite());
        let lost = exponents.count() + divergences.count();
        (lost > 0).then(|| {
            format!(
                "{lost} exponents or divergences of the {} network of {} are not positive or not \
                 finite, and logarithmic axes have no place for them.",
                self.kind.label(),
                run.name
            )
        })
    }
}

fn is_positive(value: f64) -> bool {
    value.is_finite() && value > 0.0
}

pub(super) fn draw(runs: &[TheoryRun<'_>]) -> Drawing {
    let (mut notes, mut panels) = (Vec::new(), Vec::new());
    let mut rows = Rows::new(
        "run,network,substeps,noise_ratio,predicted_exponent,quantity,value,low,high,\
         normal_variance_in_step_noise,predicted_normal_variance_in_step_noise",
    );
    for run in runs {
        let all = series(run, &mut rows, &mut notes);
        if all.is_empty() {
            continue;
        }
        let points = || all.iter().flat_map(|series| &series.points);
        let ratios = points().map(|point| point.noise_ratio);
        let (least, most) =
            ratios.fold((SQRT_2, SQRT_2), |(least, most), r| (least.min(r), most.max(r)));
        let x = Scale::Log { min: least / 1.25, max: most * 1.25 };
        let ends = [2.0 / (least * least), 2.0 / (most * most)];
        let exponents = points().map(|point| point.exponent.value).chain(ends);
        let spans = points().flat_map(|p| [p.from_prediction, p.from_waking]);
        let kl = logarithmic(spans.flat_map(|measured| span(&measured)), KL_DECADES);
        panels.push(
            vec![
                panel(&all, |p| p.exponent, (x, logarithmic(exponents, 0.0)), true),
                panel(&all, |p| p.from_prediction, (x, kl), false),
                panel(&all, |p| p.from_waking, (x, kl), false),
            ]
            .into_iter()
            .zip([
                "fitted exponent β",
                "KL(quiescent ‖ p^(2/κ²)) (nats)",
                "KL(quiescent ‖ p) (nats)",
            ])
            .map(|((svg, frame), shown)| finish(svg, &frame, run, shown))
            .collect(),
        );
        notes.extend(all.iter().filter_map(|series| series.lost(run)));
    }
    if panels.is_empty() {
        return Err(missing(&notes));
    }
    let mut entries: Vec<Entry> =
        Kind::ALL.map(|kind| Entry::marked(kind.label(), kind.style())).into();
    entries.push(Entry::line("predicted, 2/κ²", "#000000", Some("2 3")));
    panels.push(vec![legend(&entries, 2, HALF_WIDTH)]);
    Ok(Drawn {
        caption: "While quiescent, networks have noise of κ times its active amplitude. According to \
         the theory (19), they then sample the active occupancy p raised to the power 2/κ²: as while \
         active at κ = √2, where the power of the noise is doubled (vertical line), more sharply \
         with less noise, and more evenly with more. Left: the exponent β for which p^β is nearest to the \
         quiescent occupancy; the dotted line is the prediction. Where p is even, β is poorly \
         defined and its intervals are wide. Middle and right: the divergence of the quiescent \
         occupancy from p^(2/κ²) and from p itself; a value at the foot of the axis may be \
         smaller. If the law holds, marks lie on the dotted line, and divergences stay small in \
         the middle where those on the right do not. Occupancies are counted in bins of the \
         arena, for each network separately. A network that decodes to few places in both \
         phases, as an untrained one may, has a small divergence from p for that reason alone. \
         Bars are 95 % intervals over trials."
            .into(),
        notes,
        panels,
        data: rows,
    })
}

/// Every network's points, noted in the table.
fn series(run: &TheoryRun<'_>, rows: &mut Rows, notes: &mut Vec<String>) -> Vec<Series> {
    let mut all: Vec<Series> = Vec::new();
    let mut add = |kind: Kind, points: Vec<(Point, [Cell; 3])>| {
        about(rows, run, kind);
        let mut drawn = Vec::new();
        for (point, [substeps, normal, predicted]) in points {
            rows.always("noise_ratio", point.noise_ratio);
            rows.always("predicted_exponent", 2.0 / point.noise_ratio.powi(2));
            rows.always("substeps", substeps);
            let quantities = [
                ("exponent", point.exponent),
                ("kl_from_prediction_nats", point.from_prediction),
                ("kl_from_waking_nats", point.from_waking),
            ];
            for (key, measured) in quantities {
                rows.push(fields(&measured).into_iter().chain([("quantity", key.into())]));
            }
            rows.push([
                ("quantity", "normal_variance".into()),
                ("normal_variance_in_step_noise", normal),
                ("predicted_normal_variance_in_step_noise", predicted),
            ]);
            if is_positive(point.noise_ratio) {
                drawn.push(point);
            }
        }
        drawn.sort_by(|a, b| a.noise_ratio.total_cmp(&b.noise_ratio));
        if drawn.is_empty() {
            notes.push(failed(run, kind, "temperature", "no amplitude of noise was tried"));
        } else {
            all.push(Series { kind, points: drawn });
        }
    };
    let mut gaps = Vec::new();
    match &run.examination.optimal {
        Ok(optimal) => {
            let points = optimal.temperature.iter().map(|at| {
                let point = Point {
                    noise_ratio: at.noise_ratio,
                    exponent: at.exponent,
                    from_prediction: at.kl_from_prediction,
                    from_waking: at.kl_from_waking,
                };
                let variance = [at.normal_variance.into(), at.predicted_normal_variance.into()];
                let [normal, predicted] = variance;
                (point, [at.substeps.into(), normal, predicted])
            });
            add(Kind::Optimal, points.collect());
        }
        Err(reason) => gaps.push(failed(run, Kind::Optimal, "temperature", reason)),
    }
    for (kind, network) in networks(run) {
        match &network.temperature {
            Ok(sweep) => {
                let points = sweep.points.iter().map(|at| {
                    let point = Point {
                        noise_ratio: at.noise_ratio,
                        exponent: at.exponent,
                        from_prediction: at.kl_from_prediction,
                        from_waking: at.kl_from_waking,
                    };
                    (point, [Cell::Empty, Cell::Empty, Cell::Empty])
                });
                add(kind, points.collect());
            }
            Err(reason) => gaps.push(failed(run, kind, "temperature", reason)),
        }
    }
    notes.extend(gaps);
    all
}

/// A logarithmic axis over positive values, reaching down to a part of the largest at most.
fn logarithmic(values: impl Iterator<Item = f64>, least: f64) -> Scale {
    let positive: Vec<f64> = values.filter(|v| is_positive(*v)).collect();
    let max = positive.iter().copied().fold(0.0, f64::max);
    let min = positive.into_iter().filter(|v| *v >= least * max).fold(max, f64::min);
    if max <= 0.0 {
        return Scale::Log { min: 0.1, max: 10.0 };
    }
    Scale::Log { min: min / 1.3, max: max * 1.3 }
}

/// Values against κ; `law` where the predicted exponents belong.
fn panel(all: &[Series], of: Of, (x, y): (Scale, Scale), law: bool) -> (Svg, Frame) {
    let left = 56.0;
    let frame = Frame::new((left, HEADING), (THIRD_WIDTH - left - 12.0, 180.0), x, y);
    let mut svg = Svg::default();
    frame.draw_grid(&mut svg);
    if let Some(fraction) = frame.x.fraction(SQRT_2) {
        let x = frame.left + fraction * frame.width;
        svg.line((x, frame.top), (x, frame.bottom()), Stroke::new(NULL, 1.0));
    }
    if law && let Scale::Log { min, max } = frame.x {
        let line = [min * 1.25, max / 1.25];
        let line = line.map(|ratio| frame.place(ratio, 2.0 / (ratio * ratio)));
        svg.path(line, Stroke::new("#000000", 1.6).dash(Some("2 3")));
    }
    let middle = (all.len() as f64 - 1.0) / 2.0;
    // The optimal network's discs are the smallest marks, so they come last.
    for (i, series) in all.iter().enumerate().rev() {
        let points = series.points.iter().map(|point| {
            let measured = of(point);
            (point.noise_ratio, floored(measured, &frame.y, law))
        });
        let shift = 2.5 * (i as f64 - middle);
        curve(&mut svg, &frame, series.kind.style(), shift, &points.collect::<Vec<_>>());
    }
    (svg, frame)
}

/// A divergence below a logarithmic axis stands at its foot; an exponent does not.
fn floored(measured: Measured, y: &Scale, law: bool) -> Measured {
    match *y {
        Scale::Log { min, .. } if !law && measured.value < min => {
            Measured { value: min, ..measured }
        }
        _ => measured,
    }
}

fn finish(mut svg: Svg, frame: &Frame, run: &TheoryRun<'_>, shown: &str) -> Panel {
    frame.draw_axes_spaced(&mut svg, "Noise ratio κ", "", 0.0);
    let alt = format!("{shown} against the noise ratio κ, networks of {}", run.name);
    headed(svg, frame, THIRD_WIDTH, (run, shown), alt)
}
