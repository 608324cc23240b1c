//! Decoded trajectories, active beside quiescent: in the box, or headings against time.

use ndarray::ArrayView2;
use quiescent::simulate::Phase;

use super::headings::{LinesPanel, span, unroll};
use super::paths::{BoxPanel, Path, extent};
use crate::figure::{Figure, HALF_WIDTH, Missing};
use crate::table::{Cell, Table};
use crate::view::{PhaseKind, RunView, TaskKind};
use quiescent::readable;

/// Trials shown in the box.
const TRIALS: usize = 12;
/// Trials of headings shown.
const HEADING_TRIALS: usize = 8;
/// Steps shown of each trial.
const STEPS: usize = 400;
pub(super) fn draw(run: &RunView, id: &str) -> Result<Figure, Missing> {
    let title = "Decoded trajectories".to_owned();
    let phases: Vec<(PhaseKind, &Phase)> = PhaseKind::BOTH
        .iter()
        .filter_map(|kind| Some((*kind, run.drawable(*kind).ok()?)))
        .collect();
    let notes = run.why_not_drawable();
    if phases.is_empty() {
        return Err(Missing { title, reason: notes.join(" ") });
    }
    let dt_s = run.experiment.time.dt_s;
    let lengths: Vec<String> = phases
        .iter()
        .map(|(kind, phase)| {
            let (trials, steps, _) = phase.decoded.dim();
            let seconds = readable::derived(steps.min(STEPS) as f64 * dt_s);
            format!(
                "{} of {} {} trials ({})",
                shown_trials(phase),
                readable::count(trials as u64),
                kind.key(),
                if steps > STEPS {
                    format!("the first {seconds} s of each")
                } else {
                    format!("{seconds} s each")
                }
            )
        })
        .collect();
    let (row, body) = match run.task() {
        TaskKind::Spatial => {
            let Some(arena) = run.arena() else {
                return Err(Missing { title, reason: "The box of this run has no area.".into() });
            };
            let paths =
                phases.iter().map(|(kind, phase)| (*kind, paths(phase))).collect::<Vec<_>>();
            let positions = paths.iter().flat_map(|(_, paths)| paths).flatten().copied();
            let extent = extent(arena, positions);
            let row = paths
                .iter()
                .map(|(kind, paths)| {
                    let panel = BoxPanel {
                        title: kind.title(),
                        color: kind.color(),
                        alt: format!("Decoded {} trajectories in the box", kind.key()),
                        arena,
                        extent,
                        width: HALF_WIDTH,
                        id: &format!("{id}-{}", kind.key()),
                    };
                    panel.draw(paths)
                })
                .collect();
            let body = "The lines show the positions decoded from the network’s output, step by \
             step, in the box (grey outline). While active, the network receives every \
             displacement and has to follow the animal. While quiescent, it receives no input. If \
             it reactivates its active states, its decoded position still moves through the same \
             box, in steps that are on average no larger than the active ones. If a quiescent path \
             stays in one spot, the network explores nothing. If the mean quiescent step is larger, \
             the findings say so.";
            (row, body)
        }
        TaskKind::HeadDirection => {
            let unrolled =
                phases.iter().map(|(kind, phase)| (*kind, unrolled(phase))).collect::<Vec<_>>();
            let [low, high] = span(unrolled.iter().flat_map(|(_, lines)| lines).flatten().copied());
            let row = unrolled
                .iter()
                .map(|(kind, lines)| {
                    let panel = LinesPanel {
                        title: kind.title(),
                        color: kind.color(),
                        alt: format!("Decoded {} headings against time", kind.key()),
                        dt_s,
                        extent: [low, high],
                        width: HALF_WIDTH,
                        id: &format!("{id}-{}", kind.key()),
                    };
                    panel.draw(lines)
                })
                .collect();
            let body = "The lines show the headings decoded from the network’s output against \
             time, unrolled: a heading that goes once around the circle goes on at 2π, and grey \
             lines mark whole turns from 0. While active, the network receives every turn. While \
             quiescent, it receives no input. If it reactivates its active states, its decoded \
             heading keeps drifting, in steps that are on average no larger than the active ones; if \
             they are larger, the findings say so. A horizontal line is a heading that does not \
             change.";
            (row, body)
        }
    };
    Ok(Figure {
        name: "trajectories".into(),
        title,
        caption: format!(
            "{body} Each trial has its own shade{}. The panels show {}.",
            match run.task() {
                TaskKind::Spatial =>
                    "; circles mark starts, and triangles mark ends of what is drawn",
                TaskKind::HeadDirection => "",
            },
            lengths.join(" and ")
        ),
        notes,
        rows: vec![row],
        data: Some(table(run.task(), &phases)),
    })
}

/// The steps shown. Trials count from 0, as in a phase's arrays; steps from 1.
fn table(task: TaskKind, phases: &[(PhaseKind, &Phase)]) -> Table {
    let mut columns = vec!["phase", "trial", "step"];
    columns.extend(match task {
        TaskKind::Spatial => &["x_m", "y_m"][..],
        TaskKind::HeadDirection => &["heading_rad"],
    });
    let mut table = Table::new(&columns);
    for (kind, phase) in phases {
        for (trial, decoded) in shown(phase) {
            for (step, row) in (1u64..).zip(decoded.rows()) {
                let place = [kind.key().into(), (trial as u64).into(), step.into()];
                table.push(place.into_iter().chain(row.iter().map(|value| Cell::from(*value))));
            }
        }
    }
    table
}

fn shown_trials(phase: &Phase) -> usize {
    let (trials, _, dim) = phase.decoded.dim();
    trials.min(if dim == 1 { HEADING_TRIALS } else { TRIALS })
}

/// The trials shown, spread over all trials: the index of each and its values `[step, dim]`.
fn shown(phase: &Phase) -> impl Iterator<Item = (usize, ArrayView2<'_, f32>)> {
    let (trials, steps, _) = phase.decoded.dim();
    let count = shown_trials(phase);
    (0..count).map(move |i| {
        let trial = i * trials / count;
        let decoded = phase.decoded.index_axis(ndarray::Axis(0), trial);
        (trial, decoded.slice_move(ndarray::s![..steps.min(STEPS), ..]))
    })
}

/// The positions of the trials shown.
fn paths(phase: &Phase) -> Vec<Path> {
    shown(phase)
        .map(|(_, trial)| {
            trial.rows().into_iter().map(|row| [0, 1].map(|i| row[i].into())).collect()
        })
        .collect()
}

/// The unrolled headings of the trials shown, in rad.
fn unrolled(phase: &Phase) -> Vec<Vec<f64>> {
    shown(phase)
        .map(|(_, trial)| unroll(trial.column(0).iter().map(|heading| f64::from(*heading))))
        .collect()
}
