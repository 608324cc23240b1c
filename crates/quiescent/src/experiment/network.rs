//! The recurrent network.

use serde::{Deserialize, Serialize};

/// The recurrent network and its noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkSpec {
    /// Equations of the recurrent layer.
    pub kind: NetworkKind,
    /// Recurrent units.
    pub units: usize,
    /// Time constant τ of a unit, in seconds.
    pub tau_s: f64,
    /// Pointwise nonlinearity.
    pub activation: Activation,
    /// Whether encoder, recurrent layer and readout have additive biases (the paper's have none).
    pub biases: bool,
    /// Noise added to every unit at every step.
    pub noise: NoiseSpec,
}

/// Equations of the recurrent layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworkKind {
    /// `Δr = (Δt/τ)(−r + act(W_rec r + W_in Δs)) + noise`.
    Rnn,
}

/// Pointwise nonlinearity of the recurrent layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// `max(u, 0)`.
    Relu,
    /// Hyperbolic tangent.
    Tanh,
    /// Logistic function.
    Sigmoid,
    /// `u` itself.
    Identity,
}

/// Noise of the recurrent units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoiseSpec {
    /// Amplitude σ per √s: one step of Δt seconds adds `σ √Δt · draw` to every unit.
    pub sigma: f64,
    /// Law of the draw.
    pub distribution: NoiseDistribution,
}

/// Law of one noise draw, before scaling by `σ √Δt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoiseDistribution {
    /// Standard normal: the paper's stated law.
    Gaussian,
    /// Uniform on [0, 1): what the reference code draws. Mean ½ and standard deviation 0.289.
    Uniform01,
}

impl NoiseDistribution {
    /// Standard deviation of one draw: 1, or 1/√12.
    pub fn sd(self) -> f64 {
        match self {
            Self::Gaussian => 1.0,
            Self::Uniform01 => (1.0_f64 / 12.0).sqrt(),
        }
    }

    /// Mean of one draw: 0, or ½.
    pub fn mean(self) -> f64 {
        match self {
            Self::Gaussian => 0.0,
            Self::Uniform01 => 0.5,
        }
    }
}
