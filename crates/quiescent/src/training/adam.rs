//! The Adam optimiser as PyTorch defines it, with optional decoupled weight decay.

use crate::numerics::vectorized;

/// Adam's settings (β₁ = 0.9, β₂ = 0.999, ε = 1e-8, PyTorch's defaults).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Adam {
    /// Step size.
    pub(crate) learning_rate: f64,
    /// Decoupled weight decay λ.
    pub(crate) weight_decay: f64,
}

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

impl Adam {
    /// One update of a run of parameters, the `step`-th (1 for the first).
    ///
    /// ```text
    /// p ← (1 − lr·λ) p
    /// m ← m + (1−β₁)(g − m)          v ← β₂ v + (1−β₂) g²
    /// p ← p − lr/(1−β₁ᵗ) · m / (√v / √(1−β₂ᵗ) + ε)
    /// ```
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
        let correction2 = 1.0 - libm::pow(BETA2, f64::from(step));
        let step_size = (self.learning_rate / correction1) as f32;
        let root = (1.0 / libm::sqrt(correction2)) as f32;
        let shrink = (1.0 - self.learning_rate * self.weight_decay) as f32;
        let (fresh1, keep2, fresh2) = ((1.0 - BETA1) as f32, BETA2 as f32, (1.0 - BETA2) as f32);
        let epsilon = EPSILON as f32;
        vectorized(
            #[inline(always)]
            || {
                for (((g, m), v), p) in gradient.iter().zip(m).zip(v).zip(parameters) {
                    *m = fresh1.mul_add(g - *m, *m);
                    *v = (fresh2 * g).mul_add(*g, keep2 * *v);
                    let denominator = v.sqrt().mul_add(root, epsilon);
                    *p = shrink * *p - step_size * (*m / denominator);
                }
            },
        );
    }
}
