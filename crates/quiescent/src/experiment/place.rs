//! Where a value of an experiment was written, and its text as a message shows it.

use std::fmt;
use std::sync::Arc;

/// Where a value of an experiment comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A place in a file (or in a text given a name).
    File {
        /// Name of the file, as the user gave it.
        source: Arc<str>,
        /// Line, counted from 1.
        line: u32,
        /// Column in characters, counted from 1.
        column: u32,
    },
    /// A `key=value` override (cut short if it is very long).
    Override(Arc<str>),
    /// Nowhere a user wrote: a default, or an experiment built by a program.
    Unwritten,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { source, line, .. } => write!(f, "{source}:{line}"),
            Self::Override(text) => write!(f, "override `{text}`"),
            Self::Unwritten => f.write_str("experiment"),
        }
    }
}

/// Cuts a text from a file to a length (and to characters) fit for one line of a message.
pub(crate) fn shorten(text: &str) -> String {
    const LONGEST: usize = 100;
    let mut short: String =
        text.chars().take(LONGEST).map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push('…');
    }
    short
}
