//! Text from files, as shown in errors and notes.

use crate::printable;
use serde::Serialize;

/// Longest text from a file's header that is shown whole, in characters.
const LONGEST_DETAIL: usize = 300;
/// Longest name.
const LONGEST_NAME: usize = 60;
/// Most names in a list.
const MOST_NAMES: usize = 20;

/// A text from a file's header.
pub(super) fn detail(text: &str) -> String {
    printable(text, LONGEST_DETAIL)
}

/// A file's name for something.
pub(super) fn name(name: &str) -> String {
    printable(name, LONGEST_NAME)
}

/// Names in backquotes.
pub(super) fn list<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> String {
    let mut names = names.into_iter();
    let mut text: Vec<String> =
        names.by_ref().take(MOST_NAMES).map(|n| format!("`{}`", name(n.as_ref()))).collect();
    match names.count() {
        0 => {}
        more => text.push(format!("and {more} more")),
    }
    text.join(", ")
}

/// A choice as experiment files spell it.
pub(super) fn spelled(choice: impl Serialize) -> String {
    let value = serde_json::to_value(choice).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}
