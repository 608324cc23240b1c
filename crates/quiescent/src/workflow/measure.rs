//! Measures runs: their own phases, the phases of the paper's protocol, and tests of the theory.
//! Each result is kept in the run folder and computed once.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::open::network;
use super::phases::{How, is_current, is_of_study, simulate_missing, write_any_phase};
use super::results::{
    current, current_examination, current_study, measurements, speaking_study, stored,
};
use super::{Error, Event, Observer, Recordings, keep_recorded};
use crate::analysis::Reason;
use crate::experiment::{RestDynamics, RestStart};
use crate::measure::{self, Activity, Measurements, PhaseData, REST, Settings, Source, WAKING};
use crate::network::Network;
use crate::paper::{self, PhaseKey, Protocol, RunStudy};
use crate::run::{Held, RunError, RunFolder, RunWriter};
use crate::simulate::{Keep, Phase};
use crate::theory::{self, Examination, ExaminationSettings, PartialExamination, Progress};

/// The hidden states that are kept of phases simulated to be measured: enough points for components and their
/// projections, small files.
pub const SOME_STATES: Keep = Keep::States { stride: 5 };
/// First steps of a phase that enter the principal components of its hidden activity.
const COMPONENT_STEPS: usize = 200;

/// The measurements of a run's own phases, if its folder holds them and the phases have not
/// changed since.
///
/// # Errors
/// If a file cannot be read.
pub fn own_measurements(folder: &RunFolder) -> Result<Option<Measurements>, RunError> {
    let Some(found) = current::<Measurements>(folder)? else { return Ok(None) };
    let mut names = own_phases(folder)?;
    names.sort_unstable();
    if !names.iter().eq(found.phases.keys()) {
        return Ok(None);
    }
    for (name, phase) in &found.phases {
        let same = folder.phase_record(name)?.is_some_and(|record| {
            (record.trials, record.steps, record.start, Some(record.sigma), record.seed)
                == (phase.trials, phase.steps, phase.start, phase.sigma, phase.seed)
                && record.dynamics == phase.dynamics
        });
        if !same {
            return Ok(None);
        }
    }
    Ok(Some(found))
}

/// Names of a run's phases for its present parameters, without those of a study.
fn own_phases(folder: &RunFolder) -> Result<Vec<String>, RunError> {
    let mut names = folder.phase_names()?;
    names.retain(|name| !is_of_study(name));
    let mut kept = Vec::new();
    for name in names {
        if is_current(folder, &name)? {
            kept.push(name);
        }
    }
    Ok(kept)
}

/// Measures a run's own phases and writes the result to its folder. Missing phases are first
/// simulated as the experiment says, with the hidden states that `keep` names.
///
/// If a study has the same rest, its numbers are returned, with those of the run's own phases besides
/// [`WAKING`] and [`REST`].
///
/// # Errors
/// If the network cannot be loaded, its rates run away, the observer ends the work, or the folder
/// cannot be read or written.
pub fn measure_run(
    writer: &RunWriter,
    keep: Keep,
    recordings: &Recordings,
    observer: &dyn Observer,
) -> Result<Measurements, Error> {
    let complete = is_current(writer, WAKING)? && is_current(writer, REST)?;
    let simulated = match complete {
        true => None,
        false => Some(simulate_missing(writer, keep, recordings, observer)?),
    };
    let studied = speaking_study(writer)?;
    if own_phases(writer)?.len() <= 2
        && let Some(study) = studied
    {
        // What another version measured is no longer needed.
        if let Ok(Held::Other { .. }) = writer.result::<Measurements>() {
            writer.remove_result::<Measurements>()?;
        }
        return Ok(study.found);
    }
    if let Some(found) = own_measurements(writer)? {
        return Ok(measurements(writer)?.unwrap_or(found));
    }
    let network = match simulated {
        Some(network) => network,
        // This also stores the facts about a recording.
        None => simulate_missing(writer, keep, recordings, observer)?,
    };
    if observer.cancelled() {
        return Err(cancelled(writer, "measured"));
    }
    observer.event(&Event::Measuring { run: writer });
    let settings = Settings { seed: network.experiment().seed, ..Settings::default() };
    let found = measure_own(&network, writer, &settings)?;
    writer.write_result(&stored(found.clone(), writer))?;
    Ok(measurements(writer)?.unwrap_or(found))
}

/// Measures a run's own phases as they are in its folder.
pub(super) fn measure_own(
    network: &Network,
    folder: &RunFolder,
    settings: &Settings,
) -> Result<Measurements, Error> {
    let mut phases = BTreeMap::new();
    for name in own_phases(folder)? {
        let data = read(folder, &name)?;
        phases.insert(name, data);
    }
    measure::measure(&Source::of(network), &phases, settings)
        .map_err(|source| Error::Simulation { folder: folder.path().to_owned(), source })
}

/// A phase of a run and what its folder holds about it.
fn read(folder: &RunFolder, name: &str) -> Result<PhaseData, Error> {
    let phase = folder.read_phase(name)?;
    let record = folder.phase_record(name)?;
    let failed = |source| Error::Simulation { folder: folder.path().to_owned(), source };
    Ok(PhaseData {
        activity: Activity::of_phase(&phase, COMPONENT_STEPS).map_err(failed)?,
        sigma: record.as_ref().map(|record| record.sigma),
        dynamics: record.as_ref().map_or(RestDynamics::FIRST_ORDER, |record| record.dynamics),
        seed: record.as_ref().and_then(|record| record.seed),
        start: record.and_then(|record| record.start),
        phase,
    })
}

fn cancelled(folder: &RunFolder, phase: &'static str) -> Error {
    let source = crate::analysis::Error::Cancelled { phase };
    Error::Simulation { folder: folder.path().to_owned(), source }
}

/// The study of a run, read from its folder or else made and written there.
///
/// Only simulated motion can be studied, so no recording is needed.
///
/// # Errors
/// If the run belongs to no condition of the paper, its rates run away, the observer ends the
/// work, or the folder cannot be read or written.
pub fn study_run(
    writer: &RunWriter,
    protocol: &Protocol,
    observer: &dyn Observer,
) -> Result<RunStudy, Error> {
    if let Some(study) = current_study(writer, Some(protocol))? {
        return Ok(study);
    }
    let network = network(writer, &Recordings::NONE, true, observer)?;
    let found = paper::study(&network, protocol, |key| {
        observer.event(&Event::Simulating { run: writer, phase: key.name() });
        if observer.cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .map_err(|missing| Error::Unmeasured { folder: writer.path().to_owned(), missing })?;
    // An older study must not be used with the new phases.
    writer.remove_result::<RunStudy>()?;
    for key in PhaseKey::COMPARED {
        if let Some(data) = found.phases.get(key.name()) {
            write_of_study(writer, key, data, protocol)?;
        }
    }
    // This is written last because a study in the folder implies that its phases are there.
    writer.write_result(&stored(found.run.clone(), writer))?;
    Ok(found.run)
}

/// Writes the steps of a phase that enter densities.
fn write_of_study(
    writer: &RunWriter,
    key: PhaseKey,
    data: &PhaseData,
    protocol: &Protocol,
) -> Result<(), Error> {
    let all = data.phase.decoded.len_of(ndarray::Axis(1));
    let steps = if key == PhaseKey::Active { all } else { all.min(protocol.density_steps) };
    let first =
        |values: &ndarray::Array3<f32>| values.slice(ndarray::s![.., ..steps, ..]).to_owned();
    let phase = Phase {
        decoded: first(&data.phase.decoded),
        truth: data.phase.truth.as_ref().map(first),
        states: None,
        state_stride: 1,
        end: data.phase.end.clone(),
        adaptation: None,
        velocity: None,
    };
    let batch = if key == PhaseKey::Untrained { 0 } else { writer.record().batch };
    let seed = data.seed.unwrap_or(writer.experiment().seed);
    let wakes = data.start == Some(RestStart::AfterWake);
    let wake_steps = wakes.then_some(writer.experiment().time.steps);
    let sigma = data.sigma.unwrap_or_default();
    let how = How { sigma, dynamics: data.dynamics, start: data.start, batch, seed, wake_steps };
    write_any_phase(writer, key.file_name(), &phase, how)
}

/// The theory's examination of a run, read from its folder or else made and written there. Its parts are
/// kept in the folder as they are finished, so that one that was stopped continues from them. One with other
/// settings than [`own_examination`] does not replace one with these: it is returned alone.
///
/// # Errors
/// If the network cannot be loaded, its rates run away, the observer ends the work, or the folder
/// cannot be read or written.
pub fn examine_run(
    writer: &RunWriter,
    settings: &ExaminationSettings,
    recordings: &Recordings,
    observer: &dyn Observer,
) -> Result<Examination, Error> {
    if let Some(found) = current_examination(writer, Some(settings))? {
        return Ok(found);
    }
    let network = network(writer, recordings, true, observer)?;
    keep_recorded(writer, &network)?;
    let kept = kept_parts(writer, settings)?;
    let mut unwritten = None;
    let found = theory::examine_from(&network, kept, &mut |progress| {
        match progress {
            Progress::Done(done) => observer.event(&Event::Examining { run: writer, done }),
            // The last part makes the examination whole, and that is written below.
            Progress::Part(parts) if parts.optimal.is_none() => {
                unwritten = writer.write_result(&stored(parts.clone(), writer)).err();
            }
            Progress::Part(_) => {}
        }
        match unwritten.is_some() || observer.cancelled() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    });
    if let Some(error) = unwritten {
        return Err(error.into());
    }
    let folder = || writer.path().to_owned();
    let found = match found {
        Ok(found) => found,
        Err(missing) if missing.code == Reason::Cancelled => {
            return Err(Error::ExaminationInterrupted { folder: folder() });
        }
        Err(missing) => {
            // It would fail again, so its first parts are of no use.
            writer.remove_result::<PartialExamination>()?;
            return Err(Error::Unmeasured { folder: folder(), missing });
        }
    };
    let own = own_examination(writer);
    if *settings == own || current_examination(writer, Some(&own))?.is_none() {
        writer.write_result(&stored(found.clone(), writer))?;
    }
    writer.remove_result::<PartialExamination>()?;
    Ok(found)
}

/// The usual settings of an examination of a run, with the dynamics of its own rest.
pub fn own_examination(run: &RunFolder) -> ExaminationSettings {
    let dynamics = run.experiment().rest.dynamics();
    ExaminationSettings { dynamics, ..ExaminationSettings::default() }
}

/// The finished parts of an examination of a run that was stopped.
fn kept_parts(
    folder: &RunFolder,
    settings: &ExaminationSettings,
) -> Result<PartialExamination, RunError> {
    let kept = current::<PartialExamination>(folder)?.filter(|kept| kept.settings == *settings);
    Ok(kept.unwrap_or_else(|| PartialExamination::new(settings.clone())))
}

/// About how long [`examine_run`] will take, in s on one thread of the reference processor; 0 if the
/// examination is there.
///
/// # Errors
/// If a file cannot be read.
pub fn examination_left_s(
    folder: &RunFolder,
    settings: &ExaminationSettings,
) -> Result<f64, RunError> {
    Ok(match current_examination(folder, Some(settings))? {
        Some(_) => 0.0,
        None => kept_parts(folder, settings)?.left_s(folder.experiment()),
    })
}
