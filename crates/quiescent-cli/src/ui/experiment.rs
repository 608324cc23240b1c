//! The experiment that a command line names, and what is said about it on the way.

use super::failure::Failure;
use super::output::complain;
use quiescent::experiment::{ChangedDefault, Experiment, Resolved};

/// The experiment of a name or file with overrides; keys that followed the kind of network are named.
pub(crate) fn resolve(name: &str, overrides: &[impl AsRef<str>]) -> Result<Experiment, Failure> {
    let resolved = Resolved::of(name, overrides)?;
    say_changed(&resolved.changed);
    Ok(resolved.experiment)
}

/// Names keys that took the defaults of another kind of network.
pub(crate) fn say_changed(changed: &[ChangedDefault]) {
    if changed.is_empty() {
        return;
    }
    let changed: Vec<String> = changed.iter().map(ToString::to_string).collect();
    complain(&format!(
        "with network.kind these took its defaults: {} (give a key to keep its value)",
        changed.join(", ")
    ));
}
