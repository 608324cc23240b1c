//! `quiescent sweep`: many runs from one file or line, on this machine or on a Slurm cluster.

mod arguments;
mod plan;
mod status;
mod summary;
mod task;

pub(crate) use arguments::Arguments;
use arguments::{BeginArguments, SweepCommand};

use crate::collect;
use crate::manifest::note;
use crate::slurm::state::{self, Label, RunState};
use crate::slurm::{Submissions, submit_missing, was_submitted};
use crate::ui::dry_run;
use crate::ui::failure::Failure;
use crate::ui::interrupt;
use crate::ui::output::complain;
use crate::ui::planned::{announce, execute};
use quiescent::readable::counted;
use quiescent::workflow::plan::{Estimates, Plan};
use std::time::Instant;

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.command {
        Some(SweepCommand::Status(arguments)) => status::run(arguments),
        Some(SweepCommand::Collect(arguments)) => collect::run(arguments),
        Some(SweepCommand::Task(arguments)) => task::run(arguments),
        None => begin(&arguments.begin),
    }
}

fn begin(arguments: &BeginArguments) -> Result<(), Failure> {
    let submit = &arguments.submit;
    submit.check()?;
    plan::check_out(&arguments.out)?;
    let plan = plan::plan(arguments)?;
    let estimate = |plan: &Plan| {
        let jobs = arguments.jobs.jobs;
        arguments.threads.run(|threads| Ok(Estimates::measure(plan, jobs, threads)?))
    };
    if arguments.dry_run {
        return dry_run::print(&plan, &estimate(&plan)?, &[], arguments.json);
    }
    if submit.slurm {
        return submit_missing(&plan, &submit.options, !submit.no_submit);
    }
    let began = Instant::now();
    // From here on a signal ends the program at once where nothing is under training.
    interrupt::install()?;
    let plan = without_slurms(plan)?;
    let estimates = estimate(&plan)?;
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
    let states = state::of_all(&plan, &submissions);
    let elsewhere = |state: &RunState| matches!(state.label, Label::Running | Label::Waiting);
    let left = states.iter().filter(|state| elsewhere(state)).count();
    if left > 0 {
        let (runs, are) = (counted(left, "run"), if left == 1 { "is" } else { "are" });
        complain(&format!("{runs} {are} running or waiting elsewhere and left to it"));
    }
    let all = plan.runs.iter().zip(&states);
    let runs = all.filter(|(_, state)| !elsewhere(state)).map(|(run, _)| run.clone()).collect();
    Ok(Plan { runs, ..plan })
}
