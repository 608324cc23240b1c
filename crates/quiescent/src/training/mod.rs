//! Training: loss and gradient through time, Adam, and the [`Trainer`].
//!
//! A trainer is an iterator of [`Event`]s. Each call of `next` takes one gradient step or reports what is
//! due after it: a test, a checkpoint. It writes no files and prints nothing. A trainer that goes on from
//! a [`TrainerState`] gives the same bits as one that never stopped.

mod adam;
mod batch;
mod cost;
mod evaluation;
mod gradient;
#[cfg(test)]
mod tests;
mod trainer;

pub use evaluation::{Evaluation, constant_answer, evaluate};
#[doc(hidden)]
pub use trainer::StepTimes;
pub use trainer::{Event, Trainer, TrainerState};
