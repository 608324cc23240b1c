//! Results in files, each written whole or not at all.

use crate::ui::failure::Failure;
use quiescent::run::write_atomically;
use serde::Serialize;
use std::fs;
use std::io::Write;
use std::path::Path;

/// Makes a folder, and those that it lies in.
pub(crate) fn create_folder(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder)
        .map_err(|error| Failure::Data(format!("cannot create {}: {error}", folder.display())))
}

/// Makes the folder that a file is to lie in.
pub(crate) fn create_folder_of(file: &Path) -> Result<(), Failure> {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => create_folder(folder),
        _ => Ok(()),
    }
}

/// Writes a file.
pub(crate) fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<(), Failure> {
    Ok(write_atomically(path, |file| file.write_all(bytes.as_ref()))?)
}

/// Writes a result for programs.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Failure> {
    let mut text =
        serde_json::to_string_pretty(value).map_err(|error| Failure::Data(error.to_string()))?;
    text.push('\n');
    write(path, text)
}
