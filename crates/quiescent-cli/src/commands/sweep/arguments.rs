//! Flags of `quiescent sweep`.

use crate::collect::CollectArguments;
use crate::slurm::options::{SlurmOptions, Submit};
use crate::ui::flags::{Jobs, Json, Threads};
use clap::{Args, Subcommand};
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
                  After an interruption the same command resumes where it \
                  stopped; runs that are done are not trained again, and a changed key makes a \
                  new run. --json prints the runs with their results, after --dry-run with their \
                  estimates."
)]
pub(crate) struct Arguments {
    /// What to do with a sweep that was begun.
    #[command(subcommand)]
    pub(super) command: Option<SweepCommand>,
    #[command(flatten)]
    pub(super) begin: BeginArguments,
}

/// Starting or resuming.
#[derive(Debug, Args)]
pub(super) struct BeginArguments {
    /// A sweep file, or an experiment to vary: a shipped one or a YAML file.
    #[arg(required = true, value_name = "SWEEP|EXPERIMENT")]
    pub(super) sweep: Option<String>,
    /// Values of keys: KEY=A,B,C or KEY=0..4 (both ends included) make runs of each, KEY=VALUE holds
    /// for all. They replace what a sweep file says of the key.
    #[arg(value_name = "KEY=VALUES")]
    pub(super) assignments: Vec<String>,
    /// Folder of the sweep.
    #[arg(long, value_name = "DIR", default_value = "quiescent-sweep")]
    pub(super) out: PathBuf,
    /// Print the runs with the time and memory that each will take, and write nothing.
    #[arg(long)]
    pub(super) dry_run: bool,
    #[command(flatten)]
    pub(super) jobs: Jobs,
    #[command(flatten)]
    pub(super) threads: Threads,
    /// Do not simulate and measure the trained networks.
    #[arg(long)]
    pub(super) train_only: bool,
    #[command(flatten)]
    pub(super) json: Json,
    #[command(flatten)]
    pub(super) submit: Submit,
}

#[derive(Debug, Subcommand)]
pub(super) enum SweepCommand {
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
pub(super) struct StatusArguments {
    /// Folder of the sweep.
    #[arg(value_name = "DIR")]
    pub(super) sweep: PathBuf,
    /// Also name the runs that are done, if there are many.
    #[arg(long)]
    pub(super) all: bool,
    /// Submit to Slurm what is neither done nor running nor waiting, reusing the last submission's
    /// flags, except those given now.
    #[arg(long, conflicts_with = "json")]
    pub(super) resubmit: bool,
    #[command(flatten)]
    pub(super) json: Json,
    #[command(flatten)]
    pub(super) options: SlurmOptions,
}

/// Do one task of a submitted sweep: what the array script calls.
#[derive(Debug, Args)]
#[command(after_help = "Example: quiescent sweep task noise/slurm/0001.json 3")]
pub(super) struct TaskArguments {
    /// The manifest.
    #[arg(value_name = "MANIFEST")]
    pub(super) manifest: PathBuf,
    /// Number of the task, from 0.
    #[arg(value_name = "NUMBER")]
    pub(super) task: usize,
    #[command(flatten)]
    pub(super) threads: Threads,
}
