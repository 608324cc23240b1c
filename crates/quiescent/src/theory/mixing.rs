//! How fast rest forgets where it began, and its temperature law from one point.
//!
//! Rest from encoded starts resembles waking even if nothing moves, because the starts are those of waking.
//! Here all trials begin at the encoding of one stimulus, and rest lasts several times as long as Langevin motion needs to
//! forget it.

use std::f64::consts::{FRAC_PI_2, PI, SQRT_2, TAU};

use ndarray::{Array3, ArrayView1, Axis, s};

use super::dynamics::{Dynamics, TrainedNetwork};
use super::noise_scan::Waking;
use super::optimal::pulled_back;
use super::samples::WakingStates;
use super::temperature::kl;
use super::{Error, ExaminationSettings, Mixing};
use crate::analysis::Missing;
use crate::analysis::bootstrap::{self, BootstrapSettings, Measured};
use crate::analysis::circular;
use crate::simulate;
use crate::simulate::Start;
use crate::space::{Bins, Space};

/// Amplitudes κ of the noise: half, the same and twice the temperature of doubled variance.
const NOISE_RATIOS: [f64; 3] = [1.0, SQRT_2, 2.0];
/// Where rest begins, in standard deviations of the stimulus from its mean.
const START_SDS: f64 = 1.5;
/// Length of rest in predicted mixing times, if it is affordable.
const MIXING_TIMES: f64 = 8.0;
/// Part of its late value that the variance between trials has to reach.
const REACHED: f64 = 1.0 - 1.0 / std::f64::consts::E;
/// Latest time at which it may do so, as a part of the phase.
const LATEST: f64 = 0.25;
/// Times at which the variance between trials is taken.
const TIMES: usize = 800;
/// Most states at which the manifold's stretch is taken.
const STRETCHES: usize = 2000;

/// Measures rest from one point. `begin` is called before waking (with `true`) and before each rest, and may end
/// it.
///
/// # Errors
/// If there are fewer than two trials, the stimulus does not vary, rates run away, or `begin` fails.
pub(super) fn measure(
    dynamics: &TrainedNetwork,
    states: &WakingStates,
    step_sd: f64,
    settings: &ExaminationSettings,
    bins: &Bins,
    bootstrap: &BootstrapSettings,
    begin: impl Fn(bool) -> Result<(), Error>,
) -> Result<Mixing, Error> {
    let network = dynamics.network();
    let space = dynamics.task().space();
    let law = AxisLaws::of(states, space)?;
    let lengths = lengths(dynamics, states, &law, step_sd);
    let predicted_steps = predicted_steps(&lengths, space, SQRT_2);
    let steps = if (MIXING_TIMES * predicted_steps) <= settings.point_steps as f64 {
        ((MIXING_TIMES * predicted_steps).ceil() as usize).max(settings.rest_steps)
    } else {
        settings.point_steps
    };
    begin(true)?;
    let waking = Waking::of(network, settings.rest_trials, bins, bootstrap)?;
    let start = law.start(space);
    let sigma = step_sd / network.experiment().time.dt_s.sqrt();
    let trials = settings.point_trials;
    let mut forgetting = None;
    let mut points = Vec::new();
    for noise_ratio in NOISE_RATIOS {
        begin(false)?;
        let stimulus = start.iter().map(|&x| x as f32).collect();
        let start = Start::Point { trials, stimulus };
        let rest =
            simulate::simulate(network, &settings.rest(start, noise_ratio * sigma, steps), &())?.0;
        if noise_ratio == SQRT_2 {
            let found = forgetting_steps(&rest.decoded, space, bootstrap);
            forgetting = Some(found.map_err(Missing::from));
        }
        let late = rest.decoded.slice(s![.., steps / 2.., ..]).to_owned();
        points.push(waking.point(noise_ratio, &late, bins, bootstrap)?);
    }
    Ok(Mixing {
        lengths,
        predicted_steps,
        non_uniformity: waking
            .occupancy
            .measured(|p| kl(p, &vec![1.0 / p.len() as f64; p.len()]))?,
        start,
        trials,
        steps,
        forgetting_steps: forgetting
            .unwrap_or_else(|| Err(Missing::not_simulated("κ = √2 was not simulated"))),
        points,
    })
}

/// Steps in which the slowest mode of Langevin motion along the manifold decays to 1/e, for noise of κ times
/// the waking amplitude: ℓ²/(π²D), on a ring ℓ²/(4π²D), with D = κ²/2 in squared standard deviations of a
/// waking step's noise, and ℓ the longest of `lengths` in such standard deviations.
fn predicted_steps(lengths: &[f64], space: &Space, noise_ratio: f64) -> f64 {
    let longest = lengths.iter().copied().fold(0.0, f64::max);
    let wave = match space {
        Space::Region(_) => PI,
        Space::Circle => TAU,
    };
    (longest / wave).powi(2) / (noise_ratio * noise_ratio / 2.0)
}

/// Lengths of D†f(s) along each axis over the extent of the stimulus, in standard deviations of a step's noise.
fn lengths(
    dynamics: &TrainedNetwork,
    states: &WakingStates,
    law: &AxisLaws,
    step_sd: f64,
) -> Vec<f64> {
    let dim = states.dim;
    let every = states.len().div_ceil(STRETCHES).max(1);
    let stimuli: Vec<f32> =
        states.stimuli.chunks_exact(dim).step_by(every).flatten().copied().collect();
    let slopes = pulled_back(dynamics.task(), dynamics.readout(), &stimuli);
    let rows = (stimuli.len() / dim).max(1) as f64;
    (0..dim)
        .map(|axis| {
            let of_axis = slopes.axis_iter(Axis(0)).skip(axis).step_by(dim);
            let squares: f64 =
                of_axis.flat_map(|row| row.to_vec()).map(|x| f64::from(x).powi(2)).sum();
            law.extents[axis] * (squares / rows).sqrt() / step_sd
        })
        .collect()
}

/// Location and extent of the stimulus along each axis.
struct AxisLaws {
    means: Vec<f64>,
    sds: Vec<f64>,
    /// Sides of a box with a uniform law of the same variance; the circumference of a circle.
    extents: Vec<f64>,
}

impl AxisLaws {
    fn of(states: &WakingStates, space: &Space) -> Result<Self, Error> {
        let dim = states.dim;
        if let Space::Circle = space {
            let mean = circular::mean(ArrayView1::from(&states.stimuli))?;
            let sd = libm::sqrt(-2.0 * libm::log(mean.resultant_length.clamp(1e-12, 1.0)));
            let means = vec![mean.direction_rad];
            return Ok(Self { means, sds: vec![sd], extents: vec![TAU] });
        }
        let count = states.len() as f64;
        let axis = |d: usize| states.stimuli.iter().skip(d).step_by(dim).map(|&x| f64::from(x));
        let means: Vec<f64> = (0..dim).map(|d| axis(d).sum::<f64>() / count).collect();
        let sds: Vec<f64> = (0..dim)
            .map(|d| (axis(d).map(|x| (x - means[d]).powi(2)).sum::<f64>() / count).sqrt())
            .collect();
        if sds.iter().all(|&sd| sd <= 0.0) {
            return Err(Error::Undefined {
                measurement: "the length of the manifold D†f(s)",
                reason: "the stimulus does not vary".into(),
            });
        }
        let extents = sds.iter().map(|sd| 12.0_f64.sqrt() * sd).collect();
        Ok(Self { means, sds, extents })
    }

    /// A point beside the mean along the first axis, within the walls.
    fn start(&self, space: &Space) -> Vec<f64> {
        let mut start = self.means.clone();
        let away = START_SDS * self.sds[0];
        match space {
            Space::Region(region) => {
                let [x_min, x_max] = [region.low()[0], region.high()[0]];
                start[0] = (start[0] + away).clamp(x_min, x_max);
            }
            Space::Circle => start[0] = crate::space::wrap(start[0] + away.min(FRAC_PI_2)),
        }
        start
    }
}

/// Steps until the variance between trials reaches 1 − 1/e of its mean in the second half of `decoded: [trial,
/// step, dim]`. On a circle the variance is 1 minus the length of the mean vector.
fn forgetting_steps(
    decoded: &Array3<f32>,
    space: &Space,
    bootstrap: &BootstrapSettings,
) -> Result<Measured, Error> {
    let (trials, steps, _) = decoded.dim();
    let every = steps.div_ceil(TIMES);
    // Coordinates whose summed variance is that of the stimulus: `[time][coordinate][trial]`.
    let times: Vec<Vec<Vec<f64>>> = (0..steps)
        .step_by(every)
        .map(|step| {
            let at = decoded.index_axis(Axis(1), step);
            match space {
                Space::Region(_) => at
                    .axis_iter(Axis(1))
                    .map(|axis| axis.iter().map(|&x| f64::from(x)).collect())
                    .collect(),
                Space::Circle => {
                    let angles = at.iter().map(|&angle| f64::from(angle));
                    vec![angles.clone().map(libm::cos).collect(), angles.map(libm::sin).collect()]
                }
            }
        })
        .collect();
    let on_circle = matches!(space, Space::Circle);
    let statistic = |chosen: &[usize]| {
        let variances: Vec<f64> =
            times.iter().map(|coordinates| spread(coordinates, chosen, on_circle)).collect();
        let late = &variances[variances.len() / 2..];
        let wanted = REACHED * late.iter().sum::<f64>() / late.len() as f64;
        let reached = variances.iter().position(|&variance| variance >= wanted).unwrap_or(0);
        // The state of the first step has moved once already.
        (reached * every + 1) as f64
    };
    let all: Vec<usize> = (0..trials).collect();
    let found = statistic(&all);
    if found > LATEST * steps as f64 {
        return Err(Error::Undefined {
            measurement: "the time to forget the start",
            reason: format!(
                "the variance between trials reaches 1 − 1/e of its late value only after {found} of {steps} \
                 steps, so it still grows"
            ),
        });
    }
    bootstrap::over_trials(trials, bootstrap, statistic)
}

/// Variance between the chosen trials, summed over coordinates; on a circle, 1 minus the resultant length.
fn spread(coordinates: &[Vec<f64>], chosen: &[usize], on_circle: bool) -> f64 {
    let count = chosen.len() as f64;
    let mean = |values: &[f64]| chosen.iter().map(|&trial| values[trial]).sum::<f64>() / count;
    if on_circle {
        let square: f64 = coordinates.iter().map(|values| mean(values).powi(2)).sum();
        return 1.0 - square.sqrt();
    }
    coordinates
        .iter()
        .map(|values| {
            let mean = mean(values);
            chosen.iter().map(|&trial| (values[trial] - mean).powi(2)).sum::<f64>() / count
        })
        .sum()
}

#[cfg(test)]
#[path = "mixing_tests.rs"]
mod tests;
