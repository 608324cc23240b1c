//! Which keys two experiments differ in.

use crate::failure::Failure;
use quiescent::experiment::Experiment;
use quiescent::run::{RunFolder, file_sha256};
use serde_json::Value;
use std::path::Path;

/// What to do where a folder for a planned network holds another one.
pub(crate) const OTHER_FOLDER: &str = "choose another --out, or remove that folder";

/// The key of a recording's place, which does not tell recordings apart.
const FILE: &str = "task.recording.file";

/// A key that two experiments differ in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Difference {
    /// Dotted, as in overrides.
    pub(crate) key: String,
    /// Value in the first; none if it lacks the key.
    pub(crate) there: Option<Value>,
    /// Value in the second.
    pub(crate) here: Option<Value>,
}

/// Every difference that matters to the numbers: all but what is said about an experiment.
pub(crate) fn between(there: &Experiment, here: &Experiment) -> Result<Vec<Difference>, Failure> {
    let (there, here) = (flatten(there)?, flatten(here)?);
    let find = |values: &[(String, Value)], key: &str| {
        values.iter().find(|(other, _)| other == key).map(|(_, value)| value.clone())
    };
    let mut keys: Vec<&String> = there.iter().map(|(key, _)| key).collect();
    keys.extend(here.iter().map(|(key, _)| key).filter(|key| find(&there, key).is_none()));
    let all = keys.into_iter().map(|key| Difference {
        key: key.clone(),
        there: find(&there, key),
        here: find(&here, key),
    });
    Ok(all.filter(|difference| difference.there != difference.here).collect())
}

/// Refuses to go on with the run in a folder as if it were another one, naming what differs.
pub(crate) fn refuse_other(
    run: &RunFolder,
    asked: &Experiment,
    advice: &str,
) -> Result<(), Failure> {
    let mut differences = between(run.experiment(), asked)?;
    // A recording that has moved is the same recording.
    if let (Some(known), Some(spec)) = (&run.record().recording, asked.task.recording())
        && differences.iter().any(|difference| difference.key == FILE)
        && file_sha256(&spec.file).is_ok_and(|hash| hash == known.file_sha256)
    {
        differences.retain(|difference| difference.key != FILE);
    }
    refuse(run.path(), &differences, advice)
}

fn refuse(folder: &Path, differences: &[Difference], advice: &str) -> Result<(), Failure> {
    if differences.is_empty() {
        return Ok(());
    }
    let said: Vec<String> = differences
        .iter()
        .map(|Difference { key, there, here }| {
            format!("{key} is {} there and {} here", value(there.as_ref()), value(here.as_ref()))
        })
        .collect();
    Err(Failure::Usage(format!(
        "{} holds a run of another experiment: {}; {advice}",
        folder.display(),
        said.join("; ")
    )))
}

/// A value as a user would write it.
pub(crate) fn value(value: Option<&Value>) -> String {
    value.map_or_else(|| "absent".to_owned(), Value::to_string)
}

/// Dotted keys and values of all that matters to the numbers.
pub(crate) fn flatten(experiment: &Experiment) -> Result<Vec<(String, Value)>, Failure> {
    Ok(experiment.leaves()?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn keys_that_differ_or_are_on_one_side_only_are_named() {
        let here = Experiment::named("paper/spatial/noisy_biased").unwrap();
        assert_eq!(between(&here, &here).unwrap(), []);
        let there =
            Experiment::resolve("paper/spatial/noisy_unbiased", &["network.units=100".to_owned()])
                .unwrap();
        let found = between(&there, &here).unwrap();
        let keys: Vec<&str> = found.iter().map(|found| found.key.as_str()).collect();
        assert!(keys.contains(&"network.units"), "{keys:?}");
        assert!(keys.iter().any(|key| key.starts_with("task.drift")), "{keys:?}");
        assert!(!keys.contains(&"about"), "{keys:?}");
        let said = refuse(Path::new("a"), &found, "leave it").unwrap_err().to_string();
        assert!(said.contains("network.units is 100 there and 512 here"), "{said}");
    }
}
