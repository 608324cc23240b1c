//! Where the recordings of runs are now: runs and recordings are moved apart.

use std::path::{Path, PathBuf};

use super::{OpenError, RecordingGone};
use crate::experiment::{Experiment, TaskSpec};
use crate::run::{RunFolder, file_sha256};

/// Recordings named for runs whose own have moved.
#[derive(Debug, Clone, Default)]
pub struct Recordings {
    files: Vec<PathBuf>,
}

/// A run's experiment with its recording where that is now.
#[derive(Debug, Clone)]
pub struct Located {
    /// The experiment.
    pub experiment: Experiment,
    /// The recording, if it is elsewhere than the run's own experiment says.
    pub moved_to: Option<PathBuf>,
}

impl Recordings {
    /// None is named: they are where runs say, in their folders, or beside them.
    pub const NONE: Self = Self { files: Vec::new() };

    /// These files.
    pub fn new(files: Vec<PathBuf>) -> Self {
        Self { files }
    }

    /// The first of the named files that is the recording of none of these runs.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn of_no_run<'a>(
        &self,
        runs: impl Iterator<Item = &'a RunFolder> + Clone,
    ) -> Result<Option<(&Path, String)>, OpenError> {
        for file in &self.files {
            let hash = hash(file)?;
            let recorded = runs.clone().filter(|run| run.experiment().task.recording().is_some());
            let mut known = recorded.map(|run| run.record().recording.as_ref());
            // Of a run that was stopped before it began nobody knows the recording's hash.
            if !known.any(|known| known.is_none_or(|known| known.file_sha256 == hash)) {
                return Ok(Some((file, hash)));
            }
        }
        Ok(None)
    }

    /// The run's experiment with its recording where that is now: where the experiment says, in the
    /// run folder, beside it, or among these files. What is found must be what the run was begun
    /// with.
    ///
    /// # Errors
    /// [`OpenError::RecordingGone`] if it is nowhere; if a file cannot be read.
    pub fn locate(&self, run: &RunFolder) -> Result<Located, OpenError> {
        let mut experiment = run.experiment().clone();
        let Some(spec) = experiment.task.recording() else {
            return Ok(Located { experiment, moved_to: None });
        };
        let written = spec.file.clone();
        let known = run.record().recording.as_ref().map(|known| known.file_sha256.as_str());
        let mut places = vec![written.clone()];
        // Without its hash, another file of that name could be any.
        if let (Some(name), Some(_)) = (written.file_name(), known) {
            places.push(run.path().join(name));
            // Also if the run is given as `.`.
            let path = std::path::absolute(run.path()).unwrap_or_else(|_| run.path().to_owned());
            places.extend(path.parent().map(|parent| parent.join(name)));
        }
        places.extend(self.files.iter().cloned());
        let mut changed = Vec::new();
        for place in places {
            if !place.is_file() {
                continue;
            }
            match known {
                Some(known) if hash(&place)? != known => changed.push(place),
                _ => {
                    let moved_to = (place != written).then(|| place.clone());
                    set_file(&mut experiment, place);
                    return Ok(Located { experiment, moved_to });
                }
            }
        }
        let folder = run.path().to_owned();
        Err(Box::new(RecordingGone { folder, written, changed }).into())
    }
}

fn hash(file: &Path) -> Result<String, OpenError> {
    // Pipes and devices could be endless.
    if file.exists() && !file.is_file() {
        return Err(OpenError::NotAFile { file: file.to_owned() });
    }
    file_sha256(file).map_err(|source| OpenError::Unreadable { file: file.to_owned(), source })
}

fn set_file(experiment: &mut Experiment, file: PathBuf) {
    let recording = match &mut experiment.task {
        TaskSpec::Spatial(spec) => &mut spec.recording,
        TaskSpec::HeadDirection(spec) => &mut spec.recording,
    };
    if let Some(recording) = recording {
        recording.file = file;
    }
}
