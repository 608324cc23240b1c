//! Changes of how existing runs rest, `rest.KEY=VALUE`: they are told from the run folders of a command line, and make
//! a quiescent phase beside the run's own.

use super::failure::Failure;
use super::recordings::Recordings;
use super::watch::Terminal;
use quiescent::experiment::RestStart;
use quiescent::measure::WAKING;
use quiescent::run::RunWriter;
use quiescent::simulate::Keep;
use quiescent::workflow::{self, Request, Waking};
use std::path::{Path, PathBuf};

/// The only section that can be changed of a network that is trained.
const SECTION: &str = "rest.";

/// Separates the run folders of a command line from the changes. What is there is a folder, whatever its name.
pub(crate) fn split(words: &[String]) -> Result<(Vec<PathBuf>, Vec<String>), Failure> {
    let (changes, runs): (Vec<&String>, Vec<&String>) =
        words.iter().partition(|word| word.contains('=') && !Path::new(word.as_str()).exists());
    if let Some(other) = changes.iter().find(|change| !change.starts_with(SECTION)) {
        return Err(Failure::Usage(format!(
            "`{other}`: only how a trained network rests can be changed, with {SECTION}KEY=VALUE (`quiescent \
             experiments keys rest`); and there is no folder of that name"
        )));
    }
    if runs.is_empty() {
        return Err(Failure::Usage("no run folder was given, only changes".to_owned()));
    }
    Ok((runs.into_iter().map(PathBuf::from).collect(), changes.into_iter().cloned().collect()))
}

/// Most characters of a phase's name.
const LONGEST_NAME: usize = 64;

/// Name of the quiescent phase that changes make where none is given, of the characters that names of phases may have:
/// `adaptation-strength-1_adaptation-tau_s-2`.
pub(crate) fn phase_name(changes: &[String]) -> String {
    let without = |change: &String| change.trim_start_matches(SECTION).to_lowercase();
    let name = changes.iter().map(without).collect::<Vec<_>>().join("_");
    let kept = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    name.chars().map(kept).take(LONGEST_NAME).collect()
}

/// Simulates a run's quiescent phase with changes beside its own, so that it is measured and shown with
/// them, unless the run has it. Without changes nothing is done.
pub(crate) fn simulate(
    writer: &RunWriter,
    name: &str,
    changes: &[impl AsRef<str>],
    recordings: &Recordings,
    keep: Keep,
) -> Result<(), Failure> {
    if changes.is_empty() {
        return Ok(());
    }
    let experiment = writer.experiment().clone().with_all(changes)?;
    experiment.validate()?;
    let after_wake = experiment.rest.start == RestStart::AfterWake;
    let waking = match (after_wake, workflow::is_current(writer, WAKING)?) {
        (false, _) => Waking::None,
        (true, true) => Waking::Kept,
        (true, false) => Waking::New { steps: experiment.time.steps, name: None },
    };
    let request = Request {
        waking,
        quiescent: Some(name.to_owned()),
        rest: experiment.rest,
        keep,
        seed: None,
        overwrite: false,
    };
    if workflow::holds(writer, &request)? {
        return Ok(());
    }
    let named = recordings.named();
    workflow::simulate_run(writer, &request, &named, &Terminal)
        .map_err(|error| recordings.failure(error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    #[test]
    fn changes_are_told_from_folders() {
        let folder = tempfile::tempdir().unwrap();
        let odd = folder.path().join("rest.start=encoded").display().to_string();
        std::fs::create_dir(&odd).unwrap();
        let (runs, changes) = split(&words(&["runs/a", &odd, "rest.tau_s=1"])).unwrap();
        assert_eq!(runs, [PathBuf::from("runs/a"), PathBuf::from(odd)]);
        assert_eq!(changes, ["rest.tau_s=1"]);
    }

    #[test]
    fn what_is_neither_is_refused() {
        let said = |given: &[&str]| split(&words(given)).unwrap_err().to_string();
        assert!(said(&["runs/a", "network.units=3"]).contains("network.units=3"));
        assert!(said(&["rest.tau_s=1"]).contains("no run folder"));
    }

    #[test]
    fn phases_are_named_by_their_changes() {
        let name = |changes: &[&str]| phase_name(&words(changes));
        let adapted = name(&["rest.adaptation.strength=1", "rest.adaptation.tau_s=2"]);
        assert_eq!(adapted, "adaptation-strength-1_adaptation-tau_s-2");
        assert_eq!(name(&["rest.start={point: [0.5, -1]}"]), "start--point---0-5---1--");
        assert_eq!(name(&[&format!("rest.tau_s=1{}", "0".repeat(200))]).len(), LONGEST_NAME);
    }
}
