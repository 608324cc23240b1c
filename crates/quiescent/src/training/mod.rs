//! Training: loss and gradient, Adam, and the trainer, an iterator of events that does not print.

mod adam;
mod batch;
mod cost;
mod evaluation;
mod gradient;
#[cfg(test)]
mod tests;
mod trainer;

pub use evaluation::{Evaluation, constant_answer, evaluate};
pub use trainer::{Event, Trainer, TrainerState};
