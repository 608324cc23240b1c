//! Flags that several commands have.

use super::failure::Failure;
use super::output::{say, say_json};
use clap::{Args, ValueEnum};
use quiescent::paper;
use serde::Serialize;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// `--threads N`
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Threads {
    /// Worker threads in all [default: all cores]; results do not depend on them.
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
}

impl Threads {
    /// Runs `work` on a pool of so many threads.
    pub(crate) fn run<R: Send>(
        self,
        work: impl FnOnce(usize) -> Result<R, Failure> + Send,
    ) -> Result<R, Failure> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(self.threads.map_or(0, NonZeroUsize::get))
            .build()
            .map_err(|error| Failure::Data(format!("cannot start worker threads: {error}")))?;
        let count = pool.current_num_threads();
        pool.install(|| work(count))
    }

    /// Gives so many threads to all work that has no pool of its own.
    pub(crate) fn everywhere(self) -> Result<(), Failure> {
        let Some(threads) = self.threads else { return Ok(()) };
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads.get())
            .build_global()
            .map_err(|error| Failure::Data(format!("cannot start worker threads: {error}")))
    }
}

/// `--jobs N`
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Jobs {
    /// Runs trained at once; the threads are divided among them [default: whichever number is
    /// fastest, measured at start]. Results do not depend on it.
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
}

/// `--json`
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Json {
    /// Print the results as JSON instead of lines.
    #[arg(id = "json", long = "json")]
    pub(crate) wanted: bool,
}

impl Json {
    /// Prints a result: as JSON if that was asked for, else in lines.
    pub(crate) fn print<T: Serialize>(
        self,
        result: &T,
        lines: impl FnOnce(&T) -> Vec<String>,
    ) -> Result<(), Failure> {
        if self.wanted {
            return say_json(result);
        }
        lines(result).iter().for_each(|line| say(line));
        Ok(())
    }
}

/// How large networks and phases are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scale {
    /// Smaller networks, 200 trials.
    Demo,
    /// As in the paper, but trained with a quarter of the arithmetic or less; networks then move less
    /// while quiescent.
    Fast,
    /// As in the paper: 512 units (head direction 128), 1000 trials.
    Paper,
}

impl From<Scale> for paper::Scale {
    fn from(scale: Scale) -> Self {
        match scale {
            Scale::Demo => Self::Demo,
            Scale::Fast => Self::Fast,
            Scale::Paper => Self::Paper,
        }
    }
}

/// Refuses runs of which one is given twice, whatever the paths.
pub(crate) fn check_distinct(runs: &[PathBuf]) -> Result<(), Failure> {
    for (number, path) in runs.iter().enumerate() {
        let place = path.canonicalize().ok();
        if place.is_some() && runs[..number].iter().any(|other| other.canonicalize().ok() == place)
        {
            return Err(Failure::Usage(format!("{} is given twice", path.display())));
        }
    }
    Ok(())
}
