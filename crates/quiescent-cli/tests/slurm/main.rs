//! Sweeps on a real Slurm cluster, whose tasks are killed, requeued, preempted and cancelled. They wait for
//! deadlines, so they have a binary, and the machine, to themselves.
#![cfg(unix)]
#![allow(clippy::unwrap_used, dead_code, reason = "tests, which use a part of what is common")]

#[path = "../integration/common/mod.rs"]
mod common;

mod cancelled;
mod cluster;
mod harness;
mod limits;
mod lost;
mod submitted;
mod whole;
