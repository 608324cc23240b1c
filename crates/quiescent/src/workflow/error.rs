//! Errors of work on runs. A message says what is wrong. The caller, who knows the available
//! commands or functions, says what to do about it.

use std::io;
use std::path::PathBuf;

use crate::analysis::{self, Missing};
use crate::experiment::SpecError;
use crate::network::ParameterError;
use crate::readable::number;
use crate::run::{FailureKind, RunError};
use crate::task::TaskError;
use crate::theory::ExamineError;

use super::Difference;

/// Why work on a run failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Its network cannot be loaded.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The folder, or a file in it, cannot be used.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Its task cannot be built.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// An experiment is invalid.
    #[error(transparent)]
    Experiment(#[from] SpecError),
    /// An experiment cannot be examined by the theory.
    #[error(transparent)]
    Examine(#[from] ExamineError),
    /// A phase could not be simulated.
    #[error("{}: {source}", .folder.display())]
    Simulation {
        /// The run folder.
        folder: PathBuf,
        /// Why.
        source: analysis::Error,
    },
    /// Nothing could be measured.
    #[error("{}: {missing}", .folder.display())]
    Unmeasured {
        /// The run folder.
        folder: PathBuf,
        /// Why.
        missing: Missing,
    },
    /// The folder holds a run of a different experiment from the one requested.
    #[error("{} holds a run of another experiment: {}", .folder.display(), Difference::list(.differences))]
    OtherExperiment {
        /// The run folder.
        folder: PathBuf,
        /// The keys that differ.
        differences: Vec<Difference>,
    },
    /// Phases would be replaced by others with other settings.
    #[error("{} already has {}", .folder.display(), existing(.phases))]
    PhaseExists {
        /// The run folder.
        folder: PathBuf,
        /// Names of the phases, with the settings that differ: as they are and as they would be.
        phases: Vec<(String, Vec<Difference>)>,
    },
    /// A run cannot be trained for another number of batches.
    #[error("{} cannot be trained for {batches} batches in all: {reason}", .folder.display())]
    Batches {
        /// The run folder.
        folder: PathBuf,
        /// The number asked for.
        batches: u64,
        /// Why not.
        reason: BatchesReason,
    },
    /// The name of a phase belongs to the phases of studies.
    #[error(
        "phases whose names begin with `study_` belong to a run's study, so `{name}` is refused: choose another name"
    )]
    ReservedPhase {
        /// The name.
        name: String,
    },
    /// Training needs more memory than is free.
    #[error(
        "training would need about {:.1} GB of memory and {:.1} GB are free: choose a smaller \
         network.units, training.trials, time.steps or task.cells.count",
        *.needed_bytes as f64 * 1e-9,
        *.free_bytes as f64 * 1e-9
    )]
    Memory {
        /// Memory that training needs.
        needed_bytes: u64,
        /// Free memory.
        free_bytes: u64,
    },
    /// Training diverged.
    #[error(
        "training diverged at batch {batch}: its loss is {train_loss} or its gradient is not finite; \
         {} in {}. Try a smaller training.learning_rate (now {learning_rate}), a smaller \
         network.noise.sigma (now {sigma}), or a smaller time.dt_s/network.tau_s (now {dt_over_tau}), \
         with a new folder",
        kept(*.saved),
        .folder.display()
    )]
    Diverged {
        /// The run folder.
        folder: PathBuf,
        /// The batch at which it diverged.
        batch: u64,
        /// Its loss.
        train_loss: f64,
        /// The batch of the checkpoint that is kept; 0 if there is none.
        saved: u64,
        /// The experiment's learning rate.
        learning_rate: f64,
        /// Its waking noise, per √s.
        sigma: f64,
        /// Its Δt/τ.
        dt_over_tau: f64,
    },
    /// The observer ended training; a checkpoint was saved.
    #[error("a checkpoint at batch {batch} of {batches} was saved")]
    Interrupted {
        /// Batches trained.
        batch: u64,
        /// Batches in all.
        batches: u64,
    },
    /// The observer ended the work on a planned run between training and measuring.
    #[error("it is trained and not yet measured")]
    TrainedOnly,
    /// The observer ended the work on a plan.
    #[error("{finished} of {runs} runs are done and checkpoints of the others were saved")]
    PlanInterrupted {
        /// Runs that are done.
        finished: usize,
        /// Runs in all.
        runs: usize,
    },
    /// The observer ended an examination by the theory.
    #[error("the examination of {} was stopped, and its finished parts are kept", .folder.display())]
    ExaminationInterrupted {
        /// The run folder.
        folder: PathBuf,
    },
    /// A planned run diverged at an earlier attempt.
    #[error("{reason}")]
    DivergedBefore {
        /// What was said of it then.
        reason: String,
    },
    /// The network of a planned run does not fit into memory, so its training cannot be measured.
    #[error(
        "{run}: training needs more memory than is free: choose a smaller network.units or \
         training.trials, or train fewer runs at once"
    )]
    TooLarge {
        /// Name of the run.
        run: String,
    },
    /// No worker threads could be started.
    #[error("cannot start worker threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

impl Error {
    /// What kind of failure it is.
    pub fn kind(&self) -> FailureKind {
        match self {
            _ if self.diverged() => FailureKind::Diverged,
            _ if self.cancelled() => FailureKind::Interrupted,
            Self::Open(OpenError::Run(error)) | Self::Run(error) => kind_of_run(error),
            Self::Open(OpenError::Task(error))
            | Self::Task(error)
            | Self::Examine(ExamineError::Task(error)) => kind_of_task(error),
            Self::Simulation { source: analysis::Error::Setting { .. }, .. }
            | Self::Open(OpenError::NotAFile { .. })
            | Self::Experiment(_)
            | Self::OtherExperiment { .. }
            | Self::PhaseExists { .. }
            | Self::Batches { .. }
            | Self::ReservedPhase { .. }
            | Self::Memory { .. }
            | Self::TooLarge { .. } => FailureKind::Request,
            _ => FailureKind::Data,
        }
    }

    /// Whether the network caused the failure: training diverged, or its rates ran away.
    pub fn diverged(&self) -> bool {
        match self {
            Self::Diverged { .. } | Self::DivergedBefore { .. } => true,
            Self::Simulation { source, .. } => source.reason() == analysis::Reason::RanAway,
            Self::Unmeasured { missing, .. } => missing.code == analysis::Reason::RanAway,
            _ => false,
        }
    }

    /// Whether the observer ended the work.
    pub fn cancelled(&self) -> bool {
        match self {
            Self::Interrupted { .. }
            | Self::TrainedOnly
            | Self::PlanInterrupted { .. }
            | Self::ExaminationInterrupted { .. } => true,
            Self::Simulation { source, .. } => source.reason() == analysis::Reason::Cancelled,
            Self::Unmeasured { missing, .. } => missing.code == analysis::Reason::Cancelled,
            _ => false,
        }
    }
}

fn kind_of_run(error: &RunError) -> FailureKind {
    match error {
        RunError::AlreadyARun { .. }
        | RunError::NotEmpty { .. }
        | RunError::NotARun { .. }
        | RunError::Locked { .. }
        | RunError::PhaseName { .. }
        | RunError::Missing { .. } => FailureKind::Request,
        _ => FailureKind::Data,
    }
}

fn kind_of_task(error: &TaskError) -> FailureKind {
    match error {
        TaskError::Recording(_) => FailureKind::Data,
        _ => FailureKind::Request,
    }
}

fn existing(phases: &[(String, Vec<Difference>)]) -> String {
    let named = phases.iter().map(|(name, differences)| {
        format!("the phase `{name}` with other settings ({})", Difference::changes(differences))
    });
    named.collect::<Vec<_>>().join(" and ")
}

fn kept(saved: u64) -> String {
    match saved {
        0 => "no checkpoint had been saved yet".to_owned(),
        saved => format!("the checkpoint at batch {saved} is kept"),
    }
}

/// Why a run cannot be trained for another number of batches.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BatchesReason {
    /// It was trained elsewhere.
    #[error("it was imported, and what it was trained with is not known")]
    Imported,
    /// It has been trained for more.
    #[error("it has been trained for {batches} already")]
    Trained {
        /// How many.
        batches: u64,
    },
    /// Its schedule depends on the number of batches.
    #[error("its training.schedule is in fractions of all batches, so {}", schedule(*.batch, *.trained, *.was, *.would_be))]
    Schedule {
        /// The first batch, counted from 1, that would have been trained otherwise.
        batch: u64,
        /// Batches trained.
        trained: u64,
        /// Learning rate and steps of that batch's trials.
        was: (f64, usize),
        /// What they would have been.
        would_be: (f64, usize),
    },
}

fn schedule(batch: u64, trained: u64, was: (f64, usize), would_be: (f64, usize)) -> String {
    let what = if was.0 == would_be.0 {
        format!("trials of {} steps, not {}", would_be.1, was.1)
    } else {
        format!("a learning rate of {}, not {}", number(would_be.0, 3), number(was.0, 3))
    };
    format!("batch {batch} of the {trained} that are trained would have had {what}")
}

/// Why the network of a run cannot be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The folder, or a file in it, cannot be used.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Its task cannot be built.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// Its parameters are those of another network.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
    /// No checkpoint was saved yet.
    #[error("{} has no checkpoint yet", .folder.display())]
    NoCheckpoint {
        /// The run folder.
        folder: PathBuf,
    },
    /// The cells of the task differ from those that the network was trained with.
    #[error(
        "the target cells of {} are not those that its network was trained with; the run was written \
         by another version of the program, or its experiment.yml was changed",
        .folder.display()
    )]
    OtherCells {
        /// The run folder.
        folder: PathBuf,
    },
    /// The cells of an imported network do not fit its experiment.
    #[error(
        "the target cells of {} do not fit its experiment.yml, which was changed: {reason}",
        .folder.display()
    )]
    CellsDoNotFit {
        /// The run folder.
        folder: PathBuf,
        /// What is wrong with the cells.
        reason: Box<TaskError>,
    },
    /// The recording is neither at its original path nor near the run.
    #[error(transparent)]
    RecordingGone(#[from] Box<RecordingGone>),
    /// The path given as a recording is not a file.
    #[error("{} is not a regular file", .file.display())]
    NotAFile {
        /// The path given.
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
    /// Files with its name, or given by the user, whose contents differ.
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
                "{folder} was trained on the recording {written_at}, which is no longer there, and \
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
