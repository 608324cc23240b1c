//! The Slurm executor: one manifest and one readable script for each array of jobs, handed to
//! `sbatch`. Nothing has to stay alive: what has become of the runs is read from their folders.

mod client;
mod job;
pub(crate) mod options;
mod queue;
mod script;
pub(crate) mod state;
mod submit;

pub(crate) use job::this_job;
pub(crate) use queue::{Submissions, was_submitted};
pub(crate) use submit::{submit, submit_missing};
