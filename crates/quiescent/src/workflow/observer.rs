//! Progress of work on runs, reported to its caller, who can end the work.

use std::path::Path;

use crate::experiment::TrainingSpec;
use crate::run::RunFolder;
use crate::training::Evaluation;

/// Follows work on runs and can end it. `()` observes nothing and never ends the work.
pub trait Observer: Sync {
    /// Reports something that happened or is about to happen.
    fn event(&self, event: &Event<'_>) {
        let _ = event;
    }

    /// Whether the work must end as soon as its results are saved. It is called between batches,
    /// between phases, and between the pieces of an examination.
    fn cancelled(&self) -> bool {
        false
    }
}

impl Observer for () {}

/// An event that an [`Observer`] receives.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A recording was not read from the path that its run names.
    RecordingMoved {
        /// The run.
        run: &'a RunFolder,
        /// Where it is now.
        to: &'a Path,
    },
    /// A phase of a run is about to be simulated.
    Simulating {
        /// The run.
        run: &'a RunFolder,
        /// The phase's label.
        phase: &'a str,
    },
    /// Phases of a run are about to be measured.
    Measuring {
        /// The run.
        run: &'a RunFolder,
    },
    /// Another piece of a run's examination by the theory, or of its map of rest, is about to begin.
    Examining {
        /// The run.
        run: &'a RunFolder,
        /// Fraction of the examination that is done, of its time.
        done: f64,
    },
    /// The networks of a seed are about to be compared.
    Comparing {
        /// The seed.
        seed: u64,
    },
    /// Training begins or resumes.
    Training {
        /// Batches already trained.
        done: u64,
        /// How it is trained: how many batches, and how long their trials are.
        training: &'a TrainingSpec,
        /// Unit of the decoding error, `m` or `rad`.
        unit: &'static str,
    },
    /// A batch was trained.
    Batch {
        /// Batches trained.
        batch: u64,
        /// Its loss, before the Adam step.
        train_loss: f64,
    },
    /// The network was tested.
    Test {
        /// Batches trained.
        batch: u64,
        /// The last batch's loss.
        train_loss: f64,
        /// Errors on the test set.
        evaluation: Evaluation,
    },
    /// A line was written to the metrics log.
    Logged(&'a crate::run::MetricsLine),
    /// Training ended, was stopped, or diverged.
    Trained,
}
