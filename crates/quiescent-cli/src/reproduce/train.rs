//! Trains the planned networks, several at once if asked to.

use super::plan::Planned;
use crate::difference::{OTHER_FOLDER, refuse_other};
use crate::experiments::step_seconds;
use crate::failure::Failure;
use crate::interrupt;
use crate::output::duration;
use crate::progress::Overall;
use crate::session::Session;
use crate::threads;
use quiescent::experiment::NetworkKind;
use quiescent::run::{RunFolder, RunWriter};
use quiescent::study::TaskKind;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

/// What to do after an interruption.
const GO_ON: &str = "the same command";

/// Seconds that one batch takes for each task and kind of network.
pub(super) type BatchSeconds = BTreeMap<(TaskKind, NetworkKind), f64>;

/// Measures them now.
pub(super) fn batch_seconds(planned: &[Planned]) -> Result<BatchSeconds, Failure> {
    let mut seconds = BTreeMap::new();
    for network in planned {
        if let Entry::Vacant(place) = seconds.entry(network.cost()) {
            let measured = step_seconds(&network.experiment)?.ok_or_else(|| {
                Failure::Usage(
                    "training would need more memory than is free: choose a smaller network.units \
                     or training.trials"
                        .to_owned(),
                )
            })?;
            place.insert(measured);
        }
    }
    Ok(seconds)
}

/// A session for a planned network: begun, or gone on with.
pub(super) fn session(planned: &Planned, threads: usize) -> Result<Session, Failure> {
    if !RunFolder::is_run(&planned.folder) {
        return Session::begin(&planned.experiment, &planned.folder, threads);
    }
    let session = Session::resume(&planned.folder, threads)?;
    // Again: a run that was stopped before it began could not be read when this was planned.
    let there = session.writer().experiment();
    refuse_other(&planned.folder, there, &planned.experiment, OTHER_FOLDER)?;
    Ok(session)
}

/// Batches that a planned network still needs, by what its folder says.
pub(super) fn batches_left(planned: &Planned) -> u64 {
    let all = planned.experiment.training.batches;
    RunFolder::open(&planned.folder).map_or(all, |run| all.saturating_sub(run.record().batch))
}

/// Trains all, `jobs` at a time with `threads` threads in all. One that fails does not stop the
/// others: its failure stands in its place.
///
/// # Errors
/// If the user stopped the command; everything trained so far is saved.
pub(super) fn train_all(
    planned: &[Planned],
    jobs: NonZeroUsize,
    total_threads: usize,
    batch_s: &BatchSeconds,
    overall: &Overall,
) -> Result<Vec<Result<RunWriter, Failure>>, Failure> {
    let queue: Mutex<VecDeque<usize>> = Mutex::new((0..planned.len()).collect());
    let done: Mutex<Vec<Option<Result<RunWriter, Failure>>>> =
        Mutex::new((0..planned.len()).map(|_| None).collect());
    let each = NonZeroUsize::new((total_threads / jobs.get()).max(1)).unwrap_or(NonZeroUsize::MIN);
    let work = || {
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        while let Some(number) = next() {
            if interrupt::requested() {
                return;
            }
            let network = &planned[number];
            let share = (overall, batch_s.get(&network.cost()).copied().unwrap_or(0.0));
            let label = format!("{} ({}/{})", network.label(), number + 1, planned.len());
            let result = threads::with(Some(each), |threads| {
                let session = session(network, threads)?;
                if session.left() > 0 {
                    overall.say(&format!(
                        "{label}: {} batches to train; all: {}",
                        session.left(),
                        overall.describe()
                    ));
                }
                session.train(&label, GO_ON, Some(share))
            });
            match &result {
                Ok(writer) => overall.say(&format!(
                    "{label}: trained ({} in all)",
                    duration(writer.record().training_s)
                )),
                Err(failure) => overall.say(&format!("{label}: {failure}")),
            }
            done.lock().unwrap_or_else(PoisonError::into_inner)[number] = Some(result);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..jobs.get().min(planned.len()) {
            scope.spawn(work);
        }
    });
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    if interrupt::requested() {
        let trained = done.iter().filter(|result| matches!(result, Some(Ok(_)))).count();
        return Err(Failure::Interrupted(format!(
            "{trained} of {} networks are trained and checkpoints of the others were saved; go on \
             with: {GO_ON}",
            planned.len()
        )));
    }
    // Without an interruption every place was filled.
    Ok(done.into_iter().flatten().collect())
}
