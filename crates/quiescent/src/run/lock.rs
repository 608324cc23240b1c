//! One writer per run folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use super::host::host_name;
use super::{Holder, RunError};

/// Name of the lock file in a run folder.
pub(super) const LOCK_FILE: &str = "lock";

/// The right to write to a run folder, held until dropped.
///
/// It is the operating system's lock on the file `lock`, not the file's existence: when its
/// process ends, however it ends, the lock is free again and nothing is left to clean up. The file
/// stays (removing it would let two processes lock two files of one name); it names the holder.
#[derive(Debug)]
pub struct FolderLock {
    file: File,
    path: PathBuf,
}

impl FolderLock {
    /// Takes the lock of an existing folder without waiting.
    ///
    /// # Errors
    /// [`RunError::Locked`] with the holder's process id and host if it is taken;
    /// [`RunError::Unwritable`] if the lock file cannot be written.
    pub fn acquire(folder: &Path) -> Result<Self, RunError> {
        let path = folder.join(LOCK_FILE);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| RunError::unwritable(&path, error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(RunError::Locked {
                    path: folder.to_owned(),
                    holder: read_holder(&mut file),
                });
            }
            Err(TryLockError::Error(error)) => return Err(RunError::unwritable(&path, error)),
        }
        let lock = Self { file, path };
        lock.name_holder()?;
        Ok(lock)
    }

    fn name_holder(&self) -> Result<(), RunError> {
        let holder = Holder { pid: std::process::id(), host: host_name().to_owned() };
        let write = || {
            let mut line = serde_json::to_vec(&holder)?;
            line.push(b'\n');
            self.file.set_len(0)?;
            (&self.file).write_all(&line)
        };
        write().map_err(|error| RunError::unwritable(&self.path, error))
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // So that nobody is told of a holder who is gone.
        let _ = self.file.set_len(0);
        // Closing the file is not enough: if another thread is just starting a process, the copy
        // of the file between its fork and its exec would keep the lock a little longer.
        let _ = self.file.unlock();
    }
}

/// The holder as the file tells: nothing if it is just being written.
fn read_holder(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.take(4096).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}
