//! Networks from and to other programs: weights and target cells as safetensors, npz and npy files.
//!
//! Files come from anywhere, so nothing is read before it is known to fit: a header is read first,
//! within bounds, names and shapes are compared with the experiment's, and only then is there
//! memory for the values.

mod array_file;
mod cells;
mod error;
mod export;
mod fit;
mod names;
mod plan;
mod precision;
mod pytorch;
mod safetensors_header;
mod start;
mod weights;

pub use cells::read_cells;
pub use error::ExchangeError;
pub use export::{ExportCells, export};
pub use precision::Precision;
pub use start::StartState;
pub use weights::{Options, Orientation, Weights, read_weights};
