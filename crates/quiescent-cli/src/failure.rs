//! What ends a command early, and with which exit code.

use quiescent::analysis::Unmeasured;
use quiescent::experiment::SpecError;
use quiescent::printable;
use quiescent::run::RunError;
use quiescent::task::TaskError;
use quiescent::workflow::OpenError;
use std::fmt;
use std::path::Path;

/// A failed command: a message for the person at the terminal and an exit code.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Wrong flags or a wrong specification: exit code 2.
    Usage(String),
    /// Data that cannot be read or written, or is damaged: exit code 3.
    Data(String),
    /// Training diverged, or a network's rates ran away: exit code 4.
    Diverged(String),
    /// Stopped by a signal after saving: exit code 130.
    Interrupted(String),
}

impl Failure {
    /// The process's exit code.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Data(_) => 3,
            Self::Diverged(_) => 4,
            Self::Interrupted(_) => 130,
        }
    }
}

impl Failure {
    /// Another message with the same exit code.
    pub(crate) fn with_text(&self, text: &str) -> Self {
        let text = text.to_owned();
        match self {
            Self::Usage(_) => Self::Usage(text),
            Self::Data(_) => Self::Data(text),
            Self::Diverged(_) => Self::Diverged(text),
            Self::Interrupted(_) => Self::Interrupted(text),
        }
    }
}

impl Failure {
    /// A phase of the network of the run in `folder` that could not be simulated.
    pub(crate) fn simulated(folder: &Path, error: &quiescent::analysis::Error) -> Self {
        let text = format!("{}: {error}", folder.display());
        if error.ran_away() { Self::Diverged(text) } else { Self::Data(text) }
    }

    /// A network that could not be measured.
    pub(crate) fn unmeasured(folder: &Path, reason: &Unmeasured) -> Self {
        let text = format!("{}: {reason}", folder.display());
        match reason {
            Unmeasured::RanAway(_) => Self::Diverged(text),
            Unmeasured::Other(_) => Self::Data(text),
        }
    }
}

impl Failure {
    /// As it stands alone on the terminal: `error: …`.
    pub(crate) fn line(&self) -> String {
        let kind = match self {
            Self::Usage(_) | Self::Data(_) | Self::Diverged(_) => "error",
            Self::Interrupted(_) => "interrupted",
        };
        format!("{kind}: {self}")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (Self::Usage(text) | Self::Data(text) | Self::Diverged(text) | Self::Interrupted(text)) =
            self;
        // The last guard of the terminal: names of files and folders may hold anything.
        let lines: Vec<String> = text.split('\n').map(|line| printable(line, usize::MAX)).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl From<SpecError> for Failure {
    fn from(error: SpecError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        if error.is_usage() {
            Self::Usage(error.to_string())
        } else {
            Self::Data(error.to_string())
        }
    }
}

impl From<TaskError> for Failure {
    fn from(error: TaskError) -> Self {
        match error {
            TaskError::Recording(_) => Self::Data(error.to_string()),
            _ => Self::Usage(error.to_string()),
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Run(error) => error.into(),
            OpenError::Task(error) => error.into(),
            OpenError::NoCheckpoint { ref folder } => Self::Data(format!(
                "{error}: go on with its training first: quiescent train --resume --out {}",
                folder.display()
            )),
            OpenError::NotAFile { .. } => Self::Usage(error.to_string()),
            error => Self::Data(error.to_string()),
        }
    }
}

impl From<quiescent_report::ReportError> for Failure {
    fn from(error: quiescent_report::ReportError) -> Self {
        Self::Data(error.to_string())
    }
}
