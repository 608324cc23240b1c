//! Replaces one collection's files by the next one's, so that files of two are never there together.

use crate::ui::output::complain;
use quiescent::run::{FileSet, RunError, file_sha256, write_atomically};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path};

/// Which files a collection wrote.
const LIST: &str = "collection.json";
const FORMAT_VERSION: u32 = 1;

/// The list of the files of a collection. While one replaces another, it lists the files of both.
#[derive(Debug, Serialize, Deserialize)]
struct List {
    format_version: u32,
    program_version: String,
    files: Vec<Listed>,
}

/// A file that a collection wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Listed {
    /// Path below the collection's folder, parts separated by `/`.
    path: String,
    /// SHA-256 of its contents.
    sha256: String,
}

impl Listed {
    /// Whether it is a file that a collection may write.
    fn is_plain(&self) -> bool {
        let parts: Vec<_> = Path::new(&self.path).components().collect();
        (1..=2).contains(&parts.len())
            && parts.iter().all(|part| matches!(part, Component::Normal(_)))
    }
}

/// Puts new files in the place of those that an earlier collection wrote to `out`. Of the earlier ones,
/// `kept` is replaced in one step and all others are removed first: a kill leaves files of one collection,
/// though maybe not all of them. A file that has changed since, or that no collection wrote, stays.
pub(super) fn replace(out: &Path, files: FileSet, kept: &Path) -> Result<(), RunError> {
    let earlier = earlier(out);
    let mut new = Vec::new();
    for (path, sha256) in files.sha256()? {
        let below = path.strip_prefix(out).unwrap_or(&path);
        let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
        new.push(Listed { path: parts.join("/"), sha256 });
    }
    write(out, earlier.iter().chain(&new).cloned().collect())?;
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
        } else if !new.iter().any(|listed| listed.path == below) {
            complain(&format!(
                "{} is of an earlier collection, but was changed since: it is left as it is",
                path.display()
            ));
        }
    }
    files.finish()?;
    write(out, new)
}

/// The files that an earlier collection wrote; none if nothing says so.
fn earlier(out: &Path) -> Vec<Listed> {
    let text = fs::read_to_string(out.join(LIST)).unwrap_or_default();
    let list: Option<List> = serde_json::from_str(&text).ok();
    let files = list.filter(|list| list.format_version == FORMAT_VERSION).map(|list| list.files);
    files.unwrap_or_default().into_iter().filter(Listed::is_plain).collect()
}

fn write(out: &Path, files: Vec<Listed>) -> Result<(), RunError> {
    let program_version = env!("CARGO_PKG_VERSION").to_owned();
    let list = List { format_version: FORMAT_VERSION, program_version, files };
    write_atomically(&out.join(LIST), |file| {
        serde_json::to_writer_pretty(&mut *file, &list)?;
        file.write_all(b"\n")
    })
}

fn unwritable(path: &Path, source: io::Error) -> RunError {
    RunError::Unwritable { path: path.to_owned(), source }
}
