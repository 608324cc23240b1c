//! The run folder: schema, atomic writes, checkpoints, metrics log and lock. `docs/formats.md`
//! describes every file for people who read them without this program.

mod atomic;
mod checkpoint;
mod digest;
mod disk;
mod error;
mod experiment_file;
mod failure;
mod float32_tensor;
mod folder;
#[doc(hidden)]
pub mod fuzzing;
mod holder;
mod host;
mod json;
mod last_metrics;
mod lock;
mod metrics;
mod phase_file;
mod process;
mod recorded;
mod schema;
mod stored;
#[cfg(test)]
mod tests;
mod whole;
mod writer;

pub use atomic::{FileSet, remove_leftovers, write_atomically};
pub use checkpoint::Checkpoint;
pub use digest::{file_sha256, parameters_sha256};
pub use error::RunError;
pub use failure::FailureRecord;
pub(crate) use float32_tensor::Float32Tensor;
pub use folder::RunFolder;
pub use holder::Holder;
pub use host::{host_name, slurm_job};
pub use last_metrics::{LastMetrics, read_last_metrics};
pub use lock::FolderLock;
pub use metrics::{MetricsLog, read_metrics, truncate_metrics_after};
pub use phase_file::{read_phase_file, write_phase_file};
pub use recorded::{LossReason, LostSample, RecordedPath};
pub use schema::{
    CellsOrigin, ImportRecord, ImportTracking, MetricsLine, PhaseRecord, RecordingRecord,
    RunRecord, SCHEMA_VERSION, Status, TestResult,
};
pub use stored::{Held, Stored, StoredResult};
pub use writer::RunWriter;
