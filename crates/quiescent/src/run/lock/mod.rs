//! The lock of a run folder: who holds it, and whether that process is alive.

pub(super) mod folder_lock;
pub(super) mod holder;
pub(super) mod host;
pub(super) mod process;
pub(super) mod record;
