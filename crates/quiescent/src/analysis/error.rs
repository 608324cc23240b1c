//! Errors in the arrays or settings given to a measurement.

use super::Reason;

/// Why a measurement could not be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// Too few items for the measurement to be defined.
    #[error("{measurement} needs at least {needed} {items}, but got {found}")]
    TooFew {
        /// The measurement.
        measurement: &'static str,
        /// The items that are too few, in the plural.
        items: &'static str,
        /// How many there are.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// Two things that must be of equal size are not.
    #[error("{what} must be {expected}, but is {found}")]
    Shape {
        /// The size in question.
        what: &'static str,
        /// The expected size.
        expected: String,
        /// The actual size.
        found: String,
    },
    /// A value is NaN or infinite.
    #[error(
        "{what} must be finite numbers, but the value at index {index:?} is {value}; did the \
         simulation diverge?"
    )]
    NonFinite {
        /// The array.
        what: &'static str,
        /// Index of the first such value.
        index: Vec<usize>,
        /// The value.
        value: f64,
    },
    /// The rates of a simulated network grew beyond all bounds.
    #[error(
        "the network's rates run away: in trial {trial} of the {phase} phase (counted from 0) a rate is \
         {rate:.3e} after step {step}. The network is unstable under these settings; check \
         network.activation, network.tau_s, time.dt_s, the noise, rest.momentum and the weights"
    )]
    RanAway {
        /// `active`, `quiescent` or `driven`.
        phase: &'static str,
        /// The first trial that did, counting from 0.
        trial: usize,
        /// The step after which a rate was out of bounds, counting from 1.
        step: usize,
        /// The rate.
        rate: f64,
    },
    /// The observer ended a simulation.
    #[error("the observer ended the simulation of the {phase} phase; nothing was kept")]
    Cancelled {
        /// `active`, `quiescent` or `driven`.
        phase: &'static str,
    },
    /// All points lie on one point, line or plane, so no density can be fitted to them.
    #[error(
        "no density can be fitted to {points} points of {dims} dimensions: they do not vary along \
         dimension {dimension} once the dimensions before it are known (all trials at one point or \
         on a line?); use more varied starts or a shorter burn-in"
    )]
    Degenerate {
        /// Number of points.
        points: usize,
        /// Their dimension.
        dims: usize,
        /// The first dimension that does not vary independently, counting from 0.
        dimension: usize,
    },
    /// The measurement has no meaning for these values; a ratio of equal values, say.
    #[error("{measurement} is not defined: {reason}")]
    Undefined {
        /// The measurement.
        measurement: &'static str,
        /// Why.
        reason: String,
    },
    /// A setting is out of its range.
    #[error("setting `{name}` is {value}, but must be {allowed}")]
    Setting {
        /// Its name.
        name: &'static str,
        /// The given value.
        value: String,
        /// The allowed values.
        allowed: String,
    },
    /// An error in one of the two phases compared.
    #[error("{phase} phase: {source}")]
    Phase {
        /// `active` or `quiescent`.
        phase: &'static str,
        /// The error in this phase.
        source: Box<Error>,
    },
}

impl Error {
    /// The reason, as written to files.
    pub fn reason(&self) -> Reason {
        match self {
            Self::TooFew { .. } => Reason::TooFew,
            Self::Shape { .. } => Reason::Shape,
            Self::NonFinite { .. } => Reason::NonFinite,
            Self::RanAway { .. } => Reason::RanAway,
            Self::Cancelled { .. } => Reason::Cancelled,
            Self::Degenerate { .. } => Reason::Degenerate,
            Self::Undefined { .. } => Reason::Undefined,
            Self::Setting { .. } => Reason::Setting,
            Self::Phase { source, .. } => source.reason(),
        }
    }

    /// Adds the phase in which the error arose.
    pub(crate) fn in_phase(self, phase: &'static str) -> Self {
        Self::Phase { phase, source: Box::new(self) }
    }

    /// A setting out of its range, with its name and what is allowed.
    pub fn setting(
        name: &'static str,
        value: impl std::fmt::Display,
        allowed: impl Into<String>,
    ) -> Self {
        Self::Setting { name, value: value.to_string(), allowed: allowed.into() }
    }
}

/// Fails at the first NaN or infinity of an array, and names its index.
pub(crate) fn check_finite<T: super::Real, D: ndarray::Dimension>(
    what: &'static str,
    values: ndarray::ArrayView<'_, T, D>,
) -> Result<(), Error> {
    // `indexed_iter` does not have a nameable pattern for a generic dimension, so the flat
    // position is converted to an index, slowest axis first.
    let Some((position, value)) = values
        .iter()
        .map(|&value| value.into())
        .enumerate()
        .find(|(_, value): &(usize, f64)| !value.is_finite())
    else {
        return Ok(());
    };
    let mut rest = position;
    let mut index = vec![0; values.ndim()];
    for (slot, &extent) in index.iter_mut().zip(values.shape()).rev() {
        *slot = rest % extent;
        rest /= extent;
    }
    Err(Error::NonFinite { what, index, value })
}

/// Fails if the dimension of decoded values differs from that of the space.
pub(crate) fn check_dim(found: usize, of_space: usize) -> Result<(), Error> {
    if found == of_space {
        return Ok(());
    }
    Err(Error::Shape {
        what: "the last axis of decoded values",
        expected: format!("{of_space}, the number of the space’s dimensions"),
        found: found.to_string(),
    })
}

/// Fails for fewer than `needed` items.
pub(crate) fn check_enough(
    measurement: &'static str,
    items: &'static str,
    found: usize,
    needed: usize,
) -> Result<(), Error> {
    if found < needed {
        return Err(Error::TooFew { measurement, items, found, needed });
    }
    Ok(())
}
