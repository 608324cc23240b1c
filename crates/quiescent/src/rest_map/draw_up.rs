//! Draws up the map of a network: simulates every way to rest, and measures it.

use std::ops::ControlFlow;

use ndarray::{Array3, ArrayView3, s};

use super::results::{ActiveSteps, RestMap, RestNumbers, RestPoint};
use super::{RestMapSettings, RestWay};
use crate::analysis::diffusion::diffusion;
use crate::analysis::exploration::covered_fraction;
use crate::analysis::reactivation::{self, Estimate};
use crate::analysis::steps::{continuity, mean_step_distance, step_quantile};
use crate::analysis::{Error, Missing, Outcome, Reason};
use crate::experiment::{QuiescentNoise, TaskKind};
use crate::network::Network;
use crate::simulate::{self, Drive, Keep, Setup, Start, Trials};
use crate::space::Space;

/// What follows the work: it is told the fraction that is done, and may end it.
pub type Follow<'a> = dyn FnMut(f64) -> ControlFlow<()> + 'a;

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
    let sigma = if own > 0.0 { own } else { TaskKind::of(experiment).noisy_sigma() };
    let trials = Trials { count: settings.trials, steps: experiment.time.steps };
    let active = simulate::active(network, trials, Keep::Decoded)?.decoded;
    let bootstrap = settings.bootstrap(experiment.seed);
    let steps = ActiveSteps {
        step_distance: mean_step_distance(active.view(), &space)?.estimate(&bootstrap)?,
        longest_step: step_quantile(active.view(), &space, 0.95)?,
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
        let from_point = self.rest(way, Start::Point { trials, stimulus })?;
        let from_point = from_point.slice(s![.., self.settings.burn_in.., ..]);
        let from_encoded = self.rest(way, Start::Encoded { trials })?;
        let from_encoded = from_encoded.slice(s![.., self.settings.burn_in.., ..]);
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
            continuity: continuity(from_point, space, longest)?.estimate(&bootstrap)?,
            coverage: covered_fraction(from_point, &bins)?.per_trial.estimate(&bootstrap)?,
            exponent,
        })
    }

    /// Decoded values of rest, `[trial, step, dim]`.
    fn rest(&self, way: &RestWay, start: Start<'_>) -> Result<Array3<f32>, Error> {
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
            keep: Keep::Decoded,
            seed: None,
        };
        Ok(simulate::simulate(self.network, &setup, &())?.0.decoded)
    }

    fn kl(&self, rest: ArrayView3<'_, f32>) -> Result<Estimate, Error> {
        let settings = reactivation::Settings {
            seed: self.network.experiment().seed,
            resamples: self.settings.resamples,
            ..reactivation::Settings::default()
        };
        let found = reactivation::compare(self.active, rest, self.space, &settings)?;
        Ok(found.kl_quiescent_from_active)
    }
}
