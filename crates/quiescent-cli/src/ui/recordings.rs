//! `--recording FILE`, and what the command line says of recordings and of runs that cannot be opened.

use super::failure::Failure;
use super::watch;
use clap::Args;
use quiescent::experiment::Experiment;
use quiescent::network::Network;
use quiescent::run::RunFolder;
use quiescent::workflow::{self, Event, OpenError, Opened};
use std::path::PathBuf;

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

    /// As the library takes them.
    pub(crate) fn named(&self) -> workflow::Recordings {
        workflow::Recordings::new(self.files.clone())
    }

    /// Refuses a file that is the recording of none of the runs: a slip must not go unnoticed
    /// because it was not needed.
    pub(crate) fn check<'a>(
        &self,
        runs: impl Iterator<Item = &'a RunFolder> + Clone,
    ) -> Result<(), Failure> {
        let named = self.named();
        let Some((file, hash)) =
            named.of_no_run(runs.clone()).map_err(|error| self.failure(error))?
        else {
            return Ok(());
        };
        let names: Vec<String> = runs
            .filter(|run| run.experiment().task.recording().is_some())
            .map(|run| run.path().display().to_string())
            .collect();
        let file = file.display();
        Err(Failure::Usage(match names.as_slice() {
            [] => format!("--recording {file}: no run given here is trained on a recording"),
            names => format!(
                "--recording {file}: this is not the recording that {} was trained on: its \
                 contents differ (SHA-256 {}…, where run.json has another)",
                names.join(" or "),
                hash.get(..12).unwrap_or(&hash)
            ),
        }))
    }

    /// A failure of work on runs, with what can be done about it here.
    pub(crate) fn failure(&self, error: impl Into<workflow::Error>) -> Failure {
        let error = error.into();
        let gone = matches!(error, workflow::Error::Open(OpenError::RecordingGone(_)));
        match Failure::from(error) {
            Failure::Data(text) if gone && self.flag => {
                Failure::Data(format!("{text}, or say where it is with --recording FILE"))
            }
            failure => failure,
        }
    }

    /// The network of a run at its latest checkpoint, with the motion that it is trained on or, for
    /// what needs none, without.
    pub(crate) fn network(&self, folder: &RunFolder, moves: bool) -> Result<Network, Failure> {
        let named = self.named();
        let found = if moves {
            workflow::open(folder, &named)
        } else {
            workflow::open_at_rest(folder, &named)
        };
        let Opened { network, recording_moved_to } = found.map_err(|error| self.failure(error))?;
        if let Some(to) = &recording_moved_to {
            watch::show(&Event::RecordingMoved { run: folder, to });
        }
        Ok(network)
    }
}
