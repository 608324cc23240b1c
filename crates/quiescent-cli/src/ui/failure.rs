//! What ends a command early, and with which exit code.

use quiescent::experiment::{Place, SpecError};
use quiescent::printable;
use quiescent::run::{FailureKind, MissingReason, NotARunReason, RunError};
use quiescent::task::TaskError;
use quiescent::workflow::{self, BatchesReason, OpenError};
use std::fmt;
use std::path::Path;

/// A failed command: a message for the person at the terminal and an exit code.
#[derive(Debug, Clone)]
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

    /// A failure of a kind.
    pub(crate) fn new(kind: FailureKind, text: String) -> Self {
        match kind {
            FailureKind::Request => Self::Usage(text),
            FailureKind::Diverged => Self::Diverged(text),
            FailureKind::Interrupted => Self::Interrupted(text),
            _ => Self::Data(text),
        }
    }

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

impl From<&workflow::Error> for Failure {
    fn from(error: &workflow::Error) -> Self {
        Self::new(error.kind(), format!("{error}{}", advice(error)))
    }
}

impl From<workflow::Error> for Failure {
    fn from(error: workflow::Error) -> Self {
        Self::from(&error)
    }
}

/// What workflow's error is made of becomes a failure by way of it.
macro_rules! failures_of {
    ($($error:ty),+) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                workflow::Error::from(error).into()
            }
        })+
    };
}

failures_of!(SpecError, RunError, TaskError, OpenError);

/// What to do on the command line about an error; empty where the error says it.
fn advice(error: &workflow::Error) -> String {
    use workflow::Error;
    match error {
        Error::Run(error) | Error::Open(OpenError::Run(error)) => run_advice(error),
        Error::Open(OpenError::NoCheckpoint { folder }) => format!(
            ": finish its training first: quiescent train --resume --out {}",
            folder.display()
        ),
        Error::Open(OpenError::RecordingGone(_)) => {
            ": put the file back, or into the run folder".to_owned()
        }
        Error::PhaseExists { .. } => {
            "; keep it and write the new one beside it with --name NAME, or replace it with --overwrite"
                .to_owned()
        }
        Error::Batches { folder, batches, reason: BatchesReason::Schedule { .. } } => format!(
            ". Train a new run of that length: quiescent train {} --out DIR training.batches={batches}. Runs \
             with a constant schedule (training.schedule all 0) can be trained longer",
            folder.join("experiment.yml").display()
        ),
        Error::Experiment(SpecError::NoValue { place: Place::Override(text), .. })
            if text.trim_end().ends_with('=') =>
        {
            "; is a variable of the shell empty?".to_owned()
        }
        _ => String::new(),
    }
}

/// The same of an error of a run folder.
fn run_advice(error: &RunError) -> String {
    match error {
        RunError::AlreadyARun { .. } => {
            ": continue it with --resume, or choose another folder for the new one".to_owned()
        }
        RunError::NotARun { reason: NotARunReason::IsAFile, .. } => {
            "; give a run's folder, or a new or empty one for a new run".to_owned()
        }
        RunError::NotARun { reason: NotARunReason::NotBegun, .. } => {
            ": continue it with --resume".to_owned()
        }
        RunError::Corrupt { path, .. } => repair(path),
        RunError::Locked { holder: Some(holder), .. } if holder.is_suspended() => {
            format!(" (`kill -CONT {0}` or `kill -KILL {0}`)", holder.pid)
        }
        RunError::LockLost { .. } => ": once no other process uses the folder, repeat the command \
                                      (training resumes from the last checkpoint with --resume)"
            .to_owned(),
        RunError::Missing { reason: MissingReason::NotSimulated { have }, .. }
            if have.is_empty() =>
        {
            "; simulate it first: `quiescent simulate`".to_owned()
        }
        _ => String::new(),
    }
}

/// What to do about a damaged file of a run.
pub(crate) fn repair(path: &Path) -> String {
    let folder = path.parent().unwrap_or(Path::new("")).display();
    match path.file_name().and_then(|name| name.to_str()) {
        Some("run.json") => format!(
            "; delete it and resume: quiescent train --resume --out {folder} (everything else is in the \
             checkpoint; an imported network has to be imported again)"
        ),
        Some("experiment.yml") => {
            format!("; restore the file, or delete {folder} and run the experiment again")
        }
        Some("recording.json") => "; delete it: it is written anew from the recording".to_owned(),
        Some("measurements.json" | "study.json" | "theory.json") => {
            "; delete it: it is made anew when it is needed".to_owned()
        }
        Some(name) if name.ends_with(".npz") => {
            "; simulate it again: quiescent simulate".to_owned()
        }
        _ => String::new(),
    }
}

impl From<quiescent_report::ReportError> for Failure {
    fn from(error: quiescent_report::ReportError) -> Self {
        Self::Data(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quiescent::run::Holder;
    use std::path::PathBuf;

    fn holder(known_alive: bool, heartbeat_age_s: f64) -> Option<Holder> {
        Some(Holder { pid: 47, host: "h".to_owned(), job: None, heartbeat_age_s, known_alive })
    }

    #[test]
    fn run_errors_have_an_exit_code_and_say_what_to_do_here() {
        let path = PathBuf::from("runs/a");
        let not_a_run = |reason| RunError::NotARun { path: path.clone(), reason };
        let locked = |holder| RunError::Locked { path: path.clone(), holder };
        let no_phase = MissingReason::NotSimulated { have: Vec::new() };
        let io = || std::io::Error::from(std::io::ErrorKind::StorageFull);
        for (error, code, advice) in [
            (RunError::AlreadyARun { path: path.clone() }, 2, "--resume"),
            (not_a_run(NotARunReason::NotBegun), 2, "--resume"),
            (not_a_run(NotARunReason::IsAFile), 2, "give a run's folder"),
            (not_a_run(NotARunReason::DoesNotExist), 2, "it does not exist"),
            (locked(holder(true, 500.0)), 2, "`kill -CONT 47`"),
            (locked(holder(true, 5.0)), 2, "wait until it is done"),
            (RunError::Missing { path: path.clone(), reason: no_phase }, 2, "quiescent simulate"),
            (
                RunError::LockLost { path: path.clone(), holder: None, silence_s: None },
                3,
                "--resume",
            ),
            (RunError::Unwritable { path: path.clone(), source: io() }, 3, "free some space"),
            (RunError::Corrupt { path: path.clone(), detail: "x".to_owned() }, 3, "damaged"),
        ] {
            let failure = Failure::from(error);
            assert_eq!(failure.code(), code, "{failure}");
            assert!(failure.to_string().contains(advice), "{failure}");
        }
    }

    #[test]
    fn an_empty_value_hints_at_the_shell() {
        let error = quiescent::experiment::Experiment::resolve(
            "demo/head_direction/noisy_unbiased",
            &["network.units="],
        );
        let failure = Failure::from(error.expect_err("there is no value"));
        assert!(failure.to_string().ends_with("is a variable of the shell empty?"), "{failure}");
    }
}
