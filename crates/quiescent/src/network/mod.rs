//! Recurrent networks: parameters, one file per kind with its step and its adjoint, and rollouts.

mod parameters;
pub(crate) mod rnn;

pub use parameters::{Layout, Parameters, Tensor};
