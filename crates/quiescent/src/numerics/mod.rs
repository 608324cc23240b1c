//! Kernels on slices: matrix products, element-wise functions and normal deviates. Each fast path
//! has a plain scalar version.
//!
//! Element-wise kernels are plain loops over fixed-width chunks, compiled several times by
//! [`vectorized`] and chosen at run time. They use only IEEE operations in a written order
//! (`mul_add` where one rounding is meant), so every instruction set gives the same bits.

pub mod elementary;
pub mod exp;
pub mod matmul;
pub mod noise;
pub mod packed;
pub mod tiny;

use pulp::NullaryFnOnce;

/// Elements that element-wise kernels handle together: one 512-bit register of `f32`.
pub const LANES: usize = 16;

/// Runs `kernel` compiled for the widest vector instructions of this CPU.
///
/// The closure and the functions it calls must be `#[inline(always)]` to be vectorised.
#[inline(always)]
pub fn vectorized<R>(kernel: impl FnOnce() -> R) -> R {
    struct Kernel<F>(F);
    impl<R, F: FnOnce() -> R> NullaryFnOnce for Kernel<F> {
        type Output = R;
        #[inline(always)]
        fn call(self) -> R {
            (self.0)()
        }
    }
    pulp::Arch::new().dispatch(Kernel(kernel))
}
