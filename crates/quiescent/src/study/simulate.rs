//! Simulates the phases of a study; hidden activity streams by and is reduced at once.

use std::ops::Range;

use ndarray::{Array2, Array3, Axis, s};

use super::{Condition, PhaseKey, Protocol};
use crate::analysis::Error;
use crate::analysis::pca::CovarianceAccumulator;
use crate::bounded;
use crate::experiment::{NetworkKind, QuiescentNoise, RestStart};
use crate::network::Network;
use crate::phases::{Keep, Phase, Start, Trials};
use crate::space::Space;

/// Trials whose hidden states are held at a time: a multiple of the engine's shards.
const PART: usize = 100;
/// States of each trial that are kept for pictures.
const STATES_PER_TRIAL: usize = 10;

/// A simulated phase.
#[derive(Debug, Clone)]
pub struct StudyPhase {
    /// Decoded values of every step; no states.
    pub phase: Phase,
    /// Amplitude σ of the unit noise, per √s.
    pub sigma: f64,
    /// Where rest began; none for waking.
    pub start: Option<RestStart>,
    /// Hidden activity, reduced; where it is measured.
    pub(super) activity: Option<Activity>,
}

/// Hidden activity of a phase.
#[derive(Debug, Clone)]
pub(super) struct Activity {
    /// Covariance over all states.
    pub(super) covariance: CovarianceAccumulator,
    /// Some states, `[row, unit]`, equally many of each trial.
    pub(super) states: Array2<f32>,
    /// Decoded stimulus of each of them, `[row, dim]`.
    pub(super) decoded: Array2<f32>,
}

/// The phases that a network of this condition is studied in.
pub(super) fn keys(condition: Condition) -> &'static [PhaseKey] {
    use PhaseKey::{Active, AfterWake, FromPoint, GivenNoise, Quiescent, SameNoise, Untrained};
    match (condition.noisy, condition.network) {
        (true, NetworkKind::Rnn) => {
            &[Active, Quiescent, SameNoise, AfterWake, FromPoint, Untrained]
        }
        // Their main rest is without doubling already.
        (true, NetworkKind::Gru) => &[Active, Quiescent, AfterWake, FromPoint, Untrained],
        (false, _) => &[Active, Quiescent, GivenNoise, AfterWake, FromPoint],
    }
}

/// Simulates one phase. `wake` is the active phase, which rest after waking begins from.
///
/// # Errors
/// If rates run away.
pub(super) fn simulate(
    network: &Network,
    condition: Condition,
    key: PhaseKey,
    protocol: &Protocol,
    wake: Option<&Phase>,
) -> Result<StudyPhase, Error> {
    let experiment = network.experiment();
    if key == PhaseKey::Active {
        let (trials, steps) = (protocol.trials, experiment.time.steps);
        let phase = bounded::active(network, Trials { count: trials, steps }, Keep::Decoded)?;
        let activity = reduce(network, trials, |part| {
            bounded::active_part(network, part, steps, Keep::States { stride: 1 })
        })?;
        let sigma = experiment.network.noise.sigma;
        return Ok(StudyPhase { phase, sigma, start: None, activity: Some(activity) });
    }
    let main = condition.rest_noise();
    let noise = match key {
        PhaseKey::SameNoise => QuiescentNoise::Same,
        PhaseKey::GivenNoise => QuiescentNoise::Sigma(main.sigma(condition.task.noisy_sigma())),
        _ => main,
    };
    let trials = match key {
        PhaseKey::Quiescent | PhaseKey::Untrained => protocol.trials,
        _ => protocol.variant_trials,
    };
    let steps = match key {
        PhaseKey::Quiescent | PhaseKey::SameNoise | PhaseKey::GivenNoise => protocol.rest_steps,
        _ => protocol.density_steps,
    };
    let (rest_start, start) = match (key, wake) {
        (PhaseKey::AfterWake, Some(wake)) => {
            let states = wake.end.slice(s![..trials.min(wake.end.nrows()), ..]);
            (RestStart::AfterWake, Start::States(states))
        }
        (PhaseKey::FromPoint, _) => {
            let (point, stimulus) = point(network);
            (RestStart::Point(point), Start::Point { trials, stimulus })
        }
        _ => (RestStart::Encoded, Start::Encoded { trials }),
    };
    let phase = bounded::quiescent(network, &start, noise, steps, Keep::Decoded)?;
    let measured = matches!(key, PhaseKey::Quiescent | PhaseKey::SameNoise | PhaseKey::GivenNoise);
    let activity = measured
        .then(|| {
            let steps = protocol.component_steps.min(steps);
            reduce(network, start.trials(), |part| {
                let keep = Keep::States { stride: 1 };
                bounded::quiescent_part(network, &start, part, noise, steps, keep)
            })
        })
        .transpose()?;
    let sigma = noise.sigma(experiment.network.noise.sigma);
    Ok(StudyPhase { phase, sigma, start: Some(rest_start), activity })
}

/// Where all trials of [`PhaseKey::FromPoint`] begin: off the centre by a quarter of the box in x
/// and an eighth in y, so that no symmetry helps; heading π/3.
fn point(network: &Network) -> ([f64; 2], Vec<f32>) {
    match network.task().space() {
        Space::Region(region) => {
            let point = region.at(&[0.75, 0.625]);
            ([point[0], point[1]], point.iter().map(|&x| x as f32).collect())
        }
        Space::Circle => {
            let heading = std::f64::consts::FRAC_PI_3;
            ([heading, 0.0], vec![heading as f32])
        }
    }
}

/// Takes in the states of all trials, part by part.
fn reduce(
    network: &Network,
    trials: usize,
    simulate: impl Fn(Range<usize>) -> Result<Phase, Error>,
) -> Result<Activity, Error> {
    let units = network.experiment().network.units;
    let dim = network.task().space().dim();
    let mut covariance = CovarianceAccumulator::new(units);
    let (mut states, mut decoded) = (Vec::new(), Vec::new());
    for first in (0..trials).step_by(PART) {
        let part = simulate(first..(first + PART).min(trials))?;
        let Some(activity) = part.states else { continue };
        let (count, steps, _) = activity.dim();
        let rows = activity.to_shape((count * steps, units)).map_err(|_| Error::Shape {
            what: "the hidden states of a phase",
            expected: format!("{} rows", count * steps),
            found: format!("{:?}", activity.dim()),
        })?;
        covariance.add(rows.view())?;
        let kept = STATES_PER_TRIAL.min(steps);
        for trial in 0..count {
            for k in 0..kept {
                // The middle of each of `kept` equal stretches.
                let step = (2 * k + 1) * steps / (2 * kept);
                states.extend(activity.slice(s![trial, step, ..]));
                decoded.extend(part.decoded.slice(s![trial, step, ..]));
            }
        }
    }
    let rows = states.len() / units.max(1);
    let shaped = |values: Vec<f32>, width: usize| {
        Array2::from_shape_vec((rows, width), values).map_err(|_| Error::Shape {
            what: "the states kept of a phase",
            expected: format!("{rows} rows of {width}"),
            found: "another number of values".into(),
        })
    };
    Ok(Activity { covariance, states: shaped(states, units)?, decoded: shaped(decoded, dim)? })
}

/// The first steps of decoded values, `[trial, step, dim]`.
pub(super) fn first_steps(decoded: &Array3<f32>, steps: usize) -> ndarray::ArrayView3<'_, f32> {
    let kept = steps.min(decoded.len_of(Axis(1)));
    decoded.slice(s![.., ..kept, ..])
}
