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

use super::parameters::{Layout, Parameters};
use crate::experiment::Activation;
use crate::numerics::elementary::{sigmoid, tanh};
use crate::numerics::matmul::{Into, matrix, multiply, transpose};
use crate::numerics::vectorized;
use std::sync::Arc;

/// Places of the tensors in the layout.
pub(crate) mod index {
    pub(crate) const ENCODER: usize = 0;
    pub(crate) const W_IN: usize = 1;
    pub(crate) const W_REC: usize = 2;
    pub(crate) const W_OUT: usize = 3;
    pub(crate) const ENCODER_BIAS: usize = 4;
    pub(crate) const W_REC_BIAS: usize = 5;
    pub(crate) const W_OUT_BIAS: usize = 6;
}

/// The parameters of an RNN: `units` N, `inputs` N_s, `targets` N_o.
pub(crate) fn layout(units: usize, inputs: usize, targets: usize, biases: bool) -> Arc<Layout> {
    let weights = [
        ("encoder.weight", vec![units, targets]),
        ("w_in.weight", vec![units, inputs]),
        ("w_rec.weight", vec![units, units]),
        ("w_out.weight", vec![targets, units]),
    ];
    let added =
        [("encoder.bias", vec![units]), ("w_rec.bias", vec![units]), ("w_out.bias", vec![targets])];
    Layout::new(weights.into_iter().chain(added.into_iter().take(if biases { 3 } else { 0 })))
}

/// The recurrent layer, its weights laid out for the forward pass.
#[derive(Debug, Clone)]
pub(crate) struct Rnn {
    units: usize,
    inputs: usize,
    alpha: f32,
    activation: Activation,
    w_rec_transposed: Vec<f32>,
    w_in_transposed: Vec<f32>,
    bias: Option<Vec<f32>>,
}

impl Rnn {
    /// Allocates a layer; [`refresh`](Self::refresh) gives it weights.
    pub(crate) fn new(
        units: usize,
        inputs: usize,
        alpha: f32,
        activation: Activation,
        biases: bool,
    ) -> Self {
        Self {
            units,
            inputs,
            alpha,
            activation,
            w_rec_transposed: vec![0.0; units * units],
            w_in_transposed: vec![0.0; inputs * units],
            bias: biases.then(|| vec![0.0; units]),
        }
    }

    /// Takes over the current weights.
    pub(crate) fn refresh(&mut self, parameters: &Parameters) {
        let (units, inputs) = (self.units, self.inputs);
        transpose(parameters.tensor(index::W_REC), units, units, &mut self.w_rec_transposed);
        transpose(parameters.tensor(index::W_IN), units, inputs, &mut self.w_in_transposed);
        if let Some(bias) = &mut self.bias {
            bias.copy_from_slice(parameters.tensor(index::W_REC_BIAS));
        }
    }

    /// One step of `trials` trials.
    ///
    /// `previous: [trial, unit]`; `input: [trial, input]`, or none for zero input; `next: [trial,
    /// unit]` holds the scaled noise on entry and r(t) on return; `slopes: [trial, unit]` receives
    /// α·act′(u) for the adjoint; `drive: [trial, unit]` is scratch.
    pub(crate) fn step(
        &self,
        previous: &[f32],
        input: Option<&[f32]>,
        next: &mut [f32],
        slopes: Option<&mut [f32]>,
        drive: &mut [f32],
    ) {
        let units = self.units;
        let trials = previous.len() / units;
        multiply(
            drive,
            Into::Replace,
            matrix(previous, trials, units),
            matrix(&self.w_rec_transposed, units, units),
        );
        match self.activation {
            Activation::Relu => {
                self.integrate(previous, input, next, slopes, drive, relu, relu_slope);
            }
            Activation::Tanh => {
                self.integrate(previous, input, next, slopes, drive, tanh, |_, a| 1.0 - a * a);
            }
            Activation::Sigmoid => {
                self.integrate(previous, input, next, slopes, drive, sigmoid, |_, a| a * (1.0 - a));
            }
            Activation::Identity => {
                self.integrate(previous, input, next, slopes, drive, |u| u, |_, _| 1.0);
            }
        }
    }

    /// The element-wise part of a step in one pass; `slope` is given u and act(u).
    #[allow(clippy::too_many_arguments, reason = "the two closures select one compiled kernel")]
    fn integrate(
        &self,
        previous: &[f32],
        input: Option<&[f32]>,
        next: &mut [f32],
        slopes: Option<&mut [f32]>,
        drive: &mut [f32],
        act: impl Fn(f32) -> f32 + Copy,
        slope: impl Fn(f32, f32) -> f32 + Copy,
    ) {
        let (units, inputs, alpha) = (self.units, self.inputs, self.alpha);
        let (w_in, bias) = (&self.w_in_transposed[..], self.bias.as_deref());
        vectorized(
            #[inline(always)]
            || {
                let mut slopes = slopes;
                let rows = previous
                    .chunks_exact(units)
                    .zip(next.chunks_exact_mut(units))
                    .zip(drive.chunks_exact_mut(units));
                for (row, ((previous, next), drive)) in rows.enumerate() {
                    if let Some(input) = input {
                        let input = &input[row * inputs..(row + 1) * inputs];
                        for (x, w) in input.iter().zip(w_in.chunks_exact(units)) {
                            add_scaled(drive, *x, w);
                        }
                    }
                    if let Some(bias) = bias {
                        add_scaled(drive, 1.0, bias);
                    }
                    if let Some(slopes) = slopes.as_deref_mut() {
                        let slopes = &mut slopes[row * units..(row + 1) * units];
                        for j in 0..units {
                            let a = act(drive[j]);
                            slopes[j] = alpha * slope(drive[j], a);
                            next[j] += alpha.mul_add(a, (1.0 - alpha) * previous[j]);
                        }
                    } else {
                        for j in 0..units {
                            let a = act(drive[j]);
                            next[j] += alpha.mul_add(a, (1.0 - alpha) * previous[j]);
                        }
                    }
                }
            },
        );
    }

    /// Whether encoder, recurrent layer and readout have biases.
    pub(crate) fn has_biases(&self) -> bool {
        self.bias.is_some()
    }

    /// The adjoint of one step of `trials` trials.
    ///
    /// On entry `gradients: [trial, unit]` holds ℓ(t), `carry: [trial, unit]` what step t+1 passed
    /// down (zero at the last step) and `slopes` α·act′(u(t)). On return they hold g(t),
    /// `(1−α) g(t) + W_recᵀ δ(t)` and δ(t). Adds this step's part to `sums`.
    pub(crate) fn adjoint(
        &self,
        parameters: &Parameters,
        gradients: &mut [f32],
        input: &[f32],
        slopes: &mut [f32],
        carry: &mut [f32],
        sums: &mut InputGradient,
    ) {
        let (units, inputs, keep) = (self.units, self.inputs, 1.0 - self.alpha);
        let trials = gradients.len() / units;
        vectorized(
            #[inline(always)]
            || {
                for row in 0..trials {
                    let gradient = &mut gradients[row * units..(row + 1) * units];
                    let delta = &mut slopes[row * units..(row + 1) * units];
                    let carry = &mut carry[row * units..(row + 1) * units];
                    for j in 0..units {
                        gradient[j] += carry[j];
                        delta[j] *= gradient[j];
                        carry[j] = keep * gradient[j];
                    }
                    let input = &input[row * inputs..(row + 1) * inputs];
                    for (x, sum) in input.iter().zip(sums.w_in.chunks_exact_mut(units)) {
                        add_scaled(sum, *x, delta);
                    }
                    if let Some(sum) = &mut sums.bias {
                        add_scaled(sum, 1.0, delta);
                    }
                }
            },
        );
        multiply(
            carry,
            Into::Add,
            matrix(slopes, trials, units),
            matrix(parameters.tensor(index::W_REC), units, units),
        );
    }
}

/// Sums over steps of the gradients of input weights and bias.
#[derive(Debug, Clone)]
pub(crate) struct InputGradient {
    /// `[input, unit]`: transposed, so that a step adds whole rows.
    pub(crate) w_in: Vec<f32>,
    /// `[unit]`.
    pub(crate) bias: Option<Vec<f32>>,
}

impl InputGradient {
    pub(crate) fn new(rnn: &Rnn) -> Self {
        Self {
            w_in: vec![0.0; rnn.inputs * rnn.units],
            bias: rnn.bias.as_ref().map(|bias| vec![0.0; bias.len()]),
        }
    }

    pub(crate) fn clear(&mut self) {
        self.w_in.fill(0.0);
        if let Some(bias) = &mut self.bias {
            bias.fill(0.0);
        }
    }
}

/// ReLU, written so that NaN stays NaN: a diverged network must show.
#[inline(always)]
fn relu(u: f32) -> f32 {
    if u < 0.0 { 0.0 } else { u }
}

/// The derivative of ReLU, 0 at 0 (PyTorch's choice).
#[inline(always)]
fn relu_slope(u: f32, _: f32) -> f32 {
    if u > 0.0 { 1.0 } else { 0.0 }
}

/// `sum += factor · values`.
#[inline(always)]
pub(crate) fn add_scaled(sum: &mut [f32], factor: f32, values: &[f32]) {
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum = factor.mul_add(*value, *sum);
    }
}
