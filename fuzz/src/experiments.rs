//! Texts written by people: experiments, overrides and sweeps.

use crate::bounds::{Lines, bounded};
use crate::scratch;
use quiescent::experiment::sweep::{Sweep, folder_name};
use quiescent::experiment::{Experiment, shipped};
use std::collections::HashSet;

/// Most memory for an experiment of a few kilobytes.
const MOST_MEMORY: usize = 16 << 20;
/// Most memory for a sweep: that of 200 000 values, the most that a sweep may list.
const MOST_SWEEP_MEMORY: usize = 192 << 20;
/// Most runs of a sweep that are resolved here, because many runs are slow.
const MOST_RUNS: u128 = 48;
/// Line between a sweep file and assignments.
const CUT: &str = "%%\n";

/// An experiment file.
pub(crate) fn experiment(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let read = bounded(MOST_MEMORY, Lines::One, || Experiment::parse(text, "x.yml"));
    read.inspect(check_written).is_some()
}

/// The name of a shipped experiment, and overrides of it in the lines after that.
pub(crate) fn overrides(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let (name, overrides) = text.split_once('\n').unwrap_or(("", text));
    let known = shipped().any(|(other, _)| other == name);
    let name = if known { name } else { "demo/spatial/noisy_biased" };
    let overrides: Vec<&str> = overrides.lines().collect();
    let read = bounded(MOST_MEMORY, Lines::One, || Experiment::resolve(name, &overrides));
    read.inspect(check_written).is_some()
}

/// A written experiment is read as the same experiment, with the same meaning.
fn check_written(experiment: &Experiment) {
    let yaml = experiment.to_yaml().unwrap();
    let read = Experiment::parse(&yaml, "written.yml").unwrap();
    assert_eq!(read, *experiment, "{yaml}");
    assert_eq!(read.identity().unwrap(), experiment.identity().unwrap(), "{yaml}");
    assert_eq!(read.to_yaml().unwrap(), yaml);
    let annotated = experiment.to_annotated_yaml().unwrap();
    assert_eq!(Experiment::parse(&annotated, "written.yml").unwrap(), *experiment, "{annotated}");
    let json = serde_json::to_string(experiment).unwrap();
    // JSON is YAML except for a character that YAML requires to be escaped.
    if !json.contains('\u{7f}') {
        assert_eq!(Experiment::parse(&json, "written.json").unwrap(), *experiment, "{json}");
    }
    let seed = format!("seed={}", experiment.seed);
    assert_eq!(experiment.with(&seed).unwrap(), *experiment, "{yaml}");
}

/// A sweep file, and `key=values` texts in the lines after a cut; a file without text stands for a shipped
/// experiment.
pub(crate) fn sweep(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let (file, assignments) = text.split_once(CUT).unwrap_or((&text, ""));
    let assignments: Vec<&str> = assignments.lines().collect();
    let path = scratch::file("sweep.yml", file.as_bytes());
    let name =
        if file.is_empty() { "demo/head_direction/noisy_unbiased" } else { path.to_str().unwrap() };
    let read = bounded(MOST_SWEEP_MEMORY, Lines::One, || {
        let sweep = Sweep::resolve(name, &assignments)?;
        let runs = (sweep.count() <= MOST_RUNS).then(|| sweep.runs()).transpose()?;
        Ok::<_, quiescent::experiment::SpecError>((sweep.count(), runs))
    });
    let Some((count, Some(runs))) = read else { return false };
    assert!(runs.len() as u128 <= count);
    let (mut identities, mut folders) = (HashSet::new(), HashSet::new());
    for run in &runs {
        assert_eq!(run.identity, run.experiment.identity().unwrap());
        let folder = folder_name(&run.name, &run.identity);
        let plain = |c: char| c.is_ascii_alphanumeric() || "=._+-".contains(c);
        assert!(folder.chars().all(plain) && folder.len() <= 200, "{folder}");
        assert!(!folder.starts_with(['.', '-']), "{folder}");
        assert!(identities.insert(&run.identity), "{}", run.identity);
        assert!(folders.insert(folder.to_lowercase()), "{folder}");
    }
    runs.first().inspect(|run| check_written(&run.experiment));
    true
}
