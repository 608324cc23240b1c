//! What is said after the runs of a sweep.

use crate::ui::failure::Failure;
use crate::ui::flags::Json;
use crate::ui::learning;
use crate::ui::output::{duration, quote};
use crate::ui::table::Table;
use quiescent::analysis::Verdict;
use quiescent::readable::counted;
use quiescent::run::RunFolder;
use quiescent::workflow::plan::{Plan, Run, State};
use quiescent::workflow::{self, Learned};
use serde_json::json;

/// Most rows of the table at the end; beyond them only failures are named.
const MOST_ROWS: usize = 200;

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
                "constant_answer_error": row.learned.map(|learned| learned.constant_answer_error),
                "learned": row.learned.map(|learned| learned.verdict == Verdict::Holds),
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
            "{} of {} {} done, in {}; gather them with: quiescent sweep collect {}",
            rows.len() - failed,
            counted(rows.len(), "run"),
            if rows.len() == 1 { "is" } else { "are" },
            duration(seconds),
            quote(&plan.out)
        ));
        lines
    })?;
    match results.iter().find_map(|result| result.as_ref().err()) {
        None => Ok(()),
        Some(first) => {
            let all = format!("{} failed", counted(failed, "run"));
            // Neither a diverged run nor a damaged one would come out otherwise.
            let lost = |(run, result): (&Run, &Result<(), Failure>)| match result {
                Ok(()) | Err(Failure::Diverged(_)) => true,
                Err(_) => matches!(State::of(&plan.folder(run), run.after), State::Damaged { .. }),
            };
            let again = if plan.runs.iter().zip(results).all(lost) {
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
    let [error, constant, learned] = learning::HEADS;
    let mut table = Table::new(&[
        "run",
        "batches",
        "test loss",
        error,
        constant,
        learned,
        "KL(quiescent‖active)",
        "training",
    ]);
    for (run, row) in rows.iter().filter(|(_, row)| !many && row.failure.is_none()) {
        let [error, constant, learned] = learning::columns(row.learned, &row.unit);
        table.row([
            run.name.clone(),
            row.batch.to_string(),
            row.test_loss.map_or_else(|| "–".to_owned(), |loss| format!("{loss:.3e}")),
            error,
            constant,
            learned,
            learning::judged(row.learned.map(|learned| learned.verdict), row.kl),
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
    learned: Option<Learned>,
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
            learned: Learned::of(record, tested, found.as_ref()),
            kl: found
                .and_then(|found| Some(found.reactivation().ok()?.kl_quiescent_from_active.nats)),
            training_s: record.training_s,
            sha256: record.parameters_sha256.clone(),
        }
    }
}
