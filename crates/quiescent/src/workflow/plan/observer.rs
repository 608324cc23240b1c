//! What work on a plan tells whoever asked for it.

use std::path::Path;

use super::Run;
use crate::workflow::{Error, Observer};

/// A run that is worked on.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// The run.
    pub run: &'a Run,
    /// Its place in the plan, from 0.
    pub number: usize,
    /// Its folder.
    pub folder: &'a Path,
}

/// Sees how a plan comes along, and may end it. `()` sees nothing and ends nothing.
pub trait PlanObserver: Sync {
    /// Work on a run is about to begin. What is returned sees it and may end it.
    fn begins<'a>(&'a self, job: Job<'a>) -> Box<dyn Observer + 'a>;

    /// Work on a run has ended.
    fn ended(&self, job: Job<'_>, result: &Result<(), Error>) {
        let _ = (job, result);
    }

    /// Whether no further run is to begin.
    fn cancelled(&self) -> bool {
        false
    }
}

impl PlanObserver for () {
    fn begins<'a>(&'a self, _: Job<'a>) -> Box<dyn Observer + 'a> {
        Box::new(())
    }
}
