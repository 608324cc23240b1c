//! What makes two experiments the same: every key except `about`.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Experiment, SpecError};

impl Experiment {
    /// Dotted keys and values of everything that matters to the numbers, sorted by key: all but
    /// `about`. Lists are values, not keys.
    ///
    /// # Errors
    /// [`SpecError::Unwritable`] if a path is not Unicode.
    pub fn leaves(&self) -> Result<Vec<(String, Value)>, SpecError> {
        fn walk(prefix: &str, value: Value, out: &mut Vec<(String, Value)>) {
            match value {
                Value::Object(map) => {
                    for (key, value) in map {
                        let path = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
                        walk(&path, value, out);
                    }
                }
                leaf => out.push((prefix.to_owned(), leaf)),
            }
        }
        let value =
            serde_json::to_value(self).map_err(|error| SpecError::Unwritable(error.to_string()))?;
        let mut out = Vec::new();
        walk("", value, &mut out);
        out.retain(|(key, _)| key != "about");
        out.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(out)
    }

    /// SHA-256 of the [`leaves`](Self::leaves) as 64 lower-case hexadecimal digits: experiments of
    /// equal identity give equal results, and a changed key gives another identity.
    ///
    /// Hashed, for every leaf: its key, a zero byte, its value as JSON, a zero byte.
    ///
    /// # Errors
    /// As [`leaves`](Self::leaves).
    pub fn identity(&self) -> Result<String, SpecError> {
        let mut hash = Sha256::new();
        for (key, value) in self.leaves()? {
            hash.update(key.as_bytes());
            hash.update([0]);
            hash.update(value.to_string().as_bytes());
            hash.update([0]);
        }
        Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const NAME: &str = "demo/spatial/noisy_unbiased";

    fn identity(overrides: &[&str]) -> String {
        Experiment::resolve(NAME, overrides).unwrap().identity().unwrap()
    }

    #[test]
    fn equal_experiments_have_equal_identities_however_they_are_written() {
        let plain = identity(&[]);
        assert_eq!(plain.len(), 64);
        assert_eq!(plain, identity(&["about=something else", "seed=0"]));
        assert_eq!(
            identity(&["network.noise.sigma=0.1"]),
            identity(&["network.noise={sigma: 1e-1, distribution: gaussian}"])
        );
        let written = Experiment::named(NAME).unwrap().to_yaml().unwrap();
        assert_eq!(plain, Experiment::parse(&written, "text").unwrap().identity().unwrap());
    }

    #[test]
    fn every_key_matters() {
        let plain = identity(&[]);
        let leaves = Experiment::named(NAME).unwrap().leaves().unwrap();
        assert!(leaves.iter().any(|(key, _)| key == "network.noise.sigma"), "{leaves:?}");
        for change in [
            "seed=1",
            "network.noise.sigma=0.0701",
            "training.batches=501",
            "rest.steps=201",
            "task.box.width_m=2.21",
            "network.kind=gru",
        ] {
            assert_ne!(plain, identity(&[change]), "{change}");
        }
    }

    /// The hash as the documentation of the function has it, so that it stays what it is.
    #[test]
    fn the_identity_is_the_hash_of_the_leaves() {
        let experiment = Experiment::named(NAME).unwrap();
        let text: String = experiment
            .leaves()
            .unwrap()
            .iter()
            .map(|(key, value)| format!("{key}\0{value}\0"))
            .collect();
        let hash: String =
            Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(experiment.identity().unwrap(), hash);
    }
}
