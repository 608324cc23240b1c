//! A network's weights as the engine uses them, and the two linear layers before and after the
//! recurrent one.

use super::layer::{Layer, add_scaled};
use super::parameters::Parameters;
use crate::numerics::matmul::{Accum, matrix, multiply, transpose};
use crate::numerics::tiny::flush;

/// Recurrent layer and readout, laid out for the forward pass. Allocated once, and refreshed when the
/// parameters change.
#[derive(Debug)]
pub(crate) struct Prepared {
    layer: Box<dyn Layer>,
    /// `[unit, target]`.
    readout: Vec<f32>,
}

/// The weights that every shard reads: unchanged, and laid out for the forward pass.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weights<'a> {
    pub(crate) layer: &'a dyn Layer,
    pub(crate) parameters: &'a Parameters,
    /// Recurrent units, N.
    pub(crate) units: usize,
    /// Components of the input, N_s.
    pub(crate) inputs: usize,
    /// Readout units, N_o.
    pub(crate) targets: usize,
    readout: &'a [f32],
}

impl Prepared {
    /// Lays out the readout, for a layer that has already copied `parameters`.
    pub(crate) fn new(layer: Box<dyn Layer>, parameters: &Parameters) -> Self {
        let weights = &parameters[layer.architecture().readout.weight];
        let mut readout = vec![0.0; weights.len()];
        lay_out(weights, layer.units(), &mut readout);
        Self { layer, readout }
    }

    /// Copies changed parameters, on the current rayon pool.
    pub(crate) fn refresh(&mut self, parameters: &Parameters) {
        let Self { layer, readout } = self;
        let weights = &parameters[layer.architecture().readout.weight];
        let units = layer.units();
        rayon::join(|| layer.refresh(parameters), || lay_out(weights, units, readout));
    }

    /// Combines the layout with the parameters copied last.
    pub(crate) fn with<'a>(&'a self, parameters: &'a Parameters) -> Weights<'a> {
        let (layer, readout) = (self.layer.as_ref(), &self.readout[..]);
        let (units, inputs) = (layer.units(), layer.inputs());
        Weights { layer, parameters, units, inputs, targets: readout.len() / units, readout }
    }
}

impl Weights<'_> {
    /// As [`encode`].
    pub(crate) fn encode(&self, activity: &[f32], states: &mut [f32]) {
        encode(self.layer, self.parameters, activity, self.targets, states);
    }

    /// `activity = D · states (+ b)`: `states: [row, unit]` to `activity: [row, target]`.
    pub(crate) fn read_out(&self, states: &[f32], activity: &mut [f32]) {
        let rows = states.len() / self.units;
        multiply(
            activity,
            Accum::Replace,
            matrix(states, rows, self.units),
            matrix(self.readout, self.units, self.targets),
        );
        if self.layer.has_biases() {
            add_bias(activity, &self.parameters[self.layer.architecture().readout.bias]);
        }
    }
}

/// `states = E · activity (+ b)`: `activity: [trial, target]` to `states: [trial, unit]`.
pub(crate) fn encode(
    layer: &dyn Layer,
    parameters: &Parameters,
    activity: &[f32],
    targets: usize,
    states: &mut [f32],
) {
    let (trials, units) = (activity.len() / targets, layer.units());
    let encoder = layer.architecture().encoder;
    multiply(
        states,
        Accum::Replace,
        matrix(activity, trials, targets),
        matrix(&parameters[encoder.weight], units, targets).transposed(),
    );
    if layer.has_biases() {
        add_bias(states, &parameters[encoder.bias]);
    }
}

fn add_bias(rows: &mut [f32], bias: &[f32]) {
    for row in rows.chunks_exact_mut(bias.len()) {
        add_scaled(row, 1.0, bias);
    }
}

/// The readout's weights `[target, unit]` as `[unit, target]`.
fn lay_out(weights: &[f32], units: usize, readout: &mut [f32]) {
    transpose(weights, weights.len() / units, units, readout);
    flush(readout);
}
