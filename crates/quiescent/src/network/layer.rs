//! The engine's interface to every kind of recurrent layer: a step, its adjoint, and the data
//! that the adjoint keeps of a step.

use super::architecture::{Architecture, WeightSet};
use super::parameters::Parameters;
use crate::numerics::matmul::{Accum, transpose};
use crate::numerics::tiny::flush;
use std::fmt::Debug;
use std::ops::Range;

/// Most arrays `[step, trial, unit]` that an adjoint needs besides the states.
pub(crate) const SLOTS: usize = 4;

/// A kind of recurrent layer, with its weights laid out for the forward pass.
pub(crate) trait Layer: Debug + Send + Sync {
    /// Copies the current weights.
    fn refresh(&mut self, parameters: &Parameters);

    /// Its description.
    fn architecture(&self) -> &'static Architecture;

    /// Whether encoder, recurrent layer and readout have biases.
    fn has_biases(&self) -> bool;

    /// Components of the input, N_s.
    fn inputs(&self) -> usize;

    /// Units, N.
    fn units(&self) -> usize;

    /// Number of scratch values per trial for a step or its adjoint.
    fn scratch_per_trial(&self) -> usize;

    /// One step of `trials` trials.
    ///
    /// `previous: [trial, unit]`; `input: [trial, input]`, or none for zero input; `next: [trial,
    /// unit]` holds the scaled noise on entry and r(t) on return; `adaptation: [trial, unit]`, or none, is
    /// subtracted from what the nonlinearity is given; the tape's rows receive what the adjoint needs of
    /// this step.
    fn step(
        &self,
        previous: &[f32],
        input: Option<&[f32]>,
        adaptation: Option<&[f32]>,
        next: &mut [f32],
        tape: Option<Rows<'_>>,
        scratch: &mut [f32],
    );

    /// The adjoint of one step of `trials` trials. Adds this step's part to `sums`.
    fn adjoint(&self, step: AdjointStep<'_>, sums: &mut [InputSums]);

    /// The factor of a gate's recurrent weights: the states before the steps, unless the gate has
    /// its own source on the tape. Both are `[row, unit]`.
    fn source<'a>(&self, gate: usize, previous: &'a [f32], tape: &[&'a [f32]; SLOTS]) -> &'a [f32];
}

/// One step's rows of the tape, `[trial, unit]` each; slots not in use are empty.
pub(crate) type Rows<'a> = [&'a mut [f32]; SLOTS];

/// The arguments of a step's adjoint, all `[trial, unit]` except the input.
pub(crate) struct AdjointStep<'a> {
    /// r(t−1).
    pub(crate) previous: &'a [f32],
    /// x(t), `[trial, input]`.
    pub(crate) input: &'a [f32],
    /// ℓ(t), the contribution of the readout.
    pub(crate) gradients: &'a [f32],
    /// The step's tape; on return, slot k holds ∂L/∂(drive of gate k).
    pub(crate) tape: Rows<'a>,
    /// The carry from step t+1 (zero at the last step); on return, the carry to step t−1, without
    /// ℓ(t−1).
    pub(crate) carry: &'a mut [f32],
    /// Scratch of the size given by [`Layer::scratch_per_trial`].
    pub(crate) scratch: &'a mut [f32],
}

/// The adjoint's data of every step, `[step, trial, unit]` in each slot.
#[derive(Debug)]
pub(crate) struct Tape {
    slots: [Vec<f32>; SLOTS],
}

impl Tape {
    /// Allocates `len` values in each slot that the layer uses.
    pub(crate) fn new(layer: &dyn Layer, len: usize) -> Self {
        let used = layer.architecture().kept;
        Self { slots: std::array::from_fn(|slot| vec![0.0; if slot < used { len } else { 0 }]) }
    }

    /// A range of every slot in use.
    pub(crate) fn rows(&self, range: Range<usize>) -> [&[f32]; SLOTS] {
        self.slots.each_ref().map(|slot| slot.get(range.clone()).unwrap_or_default())
    }

    /// A range of every slot in use, mutably.
    pub(crate) fn rows_mut(&mut self, range: Range<usize>) -> Rows<'_> {
        self.slots.each_mut().map(|slot| slot.get_mut(range.clone()).unwrap_or_default())
    }
}

/// Sums over steps of the gradients of one gate's input weights and biases.
#[derive(Debug, Clone)]
pub(crate) struct InputSums {
    units: usize,
    /// `[input, unit]`: transposed, so that a step adds whole rows.
    w_in: Vec<f32>,
    /// `[unit]`, as the next.
    bias: Option<Vec<f32>>,
    product_bias: Option<Vec<f32>>,
}

impl InputSums {
    /// Zero sums for every gate of a layer.
    pub(crate) fn of(layer: &dyn Layer) -> Vec<Self> {
        let (units, biases) = (layer.units(), layer.has_biases());
        let sums = |set: &WeightSet| Self {
            units,
            w_in: vec![0.0; layer.inputs() * units],
            bias: biases.then(|| vec![0.0; units]),
            product_bias: set.product_bias.filter(|_| biases).map(|_| vec![0.0; units]),
        };
        layer.architecture().sets.iter().map(sums).collect()
    }

    /// Resets the sums to zero.
    pub(crate) fn clear(&mut self) {
        self.w_in.fill(0.0);
        for bias in [&mut self.bias, &mut self.product_bias].into_iter().flatten() {
            bias.fill(0.0);
        }
    }

    /// Adds one row: `delta ⊗ input`, and `delta`.
    #[inline(always)]
    pub(crate) fn add(&mut self, input: &[f32], delta: &[f32]) {
        for (x, sum) in input.iter().zip(self.w_in.chunks_exact_mut(self.units)) {
            add_scaled(sum, *x, delta);
        }
        if let Some(sum) = &mut self.bias {
            add_scaled(sum, 1.0, delta);
        }
    }

    /// Adds one row of ∂L/∂(product with the recurrent weights), for that product's own bias.
    #[inline(always)]
    pub(crate) fn add_product(&mut self, delta: &[f32]) {
        if let Some(sum) = &mut self.product_bias {
            add_scaled(sum, 1.0, delta);
        }
    }

    /// Adds the sums to their places in a gradient.
    pub(crate) fn add_to(&self, set: &WeightSet, gradient: &mut Parameters) {
        let inputs = self.w_in.len() / self.units;
        for (input, sums) in self.w_in.chunks_exact(self.units).enumerate() {
            let column = gradient[set.input].iter_mut().skip(input).step_by(inputs);
            column.zip(sums).for_each(|(to, sum)| *to += sum);
        }
        if let Some(bias) = &self.bias {
            add_scaled(&mut gradient[set.bias], 1.0, bias);
        }
        if let (Some(bias), Some(name)) = (&self.product_bias, set.product_bias) {
            add_scaled(&mut gradient[name], 1.0, bias);
        }
    }
}

/// Input weights (transposed) and bias of one gate, as the element-wise pass adds them.
#[derive(Debug, Clone)]
pub(crate) struct InputWeights {
    units: usize,
    /// `[input, unit]`.
    w_in: Vec<f32>,
    bias: Option<Vec<f32>>,
}

impl InputWeights {
    /// Allocates; [`refresh`](Self::refresh) gives them values.
    pub(crate) fn new(units: usize, inputs: usize, biases: bool) -> Self {
        Self { units, w_in: vec![0.0; inputs * units], bias: biases.then(|| vec![0.0; units]) }
    }

    /// Copies the current weights.
    pub(crate) fn refresh(&mut self, parameters: &Parameters, set: &WeightSet) {
        let inputs = self.w_in.len() / self.units;
        transpose(&parameters[set.input], self.units, inputs, &mut self.w_in);
        flush(&mut self.w_in);
        if let Some(bias) = &mut self.bias {
            bias.copy_from_slice(&parameters[set.bias]);
            flush(bias);
        }
    }

    /// Components of the input.
    pub(crate) fn inputs(&self) -> usize {
        self.w_in.len() / self.units
    }

    /// Whether there is a bias.
    pub(crate) fn has_bias(&self) -> bool {
        self.bias.is_some()
    }

    /// `drive += W_in x + b` for one trial; `input` is the step's, `[trial, input]`.
    #[inline(always)]
    pub(crate) fn add_to(&self, drive: &mut [f32], input: Option<&[f32]>, trial: usize) {
        if let Some(input) = input {
            let inputs = self.inputs();
            let input = &input[trial * inputs..(trial + 1) * inputs];
            for (x, w) in input.iter().zip(self.w_in.chunks_exact(self.units)) {
                add_scaled(drive, *x, w);
            }
        }
        if let Some(bias) = &self.bias {
            add_scaled(drive, 1.0, bias);
        }
    }
}

/// Begins a drive with `−adaptation`, to which its product is then added; without adaptation, the product
/// replaces whatever it holds.
pub(crate) fn inhibited(drive: &mut [f32], adaptation: Option<&[f32]>) -> Accum {
    let Some(adaptation) = adaptation else { return Accum::Replace };
    drive.iter_mut().zip(adaptation).for_each(|(drive, value)| *drive = -value);
    Accum::Add
}

/// `sum += factor · values`.
#[inline(always)]
pub(crate) fn add_scaled(sum: &mut [f32], factor: f32, values: &[f32]) {
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum = factor.mul_add(*value, *sum);
    }
}
