//! Why the network of a run cannot be had.

use std::io;
use std::path::PathBuf;

use crate::run::RunError;
use crate::task::TaskError;

/// Why the network of a run cannot be had. The messages say what is wrong; what to do about it is for
/// whoever knows which commands or functions there are.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The folder, or a file in it.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Its task cannot be built.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// Nothing was saved yet.
    #[error("{} has no checkpoint yet", .folder.display())]
    NoCheckpoint {
        /// The run folder.
        folder: PathBuf,
    },
    /// The cells of the task are not those that the network was trained with.
    #[error(
        "the target cells of {} are not those that its network was trained with: it is of another \
         version of the program, or its experiment.yml was changed",
        .folder.display()
    )]
    OtherCells {
        /// The run folder.
        folder: PathBuf,
    },
    /// The cells that an imported network brings are none of its experiment.
    #[error(
        "the target cells of {} do not fit its experiment.yml, which was changed: {reason}",
        .folder.display()
    )]
    CellsDoNotFit {
        /// The run folder.
        folder: PathBuf,
        /// What is wrong with them.
        reason: Box<TaskError>,
    },
    /// The recording is not where it was, and not near the run either.
    #[error(transparent)]
    RecordingGone(#[from] Box<RecordingGone>),
    /// What is named as a recording is no file.
    #[error("{} is not a regular file", .file.display())]
    NotAFile {
        /// What was named.
        file: PathBuf,
    },
    /// A recording cannot be read.
    #[error("cannot read {}: {source}", .file.display())]
    Unreadable {
        /// The recording.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A run's recording that was not found.
#[derive(Debug)]
pub struct RecordingGone {
    /// The run folder.
    pub folder: PathBuf,
    /// Where the recording was.
    pub written: PathBuf,
    /// Files of its name or named by the user whose contents are others.
    pub changed: Vec<PathBuf>,
}

impl std::error::Error for RecordingGone {}

impl std::fmt::Display for RecordingGone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { folder, written, changed } = self;
        let (folder, written_at) = (folder.display(), written.display());
        if changed.is_empty() {
            let name = written.file_name().unwrap_or(written.as_os_str()).to_string_lossy();
            return write!(
                f,
                "{folder} is trained on the recording {written_at}, which is not there any more, and \
                 there is no {name} in the run folder or beside it"
            );
        }
        let all: Vec<String> = changed.iter().map(|path| path.display().to_string()).collect();
        write!(
            f,
            "{} is not the recording that {folder} was trained on (its contents have changed)",
            all.join(" or ")
        )
    }
}
