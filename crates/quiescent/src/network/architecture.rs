//! The description of a kind of network: its tensors with names, shapes and roles, and the data
//! that its adjoint keeps. All code that depends on the kind reads this description.

use super::parameters::Layout;
use crate::experiment::{Activation, NetworkKind, Reset};
use std::sync::Arc;

/// A kind of network. Its equations are in the file that holds its description.
///
/// Every kind encodes the first targets into a state, `r(0) = E f(s(0)) + b`, has one recurrent layer,
/// and reads its state out, `o = D r + b`.
#[derive(Debug, PartialEq)]
#[non_exhaustive]
pub struct Architecture {
    /// Its name in a sentence, such as "an RNN".
    pub name: &'static str,
    /// The settings that select it, as `key=value`.
    pub settings: &'static [&'static str],
    /// Equations of the recurrent layer.
    pub kind: NetworkKind,
    /// Where the reset gate acts, for kinds that have one.
    pub reset: Option<Reset>,
    /// E: weights `[unit, target]`, biases `[unit]`.
    pub encoder: Linear,
    /// The recurrent layer's weights, in the order of the tape's slots.
    pub sets: &'static [WeightSet],
    /// D: weights `[target, unit]`, biases `[target]`.
    pub readout: Linear,
    /// Number of arrays `[step, trial, unit]` that the adjoint needs besides the states.
    pub kept: usize,
    /// The PyTorch module that equals this network with Δt = τ.
    pub module: Option<Module>,
}

/// Names of a linear layer's tensors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Linear {
    /// Its weights.
    pub weight: &'static str,
    /// Its biases, if the network has any.
    pub bias: &'static str,
}

/// Names of one set of input and recurrent weights: an RNN has one, a GRU one for each gate and one for
/// the candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeightSet {
    /// Input weights, `[unit, input]`.
    pub input: &'static str,
    /// Recurrent weights, `[unit, unit]`.
    pub recurrent: &'static str,
    /// Biases of the sum of both products, `[unit]`.
    pub bias: &'static str,
    /// Biases of the recurrent product only, `[unit]`, if it has its own.
    pub product_bias: Option<&'static str>,
    /// Its position among the gates that PyTorch stacks in one matrix.
    pub block: usize,
}

/// A recurrent module of PyTorch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Module {
    /// Its class.
    pub class: &'static str,
    /// How it differs from the paper's networks.
    pub difference: &'static str,
    /// The nonlinearities that it may have. They cannot be inferred from its weights.
    pub activations: &'static [Activation],
}

/// Sizes of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Recurrent units, N.
    pub units: usize,
    /// Components of the input, N_s.
    pub inputs: usize,
    /// Readout units, N_o.
    pub targets: usize,
}

impl Architecture {
    /// Names and shapes of its tensors: the weights and, with `biases`, the biases. Initial
    /// values are drawn in this order.
    pub fn tensors(&self, sizes: Sizes, biases: bool) -> Vec<(&'static str, Vec<usize>)> {
        let Sizes { units, inputs, targets } = sizes;
        let shape = |name: &str| {
            if name == self.encoder.weight {
                vec![units, targets]
            } else if name == self.readout.weight {
                vec![targets, units]
            } else if name == self.readout.bias {
                vec![targets]
            } else if self.sets.iter().any(|set| name == set.input) {
                vec![units, inputs]
            } else if self.sets.iter().any(|set| name == set.recurrent) {
                vec![units, units]
            } else {
                vec![units]
            }
        };
        let names = self.weights().chain(self.biases().filter(|_| biases));
        names.map(|name| (name, shape(name))).collect()
    }

    /// Its tensors, laid out in memory.
    pub fn layout(&self, sizes: Sizes, biases: bool) -> Arc<Layout> {
        Layout::new(self.tensors(sizes, biases))
    }

    /// Number of parameters; [`u64::MAX`] if it overflows.
    pub fn parameter_count(&self, sizes: Sizes, biases: bool) -> u64 {
        let len = |shape: Vec<usize>| shape.iter().fold(1, |n: u64, &m| n.saturating_mul(m as u64));
        let tensors = self.tensors(sizes, biases).into_iter();
        tensors.fold(0, |count, (_, shape)| count.saturating_add(len(shape)))
    }

    /// Names of the weights, in the order of the layout.
    pub fn weights(&self) -> impl Iterator<Item = &'static str> + use<> {
        let sets = self.sets.iter().flat_map(|set| [set.input, set.recurrent]);
        [self.encoder.weight].into_iter().chain(sets).chain([self.readout.weight])
    }

    /// Names of the biases, in the order of the layout, after the weights.
    pub fn biases(&self) -> impl Iterator<Item = &'static str> + use<> {
        let recurrent = self.sets.iter().map(|set| set.product_bias.unwrap_or(set.bias));
        // These come last, so that the initial values of the others do not depend on them.
        let inputs = self.sets.iter().filter(|set| set.product_bias.is_some()).map(|set| set.bias);
        [self.encoder.bias].into_iter().chain(recurrent).chain([self.readout.bias]).chain(inputs)
    }

    /// The set of weights of the layer's activity; the sets before it belong to gates.
    pub fn main_set(&self) -> &'static WeightSet {
        &self.sets[self.sets.len() - 1]
    }
}
