//! The list of all kinds of networks.

use super::architecture::{Architecture, Sizes};
use super::gru::{self, Gru};
use super::layer::Layer;
use super::rnn::{self, Rnn};
use crate::experiment::{NetworkKind, NetworkSpec, Reset};

/// Descriptions of all kinds.
pub const ARCHITECTURES: [&Architecture; 3] = [&rnn::RNN, &gru::GRU, &gru::GRU_RESET_AFTER];

impl NetworkSpec {
    /// The description of a network with this specification.
    pub fn architecture(&self) -> &'static Architecture {
        match (self.kind, self.reset.unwrap_or_default()) {
            (NetworkKind::Rnn, _) => &rnn::RNN,
            (NetworkKind::Gru, Reset::Before) => &gru::GRU,
            (NetworkKind::Gru, Reset::After) => &gru::GRU_RESET_AFTER,
        }
    }

    /// Its recurrent layer, without weights yet; `alpha` is Δt/τ.
    pub(crate) fn layer(&self, sizes: Sizes, alpha: f32) -> Box<dyn Layer> {
        let (units, inputs) = (sizes.units, sizes.inputs);
        let (activation, biases) = (self.activation, self.biases);
        match self.kind {
            NetworkKind::Rnn => Box::new(Rnn::new(units, inputs, alpha, activation, biases)),
            NetworkKind::Gru => {
                let reset = self.reset.unwrap_or_default();
                Box::new(Gru::new(units, inputs, alpha, activation, biases, reset))
            }
        }
    }
}
