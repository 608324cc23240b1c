//! Simulates the phases of a study; hidden activity streams by and is reduced at once.

use std::ops::{ControlFlow, Range};

use ndarray::{Array2, Array3, ArrayView2, Axis, s};

use super::{Condition, PhaseKey, Protocol};
use crate::analysis::Error;
use crate::analysis::pca::CovarianceAccumulator;
use crate::experiment::{NetworkKind, QuiescentNoise, RestStart};
use crate::network::Network;
use crate::simulate::{self, Block, Drive, Keep, Observer, Phase, Setup, Start};
use crate::space::Space;

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
        let setup = Setup {
            drive: Drive::Motion,
            start: Start::Encoded { trials: protocol.trials },
            noise: QuiescentNoise::Same,
            steps: experiment.time.steps,
            keep: Keep::Decoded,
        };
        let (phase, activity) = reduced(network, &setup, setup.steps)?;
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
    let setup = Setup { drive: Drive::Silent, start, noise, steps, keep: Keep::Decoded };
    let (phase, activity) = match key {
        PhaseKey::Quiescent | PhaseKey::SameNoise | PhaseKey::GivenNoise => {
            let (phase, activity) = reduced(network, &setup, protocol.component_steps.min(steps))?;
            (phase, Some(activity))
        }
        _ => (simulate::simulate(network, &setup, &())?.0, None),
    };
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

/// A phase, and the hidden activity of its first `steps` steps as it streams by.
fn reduced(network: &Network, setup: &Setup<'_>, steps: usize) -> Result<(Phase, Activity), Error> {
    let (units, dim) = (network.experiment().network.units, network.task().space().dim());
    let reduce = Reduce { units, dim, steps, kept: STATES_PER_TRIAL.min(steps) };
    let (phase, shards) = simulate::simulate(network, setup, &reduce)?;
    let mut covariance = CovarianceAccumulator::new(units);
    let (mut states, mut decoded) = (Vec::new(), Vec::new());
    for shard in shards {
        covariance.merge(&shard.covariance?)?;
        states.extend(shard.states);
        decoded.extend(shard.decoded);
    }
    let rows = setup.start.trials() * reduce.kept;
    let shaped = |values: Vec<f32>, width: usize| {
        Array2::from_shape_vec((rows, width), values).map_err(|_| Error::Shape {
            what: "the states kept of a phase",
            expected: format!("{rows} rows of {width}"),
            found: "another number of values".into(),
        })
    };
    Ok((
        phase,
        Activity { covariance, states: shaped(states, units)?, decoded: shaped(decoded, dim)? },
    ))
}

/// Takes in the states of the first steps of all trials.
struct Reduce {
    units: usize,
    dim: usize,
    steps: usize,
    /// States kept of each trial: those in the middle of as many equal stretches.
    kept: usize,
}

/// What is gathered of a shard.
struct Reduced {
    covariance: Result<CovarianceAccumulator, Error>,
    /// `[trial, kept state, unit]`.
    states: Vec<f32>,
    /// `[trial, kept state, dim]`.
    decoded: Vec<f32>,
}

impl Observer for Reduce {
    type Shard = Reduced;

    fn begin(&self, trials: Range<usize>) -> Reduced {
        let rows = trials.len() * self.kept;
        Reduced {
            covariance: Ok(CovarianceAccumulator::new(self.units)),
            states: vec![0.0; rows * self.units],
            decoded: vec![0.0; rows * self.dim],
        }
    }

    fn block(&self, shard: &mut Reduced, block: &Block<'_>) -> ControlFlow<()> {
        let (trials, steps) = (block.trials.len(), block.steps.clone());
        let rows = self.steps.saturating_sub(steps.start).min(steps.len()) * trials;
        let states = &block.states[..rows * self.units];
        if let (Ok(covariance), Ok(view)) =
            (&mut shard.covariance, ArrayView2::from_shape((rows, self.units), states))
            && let Err(error) = covariance.add(view)
        {
            shard.covariance = Err(error);
        }
        for k in 0..self.kept {
            let step = (2 * k + 1) * self.steps / (2 * self.kept);
            if !steps.contains(&step) {
                continue;
            }
            for trial in 0..trials {
                let (from, to) = ((step - steps.start) * trials + trial, trial * self.kept + k);
                copy_row(block.states, from, &mut shard.states, to, self.units);
                copy_row(block.decoded, from, &mut shard.decoded, to, self.dim);
            }
        }
        ControlFlow::Continue(())
    }
}

/// Copies one row of `width` values.
fn copy_row(source: &[f32], from: usize, target: &mut [f32], to: usize, width: usize) {
    target[to * width..(to + 1) * width].copy_from_slice(&source[from * width..(from + 1) * width]);
}

/// The first steps of decoded values, `[trial, step, dim]`.
pub(super) fn first_steps(decoded: &Array3<f32>, steps: usize) -> ndarray::ArrayView3<'_, f32> {
    let kept = steps.min(decoded.len_of(Axis(1)));
    decoded.slice(s![.., ..kept, ..])
}
