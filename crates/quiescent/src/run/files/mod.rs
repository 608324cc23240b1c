//! Files that are replaced as a whole or not at all, their JSON and their hashes.

pub(super) mod atomic;
pub(super) mod digest;
pub(super) mod disk_space;
pub(super) mod json;
