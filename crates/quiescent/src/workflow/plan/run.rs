//! Planned runs: what every executor works on.

use std::path::PathBuf;

use super::After;
use crate::experiment::Experiment;

/// One run of a plan.
#[derive(Debug, Clone)]
pub struct Run {
    /// What people call it.
    pub name: String,
    /// Its folder, relative to the plan's.
    pub folder: PathBuf,
    /// Keys that vary and their values, as they were written.
    pub varied: Vec<(String, String)>,
    /// What is trained.
    pub experiment: Experiment,
    /// [`Experiment::identity`].
    pub identity: String,
    /// What is to be done with it once it is trained.
    pub after: After,
}

impl Run {
    /// Bytes that the run needs at most at a time.
    pub fn memory_bytes(&self) -> u64 {
        // Peaks seen on one thread: 74 MB for a study at demo scale, 232 MB at the paper's. More threads
        // hold more parts of the hidden activity.
        let measured = match self.after {
            After::Nothing => 0,
            After::Measure | After::StudyDemo => 150 << 20,
            After::StudyPaper => 400 << 20,
        };
        self.experiment.estimated_memory_bytes().max(measured) + (30 << 20)
    }
}

/// How this machine's threads are shared among runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sharing {
    /// Runs worked on at once.
    pub jobs: usize,
    /// Threads of each.
    pub threads: usize,
}

impl Sharing {
    /// So many threads in all among so many runs at once; each of both is at least one.
    pub fn among(jobs: usize, threads: usize) -> Self {
        let jobs = jobs.max(1);
        Self { jobs, threads: (threads / jobs).max(1) }
    }
}

/// Runs under one folder.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The folder.
    pub out: PathBuf,
    /// One line for people.
    pub about: String,
    /// The runs.
    pub runs: Vec<Run>,
}

impl Plan {
    /// The run folder of a run.
    pub fn folder(&self, run: &Run) -> PathBuf {
        self.out.join(&run.folder)
    }

    /// The same plan of other runs.
    pub fn with(&self, runs: Vec<Run>) -> Self {
        Self { out: self.out.clone(), about: self.about.clone(), runs }
    }
}
