//! How long an examination takes, before it begins: for progress, and for estimates of time.

use super::ExaminationSettings;
use crate::experiment::{Experiment, TaskKind};

/// Times of the pieces of an examination, in seconds on one thread of the reference processor, on which
/// the constants below were fitted (within a third from 32 to 512 units).
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// Rests of a network.
    rests: usize,
    /// Rests of the optimal network.
    optimal_rests: usize,
    pub(super) waking: f64,
    pub(super) rest: f64,
    pub(super) rest_from_point: f64,
    pub(super) bound: f64,
    pub(super) states: f64,
    pub(super) score: f64,
    pub(super) field: f64,
    pub(super) response: f64,
    pub(super) assumptions: f64,
    pub(super) manifold: f64,
    pub(super) optimal_rest: f64,
    pub(super) optimal_bound: f64,
}

/// Seconds of 10⁹ multiplications of a network's weights.
const PRODUCT_S: f64 = 0.02;

impl Cost {
    /// Those of an experiment's examination.
    pub fn of(experiment: &Experiment, settings: &ExaminationSettings) -> Self {
        let units = experiment.network.units as f64;
        let targets = experiment.task.target_dim() as f64;
        let sets = experiment.network.architecture().sets.len() as f64;
        let (kind, dim) = match TaskKind::of(experiment) {
            kind @ TaskKind::Spatial => (kind, 2.0),
            kind @ TaskKind::HeadDirection => (kind, 1.0),
        };
        let recurrent = sets * units * units;
        let moments = |trials: usize, steps: usize| 1e-9 * (trials as f64) * steps as f64;
        let steps = experiment.time.steps;
        let simulated = |moments: f64| {
            moments * (PRODUCT_S * (recurrent + units * targets) + 1.8 * (units + targets))
        };
        let walked = moments(settings.trials, steps);
        let taken = moments(settings.fitted_trials + settings.trials, steps);
        // Fitted at 400 trials, of which 25 states each are compared.
        let kept = steps.saturating_sub(settings.burn_in.min(steps / 4)) / settings.stride.max(1);
        let fitted = moments(settings.fitted_trials, kept) / moments(400, 25);
        let compared = moments(settings.trials, kept) / moments(200, 25);
        let optimal =
            moments(settings.optimal_trials, 2 * settings.optimal_steps * settings.substeps)
                / moments(100, 4000);
        let spatial = kind == TaskKind::Spatial;
        Self {
            rests: settings.noise_ratios.len(),
            optimal_rests: settings.optimal_noise_ratios.len(),
            waking: simulated(moments(settings.rest_trials, steps)),
            rest: simulated(moments(settings.rest_trials, settings.rest_steps)),
            rest_from_point: simulated(moments(settings.point_trials, settings.point_steps)),
            bound: walked * (0.03 * (recurrent + 4.0 * units * targets) + 27.0 * targets),
            states: taken * (0.03 * recurrent + 20.0 * units),
            score: fitted * (0.55 + 1.3e-5 * recurrent),
            field: compared * (0.26 + 9e-6 * recurrent),
            response: compared * dim * (4.3e-4 * targets + 3e-4 * units),
            assumptions: compared * (0.045 + 2.5e-3 * units),
            manifold: if spatial { 0.2 } else { 0.02 },
            optimal_rest: optimal * if spatial { 5.3 } else { 0.57 },
            optimal_bound: walked / moments(200, 100)
                * targets
                * if spatial { 2.3e-3 } else { 1.2e-3 },
        }
    }

    /// Quiescence of one network at several temperatures.
    pub(super) fn temperature(&self) -> f64 {
        self.waking + self.rests as f64 * self.rest
    }

    /// Rest of the trained network from one point, at three temperatures. How long it lasts is known only when the
    /// manifold's length is; this is the longest.
    pub(super) fn mixing(&self) -> f64 {
        self.waking + 3.0 * self.rest_from_point
    }

    /// All of one network, but for what only a trained one is examined for.
    pub(super) fn network(&self) -> f64 {
        let field = self.states + self.score + self.field;
        self.temperature() + self.bound + field + self.response + self.assumptions
    }

    /// The greedily optimal network of an experiment.
    pub fn optimal(&self) -> f64 {
        self.manifold + self.optimal_rests as f64 * self.optimal_rest + 2.0 * self.optimal_bound
    }

    /// A trained network, its untrained one, and the optimal one.
    pub fn of_run(&self) -> f64 {
        2.0 * self.network() + self.mixing() + self.optimal()
    }
}
