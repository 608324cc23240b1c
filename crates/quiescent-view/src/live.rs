//! A network that is awake or at rest, step after step, while its settings change.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use ndarray::{Array2, Array3, ArrayView3, Axis, concatenate, s};
use quiescent::analysis::Error;
use quiescent::analysis::reactivation;
use quiescent::experiment::QuiescentNoise;
use quiescent::network::Network;
use quiescent::simulate::{self, Block, Drive, Keep, Observer, Phase, Setup, Start, simulate_part};

use crate::frame::{Frame, Stage};
use crate::scene::{Axes, MOST_STEPS, Occupancy, Scene, explored};
use crate::settings::{From, Settings, Show};

/// Most steps of one frame.
pub const MOST_STEPS_OF_FRAME: usize = 32;
/// Fewest trials of which a density is estimated: between fewer, intervals are wider than any divergence.
pub(crate) const FEWEST_TRIALS: usize = 10;
/// Most instants of rest from which its density is estimated.
const INSTANTS: usize = 64;
/// Fewest steps between two estimates of the divergence, and their distance as a part of the time that has passed.
const ESTIMATE_STEPS: usize = 25;
const ESTIMATE_PART: f64 = 0.05;

/// A simulation that goes on for as long as it is asked to.
#[derive(Debug)]
pub struct Live {
    network: Arc<Network>,
    scene: Arc<Scene>,
    settings: Settings,
    going: Going,
    counted: Counted,
}

/// Where it is.
#[derive(Debug)]
enum Going {
    /// Active trials that were simulated as a whole; `shown` of their steps were seen.
    Awake { trials: Box<Seen>, end: Box<Phase>, shown: usize, round: u64 },
    /// Rest after so many steps; without any, and not after active trials, it has no phase yet.
    Resting { phase: Option<Box<Phase>>, steps: usize },
}

/// What was seen of some steps.
#[derive(Debug)]
struct Seen {
    /// `[trial, step, dim]`
    decoded: Array3<f32>,
    /// `[trial, step, dim]`, while awake.
    truth: Option<Array3<f32>>,
    /// `[trial, step, 2]`
    projected: Array3<f32>,
}

/// What has gathered since the stage began, or since other settings hold.
#[derive(Debug)]
struct Counted {
    /// Steps of the stage before.
    since: usize,
    steps: usize,
    occupancy: Occupancy,
    /// Steps in each bin of lengths, and all of them.
    lengths: (Vec<u64>, u64),
    length_sum: f64,
    /// Decoded values of the last steps, `[trial, step, dim]`.
    window: Array3<f32>,
    /// Total variance of the last whole window, in m² or rad².
    explored: Option<f64>,
    instants: Instants,
    divergence: Option<Divergence>,
    next_estimate: usize,
}

/// The divergence of rest, in nats.
#[derive(Debug, Clone, Copy)]
struct Divergence {
    nats: f64,
    low: f64,
    high: f64,
    floor: Option<f64>,
}

impl Live {
    /// Begins.
    ///
    /// # Errors
    /// If settings do not fit the network, or rates run away before anything is seen.
    pub fn new(
        network: Arc<Network>,
        scene: Arc<Scene>,
        settings: Settings,
    ) -> Result<Self, Error> {
        settings.check(network.experiment(), network.task().space())?;
        let going = Going::begin(&network, &scene, &settings)?;
        let counted = Counted::new(&scene, settings.trials, 0);
        Ok(Self { network, scene, settings, going, counted })
    }

    /// What is set.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What is behind it.
    pub fn scene(&self) -> &Arc<Scene> {
        &self.scene
    }

    /// Sets it, and says whether it begins anew. Noise, adaptation and momentum change as it goes on, but what gathers
    /// is gathered anew: nothing that is shown is of two settings. Everything else begins anew.
    ///
    /// # Errors
    /// As [`new`](Self::new); then nothing has changed.
    pub fn set(&mut self, settings: Settings) -> Result<bool, Error> {
        settings.check(self.network.experiment(), self.network.task().space())?;
        let anew = settings.begins_anew(&self.settings);
        if anew {
            *self = Self::new(self.network.clone(), self.scene.clone(), settings)?;
        } else if settings != self.settings {
            if let Going::Resting { steps, .. } = self.going {
                self.counted = Counted::new(&self.scene, settings.trials, steps);
            }
            self.settings = settings;
        }
        Ok(anew)
    }

    /// Steps of active trials that are shown before others follow.
    pub fn trial_steps(&self) -> usize {
        awake_steps(&self.network, &self.settings)
    }

    /// Begins anew.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn reset(&mut self) -> Result<(), Error> {
        *self = Self::new(self.network.clone(), self.scene.clone(), self.settings.clone())?;
        Ok(())
    }

    /// Goes on by `steps` steps, at most [`MOST_STEPS_OF_FRAME`], or up to the end of the active trials.
    ///
    /// # Errors
    /// If rates run away: with a trial, a step of rest and a rate. It has then stopped where it was.
    pub fn advance(&mut self, steps: usize) -> Result<Frame, Error> {
        let steps = steps.clamp(1, MOST_STEPS_OF_FRAME);
        self.turn()?;
        let (seen, stage) = match &mut self.going {
            Going::Awake { trials, shown, .. } => {
                let to = (*shown + steps).min(trials.decoded.len_of(Axis(1)));
                let seen = trials.part(*shown..to);
                *shown = to;
                (seen, Stage::Wake)
            }
            Going::Resting { phase, steps: before } => {
                let (experiment, space) = (self.network.experiment(), &self.scene.space);
                let start = match &*phase {
                    Some(phase) => Start::Continued { phase, steps: *before },
                    None => self.settings.start(),
                };
                let setup = Setup {
                    drive: Drive::Silent,
                    start,
                    noise: self.settings.noise(experiment, space),
                    dynamics: self.settings.dynamics(experiment),
                    steps,
                    keep: Keep::Decoded,
                    seed: Some(self.settings.seed),
                };
                let found = simulate_part(&self.network, &setup, &Projecting(&self.scene.axes));
                let (next, seen) = found.map_err(|error| since_the_start(error, *before))?;
                let seen = Seen::of(&next, seen);
                *phase = Some(Box::new(its_end(next)));
                *before += steps;
                (seen, Stage::Rest)
            }
        };
        self.counted.add(&self.scene, &seen, stage);
        Ok(self.counted.frame(&self.scene, &seen, stage))
    }

    /// Turns to what follows the end of active trials.
    fn turn(&mut self) -> Result<(), Error> {
        let Going::Awake { trials, shown, end, round } = &mut self.going else { return Ok(()) };
        if *shown < trials.decoded.len_of(Axis(1)) {
            return Ok(());
        }
        if self.settings.show == Show::Wake {
            let round = *round + 1;
            self.going = Going::awake(&self.network, &self.scene, &self.settings, round)?;
            // A trial does not begin where another one ended.
            self.counted.part();
        } else {
            self.going = Going::Resting { phase: Some(end.clone()), steps: 0 };
            self.counted = Counted::new(&self.scene, self.settings.trials, 0);
        }
        Ok(())
    }
}

impl Going {
    fn begin(network: &Network, scene: &Scene, settings: &Settings) -> Result<Self, Error> {
        match (settings.show, &settings.from) {
            (Show::Wake | Show::WakeThenRest, _) => Self::awake(network, scene, settings, 0),
            (Show::Rest, From::AfterWake) => {
                let Self::Awake { end, .. } = Self::awake(network, scene, settings, 0)? else {
                    unreachable!("it is awake")
                };
                Ok(Self::Resting { phase: Some(end), steps: 0 })
            }
            (Show::Rest, From::Encoded | From::Point(_)) => {
                Ok(Self::Resting { phase: None, steps: 0 })
            }
        }
    }

    fn awake(
        network: &Network,
        scene: &Scene,
        settings: &Settings,
        round: u64,
    ) -> Result<Self, Error> {
        let setup = Setup {
            drive: Drive::Motion,
            start: Start::Encoded { trials: settings.trials },
            noise: QuiescentNoise::Same,
            dynamics: quiescent::experiment::RestDynamics::FIRST_ORDER,
            steps: awake_steps(network, settings),
            keep: Keep::Decoded,
            seed: Some(settings.seed.wrapping_add(round)),
        };
        let (phase, seen) = simulate::simulate(network, &setup, &Projecting(&scene.axes))?;
        let trials = Seen::of(&phase, seen);
        let (trials, end) = (Box::new(trials), Box::new(its_end(phase)));
        Ok(Self::Awake { trials, end, shown: 0, round })
    }
}

/// Steps of active trials: all of them where rest follows, else no more than are looked at.
fn awake_steps(network: &Network, settings: &Settings) -> usize {
    let all = network.experiment().time.steps;
    let followed = settings.show == Show::WakeThenRest
        || (settings.show == Show::Rest && settings.from == From::AfterWake);
    if followed { all } else { all.min(MOST_STEPS) }
}

/// A phase without what was decoded: what it needs to go on.
fn its_end(phase: Phase) -> Phase {
    Phase { decoded: Array3::zeros((0, 0, 0)), truth: None, states: None, ..phase }
}

/// Steps are counted from the beginning of rest.
fn since_the_start(error: Error, before: usize) -> Error {
    match error {
        Error::RanAway { phase, trial, step, rate } => {
            Error::RanAway { phase, trial, step: before + step, rate }
        }
        error => error,
    }
}

/// Projects states on principal components as they pass.
struct Projecting<'a>(&'a Axes);

impl Observer for Projecting<'_> {
    /// Trials, and projected states, `[step, trial, 2]`.
    type Shard = (usize, Vec<f32>);

    fn begin(&self, trials: Range<usize>) -> Self::Shard {
        (trials.len(), Vec::new())
    }

    fn block(&self, (_, projected): &mut Self::Shard, block: &Block<'_>) -> ControlFlow<()> {
        let units = block.states.len() / (block.steps.len() * block.trials.len());
        let states = block.states.chunks_exact(units);
        projected.extend(states.flat_map(|state| self.0.project(state)));
        ControlFlow::Continue(())
    }
}

impl Seen {
    fn of(phase: &Phase, shards: Vec<(usize, Vec<f32>)>) -> Self {
        let (trials, steps, _) = phase.decoded.dim();
        let mut projected = Array3::zeros((trials, steps, 2));
        let mut first = 0;
        for (count, values) in shards {
            let values = ArrayView3::from_shape((steps, count, 2), &values).expect("all were seen");
            projected
                .slice_mut(s![first..first + count, .., ..])
                .assign(&values.permuted_axes([1, 0, 2]));
            first += count;
        }
        Self { decoded: phase.decoded.clone(), truth: phase.truth.clone(), projected }
    }

    fn part(&self, steps: Range<usize>) -> Self {
        let cut = |of: &Array3<f32>| of.slice(s![.., steps.clone(), ..]).to_owned();
        Self {
            decoded: cut(&self.decoded),
            truth: self.truth.as_ref().map(cut),
            projected: cut(&self.projected),
        }
    }
}

impl Counted {
    fn new(scene: &Scene, trials: usize, since: usize) -> Self {
        Self {
            since,
            steps: 0,
            occupancy: Occupancy::new(&scene.bins),
            lengths: (vec![0; scene.step_shares.len()], 0),
            length_sum: 0.0,
            window: Array3::zeros((trials, 0, scene.space.dim())),
            explored: None,
            instants: Instants { every: 1, values: Vec::new() },
            divergence: None,
            next_estimate: ESTIMATE_STEPS,
        }
    }

    /// No step is taken between what was and what comes.
    fn part(&mut self) {
        self.window = self.window.slice(s![.., ..0, ..]).to_owned();
    }

    fn add(&mut self, scene: &Scene, seen: &Seen, stage: Stage) {
        let decoded = seen.decoded.view();
        self.occupancy.add(&scene.bins, decoded);
        let before = self.window.len_of(Axis(1));
        let joined = concatenate![Axis(1), self.window, decoded];
        let steps = joined.len_of(Axis(1));
        for trial in joined.outer_iter() {
            for step in before.max(1)..steps {
                let [from, to] = [step - 1, step].map(|at| trial.row(at).to_vec());
                let length = f64::from(scene.space.distance(&from, &to));
                self.length_sum += length;
                self.lengths.1 += 1;
                let bin = scene.step_edges.partition_point(|&edge| edge <= length);
                // Beyond the last edge, the diameter of the space, nothing lies but rounding.
                if bin > 0 {
                    self.lengths.0[(bin - 1).min(scene.step_shares.len() - 1)] += 1;
                }
            }
        }
        let longest = scene.window_steps;
        self.window = joined.slice(s![.., steps.saturating_sub(longest).., ..]).to_owned();
        if steps >= longest {
            self.explored = Some(explored(self.window.view(), &scene.space));
        }
        for step in decoded.axis_iter(Axis(1)) {
            self.steps += 1;
            self.instants.add(self.steps, step.to_owned());
        }
        if stage == Stage::Rest && self.steps >= self.next_estimate {
            self.divergence = self.instants.divergence(scene);
            let part = (self.steps as f64 * ESTIMATE_PART) as usize;
            self.next_estimate = self.steps + part.max(ESTIMATE_STEPS);
        }
    }

    fn frame(&self, scene: &Scene, seen: &Seen, stage: Stage) -> Frame {
        let steps = seen.decoded.len_of(Axis(1));
        let of_trial = |trial: usize, step: usize| {
            let decoded = seen.decoded.slice(s![trial, step, ..]).to_owned();
            let projected = seen.projected.slice(s![trial, step, ..]).to_owned();
            decoded.into_iter().chain(projected)
        };
        let trials = seen.decoded.len_of(Axis(0));
        let error = seen.truth.as_ref().map(|truth| {
            let last = |of: &Array3<f32>, trial| of.slice(s![trial, steps - 1, ..]).to_vec();
            let errors = (0..trials).map(|trial| {
                f64::from(scene.space.distance(&last(&seen.decoded, trial), &last(truth, trial)))
            });
            errors.sum::<f64>() / trials as f64
        });
        let truth = seen.truth.as_ref().map(|truth| truth.slice(s![0, steps - 1, ..]).to_vec());
        let divergence = self.divergence;
        let all = self.lengths.1.max(1) as f64;
        Frame {
            stage,
            epoch: 0,
            step: (self.since + self.steps) as u32,
            since: self.since as u32,
            dim: scene.space.dim(),
            path: (0..steps).flat_map(|step| of_trial(0, step)).collect(),
            trials: (0..trials).flat_map(|trial| of_trial(trial, steps - 1)).collect(),
            truth,
            occupancy: self.occupancy.shares().map(|share| share as f32).collect(),
            step_shares: self.lengths.0.iter().map(|&n| (n as f64 / all) as f32).collect(),
            mean_step: (self.lengths.1 > 0).then(|| self.length_sum / all),
            variance: self.explored,
            error,
            divergence: divergence.map(|found| [found.nats, found.low, found.high]),
            floor: divergence.and_then(|found| found.floor),
        }
    }
}

/// Decoded values at some instants of rest, evenly spaced since it began.
#[derive(Debug)]
struct Instants {
    /// Steps between two of them.
    every: usize,
    /// `[trial, dim]` each.
    values: Vec<Array2<f32>>,
}

impl Instants {
    /// Takes the values after a step, counting from 1, if it is one of the instants.
    fn add(&mut self, step: usize, values: Array2<f32>) {
        if !step.is_multiple_of(self.every) {
            return;
        }
        self.values.push(values);
        if self.values.len() == INSTANTS {
            // Those after 2, 4, … of the present distances stay.
            let mut place = 0;
            self.values.retain(|_| {
                place += 1;
                place % 2 == 0
            });
            self.every *= 2;
        }
    }

    /// KL(quiescent‖active) of them; none where it has no value, as with one trial.
    fn divergence(&self, scene: &Scene) -> Option<Divergence> {
        let first = self.values.first().filter(|first| first.nrows() >= FEWEST_TRIALS)?;
        let shape = (self.values.len(), first.nrows(), first.ncols());
        let all: Vec<f32> = self.values.iter().flatten().copied().collect();
        let rest = Array3::from_shape_vec(shape, all).ok()?.permuted_axes([1, 0, 2]);
        let settings = reactivation::Settings {
            points: POINTS,
            samples: SAMPLES,
            splits: SPLITS,
            resamples: 20,
            ..reactivation::Settings::default()
        };
        let found =
            reactivation::compare(scene.decoded.view(), rest.view(), &scene.space, &settings);
        let kl = found.ok()?.kl_quiescent_from_active;
        kl.nats.is_finite().then_some(Divergence {
            nats: kl.nats,
            low: kl.interval.low,
            high: kl.interval.high,
            floor: kl.floor.map(|floor| floor.upper),
        })
    }
}

/// Points, sites and splits of an estimate: fewer than `measure` takes, since it is made several times a second.
const POINTS: usize = 2000;
const SAMPLES: usize = 400;
const SPLITS: usize = 10;
