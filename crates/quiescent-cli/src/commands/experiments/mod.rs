//! `quiescent experiments`: what is shipped, what an experiment amounts to, and what its keys mean.

mod keys;
mod show;

use crate::ui::failure::Failure;
use crate::ui::flags::Json;
use clap::{Args, Subcommand};
use quiescent::experiment::{Experiment, shipped};
use serde_json::json;

/// List the shipped experiments, show one with every key, or explain the keys.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  quiescent experiments\n  quiescent experiments show \
                  paper/spatial/noisy_unbiased network.units=256 > mine.yml\n  quiescent experiments \
                  keys 'rest.*'\n\n--json prints a list of {name, about}."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<ExperimentsCommand>,
    #[command(flatten)]
    json: Json,
}

#[derive(Debug, Subcommand)]
enum ExperimentsCommand {
    Show(show::Arguments),
    Keys(keys::Arguments),
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.command {
        None => list(arguments.json),
        Some(ExperimentsCommand::Show(arguments)) => show::run(arguments),
        Some(ExperimentsCommand::Keys(arguments)) => keys::run(arguments),
    }
}

fn list(json: Json) -> Result<(), Failure> {
    let experiments = shipped()
        .map(|(name, _)| Ok((name, Experiment::named(name)?.about)))
        .collect::<Result<Vec<_>, Failure>>()?;
    let width = experiments.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let lines =
        experiments.iter().map(|(name, about)| format!("{name:<width$}  {about}")).collect();
    let list: Vec<_> =
        experiments.iter().map(|(name, about)| json!({ "name": name, "about": about })).collect();
    json.print(&list, |_| lines)
}
