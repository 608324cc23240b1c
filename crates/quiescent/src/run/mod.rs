//! The run folder: schema, atomic writes, checkpoints, metrics log and lock.

mod schema;

pub use schema::{Analysis, Measurement, MetricsLine, RunRecord, SCHEMA_VERSION, Status};
