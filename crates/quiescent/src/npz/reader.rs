//! Archives of arrays that are being read: npz files of any origin.

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

    /// The members' names in their order; arrays' end in `.npy`.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.archive.file_names()
    }

    /// Begins to read a member, by its place among [`names`](Self::names).
    ///
    /// # Errors
    /// What is wrong with it, as a sentence about "it".
    pub(crate) fn array(&mut self, index: usize) -> Result<ArrayReader<ZipFile<'_, R>>, String> {
        let member = self.archive.by_index(index).map_err(told)?;
        // A member stored as it is cannot have more values than the file has bytes.
        Ok(ArrayReader::new(member)?.with_room(self.file_bytes))
    }
}

/// The archive reader's error; of one of the operating system it would not say the reason.
fn told(error: ZipError) -> String {
    match error {
        ZipError::Io(error) => error.to_string(),
        other => other.to_string(),
    }
}
