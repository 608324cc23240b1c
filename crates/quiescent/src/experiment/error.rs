//! What can be wrong with an experiment, in words for the person who wrote it.

use std::path::PathBuf;

#[cfg(feature = "experiment-text")]
use super::shipped::shipped;
use crate::experiment::place::Place;
use crate::printable;

/// Longest reason, in characters: it may quote what was written.
const LONGEST_REASON: usize = 1000;

/// An experiment that cannot be used, and why.
///
/// Every message is one line: place (file and line, or the override), key, what was given, what is
/// allowed, and the nearest valid name where one is near.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpecError {
    /// The file cannot be read.
    #[error("{}: cannot read the experiment: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What went wrong, and what to do.
        reason: String,
    },
    /// Neither a shipped experiment nor a file.
    #[cfg(feature = "experiment-text")]
    #[error("`{name}` is neither a shipped experiment nor a file{}", list_shipped(suggestions))]
    UnknownName {
        /// The name given.
        name: String,
        /// Shipped names of which it is a part, or the nearest one.
        suggestions: Box<[String]>,
    },
    /// The base of a file cannot be used.
    #[error("{place}: base: {}", printable(reason, LONGEST_REASON))]
    Base {
        /// Where it is named.
        place: Place,
        /// Why not.
        reason: String,
    },
    /// The text is not the YAML of an experiment.
    #[error("{place}: {}", printable(reason, LONGEST_REASON))]
    Syntax {
        /// Where reading stopped.
        place: Place,
        /// What is wrong there.
        reason: String,
    },
    /// An override that is not `key=value`.
    #[error("override `{text}`: {}", printable(reason, LONGEST_REASON))]
    BadOverride {
        /// The override.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A key that the specification does not have.
    #[error(
        "{place}: {key}: unknown key{} (allowed: {})",
        did_you_mean(suggestion.as_deref()).unwrap_or_default(),
        allowed.join(", ")
    )]
    UnknownKey {
        /// Where the key stands.
        place: Place,
        /// Dotted path of the key.
        key: String,
        /// The nearest valid key.
        suggestion: Option<String>,
        /// All keys allowed there.
        allowed: Box<[String]>,
    },
    /// A key that has no default is missing.
    #[error("{place}: {key}: missing; {expected}")]
    MissingKey {
        /// Where its map stands.
        place: Place,
        /// Dotted path of the key.
        key: String,
        /// What to write.
        expected: String,
    },
    /// A key is given twice in one map.
    #[error("{place}: {key}: given twice{}; remove one", first.as_ref().map_or_else(String::new, |at| format!(" (first at {at})")))]
    DuplicateKey {
        /// The second place.
        place: Place,
        /// The key.
        key: String,
        /// The first place, if it is known.
        first: Option<Place>,
    },
    /// A key without a value.
    #[error("{place}: {key}: {}", printable(reason, LONGEST_REASON))]
    NoValue {
        /// Where the key stands.
        place: Place,
        /// Dotted path of the key.
        key: String,
        /// What is wrong, and what to write.
        reason: String,
    },
    /// A value of the wrong type.
    #[error("{place}: {key}: expected {expected}, found {found}")]
    WrongType {
        /// Where the value stands.
        place: Place,
        /// Dotted path of its key.
        key: String,
        /// What is allowed.
        expected: String,
        /// What was given.
        found: String,
    },
    /// A name that is not among the choices.
    #[error(
        "{place}: {key}: unknown choice `{given}`{} (allowed: {})",
        did_you_mean(suggestion.as_deref()).unwrap_or_default(),
        allowed.join(", ")
    )]
    UnknownChoice {
        /// Where the value stands.
        place: Place,
        /// Dotted path of its key.
        key: String,
        /// What was given.
        given: String,
        /// The nearest choice.
        suggestion: Option<String>,
        /// All choices.
        allowed: Box<[String]>,
    },
    /// A value of the right type outside its range.
    #[error("{place}: {key}: {given} is out of range; allowed: {allowed}")]
    OutOfRange {
        /// Where the value stands; where several keys conflict, the place of the one given last.
        place: Place,
        /// Dotted path of its key.
        key: String,
        /// What was given.
        given: String,
        /// The range, with unit.
        allowed: String,
    },
    /// A key that has no effect where it stands.
    #[error("{place}: {key}: {}", printable(reason, LONGEST_REASON))]
    NoEffect {
        /// Where the value stands.
        place: Place,
        /// Dotted path of its key.
        key: String,
        /// Why it has none, and what to do.
        reason: String,
    },
    /// Another kind of task over an experiment that is made for one.
    #[error("{place}: {key}: {}", printable(reason, LONGEST_REASON))]
    OtherTask {
        /// Where the other kind stands.
        place: Place,
        /// Its key, `task.kind`.
        key: String,
        /// What would stay of the first kind, and what to do.
        reason: String,
    },
    /// A sweep that makes no sense.
    #[error("{place}: {}", printable(reason, LONGEST_REASON))]
    Sweep {
        /// Where it says so.
        place: Place,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// The experiment cannot be written as text.
    #[error("the experiment cannot be written as YAML: {0}")]
    Unwritable(String),
}

/// `; did you mean …?`, if there is a suggestion.
fn did_you_mean(suggestion: Option<&str>) -> Option<String> {
    suggestion.map(|name| format!("; did you mean `{name}`?"))
}

/// `; did you mean …?` of some shipped names, `; shipped are …` without any.
#[cfg(feature = "experiment-text")]
fn list_shipped(suggestions: &[String]) -> String {
    match suggestions {
        [] => {
            let names: Vec<_> = shipped().map(|(name, _)| name).collect();
            format!("; shipped are {}", names.join(", "))
        }
        [only] => format!("; did you mean `{only}`?"),
        several => format!("; did you mean one of {}?", several.join(", ")),
    }
}
