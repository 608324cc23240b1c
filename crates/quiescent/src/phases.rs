//! Active and quiescent rollouts: what input, what noise, from which start.

use ndarray::Array3;

/// A simulated phase.
#[derive(Debug, Clone, PartialEq)]
pub struct Phase {
    /// Decoded stimulus after every step, `[trial, step, dim]`, in m or rad.
    pub decoded: Array3<f32>,
    /// True stimulus after every step, `[trial, step, dim]`; none in quiescence.
    pub truth: Option<Array3<f32>>,
    /// Hidden activity after every `state_stride`-th step, `[trial, kept step, unit]`, if asked
    /// for: step `stride`, `2·stride`, … (counting steps from 1).
    pub states: Option<Array3<f32>>,
    /// Steps between two kept states.
    pub state_stride: usize,
}
