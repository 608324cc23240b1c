//! `quiescent measure`: what runs do in both phases, in numbers.

use crate::collect::folders;
use crate::pages::numbers;
use crate::ui::failure::Failure;
use crate::ui::flags::{Json, Threads, check_distinct};
use crate::ui::interrupt;
use crate::ui::left_out::LeftOut;
use crate::ui::progress::Overall;
use crate::ui::recordings::Recordings;
use crate::ui::rest_changes::{ChangedRest, split};
use crate::ui::watch::Terminal;
use clap::Args;
use quiescent::analysis::Verdict;
use quiescent::measure::{Measurements, Scalar, scalar_names};
use quiescent::run::{RunFolder, RunWriter};
use quiescent::workflow;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Measure what runs do while active and while quiescent: divergences with intervals and floors, exploration, coverage.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  quiescent measure runs/a\n  quiescent measure runs --only kl,step_distance --json\n  \
                        quiescent measure runs/a rest.adaptation.strength=1 rest.adaptation.tau_s=2\n\n\
                        Measures the phases that a run holds (`quiescent simulate`); simulates \
                        `active` and `quiescent` as the experiment says if they are missing. Results \
                        are kept in RUN/measurements.json. --json prints {findings, measurements, missing} by run."
)]
pub(crate) struct Arguments {
    /// Run folders, or folders that hold some, and changes of how they rest, such as rest.adaptation.strength=1:
    /// a quiescent phase with these changes is simulated, and measured beside the others.
    #[arg(required = true, value_name = "RUN|rest.KEY=VALUE")]
    words: Vec<String>,
    /// Print only measurements whose names contain one of these, such as kl or coverage.
    #[arg(long, value_name = "TEXT", value_delimiter = ',')]
    only: Vec<String>,
    #[command(flatten)]
    recordings: Recordings,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    json: Json,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    interrupt::install()?;
    let mut found: Vec<(String, Measurements)> = Vec::new();
    let mut left: Vec<LeftOut> = Vec::new();
    let mut writers: Vec<(String, RunWriter, Option<ChangedRest>)> = Vec::new();
    let (runs, changes) = split(&arguments.words)?;
    let paths = folders::in_all(&runs)?;
    check_distinct(&paths)?;
    for path in &paths {
        let name = path.display().to_string();
        match RunFolder::open_for_writing(path) {
            Ok(writer) => match ChangedRest::resolve(&writer, None, &changes) {
                Ok(changed) => writers.push((name, writer, changed)),
                Err(failure) => left.push(LeftOut::new(name, failure)),
            },
            Err(error) => left.push(LeftOut::new(name, error)),
        }
    }
    let recordings = &arguments.recordings;
    recordings.check(writers.iter().map(|(_, writer, _)| &**writer))?;
    check_only(&arguments.only, &writers)?;
    arguments.threads.run(|_| {
        let overall = Overall::begin(writers.len() as f64);
        for (name, writer, changed) in writers {
            if let Some(changed) = changed {
                let simulated = changed.simulate(&writer, recordings, workflow::SOME_STATES);
                if let Err(failure) = simulated {
                    // The phases that the run has are measured all the same.
                    left.push(LeftOut::new(format!("{name}, phase {}", changed.name), failure));
                }
            }
            overall.say_with_all(&format!("measuring {name}"));
            match workflow::measure_run(
                &writer,
                workflow::SOME_STATES,
                &recordings.named(),
                &Terminal,
            ) {
                Ok(measurements) => found.push((name, measurements)),
                Err(error) => left.push(LeftOut::new(name, recordings.failure(error))),
            }
            overall.done(1.0);
        }
        Ok(())
    })?;
    if found.is_empty()
        && let Some(last) = left.pop()
    {
        return Err(last.reason);
    }
    let named = |name: &str| {
        arguments.only.is_empty() || arguments.only.iter().any(|text| name.contains(text.as_str()))
    };
    let wanted = |scalar: &Scalar| named(&scalar.name);
    let any = found.iter().any(|(_, found)| found.scalars().iter().any(wanted));
    if !any && let Some((_, first)) = found.first() {
        let names = first.scalars().into_iter().map(|scalar| scalar.name);
        return Err(nothing_named(&arguments.only.join(","), names));
    }
    let all: Map<String, Value> =
        found.iter().map(|(name, found)| (name.clone(), numbers::as_json(found, wanted))).collect();
    arguments.json.print(&all, |_| {
        let of_run = |(name, found): &(String, Measurements)| {
            std::iter::once(name.clone()).chain(lines(found, named)).collect::<Vec<_>>()
        };
        found.iter().flat_map(of_run).collect()
    })?;
    LeftOut::check(&left, "not measured:")
}

/// Refuses what no measurement of these runs, and of the phases that are to be simulated, can have in its name.
fn check_only(
    only: &[String],
    writers: &[(String, RunWriter, Option<ChangedRest>)],
) -> Result<(), Failure> {
    let mut phases: BTreeSet<String> = BTreeSet::new();
    for (_, writer, changed) in writers {
        phases.extend(changed.as_ref().map(|changed| changed.name.clone()));
        phases.extend(writer.phase_names()?);
        let before = workflow::measurements(writer).ok().flatten();
        phases.extend(before.into_iter().flat_map(|found| found.phases.into_keys()));
    }
    let names = scalar_names(phases.iter().map(String::as_str));
    let unknown =
        |text: &&String| !writers.is_empty() && !names.iter().any(|name| name.contains(*text));
    match only.iter().find(unknown) {
        None => Ok(()),
        Some(text) => Err(nothing_named(text, names)),
    }
}

/// What to say of a name that no measurement has: which there are, without their phases.
fn nothing_named(text: &str, names: impl IntoIterator<Item = String>) -> Failure {
    let without = |name: String| name.rsplit('.').next().unwrap_or_default().to_owned();
    let names: BTreeSet<String> = names.into_iter().map(without).collect();
    Failure::Usage(format!(
        "--only {text}: no measurement has this in its name; there are {}",
        names.into_iter().collect::<Vec<_>>().join(", ")
    ))
}

/// What was found in one run, its measurements, and what is missing, in lines for a terminal.
fn lines(found: &Measurements, named: impl Fn(&str) -> bool) -> Vec<String> {
    let findings = found.findings(&BTreeMap::new()).into_iter();
    let mut lines: Vec<String> =
        findings.map(|finding| format!("  {}", finding.sentence)).collect();
    // Nothing can be said of the quiescent phase of a network that has not learned.
    let judged = !found.tracking.as_ref().is_ok_and(|found| found.learned() == Verdict::Fails);
    lines.extend(
        found
            .scalars()
            .iter()
            .filter(|scalar| named(&scalar.name))
            .map(|scalar| line(scalar, judged)),
    );
    // What is missing of a phase as a whole concerns every number.
    let missing = found.missing().into_iter();
    let missing = missing.filter(|(name, _)| !name.contains('.') || named(name));
    lines.extend(missing.map(|(name, missing)| format!("  {name}: not measured ({missing})")));
    lines
}

fn line(scalar: &Scalar, judged: bool) -> String {
    let unit = if scalar.unit == "1" { "" } else { &scalar.unit };
    let interval =
        scalar.interval.map(|[low, high]| format!("({low:.4} to {high:.4})")).unwrap_or_default();
    let floor = match scalar.floor {
        // Every divergence is of decoded values, which mean nothing then.
        _ if !judged && scalar.unit == "nats" => "  not judged".to_owned(),
        Some(floor) => {
            let word = match scalar.indistinguishable {
                Some(true) => "within",
                Some(false) => "above",
                None => "too uncertain to compare with",
            };
            format!("  {word} the floor, {:.4}", floor.upper)
        }
        None => String::new(),
    };
    let line = format!("  {:<38} {:>10.4} {unit:<9} {interval}{floor}", scalar.name, scalar.value);
    line.trim_end().to_owned()
}
