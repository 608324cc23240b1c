//! One measurement of many networks and the keys that they differ in, from which the summary figure of a
//! sweep is drawn.

use std::sync::Arc;

use quiescent::readable;

/// The value of an experiment's key.
#[derive(Debug, Clone, PartialEq)]
pub enum SweepValue {
    /// A number.
    Number(f64),
    /// A word, a truth value, or a list as JSON.
    Text(Arc<str>),
    /// The experiment has no such key.
    Absent,
}

impl SweepValue {
    /// As a reader sees it.
    pub(crate) fn label(&self) -> String {
        match self {
            Self::Number(value) => readable::setting(*value),
            Self::Text(text) => text.to_string(),
            Self::Absent => "absent".to_owned(),
        }
    }
}

/// One network.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepPoint {
    /// Value of the key that the measurement is drawn against.
    pub x: SweepValue,
    /// Values of the other keys, in the order of [`SweepView::others`].
    pub others: Vec<SweepValue>,
    /// Seed of the network.
    pub seed: u64,
    /// The measurement; not finite if there is none.
    pub value: f64,
    /// Whether the value means something: not that of the quiescent phase of a network that has not learned. Others are
    /// drawn hollow, and are no part of means.
    pub judged: bool,
}

/// A measurement of many networks.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepView {
    /// Name of the measurement, such as `kl_quiescent_from_active`.
    pub measurement: String,
    /// Its unit; `1` for a pure number.
    pub unit: String,
    /// Dotted name of the key that it is drawn against, such as `network.noise.sigma`; or `seed`.
    pub key: String,
    /// Dotted names of the other keys that differ among the networks, without `seed`.
    pub others: Vec<String>,
    /// The networks.
    pub points: Vec<SweepPoint>,
}
