//! What has become of planned runs: their folders and Slurm's queue together.

use super::queue::{Place, Submissions};
use crate::ui::failure::Failure;
use quiescent::run::RunFolder;
use quiescent::workflow::plan::{Plan, Run, State};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// What has become of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Label {
    Done,
    Running,
    /// In the queue.
    Waiting,
    /// Begun, and nobody works on it.
    Stopped,
    Failed,
    /// Its folder cannot be read.
    Damaged,
    Missing,
}

impl Label {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Damaged => "damaged",
            Self::Missing => "missing",
        }
    }
}

/// What has become of a run, and what there is to say of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RunState {
    pub(crate) label: Label,
    /// Batches trained.
    pub(crate) batch: u64,
    pub(crate) detail: String,
    /// Whether training it again could only end as it did.
    pub(crate) will_fail_again: bool,
}

impl RunState {
    /// Whether somebody should train it, and nobody is about to.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self.label, Label::Missing | Label::Stopped | Label::Failed)
            && !self.will_fail_again
    }
}

/// The states of all runs of a plan, in order.
pub(crate) fn of_all(plan: &Plan, submissions: &Submissions) -> Vec<RunState> {
    plan.runs.par_iter().map(|run| of(plan, run, submissions)).collect()
}

fn of(plan: &Plan, run: &Run, submissions: &Submissions) -> RunState {
    let folder = plan.folder(run);
    let mut state = together(
        State::of(&folder, run.after),
        submissions.places.get(&run.identity),
        run.experiment.training.batches,
    );
    state.will_fail_again = match state.label {
        Label::Damaged => true,
        Label::Failed => State::is_diverged(&folder),
        _ => false,
    };
    // With what can be done about it.
    if state.label == Label::Damaged
        && let Err(error) = RunFolder::open(&folder)
    {
        state.detail = Failure::from(error).to_string();
    }
    if matches!(state.label, Label::Failed | Label::Stopped | Label::Missing)
        && let Some(log) = submissions.logs.get(&run.identity).filter(|log| log.exists())
    {
        let gap = if state.detail.is_empty() { "" } else { "; " };
        state.detail = format!("{}{gap}log: {}", state.detail, log.display());
    }
    state
}

/// The folder tells what is done and what works now; only then has the queue a say.
fn together(state: State, place: Option<&Place>, batches: u64) -> RunState {
    let batch = match &state {
        State::Done => batches,
        State::Running { batch, .. } | State::Stopped { batch } | State::Failed { batch, .. } => {
            *batch
        }
        State::Missing | State::Damaged { .. } => 0,
    };
    let (label, detail) = match (state, place) {
        (State::Done, _) => (Label::Done, String::new()),
        (State::Running { by, .. }, _) => (Label::Running, by),
        (State::Damaged { reason }, _) => (Label::Damaged, reason),
        // One of several runs of a task: what it left behind says more than that the task runs.
        (State::Failed { reason, .. }, Some(Place::Turn(_))) => (Label::Failed, reason),
        (_, Some(Place::Turn(job))) => (Label::Waiting, format!("for its turn in {job}")),
        (_, Some(Place::Running(job))) => (Label::Running, job.clone()),
        (_, Some(Place::Waiting(job))) => (Label::Waiting, job.clone()),
        (State::Failed { reason, .. }, _) => (Label::Failed, reason),
        (State::Stopped { .. }, Some(Place::Ended(how))) => (Label::Stopped, how.clone()),
        (State::Missing, Some(Place::Ended(how))) => (Label::Failed, how.clone()),
        (State::Stopped { .. }, None) => (Label::Stopped, String::new()),
        (State::Missing, None) => (Label::Missing, String::new()),
    };
    RunState { label, batch, detail, will_fail_again: false }
}

/// How many there are of each.
pub(crate) fn counts(states: &[RunState]) -> BTreeMap<Label, usize> {
    let mut counts = BTreeMap::new();
    for state in states {
        *counts.entry(state.label).or_insert(0) += 1;
    }
    counts
}

/// `2 done, 1 running`.
pub(crate) fn counted(states: &[RunState]) -> String {
    let counts: Vec<String> =
        counts(states).iter().map(|(label, count)| format!("{count} {}", label.as_str())).collect();
    counts.join(", ")
}

/// The plan of those runs that somebody should train and nobody is about to.
///
/// # Errors
/// If some were handed to Slurm and the queue cannot be asked.
pub(crate) fn missing(
    plan: &Plan,
    states: &[RunState],
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
        .zip(states)
        .filter(|(_, state)| state.is_missing())
        .map(|(run, _)| run.clone())
        .collect();
    Ok(plan.with(runs))
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
        for (state, place, label, batch, detail) in [
            (State::Done, Some(&waiting), Label::Done, 9, ""),
            (alive.clone(), None, Label::Running, 3, "process 1 on a"),
            (alive, Some(&running), Label::Running, 3, "process 1 on a"),
            (stopped.clone(), Some(&running), Label::Running, 7, "job 1_2"),
            (stopped.clone(), Some(&waiting), Label::Waiting, 7, "job 1_2"),
            (stopped.clone(), Some(&ended), Label::Stopped, 7, "TIMEOUT in job 1_2"),
            (stopped, None, Label::Stopped, 7, ""),
            (failed.clone(), Some(&waiting), Label::Waiting, 4, "job 1_2"),
            (failed.clone(), Some(&ended), Label::Failed, 4, "disk full"),
            (failed.clone(), Some(&turn), Label::Failed, 4, "disk full"),
            (failed, None, Label::Failed, 4, "disk full"),
            (State::Missing, Some(&turn), Label::Waiting, 0, "for its turn in job 1_2"),
            (State::Missing, Some(&ended), Label::Failed, 0, "TIMEOUT in job 1_2"),
            (State::Missing, Some(&running), Label::Running, 0, "job 1_2"),
            (State::Missing, None, Label::Missing, 0, ""),
        ] {
            let state = together(state, place, 9);
            assert_eq!((state.label, state.batch, state.detail.as_str()), (label, batch, detail));
        }
    }
}
