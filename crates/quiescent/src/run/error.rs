//! What can go wrong with a run folder. Messages say what is wrong; what to do about it is said only
//! where it is the same for every program that uses this library.

use std::io;
use std::path::{Path, PathBuf};

use super::lock::holder::Holder;
use crate::printable;

/// Longest description of what is wrong with a file, in characters.
const LONGEST_DETAIL: usize = 1000;
/// Longest name from a file, in characters.
pub(super) const LONGEST_NAME: usize = 60;

/// An error of the run folder or of one of its files.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// A new run was requested where one exists.
    #[error("{} already holds a run", .path.display())]
    AlreadyARun {
        /// The folder.
        path: PathBuf,
    },
    /// A new run was requested in a folder that holds something else.
    #[error(
        "{} is not empty and not a run (it holds {found}): choose an empty or a new folder",
        .path.display()
    )]
    NotEmpty {
        /// The folder.
        path: PathBuf,
        /// One of the things in it.
        found: String,
    },
    /// There is no run at this path.
    #[error("{} is not a run folder: {reason}", .path.display())]
    NotARun {
        /// The path given.
        path: PathBuf,
        /// Why it is not one.
        reason: NotARunReason,
    },
    /// Another process writes to the folder.
    #[error(
        "{} is in use by {}; nothing was changed",
        .path.display(),
        in_use_by(.holder.as_ref())
    )]
    Locked {
        /// The folder.
        path: PathBuf,
        /// Who holds it, if the lock file says so.
        holder: Option<Holder>,
    },
    /// This process was the folder's writer, but has lost its lock: it was suspended or cut off for
    /// so long that other processes took it for dead, or the lock file was deleted.
    #[error(
        "{} is no longer this process's to write: {}; nothing was overwritten",
        .path.display(),
        taken_by(.holder.as_ref(), *.silence_s)
    )]
    LockLost {
        /// The folder.
        path: PathBuf,
        /// Who holds it now, if the lock file says so.
        holder: Option<Holder>,
        /// How long this process had been silent, in seconds, if the new holder recorded it.
        silence_s: Option<f64>,
    },
    /// A phase's name cannot be a file name.
    #[error(
        "`{name}` cannot name a phase: use 1 to 64 lower-case letters, digits, `_` and `-`, such as `quiescent`"
    )]
    PhaseName {
        /// The name given.
        name: String,
    },
    /// A requested file does not exist.
    #[error("{} does not exist: {reason}", .path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// Why it need not exist.
        reason: MissingReason,
    },
    /// The operating system could not read a file.
    #[error("cannot read {}: {source}", .path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// The operating system could not write a file; its earlier content is intact.
    #[error("cannot write {}: {source}{}", .path.display(), write_advice(.source))]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// A file's content is damaged or was never what it should be.
    #[error("{} is damaged: {detail}", .path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        detail: String,
    },
    /// A file has another version of the format.
    #[error(
        "{} has format version {found}, this program ({}) reads version {supported}: {}",
        .path.display(),
        env!("CARGO_PKG_VERSION"),
        schema_advice(*.found, *.supported, .writer.as_deref())
    )]
    Schema {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u64,
        /// The version read here.
        supported: u64,
        /// Version of the program that wrote it, where known.
        writer: Option<String>,
    },
    /// A checkpoint belongs to another network.
    #[error(
        "{}: tensor `{tensor}`: expected {expected}, got {got}; the checkpoint belongs to another network than the experiment describes",
        .path.display()
    )]
    Tensor {
        /// The checkpoint.
        path: PathBuf,
        /// The tensor's name.
        tensor: String,
        /// Type and shape the experiment asks for.
        expected: String,
        /// What the file holds.
        got: String,
    },
    /// The latest checkpoint cannot be used.
    #[error(
        "the latest checkpoint cannot be used: {source}; {}",
        milestone_advice(.latest, .milestone.as_deref())
    )]
    LatestCheckpoint {
        /// The checkpoint.
        latest: PathBuf,
        /// What is wrong with it.
        source: Box<RunError>,
        /// The newest intact milestone, if any.
        milestone: Option<PathBuf>,
    },
}

/// Why a path is not a run folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotARunReason {
    /// There is nothing.
    #[error("it does not exist")]
    DoesNotExist,
    /// It is a file.
    #[error("it is a file, not a folder")]
    IsAFile,
    /// It has no experiment.
    #[error("it has no experiment.yml")]
    NoExperiment,
    /// It has an experiment and no record: its first writer was stopped early.
    #[error("it has no run.json, since its training was stopped before it began")]
    NotBegun,
}

/// Why a file of a run does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MissingReason {
    /// The checkpoint of a batch.
    #[error("only batches listed in the experiment's training.milestones are kept")]
    NoMilestone,
    /// A simulated phase.
    #[error("{}", has_phases(.have))]
    NotSimulated {
        /// Names of the phases that exist.
        have: Vec<String>,
    },
}

impl RunError {
    pub(super) fn unreadable(path: &Path, source: io::Error) -> Self {
        Self::Unreadable { path: path.to_owned(), source }
    }

    pub(super) fn unwritable(path: &Path, source: io::Error) -> Self {
        Self::Unwritable { path: path.to_owned(), source }
    }

    /// The detail may quote the file, so it is made printable and cut short.
    pub(super) fn corrupt(path: &Path, detail: impl AsRef<str>) -> Self {
        Self::Corrupt { path: path.to_owned(), detail: printable(detail.as_ref(), LONGEST_DETAIL) }
    }
}

fn has_phases(names: &[String]) -> String {
    if names.is_empty() {
        "no phase of the run has been simulated".to_owned()
    } else {
        format!("the run has the phases {}", names.join(", "))
    }
}

fn in_use_by(holder: Option<&Holder>) -> String {
    match holder {
        Some(holder) => format!("{holder}: {}", holder.outlook()),
        None => "another process (its lock file does not tell which): try again in 10 s".to_owned(),
    }
}

fn taken_by(holder: Option<&Holder>, silence_s: Option<f64>) -> String {
    match (holder, silence_s) {
        (Some(holder), Some(silence)) => format!(
            "its lock was taken over by {holder}, since this process had been silent for \
             {silence:.0} s"
        ),
        (Some(holder), None) => format!("its lock is now held by {holder}"),
        (None, _) => "its lock file is gone or damaged (another process took it over and is done, \
                      or it was deleted)"
            .to_owned(),
    }
}

fn write_advice(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            ": the disk is full or the quota used up; free some space and try again \
             (what was saved before is intact)"
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            ": the disk is mounted read-only; choose a folder that can be written"
        }
        io::ErrorKind::PermissionDenied => {
            ": change the folder's permissions or choose another folder"
        }
        io::ErrorKind::NotFound => ": the folder has been moved or deleted in the meantime",
        _ => "",
    }
}

fn schema_advice(found: u64, supported: u64, writer: Option<&str>) -> String {
    let writer = match writer {
        Some(version) => format!("quiescent {version}"),
        None if found > supported => "a newer version".to_owned(),
        None => "an older version".to_owned(),
    };
    if found > supported {
        format!("it was written by {writer}; update this program")
    } else {
        format!("it was written by {writer}; read it with that version, or run the experiment anew")
    }
}

fn milestone_advice(latest: &Path, milestone: Option<&Path>) -> String {
    match milestone {
        Some(milestone) => format!(
            "{} is intact: delete {} to resume from there",
            milestone.display(),
            latest.display()
        ),
        None => {
            "no intact milestone is left beside it: start the experiment anew in another folder"
                .to_owned()
        }
    }
}
