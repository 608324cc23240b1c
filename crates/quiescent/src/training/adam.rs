//! The Adam optimiser as PyTorch defines it, with optional decoupled weight decay.

use crate::numerics::tiny::{at_least, flushed, squarable};
use crate::numerics::vectorized;

/// Adam's settings in one update (β₁ = 0.9 and ε = 1e-8, PyTorch's defaults).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Adam {
    /// Step size.
    pub(crate) learning_rate: f64,
    /// Memory of squared gradients, β₂.
    pub(crate) beta2: f64,
    /// Factor on the gradient.
    pub(crate) scale: f32,
    /// Decoupled weight decay λ.
    pub(crate) weight_decay: f64,
}

const BETA1: f64 = 0.9;
const EPSILON: f64 = 1e-8;
/// Second moments below 2⁻¹²⁰ are set to zero, because their roots are lost in rounding next to ε
/// (√v / √(1−β₂) is below 3e-17 with β₂ = 0.999, and below 4e-16, half a unit in the last place of ε,
/// up to 1 − 5e-6). The same holds for squares of gradients below 2⁻⁵⁷.
const LEAST_V: f32 = f32::from_bits((127 - 120) << 23);

impl Adam {
    /// One update of a range of parameters; `step` is 1 for the first update.
    ///
    /// ```text
    /// g ← scale · g                  p ← (1 − lr·λ) p
    /// m ← m + (1−β₁)(g − m)          v ← β₂ v + (1−β₂) g²
    /// p ← p − lr/(1−β₁ᵗ) · m / (√v / √(1−β₂ᵗ) + ε)
    /// ```
    ///
    /// Gradients, moments and parameters that are too small to matter become zero.
    pub(crate) fn update(
        &self,
        step: u64,
        gradient: &[f32],
        m: &mut [f32],
        v: &mut [f32],
        parameters: &mut [f32],
    ) {
        let step = i32::try_from(step).unwrap_or(i32::MAX);
        let correction1 = 1.0 - libm::pow(BETA1, f64::from(step));
        let correction2 = 1.0 - libm::pow(self.beta2, f64::from(step));
        let step_size = (self.learning_rate / correction1) as f32;
        let root = (1.0 / libm::sqrt(correction2)) as f32;
        let shrink = (1.0 - self.learning_rate * self.weight_decay) as f32;
        let (fresh1, keep2, fresh2) =
            ((1.0 - BETA1) as f32, self.beta2 as f32, (1.0 - self.beta2) as f32);
        let (epsilon, scale) = (EPSILON as f32, self.scale);
        vectorized(
            #[inline(always)]
            || {
                for (((g, m), v), p) in gradient.iter().zip(m).zip(v).zip(parameters) {
                    let g = scale * *g;
                    let (g, to_square) = (flushed(g), squarable(g));
                    *m = flushed(fresh1.mul_add(g - *m, *m));
                    let second = (fresh2 * to_square).mul_add(to_square, keep2 * *v);
                    *v = at_least(LEAST_V, second);
                    let denominator = v.sqrt().mul_add(root, epsilon);
                    *p = flushed(shrink * *p - step_size * (*m / denominator));
                }
            },
        );
    }
}
