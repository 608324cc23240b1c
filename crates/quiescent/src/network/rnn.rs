//! The vanilla RNN: one Euler–Maruyama step and its adjoint.
//!
//! With α = Δt/τ, states r, inputs x (the displacement Δs) and noise ξ already scaled by σ√Δt:
//!
//! ```text
//! u(t) = W_rec r(t−1) + W_in x(t) + b
//! r(t) = (1−α) r(t−1) + α act(u(t)) + ξ(t)
//! ```
//!
//! The adjoint, with g(t) = ∂L/∂r(t) and the direct term ℓ(t) that the readout contributes:
//!
//! ```text
//! δ(t) = g(t) ⊙ α act′(u(t))
//! g(t−1) = ℓ(t−1) + (1−α) g(t) + W_recᵀ δ(t)
//! ∂L/∂W_rec = Σ δ(t) r(t−1)ᵀ    ∂L/∂W_in = Σ δ(t) x(t)ᵀ    ∂L/∂b = Σ δ(t)
//! ```

use super::activation::{Nonlinearity, with_nonlinearity};
use super::architecture::{Architecture, Linear, Module, WeightSet};
use super::layer::{AdjointStep, InputSums, InputWeights, Layer, Rows, SLOTS, inhibited};
use super::parameters::Parameters;
use crate::experiment::{Activation, NetworkKind};
use crate::numerics::matmul::Accum;
use crate::numerics::packed::Packed;
use crate::numerics::tiny::flushed;
use crate::numerics::vectorized;

/// The description of an RNN.
pub(super) static RNN: Architecture = Architecture {
    name: "an RNN",
    settings: &["network.kind=rnn"],
    kind: NetworkKind::Rnn,
    reset: None,
    encoder: Linear { weight: "encoder.weight", bias: "encoder.bias" },
    sets: &[WEIGHTS],
    readout: Linear { weight: "w_out.weight", bias: "w_out.bias" },
    // α·act′(u), which becomes δ.
    kept: 1,
    module: Some(Module {
        class: "nn.RNN",
        difference: "which has no leak",
        activations: &[Activation::Tanh, Activation::Relu],
    }),
};
const WEIGHTS: WeightSet = WeightSet {
    input: "w_in.weight",
    recurrent: "w_rec.weight",
    bias: "w_rec.bias",
    product_bias: None,
    block: 0,
};

/// The recurrent layer, with its weights laid out for the forward pass.
#[derive(Debug, Clone)]
pub(crate) struct Rnn {
    units: usize,
    alpha: f32,
    activation: Activation,
    /// W_recᵀ, for the step.
    w_rec_transposed: Packed,
    /// W_rec, for the adjoint.
    w_rec: Packed,
    input_weights: InputWeights,
}

impl Rnn {
    /// Allocates a layer; [`refresh`](Layer::refresh) gives it weights.
    pub(crate) fn new(
        units: usize,
        inputs: usize,
        alpha: f32,
        activation: Activation,
        biases: bool,
    ) -> Self {
        Self {
            units,
            alpha,
            activation,
            w_rec_transposed: Packed::zeros(units, units),
            w_rec: Packed::zeros(units, units),
            input_weights: InputWeights::new(units, inputs, biases),
        }
    }

    /// The element-wise part of a step in one pass.
    fn integrate<A: Nonlinearity>(
        &self,
        previous: &[f32],
        input: Option<&[f32]>,
        next: &mut [f32],
        slopes: Option<&mut [f32]>,
        drive: &mut [f32],
    ) {
        let (units, alpha, input_weights) = (self.units, self.alpha, &self.input_weights);
        vectorized(
            #[inline(always)]
            || {
                let mut slopes = slopes;
                let rows = previous
                    .chunks_exact(units)
                    .zip(next.chunks_exact_mut(units))
                    .zip(drive.chunks_exact_mut(units));
                for (row, ((previous, next), drive)) in rows.enumerate() {
                    input_weights.add_to(drive, input, row);
                    if let Some(slopes) = slopes.as_deref_mut() {
                        let slopes = &mut slopes[row * units..(row + 1) * units];
                        for j in 0..units {
                            let a = A::value(drive[j]);
                            slopes[j] = alpha * A::slope(a);
                            let moved = alpha.mul_add(a, (1.0 - alpha) * previous[j]);
                            next[j] = flushed(next[j] + moved);
                        }
                    } else {
                        for j in 0..units {
                            let a = A::value(drive[j]);
                            let moved = alpha.mul_add(a, (1.0 - alpha) * previous[j]);
                            next[j] = flushed(next[j] + moved);
                        }
                    }
                }
            },
        );
    }
}

impl Layer for Rnn {
    fn refresh(&mut self, parameters: &Parameters) {
        self.w_rec_transposed.pack_transposed(&parameters[WEIGHTS.recurrent]);
        self.w_rec.pack(&parameters[WEIGHTS.recurrent]);
        self.input_weights.refresh(parameters, &WEIGHTS);
    }

    fn architecture(&self) -> &'static Architecture {
        &RNN
    }

    fn has_biases(&self) -> bool {
        self.input_weights.has_bias()
    }

    fn inputs(&self) -> usize {
        self.input_weights.inputs()
    }

    fn units(&self) -> usize {
        self.units
    }

    /// The product's scratch; u, in the forward step.
    fn scratch_per_trial(&self) -> usize {
        2 * self.units
    }

    fn step(
        &self,
        previous: &[f32],
        input: Option<&[f32]>,
        adaptation: Option<&[f32]>,
        next: &mut [f32],
        tape: Option<Rows<'_>>,
        scratch: &mut [f32],
    ) {
        let (scratch, drive) = scratch[..2 * previous.len()].split_at_mut(previous.len());
        let slopes = tape.map(|[slopes, ..]| slopes);
        let added = inhibited(drive, adaptation);
        self.w_rec_transposed.multiply(drive, added, previous, scratch);
        with_nonlinearity!(
            self.activation,
            A => self.integrate::<A>(previous, input, next, slopes, drive)
        );
    }

    fn adjoint(&self, step: AdjointStep<'_>, sums: &mut [InputSums]) {
        let AdjointStep { input, gradients, tape: [slopes, ..], carry, scratch, .. } = step;
        let (units, inputs, keep) = (self.units, self.inputs(), 1.0 - self.alpha);
        let trials = gradients.len() / units;
        let sums = &mut sums[0];
        vectorized(
            #[inline(always)]
            || {
                for row in 0..trials {
                    let gradient = &gradients[row * units..(row + 1) * units];
                    let delta = &mut slopes[row * units..(row + 1) * units];
                    let carry = &mut carry[row * units..(row + 1) * units];
                    for j in 0..units {
                        let g = gradient[j] + carry[j];
                        delta[j] = flushed(delta[j] * g);
                        carry[j] = flushed(keep * g);
                    }
                    sums.add(&input[row * inputs..(row + 1) * inputs], delta);
                }
            },
        );
        self.w_rec.multiply(carry, Accum::Add, slopes, &mut scratch[..slopes.len()]);
    }

    fn source<'a>(&self, _: usize, previous: &'a [f32], _: &[&'a [f32]; SLOTS]) -> &'a [f32] {
        previous
    }
}
