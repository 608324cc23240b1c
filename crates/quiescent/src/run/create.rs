//! How a run begins in a folder, and how a writer takes over an existing one.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;

use super::failure::{self, FAILURE_FILE};
use super::files::atomic::{create_folder, folder_of, is_leftover, sync_folder};
use super::files::json;
use super::folder::{CHECKPOINTS, PHASES, RUN_FILE, file_names, read_experiment, read_record};
use super::formats::experiment_file::{self, EXPERIMENT_FILE};
use super::lock::folder_lock::{LOCK_FILE, TAKEOVER_FILE};
use super::lock::host::{host_name, unix_time_s};
use super::{
    FileSet, FolderLock, NotARunReason, RunError, RunFolder, RunRecord, RunWriter, SCHEMA_VERSION,
    Status, remove_leftovers,
};
use crate::experiment::Experiment;

/// Folders in which a killed writer may have left temporary files.
const FOLDERS: [&str; 4] = ["", CHECKPOINTS, PHASES, "figures"];

impl RunFolder {
    /// Begins a run in a new or empty folder (a `failure.json` is ignored and removed). Takes the
    /// lock, then writes `experiment.yml`, then `run.json` with [`Status::Running`], batch 0 and 0
    /// threads, since their number is not known yet.
    ///
    /// # Errors
    /// [`RunError::AlreadyARun`], [`RunError::NotEmpty`], [`RunError::Locked`] or
    /// [`RunError::Unwritable`]. In each case everything that was there is unchanged.
    pub fn create(path: impl AsRef<Path>, experiment: &Experiment) -> Result<RunWriter, RunError> {
        Self::create_keeping(path, experiment, None)
    }

    /// [`create`](Self::create) with a copy of the recording at `recording` in the folder, under the
    /// relative path that the experiment names. The copy is whole before the folder is a run.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn create_keeping(
        path: impl AsRef<Path>,
        experiment: &Experiment,
        recording: Option<&Path>,
    ) -> Result<RunWriter, RunError> {
        let path = path.as_ref();
        check_vacant(path)?;
        create_folder(path)?;
        let lock = FolderLock::acquire(path)?;
        // Another process may have begun a run between the check and the lock.
        check_vacant(path)?;
        clean_up(path)?;
        failure::remove(path)?;
        let mut files = FileSet::default();
        if let (Some(from), Some(spec)) = (recording, experiment.task.recording()) {
            files.write(&path.join(&spec.file), |writer| {
                io::copy(&mut fs::File::open(from)?, writer).map(drop)
            })?;
        }
        experiment_file::write_into(&mut files, &path.join(EXPERIMENT_FILE), experiment)?;
        files.finish()?;
        let record = new_record(experiment);
        json::write(&path.join(RUN_FILE), &record)?;
        let folder = Self { path: path.to_owned(), experiment: experiment.clone(), record };
        Ok(RunWriter::new(folder, lock))
    }

    /// Opens a run for writing. Takes its lock, then removes `failure.json` and the temporary files of
    /// a killed writer. A run that was killed before it had a `run.json` gets one.
    ///
    /// # Errors
    /// Those of [`RunFolder::open`], [`RunError::Locked`] and [`RunError::Unwritable`].
    pub fn open_for_writing(path: impl AsRef<Path>) -> Result<RunWriter, RunError> {
        let path = path.as_ref();
        // Before the lock, whose file must not appear in a folder that is not a run.
        let experiment = read_experiment(path)?;
        let lock = FolderLock::acquire(path)?;
        clean_up(path)?;
        failure::remove(path)?;
        let record = match read_record(path)? {
            Some(record) => record,
            None => {
                let record = new_record(&experiment);
                json::write(&path.join(RUN_FILE), &record)?;
                record
            }
        };
        let folder = Self { path: path.to_owned(), experiment, record };
        Ok(RunWriter::new(folder, lock))
    }

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
        // Its lock has the temporary path, which is about to disappear.
        drop(writer);
        match fs::remove_dir(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unwritable(error)),
            _ => {}
        }
        fs::rename(temporary.path(), path).map_err(unwritable)?;
        // The temporary path no longer exists, so nothing is left to remove.
        let _ = temporary.keep();
        sync_folder(parent).map_err(unwritable)
    }

    /// Fails unless the folder is missing or empty.
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

fn new_record(experiment: &Experiment) -> RunRecord {
    let now = unix_time_s();
    RunRecord {
        schema_version: SCHEMA_VERSION,
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        status: Status::Running,
        seed: experiment.seed,
        batch: 0,
        host: host_name().to_owned(),
        threads: 0,
        started_unix_s: now,
        updated_unix_s: now,
        training_s: 0.0,
        parameters_sha256: None,
        chance: None,
        recording: None,
        imported: None,
    }
}

/// Whether a run may begin here: the folder is missing or holds nothing but what an attempt to
/// begin one has left.
pub(super) fn check_vacant(path: &Path) -> Result<(), RunError> {
    if path.is_file() {
        return Err(RunError::NotARun { path: path.to_owned(), reason: NotARunReason::IsAFile });
    }
    let names = file_names(path)?;
    if names.iter().any(|name| name == EXPERIMENT_FILE || name == RUN_FILE) {
        return Err(RunError::AlreadyARun { path: path.to_owned() });
    }
    let ours = |name: &String| {
        [LOCK_FILE, TAKEOVER_FILE, FAILURE_FILE].contains(&name.as_str())
            || is_leftover(OsStr::new(name))
    };
    match names.into_iter().find(|name| !ours(name)) {
        Some(found) => {
            Err(RunError::NotEmpty { path: path.to_owned(), found: format!("`{found}`") })
        }
        None => Ok(()),
    }
}

fn clean_up(path: &Path) -> Result<(), RunError> {
    FOLDERS.iter().try_for_each(|folder| remove_leftovers(&path.join(folder)))
}
