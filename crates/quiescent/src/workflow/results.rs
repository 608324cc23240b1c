//! Results in run folders: the name and version of each file, and which result represents a run.

use super::phases::is_current;
use crate::measure::{self, Measurements};
use crate::paper::{PhaseKey, Protocol, RunStudy};
use crate::rest_map::{RestMap, RestMapSettings};
use crate::run::{Held, PhaseRecord, RunError, RunFolder, Stored, StoredResult};
use crate::simulate::Phase;
use crate::theory::{Examination, ExaminationSettings, PartialExamination};

impl StoredResult for Measurements {
    const FILE: &'static str = "measurements.json";
    const VERSION: u32 = 6;
    const FORMER_FILE: Option<&'static str> = Some("analysis.json");
}

impl StoredResult for RunStudy {
    const FILE: &'static str = "study.json";
    const VERSION: u32 = 10;
}

impl StoredResult for Examination {
    const FILE: &'static str = "theory.json";
    const VERSION: u32 = 7;
}

impl StoredResult for PartialExamination {
    const FILE: &'static str = "theory_parts.json";
    const VERSION: u32 = Examination::VERSION;
}

impl StoredResult for RestMap {
    const FILE: &'static str = "rest_map.json";
    const VERSION: u32 = 3;
}

/// A result for a run's present parameters, if its folder holds one. A damaged result is ignored
/// because it can be recomputed.
pub(super) fn current<T: StoredResult>(folder: &RunFolder) -> Result<Option<T>, RunError> {
    let held = match folder.result() {
        Err(RunError::Corrupt { .. }) => Held::None,
        held => held?,
    };
    Ok(held.found().filter(|stored| stored.is_of(folder.record())).map(|stored| stored.result))
}

/// The current study of a run, if its folder holds one. Any protocol matches if none is given.
///
/// # Errors
/// If a file cannot be read.
pub fn current_study(
    folder: &RunFolder,
    protocol: Option<&Protocol>,
) -> Result<Option<RunStudy>, RunError> {
    let Some(study) = current::<RunStudy>(folder)? else { return Ok(None) };
    if protocol.is_some_and(|protocol| *protocol != study.protocol) {
        return Ok(None);
    }
    let holds = |key: &&PhaseKey| study.found.phases.contains_key(key.name());
    for key in PhaseKey::COMPARED.iter().filter(holds) {
        let name = key.file_name();
        // Damaged phases and records are recomputed with the study, so that the report does not fail.
        if !matches!(is_current(folder, name), Ok(true)) || folder.read_phase(name).is_err() {
            return Ok(None);
        }
    }
    Ok(Some(study))
}

/// The current examination of a run, if its folder holds one. Any settings match if none are given.
///
/// # Errors
/// If a file cannot be read.
pub fn current_examination(
    folder: &RunFolder,
    settings: Option<&ExaminationSettings>,
) -> Result<Option<Examination>, RunError> {
    let found = current::<Examination>(folder)?;
    Ok(found.filter(|found| settings.is_none_or(|settings| found.settings == *settings)))
}

/// The current map of a run's ways to rest, if its folder holds one. Any settings match if none are given.
///
/// # Errors
/// If a file cannot be read.
pub fn current_rest_map(
    folder: &RunFolder,
    settings: Option<&RestMapSettings>,
) -> Result<Option<RestMap>, RunError> {
    let found = current::<RestMap>(folder)?;
    Ok(found.filter(|found| settings.is_none_or(|settings| found.settings == *settings)))
}

/// Measurements of a run's own rest. They come from the study's phases if those have the same rest, and
/// from the run's own phases otherwise; phases that only the run has are added. Each quantity of a
/// network therefore has the same value everywhere.
///
/// # Errors
/// If a file cannot be read.
pub fn measurements(folder: &RunFolder) -> Result<Option<Measurements>, RunError> {
    let own: Option<Measurements> = current(folder)?;
    let Some(study) = speaking_study(folder)? else { return Ok(own) };
    let mut found = study.found;
    for (name, phase) in own.iter().flat_map(|own| &own.phases) {
        found.phases.entry(name.clone()).or_insert_with(|| phase.clone());
    }
    for (name, compared) in own.iter().flat_map(|own| &own.divergences) {
        found.divergences.entry(name.clone()).or_insert_with(|| compared.clone());
    }
    Ok(Some(found))
}

/// The decoded waking and quiescent phases behind [`measurements`].
///
/// # Errors
/// If a file cannot be read.
pub fn measured_phases(folder: &RunFolder) -> Result<[Phase; 2], RunError> {
    let names = match speaking_study(folder)? {
        Some(_) => [PhaseKey::Active, PhaseKey::Quiescent].map(PhaseKey::file_name),
        None => [measure::WAKING, measure::REST],
    };
    Ok([folder.read_phase(names[0])?, folder.read_phase(names[1])?])
}

/// The study of a run, if its main phases are those that the run has itself: the same rest, and motion
/// and noise of the same seed.
pub(super) fn speaking_study(folder: &RunFolder) -> Result<Option<RunStudy>, RunError> {
    let seed = |record: &PhaseRecord| record.seed.unwrap_or(folder.experiment().seed);
    let rest = |record: PhaseRecord| {
        (record.start, record.sigma, record.distribution, record.dynamics, seed(&record))
    };
    let own = folder.phase_record(measure::REST)?.map(rest);
    // A damaged record belongs to a study that is made again.
    let studied = |key: PhaseKey| folder.phase_record(key.file_name()).ok().flatten();
    if own.is_none() || own != studied(PhaseKey::Quiescent).map(rest) {
        return Ok(None);
    }
    let own = folder.phase_record(measure::WAKING)?.as_ref().map(seed);
    if own.is_some() && own != studied(PhaseKey::Active).as_ref().map(seed) {
        return Ok(None);
    }
    current_study(folder, None)
}

/// Descriptions of the results that another version of the program wrote to a run's folder.
///
/// # Errors
/// If a file cannot be read.
pub fn outdated(folder: &RunFolder) -> Result<Vec<&'static str>, RunError> {
    fn other<T: StoredResult>(folder: &RunFolder) -> Result<Option<&'static str>, RunError> {
        Ok(match folder.result::<T>()? {
            Held::Other { file, .. } => Some(file),
            Held::None | Held::Found(_) => None,
        })
    }
    let all = [
        other::<Measurements>(folder)?,
        other::<RunStudy>(folder)?,
        other::<Examination>(folder)?,
        other::<RestMap>(folder)?,
    ];
    Ok(all.into_iter().flatten().collect())
}

/// A result stored with the run's present parameters.
pub(super) fn stored<T: StoredResult>(result: T, folder: &RunFolder) -> Stored<T> {
    Stored::new(result, folder.record())
}
