//! A run folder as its readers see it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::files::json;
use super::formats::experiment_file::{self, EXPERIMENT_FILE};
use super::formats::phase::read_kept_stride;
use super::{
    Checkpoint, Held, LastMetrics, MetricsLine, MissingReason, NotARunReason, PhaseRecord,
    RecordedPath, RunError, RunRecord, StoredResult, read_last_metrics, read_metrics,
    read_phase_file,
};
use crate::experiment::Experiment;
use crate::network::Layout;
use crate::simulate::Phase;

pub(super) const RUN_FILE: &str = "run.json";
pub(super) const METRICS_FILE: &str = "metrics.jsonl";
pub(super) const RECORDING_FILE: &str = "recording.json";
pub(super) const CHECKPOINTS: &str = "checkpoints";
pub(super) const LATEST: &str = "latest.safetensors";
pub(super) const PHASES: &str = "phases";
/// A run folder, opened for reading. A writer may be running: every file is replaced as a whole.
#[derive(Debug)]
pub struct RunFolder {
    pub(super) path: PathBuf,
    pub(super) experiment: Experiment,
    pub(super) record: RunRecord,
}

impl RunFolder {
    /// Whether there is a run in this folder (whole or damaged).
    pub fn is_run(path: impl AsRef<Path>) -> bool {
        path.as_ref().join(EXPERIMENT_FILE).is_file()
    }

    /// Opens a run for reading.
    ///
    /// # Errors
    /// [`RunError::NotARun`] saying what is missing; [`RunError::Unreadable`],
    /// [`RunError::Corrupt`] or [`RunError::Schema`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, RunError> {
        let path = path.as_ref();
        let experiment = read_experiment(path)?;
        let record = read_record(path)?.ok_or_else(|| RunError::NotARun {
            path: path.to_owned(),
            reason: NotARunReason::NotBegun,
        })?;
        Ok(Self { path: path.to_owned(), experiment, record })
    }

    /// Whether a folder's `run.json` can be read, where it cannot be opened: what is wrong then is its
    /// experiment.
    pub fn has_sound_record(path: impl AsRef<Path>) -> bool {
        read_record(path.as_ref()).is_ok()
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The resolved experiment.
    pub fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    /// `run.json`, as it was when the folder was opened or as its writer last wrote it.
    pub fn record(&self) -> &RunRecord {
        &self.record
    }

    /// Every line of `metrics.jsonl` so far.
    ///
    /// # Errors
    /// Those of [`read_metrics`].
    pub fn metrics(&self) -> Result<Vec<MetricsLine>, RunError> {
        read_metrics(&self.path.join(METRICS_FILE))
    }

    /// The end of `metrics.jsonl`, read without the rest of it.
    ///
    /// # Errors
    /// Those of [`read_last_metrics`].
    pub fn last_metrics(&self) -> Result<LastMetrics, RunError> {
        read_last_metrics(&self.path.join(METRICS_FILE))
    }

    /// The latest checkpoint. If there is none, the newest intact milestone, since a run can be killed
    /// between writing the two; `None` without either.
    ///
    /// # Errors
    /// [`RunError::LatestCheckpoint`] if it is damaged, naming the newest intact milestone; else
    /// those of [`Checkpoint::read`].
    pub fn latest_checkpoint(&self, layout: &Arc<Layout>) -> Result<Option<Checkpoint>, RunError> {
        let latest = self.path.join(CHECKPOINTS).join(LATEST);
        match Checkpoint::read(&latest, layout) {
            Ok(checkpoint) => Ok(Some(checkpoint)),
            Err(RunError::Unreadable { source, .. })
                if source.kind() == io::ErrorKind::NotFound =>
            {
                let Some(newest) = self.milestones()?.pop() else {
                    return Ok(None);
                };
                match self.newest_intact_milestone(layout)? {
                    Some((_, checkpoint)) => Ok(Some(checkpoint)),
                    None => Checkpoint::read(&self.milestone_path(newest), layout).map(Some),
                }
            }
            Err(source @ RunError::Corrupt { .. }) => Err(RunError::LatestCheckpoint {
                latest,
                source: Box::new(source),
                milestone: self
                    .newest_intact_milestone(layout)?
                    .map(|(batch, _)| self.milestone_path(batch)),
            }),
            Err(error) => Err(error),
        }
    }

    /// Batches of the milestones, ascending.
    ///
    /// # Errors
    /// [`RunError::Unreadable`].
    pub fn milestones(&self) -> Result<Vec<u64>, RunError> {
        let mut batches: Vec<u64> = file_names(&self.path.join(CHECKPOINTS))?
            .iter()
            .filter_map(|name| {
                let digits = name.strip_prefix("batch-")?.strip_suffix(".safetensors")?;
                let batch = digits.parse().ok()?;
                // Only the exact name that this batch is written under.
                (milestone_name(batch) == *name).then_some(batch)
            })
            .collect();
        batches.sort_unstable();
        Ok(batches)
    }

    /// The checkpoint of one milestone.
    ///
    /// # Errors
    /// [`RunError::Missing`] if there is none of this batch; else those of [`Checkpoint::read`].
    pub fn milestone(&self, batch: u64, layout: &Arc<Layout>) -> Result<Checkpoint, RunError> {
        let path = self.milestone_path(batch);
        Checkpoint::read(&path, layout)
            .map_err(|error| missing(error, &path, || MissingReason::NoMilestone))
    }

    /// Names of the simulated phases, sorted.
    ///
    /// # Errors
    /// [`RunError::Unreadable`].
    pub fn phase_names(&self) -> Result<Vec<String>, RunError> {
        let mut names: Vec<String> = file_names(&self.path.join(PHASES))?
            .iter()
            .filter_map(|name| name.strip_suffix(".npz"))
            .filter(|name| is_phase_name(name))
            .map(str::to_owned)
            .collect();
        names.sort_unstable();
        Ok(names)
    }

    /// A simulated phase.
    ///
    /// # Errors
    /// [`RunError::PhaseName`], [`RunError::Missing`], or those of [`read_phase_file`].
    pub fn read_phase(&self, name: &str) -> Result<Phase, RunError> {
        let path = self.phase_path(name)?;
        read_phase_file(&path).map_err(|error| {
            missing(error, &path, || MissingReason::NotSimulated {
                have: self.phase_names().unwrap_or_default(),
            })
        })
    }

    /// Steps from one kept hidden state of a phase to the next, read without its other arrays; `None` if it
    /// has no states.
    ///
    /// # Errors
    /// Those of [`read_phase`](Self::read_phase).
    pub fn kept_stride(&self, name: &str) -> Result<Option<usize>, RunError> {
        read_kept_stride(&self.phase_path(name)?)
    }

    /// How a phase was simulated; `None` if it has no record.
    ///
    /// # Errors
    /// [`RunError::PhaseName`], [`RunError::Unreadable`], [`RunError::Corrupt`] or
    /// [`RunError::Schema`].
    pub fn phase_record(&self, name: &str) -> Result<Option<PhaseRecord>, RunError> {
        json::read_versioned(&self.phase_path(name)?.with_extension("json"))
    }

    /// Path of the recording, if the run keeps it in its own folder.
    pub fn kept_recording(&self) -> Option<PathBuf> {
        let file = &self.experiment.task.recording()?.file;
        (file.parent() == Some(Path::new(""))).then(|| self.path.join(file))
    }

    /// `recording.json`, if the run is trained on a recording and that of the hash in `run.json`
    /// has been read (by a version of the program that keeps what it found).
    ///
    /// # Errors
    /// [`RunError::Unreadable`], [`RunError::Corrupt`] or [`RunError::Schema`].
    pub fn recorded(&self) -> Result<Option<RecordedPath>, RunError> {
        let Some(known) = &self.record.recording else { return Ok(None) };
        let path = self.path.join(RECORDING_FILE);
        let found: Option<RecordedPath> = json::read_versioned(&path)?;
        if let Some(fault) = found.as_ref().and_then(RecordedPath::fault) {
            return Err(RunError::corrupt(&path, fault));
        }
        Ok(found.filter(|found| found.file_sha256 == known.file_sha256))
    }

    /// Whether the arrays of a phase are there.
    ///
    /// # Errors
    /// [`RunError::PhaseName`].
    pub fn has_phase(&self, name: &str) -> Result<bool, RunError> {
        Ok(self.phase_path(name)?.is_file())
    }

    /// A result of the run, by its file. One that another version of the program wrote is only named:
    /// it can be made anew from the run.
    ///
    /// # Errors
    /// [`RunError::Unreadable`] or [`RunError::Corrupt`].
    pub fn result<T: StoredResult>(&self) -> Result<Held<T>, RunError> {
        #[derive(serde::Deserialize)]
        struct Written {
            version: Option<u32>,
            program_version: Option<String>,
        }
        let path = self.path.join(T::FILE);
        let Some(text) = json::read_text_if_any(&path)? else {
            let former = T::FORMER_FILE.filter(|file| self.path.join(file).is_file());
            return Ok(
                former.map_or(Held::None, |file| Held::Other { file, program_version: None })
            );
        };
        let not_json = |error: serde_json::Error| RunError::corrupt(&path, error.to_string());
        let Written { version, program_version } = serde_json::from_str(&text).map_err(not_json)?;
        if version != Some(T::VERSION)
            || program_version.as_deref() != Some(env!("CARGO_PKG_VERSION"))
        {
            return Ok(Held::Other { file: T::FILE, program_version });
        }
        serde_json::from_str(&text).map(Held::Found).map_err(not_json)
    }

    pub(super) fn phase_path(&self, name: &str) -> Result<PathBuf, RunError> {
        if !is_phase_name(name) {
            return Err(RunError::PhaseName { name: name.to_owned() });
        }
        Ok(self.path.join(PHASES).join(format!("{name}.npz")))
    }

    pub(super) fn milestone_path(&self, batch: u64) -> PathBuf {
        self.path.join(CHECKPOINTS).join(milestone_name(batch))
    }

    fn newest_intact_milestone(
        &self,
        layout: &Arc<Layout>,
    ) -> Result<Option<(u64, Checkpoint)>, RunError> {
        Ok(self.milestones()?.into_iter().rev().find_map(|batch| {
            let checkpoint = Checkpoint::read(&self.milestone_path(batch), layout).ok()?;
            Some((batch, checkpoint))
        }))
    }
}

fn milestone_name(batch: u64) -> String {
    format!("batch-{batch:06}.safetensors")
}

fn is_phase_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte))
}

pub(super) fn read_record(folder: &Path) -> Result<Option<RunRecord>, RunError> {
    json::read_versioned(&folder.join(RUN_FILE))
}

pub(super) fn read_experiment(folder: &Path) -> Result<Experiment, RunError> {
    let not_a_run = |reason| RunError::NotARun { path: folder.to_owned(), reason };
    let metadata = match fs::metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(not_a_run(NotARunReason::DoesNotExist));
        }
        metadata => metadata.map_err(|error| RunError::unreadable(folder, error))?,
    };
    if !metadata.is_dir() {
        return Err(not_a_run(NotARunReason::IsAFile));
    }
    // Checked first: if a later version wrote the folder, the version is the better explanation.
    read_record(folder)?;
    experiment_file::read(&folder.join(EXPERIMENT_FILE)).map_err(|error| match error {
        RunError::Unreadable { source, .. } if source.kind() == io::ErrorKind::NotFound => {
            not_a_run(NotARunReason::NoExperiment)
        }
        error => error,
    })
}

/// Names in a folder, sorted; none if there is no such folder.
pub(super) fn file_names(folder: &Path) -> Result<Vec<String>, RunError> {
    let unreadable = |error| RunError::unreadable(folder, error);
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(unreadable)?,
    };
    let mut names = entries
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<io::Result<Vec<_>>>()
        .map_err(unreadable)?;
    names.sort_unstable();
    Ok(names)
}

/// Turns "no such file" into [`RunError::Missing`] with a reason.
fn missing(error: RunError, path: &Path, reason: impl FnOnce() -> MissingReason) -> RunError {
    match error {
        RunError::Unreadable { source, .. } if source.kind() == io::ErrorKind::NotFound => {
            RunError::Missing { path: path.to_owned(), reason: reason() }
        }
        error => error,
    }
}
