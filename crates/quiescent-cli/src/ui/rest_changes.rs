//! Changes of how existing runs rest, `rest.KEY=VALUE`: they are told from the run folders of a command line, and make
//! a quiescent phase beside the run's own.

use super::failure::Failure;
use super::recordings::Recordings;
use super::watch::Terminal;
use quiescent::experiment::{Experiment, RestStart};
use quiescent::measure::WAKING;
use quiescent::run::{RunFolder, RunWriter};
use quiescent::simulate::Keep;
use quiescent::workflow::{self, Request, Waking};
use serde_json::Value;
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

/// A quiescent phase of a run with changes, to be simulated beside the run's own.
pub(crate) struct ChangedRest {
    pub(crate) name: String,
    experiment: Experiment,
}

impl ChangedRest {
    /// A run's rest with changes; none without any. Without a name, the phase has that of its changes.
    pub(crate) fn resolve(
        run: &RunFolder,
        name: Option<&str>,
        changes: &[impl AsRef<str>],
    ) -> Result<Option<Self>, Failure> {
        if changes.is_empty() {
            return Ok(None);
        }
        let experiment = run.experiment().clone().with_all(changes)?;
        experiment.validate()?;
        let name = match name {
            Some(name) => name.to_owned(),
            None => phase_name(&experiment, changes)?,
        };
        Ok(Some(Self { name, experiment }))
    }

    /// Simulates the phase, so that it is measured and shown with the run's others, unless one of them has these
    /// settings.
    pub(crate) fn simulate(
        &self,
        writer: &RunWriter,
        recordings: &Recordings,
        keep: Keep,
    ) -> Result<(), Failure> {
        let after_wake = self.experiment.rest.start == RestStart::AfterWake;
        let waking = match (after_wake, workflow::is_current(writer, WAKING)?) {
            (false, _) => Waking::None,
            (true, true) => Waking::Kept,
            (true, false) => Waking::New { steps: self.experiment.time.steps, name: None },
        };
        let request = |name: &str| Request {
            waking: waking.clone(),
            quiescent: Some(name.to_owned()),
            rest: self.experiment.rest.clone(),
            keep,
            seed: None,
            overwrite: false,
        };
        // A phase of this name with other settings is an error; any other with other settings is not.
        let same = |name: &String| workflow::holds(writer, &request(name)).unwrap_or(false);
        if workflow::holds(writer, &request(&self.name))? || writer.phase_names()?.iter().any(same)
        {
            return Ok(());
        }
        let named = recordings.named();
        workflow::simulate_run(writer, &request(&self.name), &named, &Terminal)
            .map_err(|error| recordings.failure(error))?;
        Ok(())
    }
}

/// Name of the quiescent phase that changes make, of the characters that names of phases may have:
/// `adaptation-strength-1_adaptation-tau_s-2`. Neither their order nor how numbers are written matters.
fn phase_name(changed: &Experiment, changes: &[impl AsRef<str>]) -> Result<String, Failure> {
    let keys: Vec<&str> =
        changes.iter().filter_map(|change| change.as_ref().split('=').next()).collect();
    let is_of = |leaf: &str, key: &str| {
        leaf.strip_prefix(key).is_some_and(|below| below.is_empty() || below.starts_with('.'))
    };
    let mut words: Vec<String> = Vec::new();
    for (leaf, value) in changed.leaves()? {
        if keys.iter().any(|key| is_of(&leaf, key)) {
            words.push(format!("{}-{}", leaf.trim_start_matches(SECTION), written(&value)));
        }
    }
    // What was removed, as by `rest.momentum=null`, is no leaf.
    let leaves = changed.leaves()?;
    let mut removed: Vec<String> = keys
        .iter()
        .filter(|key| !leaves.iter().any(|(leaf, _)| is_of(leaf, key)))
        .map(|key| format!("{}-none", key.trim_start_matches(SECTION)))
        .collect();
    removed.sort();
    words.append(&mut removed);
    words.dedup();
    let kept = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    let whole = words.join("_").to_lowercase();
    let name: String = whole.chars().map(kept).collect();
    if name.len() <= LONGEST_NAME {
        return Ok(name);
    }
    // What is cut off still tells names apart.
    let sum = whole.bytes().fold(5381_u32, |sum, byte| sum.wrapping_mul(33) ^ u32::from(byte));
    Ok(format!("{}_{sum:08x}", &name[..LONGEST_NAME - 9]))
}

/// A value of a key.
fn written(value: &Value) -> String {
    match value {
        // `1`, `0.5`, `1e-5`: whole numbers without a decimal point, all in letters that names may have.
        Value::Number(number) => match number.as_f64() {
            Some(value) if value != 0.0 && !(1e-3..1e6).contains(&value.abs()) => {
                format!("{value:e}")
            }
            Some(value) => value.to_string(),
            None => number.to_string(),
        },
        Value::Array(all) => all.iter().map(written).collect::<Vec<_>>().join("-"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
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
        let name = |changes: &[&str]| {
            let experiment = Experiment::named("demo/spatial/noisy_unbiased").unwrap();
            phase_name(&experiment.with_all(changes).unwrap(), changes).unwrap()
        };
        let adapted = "adaptation-strength-1_adaptation-tau_s-2";
        let [strength, tau] = ["rest.adaptation.strength=1", "rest.adaptation.tau_s=2"];
        assert_eq!(name(&[strength, tau]), adapted);
        // Neither order nor spelling matters.
        assert_eq!(name(&[tau, strength]), adapted);
        assert_eq!(name(&["rest.adaptation={tau_s: 2.0, strength: 1e0}"]), adapted);
        assert_eq!(name(&["rest.start={point: [0.5, -1]}"]), "start-point-0-5--1");
        assert_eq!(name(&["rest.momentum=null"]), "momentum-none");
        let small = |sigma: &str| name(&[&format!("rest.noise={{sigma: {sigma}}}")]);
        assert_eq!(small("1e-5"), "noise-sigma-1e-5");
        assert_ne!(small("1e-4"), small("1e-5"));
        let long = |trials: &str| {
            let friction = "rest.momentum.friction=0.123456789";
            let strength = "rest.adaptation.strength=0.123456789";
            name(&[friction, strength, "rest.adaptation.tau_s=1.23456789", trials])
        };
        assert_eq!(long("rest.trials=10").len(), LONGEST_NAME);
        assert_ne!(long("rest.trials=10"), long("rest.trials=20"));
    }
}
