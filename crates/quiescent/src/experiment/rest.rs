//! The quiescent phase.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::readable::setting;

/// The quiescent phase: no input, noise only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestSpec {
    /// State in which the quiescent phase begins.
    pub start: RestStart,
    /// Noise of the hidden units while quiescent. That of inputs and outputs goes on as while active,
    /// unless this is `none`.
    pub noise: QuiescentNoise,
    /// Adaptation of the units while quiescent; none for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adaptation: Option<AdaptationSpec>,
    /// Momentum of the units while quiescent; none for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub momentum: Option<MomentumSpec>,
    /// Time constant τ of a unit while quiescent, in s; none for that of training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tau_s: Option<f64>,
    /// Trials of each simulated phase (active and quiescent).
    pub trials: usize,
    /// Steps of the quiescent phase.
    pub steps: usize,
}

impl RestSpec {
    /// How the units move while quiescent.
    pub fn dynamics(&self) -> RestDynamics {
        RestDynamics { adaptation: self.adaptation, momentum: self.momentum, tau_s: self.tau_s }
    }
}

/// How units move, other than by the equations of training. Its parts can be combined.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct RestDynamics {
    /// Adaptation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adaptation: Option<AdaptationSpec>,
    /// Momentum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub momentum: Option<MomentumSpec>,
    /// Time constant τ of a unit, in s; none for that of training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tau_s: Option<f64>,
}

impl RestDynamics {
    /// The dynamics of training: r(t) depends on r(t−1) alone.
    pub const FIRST_ORDER: Self = Self { adaptation: None, momentum: None, tau_s: None };

    /// The factor on the noise of units and inputs: √λ with momentum that keeps the temperature, else 1.
    pub fn noise_factor(&self) -> f64 {
        match self.momentum {
            Some(MomentumSpec { friction, keep_temperature: true }) => libm::sqrt(friction),
            _ => 1.0,
        }
    }
}

/// `adaptation of strength 1 over 2 s, momentum of friction 0.5`, or `first order`.
impl fmt::Display for RestDynamics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { adaptation, momentum, tau_s } = *self;
        let adaptation = adaptation.map(|AdaptationSpec { strength, tau_s }| {
            format!("adaptation of strength {} over {} s", setting(strength), setting(tau_s))
        });
        let momentum =
            momentum.map(|MomentumSpec { friction, keep_temperature }| match keep_temperature {
                true => format!("momentum of friction {}", setting(friction)),
                false => format!("momentum of friction {} at full noise", setting(friction)),
            });
        let tau = tau_s.map(|tau_s| format!("time constant of {} s", setting(tau_s)));
        let words: Vec<String> = [adaptation, momentum, tau].into_iter().flatten().collect();
        match words.is_empty() {
            true => f.write_str("first order"),
            false => f.write_str(&words.join(", ")),
        }
    }
}

/// Adaptation: every unit's own past activity inhibits it. With a(0) = 0, after every step
///
/// ```text
/// a(t) = a(t−1) + (Δt/τ_a) (b r(t) − a(t−1))
/// ```
///
/// and a(t−1) is subtracted from what the nonlinearity is given at step t; in a GRU, from what that of the
/// candidate is given.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdaptationSpec {
    /// Strength b: the inhibition by a rate of 1 that lasts.
    pub strength: f64,
    /// Time constant τ_a, in s.
    pub tau_s: f64,
}

/// Momentum: units go on in the direction in which they move. With v(0) = 0 and Δr the first-order step, its
/// noise included,
///
/// ```text
/// v(t) = (1−λ) v(t−1) + Δr(t)        r(t) = r(t−1) + v(t)
/// ```
///
/// so that λ = 1 is first order.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MomentumSpec {
    /// Friction λ, above 0 and at most 1.
    pub friction: f64,
    /// Whether the noise of units and inputs is multiplied by √λ, so that slow motion keeps the variance that
    /// it has without momentum.
    #[serde(default = "keeps")]
    pub keep_temperature: bool,
}

/// Momentum keeps the temperature unless told otherwise.
fn keeps() -> bool {
    true
}

/// State in which the quiescent phase begins.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestStart {
    /// The encoding of fresh test stimuli, as in the paper's experiments.
    Encoded,
    /// Where the active phase ended: the biological order.
    AfterWake,
    /// The encoding of one stimulus, the same for every trial (metres, or radians in the first
    /// entry).
    Point([f64; 2]),
}

/// Noise while quiescent, relative to the active noise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuiescentNoise {
    /// Twice the variance: σ√2 (equation 19).
    DoubledVariance,
    /// The active noise.
    Same,
    /// No noise at all.
    None,
    /// An explicit σ per √s, also for networks trained without noise.
    Sigma(f64),
}
