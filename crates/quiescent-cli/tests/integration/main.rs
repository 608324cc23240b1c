//! The command, run as a user would: one binary for all.
#![allow(clippy::unwrap_used, reason = "tests")]

mod collect;
mod commands;
mod common;
mod exchange;
mod import_circles;
mod interruption;
mod moved_recordings;
mod reproduce;
mod rest_map;
mod run_folders;
#[cfg(unix)]
mod sweep;
mod theory;
mod train;
mod view;
