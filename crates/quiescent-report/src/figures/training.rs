//! Training curves: test loss and decoding error against batches.

use super::draw::NULL;
use super::errors::{self, draw_curve, thinned};
use crate::axes::Frame;
use crate::color;
use crate::figure::{Figure, HALF_WIDTH, Missing, Panel};
use crate::scale::Scale;
use crate::svg::{Anchor, Stroke, Svg, Text, fit_text};
use crate::table::Table;
use crate::view::{RunView, TaskKind};
use quiescent::run::TestResult;

/// Line of a constant answer.
const CHANCE: (&str, Option<&str>) = (NULL, Some("2 3"));
const DASHES: [Option<&str>; 3] = [None, Some("5 3"), Some("2 2")];

pub(super) fn draw(runs: &[&RunView], kind: TaskKind, prefix: &str) -> Result<Figure, Missing> {
    let title = format!("Training curves, {} task", kind.name());
    let losses: Vec<_> = runs.iter().map(|run| curve(run, |line| line.test_loss)).collect();
    let errors: Vec<_> = runs.iter().map(|run| curve(run, |line| line.decode_error)).collect();
    let id = format!("{prefix}-training-{}", if kind == TaskKind::Spatial { "s" } else { "h" });
    let chance = |of: fn(TestResult) -> f64| constant_answers(runs, of);
    let loss_of_chance = chance(|result| result.loss);
    let error_of_chance = chance(|result| result.decode_error);
    let panels: Vec<Panel> = [
        (&losses, &loss_of_chance, "Test loss", "Mean squared error".to_owned(), "l"),
        (
            &errors,
            &error_of_chance,
            "Decoding error",
            format!("Mean distance ({})", kind.unit()),
            "e",
        ),
    ]
    .into_iter()
    .filter_map(|(curves, chance, title, label, suffix)| {
        panel(curves, chance, title, &label, &format!("{id}-{suffix}"))
    })
    .collect();
    if panels.is_empty() {
        let imported = runs.iter().all(|run| run.record.imported.is_some());
        let reason = if imported && !runs.is_empty() {
            "Networks that were trained elsewhere have no training curves."
        } else {
            "No finite test loss or decoding error has been logged yet."
        };
        return Err(Missing { title, reason: reason.into() });
    }
    let notes = runs
        .iter()
        .zip(&losses)
        .filter(|(_, curve)| curve.is_empty())
        .map(|(run, _)| match run.record.imported {
            Some(_) => format!("{} was trained elsewhere, so it has no curve.", run.name),
            None => format!("{} has no finite test loss yet, so it has no curve.", run.name),
        })
        .collect();
    Ok(Figure {
        name: match kind {
            TaskKind::Spatial => "training-spatial",
            TaskKind::HeadDirection => "training-head-direction",
        }
        .into(),
        title,
        caption: format!(
            "The curves show the error on a fixed set of test trials while the {} learn{}. The \
             test loss is the mean squared error between the readout and the activity of the \
             target cells, which training minimises. The decoding error is the mean distance \
             between the decoded {} and the true one. Dotted lines show what a constant answer \
             reaches: the mean activity, and the mean stimulus. If a curve still falls at its end, \
             longer training may help, and the phases below come from a network that has not \
             finished learning.",
            if runs.len() == 1 { "network" } else { "networks" },
            if runs.len() == 1 { "s" } else { "" },
            match kind {
                TaskKind::Spatial => "position",
                TaskKind::HeadDirection => "heading",
            }
        ),
        notes,
        rows: vec![panels, vec![legend(runs, !loss_of_chance.is_empty())]],
        data: Some(table(runs, kind)),
    })
}

/// Every evaluation on the test set, also those that long curves leave out.
fn table(runs: &[&RunView], kind: TaskKind) -> Table {
    let decode_error = format!("decode_error_{}", kind.unit());
    let chance_error = format!("constant_answer_decode_error_{}", kind.unit());
    let mut table = Table::new(&[
        "run",
        "batch",
        "test_loss",
        &decode_error,
        "constant_answer_loss",
        &chance_error,
    ]);
    for run in runs {
        let chance = run.record.chance_level().map(|chance| chance.constant);
        for line in &run.metrics {
            if line.test_loss.is_some() || line.decode_error.is_some() {
                table.push([
                    run.name.as_str().into(),
                    line.batch.into(),
                    line.test_loss.unwrap_or(f64::NAN).into(),
                    line.decode_error.unwrap_or(f64::NAN).into(),
                    chance.map_or(f64::NAN, |chance| chance.loss).into(),
                    chance.map_or(f64::NAN, |chance| chance.decode_error).into(),
                ]);
            }
        }
    }
    table
}

/// Batches and values of one curve; unfinite values are left out.
fn curve(
    run: &RunView,
    value: impl Fn(&quiescent::run::MetricsLine) -> Option<f64>,
) -> Vec<(f64, f64)> {
    let all = run
        .metrics
        .iter()
        // The one test of an imported network makes no curve.
        .filter(|line| line.batch > 0)
        .filter_map(|line| Some((line.batch as f64, value(line)?)))
        .filter(|(_, value)| value.is_finite())
        .collect();
    thinned(all)
}

fn style(index: usize) -> (&'static str, Option<&'static str>) {
    let colors = color::RUNS.len();
    (color::RUNS[index % colors], DASHES[index / colors % DASHES.len()])
}

/// What constant answers reach, each value once: runs on the same motion and cells have the same.
fn constant_answers(runs: &[&RunView], of: fn(TestResult) -> f64) -> Vec<f64> {
    let mut values: Vec<f64> = runs
        .iter()
        .filter_map(|run| Some(of(run.record.chance_level()?.constant)))
        .filter(|value| value.is_finite())
        .collect();
    values.sort_by(f64::total_cmp);
    // Seeds differ a little in their test trials.
    values.dedup_by(|next, kept| (*next - *kept).abs() <= 0.02 * kept.abs());
    values
}

fn panel(
    curves: &[Vec<(f64, f64)>],
    chance: &[f64],
    title: &str,
    y_label: &str,
    id: &str,
) -> Option<Panel> {
    let values = curves.iter().flatten().map(|(_, value)| *value);
    values.clone().next()?;
    let y = Scale::of_errors(values.chain(chance.iter().copied()))?;
    let last = curves.iter().flatten().map(|(batch, _)| *batch).fold(1.0, f64::max);
    let axis = if matches!(y, Scale::Log { .. }) { "logarithmic" } else { "linear" };
    let alt = format!("{title} against training batches, {axis} axis");
    let draw = |svg: &mut Svg, frame: &Frame| {
        for (index, curve) in curves.iter().enumerate() {
            draw_curve(svg, frame, curve, style(index));
        }
    };
    let beneath = |svg: &mut Svg, frame: &Frame| {
        for &value in chance {
            draw_curve(svg, frame, &[(0.0, value), (last, value)], CHANCE);
        }
    };
    Some(errors::panel([title, y_label, id], (last, y), alt, beneath, draw))
}

fn legend(runs: &[&RunView], chance: bool) -> Panel {
    let mut svg = Svg::default();
    let own = runs.iter().enumerate().map(|(index, run)| (run.name.as_str(), style(index)));
    let chance = chance.then_some(("constant answer", CHANCE));
    let entries: Vec<_> = own.chain(chance).collect();
    for (index, (name, (color, dash))) in entries.iter().enumerate() {
        let y = 14.0 + 18.0 * index as f64;
        svg.line((66.0, y - 4.0), (94.0, y - 4.0), Stroke::new(color, 2.2).dash(*dash));
        let name = fit_text(name, Text::SMALL.size, HALF_WIDTH - 102.0 - 8.0);
        svg.text((102.0, y), &name, Text::SMALL.anchor(Anchor::Start));
    }
    Panel::new(
        svg,
        (HALF_WIDTH, 10.0 + 18.0 * entries.len() as f64),
        "Legend: one line style for each run",
    )
}
