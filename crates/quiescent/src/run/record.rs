//! What a run folder holds, as types: `run.json` and `metrics.jsonl`.

use crate::experiment::{NoiseDistribution, RestDynamics, RestStart};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// Version of the run folder's format.
pub const SCHEMA_VERSION: u32 = 1;

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A process is (or was, if it was killed) training.
    Running,
    /// Trained to the last batch.
    Finished,
    /// Stopped by a signal; a checkpoint was saved.
    Interrupted,
    /// The loss stopped being finite; the last good checkpoint was kept.
    Diverged,
}

/// As in files: `running`.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Interrupted => "interrupted",
            Self::Diverged => "diverged",
        })
    }
}

/// `run.json`: what ran, where, and how it ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// [`SCHEMA_VERSION`] of the writer.
    pub schema_version: u32,
    /// Version of the program.
    pub program_version: String,
    /// How far the run has come.
    pub status: Status,
    /// Seed of the experiment.
    pub seed: u64,
    /// Batches trained so far. After a kill the latest checkpoint may be ahead of this, never
    /// behind.
    pub batch: u64,
    /// Host name of the last session.
    pub host: String,
    /// Worker threads of the last session, 0 while not known.
    pub threads: usize,
    /// Start, in seconds since 1970-01-01 UTC.
    pub started_unix_s: f64,
    /// Last change of this file, likewise.
    pub updated_unix_s: f64,
    /// Time spent training, in seconds, over all sessions.
    pub training_s: f64,
    /// SHA-256 of the current parameters: names, shapes and little-endian values.
    pub parameters_sha256: Option<String>,
    /// What networks that know nothing reach on the test set; none in runs of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chance: Option<Chance>,
    /// The recording that the run is trained on, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<RecordingRecord>,
    /// Where the network comes from, if it was trained elsewhere and imported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<ImportRecord>,
}

impl RunRecord {
    /// What networks that know nothing reach on the test set, of a trained or an imported network.
    pub fn chance_level(&self) -> Option<Chance> {
        let imported = || {
            let tracking = self.imported.as_ref()?.tracking?;
            Some(Chance { constant: tracking.constant, untrained: tracking.untrained })
        };
        self.chance.or_else(imported)
    }
}

/// Networks that know nothing, on the test set: what a loss and a decoding error are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Chance {
    /// One that always gives the same answer: the mean of the target activity, and the mean stimulus.
    pub constant: TestResult,
    /// One of the same shape with the experiment's initial weights.
    pub untrained: TestResult,
}

/// Where an imported network comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportRecord {
    /// Name of the file with the weights, without its folder.
    pub file: String,
    /// SHA-256 of that file.
    pub file_sha256: String,
    /// Order of the axes of its matrices: `out_in` or `in_out`.
    pub layout: String,
    /// Precision of its numbers, such as `single`; several are joined by `, `.
    pub precision: String,
    /// Where the target cells come from.
    pub cells: CellsOrigin,
    /// When, in seconds since 1970-01-01 UTC.
    pub imported_unix_s: f64,
    /// What was taken for what in the file, and what it set in the experiment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// How well it tracks its stimulus awake.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<ImportTracking>,
}

/// An imported network on the test motion of its experiment, beside two that know nothing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ImportTracking {
    /// The network.
    pub network: TestResult,
    /// One that always gives the same answer.
    pub constant: TestResult,
    /// One of the same shape with the experiment's initial weights.
    pub untrained: TestResult,
    /// Whether its decoding error is below half of the smaller of the other two.
    pub tracks: bool,
}

/// Errors on a test set.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TestResult {
    /// Mean squared error over trials, steps and cells; `null` in the file if it is not finite.
    #[serde(deserialize_with = "null_is_nan")]
    pub loss: f64,
    /// Mean decoding distance in m or rad; likewise.
    #[serde(deserialize_with = "null_is_nan")]
    pub decode_error: f64,
}

/// Where the target cells of an imported network come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CellsOrigin {
    /// The file with the weights.
    Weights,
    /// A file of their own.
    File,
    /// Drawn from the experiment's seed: most likely not those the network was trained with.
    Experiment,
    /// There are none: the target is the position itself.
    None,
}

/// The recording of a run: to notice a changed file, and to lay results over the animal's data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordingRecord {
    /// SHA-256 of the file.
    pub file_sha256: String,
    /// Where the run's origin lies in the recording's own coordinates, (x, y) in m; empty for
    /// headings. A decoded position plus this is a position in the recording.
    pub origin_m: Vec<f64>,
}

/// `phases/NAME.json`: how a phase was simulated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PhaseRecord {
    /// [`SCHEMA_VERSION`] of the writer.
    pub schema_version: u32,
    /// Version of the program.
    pub program_version: String,
    /// Batches that the network was trained for.
    pub batch: u64,
    /// SHA-256 of the network's parameters.
    pub parameters_sha256: Option<String>,
    /// Trials.
    pub trials: usize,
    /// Steps of each.
    pub steps: usize,
    /// Length of a step, in s.
    pub dt_s: f64,
    /// Amplitude σ of the unit noise, per √s, before the factor of momentum that keeps the temperature.
    pub sigma: f64,
    /// Law of the unit noise.
    pub distribution: NoiseDistribution,
    /// How the units moved; keys are omitted where that is as in training.
    #[serde(flatten)]
    pub dynamics: RestDynamics,
    /// Where rest began; none for waking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<RestStart>,
    /// Seed of its motion, starts and noise; none in files of earlier versions, which used the
    /// experiment's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Steps of the waking phase at whose end rest began; none for other starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wake_steps: Option<usize>,
}

/// One line of `metrics.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricsLine {
    /// Batches trained when this was measured (1 after the first).
    pub batch: u64,
    /// Mean squared error of that batch over trials, steps and cells. JSON has no infinities:
    /// non-finite values are written as `null` and read as NaN.
    #[serde(deserialize_with = "null_is_nan")]
    pub train_loss: f64,
    /// The same on the fixed test set, where it was evaluated.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present_null_is_nan"
    )]
    pub test_loss: Option<f64>,
    /// Mean decoding distance on the test set, in `decode_error_unit`.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present_null_is_nan"
    )]
    pub decode_error: Option<f64>,
    /// `"m"` or `"rad"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decode_error_unit: Option<String>,
    /// Time spent training so far, in seconds, over all sessions.
    pub wall_s: f64,
}

fn null_is_nan<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

/// For keys that are left out when there is no value: `null` then means a value that is not
/// finite.
fn present_null_is_nan<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<f64>, D::Error> {
    null_is_nan(deserializer).map(Some)
}
