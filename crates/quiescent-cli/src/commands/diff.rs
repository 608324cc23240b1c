//! `quiescent diff`: what differs between two runs, or a run and an experiment.

use crate::collect::{Found, Gathered, gather};
use crate::ui::experiment;
use crate::ui::failure::Failure;
use crate::ui::flags::Json;
use crate::ui::table::Table;
use clap::Args;
use quiescent::experiment::Experiment;
use quiescent::measure::Scalar;
use quiescent::readable::{ends, number};
use quiescent::run::{RunFolder, RunRecord};
use quiescent::workflow::Difference;
use serde::Serialize;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Show what differs between two runs: experiment, training, parameters, measurements.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  quiescent diff runs/a runs/b\n  quiescent diff paper/spatial/noisy_unbiased \
                  runs/a\n\nEach of both is a run folder, or an experiment: a shipped one or a YAML file. \
                  Measurements are those that the folders hold and that are of the present parameters. \
                  --json prints {experiment, same_experiment, same_parameters, record, measurements}; pairs \
                  are the first and the second."
)]
pub(crate) struct Arguments {
    /// The first.
    #[arg(value_name = "RUN|EXPERIMENT")]
    first: String,
    /// The second.
    #[arg(value_name = "RUN|EXPERIMENT")]
    second: String,
    #[command(flatten)]
    json: Json,
}

/// One of both.
struct Side {
    experiment: Experiment,
    /// None of an experiment.
    run: Option<Gathered>,
}

impl Side {
    fn of(text: &str) -> Result<Self, Failure> {
        let path = PathBuf::from(text);
        if !path.is_dir() {
            let experiment = Experiment::load(text).map_err(experiment::or_run)?;
            return Ok(Self { experiment, run: None });
        }
        let folder = RunFolder::open(&path)?;
        let run = gather(&Found { name: text.to_owned(), path });
        let run = run.map_err(|problem| Failure::Data(problem.reason))?;
        Ok(Self { experiment: folder.experiment().clone(), run: Some(run) })
    }

    fn measured(&self) -> &[Scalar] {
        self.run.as_ref().map_or(&[], |run| &run.measured)
    }
}

/// A value of the record of both.
#[derive(Debug, Serialize)]
struct Pair {
    name: &'static str,
    values: [Option<String>; 2],
}

/// A measurement of both.
#[derive(Debug, Serialize)]
struct Compared<'a> {
    name: &'a str,
    unit: &'a str,
    values: [Option<&'a Scalar>; 2],
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let sides = [Side::of(&arguments.first)?, Side::of(&arguments.second)?];
    let experiment = Difference::between(&sides[0].experiment, &sides[1].experiment)?;
    let record = record(&sides);
    let [first, second] = sides
        .each_ref()
        .map(|side| side.run.as_ref().and_then(|run| run.record.parameters_sha256.as_deref()));
    let same_parameters = first.zip(second).map(|(first, second)| first == second);
    let measurements = measurements(&sides);
    let keys: Vec<Value> = experiment
        .iter()
        .map(|Difference { key, there, here }| json!({ "key": key, "values": [there, here] }))
        .collect();
    let all = json!({
        "experiment": keys,
        "same_experiment": experiment.is_empty(),
        "same_parameters": same_parameters,
        "record": record,
        "measurements": measurements,
    });
    arguments.json.print(&all, |_| {
        let names = [arguments.first.as_str(), arguments.second.as_str()];
        let mut lines = said(&experiment, names);
        lines.extend(match same_parameters {
            Some(true) => Some("the same parameters, bit for bit".to_owned()),
            Some(false) => Some("other parameters".to_owned()),
            None => None,
        });
        let differing: Vec<&Pair> =
            record.iter().filter(|pair| pair.values[0] != pair.values[1]).collect();
        if !differing.is_empty() {
            let mut table = Table::new(&["training", names[0], names[1]]);
            for Pair { name, values } in differing {
                let [first, second] = values.clone().map(|value| value.unwrap_or_else(none));
                table.row([(*name).to_owned(), first, second]);
            }
            lines.push(String::new());
            lines.extend(table.lines());
        }
        if !measurements.is_empty() {
            let mut table = Table::new(&["measurement", names[0], names[1], "unit"]);
            for Compared { name, unit, values } in &measurements {
                let [first, second] = values.map(|value| value.map_or_else(none, shown));
                let unit = if *unit == "1" { String::new() } else { (*unit).to_owned() };
                table.row([(*name).to_owned(), first, second, unit]);
            }
            lines.push(String::new());
            lines.extend(table.lines());
        }
        lines
    })
}

/// The experiments' differences in lines.
fn said(differences: &[Difference], names: [&str; 2]) -> Vec<String> {
    if differences.is_empty() {
        return vec!["the same experiment".to_owned()];
    }
    let mut table = Table::new(&["key", names[0], names[1]]);
    for difference in differences {
        let [first, second] = difference.values();
        table.row([difference.key.clone(), first, second]);
    }
    table.lines()
}

/// What the records of both say, as far as it does not depend on when and where they were trained.
fn record(sides: &[Side; 2]) -> Vec<Pair> {
    if sides.iter().all(|side| side.run.is_none()) {
        return Vec::new();
    }
    let pair = |name, value: &dyn Fn(&RunRecord) -> Option<String>| Pair {
        name,
        values: sides.each_ref().map(|side| value(&side.run.as_ref()?.record)),
    };
    vec![
        pair("status", &|record| Some(record.status.to_string())),
        pair("batch", &|record| Some(record.batch.to_string())),
        pair("parameters_sha256", &|record| record.parameters_sha256.clone()),
        pair("program_version", &|record| Some(record.program_version.clone())),
        pair("imported", &|record| Some(record.imported.as_ref()?.file.clone())),
        pair("recording", &|record| Some(record.recording.as_ref()?.file_sha256.clone())),
    ]
}

/// Every measurement that one of both has.
fn measurements(sides: &[Side; 2]) -> Vec<Compared<'_>> {
    let [first, second] = sides.each_ref().map(Side::measured);
    let of = |all: &'_ [Scalar], name: &str| all.iter().position(|scalar| scalar.name == name);
    let new = second.iter().filter(|scalar| of(first, &scalar.name).is_none());
    // How long it took says nothing of the network.
    let all = first.iter().chain(new).filter(|scalar| scalar.name != "training_s");
    all.map(|scalar| Compared {
        name: &scalar.name,
        unit: &scalar.unit,
        values: [first, second].map(|side| of(side, &scalar.name).map(|place| &side[place])),
    })
    .collect()
}

fn shown(scalar: &Scalar) -> String {
    let interval =
        scalar.interval.map_or_else(String::new, |interval| format!(" ({})", ends(interval)));
    format!("{}{interval}", number(scalar.value, 3))
}

fn none() -> String {
    "–".to_owned()
}
