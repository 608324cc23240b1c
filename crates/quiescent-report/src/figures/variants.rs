//! Trajectories of a network's quiescent phases beside one another: from other starts, with other noise,
//! or of other length.

use super::headings::{LinesPanel, span, unroll};
use super::paths::{BoxPanel, Path, extent};
use super::rows::Rows;
use crate::color;
use crate::figure::{Figure, Missing, Panel, THIRD_WIDTH};
use crate::view::{RunView, TaskKind, is_untrained, variant_words};
use quiescent::readable;

/// Trials and steps shown of each phase.
const TRIALS: usize = 4;
const STEPS: usize = 400;
/// Panels in a row.
const IN_A_ROW: usize = 3;

/// The figure; none if the network has one quiescent phase alone.
pub(super) fn draw(run: &RunView, id: &str) -> Option<Result<Figure, Missing>> {
    let found = run.measurements.as_ref()?;
    let variants: Vec<_> = run.variants().collect();
    if variants.len() < 2 {
        return None;
    }
    let drawn: Vec<Variant<'_>> = variants
        .iter()
        .map(|(name, phase)| {
            let shown = phase.trajectories.iter().take(TRIALS).map(|trial| {
                let steps = trial.iter().take(STEPS);
                steps.map(|at| at.iter().map(|v| f64::from(*v)).collect()).collect()
            });
            let untrained = is_untrained(name, found);
            Variant { name, untrained, trials: shown.collect() }
        })
        .collect();
    let title = "Comparison of the quiescent phases".to_owned();
    let panels = match run.task() {
        TaskKind::Spatial => match run.arena() {
            Some(arena) => in_box(&drawn, arena, id),
            None => {
                let reason = "The box of this run has no area.".into();
                return Some(Err(Missing { title, reason }));
            }
        },
        TaskKind::HeadDirection => against_time(&drawn, found.dt_s, id),
    };
    let words: Vec<String> = variants
        .iter()
        .map(|(name, phase)| format!("{name} ({})", variant_words(name, phase, found)))
        .collect();
    let longest = drawn.iter().flat_map(|of| &of.trials).map(Vec::len).max().unwrap_or(0);
    let mut notes = Vec::new();
    if variants.iter().any(|(_, phase)| phase.steps > longest) {
        let seconds = readable::derived(longest as f64 * found.dt_s);
        notes.push(format!("At most the first {seconds} s of each trial are drawn."));
    }
    if drawn.iter().any(|of| of.untrained) {
        notes.push(
            "Paths of the untrained network may leave the axes, which fit the others.".into(),
        );
    }
    let mut rows = panels.into_iter();
    let rows = std::iter::from_fn(|| {
        let row: Vec<Panel> = rows.by_ref().take(IN_A_ROW).collect();
        (!row.is_empty()).then_some(row)
    });
    Some(Ok(Figure {
        name: "variants".into(),
        title,
        caption: format!(
            "Each panel shows decoded {} of up to {TRIALS} trials of one quiescent phase of this \
             network, all with the same axes. The phases are {}. The table below compares them.",
            match run.task() {
                TaskKind::Spatial => "positions",
                TaskKind::HeadDirection => "headings, unrolled, against time",
            },
            words.join(", ")
        ),
        notes,
        rows: rows.collect(),
        data: Some(table(&drawn, run.task()).finish()),
    }))
}

/// What is drawn of one phase.
struct Variant<'a> {
    name: &'a str,
    /// The untrained network goes farther than the others and must not set the axes.
    untrained: bool,
    /// `[trial][step][dim]`.
    trials: Vec<Vec<Vec<f64>>>,
}

fn in_box(drawn: &[Variant<'_>], arena: [f64; 4], id: &str) -> Vec<Panel> {
    let path = |trial: &Vec<Vec<f64>>| -> Path {
        trial.iter().filter_map(|at| Some([*at.first()?, *at.get(1)?])).collect()
    };
    let paths = |of: &Variant<'_>| -> Vec<Path> { of.trials.iter().map(path).collect() };
    let fitted = drawn.iter().filter(|of| !of.untrained).flat_map(paths).flatten();
    let extent = extent(arena, fitted);
    let panel = |(index, of): (usize, &Variant<'_>)| {
        let panel = BoxPanel {
            title: of.name,
            color: color::QUIESCENT,
            alt: format!("Decoded trajectories of the phase {} in the box", of.name),
            arena,
            extent,
            width: THIRD_WIDTH,
            id: &format!("{id}-{index}"),
        };
        panel.draw(&paths(of))
    };
    drawn.iter().enumerate().map(panel).collect()
}

fn against_time(drawn: &[Variant<'_>], dt_s: f64, id: &str) -> Vec<Panel> {
    let line = |trial: &Vec<Vec<f64>>| {
        unroll(trial.iter().map(|at| at.first().copied().unwrap_or(f64::NAN)))
    };
    let lines = |of: &Variant<'_>| -> Vec<Vec<f64>> { of.trials.iter().map(line).collect() };
    let fitted = drawn.iter().filter(|of| !of.untrained).flat_map(lines).flatten();
    let extent = span(fitted);
    let panel = |(index, of): (usize, &Variant<'_>)| {
        let panel = LinesPanel {
            title: of.name,
            color: color::QUIESCENT,
            alt: format!("Decoded headings of the phase {} against time", of.name),
            dt_s,
            extent,
            width: THIRD_WIDTH,
            id: &format!("{id}-{index}"),
        };
        panel.draw(&lines(of))
    };
    drawn.iter().enumerate().map(panel).collect()
}

/// The steps shown: trials count from 0, steps from 1.
fn table(drawn: &[Variant<'_>], task: TaskKind) -> Rows {
    let mut rows = Rows::new(match task {
        TaskKind::Spatial => "phase,trial,step,x_m,y_m",
        TaskKind::HeadDirection => "phase,trial,step,heading_rad",
    });
    let columns: &[&'static str] = match task {
        TaskKind::Spatial => &["x_m", "y_m"],
        TaskKind::HeadDirection => &["heading_rad"],
    };
    for Variant { name, trials, .. } in drawn {
        for (trial, steps) in trials.iter().enumerate() {
            for (step, at) in steps.iter().enumerate() {
                let place = [
                    ("phase", (*name).into()),
                    ("trial", trial.into()),
                    ("step", (step + 1).into()),
                ];
                let values =
                    columns.iter().zip(at).map(|(column, v)| (*column, (*v as f32).into()));
                rows.push(place.into_iter().chain(values));
            }
        }
    }
    rows
}
