//! Reads archives of arrays: npz files of any origin.

use super::ArrayReader;
use std::io::{Read, Seek, SeekFrom};
use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

/// An npz file whose directory has been read, which is then held in memory.
#[derive(Debug)]
pub(crate) struct NpzReader<R> {
    archive: ZipArchive<R>,
    file_bytes: u64,
}

impl<R: Read + Seek> NpzReader<R> {
    /// Reads the directory.
    ///
    /// # Errors
    /// What is wrong with the archive.
    pub(crate) fn new(mut reader: R) -> Result<Self, String> {
        let file_bytes = reader.seek(SeekFrom::End(0)).map_err(|error| error.to_string())?;
        Ok(Self { archive: ZipArchive::new(reader).map_err(told)?, file_bytes })
    }

    /// Number of members.
    pub(crate) fn len(&self) -> usize {
        self.archive.len()
    }

    /// The members' names in order; names of arrays end in `.npy`.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.archive.file_names()
    }

    /// Begins to read a member, by its index in [`names`](Self::names).
    ///
    /// # Errors
    /// What is wrong with it, as a sentence about "it".
    pub(crate) fn array(&mut self, index: usize) -> Result<ArrayReader<ZipFile<'_, R>>, String> {
        let member = self.archive.by_index(index).map_err(told)?;
        // An uncompressed member cannot have more values than the file has bytes.
        Ok(ArrayReader::new(member)?.with_room(self.file_bytes))
    }
}

/// The archive reader's error. It would omit the reason of an operating system's error.
fn told(error: ZipError) -> String {
    match error {
        ZipError::Io(error) => error.to_string(),
        other => other.to_string(),
    }
}
