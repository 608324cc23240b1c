//! Readers and writers over bytes in memory, for the fuzz targets: with files, most of their time would go
//! to the operating system.

use std::io;
use std::path::Path;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::files::json;
use super::formats::{last_metrics, metrics};
use super::{Checkpoint, LastMetrics, MetricsLine, RunError, Stored, StoredResult};
use crate::network::Layout;

/// [`Checkpoint::read`] of a file that holds these bytes.
pub fn read_checkpoint(
    bytes: &[u8],
    path: &Path,
    layout: &Arc<Layout>,
) -> Result<Checkpoint, RunError> {
    Checkpoint::from_bytes(bytes, path, layout)
}

/// What [`Checkpoint::write`] writes.
pub fn checkpoint_bytes(checkpoint: &Checkpoint) -> io::Result<Vec<u8>> {
    checkpoint.to_bytes()
}

/// [`read_metrics`](super::read_metrics) of a file that holds these bytes.
pub fn parse_metrics(bytes: &[u8], path: &Path) -> Result<Vec<MetricsLine>, RunError> {
    Ok(metrics::parse(bytes, path)?.lines)
}

/// What [`MetricsLog::append`](super::MetricsLog::append) adds to a file.
pub fn metrics_line_bytes(line: &MetricsLine) -> io::Result<Vec<u8>> {
    metrics::to_bytes(line)
}

/// [`read_last_metrics`](super::read_last_metrics) of a file that holds these bytes, but for files longer
/// than what it reads first.
pub fn parse_last_metrics(bytes: &[u8], path: &Path) -> Result<LastMetrics, RunError> {
    last_metrics::last_lines(bytes, true, path)
}

/// Reads any of the run folder's JSON files that have a `schema_version`, such as `run.json`.
pub fn parse_record<T: DeserializeOwned>(text: &str, path: &Path) -> Result<T, RunError> {
    json::parse_versioned(text, path)
}

/// Reads what the file of a result holds, whichever version wrote it.
///
/// # Errors
/// [`RunError::Corrupt`].
pub fn parse_result<T: StoredResult>(text: &str, path: &Path) -> Result<Stored<T>, RunError> {
    serde_json::from_str(text).map_err(|error| RunError::corrupt(path, error.to_string()))
}
