//! Simulates phases of runs as their experiments say, and writes them with their settings.

use std::ops::{ControlFlow, Range};

use super::open::network;
use super::{Error, Event, Observer, Recordings, keep_recorded};
use crate::analysis;
use crate::experiment::{QuiescentNoise, RestSpec, RestStart};
use crate::measure::{Measurements, REST, WAKING};
use crate::network::Network;
use crate::run::{PhaseRecord, RunError, RunFolder, RunWriter, SCHEMA_VERSION};
use crate::simulate::{self, Block, Drive, Keep, Phase, Setup, Start};

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

/// Refuses a name for a phase that is not a valid file name, or belongs to the phases of studies.
///
/// # Errors
/// If it is refused.
pub fn check_phase_name(run: &RunFolder, name: &str) -> Result<(), Error> {
    run.has_phase(name)?;
    if is_of_study(name) {
        return Err(Error::ReservedPhase { name: name.to_owned() });
    }
    Ok(())
}

/// Writes a phase of a run, and how it was simulated.
///
/// # Errors
/// If the name is refused by [`check_phase_name`], or the folder cannot be written.
pub fn write_phase(writer: &RunWriter, name: &str, phase: &Phase, how: How) -> Result<(), Error> {
    check_phase_name(writer, name)?;
    // Measurements of an older phase with this name must not be used for the new one.
    writer.remove_result::<Measurements>()?;
    write_any_phase(writer, name, phase, how)
}

/// Writes a phase of a run or of its study.
pub(super) fn write_any_phase(
    writer: &RunWriter,
    name: &str,
    phase: &Phase,
    how: How,
) -> Result<(), Error> {
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
    let record = run.phase_record(name)?;
    Ok(record.is_some_and(|record| record.parameters_sha256 == *now) && run.has_phase(name)?)
}

/// Waking, in what is simulated of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waking {
    /// No waking is needed.
    None,
    /// The phase in the run's folder, for rest that begins where it ended.
    Kept,
    /// A new phase.
    New {
        /// Steps of each trial.
        steps: usize,
        /// Whether it is written; otherwise rest only begins where it ended.
        write: bool,
    },
}

/// What is simulated of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Waking, with as many trials as rest.
    pub waking: Waking,
    /// The name of the quiescent phase; none if there is to be none.
    pub quiescent: Option<String>,
    /// How the network rests.
    pub rest: RestSpec,
    /// Which hidden states are kept.
    pub keep: Keep,
}

/// A phase that was simulated and written.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulated {
    /// Its name.
    pub name: String,
    /// The phase.
    pub phase: Phase,
    /// How it was simulated.
    pub how: How,
}

/// Simulates phases of a run and writes them to its folder. Nothing is written before all of it is
/// simulated, so a network whose rates run away leaves the files as they were. Returns the network and
/// the phases that were written.
///
/// # Errors
/// If a name is refused by [`check_phase_name`], the network cannot be loaded, its rates run away, memory
/// cannot hold a phase, the recording has no trial as long as waking, the observer ends the work, or the
/// folder cannot be written.
pub fn simulate_run(
    writer: &RunWriter,
    request: &Request,
    recordings: &Recordings,
    observer: &dyn Observer,
) -> Result<(Network, Vec<Simulated>), Error> {
    let Request { waking, quiescent, rest, keep } = request;
    if let Some(name) = quiescent {
        check_phase_name(writer, name)?;
    }
    // Waking needs the animal's motion. Rest needs it if it starts at the animal's positions.
    let encoded = quiescent.is_some() && rest.start == RestStart::Encoded;
    let moves = matches!(waking, Waking::New { .. }) || encoded;
    let network = network(writer, recordings, moves, observer)?;
    keep_recorded(writer, &network)?;
    let failed = |source| Error::Simulation { folder: writer.path().to_owned(), source };
    let simulated = |name: &str, setup: Setup<'_>| {
        if observer.cancelled() {
            let phase = if name == WAKING { "active" } else { "quiescent" };
            return Err(failed(analysis::Error::Cancelled { phase }));
        }
        observer.event(&Event::Simulating { run: writer, phase: name });
        Ok(simulate::simulate(&network, &setup, &Until(observer)).map_err(failed)?.0)
    };
    let wake = match *waking {
        Waking::None => None,
        Waking::Kept => Some(writer.read_phase(WAKING)?),
        Waking::New { steps, .. } => {
            let start = Start::Encoded { trials: rest.trials };
            let (drive, noise) = (Drive::Motion, QuiescentNoise::Same);
            Some(simulated(WAKING, Setup { drive, start, noise, steps, keep: *keep })?)
        }
    };
    let resting = match quiescent {
        None => None,
        Some(name) => {
            let start = start_of(&network, rest, wake.as_ref());
            let (drive, noise, steps) = (Drive::Silent, rest.noise, rest.steps);
            let phase = simulated(name, Setup { drive, start, noise, steps, keep: *keep })?;
            Some(Simulated { name: name.clone(), phase, how: How::rest(writer, rest) })
        }
    };
    let wake = wake.filter(|_| matches!(waking, Waking::New { write: true, .. }));
    let how = How::waking(writer);
    let wake = wake.map(|phase| Simulated { name: WAKING.to_owned(), phase, how });
    let written: Vec<Simulated> = wake.into_iter().chain(resting).collect();
    for Simulated { name, phase, how } in &written {
        write_phase(writer, name, phase, *how)?;
    }
    Ok((network, written))
}

/// Simulates a run's waking and quiescent phases as its experiment says, unless its folder holds
/// them for the present parameters, and writes them to the folder. They keep the hidden states
/// that `keep` names. Returns the network.
///
/// # Errors
/// Those of [`simulate_run`].
pub fn simulate_missing(
    writer: &RunWriter,
    keep: Keep,
    recordings: &Recordings,
    observer: &dyn Observer,
) -> Result<Network, Error> {
    let (wakes, rests) = (is_current(writer, WAKING)?, is_current(writer, REST)?);
    let experiment = writer.experiment();
    let after_wake = experiment.rest.start == RestStart::AfterWake;
    let waking = match wakes {
        false => Waking::New { steps: experiment.time.steps, write: true },
        true if !rests && after_wake => Waking::Kept,
        true => Waking::None,
    };
    let quiescent = (!rests).then(|| REST.to_owned());
    let request = Request { waking, quiescent, rest: experiment.rest.clone(), keep };
    Ok(simulate_run(writer, &request, recordings, observer)?.0)
}

/// Ends a simulation when the work that it belongs to is to end.
struct Until<'a>(&'a dyn Observer);

impl simulate::Observer for Until<'_> {
    type Shard = ();

    fn begin(&self, _: Range<usize>) {}

    fn block(&self, (): &mut (), _: &Block<'_>) -> ControlFlow<()> {
        if self.0.cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
