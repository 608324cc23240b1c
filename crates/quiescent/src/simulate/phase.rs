//! A simulated phase, and which of its hidden states are kept.

use ndarray::{Array2, Array3};

/// A simulated phase.
#[derive(Debug, Clone, PartialEq)]
pub struct Phase {
    /// Decoded stimulus after every step, `[trial, step, dim]`, in m or rad.
    pub decoded: Array3<f32>,
    /// True stimulus after every step, `[trial, step, dim]`; none without the task's motion.
    pub truth: Option<Array3<f32>>,
    /// Hidden activity after every `state_stride`-th step, `[trial, kept step, unit]`, if
    /// requested: after steps `stride`, `2·stride`, … (counting from 1).
    pub states: Option<Array3<f32>>,
    /// Steps between two kept states.
    pub state_stride: usize,
    /// Hidden activity after the last step, `[trial, unit]`.
    pub end: Array2<f32>,
    /// Inhibition of the units after the last step, `[trial, unit]`; none without adaptation.
    pub adaptation: Option<Array2<f32>>,
    /// Velocity of the units after the last step, `[trial, unit]`; none without momentum.
    pub velocity: Option<Array2<f32>>,
}

/// The hidden states that a phase keeps. Decoded values are always kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// No hidden states, so memory does not grow with the number of units.
    Decoded,
    /// Every `stride`-th state.
    States {
        /// Steps between two kept states, at least 1.
        stride: usize,
    },
}
