//! Checks a run folder: that its files are whole and fit together, that parameters are those of the record,
//! and that stored measurements are those of the stored phases.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::measure::{measure_own, own_measurements};
use super::open::open_at_rest;
use super::train::layout;
use super::{Error, OpenError, Recordings};
use crate::experiment::TaskKind;
use crate::measure::Measurements;
use crate::network::{Layout, Network};
use crate::paper::RunStudy;
use crate::rest_map::RestMap;
use crate::run::{
    Checkpoint, Held, NotARunReason, RunError, RunFolder, Status, StoredResult, file_sha256,
    parameters_sha256,
};
use crate::simulate::Phase;
use crate::theory::Examination;

/// Largest relative difference of a recomputed measurement that is laid to another kind of processor, whose
/// matrix products and eigenvectors differ in their last bits.
pub const TOLERANCE: f64 = 1e-6;

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// As it should be.
    Ok,
    /// Whole, but not of the run as it is now, or of another version of the program.
    Stale,
    /// Unreadable, or not what it should be.
    Damaged,
}

/// One check of a run folder.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// The file, relative to the folder.
    pub file: String,
    /// What was found.
    pub health: Health,
    /// Why, in words.
    pub detail: String,
}

/// Checks every file of a run folder, and recomputes measurements from its phases. Nothing is written.
///
/// # Errors
/// [`RunError::NotARun`] if there is no run; whatever is wrong with a run is a [`Check`].
pub fn verify(folder: &Path) -> Result<Vec<Check>, RunError> {
    let mut checks = Checks { all: Vec::new(), folder };
    let run = match RunFolder::open(folder) {
        Err(error @ RunError::NotARun { reason: NotARunReason::NotBegun, .. }) => {
            checks.add("run.json", Health::Stale, error.to_string());
            return Ok(checks.all);
        }
        Err(error @ RunError::NotARun { .. }) => return Err(error),
        Err(error) => {
            let file =
                if RunFolder::has_sound_record(folder) { "experiment.yml" } else { "run.json" };
            checks.failed(file, &error);
            return Ok(checks.all);
        }
        Ok(run) => run,
    };
    checks.add("experiment.yml", Health::Ok, "read".to_owned());
    checks.record(&run);
    match layout(&run) {
        Ok(layout) => checks.checkpoints(&run, &layout),
        Err(error) => checks.add("experiment.yml", Health::Damaged, error.to_string()),
    }
    checks.metrics(&run);
    let network = checks.network(&run);
    checks.phases(&run);
    checks.measurements(&run, network.as_ref());
    checks.other_results(&run);
    Ok(checks.all)
}

struct Checks<'a> {
    all: Vec<Check>,
    folder: &'a Path,
}

impl Checks<'_> {
    fn add(&mut self, file: &str, health: Health, detail: String) {
        // The folder has been named.
        let detail = detail.replace(&format!("{}/", self.folder.display()), "");
        self.all.push(Check { file: file.to_owned(), health, detail });
    }

    fn failed(&mut self, file: &str, error: &RunError) {
        let health = match error {
            RunError::Schema { .. } => Health::Stale,
            _ => Health::Damaged,
        };
        self.add(file, health, error.to_string());
    }

    fn record(&mut self, run: &RunFolder) {
        let (record, experiment) = (run.record(), run.experiment());
        let batches = experiment.training.batches;
        let short = record.status == Status::Finished && record.imported.is_none();
        let (health, detail) = if record.seed != experiment.seed {
            let detail = format!("seed {}, experiment.yml has {}", record.seed, experiment.seed);
            (Health::Damaged, detail)
        } else if record.batch > batches || short && record.batch < batches {
            let detail = format!(
                "{} at batch {}, experiment.yml has {batches}",
                record.status, record.batch
            );
            (Health::Damaged, detail)
        } else {
            (Health::Ok, format!("{} at batch {} of {batches}", record.status, record.batch))
        };
        self.add("run.json", health, detail);
        if let Err(error) = RunFolder::failure(run.path()) {
            self.failed("failure.json", &error);
        }
        match run.recorded() {
            Err(error) => self.failed("recording.json", &error),
            Ok(Some(_)) => self.add("recording.json", Health::Ok, "read".to_owned()),
            Ok(None) if record.recording.is_some() => {
                let detail = "missing, or of another recording: it is written anew when the \
                              recording is read";
                self.add("recording.json", Health::Stale, detail.to_owned());
            }
            Ok(None) => {}
        }
        if let Some(kept) = run.kept_recording() {
            let (health, detail) = match (file_sha256(&kept), &record.recording) {
                (Err(error), _) => (Health::Damaged, format!("cannot be read: {error}")),
                (Ok(hash), Some(known)) if hash != known.file_sha256 => {
                    (Health::Damaged, "its contents have changed since the run began".to_owned())
                }
                _ => (Health::Ok, "read".to_owned()),
            };
            let name = kept.strip_prefix(run.path()).unwrap_or(&kept).display().to_string();
            self.add(&name, health, detail);
        }
    }

    fn checkpoints(&mut self, run: &RunFolder, layout: &Arc<Layout>) {
        const LATEST: &str = "checkpoints/latest.safetensors";
        let record = run.record();
        match run.latest_checkpoint(layout) {
            Err(error) => self.failed(LATEST, &error),
            Ok(None) if record.parameters_sha256.is_none() => {}
            Ok(None) => {
                let detail = "missing: training resumes from its first batch".to_owned();
                self.add(LATEST, Health::Damaged, detail);
            }
            Ok(Some(checkpoint)) => {
                let (health, detail) = latest(run, &checkpoint);
                self.add(LATEST, health, detail);
            }
        }
        let known = match run.milestones() {
            Err(error) => return self.failed("checkpoints", &error),
            Ok(known) => known,
        };
        for batch in &known {
            let file = format!("checkpoints/batch-{batch:06}.safetensors");
            match run.milestone(*batch, layout) {
                Err(error) => self.failed(&file, &error),
                Ok(found) if found.batch != *batch => {
                    self.add(&file, Health::Damaged, format!("of batch {}", found.batch));
                }
                Ok(_) => self.add(&file, Health::Ok, "read".to_owned()),
            }
        }
        for batch in &run.experiment().training.milestones {
            if *batch <= record.batch && record.imported.is_none() && !known.contains(batch) {
                let file = format!("checkpoints/batch-{batch:06}.safetensors");
                self.add(&file, Health::Damaged, "missing".to_owned());
            }
        }
    }

    fn metrics(&mut self, run: &RunFolder) {
        const FILE: &str = "metrics.jsonl";
        match run.metrics() {
            Err(error) => self.failed(FILE, &error),
            Ok(lines) if !lines.is_sorted_by(|a, b| a.batch < b.batch) => {
                let detail = "its batches do not ascend".to_owned();
                self.add(FILE, Health::Damaged, detail);
            }
            Ok(lines) => self.add(FILE, Health::Ok, format!("{} lines", lines.len())),
        }
    }

    /// The run's network, if it can be had without its recording.
    fn network(&mut self, run: &RunFolder) -> Option<Network> {
        match open_at_rest(run, &Recordings::NONE) {
            Ok(opened) => Some(opened.network),
            Err(error @ (OpenError::OtherCells { .. } | OpenError::CellsDoNotFit { .. })) => {
                self.add("experiment.yml", Health::Damaged, error.to_string());
                None
            }
            // Checkpoints have been checked; a recording is not a part of the folder.
            Err(_) => None,
        }
    }

    fn phases(&mut self, run: &RunFolder) {
        let names = match run.phase_names() {
            Err(error) => return self.failed("phases", &error),
            Ok(names) => names,
        };
        for name in &names {
            let file = format!("phases/{name}.npz");
            match run.read_phase(name) {
                Err(error) => self.failed(&file, &error),
                Ok(phase) => self.phase(run, name, &file, &phase),
            }
        }
        // The record of a phase is removed before the phase is replaced, and written after it.
        for entry in fs::read_dir(run.path().join("phases")).into_iter().flatten().flatten() {
            let file = entry.file_name().to_string_lossy().into_owned();
            if let Some(name) = file.strip_suffix(".json")
                && !names.iter().any(|known| known == name)
            {
                let detail = "the phase that it describes is missing".to_owned();
                self.add(&format!("phases/{file}"), Health::Stale, detail);
            }
        }
    }

    fn phase(&mut self, run: &RunFolder, name: &str, file: &str, phase: &Phase) {
        let record = match run.phase_record(name) {
            Err(error) => return self.failed(&format!("phases/{name}.json"), &error),
            Ok(record) => record,
        };
        let Some(record) = record else {
            let detail = format!("phases/{name}.json is missing, so its network is not known");
            return self.add(file, Health::Stale, detail);
        };
        let experiment = run.experiment();
        let (trials, steps, dim) = phase.decoded.dim();
        let units = phase.end.ncols();
        let damage = if (trials, steps) != (record.trials, record.steps) {
            Some(format!(
                "{trials} trials × {steps} steps, phases/{name}.json has {} × {}",
                record.trials, record.steps
            ))
        } else if units != experiment.network.units {
            Some(format!("{units} units, experiment.yml has {}", experiment.network.units))
        } else if dim != TaskKind::of(experiment).dim() {
            Some(format!("decoded values of {dim} dimensions, as in another task"))
        } else if record.dt_s != experiment.time.dt_s {
            Some(format!("steps of {} s, experiment.yml has {}", record.dt_s, experiment.time.dt_s))
        } else if phase.decoded.iter().chain(&phase.end).any(|value| !value.is_finite()) {
            Some("a value is not finite".to_owned())
        } else {
            None
        };
        let size = format!("{trials} trials × {steps} steps");
        match damage {
            Some(detail) => self.add(file, Health::Damaged, detail),
            None if record.parameters_sha256 == run.record().parameters_sha256 => {
                self.add(file, Health::Ok, size);
            }
            None => {
                let detail = format!("{size} of the network at batch {}", record.batch);
                self.add(file, Health::Stale, detail);
            }
        }
    }

    /// A stored result of the run's present parameters.
    fn result<T: StoredResult>(&mut self, run: &RunFolder) -> Option<T> {
        match run.result::<T>() {
            Err(error) => self.failed(T::FILE, &error),
            Ok(Held::None) => {}
            Ok(Held::Other { file, program_version }) => {
                let by =
                    program_version.map_or_else(String::new, |version| format!(" ({version})"));
                let detail = format!("written by another version of the program{by}: not compared");
                self.add(file, Health::Stale, detail);
            }
            Ok(Held::Found(stored)) if stored.is_of(run.record()) => return Some(stored.result),
            Ok(Held::Found(_)) => {
                self.add(T::FILE, Health::Stale, "of other parameters of the run".to_owned());
            }
        }
        None
    }

    fn measurements(&mut self, run: &RunFolder, network: Option<&Network>) {
        const FILE: &str = Measurements::FILE;
        let Some(stored) = self.result::<Measurements>(run) else { return };
        if !matches!(own_measurements(run), Ok(Some(_))) {
            let detail = "of other phases than the folder holds now".to_owned();
            return self.add(FILE, Health::Stale, detail);
        }
        let Some(network) = network else {
            let detail =
                "read; not recomputed, because the network cannot be opened here".to_owned();
            return self.add(FILE, Health::Ok, detail);
        };
        let (health, detail) = match again(network, run, &stored) {
            Err(error) => (Health::Damaged, format!("cannot be recomputed: {error}")),
            Ok(Compared::Equal) => {
                (Health::Ok, "recomputed from the phases, bit-identical".to_owned())
            }
            Ok(Compared::Within) => {
                let detail = format!("recomputed from the phases, equal within {TOLERANCE}");
                (Health::Ok, detail)
            }
            Ok(Compared::Differs(what)) => (Health::Damaged, what),
        };
        self.add(FILE, health, detail);
    }

    /// Results that need new simulations are read, not recomputed.
    fn other_results(&mut self, run: &RunFolder) {
        let read = "read; not recomputed, which needs new simulations";
        if let Some(RunStudy { .. }) = self.result(run) {
            self.add(RunStudy::FILE, Health::Ok, read.to_owned());
        }
        if let Some(Examination { .. }) = self.result(run) {
            self.add(Examination::FILE, Health::Ok, read.to_owned());
        }
        if let Some(RestMap { .. }) = self.result(run) {
            self.add(RestMap::FILE, Health::Ok, read.to_owned());
        }
    }
}

/// What the latest checkpoint is, beside the record.
fn latest(run: &RunFolder, checkpoint: &Checkpoint) -> (Health, String) {
    let record = run.record();
    let hash = parameters_sha256(&checkpoint.parameters);
    let short = |hash: &str| hash.get(..12).unwrap_or(hash).to_owned();
    if checkpoint.parameters.flat().iter().any(|value| !value.is_finite()) {
        return (Health::Damaged, "a parameter is not finite".to_owned());
    }
    let known = record.parameters_sha256.as_deref();
    if checkpoint.batch == record.batch && known == Some(hash.as_str()) {
        return (Health::Ok, format!("parameters {}…, as in run.json", short(&hash)));
    }
    if checkpoint.batch > record.batch && record.status != Status::Finished {
        let detail = format!(
            "at batch {}, run.json at {}: the run was killed in between; resume it",
            checkpoint.batch, record.batch
        );
        return (Health::Stale, detail);
    }
    let detail = format!(
        "batch {}, parameters {}…; run.json has batch {}, parameters {}…",
        checkpoint.batch,
        short(&hash),
        record.batch,
        known.map_or_else(|| "none".to_owned(), short)
    );
    (Health::Damaged, detail)
}

/// Two results side by side.
enum Compared {
    Equal,
    /// Within [`TOLERANCE`].
    Within,
    /// Where, and how.
    Differs(String),
}

/// Stored measurements beside those of the stored phases.
fn again(network: &Network, run: &RunFolder, stored: &Measurements) -> Result<Compared, Error> {
    let found = measure_own(network, run, &stored.settings)?;
    let value = |measurements| serde_json::to_value(measurements).unwrap_or_default();
    let mut path = String::new();
    Ok(compare(&value(stored), &value(&found), &mut path))
}

fn compare(stored: &Value, found: &Value, path: &mut String) -> Compared {
    if stored == found {
        return Compared::Equal;
    }
    let pairs: Vec<(String, &Value, &Value)> = match (stored, found) {
        (Value::Number(a), Value::Number(b)) => {
            let near = |a: f64, b: f64| (a - b).abs() <= TOLERANCE * a.abs().max(b.abs()).max(1e-3);
            match (a.as_f64(), b.as_f64()) {
                (Some(a), Some(b)) if near(a, b) => return Compared::Within,
                _ => return differs(path, stored, found),
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().map(|(at, (a, b))| (at.to_string(), a, b)).collect()
        }
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            a.iter().zip(b.values()).map(|((key, a), b)| (key.clone(), a, b)).collect()
        }
        _ => return differs(path, stored, found),
    };
    let length = path.len();
    for (key, a, b) in pairs {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(&key);
        let compared = compare(a, b, path);
        path.truncate(length);
        if let Compared::Differs(_) = compared {
            return compared;
        }
    }
    Compared::Within
}

fn differs(path: &str, stored: &Value, found: &Value) -> Compared {
    let shown = |value: &Value| match value {
        Value::Array(_) | Value::Object(_) => "another structure".to_owned(),
        value => value.to_string(),
    };
    Compared::Differs(format!(
        "{path} is {} there, and {} when recomputed from the phases",
        shown(stored),
        shown(found)
    ))
}
