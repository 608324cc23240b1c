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
pub(crate) use slurm::{Submissions, submit};

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
        let missing = |run: &&Run| State::of(&plan.folder(run), plan.after) != State::Done;
        let runs: Vec<Run> = plan.runs.iter().filter(missing).cloned().collect();
        complain(&format!(
            "{} runs, {} of them done already",
            plan.runs.len(),
            plan.runs.len() - runs.len()
        ));
        return submit(&Plan { runs, ..plan.clone() }, &arguments.options, !arguments.no_submit);
    }
    let began = Instant::now();
    // From here on a signal ends the program at once where nothing is under training.
    drop(interrupt::listen()?);
    let estimates = threads::with(arguments.threads, |threads| {
        Estimates::measure(&plan, arguments.jobs, threads)
    })?;
    note(&plan)?;
    let overall = announce(&plan, &estimates);
    let results = execute(&plan, &estimates, &overall)?;
    drop(overall);
    summary::after(&plan, &results, began.elapsed().as_secs_f64(), arguments.json)
}

/// Says how much there is to do, and begins to count it.
pub(crate) fn announce(plan: &Plan, estimates: &Estimates) -> Overall {
    let left: Vec<f64> = plan.runs.iter().map(|run| estimates.left_s(plan, run)).collect();
    let done = left.iter().filter(|seconds| **seconds == 0.0).count();
    let all_s = estimates.until_all_done_s(left);
    let threads = match estimates.threads {
        1 => "1 thread".to_owned(),
        more => format!("{more} threads"),
    };
    let at_once = match estimates.jobs {
        1 => format!("one at a time on {threads}"),
        jobs => format!("{jobs} at once on {threads} each"),
    };
    complain(&format!(
        "{} runs, {done} of them done already; estimated time: {}, {at_once}",
        plan.runs.len(),
        duration(all_s)
    ));
    Overall::begin(all_s)
}
