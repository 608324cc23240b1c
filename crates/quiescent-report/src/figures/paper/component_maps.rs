//! Figures 1j,k: kernel densities of hidden activity on the first two active components.

use quiescent::paper::Condition;

use super::maps::Maps;
use super::select::{BOTH, Runs, because, failed, measured, phase_title, seconds};
use crate::axes::{bar_ticks, color_bar};
use crate::color::ColorMap;
use crate::figure::HALF_WIDTH;
use crate::figures::drawing::{Drawing, Drawn};
use crate::figures::rows::Rows;
use crate::scale::Scale;

pub(super) fn draw(runs: &Runs<'_>, condition: Condition, id: &str) -> Drawing {
    let study = runs.example(condition)?;
    let mut notes = Vec::new();
    let mut found = Vec::new();
    for phase in BOTH {
        let what = "density of hidden activity";
        let Some(components) = measured(study, phase, what, |p| p.components.as_ref(), &mut notes)
        else {
            continue;
        };
        match &components.density {
            Ok(grid) => found.push((phase, grid)),
            Err(reason) => {
                notes.push(failed(study, &format!("{what} ({})", phase.label()), reason));
            }
        }
    }
    let maps = Maps::sound(study, found, &mut notes);
    if maps.0.is_empty() {
        return Err(because(&notes));
    }
    let top = maps.top("unit of activity squared", &mut notes);
    let mut rows = Rows::new("condition,seed,phase,pc1,pc2,density");
    rows.always("condition", condition.to_string());
    rows.always("seed", study.seed);
    maps.each(|phase, x, y, density| {
        rows.push([
            ("phase", phase.name().into()),
            ("pc1", x.into()),
            ("pc2", y.into()),
            ("density", density.into()),
        ]);
    });
    let panels = maps.panels(None, top, HALF_WIDTH, |phase| phase_title(phase).into(), id);
    let bar = color_bar(
        &format!("{id}-bar"),
        ColorMap::Density,
        "Density of hidden states (1/activity²)",
        &bar_ticks(Scale::linear(0.0, top)),
    );
    Ok(Drawn {
        caption: format!(
            "The maps show how often the hidden state of {condition}, seed {}, is found at each \
             point of the plane in which the activity of the active phase varies most (its first \
             two principal components). They are Gaussian kernel densities of a sample of the \
             active states and of those in the first {} of quiescent trials, on one colour scale. \
             If the quiescent network revisits the active states, the two maps have the same shape \
             and extent.",
            study.seed,
            seconds(study, study.protocol.component_steps)
        ),
        notes,
        panels: vec![panels, vec![bar]],
        data: rows,
    })
}
