//! A range of values.

use serde::Serialize;

/// From the smallest to the largest value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Span {
    /// Smallest.
    pub min: f64,
    /// Largest.
    pub max: f64,
}

impl Span {
    pub(crate) fn of(values: impl Iterator<Item = f64>) -> Self {
        values.fold(Self { min: f64::INFINITY, max: f64::NEG_INFINITY }, |span, value| Self {
            min: span.min.min(value),
            max: span.max.max(value),
        })
    }

    pub(crate) fn len(&self) -> f64 {
        self.max - self.min
    }
}
