//! The gated recurrent unit: one Euler–Maruyama step and its adjoint.
//!
//! With α = Δt/τ, states h, inputs x (the displacement Δs) and noise ξ already scaled by σ√Δt, `⊙`
//! element by element:
//!
//! ```text
//! z(t) = sigmoid(W_z x(t) + U_z h(t−1) + b_z)              how little is renewed
//! r(t) = sigmoid(W_r x(t) + U_r h(t−1) + b_r)              how much of the old state is seen
//! c(t) = act(W_h x(t) + U_h (r(t) ⊙ h(t−1)) + b_h)         the candidate
//! h(t) = h(t−1) + α (1−z(t)) ⊙ (c(t) − h(t−1)) + ξ(t)
//! ```
//!
//! The adjoint, with g(t) = ∂L/∂h(t), the direct term ℓ(t) that the readout contributes, and δ the
//! derivatives with respect to what the nonlinearities are given:
//!
//! ```text
//! δ_h = g ⊙ α(1−z) ⊙ act′      δ_z = −g ⊙ α(c−h) ⊙ z(1−z)
//! q   = U_hᵀ δ_h               δ_r = q ⊙ h ⊙ r(1−r)
//! g(t−1) = ℓ(t−1) + g ⊙ (1 − α(1−z)) + q ⊙ r + U_zᵀ δ_z + U_rᵀ δ_r
//! ∂L/∂U_z = Σ δ_z hᵀ           ∂L/∂U_r = Σ δ_r hᵀ          ∂L/∂U_h = Σ δ_h (r ⊙ h)ᵀ
//! ∂L/∂W   = Σ δ xᵀ             ∂L/∂b   = Σ δ               for each of the three
//! ```
//!
//! where h, on the right, is h(t−1). Names follow PyTorch and the reference code (`w_` for input,
//! `u_` for recurrent weights); the paper swaps them.
//!
//! These equations are for [`Reset::Before`], with the gate before the product with U_h. With
//! [`Reset::After`], as in PyTorch's `nn.GRU` (which results exactly from α = 1 and tanh), the
//! candidate has two biases, b_w for W_h and b_u for U_h:
//!
//! ```text
//! s(t) = U_h h(t−1) + b_u                                  what is seen through the gate
//! c(t) = act(W_h x(t) + b_w + r(t) ⊙ s(t))
//!
//! δ_s = δ_h ⊙ r                δ_r = δ_h ⊙ s ⊙ r(1−r)
//! g(t−1) = ℓ(t−1) + g ⊙ (1 − α(1−z)) + U_hᵀ δ_s + U_zᵀ δ_z + U_rᵀ δ_r
//! ∂L/∂U_h = Σ δ_s hᵀ           ∂L/∂b_u = Σ δ_s             ∂L/∂b_w = Σ δ_h
//! ```

use super::activation::{Nonlinearity, with_nonlinearity};
use super::architecture::{Architecture, Linear, Module, WeightSet};
use super::layer::{
    AdjointStep, InputSums, InputWeights, Layer, Rows, SLOTS, add_scaled, inhibited,
};
use super::parameters::Parameters;
use crate::experiment::{Activation, NetworkKind, Reset};
use crate::numerics::elementary::sigmoid;
use crate::numerics::matmul::Accum;
use crate::numerics::packed::Packed;
use crate::numerics::tiny::{flush, flushed};
use crate::numerics::vectorized;

/// The description of a GRU.
pub(super) static GRU: Architecture = Architecture {
    name: "a GRU",
    settings: &["network.kind=gru"],
    kind: NetworkKind::Gru,
    reset: Some(Reset::Before),
    encoder: Linear { weight: "encoder.weight", bias: "encoder.bias" },
    sets: &[UPDATE_SET, RESET_SET, CANDIDATE_SET],
    readout: Linear { weight: "decoder.weight", bias: "decoder.bias" },
    // z, r and c, which become δ_z, δ_r and δ_h; r ⊙ h.
    kept: 4,
    module: None,
};
/// The description of a GRU whose reset gate acts after the product.
pub(super) static GRU_RESET_AFTER: Architecture = Architecture {
    settings: &["network.kind=gru", "network.reset=after"],
    reset: Some(Reset::After),
    sets: &[UPDATE_SET, RESET_SET, CANDIDATE_SET_AFTER],
    // δ_s takes the place of δ_h, s that of r ⊙ h.
    module: Some(Module {
        class: "nn.GRU",
        difference: "whose reset gate acts after the product",
        activations: &[Activation::Tanh],
    }),
    ..GRU
};
const UPDATE_SET: WeightSet = WeightSet {
    input: "w_z.weight",
    recurrent: "u_z.weight",
    bias: "u_z.bias",
    product_bias: None,
    block: 1,
};
const RESET_SET: WeightSet = WeightSet {
    input: "w_r.weight",
    recurrent: "u_r.weight",
    bias: "u_r.bias",
    product_bias: None,
    block: 0,
};
const CANDIDATE_SET: WeightSet = WeightSet {
    input: "w_h.weight",
    recurrent: "u_h.weight",
    bias: "u_h.bias",
    product_bias: None,
    block: 2,
};
const CANDIDATE_SET_AFTER: WeightSet =
    WeightSet { bias: "w_h.bias", product_bias: Some("u_h.bias"), ..CANDIDATE_SET };
/// Places among the sets, and among the tape's slots, whose fourth holds r ⊙ h, or s.
const UPDATE: usize = 0;
const RESET: usize = 1;
const CANDIDATE: usize = 2;

/// The recurrent layer, with its weights laid out for the forward pass.
#[derive(Debug, Clone)]
pub(crate) struct Gru {
    units: usize,
    alpha: f32,
    activation: Activation,
    reset: Reset,
    /// U_zᵀ, U_rᵀ, U_hᵀ, for the step.
    recurrent_transposed: [Packed; 3],
    /// U_z, U_r, U_h, for the adjoint.
    recurrent: [Packed; 3],
    input_weights: [InputWeights; 3],
    /// b_u, if there is one.
    product_bias: Option<Vec<f32>>,
}

impl Gru {
    /// Allocates a layer; [`refresh`](Layer::refresh) gives it weights.
    pub(crate) fn new(
        units: usize,
        inputs: usize,
        alpha: f32,
        activation: Activation,
        biases: bool,
        reset: Reset,
    ) -> Self {
        Self {
            units,
            alpha,
            activation,
            reset,
            product_bias: (biases && reset == Reset::After).then(|| vec![0.0; units]),
            recurrent_transposed: std::array::from_fn(|_| Packed::zeros(units, units)),
            recurrent: std::array::from_fn(|_| Packed::zeros(units, units)),
            input_weights: std::array::from_fn(|_| InputWeights::new(units, inputs, biases)),
        }
    }

    /// `drive = source · Uᵀ` for one of the three.
    fn drive(&self, gate: usize, source: &[f32], drive: &mut [f32], scratch: &mut [f32]) {
        self.recurrent_transposed[gate].multiply(drive, Accum::Replace, source, scratch);
    }

    /// From drives to gates, and `passed = r ⊙ source`; all `[trial, unit]`. The source is h(t−1)
    /// or s(t).
    fn open_gates(
        &self,
        input: Option<&[f32]>,
        update: &mut [f32],
        reset: &mut [f32],
        source: &[f32],
        passed: &mut [f32],
    ) {
        let (units, weights) = (self.units, &self.input_weights);
        vectorized(
            #[inline(always)]
            || {
                let rows = source
                    .chunks_exact(units)
                    .zip(update.chunks_exact_mut(units))
                    .zip(reset.chunks_exact_mut(units))
                    .zip(passed.chunks_exact_mut(units));
                for (row, (((source, update), reset), passed)) in rows.enumerate() {
                    weights[UPDATE].add_to(update, input, row);
                    weights[RESET].add_to(reset, input, row);
                    for j in 0..units {
                        update[j] = flushed(sigmoid(update[j]));
                        reset[j] = flushed(sigmoid(reset[j]));
                        passed[j] = flushed(reset[j] * source[j]);
                    }
                }
            },
        );
    }

    /// From drives to candidates, and the step itself.
    fn integrate<A: Nonlinearity>(
        &self,
        previous: &[f32],
        input: Option<&[f32]>,
        next: &mut [f32],
        update: &[f32],
        candidate: &mut [f32],
    ) {
        let (units, alpha, weights) = (self.units, self.alpha, &self.input_weights[CANDIDATE]);
        vectorized(
            #[inline(always)]
            || {
                let rows = previous
                    .chunks_exact(units)
                    .zip(next.chunks_exact_mut(units))
                    .zip(update.chunks_exact(units))
                    .zip(candidate.chunks_exact_mut(units));
                for (row, (((previous, next), update), candidate)) in rows.enumerate() {
                    weights.add_to(candidate, input, row);
                    for j in 0..units {
                        candidate[j] = A::value(candidate[j]);
                        let share = alpha * (1.0 - update[j]);
                        let moved = share.mul_add(candidate[j] - previous[j], previous[j]);
                        next[j] = flushed(next[j] + moved);
                    }
                }
            },
        );
    }

    /// δ_h and δ_z in the places of c and z, and g ⊙ (1 − α(1−z)) in `carry`.
    fn undo_update<A: Nonlinearity>(&self, step: &mut AdjointStep<'_>, sums: &mut [InputSums]) {
        let (units, inputs, alpha) = (self.units, self.inputs(), self.alpha);
        let AdjointStep { previous, input, gradients, tape, carry, .. } = step;
        let [update, _, candidate, _] = tape;
        vectorized(
            #[inline(always)]
            || {
                let rows = gradients
                    .chunks_exact(units)
                    .zip(carry.chunks_exact_mut(units))
                    .zip(previous.chunks_exact(units))
                    .zip(update.chunks_exact_mut(units))
                    .zip(candidate.chunks_exact_mut(units))
                    .zip(input.chunks_exact(inputs));
                for (((((gradient, carry), previous), update), candidate), input) in rows {
                    for j in 0..units {
                        let (g, z, c) = (gradient[j] + carry[j], update[j], candidate[j]);
                        let renewed = alpha * (1.0 - z);
                        candidate[j] = flushed(g * renewed * A::slope(c));
                        let moved = flushed(-g * alpha * (c - previous[j]));
                        update[j] = flushed(moved * z * (1.0 - z));
                        carry[j] = flushed(g * (1.0 - renewed));
                    }
                    sums[UPDATE].add(input, update);
                    sums[CANDIDATE].add(input, candidate);
                }
            },
        );
    }

    /// δ_r in the place of r, and δ_s in that of δ_h.
    fn undo_reset_after(&self, step: &mut AdjointStep<'_>, sums: &mut [InputSums]) {
        let (units, inputs) = (self.units, self.inputs());
        let AdjointStep { input, tape, .. } = step;
        let [_, reset, candidate, seen] = tape;
        vectorized(
            #[inline(always)]
            || {
                let rows = reset
                    .chunks_exact_mut(units)
                    .zip(candidate.chunks_exact_mut(units))
                    .zip(seen.chunks_exact(units))
                    .zip(input.chunks_exact(inputs));
                for (((reset, candidate), seen), input) in rows {
                    for j in 0..units {
                        let (delta, r) = (candidate[j], reset[j]);
                        reset[j] = flushed(flushed(delta * seen[j]) * r * (1.0 - r));
                        candidate[j] = flushed(delta * r);
                    }
                    sums[RESET].add(input, reset);
                    sums[CANDIDATE].add_product(candidate);
                }
            },
        );
    }

    /// δ_r in the place of r, and q ⊙ r added to `carry`; q is in `scratch`.
    fn undo_reset_before(&self, step: &mut AdjointStep<'_>, sums: &mut [InputSums]) {
        let (units, inputs) = (self.units, self.inputs());
        let AdjointStep { previous, input, tape, carry, scratch, .. } = step;
        let [_, reset, ..] = tape;
        vectorized(
            #[inline(always)]
            || {
                let rows = scratch
                    .chunks_exact(units)
                    .zip(carry.chunks_exact_mut(units))
                    .zip(previous.chunks_exact(units))
                    .zip(reset.chunks_exact_mut(units))
                    .zip(input.chunks_exact(inputs));
                for ((((passed, carry), previous), reset), input) in rows {
                    for j in 0..units {
                        let (q, r) = (passed[j], reset[j]);
                        carry[j] = flushed(q.mul_add(r, carry[j]));
                        reset[j] = flushed(flushed(q * previous[j]) * r * (1.0 - r));
                    }
                    sums[RESET].add(input, reset);
                }
            },
        );
    }
}

impl Layer for Gru {
    fn refresh(&mut self, parameters: &Parameters) {
        let sets = self.architecture().sets;
        for (place, set) in sets.iter().enumerate() {
            self.recurrent_transposed[place].pack_transposed(&parameters[set.recurrent]);
            self.recurrent[place].pack(&parameters[set.recurrent]);
            self.input_weights[place].refresh(parameters, set);
        }
        if let (Some(bias), Some(name)) = (&mut self.product_bias, sets[CANDIDATE].product_bias) {
            bias.copy_from_slice(&parameters[name]);
            flush(bias);
        }
    }

    fn architecture(&self) -> &'static Architecture {
        match self.reset {
            Reset::Before => &GRU,
            Reset::After => &GRU_RESET_AFTER,
        }
    }

    fn has_biases(&self) -> bool {
        self.input_weights[UPDATE].has_bias()
    }

    fn inputs(&self) -> usize {
        self.input_weights[UPDATE].inputs()
    }

    fn units(&self) -> usize {
        self.units
    }

    /// The product's scratch; the tape's data, if there is no tape; q in the adjoint.
    fn scratch_per_trial(&self) -> usize {
        5 * self.units
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
        let (scratch, own) = scratch[..5 * previous.len()].split_at_mut(previous.len());
        let [update, reset, candidate, seen] = tape.unwrap_or_else(|| {
            let (gates, candidates) = own.split_at_mut(2 * previous.len());
            let (update, reset) = gates.split_at_mut(previous.len());
            let (candidate, seen) = candidates.split_at_mut(previous.len());
            [update, reset, candidate, seen]
        });
        self.drive(UPDATE, previous, update, scratch);
        self.drive(RESET, previous, reset, scratch);
        match self.reset {
            Reset::Before => {
                self.open_gates(input, update, reset, previous, seen);
                let added = inhibited(candidate, adaptation);
                self.recurrent_transposed[CANDIDATE].multiply(candidate, added, seen, scratch);
            }
            Reset::After => {
                self.drive(CANDIDATE, previous, seen, scratch);
                if let Some(bias) = &self.product_bias {
                    seen.chunks_exact_mut(self.units).for_each(|row| add_scaled(row, 1.0, bias));
                }
                self.open_gates(input, update, reset, seen, candidate);
                if let Some(adaptation) = adaptation {
                    add_scaled(candidate, -1.0, adaptation);
                }
            }
        }
        with_nonlinearity!(
            self.activation,
            A => self.integrate::<A>(previous, input, next, update, candidate)
        );
    }

    fn adjoint(&self, mut step: AdjointStep<'_>, sums: &mut [InputSums]) {
        let width = step.previous.len();
        with_nonlinearity!(self.activation, A => self.undo_update::<A>(&mut step, sums));
        let through_states: &[usize] = match self.reset {
            Reset::Before => {
                let (passed, scratch) = step.scratch[..2 * width].split_at_mut(width);
                let candidate = &step.tape[CANDIDATE];
                self.recurrent[CANDIDATE].multiply(passed, Accum::Replace, candidate, scratch);
                self.undo_reset_before(&mut step, sums);
                &[UPDATE, RESET]
            }
            Reset::After => {
                self.undo_reset_after(&mut step, sums);
                &[UPDATE, RESET, CANDIDATE]
            }
        };
        for &gate in through_states {
            let scratch = &mut step.scratch[..width];
            self.recurrent[gate].multiply(step.carry, Accum::Add, step.tape[gate], scratch);
        }
    }

    fn source<'a>(&self, gate: usize, previous: &'a [f32], tape: &[&'a [f32]; SLOTS]) -> &'a [f32] {
        if gate == CANDIDATE && self.reset == Reset::Before { tape[3] } else { previous }
    }
}
