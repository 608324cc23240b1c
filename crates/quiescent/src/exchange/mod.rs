//! Networks from and to other programs: weights and target cells as safetensors, npz and npy files.
//!
//! Files may come from anywhere, so nothing is read before it is checked. A header is read first,
//! within bounds; names and shapes are compared with the experiment's; only then is memory
//! allocated for the values.

mod array_file;
mod cells;
mod error;
mod export;
mod fit;
mod names;
mod options;
mod plan;
mod precision;
mod pytorch;
mod reason;
mod safetensors_header;
mod shown;
mod start;
mod weights;

pub use cells::read_cells;
pub use error::ExchangeError;
pub use export::{ExportCells, export};
pub use options::{Options, Orientation, StartState};
pub use precision::Precision;
pub use reason::{ArraysReason, ModuleReason, Reason, Remedy, ShapeHint, StartReason};
pub use weights::{Weights, read_weights};
