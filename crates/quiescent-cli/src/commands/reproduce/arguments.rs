//! Flags of `quiescent reproduce`.

use crate::slurm::options::Submit;
use crate::ui::flags::{Jobs, Json, Scale, Threads};
use clap::Args;
use std::path::PathBuf;

/// Train the paper's networks, draw its figures and test its claims.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  quiescent reproduce --dry-run\n  quiescent reproduce\n  quiescent reproduce --scale paper --seeds 0 \
                  --only spatial --out paper\n  quiescent reproduce --scale paper --out paper \
                  --slurm --partition short\n\nAfter an interruption the same command resumes \
                  where it stopped. Writes report.html, claims.json, figures/ (svg, pdf, png, csv) \
                  and runs/; --json prints claims.json (with --dry-run, the plan). With --slurm the networks are trained on a cluster; the same command without it then reports on those that are done."
)]
pub(crate) struct Arguments {
    /// How large networks and phases are, and how the networks are trained.
    #[arg(long, value_enum, default_value_t = Scale::Demo)]
    pub(super) scale: Scale,
    /// Seeds, such as 0..4 (both ends included) or 0,2,5 [default: 0..1 at demo scale (of GRUs only
    /// 0), 0..4 at the others].
    #[arg(long, value_name = "SEEDS")]
    pub(super) seeds: Option<String>,
    /// Only these conditions: spatial, head_direction, or names such as noisy_unbiased, separated
    /// by commas.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(super) only: Vec<String>,
    #[command(flatten)]
    pub(super) jobs: Jobs,
    /// Say what would be trained, simulated, measured and compared, with estimates of time and memory, and
    /// write nothing.
    #[arg(long, conflicts_with = "slurm")]
    pub(super) dry_run: bool,
    /// List every claim that could not be tested.
    #[arg(long)]
    pub(super) verbose: bool,
    /// Folder for runs, figures, claims.json and report.html.
    #[arg(long, value_name = "DIR", default_value = "quiescent-reproduce")]
    pub(super) out: PathBuf,
    #[command(flatten)]
    pub(super) threads: Threads,
    /// Changes to every network's experiment, such as training.batches=50 for a trial.
    #[arg(value_name = "KEY=VALUE")]
    pub(super) overrides: Vec<String>,
    #[command(flatten)]
    pub(super) json: Json,
    /// Train here what is missing, though it was handed to Slurm.
    #[arg(long, help_heading = "Slurm", conflicts_with = "slurm")]
    pub(super) here: bool,
    #[command(flatten)]
    pub(super) submit: Submit,
}
