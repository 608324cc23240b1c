//! Numerical kernels: slices in, slices out.

pub mod exp;
