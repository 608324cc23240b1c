//! Lines on standard output (results) and standard error (everything else).

use super::failure::Failure;
use std::io::{self, Write};
use std::path::Path;

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

/// A path as the shell takes it literally.
pub(crate) fn quote(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

/// A path as a person would type it into a shell: quoted if it has to be.
pub(crate) fn typed(path: &Path) -> String {
    let text = path.display().to_string();
    let safe = |c: char| c.is_ascii_alphanumeric() || "._-/=,+:@%".contains(c);
    let plain = !text.is_empty() && text.chars().all(safe);
    if plain { text } else { quote(path) }
}

/// The command that this program was called with, as a shell takes it.
pub(crate) fn this_command() -> String {
    let arguments = std::env::args_os().skip(1).map(|argument| typed(Path::new(&argument)));
    std::iter::once("quiescent".to_owned()).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// Most characters of a line of text.
const WIDTH: usize = 96;

/// Text in lines that begin with so many spaces.
pub(crate) fn wrapped(text: &str, indent: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("{:indent$}{word}", "")),
        }
    }
    lines
}
