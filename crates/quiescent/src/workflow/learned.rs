//! Whether the network of a run has learned its task, by what its folder holds.

use crate::analysis::Verdict;
use crate::measure::{LEARNED, Measurements};
use crate::run::{MetricsLine, RunFolder, RunRecord};
use crate::workflow::measurements;

/// Whether a network has learned, and by which numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Learned {
    /// Its decoding error while active, in m or rad.
    pub error: f64,
    /// That of a constant answer, in m or rad.
    pub constant_answer_error: f64,
    /// Whether it has learned: its error is below half of the other one.
    pub verdict: Verdict,
}

impl Learned {
    /// Of a run by what its folder holds, where what is damaged counts as missing.
    pub fn of_run(folder: &RunFolder) -> Option<Self> {
        let tested = folder.last_metrics().ok().and_then(|last| last.tested);
        let measurements = measurements(folder).ok().flatten();
        Self::of(folder.record(), tested.as_ref(), measurements.as_ref())
    }

    /// Of a run with this record, this last test and these measurements. Measurements decide if there are
    /// any, since they have intervals; otherwise the last test does. None if chance is not known.
    pub fn of(
        record: &RunRecord,
        tested: Option<&MetricsLine>,
        measurements: Option<&Measurements>,
    ) -> Option<Self> {
        if let Some(tracking) = measurements.and_then(|found| found.tracking.as_ref().ok()) {
            return Some(Self {
                error: tracking.error.value,
                constant_answer_error: tracking.constant_answer_error,
                verdict: tracking.learned(),
            });
        }
        let chance = record.chance_level()?;
        // A network of no batches has no test of its own.
        let untrained = record.batch == 0 && record.imported.is_none();
        let error = match tested.and_then(|test| test.decode_error) {
            Some(error) => error,
            None if untrained => chance.untrained.decode_error,
            None => return None,
        };
        let constant_answer_error = chance.constant.decode_error;
        let verdict = Verdict::of(error, None, |error| error < LEARNED * constant_answer_error);
        Some(Self { error, constant_answer_error, verdict })
    }
}
