//! One shard of a training batch: new motion and noise, determined by seed and batch.

use super::gradient::Examples;
use crate::experiment::Experiment;
use crate::random::{Generator, Stream};
use crate::simulate::motion::Motion;
use crate::simulate::noise::{Purpose, TrialNoise};
use crate::task::{Split, Task};
use std::ops::Range;
use std::sync::Arc;

/// The trials of one shard of a batch.
#[derive(Debug)]
pub(crate) struct BatchShard {
    task: Arc<dyn Task>,
    seed: u64,
    first_trial: usize,
    motion: Motion,
    noise: TrialNoise,
}

impl BatchShard {
    pub(crate) fn new(
        experiment: &Experiment,
        task: &Arc<dyn Task>,
        first_trial: usize,
        trials: usize,
    ) -> Self {
        let dims = [task.space().dim(), task.target_dim()];
        Self {
            task: Arc::clone(task),
            seed: experiment.seed,
            first_trial,
            motion: Motion::new(trials, experiment.time.steps, task.space().dim()),
            noise: TrialNoise::waking(experiment, dims, trials),
        }
    }

    /// Draws the shard's trials of one batch.
    pub(crate) fn draw(&mut self, batch: u64) {
        let (seed, first) = (self.seed, self.first_trial as u64);
        self.motion.draw(self.task.as_ref(), Split::Train, |trial| {
            Generator::new(seed, Stream::Train { batch }, first + trial as u64)
        });
        self.noise.rekey(seed, Purpose::Train { batch }, self.first_trial);
        self.motion.add_noise(&mut self.noise);
    }
}

impl Examples for BatchShard {
    fn trials(&self) -> usize {
        self.motion.trials()
    }

    fn start(&mut self, activity: &mut [f32]) {
        self.task.targets(self.motion.start(), activity);
    }

    fn inputs(&self, steps: Range<usize>) -> &[f32] {
        self.motion.displacements(steps)
    }

    fn noise(&mut self, steps: Range<usize>, noise: &mut [f32]) {
        self.noise.fill_hidden(steps, noise);
    }

    fn targets(&mut self, steps: Range<usize>, targets: &mut [f32]) {
        self.task.targets(self.motion.after(steps.clone()), targets);
        self.noise.take_from_targets(steps, targets);
    }
}
