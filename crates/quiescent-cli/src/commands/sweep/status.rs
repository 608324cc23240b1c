//! `quiescent sweep status`: what has become of the runs of a sweep.

use super::arguments::StatusArguments;
use crate::manifest::{self, Manifest};
use crate::slurm::state::{self, Label, RunState};
use crate::slurm::{Submissions, submit};
use crate::ui::failure::Failure;
use crate::ui::table::Table;
use quiescent::readable::counted;
use quiescent::workflow::plan::Plan;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Most runs that are all named.
const MOST_NAMED: usize = 60;

/// Runs the command.
pub(crate) fn run(arguments: &StatusArguments) -> Result<(), Failure> {
    arguments.options.only_with(arguments.resubmit, "--resubmit")?;
    let path = manifest::locate(&arguments.sweep);
    let plan = Manifest::read(&path)?.plan_of_intact(&path);
    let submissions = Submissions::of(&plan.out)?;
    let states = state::of_all(&plan, &submissions);
    let found = as_json(&plan, &states, &submissions);
    arguments.json.print(&found, |_| lines(&plan, &states, arguments.all))?;
    if !arguments.resubmit {
        return Ok(());
    }
    let missing = state::missing(&plan, &states, &submissions, true)?;
    let options = submissions.options.unwrap_or_default().under(&arguments.options);
    submit(&missing, &options, true)
}

fn lines(plan: &Plan, states: &[RunState], all: bool) -> Vec<String> {
    let mut table = Table::new(&["run", "state", "batches"]);
    let mut details = Vec::new();
    let many = states.len() > MOST_NAMED && !all;
    let shown = |state: &RunState| {
        !many || !matches!(state.label, Label::Done | Label::Waiting | Label::Missing)
    };
    for (run, state) in plan.runs.iter().zip(states).filter(|(_, state)| shown(state)) {
        let batches = format!("{}/{}", state.batch, run.experiment.training.batches);
        table.row([run.name.clone(), state.label.as_str().to_owned(), batches]);
        details.push(&state.detail);
    }
    let mut lines = if details.is_empty() { Vec::new() } else { table.lines() };
    for (row, detail) in lines.iter_mut().skip(1).zip(details) {
        if !detail.is_empty() {
            row.push_str(&format!("  {detail}"));
        }
    }
    lines.push(format!("{}: {}", counted(states.len(), "run"), state::counted(states)));
    lines
}

fn as_json(plan: &Plan, states: &[RunState], submissions: &Submissions) -> Value {
    let runs: Vec<_> = plan
        .runs
        .iter()
        .zip(states)
        .map(|(run, state)| {
            json!({
                "name": run.name,
                "folder": plan.folder(run),
                "identity": run.identity,
                "state": state.label.as_str(),
                "batch": state.batch,
                "batches": run.experiment.training.batches,
                "detail": state.detail,
            })
        })
        .collect();
    let counts: BTreeMap<&str, usize> =
        state::counts(states).into_iter().map(|(label, count)| (label.as_str(), count)).collect();
    json!({ "counts": counts, "queue_asked": submissions.asked, "runs": runs })
}
