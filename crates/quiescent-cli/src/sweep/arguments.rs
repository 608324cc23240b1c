//! Flags of `quiescent sweep`.

use super::collect::CollectArguments;
use super::slurm::options::SlurmOptions;
use clap::{Args, Subcommand};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Train many networks that differ in a few keys, here or on a Slurm cluster.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:\n  quiescent sweep demo/spatial/noisy_unbiased \
                  network.noise.sigma=0.03,0.07,0.14 seed=0..4 --out noise --dry-run\n  quiescent \
                  sweep noise.yml --out noise\n  quiescent sweep noise.yml --out noise --slurm \
                  --partition short\n  quiescent sweep status noise\n  quiescent sweep collect \
                  noise\n\nA sweep file holds base, set, seeds, grid, zip and runs (docs/sweeps.md). \
                  Run the same command again after an interruption and it goes on where it \
                  stopped; runs that are done are not trained again, and a changed key makes a \
                  new run."
)]
pub(crate) struct SweepArguments {
    /// What to do with a sweep that was begun.
    #[command(subcommand)]
    pub(crate) command: Option<SweepCommand>,
    #[command(flatten)]
    pub(crate) begin: BeginArguments,
}

/// Beginning or going on.
#[derive(Debug, Args)]
pub(crate) struct BeginArguments {
    /// A sweep file, or an experiment to vary: a shipped one or a YAML file.
    #[arg(required = true, value_name = "SWEEP|EXPERIMENT")]
    pub(crate) sweep: Option<String>,
    /// Values of keys: KEY=A,B,C or KEY=0..4 (both ends included) make runs of each, KEY=VALUE holds
    /// for all. They replace what a sweep file says of the key.
    #[arg(value_name = "KEY=VALUES")]
    pub(crate) assignments: Vec<String>,
    /// Folder of the sweep.
    #[arg(long, value_name = "DIR", default_value = "quiescent-sweep")]
    pub(crate) out: PathBuf,
    /// Print the runs with the time and memory that each will take, and write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Runs trained at once; the threads are divided among them [default: what trains most in the
    /// same time, measured at the start].
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Worker threads in all [default: all cores]; the results depend neither on them nor on
    /// --jobs.
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    /// Do not simulate and measure the trained networks.
    #[arg(long)]
    pub(crate) train_only: bool,
    /// Print JSON instead of a table.
    #[arg(long, conflicts_with = "slurm")]
    pub(crate) json: bool,
    /// Hand the runs to Slurm and leave.
    #[arg(long, help_heading = "Slurm")]
    pub(crate) slurm: bool,
    /// With --slurm: write manifest and script, but do not submit them.
    #[arg(long, help_heading = "Slurm", requires = "slurm")]
    pub(crate) no_submit: bool,
    #[command(flatten)]
    pub(crate) options: SlurmOptions,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SweepCommand {
    Status(StatusArguments),
    Collect(CollectArguments),
    Task(TaskArguments),
}

/// Show what is done, running, waiting, failed and missing.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  quiescent sweep status noise\n  quiescent sweep status noise \
                  --resubmit --time 2:00:00\n\nReads the runs' folders, and asks squeue and sacct \
                  where they are installed."
)]
pub(crate) struct StatusArguments {
    /// Folder of the sweep.
    #[arg(value_name = "DIR")]
    pub(crate) sweep: PathBuf,
    /// Also name the runs that are done, if there are many.
    #[arg(long)]
    pub(crate) all: bool,
    /// Submit to Slurm what is neither done nor running nor waiting, with the flags of the last
    /// submission but for those given now.
    #[arg(long)]
    pub(crate) resubmit: bool,
    /// Print JSON.
    #[arg(long, conflicts_with = "resubmit")]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) options: SlurmOptions,
}

/// Do one task of a submitted sweep: what the array script calls.
#[derive(Debug, Args)]
#[command(after_help = "Example: quiescent sweep task noise/slurm/0001.json 3")]
pub(crate) struct TaskArguments {
    /// The manifest.
    #[arg(value_name = "MANIFEST")]
    pub(crate) manifest: PathBuf,
    /// Number of the task, from 0.
    #[arg(value_name = "NUMBER")]
    pub(crate) task: usize,
    /// Worker threads [default: all cores].
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
}
