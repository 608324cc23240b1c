//! Runs that had to be left out of something, with the reason: the others are none the worse for it.

use super::failure::Failure;
use quiescent::workflow::Apart;
use serde::Serialize;
use std::fmt;

/// A run that had to be left out.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct LeftOut {
    pub(crate) name: String,
    pub(crate) reason: String,
    /// Whether its network's rates ran away.
    pub(crate) diverged: bool,
}

impl LeftOut {
    /// Because of a failure.
    pub(crate) fn of(name: &str, failure: &Failure) -> Self {
        let diverged = matches!(failure, Failure::Diverged(_));
        Self { name: name.to_owned(), reason: failure.to_string(), diverged }
    }
}

impl From<Apart> for LeftOut {
    fn from(apart: Apart) -> Self {
        Self { name: apart.name, reason: apart.reason.to_string(), diverged: false }
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.reason)
    }
}
