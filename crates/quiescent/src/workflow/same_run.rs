//! Whether a run folder holds the run that is asked for.

use super::{Difference, Error};
use crate::experiment::Experiment;
use crate::run::{RunFolder, file_sha256};

/// The key of a recording's place, which does not tell recordings apart.
const FILE: &str = "task.recording.file";

/// Refuses to go on with the run in a folder as if it were another one.
///
/// # Errors
/// [`Error::OtherExperiment`], naming what differs.
pub fn check_same(run: &RunFolder, asked: &Experiment) -> Result<(), Error> {
    let mut differences = Difference::between(run.experiment(), asked)?;
    // A recording that has moved is the same recording.
    if let (Some(known), Some(spec)) = (&run.record().recording, asked.task.recording())
        && differences.iter().any(|difference| difference.key == FILE)
        && file_sha256(&spec.file).is_ok_and(|hash| hash == known.file_sha256)
    {
        differences.retain(|difference| difference.key != FILE);
    }
    if differences.is_empty() {
        return Ok(());
    }
    Err(Error::OtherExperiment { folder: run.path().to_owned(), differences })
}
