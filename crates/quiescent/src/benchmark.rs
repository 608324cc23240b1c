//! Benchmarks besides training: the ceiling and the task data.

use crate::network::Network;
use crate::network::blocks::{block_steps, shards};
use crate::numerics::matmul::{Accum, matrix, multiply};
use crate::random::{Generator, Stream};
use crate::simulate::motion::Motion;
use crate::task::Split;
use crate::theory::{Manifold, StimulusLaw};
use crate::training::StepTimes;
use ndarray::Array2;
use rayon::prelude::*;
use std::time::{Duration, Instant};

/// Side of the large product, whose factors fill the outer cache as a training batch does.
const LARGE: usize = 2048;
/// Side of a product that fits the inner cache, at which faer is fastest.
const CACHED: usize = 512;
/// Duration over which a rate is measured.
const LONG_ENOUGH: Duration = Duration::from_millis(200);

/// Single-precision square matrix products by faer, the ceiling of training. Every thread of the
/// current rayon pool computes products of its own, so that no thread ever waits for another.
#[derive(Debug)]
pub struct Product {
    factors: Vec<f32>,
}

impl Product {
    /// Draws the factors.
    pub fn new() -> Self {
        let mut generator = Generator::new(0, Stream::Benchmark, 0);
        Self { factors: (0..LARGE * LARGE).map(|_| generator.uniform() as f32 - 0.5).collect() }
    }

    /// Rate of 2048³ products of all threads together, in 10⁹ floating-point operations per second.
    pub fn gflops(&self) -> f64 {
        self.gflops_of(LARGE)
    }

    /// Rate of 512³ products, whose factors stay in the inner cache.
    pub fn cached_gflops(&self) -> f64 {
        self.gflops_of(CACHED)
    }

    fn gflops_of(&self, side: usize) -> f64 {
        let rates = rayon::broadcast(|_| {
            let (a, b) = (self.factors[..side * side].to_vec(), &self.factors[..side * side]);
            let mut product = vec![0.0; side * side];
            let (a, b) = (matrix(&a, side, side), matrix(b, side, side));
            multiply(&mut product, Accum::Replace, a, b);
            let began = Instant::now();
            let mut count = 0;
            while began.elapsed() < LONG_ENOUGH {
                multiply(&mut product, Accum::Replace, a, b);
                count += 1;
            }
            f64::from(count) * 2.0 * (side as f64).powi(3) / began.elapsed().as_secs_f64()
        });
        rates.iter().sum::<f64>() * 1e-9
    }
}

impl Default for Product {
    fn default() -> Self {
        Self::new()
    }
}

/// One update of the theory's greedily optimal network: posterior means of 200 states of 512 units
/// under 10⁴ mixture components.
#[derive(Debug)]
pub struct PosteriorMeans {
    manifold: Manifold,
    states: Vec<f32>,
}

impl PosteriorMeans {
    const ROWS: usize = 200;
    const UNITS: usize = 512;
    const COMPONENTS: usize = 10_000;

    /// Draws components and states.
    ///
    /// # Errors
    /// Never, with these sizes.
    pub fn new() -> Result<Self, crate::theory::Error> {
        let mut generator = Generator::new(0, Stream::Benchmark, 1);
        let mut normal = |rows: usize, columns: usize| {
            Array2::from_shape_simple_fn((rows, columns), || generator.normal() as f32)
        };
        let means = normal(Self::COMPONENTS, Self::UNITS);
        let states = normal(Self::ROWS, Self::UNITS).into_iter().collect();
        let law = StimulusLaw::from_samples(normal(Self::COMPONENTS, 1).view())?;
        let manifold = Manifold::new(law, means.view(), vec![1.0; Self::COMPONENTS], 5.0)?;
        Ok(Self { manifold, states })
    }

    /// Rate of one update on the current pool, in 10⁹ floating-point operations per second; counted
    /// are the two matrix products, 4·trials·components·units.
    pub fn gflops(&self) -> f64 {
        let mut means = vec![0.0; self.states.len()];
        self.manifold.posterior_means(&self.states, &mut means, None);
        let began = Instant::now();
        let mut count = 0;
        while began.elapsed() < LONG_ENOUGH {
            self.manifold.posterior_means(&self.states, &mut means, None);
            count += 1;
        }
        std::hint::black_box(&means);
        let operations = 4 * Self::ROWS * Self::COMPONENTS * Self::UNITS;
        f64::from(count) * operations as f64 / began.elapsed().as_secs_f64() * 1e-9
    }
}

/// A training step's time on a number of threads, in seconds, and its efficiency: the share of that
/// time in which all threads work. Predicted from the times of its parts, measured on `measured_on`
/// threads: a thread that is free takes the next group of shards, and what precedes and follows them
/// is divided evenly. That processors slow down and share memory when more cores work is left out.
pub fn predicted_step(times: &StepTimes, measured_on: usize, threads: usize) -> (f64, f64) {
    let mut busy_until = vec![0.0_f64; threads];
    for group in &times.groups_s {
        let free = busy_until.iter_mut().min_by(|a, b| a.total_cmp(b));
        *free.expect("at least one thread") += group;
    }
    let last = busy_until.into_iter().fold(0.0, f64::max);
    let around = (times.weights_s + times.update_s) * measured_on as f64;
    let step_s = last + around / threads as f64;
    let work = times.groups_s.iter().sum::<f64>() + around;
    (step_s, work / (step_s * threads as f64))
}

/// Trials of task data (motion and target activity of every step) drawn per second on the current
/// pool; `round` selects the trials.
pub fn task_trials_per_s(network: &Network, round: u64) -> f64 {
    let experiment = network.experiment();
    let (trials, steps) = (experiment.training.trials, experiment.time.steps);
    let task = network.task().as_ref();
    let began = Instant::now();
    let sums: f32 = shards(trials)
        .collect::<Vec<_>>()
        .into_par_iter()
        .with_max_len(1)
        .map(|(first, count)| {
            let mut motion = Motion::new(count, steps, task.space().dim());
            motion.draw(task, Split::Train, |trial| {
                Generator::new(
                    experiment.seed,
                    Stream::Train { batch: round },
                    (first + trial) as u64,
                )
            });
            // A few steps at a time, as training does.
            let block = block_steps(count).min(steps);
            let mut targets = vec![0.0; block * count * task.target_dim()];
            let mut sum = 0.0;
            for first in (0..steps).step_by(block) {
                let block = first..(first + block).min(steps);
                let targets = &mut targets[..block.len() * count * task.target_dim()];
                task.targets(motion.after(block), targets);
                sum += targets[0];
            }
            sum
        })
        .sum();
    // This prevents the compiler from removing the work.
    std::hint::black_box(sums);
    trials as f64 / began.elapsed().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_predicted_from_its_parts() {
        let times = StepTimes { weights_s: 0.5, groups_s: vec![3.0, 1.0, 1.0, 1.0], update_s: 0.5 };
        assert_eq!(predicted_step(&times, 1, 1), (7.0, 1.0));
        // Two threads: 3 beside 1 + 1 + 1.
        assert_eq!(predicted_step(&times, 1, 2), (3.5, 1.0));
        // The longest group bounds any number of threads.
        assert_eq!(predicted_step(&times, 2, 4), (3.5, 8.0 / 14.0));
    }
}
