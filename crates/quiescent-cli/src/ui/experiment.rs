//! The experiment that a command line names, and what is said about it on the way.

use super::failure::Failure;
use super::output::complain;
use quiescent::experiment::{ChangedDefault, Experiment, Resolved, SpecError};
use std::collections::BTreeSet;

/// The experiment of a name or file with overrides; keys that followed the kind of network are named.
pub(crate) fn resolve(name: &str, overrides: &[impl AsRef<str>]) -> Result<Experiment, Failure> {
    Ok(said(Resolved::of(name, overrides)?))
}

/// The same of a name that might have been that of a run.
pub(crate) fn resolve_beside_runs(
    name: &str,
    overrides: &[impl AsRef<str>],
) -> Result<Experiment, Failure> {
    Ok(said(Resolved::of(name, overrides).map_err(or_run)?))
}

fn said(resolved: Resolved) -> Experiment {
    say_changed(&resolved.changed);
    resolved.experiment
}

/// Says of a name that may be that of a run, too, that it is neither a run nor an experiment.
pub(crate) fn or_run(error: SpecError) -> Failure {
    let SpecError::UnknownName { name, suggestions } = error else { return error.into() };
    let instead = match &*suggestions {
        [] => "`quiescent experiments` lists those shipped".to_owned(),
        [only] => format!("did you mean `{only}`?"),
        several => format!("did you mean one of {}?", several.join(", ")),
    };
    Failure::Usage(format!(
        "`{name}` is neither a run folder, nor an experiment file, nor a shipped experiment; {instead}"
    ))
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
