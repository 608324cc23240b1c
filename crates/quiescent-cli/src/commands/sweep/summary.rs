//! What is said before and after the runs of a sweep.

use crate::slurm::quote;
use crate::ui::failure::Failure;
use crate::ui::flags::Json;
use crate::ui::output::{counted, duration};
use crate::ui::planned::sharing;
use crate::ui::table::Table;
use quiescent::run::RunFolder;
use quiescent::workflow;
use quiescent::workflow::plan::{Estimates, Plan, Run, State};
use serde_json::json;

/// Most rows of the table at the end; beyond them only failures are named.
const MOST_ROWS: usize = 200;

/// The table of `--dry-run`.
pub(super) fn before(plan: &Plan, estimates: &Estimates, json: Json) -> Result<(), Failure> {
    let mut rows = Vec::with_capacity(plan.runs.len());
    for run in &plan.runs {
        let folder = plan.folder(run);
        let state = match State::of(&folder, run.after) {
            State::Missing => "new",
            State::Done => "done",
            State::Running { .. } => "running",
            State::Stopped { .. } => "begun",
            State::Failed { .. } => "failed",
        };
        let left_s = estimates.left_s(plan, run);
        let memory = run.memory_bytes();
        rows.push((run, state, left_s, memory));
    }
    let all_s = estimates.until_all_done_s(rows.iter().map(|row| row.2));
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
    let all = json!({
        "runs": runs,
        "jobs": estimates.sharing.jobs,
        "threads_each": estimates.sharing.threads,
        "estimated_s": all_s,
        "estimated_memory_mb": memory as f64 / 1e6,
    });
    json.print(&all, |_| {
        let mut table = Table::new(&["run", "state", "time", "memory"]);
        for (run, state, left_s, memory) in &rows {
            let state = (*state).to_owned();
            table.row([run.name.clone(), state, duration(*left_s), megabytes(*memory)]);
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

/// The table at the end, and the exit code: that of the first failure if there is one.
pub(super) fn after(
    plan: &Plan,
    results: &[Result<(), Failure>],
    seconds: f64,
    json: Json,
) -> Result<(), Failure> {
    let rows: Vec<(&Run, Row)> = plan
        .runs
        .iter()
        .zip(results)
        .map(|(run, result)| (run, Row::of(plan, run, result)))
        .collect();
    let failed = rows.iter().filter(|(_, row)| row.failure.is_some()).count();
    let runs: Vec<_> = rows
        .iter()
        .map(|(run, row)| {
            json!({
                "name": run.name,
                "folder": plan.folder(run),
                "identity": run.identity,
                "state": if row.failure.is_some() { "failed" } else { "done" },
                "failure": row.failure,
                "batch": row.batch,
                "test_loss": row.test_loss,
                "decode_error": row.decode_error,
                "kl_quiescent_from_active": row.kl,
                "training_s": row.training_s,
                "parameters_sha256": row.sha256,
            })
        })
        .collect();
    let all = json!({ "runs": runs, "failed": failed, "seconds": seconds });
    json.print(&all, |_| {
        let mut lines = table(&rows, failed);
        lines.push(format!(
            "{} of {} runs are done, in {}; gather them with: quiescent sweep collect {}",
            rows.len() - failed,
            rows.len(),
            duration(seconds),
            quote(&plan.out)
        ));
        lines
    })?;
    match results.iter().find_map(|result| result.as_ref().err()) {
        None => Ok(()),
        Some(first) => {
            let all = format!("{} failed", counted(failed, "run"));
            let mut failures = results.iter().filter_map(|result| result.as_ref().err());
            let again = if failures.all(|failure| matches!(failure, Failure::Diverged(_))) {
                ""
            } else {
                "; the same command tries again"
            };
            Err(first.with_text(&format!("{all}, the others are done{again}")))
        }
    }
}

/// Runs that are done in a table, then failures in lines.
fn table(rows: &[(&Run, Row)], failed: usize) -> Vec<String> {
    let many = rows.len() > MOST_ROWS;
    let mut table =
        Table::new(&["run", "batches", "test loss", "error", "KL(rest‖wake)", "training"]);
    for (run, row) in rows.iter().filter(|(_, row)| !many && row.failure.is_none()) {
        let number = |value: Option<f64>, digits: usize| {
            value.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"))
        };
        table.row([
            run.name.clone(),
            row.batch.to_string(),
            row.test_loss.map_or_else(|| "–".to_owned(), |loss| format!("{loss:.3e}")),
            format!("{} {}", number(row.decode_error, 3), row.unit),
            number(row.kl, 3),
            duration(row.training_s),
        ]);
    }
    let mut lines = if many || failed == rows.len() { Vec::new() } else { table.lines() };
    lines.extend(rows.iter().filter_map(|(run, row)| {
        let failure = row.failure.as_ref()?;
        Some(format!("{}: error: {failure}", run.name))
    }));
    lines
}

/// What is said of a run.
#[derive(Default)]
struct Row {
    failure: Option<String>,
    batch: u64,
    test_loss: Option<f64>,
    decode_error: Option<f64>,
    unit: String,
    kl: Option<f64>,
    training_s: f64,
    sha256: Option<String>,
}

impl Row {
    fn of(plan: &Plan, run: &Run, result: &Result<(), Failure>) -> Self {
        let failure = result.as_ref().err().map(ToString::to_string);
        let Ok(folder) = RunFolder::open(plan.folder(run)) else {
            return Self { failure, ..Self::default() };
        };
        let record = folder.record();
        let metrics = folder.metrics().unwrap_or_default();
        let tested = metrics.iter().rev().find(|line| line.test_loss.is_some());
        let found = workflow::measurements(&folder).ok().flatten();
        Self {
            failure,
            batch: record.batch,
            test_loss: tested.and_then(|line| line.test_loss),
            decode_error: tested.and_then(|line| line.decode_error),
            unit: tested.and_then(|line| line.decode_error_unit.clone()).unwrap_or_default(),
            kl: found
                .and_then(|found| Some(found.reactivation().ok()?.kl_quiescent_from_active.nats)),
            training_s: record.training_s,
            sha256: record.parameters_sha256.clone(),
        }
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.0} MB", bytes as f64 / 1e6)
}
