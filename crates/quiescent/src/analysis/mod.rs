//! Measurements, one per file: each takes arrays and returns a result struct. None depends on a
//! network.
//!
//! Results are bit-identical on every platform except for matrix products, because functions such
//! as the logarithm are libm's.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

pub mod bootstrap;
pub mod circular;
pub mod compression;
pub mod density;
pub mod diffusion;
pub mod divergence;
mod error;
pub mod exploration;
mod gaussian_sum;
pub mod kde;
mod missing;
pub mod null_models;
pub mod pca;
mod phase_divergence;
pub mod reach;
pub mod reactivation;
pub mod ring;
pub mod sequences;
pub mod start_dependence;
pub mod stationary;
pub mod steps;
pub mod transitions;
pub mod turning;
pub(crate) mod unbounded;
mod verdict;

pub use error::Error;
pub(crate) use error::{check_dim, check_finite};
pub(crate) use missing::outcome;
pub use missing::{Missing, Outcome, Reason};
pub use verdict::Verdict;

/// A real number that measurements read: `f32` or `f64`.
pub trait Real: Copy + Into<f64> + Send + Sync {}

impl<T: Copy + Into<f64> + Send + Sync> Real for T {}
