//! Examines an experiment or a trained network by the theory.

use std::ops::ControlFlow;
use std::sync::Arc;

use ndarray::{Array2, ArrayView2, Axis};

use super::assumptions::{self, Evidence};
use super::bound::bound;
use super::cost::Cost;
use super::denoiser::Denoiser;
use super::dynamics::{Dynamics, TrainedNetwork};
use super::optimal::{OptimalNetwork, targets};
use super::progress::{Follow, Follower, PartialExamination, unless_cancelled};
use super::results::{Examination, Examined, Mixing, NetworkResult, NoiseScan, OptimalResult};
use super::samples::WakingStates;
use super::stimulus_law::StimulusLaw;
use super::temperature::{RestSettings, temperature_law};
use super::walk::WalkSettings;
use super::{Error, ExaminationSettings, field, mixing, noise_scan, response};
use crate::analysis::circular::{CircularBandwidth, VonMisesKde, grid};
use crate::analysis::kde::{Kde, KdeOptions};
use crate::analysis::{Missing, Outcome};
use crate::experiment::{Experiment, NoiseDistribution};
use crate::network::Network;
use crate::numerics::noise::Law;
use crate::random::{Generator, Stream, TheoryDraw, WalkSet};
use crate::simulate::motion::Motion;
use crate::simulate::own_or_paper_sigma;
use crate::space::{Bins, Space};
use crate::task::{self, Split, Task, TaskError};

/// Number of trials that sample the stationary law of the stimulus.
const LAW_TRIALS: usize = 500;
/// Most stimuli to which the density of the law is fitted.
const LAW_SAMPLES: usize = 20_000;
/// Number of stimuli by which a readout is judged.
const READOUT_SAMPLES: usize = 2000;
/// Nodes of the optimal network's manifold along each dimension of the stimulus.
const NODES: std::ops::RangeInclusive<usize> = 24..=100;
/// Number of nodes on the circle.
const CIRCLE_NODES: std::ops::RangeInclusive<usize> = 180..=2000;
/// Target distance between neighbouring nodes, in standard deviations of one step's noise.
const SPACING: f64 = 1.8;

/// Why an experiment could not be examined.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExamineError {
    /// Its task cannot be set up.
    #[error("{0}")]
    Task(#[from] TaskError),
    /// Its task has no law to examine.
    #[error("{0}")]
    Missing(#[from] Missing),
}

/// Examines the greedily optimal network of an experiment; no network is trained. `follow` is told how
/// much of the work is done, and may end it.
///
/// Runs on the current rayon pool; the result does not depend on its size.
///
/// # Errors
/// If the task cannot be set up, or has no test trial of the experiment's length, or `follow` ended
/// the examination.
pub fn examine_experiment(
    experiment: &Experiment,
    settings: &ExaminationSettings,
    follow: &mut Follow<'_>,
) -> Result<Examination, ExamineError> {
    let task = task::build(experiment)?;
    let cost = Cost::of(experiment, settings);
    let follower = Follower::new((0.0, cost.optimal()), follow);
    let subject = Subject::new(experiment, task, settings, &cost, &follower)?;
    let mut done = PartialExamination::new(settings.clone());
    subject.optimal_part(&mut done).map_err(Missing::from)?;
    Ok(subject.examination(done)?)
}

/// Examines a trained network, the network of the same seed before any training, and the greedily
/// optimal network of its experiment.
///
/// A measurement that fails is returned as its error. Runs on the current rayon pool; the result
/// does not depend on the pool's size.
///
/// # Errors
/// If the networks cannot be set up, or rates run away in waking.
pub fn examine(network: &Network, settings: &ExaminationSettings) -> Result<Examination, Missing> {
    let done = PartialExamination::new(settings.clone());
    examine_from(network, done, &mut |_| ControlFlow::Continue(()))
}

/// The same from parts that an earlier examination of the network finished. `follow` is told how much of
/// the work is done and what can be kept, and may end it.
///
/// # Errors
/// As [`examine`], and if `follow` ended the examination.
pub fn examine_from(
    network: &Network,
    mut done: PartialExamination,
    follow: &mut Follow<'_>,
) -> Result<Examination, Missing> {
    let experiment = network.experiment();
    let settings = done.settings.clone();
    let cost = Cost::of(experiment, &settings);
    let follower = Follower::new((done.done(&cost), cost.of_run()), follow);
    let task = Arc::clone(network.task());
    let subject = Subject::new(experiment, task, &settings, &cost, &follower)?;
    for examined in [Examined::Trained, Examined::Untrained].into_iter().skip(done.networks.len()) {
        let network = match examined {
            Examined::Trained => network.clone(),
            Examined::Untrained => network.before_training(),
        };
        subject.network_parts(examined, network, &mut done)?;
    }
    subject.optimal_part(&mut done)?;
    subject.examination(done)
}

/// The subject of an examination, with the data that its networks share.
struct Subject<'a> {
    experiment: &'a Experiment,
    task: Arc<dyn Task>,
    settings: &'a ExaminationSettings,
    cost: &'a Cost,
    follower: &'a Follower<'a>,
    step_sd: f64,
    bins: Bins,
    /// Stimuli of the stationary law, `[sample, dim]`.
    samples: Array2<f32>,
}

impl<'a> Subject<'a> {
    fn new(
        experiment: &'a Experiment,
        task: Arc<dyn Task>,
        settings: &'a ExaminationSettings,
        cost: &'a Cost,
        follower: &'a Follower<'a>,
    ) -> Result<Self, Missing> {
        let sigma = own_or_paper_sigma(experiment, task.space());
        let bins = task.space().standard_bins();
        let samples = stationary_samples(experiment, task.as_ref())?;
        let step_sd = sigma * experiment.time.dt_s.sqrt();
        Ok(Self { experiment, task, settings, cost, follower, step_sd, bins, samples })
    }

    fn own_noise(&self) -> bool {
        self.experiment.network.noise.sigma > 0.0
    }

    fn law_of_noise(&self) -> Law {
        match self.experiment.network.noise.distribution {
            NoiseDistribution::Gaussian => Law::Normal,
            NoiseDistribution::Uniform01 => Law::Uniform,
        }
    }

    /// Waking trials with noise of the given step's standard deviation.
    fn walk(&self, trials: usize, step_sd: f64, set: WalkSet) -> WalkSettings {
        WalkSettings {
            trials,
            steps: self.experiment.time.steps,
            step_sd,
            law: self.law_of_noise(),
            on_manifold: false,
            seed: self.experiment.seed,
            set,
        }
    }

    /// The finished examination.
    fn examination(&self, done: PartialExamination) -> Result<Examination, Missing> {
        let lacking = || Missing::undefined("the optimal network was not examined");
        Ok(Examination {
            settings: done.settings,
            seed: self.experiment.seed,
            dt_s: self.experiment.time.dt_s,
            step_sd: self.step_sd,
            own_noise: self.own_noise(),
            space: self.task.space().clone(),
            optimal: done.optimal.ok_or_else(lacking)?,
            networks: done.networks,
        })
    }

    /// The part of the greedily optimal network, unless it is done.
    fn optimal_part(&self, done: &mut PartialExamination) -> Result<(), Error> {
        if done.optimal.is_none() {
            done.optimal = Some(unless_cancelled(self.optimal())?);
            self.follower.part(done)?;
        }
        Ok(())
    }

    /// The greedily optimal network: temperature law and bound.
    fn optimal(&self) -> Result<OptimalResult, Error> {
        let (settings, cost) = (self.settings, self.cost);
        self.follower.begin(cost.manifold)?;
        let law = self.law()?;
        let seed = self.experiment.seed;
        let network = OptimalNetwork::with_random_readout(
            Arc::clone(&self.task),
            law,
            None,
            settings.signal_to_noise,
            self.step_sd,
            seed,
        )?;
        let manifold = network.manifold();
        let stimuli = manifold.law().stimuli();
        let bin_of: Vec<usize> =
            stimuli.outer_iter().map(|stimulus| self.bins.nearest(&stimulus.to_vec())).collect();
        // All trials begin at one point, so that the resulting law is not that of the starts.
        let weights = manifold.law().weights();
        let start =
            (0..weights.len()).max_by(|&a, &b| weights[a].total_cmp(&weights[b])).unwrap_or(0);
        let bootstrap = settings.bootstrap(seed);
        let temperature = settings
            .optimal_noise_ratios
            .iter()
            .map(|&noise_ratio| {
                self.follower.begin(cost.optimal_rest)?;
                let rest = RestSettings {
                    noise_ratio,
                    substeps: settings.substeps,
                    friction: 1.0,
                    trials: settings.optimal_trials,
                    steps: settings.optimal_steps,
                    burn_in: settings.optimal_steps,
                    seed,
                };
                temperature_law(manifold, &bin_of, start, &rest, &bootstrap)
            })
            .collect::<Result<_, Error>>()?;
        let walk = self.walk(settings.trials, self.step_sd, WalkSet::Compared);
        let bound = |walk: &WalkSettings| {
            self.follower.begin(cost.optimal_bound)?;
            bound(&network, walk, &bootstrap)
        };
        Ok(OptimalResult {
            components: manifold.len(),
            units: manifold.units(),
            signal_to_noise: manifold.signal_to_noise(),
            resolution: manifold.resolution(),
            edges: self.bins.edges(),
            temperature,
            bound: bound(&walk)?,
            single_step_bound: bound(&WalkSettings { on_manifold: true, ..walk })?,
        })
    }

    /// The stationary law of the stimulus as a density on a grid.
    fn law(&self) -> Result<StimulusLaw, Error> {
        let Space::Region(region) = self.task.space() else {
            let nodes = grid(self.nodes(std::f64::consts::TAU, &CIRCLE_NODES)?);
            let kde = VonMisesKde::fit(self.samples.column(0), CircularBandwidth::default())?;
            let density = kde.density(&nodes)?;
            let nodes = Array2::from_shape_fn((nodes.len(), 1), |(i, _)| nodes[i] as f32);
            return StimulusLaw::from_density(nodes.view(), &density);
        };
        let options = KdeOptions { reflect: Some(region.clone()), ..KdeOptions::default() };
        // Few positions lie beyond a wall. A density with walls excludes them.
        let inside: Vec<usize> = (0..self.samples.nrows())
            .filter(|&row| {
                let place: Vec<f64> = self.samples.row(row).iter().map(|&x| x.into()).collect();
                region.contains(&place)
            })
            .collect();
        let kde = Kde::fit_with(self.samples.select(Axis(0), &inside).view(), &options)?;
        let counts = (0..region.dim())
            .map(|dim| self.nodes(region.side(dim), &NODES))
            .collect::<Result<Vec<_>, _>>()?;
        // The last dimension is the fastest.
        let places = Array2::from_shape_fn((counts.iter().product(), counts.len()), |(i, d)| {
            let faster: usize = counts[d + 1..].iter().product();
            let node = (i / faster) % counts[d];
            region.low()[d] + region.side(d) * (node as f64 + 0.5) / counts[d] as f64
        });
        let density = kde.density(places.view())?;
        StimulusLaw::from_density(places.mapv(|x| x as f32).view(), &density)
    }

    /// Number of nodes along `extent` that lie [`SPACING`] apart on the manifold.
    fn nodes(
        &self,
        extent: f64,
        allowed: &std::ops::RangeInclusive<usize>,
    ) -> Result<usize, Error> {
        let some = self.some_samples(READOUT_SAMPLES / 10);
        let values = targets(self.task.as_ref(), some.view())?;
        let mean = values.mean_axis(Axis(0)).unwrap_or_default();
        let radius = values
            .outer_iter()
            .map(|row| row.iter().zip(&mean).map(|(x, m)| f64::from(x - m).powi(2)).sum::<f64>())
            .sum::<f64>()
            / some.nrows() as f64;
        let (dim, count) = (self.task.space().dim(), self.task.target_dim());
        let mut derivative = vec![0.0; dim * count];
        let mut slopes: Vec<f64> = some
            .outer_iter()
            .map(|stimulus| {
                self.task.target_derivative(&stimulus.to_vec(), &mut derivative);
                let square: f64 = derivative.iter().map(|&x| f64::from(x).powi(2)).sum();
                (square / dim as f64).sqrt()
            })
            .collect();
        slopes.sort_by(f64::total_cmp);
        let steep = slopes.get(slopes.len() * 95 / 100).copied().unwrap_or(0.0);
        let distance = extent * steep * self.settings.signal_to_noise / radius.sqrt();
        let wanted = (distance / SPACING).ceil();
        if !wanted.is_finite() {
            return Err(Error::Undefined {
                measurement: "the manifold D†f(s)",
                reason: "the targets do not vary with the stimulus".into(),
            });
        }
        Ok((wanted as usize).clamp(*allowed.start(), *allowed.end()))
    }

    /// Evenly chosen samples of the law.
    fn some_samples(&self, count: usize) -> Array2<f32> {
        let all = self.samples.nrows();
        let count = count.min(all);
        Array2::from_shape_fn((count, self.samples.ncols()), |(i, d)| {
            self.samples[[i * all / count, d]]
        })
    }

    /// Both parts of a network: its quiescence at several temperatures, unless that is done, and the rest.
    fn network_parts(
        &self,
        examined: Examined,
        network: Network,
        done: &mut PartialExamination,
    ) -> Result<(), Error> {
        let (settings, cost) = (self.settings, self.cost);
        let bootstrap = settings.bootstrap(self.experiment.seed);
        let temperature = match done.temperature.take() {
            Some(temperature) => temperature,
            None => {
                let sigma = self.step_sd / self.experiment.time.dt_s.sqrt();
                let found =
                    noise_scan::scan(&network, sigma, settings, &self.bins, &bootstrap, |waking| {
                        self.follower.begin(if waking { cost.waking } else { cost.rest })
                    });
                let temperature = unless_cancelled(found)?;
                done.temperature = Some(temperature.clone());
                self.follower.part(done)?;
                temperature
            }
        };
        let found = self.network(examined, network, temperature)?;
        done.temperature = None;
        done.networks.push(found);
        self.follower.part(done)
    }

    fn network(
        &self,
        examined: Examined,
        network: Network,
        temperature: Outcome<NoiseScan>,
    ) -> Result<NetworkResult, Error> {
        let (settings, cost) = (self.settings, self.cost);
        let seed = self.experiment.seed;
        let bootstrap = settings.bootstrap(seed);
        self.follower.begin(cost.bound)?;
        let judged = targets(self.task.as_ref(), self.some_samples(READOUT_SAMPLES).view())?;
        let dynamics = TrainedNetwork::new(network, judged.view())?;
        // A network trained without noise also walks without noise. Probing noise is added to its
        // states only where they are compared with the score.
        let own_sd = if self.own_noise() { self.step_sd } else { 0.0 };
        let bound: Outcome<_> =
            bound(&dynamics, &self.walk(settings.trials, own_sd, WalkSet::Compared), &bootstrap)
                .map_err(Missing::from);
        let take = |trials: usize, set: WalkSet| {
            let walk = self.walk(trials, own_sd, set);
            // The burn-in is at most a quarter of a short trial.
            let burn_in = settings.burn_in.min(walk.steps / 4);
            WakingStates::take(&dynamics, &walk, burn_in, settings.stride)
        };
        self.follower.begin(cost.states)?;
        let fitted = take(settings.fitted_trials, WalkSet::Fitted);
        let states = take(settings.trials, WalkSet::Compared)?;
        let field =
            unless_cancelled(fitted.and_then(|fitted| self.field(&dynamics, fitted, &states)))?;
        self.follower.begin(cost.response)?;
        let response = response::probe(&dynamics, &states, &self.bins, seed, &bootstrap)
            .map_err(Missing::from);
        self.follower.begin(cost.assumptions)?;
        let assumptions = assumptions::measure(&Evidence {
            dynamics: &dynamics,
            states: &states,
            step_sd: self.step_sd,
            bins: &self.bins,
            bound: &bound,
            field: &field,
            scan: &temperature,
            bootstrap: &bootstrap,
        });
        let mixing = match examined {
            Examined::Trained => Some(unless_cancelled(self.mixing(&dynamics, &states))?),
            Examined::Untrained => None,
        };
        Ok(NetworkResult {
            examined,
            readout_rank: dynamics.readout().rank(),
            missed_variance: dynamics.readout().missed_variance(judged.view()),
            field,
            response,
            assumptions,
            temperature,
            mixing,
            bound,
        })
    }

    fn mixing(&self, dynamics: &TrainedNetwork, states: &WakingStates) -> Result<Mixing, Error> {
        let (settings, cost) = (self.settings, self.cost);
        let bootstrap = settings.bootstrap(self.experiment.seed);
        mixing::measure(
            dynamics,
            states,
            self.step_sd,
            settings,
            &self.bins,
            &bootstrap,
            |waking| self.follower.begin(if waking { cost.waking } else { cost.rest_from_point }),
        )
    }

    fn field(
        &self,
        dynamics: &dyn Dynamics,
        fitted: WakingStates,
        states: &WakingStates,
    ) -> Result<super::FieldResult, Error> {
        if self.law_of_noise() != Law::Normal {
            return Err(Error::Undefined {
                measurement: "the score ∇log p(r) by denoising regression",
                reason: "the noise is not Gaussian, which Tweedie’s formula needs".into(),
            });
        }
        let seed = self.experiment.seed;
        let probed = |states: WakingStates| {
            if self.own_noise() { states } else { states.with_noise(self.step_sd, seed) }
        };
        self.follower.begin(self.cost.score)?;
        let denoiser = Denoiser::fit(&probed(fitted), self.step_sd, seed)?;
        self.follower.begin(self.cost.field)?;
        let states = probed(states.clone());
        let bootstrap = self.settings.bootstrap(seed);
        field::compare(dynamics, &denoiser, &states, self.step_sd, &self.bins, seed, &bootstrap)
    }
}

/// Stimuli from the second half of each trial, `[sample, dim]`.
fn stationary_samples(experiment: &Experiment, task: &dyn Task) -> Result<Array2<f32>, Missing> {
    let steps = experiment.time.steps;
    if steps > task.longest_trial(Split::Test) {
        return Err(Missing::undefined(format_args!(
            "no test trial of the recording is as long as time.steps, {steps}"
        )));
    }
    let dim = task.space().dim();
    let mut motion = Motion::new(LAW_TRIALS, steps, dim);
    motion.draw(task, Split::Test, |trial| {
        Generator::new(experiment.seed, Stream::Theory(TheoryDraw::StimulusLaw), trial as u64)
    });
    let later = motion.after(steps / 2..steps);
    let all = later.len() / dim;
    let every = all.div_ceil(LAW_SAMPLES);
    let kept: Vec<f32> =
        later.chunks_exact(dim).step_by(every).flat_map(|row| row.iter().copied()).collect();
    let view = ArrayView2::from_shape((kept.len() / dim, dim), &kept);
    view.map(|view| view.to_owned()).map_err(Missing::undefined)
}
