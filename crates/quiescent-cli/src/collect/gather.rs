//! What a run folder has for the table.

use super::folders::Found;
use super::problem::{Part, Problem};
use crate::ui::failure::Failure;
use quiescent::measure::{Measurements, Scalar};
use quiescent::paper::RunStudy;
use quiescent::run::{Held, RunError, RunFolder, RunRecord};
use quiescent::workflow::{self, Learned};
use serde_json::Value;

/// A run as the table needs it.
#[derive(Debug)]
pub(crate) struct Gathered {
    pub(crate) name: String,
    pub(crate) record: RunRecord,
    /// Batches to be trained in all.
    pub(crate) batches: u64,
    /// Whether its network has learned; none if chance is not known.
    pub(crate) learned: Option<Learned>,
    /// Dotted keys and values of its experiment, without `about`, `seed` and what is not there.
    pub(crate) keys: Vec<(String, Value)>,
    /// Its measurements; names are unique.
    pub(crate) measured: Vec<Scalar>,
    /// Parts of it that could not be read.
    pub(crate) problems: Vec<Problem>,
}

/// Reads a run folder.
pub(crate) fn gather(found: &Found) -> Result<Gathered, Problem> {
    let problem = |part, reason: String| Problem {
        run: found.name.clone(),
        part,
        // Where it is has been said.
        reason: reason.replace(&format!("{}/", found.path.display()), ""),
    };
    let of_run = |error: RunError| problem(Part::Run, Failure::from(error).to_string());
    let folder = RunFolder::open(&found.path).map_err(of_run)?;
    let mut keys =
        folder.experiment().leaves().map_err(|error| problem(Part::Run, error.to_string()))?;
    keys.retain(|(key, value)| key != "seed" && !value.is_null());

    let record = folder.record();
    let (mut measured, mut problems) = (Vec::new(), Vec::new());
    let mut tested = None;
    match folder.last_metrics() {
        Ok(last) => {
            if let Some(line) = &last.tested {
                let unit = line.decode_error_unit.as_deref().unwrap_or("1");
                let known =
                    [("test_loss", line.test_loss, "1"), ("decode_error", line.decode_error, unit)]
                        .into_iter()
                        .filter_map(|(name, value, unit)| Some(Scalar::new(name, value?, unit)));
                measured.extend(known);
            }
            if let Some(line) = &last.line {
                measured.push(Scalar::new("train_loss", line.train_loss, "1"));
            }
            tested = last.tested;
        }
        Err(error) => problems.push(problem(Part::Metrics, error.to_string())),
    }
    measured.push(Scalar::new("training_s", record.training_s, "s"));
    // A damaged result counts as none here, and is named below.
    let measurements = workflow::measurements(&folder).ok().flatten();
    measured.extend(measurements.iter().flat_map(Measurements::scalars));
    let learned = Learned::of(record, tested.as_ref(), measurements.as_ref());
    // One of other parameters belongs to a network that is no more.
    if let Ok(Held::Found(study)) = folder.result::<RunStudy>()
        && study.is_of(record)
    {
        measured.extend(
            study
                .result
                .found
                .scalars()
                .into_iter()
                .map(|scalar| Scalar { name: format!("study.{}", scalar.name), ..scalar }),
        );
    }
    match workflow::outdated(&folder) {
        Ok(files) => problems.extend(files.into_iter().map(|file| {
            let reason = format!(
                "{file} is of another version of the program: `quiescent measure` (or `report`, or \
                 `theory`) makes it anew"
            );
            problem(Part::Measurements, reason)
        })),
        Err(error) => problems.push(problem(Part::Measurements, error.to_string())),
    }
    keep_first(&mut measured);
    Ok(Gathered {
        name: found.name.clone(),
        record: record.clone(),
        batches: folder.experiment().training.batches,
        learned,
        keys,
        measured,
        problems,
    })
}

impl Gathered {
    /// A measurement by its name.
    pub(crate) fn measurement(&self, name: &str) -> Option<&Scalar> {
        self.measured.iter().find(|scalar| scalar.name == name)
    }
}

/// A name stands for one number: the first.
fn keep_first(measured: &mut Vec<Scalar>) {
    let mut names = std::collections::HashSet::new();
    measured.retain(|measured| names.insert(measured.name.clone()));
}
