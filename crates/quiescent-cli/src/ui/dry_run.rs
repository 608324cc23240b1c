//! What `--dry-run` says of planned runs: state, time and memory of each, and of all.

use super::failure::Failure;
use super::flags::Json;
use super::output::duration;
use super::planned::sharing;
use super::table::Table;
use quiescent::readable::counted;
use quiescent::workflow::plan::{Estimates, Plan, State};
use serde_json::{Value, json};

/// Work that follows the runs: what it is, and the seconds that it is estimated to take.
pub(crate) type Following = (&'static str, f64);

/// Prints what would be done, and writes nothing.
pub(crate) fn print(
    plan: &Plan,
    estimates: &Estimates,
    following: &[Following],
    json: Json,
) -> Result<(), Failure> {
    let mut rows = Vec::with_capacity(plan.runs.len());
    for run in &plan.runs {
        let folder = plan.folder(run);
        let state = match State::of(&folder, run.after) {
            State::Missing => "new",
            State::Done => "done",
            State::Running { .. } => "running",
            State::Stopped { .. } => "begun",
            State::Failed { .. } => "failed",
            State::Damaged { .. } => "damaged",
        };
        let left_s = estimates.left_s(plan, run);
        rows.push((run, state, left_s, run.memory_bytes()));
    }
    let runs_s = estimates.until_all_done_s(rows.iter().map(|row| row.2));
    let all_s = runs_s + following.iter().map(|(_, seconds)| seconds).sum::<f64>();
    let mut memories: Vec<u64> = rows.iter().map(|row| row.3).collect();
    memories.sort_unstable_by(|a, b| b.cmp(a));
    let memory: u64 = memories.iter().take(estimates.sharing.jobs).sum();
    let runs: Vec<_> = rows
        .iter()
        .map(|(run, state, left_s, memory)| {
            json!({
                "name": run.name,
                "folder": plan.folder(run),
                "identity": run.identity,
                "state": state,
                "estimated_s": left_s,
                "estimated_memory_mb": *memory as f64 / 1e6,
            })
        })
        .collect();
    let mut all = json!({
        "runs": runs,
        "jobs": estimates.sharing.jobs,
        "threads_each": estimates.sharing.threads,
        "estimated_s": all_s,
        "estimated_memory_mb": memory as f64 / 1e6,
    });
    if !following.is_empty() {
        let parts =
            following.iter().map(|(what, seconds)| json!({"part": what, "estimated_s": seconds}));
        all["following"] = Value::Array(parts.collect());
    }
    json.print(&all, |_| {
        let mut table = Table::new(&["run", "state", "time", "memory"]);
        for (run, state, left_s, memory) in &rows {
            let state = (*state).to_owned();
            table.row([run.name.clone(), state, duration(*left_s), megabytes(*memory)]);
        }
        for (what, seconds) in following {
            table.row([(*what).to_owned(), String::new(), duration(*seconds), String::new()]);
        }
        let mut lines = table.lines();
        lines.push(format!(
            "{}, {}: {} in all, {} of memory at a time; nothing was written",
            counted(rows.len(), "run"),
            sharing(estimates),
            duration(all_s),
            megabytes(memory)
        ));
        lines
    })
}

fn megabytes(bytes: u64) -> String {
    format!("{:.0} MB", bytes as f64 / 1e6)
}
