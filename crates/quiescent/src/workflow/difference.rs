//! The keys in which two experiments differ.

use serde::Serialize;
use serde_json::Value;

use crate::experiment::{Experiment, SpecError};

/// A key in which two experiments differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Dotted, as in overrides.
    pub key: String,
    /// Value in the first; none if it lacks the key.
    pub there: Option<Value>,
    /// Value in the second.
    pub here: Option<Value>,
}

impl Difference {
    /// The difference of two values of a setting, if they differ.
    pub(super) fn new<A: Serialize, B: Serialize>(key: &str, there: A, here: B) -> Option<Self> {
        let value = |value: Result<Value, _>| value.ok().filter(|value| !value.is_null());
        let there = value(serde_json::to_value(there));
        let here = value(serde_json::to_value(here));
        (there != here).then(|| Self { key: key.to_owned(), there, here })
    }

    /// Every difference that affects results, that is, all but the experiment's description.
    ///
    /// # Errors
    /// If an experiment cannot be written.
    pub fn between(there: &Experiment, here: &Experiment) -> Result<Vec<Self>, SpecError> {
        let (there, here) = (there.leaves()?, here.leaves()?);
        let find = |values: &[(String, Value)], key: &str| {
            values.iter().find(|(other, _)| other == key).map(|(_, value)| value.clone())
        };
        let mut keys: Vec<&String> = there.iter().map(|(key, _)| key).collect();
        keys.extend(here.iter().map(|(key, _)| key).filter(|key| find(&there, key).is_none()));
        let all = keys.into_iter().map(|key| Self {
            key: key.clone(),
            there: find(&there, key),
            here: find(&here, key),
        });
        Ok(all.filter(|difference| difference.there != difference.here).collect())
    }

    /// Both values as a user would write them: first, second.
    pub fn values(&self) -> [String; 2] {
        [&self.there, &self.here]
            .map(|value| value.as_ref().map_or_else(|| "absent".to_owned(), Value::to_string))
    }

    /// Several differences as changes: `steps 200 -> 1000, start encoded -> after_wake`.
    pub(super) fn changes(all: &[Self]) -> String {
        let text = |value: &Option<Value>| match value {
            None => "none".to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
        };
        let said = all
            .iter()
            .map(|Self { key, there, here }| format!("{key} {} -> {}", text(there), text(here)));
        said.collect::<Vec<_>>().join(", ")
    }

    /// Several differences as text.
    pub(super) fn list(all: &[Self]) -> String {
        let said = all.iter().map(|difference| {
            let [there, here] = difference.values();
            format!("{} is {there} there and {here} here", difference.key)
        });
        said.collect::<Vec<_>>().join("; ")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn keys_that_differ_or_are_on_one_side_only_are_named() {
        let here = Experiment::named("paper/spatial/noisy_biased").unwrap();
        assert_eq!(Difference::between(&here, &here).unwrap(), []);
        let there =
            Experiment::resolve("paper/spatial/noisy_unbiased", &["network.units=100".to_owned()])
                .unwrap();
        let found = Difference::between(&there, &here).unwrap();
        let keys: Vec<&str> = found.iter().map(|found| found.key.as_str()).collect();
        assert!(keys.contains(&"network.units"), "{keys:?}");
        assert!(keys.iter().any(|key| key.starts_with("task.drift")), "{keys:?}");
        assert!(!keys.contains(&"about"), "{keys:?}");
        let said = Difference::list(&found);
        assert!(said.contains("network.units is 100 there and 512 here"), "{said}");
    }
}
