//! Hidden activity of a phase, reduced to the covariance and the sample that measurements need.

use std::ops::{ControlFlow, Range};

use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis, s};

use crate::analysis::Error;
use crate::analysis::pca::CovarianceAccumulator;
use crate::network::Network;
use crate::simulate::{self, Block, Observer, Phase, Setup};

/// States of each trial that are kept for pictures.
const STATES_PER_TRIAL: usize = 10;

/// Hidden activity of a phase.
#[derive(Debug, Clone)]
pub struct Activity {
    /// Covariance over all states.
    pub(super) covariance: CovarianceAccumulator,
    /// Some states, `[row, unit]`, equally many of each trial.
    pub(super) states: Array2<f32>,
    /// Decoded stimulus of each of them, `[row, dim]`.
    pub(super) decoded: Array2<f32>,
}

impl Activity {
    /// Reduces states, `[trial, step, unit]`, and the values decoded from them, `[trial, step,
    /// dim]`.
    ///
    /// # Errors
    /// If trials or steps differ, there are none, or a state is not finite.
    pub fn of(states: ArrayView3<'_, f32>, decoded: ArrayView3<'_, f32>) -> Result<Self, Error> {
        let ((trials, steps, units), (_, _, dim)) = (states.dim(), decoded.dim());
        if decoded.dim() != (trials, steps, dim) {
            return Err(Error::Shape {
                what: "the decoded values of hidden states",
                expected: format!("{trials} trials of {steps} steps"),
                found: format!("{} trials of {} steps", decoded.dim().0, decoded.dim().1),
            });
        }
        let kept = STATES_PER_TRIAL.min(steps);
        let mut covariance = CovarianceAccumulator::new(units);
        for trial in states.outer_iter() {
            covariance.add(trial)?;
        }
        let sample = |values: ArrayView3<'_, f32>, width: usize| {
            Array2::from_shape_fn((trials * kept, width), |(row, i)| {
                values[[row / kept, middle(row % kept, kept, steps), i]]
            })
        };
        Ok(Self { covariance, states: sample(states, units), decoded: sample(decoded, dim) })
    }

    /// Reduces the states kept in the first `steps` steps of a phase; returns none if it kept no
    /// states.
    ///
    /// # Errors
    /// Those of [`Activity::of`].
    pub fn of_phase(phase: &Phase, steps: usize) -> Result<Option<Self>, Error> {
        let Some(states) = &phase.states else { return Ok(None) };
        // A phase keeps the states of steps stride, 2 · stride, …, counted from 1.
        let stride = phase.state_stride.clamp(1, phase.decoded.len_of(Axis(1)).max(1));
        let decoded = phase.decoded.slice(s![.., stride - 1..;stride, ..]);
        let all = states.len_of(Axis(1)).min(decoded.len_of(Axis(1)));
        if all == 0 {
            return Ok(None);
        }
        let kept = (steps / stride).clamp(1, all);
        Self::of(states.slice(s![.., ..kept, ..]), decoded.slice(s![.., ..kept, ..])).map(Some)
    }
}

/// The step in the middle of the `k`-th of `kept` equal stretches.
fn middle(k: usize, kept: usize, steps: usize) -> usize {
    (2 * k + 1) * steps / (2 * kept)
}

/// Simulates a phase and reduces the hidden activity of its first `steps` steps block by block.
/// Memory does not grow with trials × steps × units.
///
/// # Errors
/// Those of [`simulate::simulate`].
pub fn observe(
    network: &Network,
    setup: &Setup<'_>,
    steps: usize,
) -> Result<(Phase, Activity), Error> {
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
            found: "a different number of values".into(),
        })
    };
    Ok((
        phase,
        Activity { covariance, states: shaped(states, units)?, decoded: shaped(decoded, dim)? },
    ))
}
/// Reduces the states of the first steps of all trials.
struct Reduce {
    units: usize,
    dim: usize,
    steps: usize,
    /// Number of states kept for each trial: one in the middle of each of that many equal
    /// stretches.
    kept: usize,
}

/// The reduced activity of one shard.
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
            let step = middle(k, self.kept, self.steps);
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
pub(super) fn first_steps(decoded: &Array3<f32>, steps: usize) -> ArrayView3<'_, f32> {
    let kept = steps.min(decoded.len_of(Axis(1)));
    decoded.slice(s![.., ..kept, ..])
}
