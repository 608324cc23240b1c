//! `quiescent sweep`: many runs of one experiment.

pub(crate) mod collect;

use crate::failure::Failure;
use clap::{Args, Subcommand};
use collect::CollectArguments;

/// Gather the runs of a sweep.
#[derive(Debug, Args)]
#[command(after_help = "Example: quiescent sweep collect sweeps/noise")]
pub(crate) struct SweepArguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: SweepCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SweepCommand {
    Collect(CollectArguments),
}

/// Runs the command.
pub(crate) fn run(arguments: &SweepArguments) -> Result<(), Failure> {
    match &arguments.command {
        SweepCommand::Collect(arguments) => collect::run(arguments),
    }
}
