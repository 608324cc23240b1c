//! A run's phases, moving: stored values that the viewer plays in the page.

use maud::{Markup, PreEscaped, html};
use quiescent_view::{StoredPhase, StoredRun};

use crate::view::{PhaseKind, RunView};

/// Most trials and steps of a phase, and most phases: a page should stay small.
const TRIALS: usize = 40;
const STEPS: usize = 200;
const PHASES: usize = 4;

/// What makes viewers of the stored phases.
pub(super) const SCRIPT: &str = include_str!("moving.js");

/// The player of a run's phases; nothing without an active phase.
pub(super) fn player(run: &RunView) -> Markup {
    let Some(stored) = stored(run) else { return html! {} };
    let json = serde_json::to_string(&stored).unwrap_or_default();
    html! {
        div.moving {
            h3 { "Moving" }
            p.small {
                "The same phases in time (at most " (PHASES) " of them, and " (TRIALS) " trials of " (STEPS) " steps of each). To look at the network itself, and to "
                "change noise and starts: " code { "quiescent view" } "."
            }
            // Data, which is not run. A name could otherwise end the element.
            div { script type="application/json" { (PreEscaped(json.replace('<', "\\u003c"))) } }
        }
    }
}

fn stored(run: &RunView) -> Option<StoredRun> {
    let [active, quiescent] = PhaseKind::BOTH.map(PhaseKind::key);
    let space = run.measurements.as_ref()?.space.clone();
    let own = |name: &str, title: &str, rest: bool| {
        let phase = run.phases.get(name)?;
        Some(StoredPhase::new(title, rest, phase.decoded.view(), &space, [TRIALS, STEPS]))
    };
    let first = own(active, PhaseKind::Active.title(), false)?;
    let others = run.phases.keys().filter(|name| ![active, quiescent].contains(&name.as_str()));
    let rest = own(quiescent, PhaseKind::Quiescent.title(), true)
        .into_iter()
        .chain(others.filter_map(|name| own(name, name, true)));
    let phases: Vec<StoredPhase> = std::iter::once(first).chain(rest).take(PHASES).collect();
    (phases.len() > 1).then(|| StoredRun::new("", run.experiment.time.dt_s, &space, phases))
}
