//! Where the recordings of runs are now: runs and recordings are moved apart.

use crate::failure::Failure;
use crate::output::complain;
use clap::Args;
use quiescent::experiment::{Experiment, TaskSpec};
use quiescent::run::{RunFolder, file_sha256};
use std::path::{Path, PathBuf};

/// Recordings that the user names for runs whose own have moved.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Recordings {
    /// The recording of a run, if it has moved since and is not in or beside the run folder either;
    /// its hash must be the one that run.json keeps. Give it once for each recording. Needed only
    /// where the animal's motion is.
    #[arg(long = "recording", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Whether the command has the flag: advice that it lacks would be none.
    #[arg(skip = true)]
    flag: bool,
}

impl Recordings {
    /// For commands without the flag.
    pub(crate) const NONE: Self = Self { files: Vec::new(), flag: false };

    /// For a command without the flag that goes on with a run as this experiment: its recording is
    /// the run's, where the contents are.
    pub(crate) fn of(experiment: &Experiment) -> Self {
        Self::NONE.and(Some(experiment))
    }

    /// These and the recording of an experiment.
    pub(crate) fn and(&self, experiment: Option<&Experiment>) -> Self {
        let mut all = self.clone();
        let recording = experiment.and_then(|experiment| experiment.task.recording());
        all.files.extend(recording.map(|spec| spec.file.clone()));
        all
    }

    /// Whether a file is named.
    pub(crate) fn are_given(&self) -> bool {
        !self.files.is_empty()
    }

    /// Refuses a file that is the recording of none of the runs: a slip must not go unnoticed
    /// because it was not needed.
    pub(crate) fn check<'a>(
        &self,
        runs: impl Iterator<Item = &'a RunFolder> + Clone,
    ) -> Result<(), Failure> {
        for file in &self.files {
            let hash = hash(file)?;
            let recorded = runs.clone().filter(|run| run.experiment().task.recording().is_some());
            let mut known = recorded.clone().map(|run| run.record().recording.as_ref());
            // Of a run that was stopped before it began nobody knows the recording's hash.
            if known.any(|known| known.is_none_or(|known| known.file_sha256 == hash)) {
                continue;
            }
            let names: Vec<String> = recorded.map(|run| run.path().display().to_string()).collect();
            return Err(Failure::Usage(match names.as_slice() {
                [] => format!(
                    "--recording {}: no run given here is trained on a recording",
                    file.display()
                ),
                names => format!(
                    "--recording {}: this is not the recording that {} was trained on: its \
                     contents differ (SHA-256 {}…, where run.json has another)",
                    file.display(),
                    names.join(" or "),
                    hash.get(..12).unwrap_or(&hash)
                ),
            }));
        }
        Ok(())
    }

    /// The run's experiment with its recording where that is now: where the experiment says, in the
    /// run folder, beside it, or where the user says. What is found must be what the run was begun
    /// with.
    pub(crate) fn locate(&self, run: &RunFolder) -> Result<Experiment, Failure> {
        let mut experiment = run.experiment().clone();
        let Some(spec) = experiment.task.recording() else { return Ok(experiment) };
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
                    if place != written {
                        complain(&format!(
                            "{}: its recording is read from {}",
                            run.path().display(),
                            place.display()
                        ));
                    }
                    set_file(&mut experiment, place);
                    return Ok(experiment);
                }
            }
        }
        Err(Failure::Data(self.missing(run, &written, &changed)))
    }

    fn missing(&self, run: &RunFolder, written: &Path, changed: &[PathBuf]) -> String {
        let folder = run.path().display();
        let name = written.file_name().unwrap_or(written.as_os_str()).to_string_lossy();
        let mut said = match changed {
            [] => format!(
                "{folder} is trained on the recording {}, which is not there any more, and there \
                 is no {name} in the run folder or beside it",
                written.display()
            ),
            changed => {
                let all: Vec<String> =
                    changed.iter().map(|path| path.display().to_string()).collect();
                format!(
                    "{} is not the recording that {folder} was trained on (its contents have \
                     changed)",
                    all.join(" or ")
                )
            }
        };
        said.push_str(if self.flag {
            ": put the file back, or into the run folder, or say where it is with --recording FILE"
        } else {
            ": put the file back, or into the run folder"
        });
        said
    }
}

fn hash(file: &Path) -> Result<String, Failure> {
    // Pipes and devices could be endless.
    if file.exists() && !file.is_file() {
        return Err(Failure::Usage(format!("{} is not a regular file", file.display())));
    }
    file_sha256(file)
        .map_err(|error| Failure::Data(format!("cannot read {}: {error}", file.display())))
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
