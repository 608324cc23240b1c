//! Plans of tiny runs: carried out, stopped, with one that fails.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::experiment::Experiment;
use crate::run::{FailureKind, RunFolder};
use crate::workflow::{Error, Event, Observer};

/// Runs of so many seeds.
fn plan(out: &Path, seeds: u64) -> Plan {
    let runs = (0..seeds)
        .map(|seed| {
            let changes = [
                format!("seed={seed}"),
                "network.units=8".to_owned(),
                "task.cells.count=8".to_owned(),
                "time.steps=6".to_owned(),
                "training.batches=4".to_owned(),
                "training.trials=4".to_owned(),
                "training.test_every=2".to_owned(),
                "training.test_trials=4".to_owned(),
                "rest.trials=6".to_owned(),
                "rest.steps=8".to_owned(),
            ];
            let experiment =
                Experiment::resolve("demo/head_direction/noisy_unbiased", &changes).unwrap();
            let name = format!("seed_{seed}");
            Run {
                folder: name.clone().into(),
                name,
                varied: vec![("seed".to_owned(), seed.to_string())],
                identity: experiment.identity().unwrap(),
                experiment,
                after: After::Measure,
            }
        })
        .collect();
    Plan { out: out.to_owned(), about: "what for".to_owned(), runs }
}

/// Counts runs and batches; ends the work after some runs have begun.
#[derive(Default)]
struct Counter {
    begun: AtomicUsize,
    ended: AtomicUsize,
    batches: AtomicUsize,
    most: Option<usize>,
}

impl PlanObserver for Counter {
    fn begins<'a>(&'a self, job: Job<'a>) -> Box<dyn Observer + 'a> {
        assert!(job.folder.ends_with(&job.run.folder));
        self.begun.fetch_add(1, Ordering::SeqCst);
        Box::new(Batches(&self.batches))
    }

    fn ended(&self, _: Job<'_>, _: &Result<(), Error>) {
        self.ended.fetch_add(1, Ordering::SeqCst);
    }

    fn cancelled(&self) -> bool {
        self.most.is_some_and(|most| self.begun.load(Ordering::SeqCst) >= most)
    }
}

struct Batches<'a>(&'a AtomicUsize);

impl Observer for Batches<'_> {
    fn event(&self, event: &Event<'_>) {
        if let Event::Batch { .. } = event {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}

#[test]
fn runs_are_trained_and_measured_once() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(folder.path(), 3);
    let first = Counter::default();
    let results = execute(&plan, Sharing::among(2, 2), &first).unwrap();
    assert!(results.len() == 3 && results.iter().all(Result::is_ok), "{results:?}");
    let count = |of: &AtomicUsize| of.load(Ordering::SeqCst);
    assert_eq!((count(&first.begun), count(&first.ended), count(&first.batches)), (3, 3, 12));
    for run in &plan.runs {
        assert_eq!(State::of(&plan.folder(run), run.after), State::Done);
    }
    let again = Counter::default();
    execute(&plan, Sharing::among(1, 1), &again).unwrap();
    assert_eq!(count(&again.begun), 0);
}

#[test]
fn a_plan_that_is_ended_goes_on_later() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(folder.path(), 3);
    let stop = Counter { most: Some(1), ..Counter::default() };
    let error = execute(&plan, Sharing::among(1, 1), &stop).unwrap_err();
    assert!(matches!(error, Error::PlanInterrupted { finished: 1, runs: 3 }), "{error:?}");
    assert!(error.cancelled());
    let states = plan.runs.iter().map(|run| State::of(&plan.folder(run), run.after));
    assert_eq!(states.collect::<Vec<_>>(), [State::Done, State::Missing, State::Missing]);
    assert!(execute(&plan, Sharing::among(1, 1), &()).unwrap().iter().all(Result::is_ok));
}

#[test]
fn a_run_that_fails_leaves_word_and_the_others_are_done() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(folder.path(), 2);
    // Somebody's files are where the first run is to be.
    let taken = plan.folder(&plan.runs[0]);
    std::fs::create_dir(&taken).unwrap();
    std::fs::write(taken.join("notes.txt"), "mine").unwrap();
    let results = execute(&plan, Sharing::among(1, 2), &()).unwrap();
    let error = results[0].as_ref().unwrap_err();
    assert_eq!(error.kind(), FailureKind::Request, "{error}");
    assert!(results[1].is_ok());
    let kept = RunFolder::failure(&taken).unwrap().unwrap();
    assert_eq!((kept.reason, kept.kind), (error.to_string(), Some(FailureKind::Request)));
    let state = State::of(&taken, After::Measure);
    assert!(matches!(state, State::Failed { batch: 0, .. }), "{state:?}");
}
