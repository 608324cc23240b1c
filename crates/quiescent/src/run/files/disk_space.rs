//! How much room a disk has.

use std::io;
use std::path::Path;

use super::atomic::folder_of;

/// Refuses to begin with a file of `needed` bytes at `path` where its disk obviously lacks the room.
/// An earlier file of that name keeps its place until the new one is whole, so it makes none.
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

/// Bytes that this process may still write; none if that cannot be told.
#[cfg(unix)]
fn free_bytes(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    // Some file systems say nothing of their size.
    if disk.f_blocks == 0 {
        return None;
    }
    // What is kept back from users is root's to fill.
    let root = rustix::process::geteuid().is_root();
    disk.f_frsize.checked_mul(if root { disk.f_bfree } else { disk.f_bavail })
}

#[cfg(not(unix))]
fn free_bytes(_folder: &Path) -> Option<u64> {
    None
}
