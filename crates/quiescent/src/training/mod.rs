//! Training: loss and gradient, Adam, and the trainer, an iterator of events that prints nothing.

mod adam;
mod batch;
mod evaluation;
mod gradient;
#[cfg(test)]
mod tests;
mod trainer;

pub use evaluation::{Evaluation, chance_error, evaluate};
pub use trainer::{Event, Trainer, TrainerState};
