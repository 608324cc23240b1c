//! Simulates phases of runs as their experiments say, and writes them with their settings.

use super::open::network;
use super::{Error, Event, Observer, Recordings, keep_recorded};
use crate::analysis;
use crate::experiment::{RestSpec, RestStart};
use crate::measure::{Measurements, REST, WAKING};
use crate::network::Network;
use crate::run::{PhaseRecord, RunError, RunFolder, RunWriter, SCHEMA_VERSION};
use crate::simulate::{self, Keep, Phase, Start, Trials};

/// The start given by `rest.start`; `after_wake` needs `wake`.
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
    /// Start of rest; none for waking.
    pub start: Option<RestStart>,
    /// Batches for which the network was trained.
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
/// If the name is not a valid file name, or the folder cannot be written.
pub fn write_phase(writer: &RunWriter, name: &str, phase: &Phase, how: How) -> Result<(), Error> {
    // Measurements of an older phase with this name must not be used for the new one.
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
        // The hash is that of the run, even if the phase was simulated with the untrained
        // network.
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

/// Simulates a run's waking and quiescent phases as its experiment says, unless its folder holds
/// them for the present parameters, and writes them to the folder. They keep the hidden states
/// that `keep` names. Returns the network.
///
/// # Errors
/// If the network cannot be loaded, its rates run away, the observer ends the work, or the folder
/// cannot be written.
pub fn simulate_missing(
    writer: &RunWriter,
    keep: Keep,
    recordings: &Recordings,
    observer: &dyn Observer,
) -> Result<Network, Error> {
    let [wakes, rests] = [WAKING, REST].map(|name| is_current(writer, name));
    let (wakes, rests) = (wakes?, rests?);
    // Waking needs the animal's motion. Rest needs it if it starts at the animal's positions.
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
