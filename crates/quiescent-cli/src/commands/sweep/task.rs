//! `quiescent sweep task`: what one task of an array does.

use super::arguments::TaskArguments;
use crate::manifest::{self, Manifest};
use crate::ui::failure::Failure;
use crate::ui::interrupt;
use crate::ui::output::{complain, quote, say};
use crate::ui::planned;
use crate::ui::watch::Watch;
use quiescent::readable::counted;
use quiescent::run::RunFolder;
use quiescent::workflow::plan::{self, Plan, Run, State};
use std::path::Path;
use std::time::Duration;

/// Longer than a dead writer's lock can stay.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// Runs the command: the task's runs, one after the other.
pub(crate) fn run(arguments: &TaskArguments) -> Result<(), Failure> {
    // Slurm may send one signal several times and kills what does not end.
    interrupt::be_patient();
    // While nothing is under training a signal ends the program at once: a task that measures must
    // not be killed with its time limit, but end in time to be queued again.
    interrupt::install()?;
    end_with_parent();
    let path = manifest::locate(&arguments.manifest);
    let manifest = Manifest::read(&path)?;
    let per_task = manifest.runs_per_task.unwrap_or(1).max(1);
    let tasks = manifest.len().div_ceil(per_task);
    if arguments.task >= tasks {
        return Err(Failure::Usage(format!(
            "there is no task {}: {} has {} (0 to {}); was the --array of its script changed?",
            arguments.task,
            path.display(),
            counted(tasks, "task"),
            tasks.saturating_sub(1)
        )));
    }
    let first = arguments.task * per_task;
    let plan = manifest.plan(&path, first..(first + per_task).min(manifest.len()))?;
    let mut failed: Option<Failure> = None;
    for run in &plan.runs {
        if interrupt::requested() {
            return Err(stopped());
        }
        let result = arguments.threads.run(|_| one(&plan, run, arguments));
        match result {
            Ok(()) => {}
            Err(failure @ Failure::Interrupted(_)) => return Err(failure),
            Err(failure) => {
                complain(&format!("{}: {}", run.name, failure.line()));
                failed = Some(failure);
            }
        }
    }
    match failed {
        None => Ok(()),
        Some(failure) if plan.runs.len() == 1 => Err(failure),
        Some(failure) => Err(failure.with_text("not every run of this task could be finished")),
    }
}

fn one(plan: &Plan, run: &Run, arguments: &TaskArguments) -> Result<(), Failure> {
    let folder = plan.folder(run);
    if State::of(&folder, run.after) == State::Done {
        say(&format!("{}: done already", run.name));
        return Ok(());
    }
    // What runs on another machine that Slurm has given up may still hold it for a while.
    wait_for_lock(&folder)?;
    if interrupt::requested() {
        return Err(stopped());
    }
    let go_on = format!("quiescent sweep task {} {}", quote(&arguments.manifest), arguments.task);
    plan::work(run, &folder, &Watch::planned(run.name.clone(), None))
        .map_err(|error| planned::failure(&error, &go_on))?;
    say(&format!("{}: done", run.name));
    Ok(())
}

/// Waits for a process that holds a run but is no longer heard of: what ran on a machine that Slurm
/// has given up.
fn wait_for_lock(folder: &Path) -> Result<(), Failure> {
    if let Some(holder) = RunFolder::holder(folder) {
        complain(&format!(
            "{} is in use by {holder}: waiting for at most {} minutes",
            folder.display(),
            LONGEST_WAIT.as_secs() / 60
        ));
    }
    // Whoever holds it then is named when the lock is taken.
    RunFolder::wait_for_lock(folder, LONGEST_WAIT, &mut || !interrupt::requested())?;
    Ok(())
}

fn stopped() -> Failure {
    Failure::Interrupted(
        "everything finished so far is saved; resume with the same task".to_owned(),
    )
}

/// Where Slurm kills the script alone, this process would go on without a place in the cluster, and
/// keep the run from whoever is to go on with it.
fn end_with_parent() {
    #[cfg(unix)]
    if std::env::var_os("SLURM_JOB_ID").is_some() {
        let parent = std::os::unix::process::parent_id();
        std::thread::spawn(move || {
            while std::os::unix::process::parent_id() == parent {
                std::thread::sleep(Duration::from_secs(1));
            }
            complain("the script of this task is gone: saving and ending");
            interrupt::request();
        });
    }
}
