//! `quiescent reproduce`: the paper's networks, figures and claims by one command that can be
//! stopped at any time.

mod plan;
mod train;

use crate::arguments::ReproduceArguments;
use crate::failure::Failure;
use crate::interrupt;
use crate::output::{complain, duration, say};
use crate::paper::{self, Left, Page};
use crate::progress::Overall;
use crate::study::{self, Studied};
use crate::theory::{self, Named};
use crate::threads;
use plan::Planned;
pub(crate) use plan::protocol;
use quiescent::theory::ExaminationSettings;
use std::time::Instant;

/// Runs the command.
pub(crate) fn run(arguments: &ReproduceArguments) -> Result<(), Failure> {
    let began = Instant::now();
    // From here on a signal ends the program at once where nothing is under training.
    drop(interrupt::listen()?);
    let planned = plan::plan(arguments)?;
    let Done { studied, examined, left } =
        threads::with(arguments.threads, |threads| train_and_study(arguments, &planned, threads))?;
    if studied.is_empty() {
        return Err(Failure::Data(format!(
            "no network could be studied: {}",
            left.iter().map(Left::to_string).collect::<Vec<_>>().join("; ")
        )));
    }
    let scale = format!("{:?} scale", arguments.scale);
    let found = threads::with(arguments.threads, |_| {
        paper::write(
            &studied,
            &Page {
                title: &format!("Offline reactivation, reproduced: {}", scale.to_lowercase()),
                out: &arguments.out.join("report.html"),
                figures: &arguments.out.join("figures"),
                claims: &arguments.out.join("claims.json"),
                left: &left,
                examined: &examined,
            },
        )
    })?;
    if arguments.json {
        let text = serde_json::to_string_pretty(&found)
            .map_err(|error| Failure::Data(error.to_string()))?;
        say(&text);
    } else {
        for line in paper::claim_lines(&found) {
            say(&line);
        }
        say(&format!(
            "report: {} ({} in all)",
            arguments.out.join("report.html").display(),
            duration(began.elapsed().as_secs_f64())
        ));
    }
    if left.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = left.iter().map(Left::to_string).collect();
    Err(Failure::Data(format!("the report was written without {}", names.join("; "))))
}

fn train_and_study(
    arguments: &ReproduceArguments,
    planned: &[Planned],
    threads: usize,
) -> Result<Done, Failure> {
    let batch_s = train::batch_seconds(planned)?;
    let to_train_s: f64 = planned
        .iter()
        .map(|network| train::batches_left(network) as f64 * batch_s[&network.cost()])
        .sum();
    let to_study_s: f64 = planned
        .iter()
        .filter(|network| !is_studied(network, arguments))
        .map(|network| study_seconds(network, arguments, &batch_s))
        .sum();
    let settings = ExaminationSettings::default();
    let to_examine: Vec<bool> = examined_ones(planned)
        .into_iter()
        .zip(planned)
        .map(|(chosen, network)| chosen && !is_examined(network, &settings))
        .collect();
    let to_examine_s = EXAMINATION_S * to_examine.iter().filter(|fresh| **fresh).count() as f64;
    let finished = planned.iter().filter(|network| train::batches_left(network) == 0).count();
    complain(&format!(
        "{} networks, {finished} of them trained already; estimated time: {} of training and {} of \
         simulation and measurement on {threads} threads",
        planned.len(),
        duration(to_train_s),
        duration(to_study_s + to_examine_s)
    ));
    let overall = Overall::begin(to_train_s + to_study_s + to_examine_s);
    let trained = train::train_all(planned, arguments.jobs, threads, &batch_s, &overall)?;

    let (mut studied, mut left) = (Vec::new(), Vec::new());
    for (network, writer) in planned.iter().zip(trained) {
        let fresh = !is_studied(network, arguments);
        let result = writer.and_then(|writer| {
            if fresh {
                overall.say(&format!(
                    "{}: simulating and measuring; all: {}",
                    network.label(),
                    overall.describe()
                ));
            }
            let study = study::of_run(&writer, &network.protocol(arguments.scale))?;
            Ok(Studied { name: network.name(), writer, study })
        });
        if fresh {
            overall.done(study_seconds(network, arguments, &batch_s));
        }
        match result {
            Ok(run) => studied.push(run),
            Err(failure) => left.push(Left { name: network.name(), reason: failure.to_string() }),
        }
    }
    let mut examined = Vec::new();
    for ((network, chosen), fresh) in planned.iter().zip(examined_ones(planned)).zip(to_examine) {
        let run = studied.iter().find(|run| run.name == network.name());
        let (true, Some(run)) = (chosen, run) else { continue };
        if fresh {
            overall.say(&format!(
                "{}: beside the theory; all: {}",
                network.label(),
                overall.describe()
            ));
        }
        match theory::of_run(&run.writer, &settings) {
            Ok(examination) => examined.push(Named { name: network.name(), examination }),
            Err(failure) => left.push(Left {
                name: format!("{} beside the theory", network.name()),
                reason: failure.to_string(),
            }),
        }
        if fresh {
            overall.done(EXAMINATION_S);
        }
    }
    Ok(Done { studied, examined, left })
}

/// What was done with the planned networks.
struct Done {
    studied: Vec<Studied>,
    examined: Vec<Named>,
    left: Vec<Left>,
}

/// About how long an examination by the theory takes.
const EXAMINATION_S: f64 = 20.0;

/// The first planned seed of each condition: the theory is shown on examples.
fn examined_ones(planned: &[Planned]) -> Vec<bool> {
    let first = |number: usize| {
        let condition = planned[number].condition;
        planned[..number].iter().all(|earlier| earlier.condition != condition)
    };
    (0..planned.len()).map(first).collect()
}

fn is_examined(network: &Planned, settings: &ExaminationSettings) -> bool {
    quiescent::run::RunFolder::open(&network.folder)
        .is_ok_and(|run| matches!(theory::current(&run, Some(settings)), Ok(Some(_))))
}

fn is_studied(network: &Planned, arguments: &ReproduceArguments) -> bool {
    let protocol = network.protocol(arguments.scale);
    quiescent::run::RunFolder::open(&network.folder)
        .is_ok_and(|run| matches!(study::current(&run, Some(&protocol)), Ok(Some(_))))
}

/// About how long the study of a network takes: a step of a trial costs a third of what it costs
/// in training, which goes back through it too.
fn study_seconds(
    network: &Planned,
    arguments: &ReproduceArguments,
    batch_s: &train::BatchSeconds,
) -> f64 {
    let experiment = &network.experiment;
    let trained = (experiment.training.trials * experiment.time.steps) as f64;
    let simulated = network
        .protocol(arguments.scale)
        .trial_steps(network.condition, experiment.time.steps) as f64;
    batch_s[&network.cost()] * simulated / (3.0 * trained)
}
