//! The samples of a recording, as its file holds them.

use super::quantity::Quantity;

/// Longest recording read, in samples: 55 hours at 100 Hz, 0.5 GB while it is cleaned.
pub(crate) const MAX_SAMPLES: usize = 20_000_000;

/// Samples with finite values at increasing times.
#[derive(Debug)]
pub(crate) struct Samples {
    /// Times, `[sample]` in s.
    pub(crate) times: Vec<f64>,
    /// Values, `[sample, dim]`.
    pub(crate) values: Vec<f64>,
}

impl Samples {
    /// Value of a sample: x and y, or a heading and 0.
    pub(crate) fn value(&self, sample: usize, quantity: Quantity) -> [f64; 2] {
        match quantity {
            Quantity::Position => [self.values[2 * sample], self.values[2 * sample + 1]],
            Quantity::Heading => [self.values[sample], 0.0],
        }
    }
}

/// What was read from a file, in its own units; values that are missing are NaN.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) samples: Samples,
    /// Samples that have no time, which are not among `samples`.
    pub(crate) untimed: usize,
    /// What was taken for times and values, for people.
    pub(crate) note: String,
}

/// Samples that hold a value, by their place in the file.
pub(crate) struct Valid<'a> {
    pub(crate) raw: &'a Samples,
    pub(crate) quantity: Quantity,
    pub(crate) index: Vec<usize>,
}

impl Valid<'_> {
    pub(crate) fn time(&self, i: usize) -> f64 {
        self.raw.times[self.index[i]]
    }

    pub(crate) fn value(&self, i: usize) -> [f64; 2] {
        self.raw.value(self.index[i], self.quantity)
    }
}
