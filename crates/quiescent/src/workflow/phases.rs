//! Phases in run folders: simulated as the experiment says, and written with what they are.

use super::open::network;
use super::{Error, Event, Observer, Recordings, keep_recorded};
use crate::analysis;
use crate::experiment::{RestSpec, RestStart};
use crate::measure::{Measurements, REST, WAKING};
use crate::network::Network;
use crate::run::{PhaseRecord, RunError, RunFolder, RunWriter, SCHEMA_VERSION};
use crate::simulate::{self, Keep, Phase, Start, Trials};

/// The start that `rest.start` names; `wake` is needed for `after_wake`.
pub fn start_of<'a>(network: &Network, rest: &RestSpec, wake: Option<&'a Phase>) -> Start<'a> {
    let trials = rest.trials;
    match (rest.start, wake) {
        (RestStart::AfterWake, Some(wake)) => Start::after(wake),
        (RestStart::Point(point), _) => {
            let dim = network.task().space().dim();
            let stimulus = point.iter().take(dim).map(|value| *value as f32).collect();
            Start::Point { trials, stimulus }
        }
        (RestStart::Encoded | RestStart::AfterWake, _) => Start::Encoded { trials },
    }
}

/// How a phase was simulated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct How {
    /// Amplitude σ of the unit noise, per √s.
    pub sigma: f64,
    /// Where rest began; none for waking.
    pub start: Option<RestStart>,
    /// Batches that the network was trained for.
    pub batch: u64,
}

impl How {
    /// Waking of a run's network.
    pub fn waking(run: &RunFolder) -> Self {
        let sigma = run.experiment().network.noise.sigma;
        Self { sigma, start: None, batch: run.record().batch }
    }

    /// Rest of a run's network.
    pub fn rest(run: &RunFolder, rest: &RestSpec) -> Self {
        let sigma = rest.noise.sigma(run.experiment().network.noise.sigma);
        Self { sigma, start: Some(rest.start), batch: run.record().batch }
    }
}

/// Writes a phase of a run, and how it was simulated.
///
/// # Errors
/// If a name is not fit for a file, or the folder cannot be written.
pub fn write_phase(writer: &RunWriter, name: &str, phase: &Phase, how: How) -> Result<(), Error> {
    // What was measured in an older phase of that name must not be taken for this one's.
    if !is_of_study(name) {
        writer.remove_result::<Measurements>()?;
    }
    writer.write_phase(name, phase)?;
    let (trials, steps, _) = phase.decoded.dim();
    let (record, experiment) = (writer.record(), writer.experiment());
    let record = PhaseRecord {
        schema_version: SCHEMA_VERSION,
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        batch: how.batch,
        // Of the run that the phase belongs to, also where it was simulated untrained.
        parameters_sha256: record.parameters_sha256.clone(),
        trials,
        steps,
        dt_s: experiment.time.dt_s,
        sigma: how.sigma,
        distribution: experiment.network.noise.distribution,
        start: how.start,
    };
    Ok(writer.write_phase_record(name, &record)?)
}

/// Whether a phase belongs to a run's study.
pub(super) fn is_of_study(name: &str) -> bool {
    name.starts_with("study_")
}

/// Whether a run's folder holds a phase of its present parameters.
///
/// # Errors
/// If its record cannot be read.
pub fn is_current(run: &RunFolder, name: &str) -> Result<bool, RunError> {
    let now = &run.record().parameters_sha256;
    Ok(run.phase_record(name)?.is_some_and(|record| record.parameters_sha256 == *now))
}

/// Simulates a run's waking and quiescent phases as its experiment says, where its folder does not
/// hold them of its present parameters, and writes them there. What is simulated holds the hidden
/// states that `keep` says. Returns the network.
///
/// # Errors
/// If the network cannot be had, its rates run away, the observer ended the work, or the folder cannot
/// be written.
pub fn simulate_missing(
    writer: &RunWriter,
    keep: Keep,
    recordings: &Recordings,
    observer: &dyn Observer,
) -> Result<Network, Error> {
    let [wakes, rests] = [WAKING, REST].map(|name| is_current(writer, name));
    let (wakes, rests) = (wakes?, rests?);
    // Waking needs the animal's motion, and so do starts that are positions of it.
    let moves = !wakes || (!rests && writer.experiment().rest.start == RestStart::Encoded);
    let network = network(writer, recordings, moves, observer)?;
    keep_recorded(writer, &network)?;
    let experiment = network.experiment();
    let rest = &experiment.rest;
    let failed = |source| Error::Simulation { folder: writer.path().to_owned(), source };
    let begin = |phase: &'static str| {
        if observer.cancelled() {
            return Err(failed(analysis::Error::Cancelled { phase }));
        }
        observer.event(&Event::Simulating { run: writer, phase });
        Ok(())
    };
    let mut wake = None;
    if !wakes {
        begin(WAKING)?;
        let trials = Trials { count: rest.trials, steps: experiment.time.steps };
        let phase = simulate::active(&network, trials, keep).map_err(failed)?;
        write_phase(writer, WAKING, &phase, How::waking(writer))?;
        wake = Some(phase);
    }
    if !rests {
        begin(REST)?;
        if wake.is_none() && rest.start == RestStart::AfterWake {
            wake = Some(writer.read_phase(WAKING)?);
        }
        let start = start_of(&network, rest, wake.as_ref());
        let phase =
            simulate::quiescent(&network, &start, rest.noise, rest.steps, keep).map_err(failed)?;
        write_phase(writer, REST, &phase, How::rest(writer, rest))?;
    }
    Ok(network)
}
