//! The temperature law: the quiescent phase with noise κσ visits the manifold with density p^(2/κ²).
//!
//! One quiescent step (19), cut into m sub-steps for the continuous-time limit, is
//!
//! ```text
//! r ← r + σ² ∇log p(r) Δt/m + κ σ √(Δt/m) η
//! ```
//!
//! This is Langevin sampling of p at inverse temperature 2/κ²: κ = √2 samples p itself, κ = 1
//! samples p². Across the manifold, p(r) is a Gaussian of variance v = σ²Δt. Each sub-step
//! multiplies the deviation by 1 − 1/m and adds noise of variance κ²v/m, so the stationary
//! variance is κ²v / (2 − 1/m): κ²v at m = 1, κ²v/2 for many sub-steps.
//!
//! With momentum of friction λ and noise multiplied by √λ, a sub-step is u ← (1 − λ) u + Δr, r ← r + u. Along the
//! manifold, where the drift per sub-step is small, the law is the same and diffusion is 1/λ times as fast; across
//! it the variance is κ²v (2 − λ) / (2(2 − λ) − 1/m).

use ndarray::Array2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Error;
use super::manifold::Manifold;
use crate::analysis::bootstrap::{BootstrapSettings, Measured, Resamples};
use crate::numerics::noise::{self, Law};
use crate::random::{Key, Sample, Stream, TheoryDraw};

/// Trials simulated together.
const ROWS: usize = 50;

/// Settings for simulating quiescence of the optimal network.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RestSettings {
    /// Amplitude of the quiescent noise as a multiple of the waking one: √2 doubles the variance.
    pub noise_ratio: f64,
    /// Sub-steps m of every step.
    pub substeps: usize,
    /// Friction λ of momentum, above 0 and at most 1; 1 is first order. The noise is multiplied by √λ.
    pub friction: f64,
    /// Number of trials.
    pub trials: usize,
    /// Steps of each, after the burn-in.
    pub steps: usize,
    /// First steps omitted.
    pub burn_in: usize,
    /// Seed of the noise.
    pub seed: u64,
}

impl RestSettings {
    fn validate(&self) -> Result<(), Error> {
        if !(self.noise_ratio > 0.0 && self.noise_ratio.is_finite()) {
            let allowed = "a positive finite number";
            return Err(Error::setting("noise_ratio", self.noise_ratio, allowed));
        }
        if !(self.friction > 0.0 && self.friction <= 1.0) {
            return Err(Error::setting("friction", self.friction, "above 0 and at most 1"));
        }
        for (name, value) in
            [("substeps", self.substeps), ("trials", self.trials), ("steps", self.steps)]
        {
            if value == 0 {
                return Err(Error::setting(name, value, "at least 1"));
            }
        }
        Ok(())
    }

    /// Variance across a straight manifold, in units of v.
    fn normal_variance(&self) -> f64 {
        let (kappa, rate, inertia) =
            (self.noise_ratio, 1.0 / self.substeps as f64, 2.0 - self.friction);
        kappa * kappa * inertia / (2.0 * inertia - rate)
    }
}

/// Places on the manifold visited by the optimal network in quiescence.
#[derive(Debug, Clone)]
pub struct OptimalRest {
    /// Component nearest to the state after every step, `[trial, step]`.
    pub nearest: Array2<u32>,
    /// Mean over trials and steps of ‖r − μ_nearest‖², per unit².
    pub squared_distance: f64,
}

/// Simulates equation (19) (and its variants) from the given component of the manifold.
///
/// Runs on the current rayon pool; the result does not depend on its size.
///
/// # Errors
/// If a setting is out of range or the component does not exist.
pub fn rest(
    manifold: &Manifold,
    start: usize,
    settings: &RestSettings,
) -> Result<OptimalRest, Error> {
    settings.validate()?;
    if start >= manifold.len() {
        return Err(Error::setting("start", start, "the number of a component"));
    }
    let means = manifold.means();
    let row: Vec<f32> = means.row(start).to_vec();
    let shards: Vec<(usize, usize)> = (0..settings.trials)
        .step_by(ROWS)
        .map(|first| (first, ROWS.min(settings.trials - first)))
        .collect();
    let parts: Vec<(Vec<u32>, f64)> = shards
        .into_par_iter()
        .map(|(first, count)| shard(manifold, &means, &row.repeat(count), first, settings))
        .collect();
    let mut nearest = Vec::with_capacity(settings.trials * settings.steps);
    let mut squares = 0.0;
    for (part, sum) in parts {
        nearest.extend(part);
        squares += sum;
    }
    let count = nearest.len() as f64;
    let nearest = Array2::from_shape_vec((settings.trials, settings.steps), nearest);
    #[allow(clippy::expect_used, reason = "every part holds its trials times the steps")]
    let nearest = nearest.expect("parts fill the phase");
    Ok(OptimalRest { nearest, squared_distance: squares / count })
}

/// One shard: nearest components `[trial, step]` and the sum of squared distances.
fn shard(
    manifold: &Manifold,
    means: &Array2<f32>,
    start: &[f32],
    first: usize,
    settings: &RestSettings,
) -> (Vec<u32>, f64) {
    let units = manifold.units();
    let trials = start.len() / units;
    let substeps = settings.substeps;
    let keys: Vec<Key> = (0..trials)
        .map(|trial| {
            Key::new(settings.seed, Stream::Theory(TheoryDraw::OptimalRest), (first + trial) as u64)
        })
        .collect();
    let rate = 1.0 / substeps as f32;
    let of_step = settings.noise_ratio * settings.friction.sqrt() * manifold.step_sd();
    let scale = (of_step / (substeps as f64).sqrt()) as f32;
    let kept = 1.0 - settings.friction as f32;
    let mut states = start.to_vec();
    let mut velocities = vec![0.0_f32; states.len()];
    let mut means_of = vec![0.0; states.len()];
    let mut deviates = vec![0.0; units];
    let mut nearest_of = vec![0; trials];
    let mut nearest = vec![0; trials * settings.steps];
    let mut squares = 0.0;
    let all_steps = settings.burn_in + settings.steps;
    for step in 0..=all_steps {
        for substep in 0..substeps {
            let looked_up = (substep == 0).then_some(&mut nearest_of[..]);
            manifold.posterior_means(&states, &mut means_of, looked_up);
            if substep == 0 && step > settings.burn_in {
                for (trial, &component) in nearest_of.iter().enumerate() {
                    nearest[trial * settings.steps + step - settings.burn_in - 1] = component;
                    let state = &states[trial * units..(trial + 1) * units];
                    let mean = means.row(component as usize);
                    squares += state
                        .iter()
                        .zip(mean)
                        .map(|(x, mean)| f64::from(x - mean).powi(2))
                        .sum::<f64>();
                }
            }
            // The states after the last step are only read.
            if step == all_steps {
                break;
            }
            for (trial, key) in keys.iter().enumerate() {
                let row = trial * units..(trial + 1) * units;
                let index = (step * substeps + substep) as u64 * units as u64;
                noise::fill(Law::Normal, key, index, scale, &mut deviates);
                let goals = &means_of[row.clone()];
                let moved = states[row.clone()].iter_mut().zip(&mut velocities[row]);
                for (((x, velocity), goal), deviate) in moved.zip(goals).zip(&deviates) {
                    *velocity = kept * *velocity + (rate * (goal - *x) + deviate);
                    *x += *velocity;
                }
            }
        }
    }
    (nearest, squares)
}

/// Results at one amplitude of quiescent noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TemperaturePoint {
    /// Amplitude of the quiescent noise as a multiple of the waking one, κ.
    pub noise_ratio: f64,
    /// Sub-steps of every step.
    pub substeps: usize,
    /// Probability of each bin in quiescence.
    pub observed: Vec<f64>,
    /// Probability of each bin under p^(2/κ²).
    pub predicted: Vec<f64>,
    /// KL(observed ‖ p^(2/κ²)) in nats.
    pub kl_from_prediction: Measured,
    /// KL(observed ‖ p) in nats.
    pub kl_from_waking: Measured,
    /// The exponent β whose p^β is nearest to the observed probabilities; predicted: 2/κ².
    pub exponent: Measured,
    /// Variance across the manifold per dimension, in units of v = σ²Δt; none if the manifold
    /// fills all dimensions.
    pub normal_variance: Option<f64>,
    /// Its closed form for a straight manifold, κ² (2 − λ) / (2(2 − λ) − 1/m).
    pub predicted_normal_variance: f64,
}

/// Measures the temperature law: quiescence from component `start` against p^(2/κ²), in bins.
///
/// `bin_of: [component]` gives each component's bin, numbered from 0.
///
/// # Errors
/// As [`rest`], and if the law does not have a density or there are fewer than two trials.
pub fn temperature_law(
    manifold: &Manifold,
    bin_of: &[usize],
    start: usize,
    settings: &RestSettings,
    bootstrap: &BootstrapSettings,
) -> Result<TemperaturePoint, Error> {
    if bin_of.len() != manifold.len() {
        return Err(Error::Shape {
            what: "the number of bins given",
            expected: format!("{} (one for each component)", manifold.len()),
            found: bin_of.len().to_string(),
        });
    }
    let bins = bin_of.iter().max().map_or(0, |bin| bin + 1);
    let found = rest(manifold, start, settings)?;
    let counts: Vec<Vec<f64>> = found
        .nearest
        .outer_iter()
        .map(|trial| {
            let mut counts = vec![0.0; bins];
            trial.iter().for_each(|&k| counts[bin_of[k as usize]] += 1.0);
            counts
        })
        .collect();
    let law = |exponent: f64| -> Result<Vec<f64>, Error> {
        let mut binned = vec![0.0; bins];
        for (mass, &bin) in manifold.tempered(exponent)?.iter().zip(bin_of) {
            binned[bin] += mass;
        }
        Ok(binned)
    };
    let kappa = settings.noise_ratio;
    let predicted = law(2.0 / (kappa * kappa))?;
    let occupancy = Occupancy::new(&counts, bootstrap)?;
    let family = ExponentFamily::new(law)?;
    let dims = manifold.law().stimuli().ncols();
    let across = manifold.units().saturating_sub(dims);
    let variance = manifold.step_sd() * manifold.step_sd();
    Ok(TemperaturePoint {
        noise_ratio: kappa,
        substeps: settings.substeps,
        observed: occupancy.observed.clone(),
        kl_from_prediction: occupancy.kl(&predicted)?,
        kl_from_waking: occupancy.kl(&law(1.0)?)?,
        predicted,
        exponent: occupancy.measured(|probabilities| family.nearest(probabilities))?,
        normal_variance: (across > 0).then(|| found.squared_distance / (across as f64 * variance)),
        predicted_normal_variance: settings.normal_variance(),
    })
}

/// Visits of bins, pooled over trials, with their resamples.
pub(super) struct Occupancy {
    pub(super) observed: Vec<f64>,
    trials: usize,
    resamples: Vec<Vec<f64>>,
    level: f64,
}

impl Occupancy {
    /// Pools counts of each trial, `[trial][bin]`.
    pub(super) fn new(counts: &[Vec<f64>], bootstrap: &BootstrapSettings) -> Result<Self, Error> {
        Self::with(counts, 0.0, Sample::Quiescent, bootstrap)
    }

    /// Pools counts with a pseudocount added to every bin. `sample` distinguishes resamplings
    /// that must be independent.
    pub(super) fn with(
        counts: &[Vec<f64>],
        pseudocount: f64,
        sample: Sample,
        bootstrap: &BootstrapSettings,
    ) -> Result<Self, Error> {
        bootstrap.validate()?;
        let pooled = |trials: &mut dyn Iterator<Item = usize>| -> Vec<f64> {
            let mut sum = vec![pseudocount; counts.first().map_or(0, Vec::len)];
            for trial in trials {
                sum.iter_mut().zip(&counts[trial]).for_each(|(sum, count)| *sum += count);
            }
            let total: f64 = sum.iter().sum();
            sum.into_iter().map(|count| count / total).collect()
        };
        if counts.len() < 2 {
            return Err(Error::TooFew {
                measurement: "an interval over trials",
                items: "trials",
                found: counts.len(),
                needed: 2,
            });
        }
        let drawn = Resamples::new(counts.len(), bootstrap, sample);
        let resamples = (0..drawn.len())
            .map(|resample| pooled(&mut drawn.trials(resample).iter().copied()))
            .collect();
        let (trials, level) = (counts.len(), bootstrap.level);
        Ok(Self { observed: pooled(&mut (0..trials)), trials, resamples, level })
    }

    /// A statistic of the bins' probabilities with its interval.
    pub(super) fn measured(&self, statistic: impl Fn(&[f64]) -> f64) -> Result<Measured, Error> {
        let value = statistic(&self.observed);
        let values: Vec<f64> = self.resamples.iter().map(|resample| statistic(resample)).collect();
        Measured::from_resamples(value, &values, self.trials, self.level)
    }

    /// KL(observed ‖ `law`) in nats, for a known law.
    pub(super) fn kl(&self, law: &[f64]) -> Result<Measured, Error> {
        self.measured(|observed| kl(observed, law))
    }

    /// KL(observed ‖ law) in nats, for a law that was itself observed in other trials. Those
    /// trials are resampled too.
    pub(super) fn kl_from(
        &self,
        other: &Self,
        law: impl Fn(&[f64]) -> Vec<f64>,
    ) -> Result<Measured, Error> {
        let value = kl(&self.observed, &law(&other.observed));
        let pairs = self.resamples.iter().zip(&other.resamples);
        let values: Vec<f64> = pairs.map(|(ours, theirs)| kl(ours, &law(theirs))).collect();
        Measured::from_resamples(value, &values, self.trials.min(other.trials), self.level)
    }
}

/// KL(p ‖ q) = Σ p ln(p/q) of probabilities of bins, in nats; infinite where p > 0 and q = 0.
pub(super) fn kl(p: &[f64], q: &[f64]) -> f64 {
    p.iter().zip(q).filter(|(p, _)| **p > 0.0).map(|(p, q)| p * (p / q).ln()).sum()
}

/// The laws p^β for a grid of exponents β.
pub(super) struct ExponentFamily {
    exponents: Vec<f64>,
    /// Logarithms of the laws' probabilities.
    laws: Vec<Vec<f64>>,
}

impl ExponentFamily {
    /// β from 0 to 10 in steps of 0.02.
    pub(super) fn new(law: impl Fn(f64) -> Result<Vec<f64>, Error>) -> Result<Self, Error> {
        let exponents: Vec<f64> = (0..=500).map(|i| f64::from(i) * 0.02).collect();
        let laws = exponents
            .iter()
            .map(|&exponent| Ok(law(exponent)?.into_iter().map(f64::ln).collect()))
            .collect::<Result<_, Error>>()?;
        Ok(Self { exponents, laws })
    }

    /// The exponent whose law has the greatest likelihood for the given probabilities.
    pub(super) fn nearest(&self, probabilities: &[f64]) -> f64 {
        let likelihood = |law: &Vec<f64>| -> f64 {
            let terms = probabilities.iter().zip(law).filter(|(p, _)| **p > 0.0);
            terms.map(|(p, log)| p * log).sum()
        };
        let mut best = (f64::NEG_INFINITY, f64::NAN);
        for (&exponent, law) in self.exponents.iter().zip(&self.laws) {
            let value = likelihood(law);
            if value > best.0 {
                best = (value, exponent);
            }
        }
        best.1
    }
}
