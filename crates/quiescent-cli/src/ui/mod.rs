//! What all commands share of the terminal: flags, lines, progress, signals, failures.

pub(crate) mod dry_run;
pub(crate) mod examination;
pub(crate) mod experiment;
pub(crate) mod failure;
pub(crate) mod flags;
pub(crate) mod interrupt;
pub(crate) mod learning;
pub(crate) mod left_out;
pub(crate) mod markdown;
pub(crate) mod output;
pub(crate) mod planned;
pub(crate) mod progress;
pub(crate) mod recordings;
pub(crate) mod rest_changes;
pub(crate) mod table;
pub(crate) mod viewer;
pub(crate) mod watch;
