//! Decoded trajectories, active beside quiescent: in the box, or around a dial of headings.

use ndarray::ArrayView2;
use quiescent::simulate::Phase;

use super::paths::{BoxPanel, Path, draw_paths, extent};
use crate::axes::Dial;
use crate::figure::{Figure, HALF_WIDTH, Missing, Panel};
use crate::scale::Scale;
use crate::svg::{Svg, Text};
use crate::table::{Cell, Table};
use crate::view::{PhaseKind, RunView, TaskKind};
use quiescent::readable;

/// Trials shown in the box.
const TRIALS: usize = 12;
/// Trials shown on a dial, where every line crosses the whole picture.
const DIAL_TRIALS: usize = 6;
/// Steps shown of each trial.
const STEPS: usize = 400;
/// Innermost radius of the dial, so that the first steps do not crowd in one point.
const INNER: f64 = 0.14;

pub(super) fn draw(run: &RunView, id: &str) -> Result<Figure, Missing> {
    let title = "Decoded trajectories".to_owned();
    let phases: Vec<(PhaseKind, &Phase)> = PhaseKind::BOTH
        .iter()
        .filter_map(|kind| Some((*kind, run.drawable(*kind).ok()?)))
        .collect();
    let mut notes = run.why_not_drawable();
    if phases.is_empty() {
        return Err(Missing { title, reason: notes.join(" ") });
    }
    let dt_s = run.experiment.time.dt_s;
    let lengths: Vec<String> = phases
        .iter()
        .map(|(kind, phase)| {
            let (trials, steps, _) = phase.decoded.dim();
            format!(
                "{} of {} {} trials ({} s each)",
                shown_trials(phase),
                readable::count(trials as u64),
                kind.key(),
                readable::number(steps.min(STEPS) as f64 * dt_s, 2)
            )
        })
        .collect();
    if phases.iter().any(|(_, phase)| phase.decoded.dim().1 > STEPS) {
        notes.push(format!("Only the first {STEPS} steps of each trial are drawn."));
    }
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
             step, in the box (grey outline). Awake, the network receives every displacement and \
             should track the animal. At rest it receives no input, yet its decoded position \
             should still move through the same box, in steps no larger than the waking ones. If \
             a quiescent path stays in one spot, rest explores nothing; if it jumps, \
             reactivation is not continuous.";
            (row, body)
        }
        TaskKind::HeadDirection => {
            let row = phases.iter().map(|(kind, phase)| dial_panel(*kind, phase, dt_s)).collect();
            let body = "The lines show the headings decoded from the network’s output (angle) \
             against time (radius, from the centre outwards). Awake, the network receives every \
             turn. At rest it receives no input, yet its decoded heading should keep drifting \
             around the dial without breaks. A straight radial line is a heading that does not \
             change.";
            (row, body)
        }
    };
    Ok(Figure {
        name: "trajectories",
        title,
        caption: format!(
            "{body} Circles mark starts and triangles mark ends. The panels show {}.",
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
    trials.min(if dim == 1 { DIAL_TRIALS } else { TRIALS })
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

fn dial_panel(kind: PhaseKind, phase: &Phase, dt_s: f64) -> Panel {
    let dial = Dial { center: (HALF_WIDTH / 2.0, 178.0), radius: 128.0 };
    let color = kind.color();
    let steps = phase.decoded.dim().1.min(STEPS);
    let duration_s = steps as f64 * dt_s;
    let radius_at = |t_s: f64| INNER + (1.0 - INNER) * t_s / duration_s;
    let circles: Vec<(f64, String)> = Scale::linear(0.0, duration_s)
        .ticks(4)
        .into_iter()
        .filter(|tick| tick.value > 0.0 && tick.value < 0.95 * duration_s)
        .map(|tick| (radius_at(tick.value), format!("{} s", tick.label)))
        .collect();
    let mut svg = Svg::default();
    let fractions: Vec<f64> = circles.iter().map(|(fraction, _)| *fraction).collect();
    dial.draw_grid(&mut svg, &fractions);
    let paths: Vec<Vec<Option<(f64, f64)>>> = shown(phase)
        .map(|(_, trial)| {
            trial
                .rows()
                .into_iter()
                .enumerate()
                .map(|(step, row)| {
                    dial.place(f64::from(row[0]), radius_at((step + 1) as f64 * dt_s))
                })
                .collect()
        })
        .collect();
    draw_paths(&mut svg, &paths, color, 1.0);
    dial.draw_radius_labels(&mut svg, &circles);
    let (x, y) = dial.center;
    svg.text((x, y - dial.radius - 28.0), kind.title(), Text::TITLE.color(color));
    let remark =
        format!("angle: heading (rad); radius: time, 0 to {} s", readable::setting(duration_s));
    svg.text((x, y + dial.radius + 36.0), &remark, Text::SMALL);
    Panel::new(
        svg,
        (HALF_WIDTH, y + dial.radius + 46.0),
        format!("Decoded {} headings against time on a dial", kind.key()),
    )
}
