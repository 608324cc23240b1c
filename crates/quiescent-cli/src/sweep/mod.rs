//! `quiescent sweep`: many runs from one file or line, on this machine or on a Slurm cluster.

mod arguments;
mod estimate;
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
pub(crate) use manifest::note;
pub(crate) use run::{After, Plan, Run, State};
pub(crate) use slurm::options::SlurmOptions;
pub(crate) use slurm::was_submitted;

use crate::failure::Failure;
use crate::interrupt;
use crate::output::{complain, duration};
use crate::progress::Overall;
use crate::threads;
use std::time::Instant;

/// Runs the command.
pub(crate) fn run(arguments: &SweepArguments) -> Result<(), Failure> {
    match &arguments.command {
        Some(SweepCommand::Status(arguments)) => status::run(arguments),
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
    let estimates = threads::with(arguments.threads, |threads| {
        Estimates::measure(&plan, arguments.jobs, threads)
    })?;
    note(&plan)?;
    let overall = announce(&plan, &estimates, 0.0);
    let results = execute(&plan, &estimates, &overall)?;
    drop(overall);
    summary::after(&plan, &results, began.elapsed().as_secs_f64(), arguments.json)
}

/// Hands to Slurm what is not done.
pub(crate) fn submit_missing(
    plan: &Plan,
    options: &SlurmOptions,
    send: bool,
) -> Result<(), Failure> {
    let missing = |run: &&Run| State::of(&plan.folder(run), plan.after) != State::Done;
    let runs: Vec<Run> = plan.runs.iter().filter(missing).cloned().collect();
    let done = plan.runs.len() - runs.len();
    complain(&format!("{} runs, {done} of them done already", plan.runs.len()));
    slurm::submit(&Plan { runs, ..plan.clone() }, options, send)
}

/// Says how much there is to do, and begins to count it; `then_s` is what follows the runs.
pub(crate) fn announce(plan: &Plan, estimates: &Estimates, then_s: f64) -> Overall {
    let left: Vec<f64> = plan.runs.iter().map(|run| estimates.left_s(plan, run)).collect();
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
