//! What could not be read, and how that is said.

use quiescent::readable::counted;
use serde::Serialize;

/// Problems that are told one by one.
const MOST_SHOWN: usize = 10;

/// What the table lacks of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Part {
    /// Whatever runs the folder may hold.
    Folder,
    /// The run.
    Run,
    /// The ends of its training curves.
    Metrics,
    /// Its measurements.
    Measurements,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Problem {
    /// Name of the run.
    pub(crate) run: String,
    /// What is missing.
    pub(crate) part: Part,
    /// Why.
    pub(crate) reason: String,
}

/// What could not be read, a line each; none if nothing.
pub(super) fn describe(problems: &[Problem]) -> Option<String> {
    if problems.is_empty() {
        return None;
    }
    let things = counted(problems.len(), "thing");
    let mut lines = vec![format!("{things} could not be read; the table holds the rest:")];
    let what = |part| match part {
        Part::Folder => "not searched",
        Part::Run => "left out",
        Part::Metrics => "without training curves",
        Part::Measurements => "without measurements",
    };
    for Problem { run, part, reason } in problems.iter().take(MOST_SHOWN) {
        lines.push(format!("  {run} ({}): {reason}", what(*part)));
    }
    if problems.len() > MOST_SHOWN {
        lines.push(format!("  and {} more", problems.len() - MOST_SHOWN));
    }
    Some(lines.join("\n"))
}
