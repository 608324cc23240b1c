//! What a run folder has for the table.

use super::folders::Found;
use super::measured::Measured;
use super::problem::{Part, Problem};
use super::study;
use crate::difference::flatten;
use crate::failure::Failure;
use quiescent::run::{RunError, RunFolder, Status};
use serde_json::Value;

/// A run as the table needs it.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) name: String,
    pub(super) seed: u64,
    pub(super) status: Status,
    pub(super) batch: u64,
    pub(super) parameters_sha256: Option<String>,
    /// Dotted keys and values of its experiment, without `about`, `seed` and what is not there.
    pub(super) keys: Vec<(String, Value)>,
    /// Its measurements; names are unique.
    pub(super) measured: Vec<Measured>,
    /// Parts of it that could not be read.
    pub(super) problems: Vec<Problem>,
}

/// Reads a run folder.
pub(super) fn gather(found: &Found) -> Result<Gathered, Problem> {
    let problem = |part, reason: String| Problem {
        run: found.name.clone(),
        part,
        // Where it is has been said.
        reason: reason.replace(&format!("{}/", found.path.display()), ""),
    };
    let of_run = |error: RunError| problem(Part::Run, Failure::from(error).to_string());
    let folder = RunFolder::open(&found.path).map_err(of_run)?;
    let mut keys =
        flatten(folder.experiment()).map_err(|failure| problem(Part::Run, failure.to_string()))?;
    keys.retain(|(key, value)| key != "seed" && !value.is_null());

    let record = folder.record();
    let (mut measured, mut problems) = (Vec::new(), Vec::new());
    match folder.last_metrics() {
        Ok(last) => {
            if let Some(line) = &last.tested {
                let unit = line.decode_error_unit.as_deref().unwrap_or("1");
                let tested =
                    [("test_loss", line.test_loss, "1"), ("decode_error", line.decode_error, unit)];
                let known = tested
                    .into_iter()
                    .filter_map(|(name, value, unit)| Some(Measured::plain(name, value?, unit)));
                measured.extend(known);
            }
            if let Some(line) = &last.line {
                measured.push(Measured::plain("train_loss", line.train_loss, "1"));
            }
        }
        Err(error) => problems.push(problem(Part::Metrics, error.to_string())),
    }
    measured.push(Measured::plain("training_s", record.training_s, "s"));
    match folder.analysis() {
        Ok(analysis) => {
            let all = analysis.into_iter().flat_map(|analysis| analysis.measurements);
            measured.extend(all.map(|found| Measured {
                name: found.name,
                value: found.value,
                interval: found.interval,
                unit: found.unit,
            }));
        }
        Err(error) => problems.push(problem(Part::Analysis, error.to_string())),
    }
    match folder.study() {
        // One of other parameters belongs to a network that is no more.
        Ok(Some(study)) if study.parameters_sha256 == record.parameters_sha256 => {
            measured.extend(study::measurements(&study));
        }
        Ok(_) => {}
        Err(error) => problems.push(problem(Part::Study, error.to_string())),
    }
    keep_first(&mut measured);
    Ok(Gathered {
        name: found.name.clone(),
        seed: record.seed,
        status: record.status,
        batch: record.batch,
        parameters_sha256: record.parameters_sha256.clone(),
        keys,
        measured,
        problems,
    })
}

/// A name stands for one number: the first.
fn keep_first(measured: &mut Vec<Measured>) {
    let mut names = std::collections::HashSet::new();
    measured.retain(|measured| names.insert(measured.name.clone()));
}
