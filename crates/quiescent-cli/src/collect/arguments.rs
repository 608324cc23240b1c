//! Flags of `sweep collect`.

use crate::ui::flags::{Json, Threads};
use clap::Args;
use std::path::PathBuf;

/// Gather every run below a folder into one table and draw a measurement against a swept key.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  quiescent sweep collect sweeps/noise\n  quiescent sweep collect \
                  sweeps/noise --measurement decode_error,test_loss --against network.noise.sigma \
                  --where network.units=512\n\nWrites table.csv, one row per run and measurement, and \
                  figures/MEASUREMENT_vs_KEY.svg, pdf, png and csv: mean ± \
                  standard deviation over seeds. Figures of an earlier collection there are \
                  removed. Divergences of networks that have not learned are hollow points, and no \
                  part of means. docs/formats.md describes the columns. Runs that \
                  cannot be read are named and do not stop the others; the exit code is then 3."
)]
pub(crate) struct CollectArguments {
    /// The folder to look for run folders in, at any depth.
    #[arg(value_name = "DIR")]
    pub(super) folder: PathBuf,
    /// Folder for the table and the figures [default: DIR/collected].
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// What to draw, one figure each [default: kl_quiescent_from_active; where nothing has it, the
    /// study's, else decode_error].
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(super) measurement: Vec<String>,
    /// The swept key to draw against, or seed [default: the key with the most values].
    #[arg(long, value_name = "KEY")]
    pub(super) against: Option<String>,
    /// Draw only runs whose experiment says so, such as network.units=512; repeatable. The table
    /// holds all runs.
    #[arg(long = "where", value_name = "KEY=VALUE")]
    pub(super) only: Vec<String>,
    #[command(flatten)]
    pub(super) threads: Threads,
    #[command(flatten)]
    pub(super) json: Json,
}
