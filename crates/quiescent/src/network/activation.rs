//! The pointwise nonlinearities, each with its derivative from its value.

use crate::numerics::elementary;
use crate::numerics::tiny::{flushed, squarable};

/// act(u), and act′(u) from a = act(u). Kernels are compiled for each.
pub(super) trait Nonlinearity {
    fn value(u: f32) -> f32;
    fn slope(a: f32) -> f32;
}

pub(super) struct Relu;
pub(super) struct Tanh;
pub(super) struct Sigmoid;
pub(super) struct Identity;

impl Nonlinearity for Relu {
    /// Preserves NaN, so that a diverged network is noticed.
    #[inline(always)]
    fn value(u: f32) -> f32 {
        if u < 0.0 { 0.0 } else { u }
    }

    /// 0 at 0, PyTorch's choice.
    #[inline(always)]
    fn slope(a: f32) -> f32 {
        if a > 0.0 { 1.0 } else { 0.0 }
    }
}

impl Nonlinearity for Tanh {
    #[inline(always)]
    fn value(u: f32) -> f32 {
        elementary::tanh(u)
    }

    #[inline(always)]
    fn slope(a: f32) -> f32 {
        let a = squarable(a);
        1.0 - a * a
    }
}

impl Nonlinearity for Sigmoid {
    #[inline(always)]
    fn value(u: f32) -> f32 {
        flushed(elementary::sigmoid(u))
    }

    #[inline(always)]
    fn slope(a: f32) -> f32 {
        a * (1.0 - a)
    }
}

impl Nonlinearity for Identity {
    #[inline(always)]
    fn value(u: f32) -> f32 {
        u
    }

    #[inline(always)]
    fn slope(_: f32) -> f32 {
        1.0
    }
}

/// Evaluates an expression with the type of an experiment's nonlinearity under the given name.
macro_rules! with_nonlinearity {
    ($activation:expr, $name:ident => $body:expr) => {{
        use crate::experiment::Activation;
        use crate::network::activation::{Identity, Relu, Sigmoid, Tanh};
        match $activation {
            Activation::Relu => {
                type $name = Relu;
                $body
            }
            Activation::Tanh => {
                type $name = Tanh;
                $body
            }
            Activation::Sigmoid => {
                type $name = Sigmoid;
                $body
            }
            Activation::Identity => {
                type $name = Identity;
                $body
            }
        }
    }};
}
pub(super) use with_nonlinearity;
