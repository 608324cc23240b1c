//! Examinations of runs and experiments, from which the theory's figures are drawn.

use quiescent::theory::Examination;

/// The examination of one run or one experiment by the theory.
#[derive(Debug, Clone)]
pub struct TheoryRun<'a> {
    /// Name shown to the reader.
    pub name: String,
    /// Its results.
    pub examination: &'a Examination,
}
