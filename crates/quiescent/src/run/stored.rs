//! Results in a run folder: what was found, by which version of the program, of which parameters.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::RunRecord;

/// A result that a run folder keeps in a file of its own.
pub trait StoredResult: Serialize + DeserializeOwned {
    /// Name of its file.
    const FILE: &'static str;
    /// Version of its form. A result of another version is made anew from the run.
    const VERSION: u32;
    /// Name of the file that earlier versions of the program wrote, if that was another one.
    const FORMER_FILE: Option<&'static str> = None;
}

/// A result as its file holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stored<T> {
    /// [`StoredResult::VERSION`] of the writer.
    pub version: u32,
    /// Version of the program.
    pub program_version: String,
    /// Hash of the parameters that the result is of.
    pub parameters_sha256: Option<String>,
    /// What was found, with the settings it was found by.
    pub result: T,
}

impl<T: StoredResult> Stored<T> {
    /// A result of a run's present parameters, by this version of the program.
    pub fn new(result: T, record: &RunRecord) -> Self {
        Self {
            version: T::VERSION,
            program_version: env!("CARGO_PKG_VERSION").to_owned(),
            parameters_sha256: record.parameters_sha256.clone(),
            result,
        }
    }

    /// Whether the result is of the parameters that a run has now.
    pub fn is_of(&self, record: &RunRecord) -> bool {
        self.parameters_sha256.is_some() && self.parameters_sha256 == record.parameters_sha256
    }
}

/// A result that may be in a run folder.
#[derive(Debug, Clone, PartialEq)]
pub enum Held<T> {
    /// It is not there.
    None,
    /// It was written by another version of the program, and is to be made anew.
    Other {
        /// Name of its file.
        file: &'static str,
        /// Version of the program that wrote it; none if the file does not say.
        program_version: Option<String>,
    },
    /// It is there.
    Found(Stored<T>),
}

impl<T> Held<T> {
    /// The result, if this version of the program wrote it.
    pub fn found(self) -> Option<Stored<T>> {
        match self {
            Self::Found(stored) => Some(stored),
            Self::None | Self::Other { .. } => None,
        }
    }
}
