//! Sizes of an examination by the theory.

use serde::{Deserialize, Serialize};

use crate::analysis::bootstrap::BootstrapSettings;
use crate::experiment::{QuiescentNoise, RestDynamics};
use crate::simulate::{Drive, Keep, Setup, Start};

/// Sizes of an examination.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExaminationSettings {
    /// Waking trials from which the score is estimated.
    pub fitted_trials: usize,
    /// Other waking trials, on which everything is measured.
    pub trials: usize,
    /// First steps omitted from every waking trial, so that states have forgotten their encoding;
    /// at most a quarter of the trial.
    pub burn_in: usize,
    /// Steps between two selected waking states.
    pub stride: usize,
    /// Trials of each quiescent phase.
    pub rest_trials: usize,
    /// Steps of each trial; the first half is omitted.
    pub rest_steps: usize,
    /// Amplitudes of the quiescent noise as multiples κ of the waking one.
    pub noise_ratios: Vec<f64>,
    /// Trials of each rest from one point.
    pub point_trials: usize,
    /// Most steps of a rest from one point. It lasts eight predicted mixing times, and at least `rest_steps`, unless
    /// that is longer; then it lasts this long.
    pub point_steps: usize,
    /// How units move in the quiescent phases of trained networks; the optimal network's are of first order.
    #[serde(default)]
    pub dynamics: RestDynamics,
    /// Root mean square radius of the optimal network's manifold over one step's noise.
    pub signal_to_noise: f64,
    /// Amplitudes κ of the optimal network's quiescent noise.
    pub optimal_noise_ratios: Vec<f64>,
    /// Quiescent trials of the optimal network.
    pub optimal_trials: usize,
    /// Quiescent steps of the optimal network, after the same number of burn-in steps.
    pub optimal_steps: usize,
    /// Sub-steps m of every quiescent step of the optimal network.
    pub substeps: usize,
    /// Bootstrap resamples of every interval.
    pub resamples: usize,
}

impl Default for ExaminationSettings {
    fn default() -> Self {
        Self {
            fitted_trials: 400,
            trials: 200,
            burn_in: 25,
            stride: 3,
            rest_trials: 150,
            rest_steps: 1000,
            noise_ratios: vec![0.5, 1.0, std::f64::consts::SQRT_2, 2.0, 4.0],
            point_trials: 100,
            point_steps: 20_000,
            dynamics: RestDynamics::FIRST_ORDER,
            signal_to_noise: 10.0,
            optimal_noise_ratios: vec![1.0, std::f64::consts::SQRT_2],
            optimal_trials: 100,
            optimal_steps: 2000,
            substeps: 1,
            resamples: 200,
        }
    }
}

impl ExaminationSettings {
    /// The setup of a quiescent phase of a trained network with noise σ per √s.
    pub(super) fn rest<'a>(&self, start: Start<'a>, sigma: f64, steps: usize) -> Setup<'a> {
        Setup {
            drive: Drive::Silent,
            start,
            noise: QuiescentNoise::Sigma(sigma),
            dynamics: self.dynamics,
            steps,
            keep: Keep::Decoded,
            seed: None,
        }
    }

    /// Settings of the intervals, with the seed of a run.
    pub(super) fn bootstrap(&self, seed: u64) -> BootstrapSettings {
        BootstrapSettings { seed, resamples: self.resamples, ..BootstrapSettings::default() }
    }
}
