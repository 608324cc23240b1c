//! What work on runs tells whoever asked for it, and what it asks in turn.

use std::path::Path;

use crate::run::RunFolder;
use crate::training::Evaluation;

/// Sees how work on runs comes along, and may end it. `()` sees nothing and ends nothing.
pub trait Observer: Sync {
    /// Something happened, or is about to.
    fn event(&self, event: &Event<'_>) {
        let _ = event;
    }

    /// Whether the work is to end as soon as everything worth keeping is saved. It is asked between
    /// batches and between phases.
    fn cancelled(&self) -> bool {
        false
    }
}

impl Observer for () {}

/// What an [`Observer`] is told.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A recording was read elsewhere than its run says.
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
        /// The phase, in words.
        phase: &'a str,
    },
    /// Phases of a run are about to be measured.
    Measuring {
        /// The run.
        run: &'a RunFolder,
    },
    /// A run is about to be examined by the theory.
    Examining {
        /// The run.
        run: &'a RunFolder,
    },
    /// The networks of a seed are about to be compared with one another.
    Comparing {
        /// The seed.
        seed: u64,
    },
    /// Training begins or goes on.
    Training {
        /// Batches trained before.
        done: u64,
        /// Batches in all.
        batches: u64,
        /// Unit of the decoding error, `m` or `rad`.
        unit: &'static str,
    },
    /// A batch was trained.
    Batch {
        /// Batches trained.
        batch: u64,
        /// Its loss, before its step of Adam.
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
