//! The names of a file's arrays: what wrappers of modules put before them, and lists of them for
//! messages.

use super::ExchangeError;
use super::array_file::Entry;
use super::error::shown_name;
use std::collections::BTreeSet;
use std::path::Path;

/// Most names that an error lists.
const MOST_NAMES: usize = 20;

/// Whether an array has this name, alone or behind the names of modules that hold it
/// (`_orig_mod.module.w_rec.weight`).
pub(super) fn is_named(entry: &Entry, name: &str) -> bool {
    prefix_of(entry, name).is_some()
}

/// What stands before a name, with its dot.
pub(super) fn prefix_of<'e>(entry: &'e Entry, name: &str) -> Option<&'e str> {
    let prefix = entry.name.strip_suffix(name)?;
    (prefix.is_empty() || prefix.ends_with('.')).then_some(prefix)
}

/// The array of a name, alone or behind those of modules.
///
/// # Errors
/// [`ExchangeError::Names`] if there are several.
pub(super) fn find<'e>(
    path: &Path,
    entries: &'e [Entry],
    name: &str,
) -> Result<Option<&'e Entry>, ExchangeError> {
    let mut named = entries.iter().filter(|entry| is_named(entry, name));
    let (first, second) = (named.next(), named.next());
    if let (Some(first), Some(second)) = (first, second) {
        return Err(ExchangeError::Names {
            path: path.to_owned(),
            detail: format!(
                "`{}` and `{}` could both be `{name}`; save the arrays of one network alone",
                shown_name(&first.name),
                shown_name(&second.name)
            ),
        });
    }
    Ok(first)
}

/// Refuses two arrays of one name.
pub(super) fn check_distinct(path: &Path, entries: &[Entry]) -> Result<(), ExchangeError> {
    let mut seen = BTreeSet::new();
    match entries.iter().find(|entry| !seen.insert(&entry.name)) {
        None => Ok(()),
        Some(twice) => Err(ExchangeError::damaged(
            path,
            format!("it holds two arrays of the name `{}`", shown_name(&twice.name)),
        )),
    }
}

/// Names in backquotes, as many as fit an error.
pub(super) fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    let mut text: Vec<String> =
        names.iter().take(MOST_NAMES).map(|name| format!("`{}`", shown_name(name))).collect();
    if names.len() > MOST_NAMES {
        text.push(format!("and {} more", names.len() - MOST_NAMES));
    }
    text.join(", ")
}
