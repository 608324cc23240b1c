//! `quiescent sweep status`: what has become of the runs of a sweep.

use super::arguments::StatusArguments;
use super::manifest::{self, Manifest};
use super::run::{Plan, State};
use super::slurm::options::SlurmOptions;
use super::slurm::{self, Place, Submissions};
use super::table::Table;
use crate::failure::Failure;
use crate::output::say;
use rayon::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;

/// Most runs that are all named.
const MOST_NAMED: usize = 60;

/// What has become of a run, folder and queue together.
struct Fate {
    /// `done`, `running`, `waiting`, `failed`, `stopped`, `missing`.
    word: &'static str,
    batch: u64,
    detail: String,
    /// Whether training it again could only end as it did.
    hopeless: bool,
}

/// Runs the command.
pub(crate) fn run(arguments: &StatusArguments) -> Result<(), Failure> {
    if !arguments.resubmit && arguments.options != SlurmOptions::default() {
        return Err(Failure::Usage(
            "flags for Slurm have a meaning with --resubmit only".to_owned(),
        ));
    }
    let path = manifest::locate(&arguments.sweep);
    let plan = Manifest::read(&path)?.whole_plan(&path)?;
    let submissions = Submissions::of(&plan.out)?;
    let fates: Vec<Fate> = plan
        .runs
        .par_iter()
        .map(|run| {
            let folder = plan.folder(run);
            let fate = fate(State::of(&folder, plan.after), submissions.places.get(&run.identity));
            let hopeless = fate.word == "failed" && State::is_diverged(&folder);
            let logged = matches!(fate.word, "failed" | "stopped" | "missing");
            let detail = match submissions.logs.get(&run.identity) {
                Some(log) if logged && log.exists() => {
                    let gap = if fate.detail.is_empty() { "" } else { "; " };
                    format!("{}{gap}log: {}", fate.detail, log.display())
                }
                _ => fate.detail,
            };
            Fate { detail, hopeless, ..fate }
        })
        .collect();
    if arguments.json {
        print_json(&plan, &fates, &submissions)?;
    } else {
        print_table(&plan, &fates, arguments.all);
    }
    if !arguments.resubmit {
        return Ok(());
    }
    if submissions.count > 0 && !submissions.asked {
        return Err(Failure::Usage(
            "squeue cannot be asked here, so what still waits in the queue is not known: resubmit on \
             a machine of the cluster"
                .to_owned(),
        ));
    }
    let missing = |(_, fate): &(_, &Fate)| {
        matches!(fate.word, "missing" | "stopped" | "failed") && !fate.hopeless
    };
    let runs = plan.runs.iter().zip(&fates).filter(missing).map(|(run, _)| run.clone()).collect();
    let options = submissions.options.unwrap_or_default().under(&arguments.options);
    slurm::submit(&Plan { runs, ..plan }, &options, true)
}

/// The folder tells what is done and what works now; only then has the queue a say.
fn fate(state: State, place: Option<&Place>) -> Fate {
    let new = |word, batch, detail: String| Fate { word, batch, detail, hopeless: false };
    match (state, place) {
        (State::Done, _) => new("done", 0, String::new()),
        (State::Running { batch, by }, _) => new("running", batch, by),
        (State::Stopped { batch }, Some(Place::Running(job))) => new("running", batch, job.clone()),
        (_, Some(Place::Running(job))) => new("running", 0, job.clone()),
        (State::Stopped { batch }, Some(Place::Waiting(job))) => new("waiting", batch, job.clone()),
        (_, Some(Place::Waiting(job))) => new("waiting", 0, job.clone()),
        (State::Failed { reason }, _) => new("failed", 0, reason),
        (State::Stopped { batch }, Some(Place::Ended(how))) => new("stopped", batch, how.clone()),
        (State::Missing, Some(Place::Ended(how))) => new("failed", 0, how.clone()),
        (State::Stopped { batch }, None) => new("stopped", batch, String::new()),
        (State::Missing, None) => new("missing", 0, String::new()),
    }
}

fn counts(fates: &[Fate]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for fate in fates {
        *counts.entry(fate.word).or_insert(0) += 1;
    }
    counts
}

fn print_table(plan: &Plan, fates: &[Fate], all: bool) {
    let mut table = Table::new(&["run", "state", "batches"]);
    let mut details = Vec::new();
    let many = fates.len() > MOST_NAMED && !all;
    let shown = |fate: &Fate| !many || !matches!(fate.word, "done" | "waiting" | "missing");
    for (run, fate) in plan.runs.iter().zip(fates).filter(|(_, fate)| shown(fate)) {
        let total = run.experiment.training.batches;
        let batch = if fate.word == "done" { total } else { fate.batch };
        table.row([run.name.clone(), fate.word.to_owned(), format!("{batch}/{total}")]);
        details.push(&fate.detail);
    }
    let lines = table.lines();
    let (head, rows) = lines.split_at(1);
    if !rows.is_empty() {
        say(&head.join(""));
    }
    for (row, detail) in rows.iter().zip(details) {
        say(&if detail.is_empty() { row.clone() } else { format!("{row}  {detail}") });
    }
    let counts: Vec<String> =
        counts(fates).iter().map(|(word, count)| format!("{count} {word}")).collect();
    say(&format!("{} runs: {}", fates.len(), counts.join(", ")));
}

fn print_json(plan: &Plan, fates: &[Fate], submissions: &Submissions) -> Result<(), Failure> {
    let runs: Vec<_> = plan
        .runs
        .iter()
        .zip(fates)
        .map(|(run, fate)| {
            json!({
                "name": run.name,
                "folder": plan.folder(run),
                "identity": run.identity,
                "state": fate.word,
                "batch": if fate.word == "done" { run.experiment.training.batches } else { fate.batch },
                "batches": run.experiment.training.batches,
                "detail": fate.detail,
            })
        })
        .collect();
    let all = json!({
        "counts": counts(fates),
        "queue_asked": submissions.asked,
        "runs": runs,
    });
    let text =
        serde_json::to_string_pretty(&all).map_err(|error| Failure::Data(error.to_string()))?;
    say(&text);
    Ok(())
}
