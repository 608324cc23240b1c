//! `quiescent sweep`: many runs from one file or line, on this machine or on a Slurm cluster.

mod arguments;
mod collect;
mod estimate;
mod fate;
mod local;
mod manifest;
mod plan;
mod run;
mod slurm;
mod status;
mod summary;
mod table;
mod task;
mod work;

pub(crate) use arguments::SweepArguments;
use arguments::{BeginArguments, SweepCommand};
pub(crate) use estimate::Estimates;
pub(crate) use local::execute;
pub(crate) use manifest::{Manifest, note};
pub(crate) use run::{After, Plan, Run, State};
use slurm::Submissions;
pub(crate) use slurm::options::SlurmOptions;
pub(crate) use slurm::{this_job, was_submitted};

use crate::failure::Failure;
use crate::interrupt;
use crate::output::{complain, duration};
use crate::progress::Overall;
use crate::threads;
use rayon::prelude::*;
use std::time::Instant;

/// Runs the command.
pub(crate) fn run(arguments: &SweepArguments) -> Result<(), Failure> {
    match &arguments.command {
        Some(SweepCommand::Status(arguments)) => status::run(arguments),
        Some(SweepCommand::Collect(arguments)) => collect::run(arguments),
        Some(SweepCommand::Task(arguments)) => task::run(arguments),
        None => begin(&arguments.begin),
    }
}

fn begin(arguments: &BeginArguments) -> Result<(), Failure> {
    if !arguments.slurm && arguments.options != SlurmOptions::default() {
        return Err(Failure::Usage("flags for Slurm have a meaning with --slurm only".to_owned()));
    }
    plan::check_out(&arguments.out)?;
    let plan = plan::plan(arguments)?;
    if arguments.dry_run {
        let estimates = threads::with(arguments.threads, |threads| {
            Estimates::measure(&plan, arguments.jobs, threads)
        })?;
        return summary::before(&plan, &estimates, arguments.json);
    }
    if arguments.slurm {
        return submit_missing(&plan, &arguments.options, !arguments.no_submit);
    }
    let began = Instant::now();
    // From here on a signal ends the program at once where nothing is under training.
    drop(interrupt::listen()?);
    let plan = without_slurms(plan)?;
    let estimates = threads::with(arguments.threads, |threads| {
        Estimates::measure(&plan, arguments.jobs, threads)
    })?;
    note(&plan)?;
    let overall = announce(&plan, &estimates, 0.0);
    let results = execute(&plan, &estimates, &overall)?;
    drop(overall);
    summary::after(&plan, &results, began.elapsed().as_secs_f64(), arguments.json)
}

/// A plan without the runs that are in Slurm's hands.
fn without_slurms(plan: Plan) -> Result<Plan, Failure> {
    if !was_submitted(&plan.out) {
        return Ok(plan);
    }
    let submissions = Submissions::of(&plan.out)?;
    let fates = fate::of_all(&plan, &submissions);
    let theirs = |fate: &fate::Fate| matches!(fate.word, fate::Word::Running | fate::Word::Waiting);
    let left = fates.iter().filter(|fate| theirs(fate)).count();
    if left > 0 {
        complain(&format!("{left} runs are running or waiting elsewhere and are left to it"));
    }
    let all = plan.runs.iter().zip(&fates);
    let runs = all.filter(|(_, fate)| !theirs(fate)).map(|(run, _)| run.clone()).collect();
    Ok(Plan { runs, ..plan })
}

/// Hands to Slurm what is neither done nor in its hands already.
pub(crate) fn submit_missing(
    plan: &Plan,
    options: &SlurmOptions,
    send: bool,
) -> Result<(), Failure> {
    let submissions = Submissions::of(&plan.out)?;
    let fates = fate::of_all(plan, &submissions);
    complain(&format!("{} runs: {}", plan.runs.len(), fate::counted(&fates)));
    slurm::submit(&fate::missing(plan, &fates, &submissions, send)?, options, send)
}

/// Says how much there is to do, and begins to count it; `then_s` is what follows the runs.
pub(crate) fn announce(plan: &Plan, estimates: &Estimates, then_s: f64) -> Overall {
    let left: Vec<f64> = plan.runs.par_iter().map(|run| estimates.left_s(plan, run)).collect();
    let done = left.iter().filter(|seconds| **seconds == 0.0).count();
    let all_s = estimates.until_all_done_s(left) + then_s;
    complain(&format!(
        "{} runs, {done} of them done already; estimated time: {}, {}",
        plan.runs.len(),
        duration(all_s),
        estimates.sharing()
    ));
    Overall::begin(all_s)
}
