//! The executable of this program, which jobs on a cluster run.

use std::io;
use std::path::PathBuf;
use std::sync::OnceLock;

static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Names the executable where this process is another one, such as Python's interpreter. Only the first call
/// counts.
pub fn set_program(path: PathBuf) {
    let _ = PROGRAM.set(path);
}

/// The executable.
pub(crate) fn program() -> io::Result<PathBuf> {
    PROGRAM.get().cloned().map_or_else(std::env::current_exe, Ok)
}
