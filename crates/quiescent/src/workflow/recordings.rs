//! Finds the recordings of runs, because runs and recordings may be moved separately.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::{OpenError, RecordingGone};
use crate::experiment::Experiment;
use crate::run::{RunFolder, file_sha256};

/// Digits of a hash that tell recordings apart in a name: 64 bits.
const NAME_DIGITS: usize = 16;

/// Recordings given for runs whose own recordings have moved.
#[derive(Debug, Clone, Default)]
pub struct Recordings {
    files: Vec<PathBuf>,
}

/// A run's experiment with the current path of its recording.
#[derive(Debug, Clone)]
pub struct Located {
    /// The experiment.
    pub experiment: Experiment,
    /// The recording, if it is not at the path in the run's own experiment.
    pub moved_to: Option<PathBuf>,
}

impl Recordings {
    /// No recording is given; each is at the path in its run, in the run folder, or beside it.
    pub const NONE: Self = Self { files: Vec::new() };

    /// The given files.
    pub fn new(files: Vec<PathBuf>) -> Self {
        Self { files }
    }

    /// The first given file that is not the recording of any of these runs.
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
            // If a run was stopped before it began, the hash of its recording is unknown.
            if !known.any(|known| known.is_none_or(|known| known.file_sha256 == hash)) {
                return Ok(Some((file, hash)));
            }
        }
        Ok(None)
    }

    /// The run's experiment with the current path of its recording. It is searched for at the
    /// path in the experiment, in the run folder, beside the folder, and among the given files.
    /// Its contents must be those with which the run began.
    ///
    /// # Errors
    /// [`OpenError::RecordingGone`] if the recording is not found; if a file cannot be read.
    pub fn locate(&self, run: &RunFolder) -> Result<Located, OpenError> {
        let mut experiment = run.experiment().clone();
        let Some(spec) = experiment.task.recording() else {
            return Ok(Located { experiment, moved_to: None });
        };
        // A relative path is that of a recording kept in the run folder. The folder must be absolute for
        // a run given as `.`.
        let folder = std::path::absolute(run.path()).unwrap_or_else(|_| run.path().to_owned());
        let written = folder.join(&spec.file);
        let known = run.record().recording.as_ref().map(|known| known.file_sha256.as_str());
        let mut places = vec![written.clone()];
        // Without a hash, a file with the same name could be any recording.
        if let (Some(name), Some(_)) = (written.file_name(), known) {
            places.push(run.path().join(name));
            places.extend(folder.parent().map(|parent| parent.join(name)));
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
    if let Some(recording) = experiment.task.recording_mut() {
        recording.file = file;
    }
}

/// Name under which a run keeps a recording in its own folder. It begins with the hash of the contents, so
/// that it tells recordings apart.
pub fn kept_name(file_sha256: &str, extension: &OsStr) -> PathBuf {
    let digits = &file_sha256[..NAME_DIGITS.min(file_sha256.len())];
    let mut name = PathBuf::from(format!("recording-{digits}"));
    name.set_extension(extension);
    name
}

/// An experiment whose run keeps the recording in its own folder: the path of the recording is its
/// [`kept_name`], which does not depend on where the file is.
///
/// # Errors
/// If the file cannot be read.
pub fn keeping(experiment: &Experiment) -> Result<Experiment, OpenError> {
    let mut kept = experiment.clone();
    if let Some(spec) = experiment.task.recording() {
        let extension = spec.file.extension().unwrap_or_default();
        set_file(&mut kept, kept_name(&hash(&spec.file)?, extension));
    }
    Ok(kept)
}
