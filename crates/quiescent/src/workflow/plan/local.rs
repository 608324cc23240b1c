//! The local executor: several runs at once on this machine.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::ThreadPoolBuilder;

use super::{Job, Plan, PlanObserver, Sharing, State, work};
use crate::workflow::Error;

/// Trains and measures every run of a plan that is not done, several at once. One that fails does not stop
/// the others: its failure stands in its place.
///
/// # Errors
/// [`Error::PlanInterrupted`] if the observer ended the work; everything trained so far is saved.
pub fn execute(
    plan: &Plan,
    sharing: Sharing,
    observer: &dyn PlanObserver,
) -> Result<Vec<Result<(), Error>>, Error> {
    let runs = &plan.runs;
    let next = AtomicUsize::new(0);
    // An observer may say so once and never again.
    let cancelled = AtomicBool::new(false);
    let ended = || {
        cancelled.fetch_or(observer.cancelled(), Ordering::SeqCst)
            || cancelled.load(Ordering::SeqCst)
    };
    let done: Mutex<Vec<Option<Result<(), Error>>>> =
        Mutex::new((0..runs.len()).map(|_| None).collect());
    let worker = || {
        loop {
            let number = next.fetch_add(1, Ordering::SeqCst);
            let Some(run) = runs.get(number) else { return };
            if ended() {
                return;
            }
            let folder = plan.folder(run);
            let job = Job { run, number, folder: &folder };
            let result = match State::of(&folder, run.after) {
                State::Done => Ok(()),
                _ => one(job, sharing.threads, observer),
            };
            done.lock().unwrap_or_else(PoisonError::into_inner)[number] = Some(result);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..sharing.jobs.min(runs.len()) {
            scope.spawn(worker);
        }
    });
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    // What was asked for after the last run was done interrupts nothing.
    if done.iter().any(|result| result.as_ref().is_none_or(is_cancelled)) {
        let finished = done.iter().filter(|result| matches!(result, Some(Ok(())))).count();
        return Err(Error::PlanInterrupted { finished, runs: runs.len() });
    }
    Ok(done.into_iter().flatten().collect())
}

fn is_cancelled(result: &Result<(), Error>) -> bool {
    result.as_ref().is_err_and(Error::cancelled)
}

/// Works on one run, on a pool of its own.
fn one(job: Job<'_>, threads: usize, observer: &dyn PlanObserver) -> Result<(), Error> {
    let watch = observer.begins(job);
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    let result = match pool {
        Ok(pool) => pool.install(|| work(job.run, job.folder, &*watch)),
        Err(error) => Err(error.into()),
    };
    observer.ended(job, &result);
    result
}
