//! One measured number of a run, as the table has it.

/// A measured number.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Measured {
    pub(super) name: String,
    /// Not finite for a value that is not known or not a number.
    pub(super) value: f64,
    pub(super) interval: Option<[f64; 2]>,
    pub(super) unit: String,
}

impl Measured {
    /// A number without an interval.
    pub(super) fn plain(name: &str, value: f64, unit: &str) -> Self {
        Self { name: name.to_owned(), value, interval: None, unit: unit.to_owned() }
    }
}
