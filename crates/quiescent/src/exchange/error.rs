//! What can go wrong with imported and exported files, in words for the person at the terminal.

use crate::printable;
use crate::run::RunError;
use crate::task::TaskError;
use std::io;
use std::path::{Path, PathBuf};

/// The lines of Python that turn a pickle into a file that can be imported.
const CONVERSION: &str = "convert it with a few lines of Python where it was trained:\n  \
    import torch\n  \
    from safetensors.torch import save_file\n  \
    model = torch.load(\"model.pt\", map_location=\"cpu\", weights_only=False)\n  \
    weights = model.state_dict() if hasattr(model, \"state_dict\") else model\n  \
    save_file({n: w.clone().contiguous() for n, w in weights.items()}, \"weights.safetensors\")\n\
    docs/formats.md, \"Networks from and to PyTorch\", has more";

/// Why a file could not be imported or exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The operating system could not read the file.
    #[error("cannot read {}: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// A pickle, which only Python can read (and which may run any code when it is read).
    #[error(
        "{} is a Python pickle, as torch.save writes: it can only be read by running it; {CONVERSION}",
        .path.display()
    )]
    Pickle {
        /// The file.
        path: PathBuf,
    },
    /// None of the known formats.
    #[error("{} is neither a safetensors nor an npz or npy file: {detail}", .path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What it looks like.
        detail: String,
    },
    /// A file that was cut short or changed, or that claims what cannot be.
    #[error("{} is damaged: {detail}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        detail: String,
    },
    /// Other arrays than the experiment's network has.
    #[error("{}: {detail}", .path.display())]
    Names {
        /// The file.
        path: PathBuf,
        /// Which are missing, which are too many, what is there, and what to do.
        detail: String,
    },
    /// A recurrent module that no network of this program is.
    #[error("{}: {reason}", .path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// Which it is, and why it cannot be imported.
        reason: String,
    },
    /// Settings of the experiment that the network in the file cannot have.
    #[error("{}: {reason}", .path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// Which they are, and what to set.
        reason: String,
    },
    /// An array of another shape than the experiment's network has.
    #[error("{}: `{tensor}`: expected {expected:?}, got {got:?}{advice}", .path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// The array's name.
        tensor: String,
        /// The experiment's shape, as the file should have it.
        expected: Vec<usize>,
        /// The file's.
        got: Vec<u64>,
        /// What to do, after a semicolon; empty if nothing is known to help.
        advice: String,
    },
    /// An array of something else than floating-point numbers.
    #[error(
        "{}: `{tensor}` is of type {dtype}; expected floating-point numbers of half, single or \
         double precision, or bfloat16",
        .path.display()
    )]
    Type {
        /// The file.
        path: PathBuf,
        /// The array's name.
        tensor: String,
        /// Its type, in the file's notation.
        dtype: String,
    },
    /// A number that is not finite, or not in single precision.
    #[error(
        "{}: `{tensor}` holds {value} at {index:?} (counted from 0); expected finite numbers of \
         single precision: the network may have diverged in training",
        .path.display()
    )]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The array's name.
        tensor: String,
        /// Where, in the file's order of axes.
        index: Vec<usize>,
        /// The value.
        value: f64,
    },
    /// Cells that the experiment's task cannot have.
    #[error("{}: {source}", .path.display())]
    Cells {
        /// The file.
        path: PathBuf,
        /// What is wrong with them.
        source: TaskError,
    },
    /// The file to be exported to exists.
    #[error("{} exists: choose another --out, or overwrite it with --force", .path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The file to be exported to could not be written.
    #[error(transparent)]
    Write(#[from] RunError),
}

impl ExchangeError {
    pub(super) fn damaged(path: &Path, detail: impl AsRef<str>) -> Self {
        Self::Damaged { path: path.to_owned(), detail: printable(detail.as_ref(), LONGEST_DETAIL) }
    }

    /// Whether the request was at fault (exit code 2) rather than data or disk (exit code 3).
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Exists { .. })
    }
}

/// Longest text out of a file's header that an error shows whole, in characters.
const LONGEST_DETAIL: usize = 300;
/// Longest name.
const LONGEST_NAME: usize = 60;

/// A file's name for something as an error shows it.
pub(super) fn shown_name(name: &str) -> String {
    printable(name, LONGEST_NAME)
}
