//! One file or folder for each command: its flags and what it does. No command imports another; what
//! several share stands beside this folder.

pub(crate) mod bench;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod diff;
pub(crate) mod experiments;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod man;
pub(crate) mod measure;
pub(crate) mod movie;
pub(crate) mod report;
pub(crate) mod reproduce;
pub(crate) mod rest_map;
pub(crate) mod runs;
pub(crate) mod simulate;
pub(crate) mod sweep;
pub(crate) mod theory;
pub(crate) mod train;
pub(crate) mod verify;
pub(crate) mod view;
