//! The run folder: what it holds, and how it is read, locked and written.
//!
//! [`RunFolder`] reads a run; a [`RunWriter`] is its one writer, which holds the folder's lock. Files are
//! replaced as a whole or not at all, so a process may be killed at any time. `docs/formats.md` describes
//! every file for people who read them without this program. To train into a folder, or to measure what is
//! in one, see [`workflow`](crate::workflow).

mod create;
mod emergence;
mod error;
mod failure;
mod files;
mod folder;
mod formats;
#[doc(hidden)]
pub mod fuzzing;
mod lock;
mod record;
mod recorded;
mod stored;
#[cfg(test)]
mod tests;
mod writer;

pub use emergence::Emergence;
pub use error::{MissingReason, NotARunReason, RunError};
pub use failure::{FailureKind, FailureRecord};
#[doc(hidden)]
pub use files::atomic::{FileSet, remove_leftovers, write_atomically};
pub use files::digest::{file_sha256, parameters_sha256, reader_sha256};
pub use folder::RunFolder;
pub use formats::checkpoint::Checkpoint;
pub(crate) use formats::float32_tensor::Float32Tensor;
pub use formats::last_metrics::{LastMetrics, read_last_metrics};
pub use formats::metrics::{MetricsLog, read_metrics, truncate_metrics_after};
pub use formats::phase::{read_phase_file, write_phase_file};
pub use lock::folder_lock::{FolderLock, release_locks};
pub use lock::holder::Holder;
pub use lock::host::{host_name, name_job};
pub use record::{
    CellsOrigin, Chance, ImportRecord, ImportTracking, MetricsLine, PhaseRecord, RecordingRecord,
    RunRecord, SCHEMA_VERSION, Status, TestResult,
};
pub use recorded::{LossReason, LostSample, RecordedPath};
pub use stored::{Held, Stored, StoredResult};
pub use writer::RunWriter;
