//! Training: loss and gradient, Adam, and the trainer, an iterator of events that prints nothing.

mod adam;
mod gradient;
#[cfg(test)]
mod tests;
