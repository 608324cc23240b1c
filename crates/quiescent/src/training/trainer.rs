//! The trainer: an iterator of events that takes one gradient step at a time.

use super::adam::Adam;
use super::batch::BatchShard;
use super::evaluation::{Evaluation, TestSet};
use super::gradient::{Examples, Scratch, Shape};
use crate::experiment::Experiment;
use crate::network::blocks::{group_count, shards};
use crate::network::weights::Prepared;
use crate::network::{Network, ParameterError, Parameters};
use crate::task::TaskError;
use rayon::prelude::*;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// An event of training.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// One gradient step was taken.
    Batch {
        /// Batches trained so far, this one included.
        batch: u64,
        /// Mean squared error of this batch, before its step.
        train_loss: f64,
    },
    /// The network was evaluated on the test set.
    Test {
        /// Batches trained so far.
        batch: u64,
        /// Results on the test set.
        evaluation: Evaluation,
    },
    /// A checkpoint is due now; save [`Trainer::state`].
    Checkpoint {
        /// Batches trained so far.
        batch: u64,
        /// Whether to keep it in addition to the latest one.
        milestone: bool,
    },
    /// Loss or gradient is no longer finite, and training ends. The trainer keeps the parameters
    /// with which the batch began.
    Diverged {
        /// The batch that failed, counted from 1.
        batch: u64,
        /// Its loss.
        train_loss: f64,
    },
}

/// The state that a trainer needs to resume. Everything else follows from the experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainerState {
    /// Batches trained so far; also Adam's step count.
    pub batch: u64,
    /// The parameters.
    pub parameters: Parameters,
    /// Adam's first moments.
    pub adam_m: Parameters,
    /// Adam's second moments.
    pub adam_v: Parameters,
}

/// Trains one network. Allocates everything once; each [`next`](Iterator::next) takes a step or
/// reports what is due after it.
///
/// Work runs on the current rayon pool. Batches are cut into shards, always in the same way, whose sums
/// are added in a fixed order, so results do not depend on the number of threads.
#[derive(Debug)]
pub struct Trainer {
    network: Network,
    prepared: Prepared,
    workers: Vec<Worker>,
    /// The scratches of all shards that ever ran at once. The one used last is taken first
    /// because it is still in cache.
    scratches: Mutex<Vec<Scratch>>,
    gradient: Parameters,
    adam_m: Parameters,
    adam_v: Parameters,
    batch: u64,
    test_set: Option<TestSet>,
    due: VecDeque<Due>,
    diverged: bool,
    times: StepTimes,
}

/// The event that follows a gradient step.
#[derive(Debug, Clone, Copy)]
enum Due {
    /// Created on first use.
    Test,
    Checkpoint {
        milestone: bool,
    },
}

/// A group of shards, whose gradients are added one after the other.
#[derive(Debug)]
struct Worker {
    shards: Vec<BatchShard>,
    gradient: Parameters,
    squared_error: f64,
    seconds: f64,
}

/// How long the parts of one gradient step took, from which the time on more threads can be
/// predicted.
#[doc(hidden)]
#[derive(Debug, Clone, Default)]
pub struct StepTimes {
    /// Laying out the weights.
    pub weights_s: f64,
    /// Each group of shards, on one thread.
    pub groups_s: Vec<f64>,
    /// Adding the groups' gradients, and Adam.
    pub update_s: f64,
}

/// Elements of the flat parameter vector that one thread updates at a time.
const UPDATE_CHUNK: usize = 1 << 14;

impl Trainer {
    /// Creates a trainer of an untrained network.
    ///
    /// # Errors
    /// If the task cannot be set up, such as for an unreadable recording.
    pub fn new(experiment: &Experiment) -> Result<Self, TaskError> {
        Ok(Self::of(Network::untrained(experiment)?))
    }

    /// Creates a trainer of a network that resumes from a saved state. Its results are
    /// bit-identical to those of a trainer that never stopped. The parameters come from the state.
    ///
    /// # Errors
    /// [`ParameterError`] if the state is laid out for a network with other tensors or shapes.
    pub fn resume(network: Network, state: TrainerState) -> Result<Self, ParameterError> {
        let TrainerState { batch, parameters, adam_m, adam_v } = state;
        let network = network.with_parameters(parameters)?;
        let layout = network.parameters().layout();
        let (adam_m, adam_v) = (adam_m.laid_out(layout)?, adam_v.laid_out(layout)?);
        Ok(Self { batch, adam_m, adam_v, ..Self::of(network) })
    }

    /// Creates a trainer of a given network, with your own task or with initial weights, for
    /// example.
    pub fn of(network: Network) -> Self {
        let experiment = network.experiment();
        let task = network.task();
        let parameters = network.parameters();
        let trials = experiment.training.trials;
        let shards: Vec<_> = shards(trials).collect();
        let workers = shards
            .chunks(shards.len().div_ceil(group_count(trials)))
            .map(|group| Worker {
                shards: group
                    .iter()
                    .map(|(first, trials)| BatchShard::new(experiment, task, *first, *trials))
                    .collect(),
                gradient: Parameters::zeros(parameters.layout()),
                squared_error: 0.0,
                seconds: 0.0,
            })
            .collect();
        let zeros = Parameters::zeros(parameters.layout());
        Self {
            workers,
            scratches: Mutex::new(Vec::new()),
            gradient: zeros.clone(),
            adam_m: zeros.clone(),
            adam_v: zeros,
            batch: 0,
            test_set: None,
            due: VecDeque::new(),
            times: StepTimes::default(),
            diverged: false,
            prepared: network.prepared(),
            network,
        }
    }

    /// The network as trained so far.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The trained network.
    pub fn into_network(self) -> Network {
        self.network
    }

    /// Batches trained so far.
    pub fn batch(&self) -> u64 {
        self.batch
    }

    /// Whether a test or a checkpoint is due before the next gradient step.
    pub fn is_due(&self) -> bool {
        !self.due.is_empty()
    }

    /// The state to save in order to resume.
    pub fn state(&self) -> TrainerState {
        TrainerState {
            batch: self.batch,
            parameters: self.network.parameters().clone(),
            adam_m: self.adam_m.clone(),
            adam_v: self.adam_v.clone(),
        }
    }

    /// Evaluates the network on the experiment's fixed test set (drawn at the first call).
    pub fn test(&mut self) -> Evaluation {
        let network = &self.network;
        self.test_set.get_or_insert_with(|| TestSet::draw(network)).evaluate(network)
    }

    /// How long the parts of the last step took.
    #[doc(hidden)]
    pub fn step_times(&self) -> &StepTimes {
        &self.times
    }

    /// One gradient step.
    fn step(&mut self) -> Event {
        let batch = self.batch;
        let began = Instant::now();
        self.prepared.refresh(self.network.parameters());
        self.times.weights_s = began.elapsed().as_secs_f64();
        let train_loss = self.run_shards();

        let began = Instant::now();
        let squared = self.add_gradients();
        let (true, Some(squared)) = (train_loss.is_finite(), squared) else {
            self.diverged = true;
            return Event::Diverged { batch: batch + 1, train_loss };
        };
        let training = &self.network.experiment().training;
        let limit = training.gradient_norm;
        let adam = Adam {
            learning_rate: training.learning_rate_at(batch),
            beta2: training.beta2,
            scale: limit.map_or(1.0, |limit| (limit / squared.sqrt()).min(1.0)) as f32,
            weight_decay: training.weight_decay,
        };
        self.network
            .parameters_mut()
            .flat_mut()
            .par_chunks_mut(UPDATE_CHUNK)
            .zip(self.adam_m.flat_mut().par_chunks_mut(UPDATE_CHUNK))
            .zip(self.adam_v.flat_mut().par_chunks_mut(UPDATE_CHUNK))
            .zip(self.gradient.flat().par_chunks(UPDATE_CHUNK))
            .for_each(|(((parameters, m), v), gradient)| {
                adam.update(batch + 1, gradient, m, v, parameters);
            });
        self.times.update_s = began.elapsed().as_secs_f64();
        self.batch += 1;
        Event::Batch { batch: self.batch, train_loss }
    }

    /// Every shard's gradient; returns the batch's loss.
    fn run_shards(&mut self) -> f64 {
        let batch = self.batch;
        let experiment = self.network.experiment();
        let (units, whole) = (experiment.network.units, experiment.time.steps);
        let steps = experiment.training.steps_at(batch, whole);
        let targets = self.network.task().target_dim();
        let terms = (experiment.training.trials * steps * targets) as f64;
        let weights = self.prepared.with(self.network.parameters());
        let shape = Shape { steps: whole, units, targets };
        let shards = self.workers.iter().flat_map(|worker| &worker.shards);
        let most = shards.map(BatchShard::trials).max().unwrap_or(0);
        let scratches = &self.scratches;
        self.workers.par_iter_mut().with_max_len(1).for_each(|worker| {
            let began = Instant::now();
            // A panic elsewhere does not damage the stack of scratches.
            let idle = scratches.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut scratch = idle.unwrap_or_else(|| Scratch::new(shape, most, weights.layer));
            scratch.set_steps(steps);
            worker.squared_error = 0.0;
            worker.gradient.flat_mut().fill(0.0);
            for shard in &mut worker.shards {
                shard.draw(batch);
                worker.squared_error += scratch.run(weights, shard, terms, &mut worker.gradient);
            }
            scratches.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
            worker.seconds = began.elapsed().as_secs_f64();
        });
        self.times.groups_s.clear();
        self.times.groups_s.extend(self.workers.iter().map(|worker| worker.seconds));
        self.workers.iter().map(|worker| worker.squared_error).sum::<f64>() / terms
    }

    /// Adds the groups' gradients, in their order. Returns the squared norm of the sum, 0 if nothing
    /// limits it, and none if a value is not finite.
    fn add_gradients(&mut self) -> Option<f64> {
        let workers = &self.workers;
        let limited = self.network.experiment().training.gradient_norm.is_some();
        let squares: Vec<Option<f64>> = self
            .gradient
            .flat_mut()
            .par_chunks_mut(UPDATE_CHUNK)
            .enumerate()
            .map(|(chunk, sum)| {
                let first = chunk * UPDATE_CHUNK;
                sum.fill(0.0);
                for worker in workers {
                    let part = &worker.gradient.flat()[first..first + sum.len()];
                    for (sum, part) in sum.iter_mut().zip(part) {
                        *sum += part;
                    }
                }
                let finite = sum.iter().all(|value| value.is_finite());
                let squared = || sum.iter().map(|value| f64::from(*value).powi(2)).sum();
                finite.then(|| if limited { squared() } else { 0.0 })
            })
            .collect();
        // The chunks' order is fixed, and so is the sum.
        squares.into_iter().sum()
    }
}

impl Iterator for Trainer {
    type Item = Event;

    /// Takes the next gradient step, or reports the test or the checkpoint due after the last one.
    fn next(&mut self) -> Option<Event> {
        let batch = self.batch;
        match self.due.pop_front() {
            Some(Due::Test) => return Some(Event::Test { batch, evaluation: self.test() }),
            Some(Due::Checkpoint { milestone }) => {
                return Some(Event::Checkpoint { batch, milestone });
            }
            None => {}
        }
        let experiment = self.network.experiment();
        let training = &experiment.training;
        if self.diverged || self.batch >= training.batches {
            return None;
        }
        let (every, save) = (training.test_every, training.checkpoint_every);
        let next = self.batch + 1;
        let last = next == training.batches;
        let milestone = training.milestones.contains(&next);
        let event = self.step();
        if !self.diverged {
            if last || next.is_multiple_of(every) {
                self.due.push_back(Due::Test);
            }
            if last || milestone || next.is_multiple_of(save) {
                self.due.push_back(Due::Checkpoint { milestone });
            }
        }
        Some(event)
    }
}
