//! The names of a file's arrays, which may have prefixes from wrappers of modules.

use super::array_file::Entry;
use super::reason::{ArraysReason, Reason};
use super::shown;
use std::collections::BTreeSet;

/// Name of the cells' array in a file of weights, and of its metadata.
pub(super) const CELLS: &str = "cells.preferred";

/// Whether an array has this name, alone or after the names of enclosing modules
/// (`_orig_mod.module.w_rec.weight`).
pub(super) fn is_named(entry: &Entry, name: &str) -> bool {
    prefix_of(entry, name).is_some()
}

/// The prefix of a name, with its dot.
pub(super) fn prefix_of<'e>(entry: &'e Entry, name: &str) -> Option<&'e str> {
    let prefix = entry.name.strip_suffix(name)?;
    (prefix.is_empty() || prefix.ends_with('.')).then_some(prefix)
}

/// The array with a name, alone or after those of modules.
///
/// # Errors
/// [`ArraysReason::Ambiguous`] if there are several.
pub(super) fn find<'e>(entries: &'e [Entry], name: &str) -> Result<Option<&'e Entry>, Reason> {
    let mut named = entries.iter().filter(|entry| is_named(entry, name));
    let (first, second) = (named.next(), named.next());
    if let (Some(first), Some(second)) = (first, second) {
        return Err(Reason::from(ArraysReason::Ambiguous {
            tensor: shown::name(name),
            first: shown::name(&first.name),
            second: shown::name(&second.name),
        }));
    }
    Ok(first)
}

/// Fails if two arrays have the same name.
pub(super) fn check_distinct(entries: &[Entry]) -> Result<(), Reason> {
    let mut seen = BTreeSet::new();
    match entries.iter().find(|entry| !seen.insert(&entry.name)) {
        None => Ok(()),
        Some(twice) => Err(Reason::damaged(format!(
            "it holds two arrays named `{}`",
            shown::name(&twice.name)
        ))),
    }
}

/// The arrays' names, as errors hold them.
pub(super) fn shown_names<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> Vec<String> {
    entries.into_iter().map(|entry| shown::name(&entry.name)).collect()
}
