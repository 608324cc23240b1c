//! Initial weights: uniform on ±1/√fan_in, as PyTorch's linear layers draw them.

use super::parameters::Parameters;
use crate::random::{Generator, Stream};

/// Draws every tensor from stream `init`, one sub-stream per tensor in layout order.
///
/// A layer's bias shares the bound of its weights.
pub(crate) fn fill(parameters: &mut Parameters, seed: u64) {
    let layout = parameters.layout().clone();
    for (index, tensor) in layout.tensors().iter().enumerate() {
        let layer = tensor.name.trim_end_matches(".weight").trim_end_matches(".bias");
        let fan_in = layout
            .find(&format!("{layer}.weight"))
            .and_then(|weight| weight.shape.last())
            .map_or(1, |fan_in| *fan_in);
        let bound = 1.0 / libm::sqrt(fan_in as f64);
        let mut generator = Generator::new(seed, Stream::Init { tensor: index as u64 }, 0);
        for value in &mut parameters[tensor.name.as_str()] {
            *value = (bound * (2.0 * generator.uniform() - 1.0)) as f32;
        }
    }
}
