//! The local executor: several runs at once on this machine.

use super::estimate::Estimates;
use super::run::{Plan, State};
use super::work::Work;
use crate::failure::Failure;
use crate::interrupt;
use crate::progress::Overall;
use crate::threads;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// What to do after an interruption.
const GO_ON: &str = "the same command";

/// Trains and measures every run of a plan that is not done. One that fails does not stop the
/// others: its failure stands in its place.
///
/// # Errors
/// If the user stopped the command; everything trained so far is saved.
pub(crate) fn execute(
    plan: &Plan,
    estimates: &Estimates,
    overall: &Overall,
) -> Result<Vec<Result<(), Failure>>, Failure> {
    let runs = &plan.runs;
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<Option<Result<(), Failure>>>> =
        Mutex::new((0..runs.len()).map(|_| None).collect());
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::SeqCst);
            let Some(run) = runs.get(number) else { return };
            if interrupt::requested() {
                return;
            }
            let folder = plan.folder(run);
            let result = if State::of(&folder, run.after) == State::Done {
                Ok(())
            } else {
                let label = format!("{} ({}/{})", run.name, number + 1, runs.len());
                // With several runs at once, what one does weighs so much less.
                let batch_s = estimates.batch_s(&run.experiment) / estimates.jobs as f64;
                let result = threads::with(NonZeroUsize::new(estimates.threads), |_| {
                    let work = Work {
                        experiment: &run.experiment,
                        folder: &folder,
                        after: run.after,
                        label: &label,
                        go_on: GO_ON,
                        share: Some((overall, batch_s)),
                    };
                    work.run(&|line| {
                        overall.say(&format!("{line}; all: {}", overall.describe()));
                    })
                });
                overall.done(estimates.after_s(&run.experiment, run.after) / estimates.jobs as f64);
                match &result {
                    Ok(()) => overall.say(&format!("{label}: done; all: {}", overall.describe())),
                    Err(failure) => overall.say(&format!("{label}: {}", failure.line())),
                }
                result
            };
            done.lock().unwrap_or_else(PoisonError::into_inner)[number] = Some(result);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..estimates.jobs.min(runs.len()) {
            scope.spawn(work);
        }
    });
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    if interrupt::requested() {
        let finished = done.iter().filter(|result| matches!(result, Some(Ok(())))).count();
        return Err(Failure::Interrupted(format!(
            "{finished} of {} runs are done and checkpoints of the others were saved; go on with: \
             {GO_ON}",
            runs.len()
        )));
    }
    // Without an interruption every place was filled.
    Ok(done.into_iter().flatten().collect())
}
