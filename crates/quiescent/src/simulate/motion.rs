//! Motion of one shard's trials, from named streams.

use crate::random::Generator;
use crate::simulate::noise::{TrialNoise, scatter};
use crate::task::{Split, Task};
use std::ops::Range;

/// The motion of a shard's trials, steps slowest, as the engine requires.
#[derive(Debug, Clone)]
pub(crate) struct Motion {
    trials: usize,
    dim: usize,
    /// `[step + 1, trial, dim]`.
    stimuli: Vec<f32>,
    /// `[step, trial, dim]`.
    displacements: Vec<f32>,
    one_stimuli: Vec<f32>,
    one_displacements: Vec<f32>,
}

impl Motion {
    pub(crate) fn new(trials: usize, steps: usize, dim: usize) -> Self {
        Self {
            trials,
            dim,
            stimuli: vec![0.0; (steps + 1) * trials * dim],
            displacements: vec![0.0; steps * trials * dim],
            one_stimuli: vec![0.0; (steps + 1) * dim],
            one_displacements: vec![0.0; steps * dim],
        }
    }

    /// Draws every trial from the generator that `stream` returns for its number in the shard.
    pub(crate) fn draw(
        &mut self,
        task: &dyn Task,
        split: Split,
        stream: impl Fn(usize) -> Generator,
    ) {
        let (trials, dim) = (self.trials, self.dim);
        for trial in 0..trials {
            task.draw_motion(
                split,
                &mut stream(trial),
                &mut self.one_stimuli,
                &mut self.one_displacements,
            );
            scatter(&self.one_stimuli, &mut self.stimuli, trial, trials, dim);
            scatter(&self.one_displacements, &mut self.displacements, trial, trials, dim);
        }
    }

    /// Number of trials.
    pub(crate) fn trials(&self) -> usize {
        self.trials
    }

    /// Stimuli before the first step, `[trial, dim]`.
    pub(crate) fn start(&self) -> &[f32] {
        &self.stimuli[..self.trials * self.dim]
    }

    /// Stimuli after the given steps, `[step, trial, dim]`.
    pub(crate) fn after(&self, steps: Range<usize>) -> &[f32] {
        let width = self.trials * self.dim;
        &self.stimuli[(steps.start + 1) * width..(steps.end + 1) * width]
    }

    /// Adds input noise to the displacements. The stimuli remain the true ones.
    pub(crate) fn add_noise(&mut self, noise: &mut TrialNoise) {
        let steps = self.displacements.len() / (self.trials * self.dim);
        noise.add_to_inputs(0..steps, &mut self.displacements);
    }

    /// Displacements of the given steps, `[step, trial, dim]`, with their noise if it was added.
    pub(crate) fn displacements(&self, steps: Range<usize>) -> &[f32] {
        let width = self.trials * self.dim;
        &self.displacements[steps.start * width..steps.end * width]
    }
}
