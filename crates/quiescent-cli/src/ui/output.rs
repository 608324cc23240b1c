//! Lines on standard output (results) and standard error (everything else).

use super::failure::Failure;
use std::io::{self, Write};

pub(crate) use quiescent::readable::duration;

/// Prints a result line. A reader that went away (`| head`) is no error.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// Prints a result for programs.
pub(crate) fn say_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text =
        serde_json::to_string_pretty(value).map_err(|error| Failure::Data(error.to_string()))?;
    say(&text);
    Ok(())
}

/// Prints a line about what goes on or what went wrong.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// `1 run`, `2 runs`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
