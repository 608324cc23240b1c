//! The reason why a measurement failed, as a value and in files.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Error;

/// A measurement, or why there is none. In files a measurement stands as it is and a missing one as
/// `{"missing": {"code": …, "message": …}}`.
pub type Outcome<T> = Result<T, Missing>;

/// Why a measurement could not be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Missing {
    /// The reason, for programs.
    pub code: Reason,
    /// The reason, for people: the end of a sentence.
    pub message: String,
}

/// Reasons why a measurement could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// There are too few trials, steps or points.
    TooFew,
    /// Arrays do not fit one another.
    Shape,
    /// Values are not finite.
    NonFinite,
    /// The rates of the simulated network ran away.
    RanAway,
    /// The observer ended the simulation.
    Cancelled,
    /// Points do not vary enough for a density.
    Degenerate,
    /// The measurement has no meaning for this network or these values.
    Undefined,
    /// A setting is out of its range.
    Setting,
    /// A phase that is needed was not simulated.
    NotSimulated,
    /// Hidden activity that is needed was not kept.
    StatesNotKept,
}

impl Missing {
    /// The error of a measurement that has no meaning for these arguments.
    pub fn undefined(message: impl fmt::Display) -> Self {
        Self::new(Reason::Undefined, message)
    }

    /// The error of a measurement whose phase was not simulated.
    pub fn not_simulated(message: impl fmt::Display) -> Self {
        Self::new(Reason::NotSimulated, message)
    }

    /// The error of a measurement whose hidden activity was not kept.
    pub fn states_not_kept(phase: impl fmt::Display) -> Self {
        let message = format!("the hidden activity of the {phase} phase was not kept");
        Self::new(Reason::StatesNotKept, message)
    }

    fn new(code: Reason, message: impl fmt::Display) -> Self {
        Self { code, message: message.to_string() }
    }

    /// Adds the part of the whole that failed.
    pub(crate) fn in_part(self, part: impl fmt::Display) -> Self {
        Self { message: format!("{part}: {}", self.message), ..self }
    }
}

impl From<Error> for Missing {
    fn from(error: Error) -> Self {
        Self::new(error.reason(), error)
    }
}

/// The file format of an [`Outcome`], for `#[serde(with = "outcome")]`. Use `optional` for one
/// that may have no meaning at all, and `by_key` for a map.
pub(crate) mod outcome {
    use serde::de::{DeserializeOwned, Error};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::Value;

    use super::{Missing, Outcome};

    const KEY: &str = "missing";

    /// A borrowed outcome, for writing.
    struct Written<'a, T>(&'a Outcome<T>);

    impl<T: Serialize> Serialize for Written<'_, T> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self.0 {
                Ok(found) => found.serialize(serializer),
                Err(missing) => serializer.collect_map([(KEY, missing)]),
            }
        }
    }

    /// An outcome as read.
    struct Read<T>(Outcome<T>);

    impl<'de, T: DeserializeOwned> Deserialize<'de> for Read<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let value = Value::deserialize(deserializer)?;
            let missing = value.as_object().filter(|map| map.len() == 1).and_then(|m| m.get(KEY));
            match missing {
                Some(missing) => Missing::deserialize(missing).map(|missing| Self(Err(missing))),
                None => T::deserialize(value).map(|found| Self(Ok(found))),
            }
            .map_err(D::Error::custom)
        }
    }

    pub(crate) fn serialize<T: Serialize, S: Serializer>(
        outcome: &Outcome<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        Written(outcome).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Outcome<T>, D::Error> {
        Read::deserialize(deserializer).map(|read| read.0)
    }

    pub(crate) mod optional {
        use super::*;

        pub(crate) fn serialize<T: Serialize, S: Serializer>(
            outcome: &Option<Outcome<T>>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            outcome.as_ref().map(Written).serialize(serializer)
        }

        pub(crate) fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<Outcome<T>>, D::Error> {
            Ok(Option::<Read<T>>::deserialize(deserializer)?.map(|read| read.0))
        }
    }

    pub(crate) mod by_key {
        use std::collections::BTreeMap;

        use super::*;

        pub(crate) fn serialize<T: Serialize, S: Serializer>(
            outcomes: &BTreeMap<String, Outcome<T>>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            serializer.collect_map(outcomes.iter().map(|(key, outcome)| (key, Written(outcome))))
        }

        pub(crate) fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<BTreeMap<String, Outcome<T>>, D::Error> {
            let read = BTreeMap::<String, Read<T>>::deserialize(deserializer)?;
            Ok(read.into_iter().map(|(key, read)| (key, read.0)).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeMap;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct All {
        #[serde(with = "outcome")]
        one: Outcome<Vec<f64>>,
        #[serde(default, with = "outcome::optional")]
        maybe: Option<Outcome<f64>>,
        #[serde(with = "outcome::by_key")]
        many: BTreeMap<String, Outcome<f64>>,
    }

    #[test]
    fn outcomes_are_written_and_read_back() {
        let missing = || Missing::states_not_kept("active");
        let all = |one: Outcome<Vec<f64>>, maybe| All {
            many: BTreeMap::from([("a".into(), Err(missing())), ("b".into(), Ok(0.1))]),
            one,
            maybe,
        };
        let text = r#"{"one":{"missing":{"code":"states_not_kept","message":"the hidden activity of the active phase was not kept"}},"maybe":null,"many":{"a":{"missing":{"code":"states_not_kept","message":"the hidden activity of the active phase was not kept"}},"b":0.1}}"#;
        assert_eq!(serde_json::to_string(&all(Err(missing()), None)).unwrap(), text);
        for value in [
            all(Err(missing()), None),
            all(Ok(vec![1.0 / 3.0, 1e-300]), Some(Ok(2.0))),
            all(Ok(vec![]), Some(Err(missing()))),
        ] {
            let text = serde_json::to_string(&value).unwrap();
            assert_eq!(serde_json::from_str::<All>(&text).unwrap(), value, "{text}");
        }
    }

    #[test]
    fn what_is_neither_is_refused() {
        for one in
            ["{\"Ok\":[1.0]}", "{\"missing\":{\"code\":\"no_such\",\"message\":\"\"}}", "\"why\""]
        {
            let text = format!("{{\"one\":{one},\"many\":{{}}}}");
            assert!(serde_json::from_str::<All>(&text).is_err(), "{text}");
        }
    }
}
