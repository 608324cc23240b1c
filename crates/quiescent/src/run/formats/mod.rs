//! The formats of a run folder's larger files: checkpoints, simulated phases, metrics, the experiment.

pub(super) mod checkpoint;
pub(super) mod experiment_file;
pub(super) mod float32_tensor;
pub(super) mod last_metrics;
pub(super) mod metrics;
pub(super) mod phase;
