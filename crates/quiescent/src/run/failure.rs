//! `failure.json`: why the last attempt at a run failed.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::files::atomic::create_folder;
use super::files::json;
use super::lock::host::{host_name, job, unix_time_s};
use super::{RunError, RunFolder, SCHEMA_VERSION};

/// Name of the file in a run folder.
pub(super) const FAILURE_FILE: &str = "failure.json";

/// `failure.json`: why a run could not begin or continue, for people who look after many runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FailureRecord {
    /// [`SCHEMA_VERSION`] of the writer.
    pub schema_version: u32,
    /// Version of the program.
    pub program_version: String,
    /// The message of the program.
    pub reason: String,
    /// The kind of failure; `None` in files of earlier versions, which have an exit code instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<FailureKind>,
    /// Host name.
    pub host: String,
    /// When, in seconds since 1970-01-01 UTC.
    pub failed_unix_s: f64,
    /// The job of a batch system that it was part of. The key's name is older than that of the field.
    #[serde(rename = "slurm_job", default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
}

/// The kind of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FailureKind {
    /// What was asked for is impossible.
    Request,
    /// Data cannot be read or written, or is damaged.
    Data,
    /// Training diverged, or rates ran away.
    Diverged,
    /// Somebody stopped it.
    Interrupted,
}

impl FailureRecord {
    /// A failure of this process, now.
    pub fn new(reason: impl Into<String>, kind: FailureKind) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            program_version: env!("CARGO_PKG_VERSION").to_owned(),
            reason: reason.into(),
            kind: Some(kind),
            host: host_name().to_owned(),
            failed_unix_s: unix_time_s(),
            job: job(),
        }
    }
}

impl RunFolder {
    /// Writes `failure.json`, replacing an earlier one; the folder is made if it is missing, and a
    /// run can still be created there. Needs no lock: a run that continues removes the file.
    ///
    /// # Errors
    /// [`RunError::Unwritable`].
    pub fn write_failure(path: impl AsRef<Path>, record: &FailureRecord) -> Result<(), RunError> {
        let path = path.as_ref();
        create_folder(path)?;
        json::write(&path.join(FAILURE_FILE), record)
    }

    /// `failure.json`, if the last attempt at the run failed.
    ///
    /// # Errors
    /// [`RunError::Unreadable`], [`RunError::Corrupt`] or [`RunError::Schema`].
    pub fn failure(path: impl AsRef<Path>) -> Result<Option<FailureRecord>, RunError> {
        json::read_versioned(&path.as_ref().join(FAILURE_FILE))
    }
}

/// Removes `failure.json`, if there is one.
pub(super) fn remove(folder: &Path) -> Result<(), RunError> {
    let path = folder.join(FAILURE_FILE);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(RunError::unwritable(&path, error))
        }
        _ => Ok(()),
    }
}
