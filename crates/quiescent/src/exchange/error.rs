//! The error of imports and exports: which file, and why.

use super::reason::Reason;
use std::error::Error;
use std::fmt;
use std::path::Path;

/// Why a file could not be imported or exported.
#[derive(Debug)]
#[non_exhaustive]
pub struct ExchangeError {
    /// The file.
    pub path: Box<Path>,
    /// What is wrong with it.
    pub reason: Reason,
}

impl ExchangeError {
    /// For `map_err`: adds the file to a reason.
    pub(super) fn at<R: Into<Reason>>(path: &Path) -> impl FnOnce(R) -> Self {
        |reason| Self { path: path.into(), reason: reason.into() }
    }
}

impl fmt::Display for ExchangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            // This error already names the file.
            Reason::Write(error) => error.fmt(f),
            reason => write!(f, "{}: {reason}", self.path.display()),
        }
    }
}

impl Error for ExchangeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.reason.source()
    }
}
