//! An error of deserialisation, collecting its path and place on the way up the tree.

use std::fmt;

use serde::de;

use super::node::Node;
use crate::experiment::place::{Place, shorten};
use crate::experiment::{SpecError, nearest};

/// Key that chooses the variant of an enum whose members stand beside it.
pub(crate) const KIND: &str = "kind";

/// An error on its way up: the path grows towards the root, the place is set where it arose.
#[derive(Debug)]
pub(crate) struct Fault {
    problem: Problem,
    place: Option<Place>,
    path: String,
}

#[derive(Debug)]
enum Problem {
    UnknownKey { key: String, allowed: Vec<String> },
    MissingKey(String),
    DuplicateKey(String),
    UnknownChoice { given: String, allowed: Vec<String> },
    WrongType { expected: String, found: String },
    Other(String),
}

impl Fault {
    fn new(problem: Problem) -> Self {
        Self { problem, place: None, path: String::new() }
    }

    pub(crate) fn wrong_type(node: &Node, expected: impl Into<String>) -> Self {
        Self::new(Problem::WrongType { expected: expected.into(), found: node.describe() })
            .at(&node.place)
    }

    /// Sets the place, unless a deeper one is known.
    pub(crate) fn at(mut self, place: &Place) -> Self {
        self.place.get_or_insert_with(|| place.clone());
        self
    }

    /// Puts a key (or `[index]`) in front of the path.
    pub(crate) fn under(mut self, key: &str) -> Self {
        let joint = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{key}{joint}{}", self.path);
        self
    }

    /// Adds `kind` to the keys allowed: the structs of variants do not know it.
    pub(crate) fn allowing_kind(mut self) -> Self {
        if let (Problem::UnknownKey { allowed, .. }, true) =
            (&mut self.problem, self.path.is_empty())
        {
            allowed.insert(0, KIND.to_owned());
        }
        self
    }

    pub(crate) fn into_error(self, root: &Place) -> SpecError {
        let place = self.place.unwrap_or_else(|| root.clone());
        let path = self.path;
        let below = |key: &str| match path.as_str() {
            "" => shorten(key),
            path => format!("{path}.{}", shorten(key)),
        };
        let here = if path.is_empty() { "experiment".to_owned() } else { path.clone() };
        match self.problem {
            Problem::UnknownKey { key, allowed } => SpecError::UnknownKey {
                place,
                suggestion: nearest(&key, allowed.iter().map(String::as_str)).map(str::to_owned),
                key: below(&key),
                allowed: allowed.into(),
            },
            Problem::MissingKey(key) => SpecError::MissingKey {
                place,
                key: below(&key),
                expected: "it has no default".to_owned(),
            },
            Problem::DuplicateKey(key) => {
                SpecError::DuplicateKey { place, key: below(&key), first: None }
            }
            Problem::UnknownChoice { given, allowed } => SpecError::UnknownChoice {
                place,
                key: here,
                suggestion: nearest(&given, allowed.iter().map(String::as_str)).map(str::to_owned),
                given: shorten(&given),
                allowed: allowed.into(),
            },
            Problem::WrongType { expected, found } => {
                SpecError::WrongType { place, key: here, expected, found }
            }
            Problem::Other(reason) => {
                SpecError::Syntax { place, reason: format!("{here}: {reason}") }
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.path, self.problem)
    }
}

impl std::error::Error for Fault {}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Problem::Other(message.to_string()))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::new(Problem::UnknownKey { key: field.to_owned(), allowed: owned(expected) })
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(Problem::MissingKey(field.to_owned()))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(Problem::DuplicateKey(field.to_owned()))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(Problem::UnknownChoice { given: variant.to_owned(), allowed: owned(expected) })
    }
}
