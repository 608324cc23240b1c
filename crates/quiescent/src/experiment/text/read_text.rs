//! Reads text files of bounded length.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use super::yaml;
use crate::experiment::SpecError;

/// Reads a text file of bounded length.
pub(crate) fn read_text(path: &Path) -> Result<String, SpecError> {
    let unreadable = |reason: String| SpecError::Unreadable { path: path.to_owned(), reason };
    if path.is_dir() {
        let inside = path.join("experiment.yml");
        return Err(unreadable(if inside.is_file() {
            format!("it is a folder; did you mean `{}`?", inside.display())
        } else {
            "it is a folder; give an experiment file".to_owned()
        }));
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| {
            // One byte more than allowed tells too long from just long enough.
            file.take(yaml::LONGEST_TEXT as u64 + 1).read_to_end(&mut bytes)
        })
        .map_err(|error| {
            unreadable(match error.kind() {
                ErrorKind::NotFound => "no such file".to_owned(),
                ErrorKind::PermissionDenied => "permission denied".to_owned(),
                _ => error.to_string(),
            })
        })?;
    if bytes.len() > yaml::LONGEST_TEXT {
        return Err(unreadable(format!(
            "it is longer than {} bytes: this is not an experiment",
            yaml::LONGEST_TEXT
        )));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..good].iter().filter(|&&b| b == b'\n').count();
        unreadable(format!(
            "it is not UTF-8 text (first bad byte in line {line}); save it as UTF-8"
        ))
    })
}
