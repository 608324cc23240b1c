//! Replaces the files of one collection or report by those of the next, so that files of two are never there
//! together.

use crate::ui::output::complain;
use quiescent::run::{FileSet, RunError, file_sha256, write_atomically};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path};

const FORMAT_VERSION: u32 = 1;

/// What is written into a folder again and again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written {
    /// File that lists its files.
    list: &'static str,
    /// What it is called.
    noun: &'static str,
}

impl Written {
    /// By `quiescent sweep collect`.
    pub(crate) const COLLECTION: Self = Self { list: "collection.json", noun: "collection" };
    /// By `quiescent report`.
    pub(crate) const REPORT: Self = Self { list: "report_files.json", noun: "report" };
}

/// The list of the files of a collection or a report. While one replaces another, it lists the files of both.
#[derive(Debug, Serialize, Deserialize)]
struct List {
    format_version: u32,
    program_version: String,
    files: Vec<Listed>,
}

/// A file of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Listed {
    /// Path below the folder, parts separated by `/`.
    path: String,
    /// SHA-256 of its contents.
    sha256: String,
}

impl Listed {
    /// Whether it is a file that may be written: below the folder, no deeper than the figures of a run.
    fn is_plain(&self) -> bool {
        let parts: Vec<_> = Path::new(&self.path).components().collect();
        (1..=3).contains(&parts.len())
            && parts.iter().all(|part| matches!(part, Component::Normal(_)))
    }
}

/// Puts new files in the place of those that an earlier command of the same kind wrote to `out`. Of the
/// earlier ones, `kept` is replaced in one step and all others are removed first: a kill leaves files of
/// one of both, though maybe not all of them. A file that has changed since, or that nothing lists, stays.
pub(crate) fn replace(
    out: &Path,
    files: FileSet,
    kept: &Path,
    written: Written,
) -> Result<(), RunError> {
    let list = out.join(written.list);
    let earlier = earlier(&list);
    let mut new = Vec::new();
    for (path, sha256) in files.sha256()? {
        let below = path.strip_prefix(out).unwrap_or(&path);
        let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
        new.push(Listed { path: parts.join("/"), sha256 });
    }
    write(&list, earlier.iter().chain(&new).cloned().collect())?;
    let mut paths: Vec<&str> = earlier.iter().map(|listed| listed.path.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    for below in paths {
        let path = out.join(below);
        if path == kept {
            continue;
        }
        let Ok(sha256) = file_sha256(&path) else { continue };
        if earlier.iter().any(|listed| listed.path == below && listed.sha256 == sha256) {
            fs::remove_file(&path).map_err(|error| unwritable(&path, error))?;
            // A folder that is empty now held nothing else; others cannot be removed in this way.
            let folder = path.parent().filter(|folder| *folder != out);
            folder.map(fs::remove_dir).transpose().ok();
        } else if !new.iter().any(|listed| listed.path == below) {
            complain(&format!(
                "{} is of an earlier {}, but was changed since: it is left as it is",
                path.display(),
                written.noun
            ));
        }
    }
    files.finish()?;
    write(&list, new)
}

/// The files that a list names; none if it cannot be read.
fn earlier(list: &Path) -> Vec<Listed> {
    let text = fs::read_to_string(list).unwrap_or_default();
    let list: Option<List> = serde_json::from_str(&text).ok();
    let files = list.filter(|list| list.format_version == FORMAT_VERSION).map(|list| list.files);
    files.unwrap_or_default().into_iter().filter(Listed::is_plain).collect()
}

fn write(path: &Path, files: Vec<Listed>) -> Result<(), RunError> {
    let program_version = env!("CARGO_PKG_VERSION").to_owned();
    let list = List { format_version: FORMAT_VERSION, program_version, files };
    write_atomically(path, |file| {
        serde_json::to_writer_pretty(&mut *file, &list)?;
        file.write_all(b"\n")
    })
}

fn unwritable(path: &Path, source: io::Error) -> RunError {
    RunError::Unwritable { path: path.to_owned(), source }
}
