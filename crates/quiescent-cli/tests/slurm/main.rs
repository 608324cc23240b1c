//! Sweeps on a real Slurm cluster, whose tasks are killed, requeued, preempted and cancelled.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../common/mod.rs"]
mod common;

mod cancelled;
mod harness;
mod limits;
mod lost;
mod submitted;
mod whole;
