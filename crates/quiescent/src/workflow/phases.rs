//! Simulates phases of runs as their experiments say, and writes them with their settings.

use std::ops::{ControlFlow, Range};

use super::open::network;
use super::{Difference, Error, Event, Observer, Recordings, keep_recorded};
use crate::analysis;
use crate::experiment::{QuiescentNoise, RestDynamics, RestSpec, RestStart};
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
    /// How the units move.
    pub dynamics: RestDynamics,
    /// Start of rest; none for waking.
    pub start: Option<RestStart>,
    /// Batches for which the network was trained.
    pub batch: u64,
    /// Seed of its motion, starts and noise.
    pub seed: u64,
    /// Steps of the waking phase at whose end rest begins; none for other starts.
    pub wake_steps: Option<usize>,
}

impl How {
    /// Waking of a run's network, with the experiment's seed.
    pub fn waking(run: &RunFolder) -> Self {
        let (sigma, seed) = (run.experiment().network.noise.sigma, run.experiment().seed);
        let (dynamics, batch) = (RestDynamics::FIRST_ORDER, run.record().batch);
        Self { sigma, dynamics, start: None, batch, seed, wake_steps: None }
    }

    /// Rest of a run's network, with the experiment's seed; if after waking, after one of the
    /// experiment's length.
    pub fn rest(run: &RunFolder, rest: &RestSpec) -> Self {
        let sigma = rest.noise.sigma(run.experiment().network.noise.sigma);
        let after_wake = rest.start == RestStart::AfterWake;
        let wake_steps = after_wake.then_some(run.experiment().time.steps);
        let (dynamics, start) = (rest.dynamics(), Some(rest.start));
        Self { sigma, dynamics, start, wake_steps, ..Self::waking(run) }
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
    Ok(writer.write_phase_record(name, &record_of(writer, trials, steps, how))?)
}

/// The record of a phase of a run.
fn record_of(run: &RunFolder, trials: usize, steps: usize, how: How) -> PhaseRecord {
    PhaseRecord {
        schema_version: SCHEMA_VERSION,
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        batch: how.batch,
        // The hash is that of the run, even if the phase was simulated with the untrained
        // network.
        parameters_sha256: run.record().parameters_sha256.clone(),
        trials,
        steps,
        dt_s: run.experiment().time.dt_s,
        sigma: how.sigma,
        distribution: run.experiment().network.noise.distribution,
        dynamics: how.dynamics,
        start: how.start,
        seed: Some(how.seed),
        wake_steps: how.wake_steps,
    }
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waking {
    /// No waking is needed.
    None,
    /// The phase in the run's folder, for rest that begins where it ended.
    Kept,
    /// A new phase.
    New {
        /// Steps of each trial.
        steps: usize,
        /// The name that it is written under; without one, rest only begins where it ended.
        name: Option<String>,
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
    /// Which hidden states are kept. A phase that is simulated again keeps those that it has, unless others
    /// are asked for or it is overwritten.
    pub keep: Keep,
    /// Seed of motion, starts and noise; none for that of the experiment.
    pub seed: Option<u64>,
    /// Whether phases of the present parameters with other settings are replaced.
    pub overwrite: bool,
}

impl Request {
    /// How waking is simulated.
    fn how_waking(&self, run: &RunFolder) -> How {
        let how = How::waking(run);
        How { seed: self.seed.unwrap_or(how.seed), ..how }
    }

    /// How rest is simulated.
    fn how_resting(&self, run: &RunFolder) -> How {
        let how = How::rest(run, &self.rest);
        let wake_steps = match self.waking {
            Waking::New { steps, .. } => how.wake_steps.map(|_| steps),
            Waking::Kept => {
                let kept = run.phase_record(WAKING).ok().flatten().map(|record| record.steps);
                how.wake_steps.and(kept)
            }
            Waking::None => how.wake_steps,
        };
        How { seed: self.seed.unwrap_or(how.seed), wake_steps, ..how }
    }

    /// Refuses what cannot be written to a run's folder.
    ///
    /// # Errors
    /// If a name is refused by [`check_phase_name`], or [`Error::PhaseExists`]: the folder holds a phase of
    /// the run's present parameters with other settings, and the request does not say that it is to be
    /// overwritten.
    pub fn check(&self, run: &RunFolder) -> Result<(), Error> {
        let mut planned = Vec::new();
        if let Waking::New { steps, name: Some(name) } = &self.waking {
            planned.push((name, record_of(run, self.rest.trials, *steps, self.how_waking(run))));
        }
        if let Some(name) = &self.quiescent {
            let (trials, steps) = (self.rest.trials, self.rest.steps);
            planned.push((name, record_of(run, trials, steps, self.how_resting(run))));
        }
        let mut others = Vec::new();
        for (name, record) in planned {
            check_phase_name(run, name)?;
            if !self.overwrite {
                let differences = differences(run, name, &record, self.keep)?;
                others.extend((!differences.is_empty()).then(|| (name.clone(), differences)));
            }
        }
        if others.is_empty() {
            return Ok(());
        }
        Err(Error::PhaseExists { folder: run.path().to_owned(), phases: others })
    }
}

/// Whether a run's folder holds the quiescent phase of a request, of the run's present parameters and with the same
/// settings.
///
/// # Errors
/// If its record cannot be read, or those of [`Request::check`].
pub fn holds(run: &RunFolder, request: &Request) -> Result<bool, Error> {
    request.check(run)?;
    match &request.quiescent {
        // One with other settings was refused by the check.
        Some(name) => Ok(is_current(run, name)?),
        None => Ok(false),
    }
}

/// What a phase in a run's folder has otherwise than one that would replace it: nothing if it is not of
/// the run's present parameters, or nobody knows its settings.
fn differences(
    run: &RunFolder,
    name: &str,
    asked: &PhaseRecord,
    keep: Keep,
) -> Result<Vec<Difference>, RunError> {
    // A damaged record, or a damaged phase, is replaced.
    let there = match run.phase_record(name) {
        Err(RunError::Corrupt { .. }) => None,
        record => record?,
    };
    let Some(there) = there.filter(|there| there.parameters_sha256 == asked.parameters_sha256)
    else {
        return Ok(Vec::new());
    };
    if !run.has_phase(name)? {
        return Ok(Vec::new());
    }
    let seed = there.seed.unwrap_or(run.experiment().seed);
    // Of another start nothing more need be said, and earlier versions did not keep it.
    let wake_steps = if there.start == asked.start {
        there.wake_steps.or(asked.wake_steps)
    } else {
        asked.wake_steps
    };
    let mut found = vec![
        Difference::new("trials", there.trials, asked.trials),
        Difference::new("steps", there.steps, asked.steps),
        Difference::new("seed", seed, asked.seed),
        Difference::new("start", there.start, asked.start),
        Difference::new("active steps before the quiescent phase", wake_steps, asked.wake_steps),
        Difference::new("noise σ", there.sigma, asked.sigma),
        Difference::new("adaptation", there.dynamics.adaptation, asked.dynamics.adaptation),
        Difference::new("momentum", there.dynamics.momentum, asked.dynamics.momentum),
        Difference::new("time constant, s", there.dynamics.tau_s, asked.dynamics.tau_s),
    ];
    // Without states asked for, those that are there are kept; states in addition are no loss.
    if let (Keep::States { stride: asked }, Ok(Some(there))) = (keep, run.kept_stride(name)) {
        found.push(Difference::new("steps between kept hidden states", there, asked));
    }
    Ok(found.into_iter().flatten().collect())
}

/// The hidden states that a phase of a run's present parameters has.
fn states_of(run: &RunFolder, name: &str) -> Keep {
    let stride = match is_current(run, name) {
        Ok(true) => run.kept_stride(name).ok().flatten(),
        _ => None,
    };
    stride.map_or(Keep::Decoded, |stride| Keep::States { stride })
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
    /// Whether it replaces one of the same network with the same settings.
    pub again: bool,
}

/// Simulates phases of a run and writes them to its folder. Nothing is written before all of it is
/// simulated, so a network whose rates run away leaves the files as they were. Phases with the same
/// settings are simulated again, to the same bits. Returns the network and the phases that were written.
///
/// # Errors
/// Those of [`Request::check`]; if the network cannot be loaded, its rates run away, memory cannot hold a
/// phase, the recording has no trial as long as waking, the observer ends the work, or the folder cannot be
/// written.
pub fn simulate_run(
    writer: &RunWriter,
    request: &Request,
    recordings: &Recordings,
    observer: &dyn Observer,
) -> Result<(Network, Vec<Simulated>), Error> {
    request.check(writer)?;
    let Request { waking, quiescent, rest, keep, seed, .. } = request;
    let (keep, seed) = (*keep, *seed);
    // Waking needs the animal's motion. Rest needs it if it starts at the animal's positions.
    let encoded = quiescent.is_some() && rest.start == RestStart::Encoded;
    let moves = matches!(waking, Waking::New { .. }) || encoded;
    let network = network(writer, recordings, moves, observer)?;
    keep_recorded(writer, &network)?;
    let failed = |source| Error::Simulation { folder: writer.path().to_owned(), source };
    // A phase without a name is not written.
    let simulated = |name: Option<&str>, setup: Setup<'_>| {
        if observer.cancelled() {
            let phase = if setup.drive.is_motion() { "active" } else { "quiescent" };
            return Err(failed(analysis::Error::Cancelled { phase }));
        }
        let kept = match (setup.keep, name) {
            (_, None) => Keep::Decoded,
            (Keep::Decoded, Some(name)) if !request.overwrite => states_of(writer, name),
            (keep, Some(_)) => keep,
        };
        let setup = Setup { keep: kept, ..setup };
        let phase = name.unwrap_or(WAKING);
        observer.event(&Event::Simulating { run: writer, phase });
        Ok(simulate::simulate(&network, &setup, &Until(observer)).map_err(failed)?.0)
    };
    let wake = match waking {
        Waking::None => None,
        Waking::Kept => Some(writer.read_phase(WAKING)?),
        Waking::New { steps, name } => {
            let (start, steps) = (Start::Encoded { trials: rest.trials }, *steps);
            let (drive, noise) = (Drive::Motion, QuiescentNoise::Same);
            let dynamics = RestDynamics::FIRST_ORDER;
            let name = name.as_deref();
            Some(simulated(name, Setup { drive, start, noise, dynamics, steps, keep, seed })?)
        }
    };
    let resting = match quiescent {
        None => None,
        Some(name) => {
            let start = start_of(&network, rest, wake.as_ref());
            let (drive, noise, steps) = (Drive::Silent, rest.noise, rest.steps);
            let dynamics = rest.dynamics();
            let setup = Setup { drive, start, noise, dynamics, steps, keep, seed };
            let phase = simulated(Some(name), setup)?;
            Some((name.clone(), phase, request.how_resting(writer)))
        }
    };
    let name = match waking {
        Waking::New { name, .. } => name.clone(),
        Waking::Kept | Waking::None => None,
    };
    let how = request.how_waking(writer);
    let wake = name.zip(wake).map(|(name, phase)| (name, phase, how));
    let mut written = Vec::new();
    for (name, phase, how) in wake.into_iter().chain(resting) {
        let (trials, steps, _) = phase.decoded.dim();
        let record = record_of(writer, trials, steps, how);
        let again = matches!(is_current(writer, &name), Ok(true))
            && differences(writer, &name, &record, keep)?.is_empty();
        write_phase(writer, &name, &phase, how)?;
        written.push(Simulated { name, phase, how, again });
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
        false => Waking::New { steps: experiment.time.steps, name: Some(WAKING.to_owned()) },
        true if !rests && after_wake => Waking::Kept,
        true => Waking::None,
    };
    let quiescent = (!rests).then(|| REST.to_owned());
    let (rest, seed, overwrite) = (experiment.rest.clone(), None, false);
    let request = Request { waking, quiescent, rest, keep, seed, overwrite };
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
