//! Waking states taken from a walk, each with its noise, stimulus and trial.

use super::Error;
use super::dynamics::Dynamics;
use super::walk::{WalkSettings, walk};
use crate::numerics::noise::{self, Law};
use crate::random::{Key, Stream, TheoryDraw, WalkSet};

/// States of waking trials after a burn-in, trial by trial within each step.
#[derive(Debug, Clone)]
pub(super) struct WakingStates {
    pub(super) units: usize,
    pub(super) dim: usize,
    pub(super) trials: usize,
    /// The set of the seed's trials.
    pub(super) set: WalkSet,
    /// The state before the step's noise, `[row, unit]`.
    pub(super) clean: Vec<f32>,
    /// The step's noise, `[row, unit]`.
    pub(super) noise: Vec<f32>,
    /// s, `[row, dim]`.
    pub(super) stimuli: Vec<f32>,
    /// Δs, `[row, dim]`.
    pub(super) displacements: Vec<f32>,
    /// Δs of the previous step, `[row, dim]`.
    pub(super) earlier_displacements: Vec<f32>,
    /// Step of each row.
    pub(super) steps: Vec<usize>,
}

impl WakingStates {
    /// Walks and keeps every `stride`-th step from `burn_in` on.
    ///
    /// # Errors
    /// As [`walk`], and if no step remains after the burn-in.
    pub(super) fn take(
        dynamics: &dyn Dynamics,
        settings: &WalkSettings,
        burn_in: usize,
        stride: usize,
    ) -> Result<Self, Error> {
        // The first step taken must have a previous step.
        let burn_in = burn_in.max(1);
        if burn_in >= settings.steps {
            return Err(Error::TooFew {
                measurement: "active states after a burn-in",
                items: "steps",
                found: settings.steps,
                needed: burn_in + 1,
            });
        }
        let mut taken = Self {
            units: dynamics.units(),
            dim: dynamics.task().space().dim(),
            trials: settings.trials,
            set: settings.set,
            clean: Vec::new(),
            noise: Vec::new(),
            stimuli: Vec::new(),
            displacements: Vec::new(),
            earlier_displacements: Vec::new(),
            steps: Vec::new(),
        };
        let mut earlier = Vec::new();
        walk(dynamics, settings, |step| {
            if step.step >= burn_in && (step.step - burn_in).is_multiple_of(stride.max(1)) {
                taken.clean.extend(step.clean);
                taken.noise.extend(step.noise);
                taken.stimuli.extend(step.stimuli);
                taken.displacements.extend(step.displacements);
                taken.earlier_displacements.extend(&earlier);
                taken.steps.extend(std::iter::repeat_n(step.step, settings.trials));
            }
            earlier = step.displacements.to_vec();
            Ok(())
        })?;
        Ok(taken)
    }

    /// The same states with new Gaussian noise of one step added.
    pub(super) fn with_noise(mut self, step_sd: f64, seed: u64) -> Self {
        for (row, noise) in self.noise.chunks_exact_mut(self.units).enumerate() {
            let key = Key::new(seed, Stream::Theory(TheoryDraw::LaidNoise(self.set)), row as u64);
            noise::fill(Law::Normal, &key, 0, step_sd as f32, noise);
        }
        self
    }

    /// Number of states.
    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    /// Trial of a row.
    pub(super) fn trial(&self, row: usize) -> usize {
        row % self.trials
    }

    /// r, `[row, unit]`: clean states with their noise.
    pub(super) fn states(&self) -> Vec<f32> {
        self.clean.iter().zip(&self.noise).map(|(clean, noise)| clean + noise).collect()
    }

    /// Root mean square of one component of Δs.
    pub(super) fn root_mean_square_displacement(&self) -> f64 {
        let squares: f64 = self.displacements.iter().map(|&x| f64::from(x).powi(2)).sum();
        (squares / self.displacements.len() as f64).sqrt()
    }
}
