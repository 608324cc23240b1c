//! Run folders that appear whole or not at all.

use std::fs;
use std::io;
use std::path::Path;

use super::atomic::{create_folder, folder_of, sync_folder};
use super::folder::{check_vacant, file_names};
use super::{RunError, RunFolder, RunWriter};
use crate::experiment::Experiment;

impl RunFolder {
    /// Makes a run that needs no training: `fill` writes everything into a folder of a temporary
    /// name beside `path`, which then becomes `path`. If anything fails, nothing is left behind.
    ///
    /// # Errors
    /// [`RunError::AlreadyARun`] or [`RunError::NotEmpty`] if there is anything at `path` but an
    /// empty folder; [`RunError::Unwritable`]; those of `fill`.
    pub fn create_whole(
        path: impl AsRef<Path>,
        experiment: &Experiment,
        fill: impl FnOnce(&mut RunWriter) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        let path = path.as_ref();
        Self::check_empty(path)?;
        let parent = folder_of(path);
        create_folder(parent)?;
        let unwritable = |error| RunError::unwritable(path, error);
        let mut builder = tempfile::Builder::new();
        builder.prefix(".import.").suffix(".partial");
        #[cfg(unix)]
        {
            // As for files: the usual permissions, less the umask.
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o777));
        }
        let temporary = builder.tempdir_in(parent).map_err(unwritable)?;
        let mut writer = Self::create(temporary.path(), experiment)?;
        fill(&mut writer)?;
        // Its lock is of the temporary name, which ends here.
        drop(writer);
        match fs::remove_dir(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unwritable(error)),
            _ => {}
        }
        fs::rename(temporary.path(), path).map_err(unwritable)?;
        // What it was called is gone, so there is nothing to be removed.
        let _ = temporary.keep();
        sync_folder(parent).map_err(unwritable)
    }

    /// Refuses anything but a missing or an empty folder.
    ///
    /// # Errors
    /// [`RunError::AlreadyARun`] or [`RunError::NotEmpty`].
    pub fn check_empty(path: impl AsRef<Path>) -> Result<(), RunError> {
        let path = path.as_ref();
        check_vacant(path)?;
        match file_names(path)?.first() {
            None => Ok(()),
            Some(found) => {
                Err(RunError::NotEmpty { path: path.to_owned(), found: format!("`{found}`") })
            }
        }
    }
}
