//! Figures 1d,e and 2a,b: decoded trajectories, active beside quiescent.

use quiescent::paper::{Condition, PhaseKey, RunStudy};

use super::select::{BOTH, Runs, because, color, failed, phase_title, seconds};
use crate::figure::{HALF_WIDTH, Panel};
use crate::figures::drawing::{Drawing, Drawn};
use crate::figures::paths::{BoxPanel, Path, extent};
use crate::figures::rows::Rows;

/// Trials shown, at most.
const TRIALS: usize = 12;
/// Steps shown of each.
const STEPS: usize = 400;

pub(super) fn draw(runs: &Runs<'_>, condition: Condition, id: &str) -> Drawing {
    let study = runs.example(condition)?;
    let mut notes = Vec::new();
    let found: Vec<Example> =
        BOTH.into_iter().filter_map(|phase| Example::find(study, phase, &mut notes)).collect();
    let arena = arena(study)?;
    if found.is_empty() {
        return Err(because(&notes));
    }
    let shown: Vec<String> = found.iter().map(|example| example.words(study)).collect();
    let mut rows = Rows::new("condition,seed,phase,trial,step,x_m,y_m");
    rows.always("condition", condition.to_string());
    for example in &found {
        example.fill(&mut rows);
    }
    let panels = panels(&found, arena, HALF_WIDTH, |example| phase_title(example.phase).into(), id);
    Ok(Drawn {
        caption: format!(
            "The lines show the positions decoded from the output of {condition}, seed {}, in \
             the box (grey outline). While active, the network receives every displacement and \
             has to follow the animal. While quiescent, it receives noise and no input. Circles mark starts and triangles mark ends of what is drawn: {}. If \
             the network reactivates its active states, quiescent paths move smoothly {}, without \
             standing still or jumping.",
            study.seed,
            shown.join(" and "),
            if condition.biased {
                "around the ring that active paths follow"
            } else {
                "through the whole box"
            },
        ),
        notes,
        panels: vec![panels],
        data: rows,
    })
}

/// The paths shown of a phase.
pub(super) struct Example {
    pub phase: PhaseKey,
    pub condition: Condition,
    pub seed: u64,
    pub paths: Vec<Path>,
}

impl Example {
    /// The first trials of a phase, or a note that tells why there are none.
    pub(super) fn find(study: &RunStudy, phase: PhaseKey, notes: &mut Vec<String>) -> Option<Self> {
        let what = format!("trajectories ({})", phase.label());
        let found = match study.phase(phase) {
            Ok(found) => found,
            Err(reason) => {
                notes.push(failed(study, &what, &reason));
                return None;
            }
        };
        let paths: Vec<Path> = found
            .trajectories
            .iter()
            .take(TRIALS)
            .map(|trial| {
                let steps = trial.iter().take(STEPS);
                steps
                    .filter_map(|at| Some([f64::from(*at.first()?), f64::from(*at.get(1)?)]))
                    .collect()
            })
            .filter(|path: &Path| path.iter().flatten().any(|v| v.is_finite()))
            .collect();
        if paths.is_empty() {
            notes.push(failed(study, &what, "none of its trials holds a position"));
            return None;
        }
        Some(Self { phase, condition: study.condition, seed: study.seed, paths })
    }

    /// `12 active trials of 2 s`, or `the first 4 s of 12 quiescent trials`.
    pub(super) fn words(&self, study: &RunStudy) -> String {
        let steps = self.paths.iter().map(Vec::len).max().unwrap_or(0);
        let drawn = seconds(study, steps);
        let trials = format!("{} {} trials", self.paths.len(), self.phase.label());
        let longer = study.phase(self.phase).is_ok_and(|phase| phase.steps > steps);
        if longer {
            format!("the first {drawn} of {trials}")
        } else {
            format!("{trials} of {drawn}")
        }
    }

    /// Adds the paths to a table that has these columns: trials count from 0, steps from 1.
    pub(super) fn fill(&self, rows: &mut Rows) {
        for (trial, path) in self.paths.iter().enumerate() {
            for (step, [x, y]) in path.iter().enumerate() {
                rows.push([
                    ("phase", self.phase.name().into()),
                    ("seed", self.seed.into()),
                    ("trial", trial.into()),
                    ("step", (step + 1).into()),
                    ("x_m", (*x).into()),
                    ("y_m", (*y).into()),
                ]);
            }
        }
    }
}

/// The box of a study.
///
/// # Errors
/// That it has none.
pub(super) fn arena(study: &RunStudy) -> Result<[f64; 4], String> {
    let region = study.found.space.region();
    region
        .and_then(crate::view::corners)
        .ok_or_else(|| failed(study, "picture", "this run integrates no position"))
}

/// One panel for each example, all with the same axes.
pub(super) fn panels(
    examples: &[Example],
    arena: [f64; 4],
    width: f64,
    title: impl Fn(&Example) -> String,
    id: &str,
) -> Vec<Panel> {
    let positions = examples.iter().flat_map(|example| &example.paths).flatten().copied();
    let extent = extent(arena, positions);
    examples
        .iter()
        .map(|example| {
            let title = title(example);
            let noise = if example.condition.noisy { "noisy" } else { "noiseless" };
            let panel = BoxPanel {
                title: &title,
                color: color(example.phase),
                alt: format!(
                    "Decoded trajectories of {}, {}",
                    example.condition,
                    example.phase.label()
                ),
                arena,
                extent,
                width,
                id: &format!("{id}-{noise}-{}-paths", example.phase.name().replace('_', "-")),
            };
            panel.draw(&example.paths)
        })
        .collect()
}
