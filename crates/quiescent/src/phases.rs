//! Active and quiescent rollouts: what input, what noise, from which start.

#[cfg(test)]
mod convergence;

use crate::experiment::QuiescentNoise;
use crate::network::rollout::{Rollout, Weights, encode};
use crate::network::{Network, shards};
use crate::random::{Generator, PhaseKind, Stream};
use crate::task::Split;
use crate::trial_noise::{Purpose, TrialNoise};
use crate::trials::Motion;
use ndarray::{Array2, Array3, ArrayView2, Axis};
use rayon::prelude::*;
use std::ops::Range;

/// A simulated phase.
#[derive(Debug, Clone, PartialEq)]
pub struct Phase {
    /// Decoded stimulus after every step, `[trial, step, dim]`, in m or rad.
    pub decoded: Array3<f32>,
    /// True stimulus after every step, `[trial, step, dim]`; none in quiescence.
    pub truth: Option<Array3<f32>>,
    /// Hidden activity after every `state_stride`-th step, `[trial, kept step, unit]`, if asked
    /// for: step `stride`, `2·stride`, … (counting steps from 1).
    pub states: Option<Array3<f32>>,
    /// Steps between two kept states.
    pub state_stride: usize,
    /// Hidden activity after the last step, `[trial, unit]`.
    pub end: Array2<f32>,
}

/// Which hidden states a phase keeps; decoded values are always kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// None: memory does not grow with the number of units.
    Decoded,
    /// Every `stride`-th.
    States {
        /// Steps between two kept states, at least 1.
        stride: usize,
    },
}

/// Waking trials: fresh motion from the test split, with its noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trials {
    /// Number of trials.
    pub count: usize,
    /// Steps of each.
    pub steps: usize,
}

/// State in which a quiescent phase begins.
#[derive(Debug, Clone)]
pub enum Start<'a> {
    /// The encoding of this many fresh test stimuli, r(0) = E f(s): the paper's experiments.
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
}

impl<'a> Start<'a> {
    /// Where a phase ended: rest follows wake, the biological order.
    pub fn after(phase: &'a Phase) -> Self {
        Self::States(phase.end.view())
    }

    /// Number of trials.
    pub fn trials(&self) -> usize {
        match self {
            Self::Encoded { trials } | Self::Point { trials, .. } => *trials,
            Self::States(states) => states.nrows(),
        }
    }
}

/// Simulates the waking phase: the input is the motion, the noise that of training.
///
/// Runs on the current rayon pool; the result does not depend on its size.
///
/// # Panics
/// If the task's recording has no trial of that length: see
/// [`Task::longest_trial`](crate::task::Task::longest_trial).
pub fn active(network: &Network, trials: Trials, keep: Keep) -> Phase {
    active_part(network, 0..trials.count, trials.steps, keep)
}

/// The waking trials of the given numbers: what [`active`] gives for them, so that a large phase
/// can be taken in part by part. The bits are the same if parts begin and end at
/// multiples of 50 trials, the size of a shard.
///
/// # Panics
/// As [`active`].
pub fn active_part(network: &Network, trials: Range<usize>, steps: usize, keep: Keep) -> Phase {
    let weights = Weights::of(network);
    let (seed, task) = (network.experiment().seed, network.task().as_ref());
    simulate(network, &weights, trials, steps, keep, None, |first, count| {
        let mut motion = Motion::new(count, steps, weights.inputs);
        motion.draw(task, Split::Test, |trial| {
            Generator::new(seed, Stream::Phase(PhaseKind::Active), (first + trial) as u64)
        });
        let mut start = vec![0.0; count * weights.targets];
        task.targets(motion.start(), &mut start);
        let mut states = vec![0.0; count * weights.units];
        encode(weights.layer.as_ref(), weights.parameters, &start, weights.targets, &mut states);
        (states, Some(motion))
    })
}

/// Simulates the quiescent phase: zero input, noise only (equation 19 and its variants). `noise` is
/// that of the hidden units; noise of inputs and outputs goes on as in waking, unless it is
/// [`QuiescentNoise::None`].
///
/// Runs on the current rayon pool; the result does not depend on its size.
///
/// # Panics
/// If start states or a start stimulus do not have the network's dimensions.
pub fn quiescent(
    network: &Network,
    start: &Start,
    noise: QuiescentNoise,
    steps: usize,
    keep: Keep,
) -> Phase {
    quiescent_part(network, start, 0..start.trials(), noise, steps, keep)
}

/// The quiescent trials of the given numbers: what [`quiescent`] gives for them. The bits are the
/// same if parts begin and end at multiples of 50 trials, the size of a shard.
///
/// # Panics
/// As [`quiescent`], and if the start does not have that many trials.
pub fn quiescent_part(
    network: &Network,
    start: &Start,
    trials: Range<usize>,
    noise: QuiescentNoise,
    steps: usize,
    keep: Keep,
) -> Phase {
    let weights = Weights::of(network);
    let (seed, task) = (network.experiment().seed, network.task().as_ref());
    assert!(trials.end <= start.trials(), "more trials than the start has");
    simulate(network, &weights, trials, steps, keep, Some(noise), |first, count| {
        let mut states = vec![0.0; count * weights.units];
        let mut stimuli = match start {
            Start::States(given) => {
                let given = given.slice_axis(Axis(0), (first..first + count).into());
                assert_eq!(given.ncols(), weights.units, "start states of another network");
                for (to, from) in states.iter_mut().zip(given.iter()) {
                    *to = *from;
                }
                return (states, None);
            }
            Start::Encoded { .. } => {
                // A trial of one step: its first stimulus is the start.
                let mut motion = Motion::new(count, 1, weights.inputs);
                motion.draw(task, Split::Test, |trial| {
                    Generator::new(
                        seed,
                        Stream::Phase(PhaseKind::Quiescent),
                        (first + trial) as u64,
                    )
                });
                motion.start().to_vec()
            }
            Start::Point { stimulus, .. } => {
                assert_eq!(stimulus.len(), weights.inputs, "start stimulus of another dimension");
                stimulus.repeat(count)
            }
        };
        let mut activity = vec![0.0; count * weights.targets];
        task.targets(&stimuli, &mut activity);
        stimuli.clear();
        encode(weights.layer.as_ref(), weights.parameters, &activity, weights.targets, &mut states);
        (states, None)
    })
}

impl QuiescentNoise {
    /// The quiescent σ per √s for a network whose waking σ is `waking`.
    pub fn sigma(self, waking: f64) -> f64 {
        match self {
            Self::DoubledVariance => waking * std::f64::consts::SQRT_2,
            Self::Same => waking,
            Self::None => 0.0,
            Self::Sigma(sigma) => sigma,
        }
    }
}

/// Runs all shards, with waking noise or that of `rest`; `begin` gives a shard's start states and,
/// for waking, its motion.
fn simulate(
    network: &Network,
    weights: &Weights,
    trials: Range<usize>,
    steps: usize,
    keep: Keep,
    rest: Option<QuiescentNoise>,
    begin: impl Fn(usize, usize) -> (Vec<f32>, Option<Motion>) + Sync,
) -> Phase {
    let (dim, units) = (weights.inputs, weights.units);
    let stride = match keep {
        Keep::Decoded => usize::MAX,
        Keep::States { stride } => stride.max(1),
    };
    let kept = steps / stride;
    let seed = network.experiment().seed;

    let (offset, trials) = (trials.start, trials.len());
    let parts: Vec<Part> = shards(trials)
        .map(|(first, count)| (offset + first, count))
        .collect::<Vec<_>>()
        .into_par_iter()
        .with_max_len(1)
        .map(|(first, count)| {
            let (start, mut motion) = begin(first, count);
            let (experiment, dims) = (network.experiment(), [dim, weights.targets]);
            let (mut noise, kind) = match rest {
                None => (TrialNoise::waking(experiment, dims, count), PhaseKind::Active),
                Some(rest) => {
                    (TrialNoise::quiescent(experiment, rest, dims, count), PhaseKind::Quiescent)
                }
            };
            noise.rekey(seed, Purpose::Phase(kind), first);
            if let Some(motion) = &mut motion {
                motion.add_noise(&mut noise);
            }
            let mut part = Part {
                decoded: vec![0.0; count * steps * dim],
                truth: motion.as_ref().map(|_| vec![0.0; count * steps * dim]),
                states: vec![0.0; count * kept * units],
                end: start.clone(),
            };
            let mut rollout = Rollout::from_states(weights, count, &start);
            let mut block_decoded = vec![0.0; rollout.block_steps() * count * dim];
            for first in (0..steps).step_by(rollout.block_steps()) {
                let block = first..(first + rollout.block_steps()).min(steps);
                let mut resting = Vec::new();
                let inputs = match &motion {
                    Some(motion) => Some(motion.displacements(block.clone())),
                    None if noise.is_on_inputs() => {
                        resting.resize(block.len() * count * dim, 0.0);
                        noise.add_to_inputs(block.clone(), &mut resting);
                        Some(&resting[..])
                    }
                    None => None,
                };
                let (states, activity) = rollout
                    .advance(block.len(), inputs, |out| noise.fill_hidden(block.clone(), out));
                noise.add_to_outputs(block.clone(), activity);
                let decoded = &mut block_decoded[..block.len() * count * dim];
                network.task().decode(activity, decoded);
                gather(decoded, &mut part.decoded, count, steps, dim, first);
                if let (Some(truth), Some(motion)) = (&mut part.truth, &motion) {
                    gather(motion.after(block.clone()), truth, count, steps, dim, first);
                }
                for step in block.clone().filter(|step| (step + 1) % stride == 0) {
                    let row = &states[(step - first) * count * units..][..count * units];
                    gather(row, &mut part.states, count, kept, units, (step + 1) / stride - 1);
                }
                part.end.copy_from_slice(&states[(block.len() - 1) * count * units..]);
            }
            part
        })
        .collect();

    let join = |field: fn(&Part) -> &[f32]| -> Vec<f32> {
        parts.iter().flat_map(|part| field(part).iter().copied()).collect()
    };
    let shaped = |values: Vec<f32>, steps: usize, width: usize| {
        #[allow(clippy::expect_used, reason = "every part was allocated with this shape")]
        Array3::from_shape_vec((trials, steps, width), values).expect("parts fill the phase")
    };
    #[allow(clippy::expect_used, reason = "every part was allocated with this shape")]
    let end = Array2::from_shape_vec((trials, units), join(|part| &part.end))
        .expect("parts fill the phase");
    let has_truth = parts.iter().any(|part| part.truth.is_some());
    Phase {
        decoded: shaped(join(|part| &part.decoded), steps, dim),
        truth: has_truth
            .then(|| shaped(join(|part| part.truth.as_deref().unwrap_or_default()), steps, dim)),
        states: matches!(keep, Keep::States { .. })
            .then(|| shaped(join(|part| &part.states), kept, units)),
        state_stride: if matches!(keep, Keep::Decoded) { 1 } else { stride },
        end,
    }
}

/// One shard's results, trials slowest.
struct Part {
    decoded: Vec<f32>,
    truth: Option<Vec<f32>>,
    states: Vec<f32>,
    end: Vec<f32>,
}

/// Writes rows `[step, trial, width]` to their places in `[trial, steps, width]`, the first of them
/// at step `first`.
fn gather(rows: &[f32], all: &mut [f32], trials: usize, steps: usize, width: usize, first: usize) {
    for (row, values) in rows.chunks_exact(width).enumerate() {
        let (step, trial) = (first + row / trials, row % trials);
        let place = (trial * steps + step) * width;
        all[place..place + width].copy_from_slice(values);
    }
}
