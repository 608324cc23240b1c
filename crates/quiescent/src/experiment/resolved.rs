//! An experiment with what happened to it on the way from its file.

use std::fmt;

use serde::Serialize;

use super::{Experiment, NetworkKind};

/// An experiment, and what followed a change of its kind of network.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Resolved {
    /// The experiment.
    pub experiment: Experiment,
    /// Keys that took the defaults of another kind of network, because a `base`, an override or a sweep
    /// changed `network.kind` and did not give them.
    pub changed: Vec<ChangedDefault>,
}

/// A key that took the default of another kind of network.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct ChangedDefault {
    /// The kind, which was another one before.
    pub kind: NetworkKind,
    /// Dotted path of the key.
    pub key: String,
    /// What it was.
    pub from: String,
    /// What it is.
    pub to: String,
}

impl fmt::Display for ChangedDefault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} → {}", self.key, self.from, self.to)
    }
}
