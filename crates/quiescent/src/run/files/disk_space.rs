//! How much space a disk has.

use std::io;
use std::path::Path;

use super::atomic::folder_of;

/// Fails if the disk clearly lacks the space for a file of `needed` bytes at `path`. An earlier file
/// of that name stays until the new one is complete, so its space does not count as free.
///
/// # Errors
/// Of the kind [`io::ErrorKind::StorageFull`], with what is needed and what is free.
pub(crate) fn check_room(path: &Path, needed: u64) -> io::Result<()> {
    match free_bytes(folder_of(path)) {
        Some(free) if free < needed => Err(io::Error::new(
            io::ErrorKind::StorageFull,
            format!("it needs {needed} bytes, and {free} are free on its disk"),
        )),
        _ => Ok(()),
    }
}

/// Bytes that this process can still write; `None` if unknown.
#[cfg(unix)]
fn free_bytes(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    // Some file systems do not report their size.
    if disk.f_blocks == 0 {
        return None;
    }
    // Root may also use the space that is reserved.
    let root = rustix::process::geteuid().is_root();
    disk.f_frsize.checked_mul(if root { disk.f_bfree } else { disk.f_bavail })
}

#[cfg(not(unix))]
fn free_bytes(_folder: &Path) -> Option<u64> {
    None
}
