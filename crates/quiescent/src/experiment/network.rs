//! The recurrent network.

use serde::{Deserialize, Serialize};

/// The recurrent network and its noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkSpec {
    /// Equations of the recurrent layer.
    pub kind: NetworkKind,
    /// Where a GRU's reset gate acts. Other kinds have none, and GRUs always have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset: Option<Reset>,
    /// Recurrent units.
    pub units: usize,
    /// Time constant τ of a unit, in seconds.
    pub tau_s: f64,
    /// Pointwise nonlinearity (of a GRU: of its candidate state; gates are always sigmoid).
    pub activation: Activation,
    /// Whether encoder, recurrent layer and readout have additive biases (the paper's have none).
    pub biases: bool,
    /// Hidden noise: added to every unit at every step.
    pub noise: NoiseSpec,
    /// Input noise: added to every component of the input Δs (m or rad) at every step.
    pub input_noise: NoiseSpec,
    /// Output noise: added to every readout unit at every step, before loss and decoding.
    pub output_noise: NoiseSpec,
}

/// Equations of the recurrent layer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworkKind {
    /// `Δr = (Δt/τ)(−r + act(W_rec r + W_in Δs)) + noise`.
    #[default]
    Rnn,
    /// `Δr = (Δt/τ)(1 − z)(act(W_h Δs + U_h (g r)) − r) + noise` with the gates
    /// `z = sigmoid(W_z Δs + U_z r)` and `g = sigmoid(W_r Δs + U_r r)`; where the reset gate g acts
    /// is [`Reset`]'s to say.
    Gru,
}

/// Where the reset gate g of a GRU acts on what the candidate state sees of the state r.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reset {
    /// Before the product, `act(W_h Δs + U_h (g r) + b_h)`: the paper's networks.
    #[default]
    Before,
    /// After it, `act(W_h Δs + b_w + g (U_h r + b_u))`: PyTorch's `nn.GRU`, which a network with
    /// `Δt = τ` and tanh is.
    After,
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

/// Noise of one place in the network: hidden units, inputs or outputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoiseSpec {
    /// Amplitude σ per √s: one step of Δt seconds adds `σ √Δt · draw` to every value.
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

impl NoiseSpec {
    /// No noise.
    pub const NONE: Self = Self { sigma: 0.0, distribution: NoiseDistribution::Gaussian };
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
