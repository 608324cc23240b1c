//! Simulates networks with a given drive, start, noise and observer.
//!
//! [`active`] and [`quiescent`] are the two phases. [`simulate`] covers both and anything in
//! between, with given inputs and an [`Observer`] that receives every block of steps. A
//! simulation ends if rates run away. The rates of an unstable network grow until they are
//! infinite and then NaN, but the values decoded from them may look like any other path for a
//! while.

mod collect;
#[cfg(test)]
mod convergence;
pub(crate) mod motion;
pub(crate) mod noise;
mod phase;
pub(crate) mod rollout;

use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicBool, Ordering};

use ndarray::{Array2, ArrayView2, ArrayView3, Axis};
use rayon::prelude::*;

use crate::analysis::Error;
use crate::experiment::{QuiescentNoise, RestDynamics};
use crate::memory::available_memory_bytes;
use crate::network::Network;
use crate::network::blocks::shards;
use crate::network::step_dynamics::StepDynamics;
use crate::network::weights::Weights;
use crate::random::{Generator, PhaseKind, Stream};
use crate::task::Split;

use collect::{Arrays, Size};
use motion::Motion;
pub use noise::own_or_paper_sigma;
use noise::{Purpose, TrialNoise};
pub use phase::{Keep, Phase};
pub use rollout::{Block, Observer};
use rollout::{Inputs, Shard, roll};

/// Largest rate of a network that has not run away. Next to this rate, single precision hardly
/// resolves the effect of a step's motion of a few cm (2⁻²⁴ · 10⁶ = 0.06).
pub const LARGEST_RATE: f32 = 1e6;

/// Active trials: new motion from the test split, with its noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trials {
    /// Number of trials.
    pub count: usize,
    /// Steps of each.
    pub steps: usize,
}

/// The start of a simulation.
#[derive(Debug, Clone)]
pub enum Start<'a> {
    /// The encoding of this many new test stimuli, r(0) = E f(s), as in the paper's experiments.
    /// With the task's motion, the encoding of its first stimulus.
    Encoded {
        /// Number of trials.
        trials: usize,
    },
    /// Given states, `[trial, unit]`.
    States(ArrayView2<'a, f32>),
    /// The encoding of one stimulus for every trial.
    Point {
        /// Number of trials.
        trials: usize,
        /// The stimulus, `[dim]`, in m or rad.
        stimulus: Vec<f32>,
    },
    /// Where a phase ended, with its inhibition and velocity, and with new noise. With the settings of that
    /// phase, both together are the same, to the bit, as one phase that is as long.
    Continued {
        /// The phase that goes on.
        phase: &'a Phase,
        /// Steps of it and of those that it continued.
        steps: usize,
    },
}

impl<'a> Start<'a> {
    /// Starts where a phase ended: quiescent after active, the biological order.
    pub fn after(phase: &'a Phase) -> Self {
        Self::States(phase.end.view())
    }

    /// Number of trials.
    pub fn trials(&self) -> usize {
        match self {
            Self::Encoded { trials } | Self::Point { trials, .. } => *trials,
            Self::States(states) => states.nrows(),
            Self::Continued { phase, .. } => phase.end.nrows(),
        }
    }

    /// Steps that the trials have had before.
    fn before(&self) -> usize {
        match self {
            Self::Continued { steps, .. } => *steps,
            Self::Encoded { .. } | Self::States(_) | Self::Point { .. } => 0,
        }
    }
}

/// The drive of the network.
#[derive(Debug, Clone, Copy)]
pub enum Drive<'a> {
    /// New motion of the task, from its test split: the active phase.
    Motion,
    /// No input: the quiescent phase.
    Silent,
    /// Given inputs, `[trial, step, input]`, such as your own displacements. Noise comes from the
    /// streams of the active phase, trial by trial, so that the effects of different inputs can be compared
    /// in pairs.
    Inputs(ArrayView3<'a, f32>),
}

impl Drive<'_> {
    /// The streams for motion and noise.
    fn phase(&self) -> PhaseKind {
        match self {
            Self::Motion | Self::Inputs(_) => PhaseKind::Active,
            Self::Silent => PhaseKind::Quiescent,
        }
    }

    /// Whether it is the active phase.
    pub(crate) fn is_motion(&self) -> bool {
        matches!(self, Self::Motion)
    }

    /// The label.
    fn name(&self) -> &'static str {
        match self {
            Self::Motion => "active",
            Self::Silent => "quiescent",
            Self::Inputs(_) => "driven",
        }
    }
}

/// Everything that determines a simulation, besides the network.
#[derive(Debug, Clone)]
pub struct Setup<'a> {
    /// The drive of the network.
    pub drive: Drive<'a>,
    /// The start of each trial, and the number of trials.
    pub start: Start<'a>,
    /// Noise of the hidden units. Inputs and outputs have their active noise, unless this is
    /// [`QuiescentNoise::None`].
    pub noise: QuiescentNoise,
    /// How the units move.
    pub dynamics: RestDynamics,
    /// Steps of each trial, at least 1.
    pub steps: usize,
    /// The hidden states to keep.
    pub keep: Keep,
    /// Seed of motion, starts and noise; none for that of the network's experiment.
    pub seed: Option<u64>,
}

/// Simulates the active phase, with the task's motion as input and the noise of training.
///
/// Runs on the current rayon pool; the result does not depend on its size.
///
/// # Errors
/// As [`simulate`].
pub fn active(network: &Network, trials: Trials, keep: Keep) -> Result<Phase, Error> {
    let Trials { count, steps } = trials;
    let start = Start::Encoded { trials: count };
    let (noise, dynamics) = (QuiescentNoise::Same, RestDynamics::FIRST_ORDER);
    let setup = Setup { drive: Drive::Motion, start, noise, dynamics, steps, keep, seed: None };
    Ok(simulate(network, &setup, &())?.0)
}

/// Simulates the quiescent phase, with zero input and noise only (equation 19 and its variants); of other
/// [`RestDynamics`] with [`simulate`].
///
/// Runs on the current rayon pool; the result does not depend on its size.
///
/// # Errors
/// As [`simulate`].
pub fn quiescent(
    network: &Network,
    start: &Start<'_>,
    noise: QuiescentNoise,
    steps: usize,
    keep: Keep,
) -> Result<Phase, Error> {
    let (start, dynamics) = (start.clone(), RestDynamics::FIRST_ORDER);
    let setup = Setup { drive: Drive::Silent, start, noise, dynamics, steps, keep, seed: None };
    Ok(simulate(network, &setup, &())?.0)
}

/// Simulates a network and passes every block of steps to `observer`. Returns the phase and the
/// observer's result for each shard of trials, in order.
///
/// Runs on the current rayon pool; the result does not depend on its size.
///
/// # Errors
/// [`Error::RanAway`] if rates run away; [`Error::Cancelled`] if the observer ends the
/// simulation; if there are no steps, shapes do not match the network, or the task's recording
/// does not have a trial of that length (see
/// [`Task::longest_trial`](crate::task::Task::longest_trial)).
pub fn simulate<O: Observer>(
    network: &Network,
    setup: &Setup<'_>,
    observer: &O,
) -> Result<(Phase, Vec<O::Shard>), Error> {
    let steps = setup.start.before().saturating_add(setup.steps);
    setup.check(network, steps)?;
    simulate_checked(network, setup, observer)
}

/// As [`simulate`], for a part of a phase that goes on for ever: adaptation may be slower than the part.
///
/// # Errors
/// As [`simulate`].
pub fn simulate_part<O: Observer>(
    network: &Network,
    setup: &Setup<'_>,
    observer: &O,
) -> Result<(Phase, Vec<O::Shard>), Error> {
    setup.check(network, usize::MAX)?;
    simulate_checked(network, setup, observer)
}

fn simulate_checked<O: Observer>(
    network: &Network,
    setup: &Setup<'_>,
    observer: &O,
) -> Result<(Phase, Vec<O::Shard>), Error> {
    let prepared = network.prepared_with(setup.dynamics.tau_s);
    let weights = prepared.with(network.parameters());
    let trials: Vec<Range<usize>> =
        shards(setup.start.trials()).map(|(first, count)| first..first + count).collect();
    let size =
        Size::new(setup.start.trials(), setup.steps, weights.inputs, weights.units, setup.keep);
    let mut arrays = Arrays::new(size, setup.drive.is_motion());
    let collector = arrays.collector(&trials);
    let cancelled = AtomicBool::new(false);
    let gathered: Vec<Result<(O::Shard, StepDynamics), Stop>> = trials
        .into_par_iter()
        .with_max_len(1)
        .map(|trials| {
            let mut collected = collector.begin(trials.clone());
            let mut own = observer.begin(trials.clone());
            let Prepared { start, motion, given, mut noise, mut dynamics } =
                setup.shard(network, weights, trials.clone());
            let inputs = match (&motion, &given) {
                (Some(motion), _) => Inputs::Motion(motion),
                (None, Some(given)) => Inputs::Given(given),
                (None, None) => Inputs::Silent,
            };
            let (noise, before) = (&mut noise, setup.start.before());
            let shard =
                Shard { trials, start: &start, inputs, noise, before, dynamics: &mut dynamics };
            let ended = roll(network, weights, shard, setup.steps, |block| {
                if let Some(lost) = Lost::first(block, weights.units) {
                    return ControlFlow::Break(Stop::RanAway(lost));
                }
                let flows =
                    [collector.block(&mut collected, block), observer.block(&mut own, block)];
                if flows.iter().any(ControlFlow::is_break) {
                    cancelled.store(true, Ordering::Relaxed);
                }
                // Another shard's observer may also have ended it.
                let ended = cancelled.load(Ordering::Relaxed);
                if ended { ControlFlow::Break(Stop::Cancelled) } else { ControlFlow::Continue(()) }
            });
            match ended {
                ControlFlow::Continue(()) => Ok((own, dynamics)),
                ControlFlow::Break(stop) => Err(stop),
            }
        })
        .collect();
    drop(collector);
    if cancelled.into_inner() {
        return Err(Error::Cancelled { phase: setup.drive.name() });
    }
    let shards = gathered.into_iter().collect::<Result<Vec<_>, _>>();
    let shards = shards.map_err(|stop| match stop {
        Stop::Cancelled => Error::Cancelled { phase: setup.drive.name() },
        Stop::RanAway(Lost { trial, step, rate }) => {
            Error::RanAway { phase: setup.drive.name(), trial, step, rate: rate.into() }
        }
    })?;
    let (shards, dynamics): (Vec<_>, Vec<_>) = shards.into_iter().unzip();
    let mut phase = arrays.phase();
    phase.adaptation = joined(&dynamics, StepDynamics::adaptation, phase.end.dim());
    phase.velocity = joined(&dynamics, StepDynamics::velocity, phase.end.dim());
    Ok((phase, shards))
}

/// Fails if units cannot move in this way, in a phase of so many steps of `dt_s` seconds, or without end.
///
/// # Errors
/// If a number is out of its range, or adaptation is slower than the phase.
pub fn check_dynamics(
    dynamics: &RestDynamics,
    dt_s: f64,
    steps: Option<usize>,
) -> Result<(), Error> {
    dynamics
        .check(dt_s, steps)
        .map_err(|fault| Error::setting(fault.key, fault.given, fault.allowed))
}

/// What every shard carries, `[trial, unit]`; none if they carry nothing.
fn joined(
    shards: &[StepDynamics],
    carried: impl Fn(&StepDynamics) -> Option<&[f32]>,
    shape: (usize, usize),
) -> Option<Array2<f32>> {
    let parts: Vec<&[f32]> = shards.iter().map(carried).collect::<Option<_>>()?;
    Array2::from_shape_vec(shape, parts.concat()).ok()
}

/// Why a shard ended early.
enum Stop {
    Cancelled,
    RanAway(Lost),
}

/// The first rate of a shard out of bounds.
struct Lost {
    trial: usize,
    /// Counting from 1.
    step: usize,
    rate: f32,
}

impl Lost {
    /// The first rate out of bounds in a block: the earliest step, then the first trial.
    fn first(block: &Block<'_>, units: usize) -> Option<Self> {
        let place = out_of_bounds(block.states)?;
        let row = place / units;
        Some(Self {
            trial: block.trials.start + row % block.trials.len(),
            step: block.steps.start + row / block.trials.len() + 1,
            rate: block.states[place],
        })
    }
}

/// The first rate that is out of bounds or NaN.
pub(crate) fn out_of_bounds(rates: &[f32]) -> Option<usize> {
    rates.iter().position(|rate| rate.is_nan() || rate.abs() > LARGEST_RATE)
}

/// The initial data of a shard.
struct Prepared {
    /// `[trial, unit]`.
    start: Vec<f32>,
    motion: Option<Motion>,
    /// Given inputs, `[step, trial, input]`.
    given: Option<Vec<f32>>,
    noise: TrialNoise,
    dynamics: StepDynamics,
}

impl Setup<'_> {
    /// Fails if the settings do not fit the network, in a phase of `steps` steps in all.
    fn check(&self, network: &Network, steps: usize) -> Result<(), Error> {
        let (units, dim) = (network.experiment().network.units, network.task().space().dim());
        let shape = |what, expected: usize, found: usize| {
            if expected == found {
                return Ok(());
            }
            Err(Error::Shape { what, expected: expected.to_string(), found: found.to_string() })
        };
        if self.steps == 0 {
            return Err(Error::setting("steps", self.steps, "at least 1"));
        }
        check_dynamics(&self.dynamics, network.experiment().time.dt_s, Some(steps))?;
        match &self.start {
            Start::Encoded { .. } => {}
            Start::States(states) => {
                shape("the number of units of start states", units, states.ncols())?
            }
            Start::Point { stimulus, .. } => {
                shape("the dimension of the start stimulus", dim, stimulus.len())?;
            }
            Start::Continued { phase, .. } => {
                let carried =
                    [Some(&phase.end), phase.adaptation.as_ref(), phase.velocity.as_ref()];
                for states in carried.into_iter().flatten() {
                    shape("the number of units of the phase", units, states.ncols())?;
                    shape("its number of trials", phase.end.nrows(), states.nrows())?;
                }
                if self.drive.is_motion() {
                    return Err(Error::Undefined {
                        measurement: "motion that goes on",
                        reason: "the task draws whole trials; start a new one".to_owned(),
                    });
                }
            }
        }
        // An encoded start is the first stimulus of a trial.
        let drawn = match (&self.drive, &self.start) {
            (Drive::Motion, _) => self.steps,
            (_, Start::Encoded { .. }) => 1,
            _ => 0,
        };
        let longest = network.task().longest_trial(Split::Test);
        if longest == 0 && drawn > 0 {
            return Err(Error::Undefined {
                measurement: "the motion of this phase",
                reason:
                    "the animal’s recording was not opened; open the run with it, or start from \
                         given states or a point"
                        .to_owned(),
            });
        }
        if drawn > longest {
            let allowed = format!("at most {longest}, as the recording’s longest held-out trial");
            return Err(Error::setting("steps", drawn, allowed));
        }
        let kept = match self.keep {
            Keep::Decoded => 0,
            Keep::States { stride: 0 } => return Err(Error::setting("stride", 0, "at least 1")),
            Keep::States { stride } => self.steps / stride,
        };
        // Decoded values and true stimuli of every step, kept states, and the states at the end.
        let values = self.steps.checked_mul(2 * dim).and_then(|decoded| {
            let states = kept.checked_add(1)?.checked_mul(units)?;
            decoded.checked_add(states)?.checked_mul(self.start.trials())
        });
        let bytes = values.and_then(|values| values.checked_mul(size_of::<f32>()));
        let most = available_memory_bytes().unwrap_or(u64::MAX).min(isize::MAX as u64);
        if bytes.is_none_or(|bytes| bytes as u64 > most) {
            return Err(Error::setting(
                "steps",
                self.steps,
                "few enough to fit in memory, like trials and kept states",
            ));
        }
        match &self.drive {
            Drive::Silent | Drive::Motion => {}
            Drive::Inputs(inputs) => {
                let (trials, steps, width) = inputs.dim();
                shape("the number of trials of the inputs", self.start.trials(), trials)?;
                shape("the number of steps of the inputs", self.steps, steps)?;
                shape("the width of the inputs", dim, width)?;
            }
        }
        Ok(())
    }

    /// Sets one shard up.
    fn shard(&self, network: &Network, weights: Weights<'_>, trials: Range<usize>) -> Prepared {
        let (first, count) = (trials.start, trials.len());
        let experiment = network.experiment();
        let (seed, phase) = (self.seed.unwrap_or(experiment.seed), self.drive.phase());
        let dims = [weights.inputs, weights.targets];
        let factor = self.dynamics.noise_factor();
        let mut noise = TrialNoise::quiescent(experiment, self.noise, factor, dims, count);
        noise.rekey(seed, Purpose::Phase(phase), first);
        let drawn = |steps| {
            let mut motion = Motion::new(count, steps, weights.inputs);
            motion.draw(network.task().as_ref(), Split::Test, |trial| {
                Generator::new(seed, Stream::Phase(phase), (first + trial) as u64)
            });
            motion
        };
        let mut motion = self.drive.is_motion().then(|| drawn(self.steps));
        let mut states = vec![0.0; count * weights.units];
        let mut dynamics = StepDynamics::new(self.dynamics, experiment.time.dt_s, states.len());
        let stimuli = match &self.start {
            Start::States(given) => {
                let given = given.slice_axis(Axis(0), trials.clone().into());
                states.iter_mut().zip(given.iter()).for_each(|(to, from)| *to = *from);
                None
            }
            // Without motion, a trial of one step is drawn; its first stimulus is the start.
            Start::Encoded { .. } => match &motion {
                Some(motion) => Some(motion.start().to_vec()),
                None => Some(drawn(1).start().to_vec()),
            },
            Start::Point { stimulus, .. } => Some(stimulus.repeat(count)),
            Start::Continued { phase, .. } => {
                let own = |all: &Array2<f32>, to: &mut [f32]| {
                    let all = all.slice_axis(Axis(0), trials.clone().into());
                    to.iter_mut().zip(all.iter()).for_each(|(to, from)| *to = *from);
                };
                own(&phase.end, &mut states);
                if let (Some(all), Some(to)) = (&phase.adaptation, dynamics.adaptation_mut()) {
                    own(all, to);
                }
                if let (Some(all), Some(to)) = (&phase.velocity, dynamics.velocity_mut()) {
                    own(all, to);
                }
                None
            }
        };
        if let Some(stimuli) = stimuli {
            let mut activity = vec![0.0; count * weights.targets];
            network.task().targets(&stimuli, &mut activity);
            weights.encode(&activity, &mut states);
        }
        if let Some(motion) = &mut motion {
            motion.add_noise(&mut noise);
        }
        let given = match &self.drive {
            Drive::Inputs(given) => {
                let given = given.slice_axis(Axis(0), (first..first + count).into());
                let mut values: Vec<f32> = given.permuted_axes([1, 0, 2]).iter().copied().collect();
                let before = self.start.before();
                noise.add_to_inputs(before..before + self.steps, &mut values);
                Some(values)
            }
            Drive::Motion | Drive::Silent => None,
        };
        Prepared { start: states, motion, given, noise, dynamics }
    }
}

impl QuiescentNoise {
    /// The quiescent σ per √s for a network whose active σ is `waking`.
    pub fn sigma(self, waking: f64) -> f64 {
        match self {
            Self::DoubledVariance => waking * std::f64::consts::SQRT_2,
            Self::Same => waking,
            Self::None => 0.0,
            Self::Sigma(sigma) => sigma,
        }
    }
}
