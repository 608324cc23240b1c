//! Results of a map of rest, as plain data. Figures and reports are made from them.

use serde::{Deserialize, Serialize};

use super::{RestMapSettings, RestWay};
use crate::analysis::bootstrap::Measured;
use crate::analysis::reactivation::Estimate;
use crate::analysis::{Missing, Outcome, outcome};
use crate::space::Space;

/// The map of one network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RestMap {
    /// The grid and the sizes of the phases.
    pub settings: RestMapSettings,
    /// Seed of the experiment.
    pub seed: u64,
    /// Length of a step in s.
    pub dt_s: f64,
    /// Active amplitude σ of the hidden noise per √s, to which noise ratios refer.
    pub sigma: f64,
    /// Whether this is the network's own active noise. If not, the network was trained without noise and is
    /// also active without noise here; at rest it is given the paper's.
    pub own_noise: bool,
    /// Space of the stimulus.
    pub space: Space,
    /// The point at which rest begins, `[dim]`, in m or rad.
    pub point: Vec<f64>,
    /// How the active phase moves.
    pub active: ActiveSteps,
    /// One point for each way to rest; the first is that with which all are compared.
    pub points: Vec<RestPoint>,
}

impl RestMap {
    /// The numbers of first-order rest, with which every way is compared.
    ///
    /// # Errors
    /// Why there are none.
    pub fn reference(&self) -> Outcome<&RestNumbers> {
        let none = || Missing::not_simulated("first-order rest was not simulated");
        self.points.first().ok_or_else(none)?.found.as_ref().map_err(Clone::clone)
    }

    /// How many steps of trials it took, but for a factor: of two maps the larger one says more.
    pub fn simulated(&self) -> usize {
        self.points.len() * self.settings.trials * self.settings.steps
    }
}

/// How the active phase moves, how active it is, and what chance gives beside it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ActiveSteps {
    /// Mean distance between successive values, in m or rad.
    pub step_distance: Measured,
    /// The 95th percentile of these distances: what counts as a step that the active phase takes.
    pub longest_step: f64,
    /// Root mean square norm of the hidden state.
    pub state_norm: f64,
    /// KL(uniform‖active): the divergence of a density that knows nothing. Where it is small, being faithful shows
    /// little.
    pub kl_uniform: Estimate,
    /// Continuity of values drawn uniformly from the space at every step: of paths without any memory.
    pub uniform_continuity: f64,
}

/// One way to rest, and what it does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RestPoint {
    /// The way.
    pub way: RestWay,
    /// The numbers, or why there are none: rates run away, for example.
    #[serde(with = "outcome")]
    pub found: Outcome<RestNumbers>,
}

/// What one way to rest does, after the burn-in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RestNumbers {
    /// KL(quiescent‖active) with all trials from one point.
    pub kl_from_point: Estimate,
    /// KL(quiescent‖active) from encoded starts.
    pub kl_from_encoded: Estimate,
    /// Mean distance between successive values, in m or rad, from the point as all that follow.
    pub step_distance: Measured,
    /// Share of steps no longer than [`ActiveSteps::longest_step`].
    pub continuity: Measured,
    /// Fraction of the arena (or circle) that a trial covers.
    pub coverage: Measured,
    /// Root mean square norm of the hidden state over that of the active phase. Where it is small, decoded values
    /// are those of noise: a decoder finds a place in any state.
    pub activity: Measured,
    /// Exponent of the mean squared displacement: 1 for a random walk, 2 for straight motion.
    #[serde(with = "outcome")]
    pub exponent: Outcome<Measured>,
}
