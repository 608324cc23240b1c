//! Train noisy recurrent networks to integrate self-motion, let them fall quiescent (no input, noise
//! only), and measure whether they revisit their active states: *offline reactivation*, as in Krishna,
//! Bredenberg, Levenstein, Richards and Lajoie, *Sufficient conditions for offline reactivation in
//! recurrent neural networks* (ICLR 2024).
//!
//! # An experiment from beginning to end
//!
//! A small network learns to keep track of its heading, falls quiescent, and its two phases are compared:
//!
#![cfg_attr(feature = "experiment-text", doc = "```")]
#![cfg_attr(not(feature = "experiment-text"), doc = "```ignore")]
//! use quiescent::experiment::{Experiment, QuiescentNoise};
//! use quiescent::measure::{self, Settings};
//! use quiescent::simulate::{self, Keep, Start, Trials};
//! use quiescent::training::{Event, Trainer};
//!
//! let experiment = Experiment::named("demo/head_direction/noisy_unbiased")?
//!     .with("network.units=48")?
//!     .with("training.batches=500")?;
//!
//! // Every gradient step, test and due checkpoint is an event: show it, save it or ignore it.
//! let mut trainer = Trainer::new(&experiment)?;
//! let mut error_rad = f64::NAN;
//! for event in trainer.by_ref() {
//!     if let Event::Test { evaluation, .. } = event {
//!         error_rad = evaluation.decode_error;
//!     }
//! }
//! let network = trainer.into_network();
//!
//! // The active phase follows the animal's motion. The quiescent phase begins where it ended and has no
//! // input.
//! let active = simulate::active(&network, Trials { count: 100, steps: 100 }, Keep::Decoded)?;
//! let noise = QuiescentNoise::DoubledVariance;
//! let quiescent = simulate::quiescent(&network, &Start::after(&active), noise, 100, Keep::Decoded)?;
//!
//! let (active, quiescent) = (active.decoded.view(), quiescent.decoded.view());
//! let space = network.task().space();
//! let found = measure::reactivation(active, quiescent, space, &Settings::default())?;
//! let kl = found.kl_quiescent_from_active;
//! println!("decoding error {error_rad:.2} rad; KL(quiescent ‖ active) = {:.2} nats", kl.nats);
//! println!("95 % interval {:.2} to {:.2} nats", kl.interval.low, kl.interval.high);
//! # assert!(error_rad < 0.8, "{error_rad}");
//! # assert!(kl.nats < 0.5, "{kl:?}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! All work runs on the current rayon pool, and no result depends on its size: a result is a function of
//! the experiment and its seed. The library prints nothing.
//!
//! # The modules
//!
//! What is trained:
//! - [`experiment`]: everything that determines a run's numbers, as plain structs, and its text;
//! - [`task`]: what a network has to integrate, and how the answer is encoded; [`space`]: where a stimulus
//!   lives;
//! - [`network`]: the recurrent networks and their parameters;
//! - [`training`]: the trainer, an iterator of events;
//! - [`random`]: the named streams that every random number comes from.
//!
//! What is done with a network, or with arrays from elsewhere:
//! - [`simulate`]: the active and the quiescent phase, and simulations with inputs of your own;
//! - [`measure`]: everything that is measured in a set of phases, in one call;
//! - [`analysis`]: the measurements one by one, as functions of arrays;
//! - [`theory`]: the paper's theory, executed, and trained networks beside it;
//! - [`rest_map`]: one network at rest in many ways, each judged;
//! - [`paper`]: the paper's conditions, its protocol and its claims.
//!
//! What is kept in files (with the feature `files`):
//! - `run`: the run folder, its files and its lock;
//! - `workflow`: what is done with run folders, such as training into one, resuming and measuring;
//! - `exchange`: networks from and to other programs, such as PyTorch.
//!
//! # Features
//!
//! Both are on by default.
//! - `experiment-text`: experiments as YAML files and `key=value` texts, the shipped experiments by name, and
//!   sweeps. Without it an experiment begins as
//!   [`Experiment::standard`](experiment::Experiment::standard), or comes by way of serde.
//! - `files`: run folders, exchange with other programs, and recordings that are numpy's arrays or gzipped. It
//!   needs `experiment-text`. Without it recordings are read from plain tables (CSV).

pub mod analysis;
#[doc(hidden)]
pub mod benchmark;
#[cfg(feature = "files")]
pub mod exchange;
pub mod experiment;
pub mod measure;
#[doc(hidden)]
pub mod memory;
pub mod network;
#[cfg(feature = "files")]
mod npz;
#[doc(hidden)]
pub mod numerics;
pub mod paper;
mod printable;
pub mod random;
#[doc(hidden)]
pub mod readable;
pub mod rest_map;
#[cfg(feature = "files")]
pub mod run;
pub mod simulate;
pub mod space;
pub mod task;
pub mod theory;
pub mod training;
#[cfg(feature = "files")]
pub mod workflow;

#[doc(hidden)]
pub use printable::printable;

/// The README's example, compiled and run as a test.
#[cfg(all(doctest, feature = "files"))]
#[doc = include_str!("../../../README.md")]
pub struct Readme;
