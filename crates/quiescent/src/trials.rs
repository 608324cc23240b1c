//! Trials of one shard: their motion, their targets and their noise, all from named streams.

use crate::experiment::{Experiment, NoiseDistribution};
use crate::numerics::noise::{self, Law};
use crate::random::{Generator, Key, Stream};
use crate::task::{Split, Task};
use std::ops::Range;

/// The motion of a shard's trials, steps slowest as the engine wants it.
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

    /// Draws every trial from the generator that `stream` names for its number in the shard.
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

    /// Displacements of the given steps, `[step, trial, dim]`.
    pub(crate) fn displacements(&self, steps: Range<usize>) -> &[f32] {
        let width = self.trials * self.dim;
        &self.displacements[steps.start * width..steps.end * width]
    }
}

/// Writes one trial's rows of `dim` values to their places in `[step, trial, dim]`.
fn scatter(one: &[f32], all: &mut [f32], trial: usize, trials: usize, dim: usize) {
    for (step, values) in one.chunks_exact(dim).enumerate() {
        let place = (step * trials + trial) * dim;
        all[place..place + dim].copy_from_slice(values);
    }
}

/// Unit noise of a shard's trials.
#[derive(Debug, Clone)]
pub(crate) struct UnitNoise {
    law: Law,
    /// σ √Δt; zero draws nothing.
    scale: f32,
    units: usize,
    keys: Vec<Key>,
    one: Vec<f32>,
}

impl UnitNoise {
    /// The noise law of an experiment's network, scaled to one step of amplitude `sigma` per √s.
    pub(crate) fn new(experiment: &Experiment, sigma: f64, trials: usize) -> Self {
        Self {
            law: match experiment.network.noise.distribution {
                NoiseDistribution::Gaussian => Law::Normal,
                NoiseDistribution::Uniform01 => Law::Uniform,
            },
            scale: (sigma * libm::sqrt(experiment.time.dt_s)) as f32,
            units: experiment.network.units,
            keys: vec![Key::new(0, Stream::Noise, 0, 0); trials],
            one: Vec::new(),
        }
    }

    /// Names the streams: `stream` gives the key of each trial of the shard.
    pub(crate) fn rekey(&mut self, stream: impl Fn(usize) -> Key) {
        for (trial, key) in self.keys.iter_mut().enumerate() {
            *key = stream(trial);
        }
    }

    /// Fills the scaled noise of the given steps, `[step, trial, unit]`. Deviate t·N + j of a
    /// trial's stream goes to unit j at step t.
    pub(crate) fn fill(&mut self, steps: Range<usize>, out: &mut [f32]) {
        if self.scale == 0.0 {
            out.fill(0.0);
            return;
        }
        let (units, trials) = (self.units, self.keys.len());
        self.one.resize(steps.len() * units, 0.0);
        for (trial, key) in self.keys.iter().enumerate() {
            let first = steps.start as u64 * units as u64;
            noise::fill(self.law, key, first, self.scale, &mut self.one);
            scatter(&self.one, out, trial, trials, units);
        }
    }
}
