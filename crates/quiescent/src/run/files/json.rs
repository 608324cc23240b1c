//! Small versioned JSON files.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::atomic::write_atomically;
use crate::printable;
use crate::run::error::LONGEST_NAME;
use crate::run::{RunError, SCHEMA_VERSION};

/// Longest text file that is read, in bytes: far above any real one, far below the memory.
const LONGEST_TEXT: u64 = 256 << 20;

/// Reads a whole file of at most `limit` bytes.
pub(crate) fn read_bounded(path: &Path, limit: u64) -> Result<Vec<u8>, RunError> {
    let unreadable = |error| RunError::unreadable(path, error);
    // Asked before opening: opening a pipe would wait for its writer.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(RunError::corrupt(path, "it is not a regular file"));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(RunError::corrupt(
            path,
            format!("it is larger than such a file can be ({limit} bytes)"),
        ));
    }
    Ok(bytes)
}

/// Reads a UTF-8 text file.
pub(crate) fn read_text(path: &Path) -> Result<String, RunError> {
    String::from_utf8(read_bounded(path, LONGEST_TEXT)?)
        .map_err(|error| RunError::corrupt(path, format!("it is not UTF-8 text: {error}")))
}

/// Reads a UTF-8 text file. `None` if there is no such file.
pub(crate) fn read_text_if_any(path: &Path) -> Result<Option<String>, RunError> {
    match read_text(path) {
        Err(RunError::Unreadable { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            Ok(None)
        }
        text => text.map(Some),
    }
}

/// Reads a JSON file that has this program's `schema_version`. `None` if there is no such file.
pub(crate) fn read_versioned<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, RunError> {
    read_text_if_any(path)?.map(|text| parse_versioned(&text, path)).transpose()
}

/// Reads JSON that has this program's `schema_version`; `path` is for messages.
pub(crate) fn parse_versioned<T: DeserializeOwned>(text: &str, path: &Path) -> Result<T, RunError> {
    #[derive(Deserialize)]
    struct Version {
        schema_version: u64,
        program_version: Option<String>,
    }
    let not_json = |error: serde_json::Error| RunError::corrupt(path, error.to_string());
    // Read first and alone, since another version may differ in everything else.
    let version: Version = serde_json::from_str(text).map_err(not_json)?;
    if version.schema_version != u64::from(SCHEMA_VERSION) {
        return Err(RunError::Schema {
            path: path.to_owned(),
            found: version.schema_version,
            supported: u64::from(SCHEMA_VERSION),
            writer: version.program_version.map(|version| printable(&version, LONGEST_NAME)),
        });
    }
    serde_json::from_str(text).map_err(not_json)
}

/// Writes a value as JSON on one line, atomically: for files of many numbers.
pub(crate) fn write_compact(path: &Path, value: &impl Serialize) -> Result<(), RunError> {
    write_atomically(path, |writer| {
        serde_json::to_writer(&mut *writer, value)?;
        writer.write_all(b"\n")
    })
}

/// Writes a value as indented JSON, atomically.
pub(crate) fn write(path: &Path, value: &impl Serialize) -> Result<(), RunError> {
    write_atomically(path, |writer| {
        serde_json::to_writer_pretty(&mut *writer, value)?;
        writer.write_all(b"\n")
    })
}
