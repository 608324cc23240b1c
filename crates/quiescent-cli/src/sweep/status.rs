//! `quiescent sweep status`: what has become of the runs of a sweep.

use super::arguments::StatusArguments;
use super::fate::{self, Fate, Word};
use super::manifest::{self, Manifest};
use super::run::Plan;
use super::slurm::options::SlurmOptions;
use super::slurm::{self, Submissions};
use super::table::Table;
use crate::failure::Failure;
use crate::output::{say, say_json};
use serde_json::json;
use std::collections::BTreeMap;

/// Most runs that are all named.
const MOST_NAMED: usize = 60;

/// Runs the command.
pub(crate) fn run(arguments: &StatusArguments) -> Result<(), Failure> {
    if !arguments.resubmit && arguments.options != SlurmOptions::default() {
        return Err(Failure::Usage(
            "flags for Slurm have a meaning with --resubmit only".to_owned(),
        ));
    }
    let path = manifest::locate(&arguments.sweep);
    let plan = Manifest::read(&path)?.plan_of_intact(&path);
    let submissions = Submissions::of(&plan.out)?;
    let fates = fate::of_all(&plan, &submissions);
    if arguments.json {
        print_json(&plan, &fates, &submissions)?;
    } else {
        print_table(&plan, &fates, arguments.all);
    }
    if !arguments.resubmit {
        return Ok(());
    }
    let missing = fate::missing(&plan, &fates, &submissions, true)?;
    let options = submissions.options.unwrap_or_default().under(&arguments.options);
    slurm::submit(&missing, &options, true)
}

fn print_table(plan: &Plan, fates: &[Fate], all: bool) {
    let mut table = Table::new(&["run", "state", "batches"]);
    let mut details = Vec::new();
    let many = fates.len() > MOST_NAMED && !all;
    let shown =
        |fate: &Fate| !many || !matches!(fate.word, Word::Done | Word::Waiting | Word::Missing);
    for (run, fate) in plan.runs.iter().zip(fates).filter(|(_, fate)| shown(fate)) {
        let batches = format!("{}/{}", fate.batch, run.experiment.training.batches);
        table.row([run.name.clone(), fate.word.as_str().to_owned(), batches]);
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
    say(&format!("{} runs: {}", fates.len(), fate::counted(fates)));
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
                "state": fate.word.as_str(),
                "batch": fate.batch,
                "batches": run.experiment.training.batches,
                "detail": fate.detail,
            })
        })
        .collect();
    let counts: BTreeMap<&str, usize> =
        fate::counts(fates).into_iter().map(|(word, count)| (word.as_str(), count)).collect();
    let all = json!({ "counts": counts, "queue_asked": submissions.asked, "runs": runs });
    say_json(&all)
}
