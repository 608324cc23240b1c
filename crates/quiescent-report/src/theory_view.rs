//! What the theory's figures are drawn from: examinations of runs and experiments.

use quiescent::theory::Examination;

/// One run, or one experiment: what its examination by the theory found.
#[derive(Debug, Clone)]
pub struct TheoryRun<'a> {
    /// Name shown to the reader.
    pub name: String,
    /// What was found.
    pub examination: &'a Examination,
}
