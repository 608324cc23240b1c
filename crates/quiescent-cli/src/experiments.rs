//! `quiescent experiments`: what is shipped, and what an experiment amounts to.

use crate::arguments::{ExperimentsArguments, ExperimentsCommand};
use crate::failure::Failure;
use crate::noise;
use crate::output::{duration, say, say_json};
use crate::threads;
use quiescent::experiment::{Experiment, shipped};
use quiescent::training::{Event, Trainer};
use quiescent::workflow::enough_memory;
use serde_json::json;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

/// Time given to the estimate of training time.
const ESTIMATE: Duration = Duration::from_millis(500);

/// Runs the command.
pub(crate) fn run(arguments: &ExperimentsArguments) -> Result<(), Failure> {
    match &arguments.show {
        None => list(arguments.json),
        Some(ExperimentsCommand::Show { experiment, overrides, json, threads }) => {
            show(&Experiment::resolve(experiment, overrides)?, *json, *threads)
        }
    }
}

fn list(json: bool) -> Result<(), Failure> {
    let experiments = shipped()
        .map(|(name, _)| Ok((name, Experiment::named(name)?)))
        .collect::<Result<Vec<_>, Failure>>()?;
    if json {
        let list: Vec<_> = experiments
            .iter()
            .map(|(name, experiment)| json!({ "name": name, "about": experiment.about }))
            .collect();
        return say_json(&json!(list));
    }
    let width = experiments.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    for (name, experiment) in experiments {
        say(&format!("{name:<width$}  {}", experiment.about));
    }
    Ok(())
}

fn show(experiment: &Experiment, json: bool, threads: Option<NonZeroUsize>) -> Result<(), Failure> {
    let (step_s, threads) =
        threads::with(threads, |threads| Ok((step_seconds(experiment)?, threads)))?;
    let training_s = step_s.map(|step_s| step_s * experiment.training.batches as f64);
    let memory = experiment.estimated_memory_bytes() as f64 / 1e6;
    if json {
        return say_json(&json!({
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
        }));
    }
    say(experiment.to_yaml()?.trim_end());
    say("");
    say("# What follows from it");
    say(&format!("# waking noise        {}", noise::waking(experiment)));
    say(&format!("# quiescent noise     {}", noise::quiescent(experiment)));
    say(&format!("# Δt/τ                {:.4}", experiment.dt_over_tau()));
    say(&format!("# parameters          {}", experiment.parameter_count()));
    say(&format!("# memory              about {memory:.0} MB in training"));
    say(&match (training_s, step_s) {
        (Some(training_s), Some(step_s)) => format!(
            "# training time       about {} on {threads} threads ({:.1} ms a batch, measured just \
             now)",
            duration(training_s),
            step_s * 1e3
        ),
        _ => "# training time       not measured: more memory is needed than is free".to_owned(),
    });
    Ok(())
}

/// Time of one training batch on the current pool, measured by training for a moment; none if the
/// machine's free memory does not hold the training.
pub(crate) fn step_seconds(experiment: &Experiment) -> Result<Option<f64>, Failure> {
    if enough_memory(experiment).is_err() {
        return Ok(None);
    }
    let mut trainer = Trainer::new(experiment)?;
    // The first step touches all memory for the first time.
    let mut fastest = f64::INFINITY;
    let began = Instant::now();
    let mut taken = 0;
    while taken < 2 || began.elapsed() < ESTIMATE {
        let step = Instant::now();
        match trainer.next() {
            Some(Event::Batch { .. }) => taken += 1,
            Some(Event::Test { .. } | Event::Checkpoint { .. }) => continue,
            Some(Event::Diverged { .. }) | None => break,
        }
        fastest = fastest.min(step.elapsed().as_secs_f64());
    }
    Ok(Some(fastest).filter(|fastest| fastest.is_finite()))
}
