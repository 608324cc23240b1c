//! `quiescent experiments`: what is shipped, and what an experiment amounts to.

use crate::ui::failure::Failure;
use crate::ui::flags::{Json, Threads};
use crate::ui::noise;
use crate::ui::output::duration;
use clap::{Args, Subcommand};
use quiescent::experiment::{Experiment, shipped};
use quiescent::readable::counted;
use quiescent::workflow::plan::step_seconds;
use serde_json::json;

/// List the shipped experiments, or show one resolved.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  quiescent experiments\n  quiescent experiments show \
                  paper/spatial/noisy_unbiased network.units=256\n\n--json prints a list of {name, about}, or the experiment and what follows from it."
)]
pub(crate) struct Arguments {
    /// Show one experiment.
    #[command(subcommand)]
    show: Option<ExperimentsCommand>,
    #[command(flatten)]
    json: Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ExperimentsCommand {
    /// Print one experiment with every key, and what follows from it.
    Show {
        /// A shipped experiment or a YAML file.
        experiment: String,
        /// Changes, such as network.units=256.
        #[arg(value_name = "KEY=VALUE")]
        overrides: Vec<String>,
        #[command(flatten)]
        json: Json,
        #[command(flatten)]
        threads: Threads,
    },
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.show {
        None => list(arguments.json),
        Some(ExperimentsCommand::Show { experiment, overrides, json, threads }) => {
            show(&Experiment::resolve(experiment, overrides)?, *json, *threads)
        }
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

fn show(experiment: &Experiment, json: Json, threads: Threads) -> Result<(), Failure> {
    let (step_s, threads) = threads.run(|threads| Ok((step_seconds(experiment)?, threads)))?;
    let training_s = step_s
        .map(|step_s| step_s * experiment.training.whole_batches(0..experiment.training.batches));
    let memory = experiment.estimated_memory_bytes() as f64 / 1e6;
    let yaml = experiment.to_yaml()?;
    let shown = json!({
        "experiment": experiment,
        "derived": {
            "noise_sd_per_step": experiment.noise_sd_per_step(),
            "noise_mean_per_step": experiment.noise_mean_per_step(),
            "dt_over_tau": experiment.dt_over_tau(),
            "parameters": experiment.parameter_count(),
            "estimated_memory_mb": memory,
            "measured_step_s": step_s,
            "estimated_training_s": training_s,
            "threads": threads,
        },
    });
    json.print(&shown, |_| {
        vec![
            yaml.trim_end().to_owned(),
            String::new(),
            "# What follows from it".to_owned(),
            format!("# waking noise        {}", noise::waking(experiment)),
            format!("# quiescent noise     {}", noise::quiescent(experiment)),
            format!("# Δt/τ                {:.4}", experiment.dt_over_tau()),
            format!("# parameters          {}", experiment.parameter_count()),
            format!("# memory              about {memory:.0} MB in training"),
            match (training_s, step_s) {
                (Some(training_s), Some(step_s)) => format!(
                    "# training time       about {} on {} ({:.1} ms a batch, \
                     measured just now)",
                    duration(training_s),
                    counted(threads, "thread"),
                    step_s * 1e3
                ),
                _ => "# training time       not measured: more memory is needed than is free"
                    .to_owned(),
            },
        ]
    })
}
