//! Loss and decoding error on a fixed test set.

use crate::network::Network;
use crate::network::blocks::shards;
use crate::network::step_dynamics::StepDynamics;
use crate::network::weights::Weights;
use crate::numerics::tiny::squarable;
use crate::random::{Generator, Stream};
use crate::simulate::motion::Motion;
use crate::simulate::noise::{Purpose, TrialNoise};
use crate::simulate::rollout::{Block, Inputs, Shard, roll};
use crate::task::Split;
use rayon::prelude::*;
use std::ops::ControlFlow;

/// Results of a network on a test set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evaluation {
    /// Mean squared error over trials, steps and cells.
    pub loss: f64,
    /// Mean decoding distance over trials and steps, in the task's unit.
    pub decode_error: f64,
    /// Mean squared decoding distance, in the task's unit squared.
    pub decode_squared_error: f64,
}

/// Evaluates a network on its experiment's fixed test set, on the current rayon pool.
pub fn evaluate(network: &Network) -> Evaluation {
    TestSet::draw(network).evaluate(network)
}

/// Results for a constant answer on the test set. The decoding error uses the one place nearest
/// to all stimuli (their mean, or the mean direction of headings); the loss uses the mean target
/// activity.
pub fn constant_answer(network: &Network) -> Evaluation {
    let (task, steps) = (network.task().as_ref(), network.experiment().time.steps);
    let dim = task.space().dim();
    let test_set = TestSet::draw(network);
    let stimuli =
        || test_set.shards.iter().flat_map(|(motion, _)| motion.after(0..steps).chunks_exact(dim));
    let rows = stimuli().count() as f64;
    let mean_of = |value: &dyn Fn(&[f32]) -> f64| stimuli().map(value).sum::<f64>() / rows;
    let answer = task.space().mean(stimuli());
    let distance = |stimulus: &[f32]| f64::from(task.space().distance(stimulus, &answer));
    let cells = task.target_dim();
    let mut target = vec![0.0_f32; cells];
    let (mut sums, mut squares) = (vec![0.0; cells], 0.0);
    for stimulus in stimuli() {
        task.targets(stimulus, &mut target);
        for (sum, &activity) in sums.iter_mut().zip(&target) {
            *sum += f64::from(activity);
            squares += f64::from(activity).powi(2);
        }
    }
    let means: f64 = sums.iter().map(|sum| (sum / rows).powi(2)).sum();
    Evaluation {
        loss: (squares / rows - means) / cells as f64,
        decode_error: mean_of(&distance),
        decode_squared_error: mean_of(&|stimulus| distance(stimulus).powi(2)),
    }
}

/// Test trials with their noise, drawn once.
#[derive(Debug, Clone)]
pub(crate) struct TestSet {
    shards: Vec<(Motion, TrialNoise)>,
}

impl TestSet {
    /// Draws `training.test_trials` trials from stream `test`.
    pub(crate) fn draw(network: &Network) -> Self {
        let experiment = network.experiment();
        let seed = experiment.seed;
        let shards = shards(experiment.training.test_trials)
            .map(|(first, trials)| {
                let task = network.task().as_ref();
                let mut motion = Motion::new(trials, experiment.time.steps, task.space().dim());
                motion.draw(task, Split::Test, |trial| {
                    Generator::new(seed, Stream::Test, (first + trial) as u64)
                });
                let dims = [task.space().dim(), task.target_dim()];
                let mut noise = TrialNoise::waking(experiment, dims, trials);
                noise.rekey(seed, Purpose::Test, first);
                motion.add_noise(&mut noise);
                (motion, noise)
            })
            .collect();
        Self { shards }
    }

    /// Runs the network on the test set.
    pub(crate) fn evaluate(&mut self, network: &Network) -> Evaluation {
        let prepared = network.prepared();
        let weights = prepared.with(network.parameters());
        let steps = network.experiment().time.steps;
        let sums: Vec<[f64; 3]> = self
            .shards
            .par_iter_mut()
            .with_max_len(1)
            .map(|(motion, noise)| evaluate_shard(network, weights, steps, motion, noise))
            .collect();
        // The sum is in shard order, so it does not depend on which thread finished first.
        let [squared, distance, squared_distance] =
            sums.iter().fold([0.0; 3], |sum, part| std::array::from_fn(|i| sum[i] + part[i]));
        let rows = (network.experiment().training.test_trials * steps) as f64;
        Evaluation {
            loss: squared / (rows * weights.targets as f64),
            decode_error: distance / rows,
            decode_squared_error: squared_distance / rows,
        }
    }
}

/// Sums of squared errors, distances and squared distances over one shard.
fn evaluate_shard(
    network: &Network,
    weights: Weights,
    steps: usize,
    motion: &Motion,
    noise: &mut TrialNoise,
) -> [f64; 3] {
    let task = network.task();
    let (dim, targets, trials) = (weights.inputs, weights.targets, motion.trials());
    let mut activity = vec![0.0; trials * targets];
    task.targets(motion.start(), &mut activity);
    let mut start = vec![0.0; trials * weights.units];
    weights.encode(&activity, &mut start);
    let mut wanted = Vec::new();
    let mut sums = [0.0; 3];
    let visit = |block: &Block<'_>| -> ControlFlow<()> {
        let stimuli = motion.after(block.steps.clone());
        wanted.resize(block.outputs.len(), 0.0);
        task.targets(stimuli, &mut wanted);
        for (outputs, wanted) in
            block.outputs.chunks_exact(targets).zip(wanted.chunks_exact(targets))
        {
            let differences = outputs.iter().zip(wanted).map(|(a, w)| squarable(a - w));
            let row: f32 = differences.map(|difference| difference * difference).sum();
            sums[0] += f64::from(row);
        }
        for (decoded, truth) in block.decoded.chunks_exact(dim).zip(stimuli.chunks_exact(dim)) {
            let distance = f64::from(task.space().distance(decoded, truth));
            sums[1] += distance;
            sums[2] += distance * distance;
        }
        ControlFlow::Continue(())
    };
    let (inputs, dynamics) = (Inputs::Motion(motion), &mut StepDynamics::first_order());
    let shard = Shard { trials: 0..trials, start: &start, inputs, noise, before: 0, dynamics };
    // The visitor never breaks.
    let _ = roll(network, weights, shard, steps, visit);
    sums
}
