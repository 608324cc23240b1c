//! The end of `metrics.jsonl`, read without the rest: logs of long trainings have thousands of lines.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use crate::run::{MetricsLine, RunError};

/// Bytes read first; doubled until a tested line is among them. Networks are tested every few dozen
/// lines of a hundred bytes.
const FIRST: u64 = 8 << 10;
/// Most bytes looked through.
const MOST: u64 = 256 << 20;

/// How training went in the end.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LastMetrics {
    /// The last line.
    pub line: Option<MetricsLine>,
    /// The last line with a test; the same one if the network was tested last.
    pub tested: Option<MetricsLine>,
}

/// The last line and the last tested line of a metrics file. A last line that was cut short is
/// ignored; without a file both are `None`. Lines before them are not read, damaged or not.
///
/// # Errors
/// [`RunError::Unreadable`] or [`RunError::Corrupt`].
pub fn read_last_metrics(path: &Path) -> Result<LastMetrics, RunError> {
    let unreadable = |error| RunError::unreadable(path, error);
    // Asked before opening: opening a pipe would wait for its writer.
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(LastMetrics::default()),
        Err(error) => return Err(unreadable(error)),
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => return Err(RunError::corrupt(path, "it is not a regular file")),
    }
    let mut file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    let mut size = FIRST;
    loop {
        let begin = length.saturating_sub(size);
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(begin)).map_err(unreadable)?;
        // No more than the length above: a writer may be active.
        Read::by_ref(&mut file).take(length - begin).read_to_end(&mut bytes).map_err(unreadable)?;
        let found = last_lines(&bytes, begin == 0, path)?;
        if found.tested.is_some() || begin == 0 {
            return Ok(found);
        }
        if size >= MOST {
            return Err(RunError::corrupt(path, format!("its last {MOST} bytes hold no test")));
        }
        size *= 2;
    }
}

/// The lines sought among the last bytes of a file; `whole` if they are all of it.
pub(crate) fn last_lines(bytes: &[u8], whole: bool, path: &Path) -> Result<LastMetrics, RunError> {
    let mut found = LastMetrics::default();
    let mut lines = bytes.split(|byte| *byte == b'\n').rev();
    // After the last line break there is nothing, or a line that a kill cut short. A line that lacks
    // only its break is complete.
    if let Some(cut) = lines.next() {
        found.take(serde_json::from_slice(cut).ok());
    }
    let mut lines = lines.peekable();
    while let (Some(line), false) = (lines.next(), found.tested.is_some()) {
        // The first of the bytes may lie within a line.
        if lines.peek().is_none() && !whole {
            break;
        }
        let line = serde_json::from_slice(line).map_err(|error| {
            RunError::corrupt(
                path,
                format!("one of its last lines is not a line of metrics ({error})"),
            )
        })?;
        found.take(Some(line));
    }
    Ok(found)
}

impl LastMetrics {
    /// Takes a line that precedes those already taken.
    fn take(&mut self, line: Option<MetricsLine>) {
        let Some(line) = line else { return };
        let tested = line.test_loss.is_some() || line.decode_error.is_some();
        if tested && self.tested.is_none() {
            self.tested = Some(line.clone());
        }
        self.line.get_or_insert(line);
    }
}
