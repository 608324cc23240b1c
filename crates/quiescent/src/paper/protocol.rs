//! Sizes of the simulated phases and of their measurements.

use serde::{Deserialize, Serialize};

use super::{Condition, TaskKind};
use crate::experiment::NetworkKind;
use crate::measure::Settings;

/// Sizes of one study. Steps are Euler–Maruyama steps with the experiment's Δt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protocol {
    /// Trials of the active and of the main quiescent phase.
    pub trials: usize,
    /// Steps of the main quiescent phase.
    pub rest_steps: usize,
    /// First steps of the main quiescent phase omitted from the total variance (figure 2f).
    pub burn_in: usize,
    /// First quiescent steps that enter densities and divergences.
    pub density_steps: usize,
    /// First quiescent steps that enter principal components.
    pub component_steps: usize,
    /// Trials of every other quiescent phase: other noise, other starts, untrained network.
    pub variant_trials: usize,
    /// Bootstrap resamples of every interval.
    pub resamples: usize,
}

impl Protocol {
    /// The paper's sizes: 1000 trials and 2000 quiescent steps. Figure 2f omits the first 1000
    /// steps, divergences use the first 1000, and components the first 200. Headings have 500
    /// quiescent steps (figure C.5).
    pub fn paper(task: TaskKind) -> Self {
        match task {
            TaskKind::Spatial => Self {
                trials: 1000,
                rest_steps: 2000,
                burn_in: 1000,
                density_steps: 1000,
                component_steps: 200,
                variant_trials: 500,
                resamples: 200,
            },
            TaskKind::HeadDirection => Self {
                trials: 1000,
                rest_steps: 500,
                burn_in: 200,
                density_steps: 200,
                component_steps: 200,
                variant_trials: 500,
                resamples: 200,
            },
        }
    }

    /// A fifth of the trials, for results in minutes. The number of steps is the paper's because
    /// burn-in and exploration take time.
    pub fn demo(task: TaskKind) -> Self {
        Self { trials: 200, variant_trials: 100, ..Self::paper(task) }
    }

    /// Number of trial steps that a study simulates, for estimates of its run time.
    pub fn trial_steps(&self, condition: Condition, active_steps: usize) -> usize {
        let main = self.trials * (active_steps + self.rest_steps);
        // A study of GRUs does not have a phase with different noise.
        let gru = condition.noisy && condition.network == NetworkKind::Gru;
        let other_noise = if gru { 0 } else { self.variant_trials };
        let noise = other_noise * self.rest_steps;
        // From the end of the active phase, from one point, and from it with adaptation, for which networks are noisy.
        let starts = if condition.noisy { 3 } else { 2 };
        let starts = starts * self.variant_trials * self.density_steps;
        let untrained = if condition.noisy { self.trials * self.density_steps } else { 0 };
        main + noise + starts + untrained
    }

    /// Settings for measuring the phases of a run with this seed.
    pub fn settings(&self, seed: u64) -> Settings {
        Settings {
            seed,
            resamples: self.resamples,
            density_steps: Some(self.density_steps),
            burn_in: self.burn_in,
        }
    }
}

/// How large networks and phases are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Smaller networks, 200 trials.
    Demo,
    /// As in the paper, but trained with a quarter of the arithmetic or less; networks then move less while
    /// quiescent.
    Fast,
    /// As in the paper: 512 units (head direction 128), 1000 trials.
    Paper,
}

impl Scale {
    /// How large the phases of a study of this scale are.
    pub fn protocol(self, task: TaskKind) -> Protocol {
        match self {
            Self::Demo => Protocol::demo(task),
            Self::Fast | Self::Paper => Protocol::paper(task),
        }
    }

    /// `demo`, `fast` or `paper`, which the names of the shipped experiments begin with.
    pub fn name(self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::Fast => "fast",
            Self::Paper => "paper",
        }
    }
}
