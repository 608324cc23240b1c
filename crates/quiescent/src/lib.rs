//! Train noisy recurrent networks to integrate self-motion, let them fall quiescent, and measure
//! whether they revisit their waking states.

pub mod analysis;
#[doc(hidden)]
pub mod benchmark;
#[cfg(feature = "files")]
pub mod exchange;
pub mod experiment;
pub mod measure;
pub mod memory;
pub mod network;
#[cfg(feature = "files")]
mod npz;
#[doc(hidden)]
pub mod numerics;
pub mod paper;
mod printable;
pub mod random;
#[cfg(feature = "files")]
pub mod run;
pub mod simulate;
pub mod space;
pub mod task;
pub mod theory;
pub mod training;
#[cfg(feature = "files")]
pub mod workflow;

pub use printable::printable;

/// The README's example, compiled and run as a test.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct Readme;
