//! `metrics.jsonl`: one line of JSON per logged batch.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use crate::run::{MetricsLine, RunError, write_atomically};

/// Appends to a metrics file.
#[derive(Debug)]
pub struct MetricsLog {
    file: File,
    path: PathBuf,
    len: u64,
}

impl MetricsLog {
    /// Opens a metrics file, or begins one. Removes a last line that a kill cut short, since the next
    /// line would be appended to it.
    ///
    /// # Errors
    /// [`RunError::Unreadable`], [`RunError::Unwritable`], or [`RunError::Corrupt`] naming the
    /// line.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let content = read(path)?;
        if !content.complete {
            rewrite(path, &content.raw)?;
        }
        let unwritable = |error| RunError::unwritable(path, error);
        let file = OpenOptions::new().append(true).create(true).open(path).map_err(unwritable)?;
        let len = file.metadata().map_err(unwritable)?.len();
        Ok(Self { file, path: path.to_owned(), len })
    }

    /// Appends one line, handed to the operating system as a whole before this returns.
    ///
    /// # Errors
    /// [`RunError::Unwritable`]; the file then ends with the last line appended before.
    pub fn append(&mut self, line: &MetricsLine) -> Result<(), RunError> {
        let bytes = to_bytes(line).map_err(|error| RunError::unwritable(&self.path, error))?;
        if let Err(error) = self.file.write_all(&bytes) {
            // A full disk may have taken half of the line.
            let _ = self.file.set_len(self.len);
            return Err(RunError::unwritable(&self.path, error));
        }
        self.len += bytes.len() as u64;
        Ok(())
    }
}

/// Every line of a metrics file, without a last one that was cut short; empty if there is no file.
///
/// # Errors
/// [`RunError::Unreadable`], or [`RunError::Corrupt`] naming the line.
pub fn read_metrics(path: &Path) -> Result<Vec<MetricsLine>, RunError> {
    Ok(read(path)?.lines)
}

/// Drops, atomically, the lines of later batches than `batch`: a run that is resumed from a
/// checkpoint measures them again.
///
/// # Errors
/// As [`read_metrics`], and [`RunError::Unwritable`].
pub fn truncate_metrics_after(path: &Path, batch: u64) -> Result<(), RunError> {
    let content = read(path)?;
    let kept = || content.lines.iter().map(|line| line.batch <= batch);
    if content.complete && kept().all(|kept| kept) {
        return Ok(());
    }
    let lines = content.raw.iter().zip(kept());
    let lines: Vec<_> = lines.filter_map(|(line, kept)| kept.then_some(line)).collect();
    rewrite(path, &lines)
}

pub(crate) struct Content {
    pub(crate) lines: Vec<MetricsLine>,
    /// The same lines as they were written, with their ends, so that rewriting changes nothing.
    raw: Vec<Vec<u8>>,
    /// Whether the file ends with a line's end (or is empty or missing).
    complete: bool,
}

fn read(path: &Path) -> Result<Content, RunError> {
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => parse(io::empty(), path),
        file => {
            parse(BufReader::new(file.map_err(|error| RunError::unreadable(path, error))?), path)
        }
    }
}

/// Reads the content of a metrics file; `path` is for messages.
pub(crate) fn parse(mut reader: impl BufRead, path: &Path) -> Result<Content, RunError> {
    let mut content = Content { lines: Vec::new(), raw: Vec::new(), complete: true };
    for number in 1.. {
        let mut bytes = Vec::new();
        let read = reader.read_until(b'\n', &mut bytes);
        if read.map_err(|error| RunError::unreadable(path, error))? == 0 {
            break;
        }
        content.complete = bytes.ends_with(b"\n");
        match serde_json::from_slice(&bytes) {
            Ok(line) => {
                content.lines.push(line);
                if !content.complete {
                    bytes.push(b'\n');
                }
                content.raw.push(bytes);
            }
            // Without an end it is the last line, cut by a kill or a power cut.
            Err(_) if !content.complete => break,
            Err(error) => {
                return Err(RunError::corrupt(
                    path,
                    format!(
                        "line {number} is not a line of metrics ({error}); correct or delete it"
                    ),
                ));
            }
        }
    }
    Ok(content)
}

fn rewrite(path: &Path, lines: &[impl AsRef<[u8]>]) -> Result<(), RunError> {
    write_atomically(path, |writer| {
        lines.iter().try_for_each(|line| writer.write_all(line.as_ref()))
    })
}

pub(crate) fn to_bytes(line: &MetricsLine) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    Ok(bytes)
}
