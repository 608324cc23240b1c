//! What is measured, and how: phases, where they come from, and the settings.

use ndarray::{Array2, Array3, ArrayView3, Axis};
use serde::{Deserialize, Serialize};

use super::WAKING;
use super::activity::{Activity, first_steps};
use crate::analysis::bootstrap::BootstrapSettings;
use crate::experiment::{RestDynamics, RestStart};
use crate::network::Network;
use crate::simulate::Phase;
use crate::space::Space;
use crate::task::Task;

/// A phase with what is known of it.
#[derive(Debug, Clone)]
pub struct PhaseData {
    /// Decoded values of every step, and the true stimulus if there is one.
    pub phase: Phase,
    /// Amplitude σ of the unit noise, per √s; none if nobody knows it.
    pub sigma: Option<f64>,
    /// Where rest began; none for waking, or if nobody knows it.
    pub start: Option<RestStart>,
    /// How its units moved; of first order, as while active, if nobody knows it.
    pub dynamics: RestDynamics,
    /// Seed of its motion, starts and noise; none if nobody knows it.
    pub seed: Option<u64>,
    /// Hidden activity, where it is measured.
    pub activity: Option<Activity>,
}

impl PhaseData {
    /// Decoded values from anywhere, `[trial, step, dim]` in m or rad, of which nothing else is known.
    pub fn decoded(decoded: Array3<f32>) -> Self {
        let end = Array2::zeros((decoded.len_of(Axis(0)), 0));
        let phase = Phase {
            decoded,
            truth: None,
            states: None,
            state_stride: 1,
            end,
            adaptation: None,
            velocity: None,
        };
        let dynamics = RestDynamics::FIRST_ORDER;
        Self { phase, sigma: None, start: None, dynamics, seed: None, activity: None }
    }
}

/// What is known of where phases come from.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Where the decoded stimulus lives.
    pub space: &'a Space,
    /// Length of a step in s.
    pub dt_s: f64,
    /// The task, which knows the targets of the true stimulus.
    pub task: Option<&'a dyn Task>,
    /// How far from its start a trial counts as having left it, in m or rad: the width of a cell.
    pub radius: Option<f64>,
}

impl<'a> Source<'a> {
    /// Of a network.
    pub fn of(network: &'a Network) -> Self {
        let (experiment, task) = (network.experiment(), network.task().as_ref());
        Self {
            space: task.space(),
            dt_s: experiment.time.dt_s,
            task: Some(task),
            radius: task.cell_width(),
        }
    }

    /// Of arrays in a space, with steps of `dt_s` seconds.
    pub fn arrays(space: &'a Space, dt_s: f64) -> Self {
        Self { space, dt_s, task: None, radius: None }
    }
}

/// How phases are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Seed of resampling, Monte-Carlo points and null models.
    pub seed: u64,
    /// Bootstrap resamples of every interval.
    pub resamples: usize,
    /// First quiescent steps that densities, divergences and exploration are of; all if none is named.
    pub density_steps: Option<usize>,
    /// First steps left out of the total variance of rest that is longer.
    pub burn_in: usize,
}

impl Default for Settings {
    fn default() -> Self {
        let BootstrapSettings { seed, resamples, .. } = BootstrapSettings::default();
        Self { seed, resamples, density_steps: None, burn_in: 0 }
    }
}

impl Settings {
    pub(super) fn bootstrap(&self) -> BootstrapSettings {
        BootstrapSettings {
            seed: self.seed,
            resamples: self.resamples,
            ..BootstrapSettings::default()
        }
    }

    /// The steps of a phase that densities are of.
    pub(super) fn dense<'a>(&self, name: &str, phase: &'a Phase) -> ArrayView3<'a, f32> {
        match self.density_steps {
            Some(steps) if name != WAKING => first_steps(&phase.decoded, steps),
            _ => phase.decoded.view(),
        }
    }
}
