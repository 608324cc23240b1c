//! Figure 1b: test loss and decoding error against batches.

use std::collections::BTreeMap;

use quiescent::paper::Condition;
use quiescent::run::MetricsLine;

use super::select::{Runs, Spread, averaged, failed, no_run, spread_words, style};
use crate::axes::Frame;
use crate::figure::{HALF_WIDTH, Panel};
use crate::figures::draw::{Entry, NULL, band, legend};
use crate::figures::drawing::{Drawing, Drawn};
use crate::figures::errors::{self, draw_curve, thinned};
use crate::figures::rows::Rows;
use crate::scale::Scale;
use crate::study_view::StudyRun;
use crate::svg::{Anchor, Stroke, Svg, Text};

/// Means over the seeds of a condition, at the batches that all of them have.
struct Curve {
    condition: Condition,
    points: Vec<(u64, Spread)>,
}

/// A horizontal line for a constant answer, the mean target activity.
struct Floor {
    label: &'static str,
    loss: f64,
}

pub(super) fn draw(runs: &Runs<'_>, id: &str) -> Drawing {
    let losses = curves(runs, |line| line.test_loss);
    let errors = curves(runs, |line| line.decode_error);
    if losses.is_empty() && errors.is_empty() {
        let missing = runs.missing(&Condition::SPATIAL);
        let reason = if missing.len() == Condition::SPATIAL.len() {
            no_run(&Condition::SPATIAL[..2])
        } else {
            "No test loss or decoding error has been logged at batches that all seeds share.".into()
        };
        return Err(reason);
    }
    let mut notes = runs.missing(&Condition::SPATIAL[..2]);
    let floors = floors(runs, &mut notes);
    for condition in Condition::SPATIAL {
        let has = |curves: &[Curve]| curves.iter().any(|curve| curve.condition == condition);
        let complete = has(&losses) && has(&errors);
        if !runs.of(condition).is_empty() && !complete {
            notes.push(format!("{condition} has no batch with a test in all of its seeds."));
        }
    }
    let panels = [
        (&losses, floors.as_slice(), "Test loss", "Mean squared error", "loss"),
        (&errors, &[], "Decoding error", "Mean distance (m)", "error"),
    ]
    .into_iter()
    .filter_map(|(curves, floors, title, label, key)| {
        panel(curves, floors, title, label, &format!("{id}-{key}"))
    })
    .collect();
    let drawn: Vec<Condition> = Condition::SPATIAL
        .into_iter()
        .filter(|c| losses.iter().chain(&errors).any(|curve| curve.condition == *c))
        .collect();
    let entries: Vec<Entry> = drawn
        .iter()
        .map(|condition| {
            let (color, dash) = style(*condition);
            Entry::line(condition.label(), color, dash)
        })
        .collect();
    let largest = drawn.iter().map(|c| runs.of(*c).len()).max().unwrap_or(0);
    Ok(Drawn {
        caption: format!(
            "The curves show the error on fixed test trials while networks learn. The test loss \
             is the mean squared error between the readout and the activity of the place cells; \
             a dotted line is the loss of a constant answer, the mean activity. The decoding error \
             is the mean distance between the decoded and the true position. Curves are means over \
             seeds at the batches that all seeds share ({}). {} If training has succeeded, the \
             curves have levelled out, far below the dotted lines.",
            averaged(runs, &drawn),
            spread_words(largest, "Bands", "With one seed there are no bands."),
        ),
        notes,
        panels: vec![panels, vec![legend(&entries, 2, HALF_WIDTH)]],
        data: table(&losses, &errors, &floors),
    })
}

fn table(losses: &[Curve], errors: &[Curve], floors: &[Floor]) -> Rows {
    let mut rows = Rows::new("condition,quantity,unit,batch,mean,sd_over_seeds,seeds");
    for (curves, quantity, unit) in [(losses, "test_loss", ""), (errors, "decode_error", "m")] {
        for curve in curves {
            for (batch, spread) in &curve.points {
                rows.push([
                    ("condition", curve.condition.to_string().into()),
                    ("quantity", quantity.into()),
                    ("unit", unit.into()),
                    ("batch", (*batch).into()),
                    ("mean", spread.mean.into()),
                    ("sd_over_seeds", spread.sd.into()),
                    ("seeds", spread.seeds.into()),
                ]);
            }
        }
    }
    for floor in floors {
        rows.push([
            ("condition", floor.label.into()),
            ("quantity", "mean_predictor_loss".into()),
            ("mean", floor.loss.into()),
        ]);
    }
    rows
}

fn curves(runs: &Runs<'_>, value: impl Fn(&MetricsLine) -> Option<f64>) -> Vec<Curve> {
    Condition::SPATIAL
        .into_iter()
        .filter_map(|condition| {
            let points = shared(&runs.of(condition), &value);
            (!points.is_empty()).then_some(Curve { condition, points })
        })
        .collect()
}

/// Means at the batches that every run has a finite value at.
fn shared(
    runs: &[&StudyRun<'_>],
    value: impl Fn(&MetricsLine) -> Option<f64>,
) -> Vec<(u64, Spread)> {
    // An imported network has one test, of no batch, and no curve to wait for.
    let runs: Vec<_> =
        runs.iter().filter(|run| run.metrics.iter().any(|line| line.batch > 0)).collect();
    let mut values: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for run in &runs {
        // Of a batch logged twice, the later counts.
        let own: BTreeMap<u64, f64> = run
            .metrics
            .iter()
            .filter_map(|line| Some((line.batch, value(line).filter(|v| v.is_finite())?)))
            .collect();
        for (batch, value) in own {
            values.entry(batch).or_default().push(value);
        }
    }
    let all: Vec<(u64, Spread)> = values
        .into_iter()
        .filter(|(_, values)| values.len() == runs.len())
        .filter_map(|(batch, values)| Some((batch, Spread::of(values)?)))
        .collect();
    thinned(all)
}

/// The loss of a constant answer, once for each law of motion.
fn floors(runs: &Runs<'_>, notes: &mut Vec<String>) -> Vec<Floor> {
    let mut floors = Vec::new();
    for (biased, label) in [(false, "constant answer, unbiased"), (true, "constant answer, biased")]
    {
        let same = Condition::SPATIAL.into_iter().filter(|c| c.biased == biased);
        let losses: Vec<f64> = same
            .flat_map(|condition| runs.of(condition))
            .filter_map(|run| match run.study.mean_predictor_loss() {
                Ok(loss) => Some(loss),
                Err(reason) => {
                    notes.push(failed(run.study, "loss of a constant answer", reason));
                    None
                }
            })
            .collect();
        if let Some(spread) = Spread::of(losses) {
            floors.push(Floor { label, loss: spread.mean });
        }
    }
    floors
}

fn panel(
    curves: &[Curve],
    floors: &[Floor],
    title: &str,
    y_label: &str,
    id: &str,
) -> Option<Panel> {
    let means = curves.iter().flat_map(|curve| &curve.points);
    let means = means.flat_map(|(_, s)| [s.mean, s.mean + s.sd.unwrap_or(0.0)]);
    let y = Scale::of_errors(means.chain(floors.iter().map(|floor| floor.loss)))?;
    let batches = curves.iter().flat_map(|curve| &curve.points).map(|(batch, _)| *batch);
    let alt = format!("{title} against training batches, one curve for each condition");
    let draw = |svg: &mut Svg, frame: &Frame| {
        for curve in curves {
            let (color, dash) = style(curve.condition);
            let spans = curve.points.iter().filter_map(|(batch, spread)| {
                let (low, high) = spread.bar()?;
                Some((*batch as f64, low, high))
            });
            band(svg, frame, &spans.collect::<Vec<_>>(), color);
            let means = curve.points.iter().map(|(batch, spread)| (*batch as f64, spread.mean));
            draw_curve(svg, frame, &means.collect::<Vec<_>>(), (color, dash));
        }
    };
    let beneath = |svg: &mut Svg, frame: &Frame| draw_floors(svg, frame, floors);
    Some(errors::panel([title, y_label, id], (batches.max()? as f64, y), alt, beneath, draw))
}

/// Dotted lines: the label of the highest stands above it, those of others below theirs.
fn draw_floors(svg: &mut Svg, frame: &Frame, floors: &[Floor]) {
    let highest = floors.iter().map(|floor| floor.loss).fold(f64::NEG_INFINITY, f64::max);
    let right = frame.left + frame.width;
    for floor in floors {
        let Some(fraction) = frame.y.fraction(floor.loss) else { continue };
        let y = frame.bottom() - fraction * frame.height;
        svg.line((frame.left, y), (right, y), Stroke::new(NULL, 1.4).dash(Some("2 3")));
        let above = floor.loss == highest;
        let style = Text { color: "#555555", halo: true, ..Text::SMALL };
        let at = (right - 2.0, if above { y - 4.0 } else { y + 12.0 });
        svg.text(at, floor.label, style.anchor(Anchor::End));
    }
}
