//! The experiment that a command line names, and what is said about it on the way.

use super::failure::Failure;
use super::output::complain;
use quiescent::experiment::{ChangedDefault, Experiment, Resolved};
use std::collections::BTreeSet;

/// The experiment of a name or file with overrides; keys that followed the kind of network are named.
pub(crate) fn resolve(name: &str, overrides: &[impl AsRef<str>]) -> Result<Experiment, Failure> {
    let resolved = Resolved::of(name, overrides)?;
    say_changed(&resolved.changed);
    Ok(resolved.experiment)
}

/// Names keys that took the defaults of another kind of network, each once.
pub(crate) fn say_changed<'a>(changed: impl IntoIterator<Item = &'a ChangedDefault>) {
    let changed: BTreeSet<&ChangedDefault> = changed.into_iter().collect();
    let changed: Vec<String> = changed.into_iter().map(ToString::to_string).collect();
    if !changed.is_empty() {
        complain(&format!(
            "network.kind brings its own defaults: {} (to keep a value, give it too)",
            changed.join(", ")
        ));
    }
}
