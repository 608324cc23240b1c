//! Examinations of runs and experiments, from which the theory's figures are drawn.

use quiescent::analysis::Verdict;
use quiescent::theory::Examination;

/// The examination of one run or one experiment by the theory.
#[derive(Debug, Clone)]
pub struct TheoryRun<'a> {
    /// Name shown to the reader.
    pub name: String,
    /// Whether the run's network has learned its task; none of an experiment, and if that is not known.
    pub learned: Option<Verdict>,
    /// Its results.
    pub examination: &'a Examination,
}
