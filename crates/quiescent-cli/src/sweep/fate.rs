//! What has become of the runs of a sweep: their folders and Slurm's queue together.

use super::run::{Plan, Run, State};
use super::slurm::{Place, Submissions};
use crate::failure::Failure;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// What has become of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Word {
    Done,
    Running,
    /// In the queue.
    Waiting,
    /// Begun, and nobody works on it.
    Stopped,
    Failed,
    Missing,
}

impl Word {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Missing => "missing",
        }
    }
}

/// What has become of a run, and what there is to say of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fate {
    pub(super) word: Word,
    /// Batches trained.
    pub(super) batch: u64,
    pub(super) detail: String,
    /// Whether training it again could only end as it did.
    pub(super) hopeless: bool,
}

impl Fate {
    /// Whether somebody should train it, and nobody is about to.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self.word, Word::Missing | Word::Stopped | Word::Failed) && !self.hopeless
    }
}

/// The fates of all runs of a plan, in order.
pub(super) fn of_all(plan: &Plan, submissions: &Submissions) -> Vec<Fate> {
    plan.runs.par_iter().map(|run| of(plan, run, submissions)).collect()
}

fn of(plan: &Plan, run: &Run, submissions: &Submissions) -> Fate {
    let folder = plan.folder(run);
    let mut fate = together(
        State::of(&folder, run.after),
        submissions.places.get(&run.identity),
        run.experiment.training.batches,
    );
    fate.hopeless = fate.word == Word::Failed && State::is_diverged(&folder);
    if matches!(fate.word, Word::Failed | Word::Stopped | Word::Missing)
        && let Some(log) = submissions.logs.get(&run.identity).filter(|log| log.exists())
    {
        let gap = if fate.detail.is_empty() { "" } else { "; " };
        fate.detail = format!("{}{gap}log: {}", fate.detail, log.display());
    }
    fate
}

/// The folder tells what is done and what works now; only then has the queue a say.
fn together(state: State, place: Option<&Place>, batches: u64) -> Fate {
    let batch = match &state {
        State::Done => batches,
        State::Running { batch, .. } | State::Stopped { batch } | State::Failed { batch, .. } => {
            *batch
        }
        State::Missing => 0,
    };
    let (word, detail) = match (state, place) {
        (State::Done, _) => (Word::Done, String::new()),
        (State::Running { by, .. }, _) => (Word::Running, by),
        // One of several runs of a task: what it left behind says more than that the task runs.
        (State::Failed { reason, .. }, Some(Place::Turn(_))) => (Word::Failed, reason),
        (_, Some(Place::Turn(job))) => (Word::Waiting, format!("for its turn in {job}")),
        (_, Some(Place::Running(job))) => (Word::Running, job.clone()),
        (_, Some(Place::Waiting(job))) => (Word::Waiting, job.clone()),
        (State::Failed { reason, .. }, _) => (Word::Failed, reason),
        (State::Stopped { .. }, Some(Place::Ended(how))) => (Word::Stopped, how.clone()),
        (State::Missing, Some(Place::Ended(how))) => (Word::Failed, how.clone()),
        (State::Stopped { .. }, None) => (Word::Stopped, String::new()),
        (State::Missing, None) => (Word::Missing, String::new()),
    };
    Fate { word, batch, detail, hopeless: false }
}

/// How many there are of each.
pub(super) fn counts(fates: &[Fate]) -> BTreeMap<Word, usize> {
    let mut counts = BTreeMap::new();
    for fate in fates {
        *counts.entry(fate.word).or_insert(0) += 1;
    }
    counts
}

/// `2 done, 1 running`.
pub(super) fn counted(fates: &[Fate]) -> String {
    let counts: Vec<String> =
        counts(fates).iter().map(|(word, count)| format!("{count} {}", word.as_str())).collect();
    counts.join(", ")
}

/// The plan of those runs that somebody should train and nobody is about to.
///
/// # Errors
/// If some were handed to Slurm and the queue cannot be asked.
pub(super) fn missing(
    plan: &Plan,
    fates: &[Fate],
    submissions: &Submissions,
    send: bool,
) -> Result<Plan, Failure> {
    if send && submissions.count > 0 && !submissions.asked {
        return Err(Failure::Usage(
            "squeue cannot be asked here, so what still waits in the queue is not known: submit on a \
             machine of the cluster"
                .to_owned(),
        ));
    }
    let runs = plan
        .runs
        .iter()
        .zip(fates)
        .filter(|(_, fate)| fate.is_missing())
        .map(|(run, _)| run.clone())
        .collect();
    Ok(Plan { runs, ..plan.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_says_what_is_done_and_the_queue_what_is_to_come() {
        let job = "job 1_2".to_owned();
        let running = Place::Running(job.clone());
        let waiting = Place::Waiting(job.clone());
        let ended = Place::Ended("TIMEOUT in job 1_2".to_owned());
        let failed = State::Failed { batch: 4, reason: "disk full".to_owned() };
        let turn = Place::Turn(job.clone());
        let alive = State::Running { batch: 3, by: "process 1 on a".to_owned() };
        let stopped = State::Stopped { batch: 7 };
        for (state, place, word, batch, detail) in [
            (State::Done, Some(&waiting), Word::Done, 9, ""),
            (alive.clone(), None, Word::Running, 3, "process 1 on a"),
            (alive, Some(&running), Word::Running, 3, "process 1 on a"),
            (stopped.clone(), Some(&running), Word::Running, 7, "job 1_2"),
            (stopped.clone(), Some(&waiting), Word::Waiting, 7, "job 1_2"),
            (stopped.clone(), Some(&ended), Word::Stopped, 7, "TIMEOUT in job 1_2"),
            (stopped, None, Word::Stopped, 7, ""),
            (failed.clone(), Some(&waiting), Word::Waiting, 4, "job 1_2"),
            (failed.clone(), Some(&ended), Word::Failed, 4, "disk full"),
            (failed.clone(), Some(&turn), Word::Failed, 4, "disk full"),
            (failed, None, Word::Failed, 4, "disk full"),
            (State::Missing, Some(&turn), Word::Waiting, 0, "for its turn in job 1_2"),
            (State::Missing, Some(&ended), Word::Failed, 0, "TIMEOUT in job 1_2"),
            (State::Missing, Some(&running), Word::Running, 0, "job 1_2"),
            (State::Missing, None, Word::Missing, 0, ""),
        ] {
            let fate = together(state, place, 9);
            assert_eq!((fate.word, fate.batch, fate.detail.as_str()), (word, batch, detail));
        }
    }
}
