//! Sweeps on a real Slurm cluster, whose tasks are killed, requeued, preempted and cancelled.

mod cancelled;
mod harness;
mod limits;
mod lost;
mod submitted;
mod whole;
