//! Replaces files atomically: after any interruption they are the old ones or the new ones.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use super::digest::file_sha256;
use crate::run::RunError;

/// Suffix of temporary names. With the leading dot it distinguishes leftovers of this program from a user's files.
const TEMPORARY_SUFFIX: &str = ".partial";

/// Writes a file under a temporary name in the same folder, syncs it to the disk and renames it to
/// `path`: readers see the old content or the whole new one, and so does the next start after a
/// kill or a power cut. The temporary file is removed if anything fails.
///
/// # Errors
/// [`RunError::Unwritable`], whether `write` or the file system failed.
pub fn write_atomically<F>(path: &Path, write: F) -> Result<(), RunError>
where
    F: FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
{
    let mut files = FileSet::default();
    files.write(path, write)?;
    files.finish()
}

/// Files that belong together: all are written under temporary names, and none takes its place
/// before all are whole. Dropped unfinished, it leaves the old files as they were.
#[derive(Debug, Default)]
pub struct FileSet {
    written: Vec<(TempPath, PathBuf)>,
}

impl FileSet {
    /// Writes a file under a temporary name in the folder of `path` and syncs it to the disk.
    ///
    /// # Errors
    /// [`RunError::Unwritable`], whether `write` or the file system failed.
    pub fn write<F>(&mut self, path: &Path, write: F) -> Result<(), RunError>
    where
        F: FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
    {
        // Checked before other files of the set have taken their places.
        if path.is_dir() {
            let error =
                io::Error::new(io::ErrorKind::IsADirectory, "there is a folder of that name");
            return Err(RunError::unwritable(path, error));
        }
        let temporary =
            write_temporary(path, write).map_err(|error| RunError::unwritable(path, error))?;
        self.written.push((temporary, path.to_owned()));
        Ok(())
    }

    /// The files' paths, each with the SHA-256 of what was written for it.
    ///
    /// # Errors
    /// [`RunError::Unreadable`].
    pub fn sha256(&self) -> Result<Vec<(PathBuf, String)>, RunError> {
        let of = |(temporary, path): &(TempPath, PathBuf)| {
            let sha256 =
                file_sha256(temporary).map_err(|error| RunError::unreadable(path, error))?;
            Ok((path.clone(), sha256))
        };
        self.written.iter().map(of).collect()
    }

    /// Adds the files of another set.
    pub fn extend(&mut self, other: Self) {
        self.written.extend(other.written);
    }

    /// Renames every file to the path that it was written for, in the order of writing.
    ///
    /// # Errors
    /// [`RunError::Unwritable`]; files before the one named are new, the others old.
    pub fn finish(self) -> Result<(), RunError> {
        let mut folders: Vec<PathBuf> = Vec::new();
        for (temporary, path) in self.written {
            temporary.persist(&path).map_err(|error| RunError::unwritable(&path, error.error))?;
            let folder = folder_of(&path);
            if !folders.iter().any(|known| known == folder) {
                folders.push(folder.to_owned());
            }
        }
        folders.iter().try_for_each(|folder| {
            sync_folder(folder).map_err(|error| RunError::unwritable(folder, error))
        })
    }
}

fn write_temporary<F>(path: &Path, write: F) -> io::Result<TempPath>
where
    F: FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
{
    let temporary = temporary_beside(path)?;
    let mut writer = BufWriter::new(temporary.as_file());
    write(&mut writer)?;
    writer.flush()?;
    drop(writer);
    temporary.as_file().sync_all()?;
    Ok(temporary.into_temp_path())
}

/// An empty file of a temporary name in the folder of `path`. It is removed when dropped, and by
/// [`remove_leftovers`] after a kill.
pub(crate) fn temporary_beside(path: &Path) -> io::Result<NamedTempFile> {
    let mut prefix = OsStr::new(".").to_owned();
    prefix.push(path.file_name().unwrap_or_default());
    prefix.push(".");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(TEMPORARY_SUFFIX);
    #[cfg(unix)]
    {
        // Runs are shared with colleagues: the usual permissions (less the umask), not the private
        // ones of temporary files.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder_of(path))
}

/// Creates a folder and its parents, durably. An existing one is fine.
pub(crate) fn create_folder(path: &Path) -> Result<(), RunError> {
    if path.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(path)
        .and_then(|()| sync_folder(folder_of(path)))
        .map_err(|error| RunError::unwritable(path, error))
}

/// Removes the temporary files that killed writers left in `folder`, if that exists. Only the folder's
/// one writer may call this.
///
/// # Errors
/// [`RunError::Unreadable`] or [`RunError::Unwritable`].
pub fn remove_leftovers(folder: &Path) -> Result<(), RunError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(RunError::unreadable(folder, error)),
    };
    for entry in entries {
        let entry = entry.map_err(|error| RunError::unreadable(folder, error))?;
        if is_leftover(&entry.file_name()) {
            match fs::remove_file(entry.path()) {
                // A process that checks a lock puts a file here for a moment.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                result => result.map_err(|error| RunError::unwritable(&entry.path(), error))?,
            }
        }
    }
    Ok(())
}

/// Whether a file name is one of [`write_atomically`]'s temporary ones.
pub(crate) fn is_leftover(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.starts_with(b".") && name.ends_with(TEMPORARY_SUFFIX.as_bytes())
}

pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Makes a rename or a new file durable: on Unix the name lives in the folder, which is synced on
/// its own.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    match File::open(folder)?.sync_all() {
        // Some network file systems cannot sync folders; the file itself is safe by then.
        Err(error)
            if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
        }
        result => result?,
    }
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}
