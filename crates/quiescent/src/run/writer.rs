//! A run folder as its one writer sees it.

use std::fs;
use std::ops::Deref;

use super::files::atomic::create_folder;
use super::files::json;
use super::folder::{CHECKPOINTS, LATEST, METRICS_FILE, PHASES, RECORDING_FILE, RUN_FILE};
use super::formats::experiment_file::{self, EXPERIMENT_FILE};
use super::lock::host::{host_name, unix_time_s};
use super::{
    Checkpoint, FolderLock, MetricsLine, MetricsLog, PhaseRecord, RecordedPath, RunError,
    RunFolder, RunRecord, SCHEMA_VERSION, Status, Stored, StoredResult, parameters_sha256,
    truncate_metrics_after, write_phase_file,
};
use crate::simulate::Phase;

/// A run folder together with the right to write to it, held until dropped. It can be read
/// like a [`RunFolder`].
///
/// Every write looks first whether the right still holds, and is refused with
/// [`RunError::LockLost`] if the process was suspended until another one took it for dead.
#[derive(Debug)]
pub struct RunWriter {
    folder: RunFolder,
    log: Option<MetricsLog>,
    lock: FolderLock,
}

impl Deref for RunWriter {
    type Target = RunFolder;

    fn deref(&self) -> &RunFolder {
        &self.folder
    }
}

impl RunWriter {
    pub(super) fn new(folder: RunFolder, lock: FolderLock) -> Self {
        Self { folder, log: None, lock }
    }

    /// Runs a write to the folder if the lock is still held.
    pub(super) fn write<T>(
        &self,
        write: impl FnOnce() -> Result<T, RunError>,
    ) -> Result<T, RunError> {
        self.lock.check()?;
        write().map_err(|error| self.lock.explain(error))
    }

    /// Changes `run.json`. Versions, host and time of change are filled in here.
    ///
    /// # Errors
    /// [`RunError::LockLost`] or [`RunError::Unwritable`]; the record in memory is then the old
    /// one, as on the disk.
    pub fn update_record(&mut self, change: impl FnOnce(&mut RunRecord)) -> Result<(), RunError> {
        let mut record = self.folder.record.clone();
        change(&mut record);
        record.schema_version = SCHEMA_VERSION;
        env!("CARGO_PKG_VERSION").clone_into(&mut record.program_version);
        host_name().clone_into(&mut record.host);
        record.updated_unix_s = unix_time_s();
        self.write(|| json::write(&self.path().join(RUN_FILE), &record))?;
        self.folder.record = record;
        Ok(())
    }

    /// Changes the number of batches that the run is trained for. A kill leaves a run that resumes: of the
    /// old number or of the new one.
    ///
    /// # Errors
    /// [`RunError::LockLost`] or [`RunError::Unwritable`].
    pub fn set_batches(&mut self, batches: u64) -> Result<(), RunError> {
        // First, so that a run with batches left never is a finished one.
        self.update_record(|record| record.status = Status::Interrupted)?;
        let mut experiment = self.experiment().clone();
        experiment.training.batches = batches;
        self.write(|| experiment_file::write(&self.path().join(EXPERIMENT_FILE), &experiment))?;
        self.folder.experiment = experiment;
        Ok(())
    }

    /// Appends a line to `metrics.jsonl`.
    ///
    /// # Errors
    /// [`RunError::LockLost`], or those of [`MetricsLog::open`] and [`MetricsLog::append`].
    pub fn append_metrics(&mut self, line: &MetricsLine) -> Result<(), RunError> {
        let log = self.log.take();
        let log = self.write(|| {
            let mut log = match log {
                Some(log) => log,
                None => MetricsLog::open(&self.path().join(METRICS_FILE))?,
            };
            log.append(line).map(|()| log)
        })?;
        self.log = Some(log);
        Ok(())
    }

    /// Drops the metrics of later batches than `batch`, from which training is about to resume.
    ///
    /// # Errors
    /// [`RunError::LockLost`], or those of [`truncate_metrics_after`].
    pub fn truncate_metrics_after(&mut self, batch: u64) -> Result<(), RunError> {
        // The file is replaced, so a handle to the old one must not live on.
        self.log = None;
        self.write(|| truncate_metrics_after(&self.path().join(METRICS_FILE), batch))
    }

    /// Saves a checkpoint as the latest one, and as a milestone too if its batch is among
    /// `milestones`; then brings batch, training time and parameters' hash in `run.json` up to
    /// date.
    ///
    /// # Errors
    /// [`RunError::LockLost`] or [`RunError::Unwritable`]; the checkpoint before is then still the
    /// latest.
    pub fn save_checkpoint(
        &mut self,
        checkpoint: &Checkpoint,
        milestones: &[u64],
    ) -> Result<(), RunError> {
        let folder = self.path().join(CHECKPOINTS);
        self.write(|| create_folder(&folder))?;
        // The milestone comes first. After a kill in between, training resumes from the older latest
        // checkpoint and writes the milestone again; in the other order it would never be written.
        if milestones.contains(&checkpoint.batch) {
            self.write(|| checkpoint.write(&self.milestone_path(checkpoint.batch)))?;
        }
        self.write(|| checkpoint.write(&folder.join(LATEST)))?;
        self.update_record(|record| {
            record.batch = checkpoint.batch;
            record.training_s = checkpoint.training_s;
            record.parameters_sha256 = Some(parameters_sha256(&checkpoint.parameters));
        })
    }

    /// Writes `phases/NAME.npz`, replacing an earlier one.
    ///
    /// # Errors
    /// [`RunError::PhaseName`], [`RunError::LockLost`], or those of [`write_phase_file`].
    pub fn write_phase(&self, name: &str, phase: &Phase) -> Result<(), RunError> {
        let path = self.phase_path(name)?;
        self.write(|| {
            create_folder(&self.path().join(PHASES))?;
            // The record of an older phase of that name must not be taken for this one's.
            let record = path.with_extension("json");
            if record.exists() {
                fs::remove_file(&record).map_err(|error| RunError::unwritable(&record, error))?;
            }
            write_phase_file(&path, phase)
        })
    }

    /// Writes `phases/NAME.json`, which says how the phase of that name was simulated.
    ///
    /// # Errors
    /// [`RunError::PhaseName`], [`RunError::LockLost`] or [`RunError::Unwritable`].
    pub fn write_phase_record(&self, name: &str, record: &PhaseRecord) -> Result<(), RunError> {
        let path = self.phase_path(name)?.with_extension("json");
        self.write(|| json::write(&path, record))
    }

    /// Writes `recording.json`, replacing an earlier one.
    ///
    /// # Errors
    /// [`RunError::LockLost`] or [`RunError::Unwritable`].
    pub fn write_recorded(&self, recorded: &RecordedPath) -> Result<(), RunError> {
        self.write(|| json::write_compact(&self.path().join(RECORDING_FILE), recorded))
    }

    /// Writes a result into its file, replacing an earlier one, also where an earlier version of the
    /// program had it.
    ///
    /// # Errors
    /// [`RunError::LockLost`] or [`RunError::Unwritable`].
    pub fn write_result<T: StoredResult>(&self, stored: &Stored<T>) -> Result<(), RunError> {
        self.write(|| json::write_compact(&self.path().join(T::FILE), stored))?;
        if let Some(former) = T::FORMER_FILE.map(|file| self.path().join(file))
            && former.exists()
        {
            fs::remove_file(&former).map_err(|error| RunError::unwritable(&former, error))?;
        }
        Ok(())
    }

    /// Removes a result that no longer is one of the run as it is, if there is one.
    ///
    /// # Errors
    /// [`RunError::LockLost`] or [`RunError::Unwritable`].
    pub fn remove_result<T: StoredResult>(&self) -> Result<(), RunError> {
        for file in [Some(T::FILE), T::FORMER_FILE].into_iter().flatten() {
            let path = self.path().join(file);
            if path.exists() {
                self.write(|| {
                    fs::remove_file(&path).map_err(|error| RunError::unwritable(&path, error))
                })?;
            }
        }
        Ok(())
    }
}
