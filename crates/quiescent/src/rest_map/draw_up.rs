//! Draws up the map of a network: simulates every way to rest, and measures it.

use std::ops::ControlFlow;

use ndarray::{ArrayView3, s};

use super::results::{ActiveSteps, RestMap, RestNumbers, RestPoint};
use super::{RestMapSettings, RestWay};
use crate::analysis::bootstrap::{self, BootstrapSettings, Measured};
use crate::analysis::diffusion::diffusion;
use crate::analysis::exploration::covered_fraction;
use crate::analysis::null_models::uniform;
use crate::analysis::reactivation::{self, Estimate, Reactivation};
use crate::analysis::steps::{continuity, mean_step_distance, step_quantile};
use crate::analysis::{Error, Missing, Outcome, Reason};
use crate::experiment::QuiescentNoise;
use crate::measure::CONTINUOUS_SHARE;
use crate::network::Network;
use crate::simulate::{self, Drive, Keep, Phase, Setup, Start, Trials, own_or_paper_sigma};
use crate::space::Space;

/// What follows the work: it is told the fraction that is done, and may end it.
pub type Follow<'a> = dyn FnMut(f64) -> ControlFlow<()> + 'a;

/// Enough states for their norm.
const STATES: Keep = Keep::States { stride: 10 };

/// Draws up the map of a network.
///
/// A way that cannot be measured, such as one whose rates run away, is a result. Runs on the current rayon
/// pool; the result does not depend on its size.
///
/// # Errors
/// If a setting is out of range, the active phase cannot be simulated or does not move, or `follow` ended the
/// work.
pub fn rest_map(
    network: &Network,
    settings: &RestMapSettings,
    follow: &mut Follow<'_>,
) -> Result<RestMap, Missing> {
    let experiment = network.experiment();
    settings.check(experiment.time.dt_s)?;
    let space = network.task().space().clone();
    let own = experiment.network.noise.sigma;
    let sigma = own_or_paper_sigma(experiment, &space);
    let trials = Trials { count: settings.trials, steps: experiment.time.steps };
    let active = simulate::active(network, trials, STATES)?;
    let state_norm = per_trial_power(&active, 0).iter().sum::<f64>() / settings.trials as f64;
    let active = active.decoded;
    let bootstrap = settings.bootstrap(experiment.seed);
    let longest_step = step_quantile(active.view(), &space, CONTINUOUS_SHARE)?;
    let uniform = uniform(&space, settings.trials, settings.steps, experiment.seed);
    let yardstick = compare(active.view(), active.view(), &space, settings, experiment.seed)?;
    let steps = ActiveSteps {
        step_distance: mean_step_distance(active.view(), &space)?.estimate(&bootstrap)?,
        longest_step,
        state_norm: state_norm.sqrt(),
        kl_uniform: yardstick.kl_uniform_from_active,
        uniform_continuity: continuity(uniform.view(), &space, longest_step)?.mean,
    };
    let drawing = Drawing { network, settings, space: &space, sigma, active: active.view(), steps };
    let ways = settings.ways();
    let mut points = Vec::with_capacity(ways.len());
    for (number, way) in ways.iter().enumerate() {
        if follow(number as f64 / ways.len() as f64).is_break() {
            return Err(Error::Cancelled { phase: "mapped" }.into());
        }
        let found = match drawing.numbers(way) {
            Err(error) if error.reason() == Reason::Cancelled => return Err(error.into()),
            found => found.map_err(Missing::from),
        };
        points.push(RestPoint { way: *way, found });
    }
    Ok(RestMap {
        settings: settings.clone(),
        seed: experiment.seed,
        dt_s: experiment.time.dt_s,
        sigma,
        own_noise: own > 0.0,
        point: space.off_centre(),
        space,
        active: steps,
        points,
    })
}

/// Mean square norm of each trial's kept states from step `first` on.
fn per_trial_power(phase: &Phase, first: usize) -> Vec<f64> {
    let Some(states) = &phase.states else { return Vec::new() };
    let first = first.div_ceil(phase.state_stride).min(states.dim().1 - 1);
    let of_trial = |trial: ndarray::ArrayView2<'_, f32>| {
        let kept = trial.slice(s![first.., ..]);
        kept.iter().map(|&rate| f64::from(rate).powi(2)).sum::<f64>() / kept.nrows() as f64
    };
    states.outer_iter().map(of_trial).collect()
}

/// What all ways have in common.
struct Drawing<'a> {
    network: &'a Network,
    settings: &'a RestMapSettings,
    space: &'a Space,
    sigma: f64,
    active: ArrayView3<'a, f32>,
    steps: ActiveSteps,
}

impl Drawing<'_> {
    fn numbers(&self, way: &RestWay) -> Result<RestNumbers, Error> {
        let (trials, space) = (self.settings.trials, self.space);
        let stimulus = space.off_centre().iter().map(|&x| x as f32).collect();
        let burn_in = self.settings.burn_in();
        let phase = self.rest(way, Start::Point { trials, stimulus }, STATES)?;
        let from_point = phase.decoded.slice(s![.., burn_in.., ..]);
        let from_encoded = self.rest(way, Start::Encoded { trials }, Keep::Decoded)?.decoded;
        let from_encoded = from_encoded.slice(s![.., burn_in.., ..]);
        let bootstrap = self.settings.bootstrap(self.network.experiment().seed);
        let longest = self.steps.longest_step;
        let bins = space.standard_bins();
        let exponent: Outcome<_> = diffusion(from_point, space, &bootstrap)
            .map(|found| found.exponent)
            .map_err(Missing::from);
        Ok(RestNumbers {
            kl_from_point: self.kl(from_point)?,
            kl_from_encoded: self.kl(from_encoded)?,
            step_distance: mean_step_distance(from_point, space)?.estimate(&bootstrap)?,
            continuity: continuity(from_point, space, longest)?.estimate(&bootstrap)?.of_share(),
            coverage: covered_fraction(from_point, &bins)?
                .per_trial
                .estimate(&bootstrap)?
                .of_share(),
            activity: self.activity(&per_trial_power(&phase, burn_in), &bootstrap)?,
            exponent,
        })
    }

    /// The norm of states, from each trial's mean square, over that of the active phase.
    fn activity(&self, power: &[f64], bootstrap: &BootstrapSettings) -> Result<Measured, Error> {
        bootstrap::over_trials(power.len(), bootstrap, |trials| {
            let sum: f64 = trials.iter().map(|&trial| power[trial]).sum();
            (sum / trials.len() as f64).sqrt() / self.steps.state_norm
        })
    }

    fn rest(&self, way: &RestWay, start: Start<'_>, keep: Keep) -> Result<Phase, Error> {
        let noise = match way.noise_ratio {
            0.0 => QuiescentNoise::None,
            ratio => QuiescentNoise::Sigma(ratio * self.sigma),
        };
        let setup = Setup {
            drive: Drive::Silent,
            start,
            noise,
            dynamics: way.dynamics,
            steps: self.settings.steps,
            keep,
            seed: None,
        };
        Ok(simulate::simulate(self.network, &setup, &())?.0)
    }

    fn kl(&self, rest: ArrayView3<'_, f32>) -> Result<Estimate, Error> {
        let seed = self.network.experiment().seed;
        let found = compare(self.active, rest, self.space, self.settings, seed)?;
        Ok(found.kl_quiescent_from_active)
    }
}

fn compare(
    active: ArrayView3<'_, f32>,
    rest: ArrayView3<'_, f32>,
    space: &Space,
    settings: &RestMapSettings,
    seed: u64,
) -> Result<Reactivation, Error> {
    let resamples = settings.resamples;
    let settings = reactivation::Settings { seed, resamples, ..reactivation::Settings::default() };
    reactivation::compare(active, rest, space, &settings)
}
