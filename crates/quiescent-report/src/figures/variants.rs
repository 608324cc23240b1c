//! Trajectories of a network's quiescent phases beside one another: from other starts, with other noise,
//! or of other length.

use super::headings::{LinesPanel, span, unroll};
use super::paths::{BoxPanel, Path, extent};
use super::rows::Rows;
use crate::color;
use crate::figure::{Figure, Missing, Panel, THIRD_WIDTH};
use crate::view::{RunView, TaskKind, variant_words};
use quiescent::readable;

/// Trials and steps shown of each phase.
const TRIALS: usize = 4;
const STEPS: usize = 400;
/// Phase of the untrained network, which goes farther than the others and must not set the axes.
const UNTRAINED: &str = "untrained";
/// Panels in a row.
const IN_A_ROW: usize = 3;

/// The figure; none if the network has one quiescent phase alone.
pub(super) fn draw(run: &RunView, id: &str) -> Option<Result<Figure, Missing>> {
    let found = run.measurements.as_ref()?;
    let variants: Vec<_> = run.variants().collect();
    if variants.len() < 2 {
        return None;
    }
    let trials: Vec<(&str, Vec<Vec<Vec<f64>>>)> = variants
        .iter()
        .map(|(name, phase)| {
            let shown = phase.trajectories.iter().take(TRIALS).map(|trial| {
                let steps = trial.iter().take(STEPS);
                steps.map(|at| at.iter().map(|v| f64::from(*v)).collect()).collect()
            });
            (*name, shown.collect())
        })
        .collect();
    let title = "Comparison of the quiescent phases".to_owned();
    let panels = match run.task() {
        TaskKind::Spatial => match run.arena() {
            Some(arena) => in_box(&trials, arena, id),
            None => {
                let reason = "The box of this run has no area.".into();
                return Some(Err(Missing { title, reason }));
            }
        },
        TaskKind::HeadDirection => against_time(&trials, found.dt_s, id),
    };
    let words: Vec<String> = variants
        .iter()
        .map(|(name, phase)| format!("{name} ({})", variant_words(name, phase, found)))
        .collect();
    let longest = trials.iter().flat_map(|(_, trials)| trials).map(Vec::len).max().unwrap_or(0);
    let mut notes = Vec::new();
    if variants.iter().any(|(_, phase)| phase.steps > longest) {
        let seconds = readable::derived(longest as f64 * found.dt_s);
        notes.push(format!("At most the first {seconds} s of each trial are drawn."));
    }
    if variants.iter().any(|(name, _)| *name == UNTRAINED) {
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
        data: Some(table(&trials, run.task()).finish()),
    }))
}

fn in_box(trials: &[(&str, Vec<Vec<Vec<f64>>>)], arena: [f64; 4], id: &str) -> Vec<Panel> {
    let paths: Vec<(&str, Vec<Path>)> = trials
        .iter()
        .map(|(name, trials)| {
            let path = |trial: &Vec<Vec<f64>>| -> Path {
                trial.iter().filter_map(|at| Some([*at.first()?, *at.get(1)?])).collect()
            };
            (*name, trials.iter().map(path).collect())
        })
        .collect();
    let fitted = paths.iter().filter(|(name, _)| *name != UNTRAINED);
    let extent = extent(arena, fitted.flat_map(|(_, paths)| paths).flatten().copied());
    paths
        .iter()
        .enumerate()
        .map(|(index, (name, paths))| {
            let panel = BoxPanel {
                title: name,
                color: color::QUIESCENT,
                alt: format!("Decoded trajectories of the phase {name} in the box"),
                arena,
                extent,
                width: THIRD_WIDTH,
                id: &format!("{id}-{index}"),
            };
            panel.draw(paths)
        })
        .collect()
}

fn against_time(trials: &[(&str, Vec<Vec<Vec<f64>>>)], dt_s: f64, id: &str) -> Vec<Panel> {
    let lines: Vec<(&str, Vec<Vec<f64>>)> = trials
        .iter()
        .map(|(name, trials)| {
            let line = |trial: &Vec<Vec<f64>>| {
                unroll(trial.iter().map(|at| at.first().copied().unwrap_or(f64::NAN)))
            };
            (*name, trials.iter().map(line).collect())
        })
        .collect();
    let fitted = lines.iter().filter(|(name, _)| *name != UNTRAINED);
    let extent = span(fitted.flat_map(|(_, lines)| lines).flatten().copied());
    lines
        .iter()
        .enumerate()
        .map(|(index, (name, lines))| {
            let panel = LinesPanel {
                title: name,
                color: color::QUIESCENT,
                alt: format!("Decoded headings of the phase {name} against time"),
                dt_s,
                extent,
                width: THIRD_WIDTH,
                id: &format!("{id}-{index}"),
            };
            panel.draw(lines)
        })
        .collect()
}

/// The steps shown: trials count from 0, steps from 1.
fn table(trials: &[(&str, Vec<Vec<Vec<f64>>>)], task: TaskKind) -> Rows {
    let mut rows = Rows::new(match task {
        TaskKind::Spatial => "phase,trial,step,x_m,y_m",
        TaskKind::HeadDirection => "phase,trial,step,heading_rad",
    });
    let columns: &[&'static str] = match task {
        TaskKind::Spatial => &["x_m", "y_m"],
        TaskKind::HeadDirection => &["heading_rad"],
    };
    for (name, trials) in trials {
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
