//! `quiescent experiments show`: one experiment with every key, and what follows from it.

use crate::ui::experiment;
use crate::ui::failure::Failure;
use crate::ui::flags::{Json, Threads};
use crate::ui::output::duration;
use clap::Args;
use quiescent::readable::counted;
use quiescent::workflow::plan::step_seconds;
use serde_json::json;

/// Print one experiment with every key, its unit, meaning and choices, and what follows from the values.
///
/// The text is an experiment file: the beginning of one's own.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  quiescent experiments show demo/spatial/noisy_unbiased > mine.yml\n  \
                  quiescent experiments show mine.yml network.units=256 --time\n\n--json prints the \
                  experiment and what follows from it."
)]
pub(super) struct Arguments {
    /// A shipped experiment or a YAML file.
    experiment: String,
    /// Changes, such as network.units=256.
    #[arg(value_name = "KEY=VALUE")]
    overrides: Vec<String>,
    /// Also measure a training step, and estimate how long training takes on this machine.
    #[arg(long)]
    time: bool,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    threads: Threads,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let experiment = experiment::resolve(&arguments.experiment, &arguments.overrides)?;
    let (step_s, threads) = arguments.threads.run(|threads| {
        let step_s = if arguments.time { step_seconds(&experiment)? } else { None };
        Ok((step_s, threads))
    })?;
    let training_s = step_s
        .map(|step_s| step_s * experiment.training.whole_batches(0..experiment.training.batches));
    let mut text = experiment.to_annotated_yaml()?;
    if arguments.time {
        let time = match (training_s, step_s) {
            (Some(training_s), Some(step_s)) => format!(
                "about {} on {} ({:.1} ms a batch, measured just now)",
                duration(training_s),
                counted(threads, "thread"),
                step_s * 1e3
            ),
            _ => "not measured: more memory is needed than is free".to_owned(),
        };
        text.push_str(&format!("# {:<18}  {time}\n", "training time"));
    }
    let shown = json!({
        "experiment": experiment,
        "derived": {
            "noise_sd_per_step": experiment.noise_sd_per_step(),
            "noise_mean_per_step": experiment.noise_mean_per_step(),
            "dt_over_tau": experiment.dt_over_tau(),
            "parameters": experiment.parameter_count(),
            "estimated_memory_mb": experiment.estimated_memory_bytes() as f64 / 1e6,
            "measured_step_s": step_s,
            "estimated_training_s": training_s,
            "threads": threads,
        },
    });
    arguments.json.print(&shown, |_| vec![text.trim_end().to_owned()])
}
