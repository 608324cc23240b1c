//! Runs that had to be left out of something, with the reason: the others are none the worse for it.

use super::failure::Failure;
use quiescent::workflow::Apart;
use serde::{Serialize, Serializer};
use std::fmt;

/// Most runs that are named in one message.
const MOST_NAMED: usize = 6;

/// A run that had to be left out.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct LeftOut {
    pub(crate) name: String,
    #[serde(serialize_with = "in_words")]
    pub(crate) reason: Failure,
}

impl LeftOut {
    /// A run by its name.
    pub(crate) fn new(name: impl Into<String>, reason: impl Into<Failure>) -> Self {
        Self { name: name.into(), reason: reason.into() }
    }

    /// Several in words.
    pub(crate) fn list(all: &[Self]) -> String {
        let mut named: Vec<String> = all.iter().take(MOST_NAMED).map(Self::to_string).collect();
        if all.len() > MOST_NAMED {
            named.push(format!("and {} more", all.len() - MOST_NAMED));
        }
        named.join("; ")
    }

    /// The failure of a command that did its work without some runs; `lacks` begins the sentence
    /// that names them.
    pub(crate) fn check(all: &[Self], lacks: &str) -> Result<(), Failure> {
        match all.is_empty() {
            true => Ok(()),
            false => Err(Failure::Data(format!("{lacks} {}", Self::list(all)))),
        }
    }
}

impl From<Apart> for LeftOut {
    fn from(apart: Apart) -> Self {
        Self::new(apart.name, Failure::Data(apart.reason.to_string()))
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.reason)
    }
}

fn in_words<S: Serializer>(reason: &Failure, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(reason)
}
