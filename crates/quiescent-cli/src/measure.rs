//! `quiescent measure`: what runs do awake and at rest, in numbers.

use crate::arguments::MeasureArguments;
use crate::failure::Failure;
use crate::left_out::LeftOut;
use crate::output::{complain, say, say_json};
use crate::threads;
use crate::watch::Terminal;
use quiescent::measure::{Measurements, Scalar};
use quiescent::run::{RunFolder, RunWriter};
use quiescent::simulate::Keep;
use quiescent::workflow;
use serde_json::{Map, Value, json};

/// Steps between two hidden states that are kept of phases simulated here: enough points for a
/// projection, small files.
const STATE_STRIDE: usize = 5;
/// Those hidden states.
pub(crate) const SOME_STATES: Keep = Keep::States { stride: STATE_STRIDE };

/// Runs the command.
pub(crate) fn run(arguments: &MeasureArguments) -> Result<(), Failure> {
    let (mut found, mut left): (Vec<(String, Measurements)>, Vec<LeftOut>) = Default::default();
    let mut failures = Vec::new();
    let writers: Vec<(String, RunWriter)> = arguments
        .runs
        .iter()
        .filter_map(|path| {
            let name = path.display().to_string();
            match RunFolder::open_for_writing(path) {
                Ok(writer) => Some((name, writer)),
                Err(error) => {
                    failures.push((name, Failure::from(error)));
                    None
                }
            }
        })
        .collect();
    arguments.recordings.check(writers.iter().map(|(_, writer)| &**writer))?;
    threads::with(arguments.threads, |_| {
        let recordings = arguments.recordings.named();
        for (name, writer) in writers {
            complain(&format!("measuring {name}"));
            match workflow::measure_run(&writer, SOME_STATES, &recordings, &Terminal) {
                Ok(measurements) => found.push((name, measurements)),
                Err(error) => failures.push((name, arguments.recordings.failure(error))),
            }
        }
        Ok(())
    })?;
    if found.is_empty()
        && let Some((_, failure)) = failures.pop()
    {
        return Err(failure);
    }
    left.extend(failures.iter().map(|(name, failure)| LeftOut::of(name, failure)));
    if arguments.json {
        let all: Map<String, Value> = found
            .iter()
            .map(|(name, found)| {
                let said = json!({"measurements": found.scalars(), "missing": found.missing()});
                (name.clone(), said)
            })
            .collect();
        say_json(&all)?;
    } else {
        for (name, measurements) in &found {
            say(name);
            lines(measurements).iter().for_each(|line| say(line));
        }
    }
    if left.is_empty() {
        return Ok(());
    }
    let left: Vec<String> = left.iter().map(LeftOut::to_string).collect();
    Err(Failure::Data(format!("not measured: {}", left.join("; "))))
}

/// The measurements of one run in lines for a terminal, and what is missing.
fn lines(found: &Measurements) -> Vec<String> {
    let mut lines: Vec<String> = found.scalars().iter().map(line).collect();
    let missing = found.missing().into_iter();
    lines.extend(missing.map(|(name, missing)| format!("  {name}: not measured ({missing})")));
    lines
}

fn line(scalar: &Scalar) -> String {
    let unit = if scalar.unit == "1" { "" } else { &scalar.unit };
    let interval =
        scalar.interval.map(|[low, high]| format!("({low:.4} to {high:.4})")).unwrap_or_default();
    let floor = scalar.floor.map_or(String::new(), |floor| {
        let word = if floor.holds(scalar.value) { "within" } else { "above" };
        format!("  {word} the floor, {:.4}", floor.upper)
    });
    let line = format!("  {:<38} {:>10.4} {unit:<9} {interval}{floor}", scalar.name, scalar.value);
    line.trim_end().to_owned()
}
