//! The table has every key that can be written, and nothing else.

#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::experiment::{Experiment, NetworkKind, SpecError, TaskKind};

const RECORDING: &str = "task.recording=a.csv";

fn name(task: TaskKind) -> &'static str {
    match task {
        TaskKind::Spatial => "demo/spatial/noisy_unbiased",
        TaskKind::HeadDirection => "demo/head_direction/noisy_unbiased",
    }
}

/// What is said of `key=value`, beside what the key needs to exist.
fn said(task: TaskKind, key: &str, value: &str) -> Result<Experiment, SpecError> {
    let assignment = format!("{key}={value}");
    let mut overrides = vec![assignment.as_str()];
    if key.starts_with("task.recording.") {
        overrides.insert(0, RECORDING);
    }
    if key == "network.reset" {
        overrides.insert(0, "network.kind=gru");
    }
    Experiment::resolve(name(task), &overrides)
}

fn rows(task: TaskKind) -> Vec<&'static Key> {
    keys().filter(|key| key.is_of(task)).collect()
}

/// Keys that the parser accepts in a section.
fn allowed(task: TaskKind, section: &str) -> Vec<String> {
    let joint = if section.is_empty() { "" } else { "." };
    match said(task, &format!("{section}{joint}zzz"), "1") {
        Err(SpecError::UnknownKey { allowed, .. }) => {
            allowed.iter().map(|key| format!("{section}{joint}{key}")).collect()
        }
        other => panic!("{section}: {other:?}"),
    }
}

#[test]
fn every_key_that_the_parser_knows_is_in_the_table() {
    for task in TaskKind::BOTH {
        let rows: Vec<&str> = rows(task).iter().map(|key| key.path).collect();
        let mut open = vec![String::new()];
        let mut found = BTreeSet::new();
        while let Some(section) = open.pop() {
            for key in allowed(task, &section) {
                let below = format!("{key}.");
                let is_row = rows.contains(&key.as_str());
                let is_section = rows.iter().any(|row| row.starts_with(&below));
                // The parser knows an arena of headings, and refuses it by name.
                let refused = task == TaskKind::HeadDirection && key == "task.recording.arena";
                assert!(is_row || is_section || refused, "{key} is not in the table");
                // Beside a name, such as `none`, there is one key and no section.
                if is_section && !["rest.start", "rest.noise"].contains(&key.as_str()) {
                    open.push(key.clone());
                }
                found.insert(key);
            }
        }
        found.extend(["rest.start.point", "rest.noise.sigma"].map(str::to_owned));
        for row in rows {
            assert!(found.contains(row), "{row} is in the table, and no experiment has it");
        }
    }
}

/// Dotted paths of all values of an experiment.
fn leaves(value: &Value, path: &str, out: &mut BTreeSet<String>) {
    let Value::Object(map) = value else {
        out.insert(path.to_owned());
        return;
    };
    for (key, value) in map {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        leaves(value, &path, out);
    }
}

#[test]
fn every_key_that_is_written_is_in_the_table() {
    const WALLS: &str = "task.recording.arena={width_m: 1, height_m: 1, centre_m: [0, 0]}";
    for task in TaskKind::BOTH {
        let spatial = task == TaskKind::Spatial;
        for overrides in [
            &[][..] as &'static [&str],
            &["network.kind=gru"],
            &["rest.start.point=[0, 0]", "rest.noise.sigma=1"],
            &[RECORDING],
            if spatial { &["task.drift.fraction_per_step=0.1"] } else { &[] },
            if spatial { &[RECORDING, WALLS] } else { &[] },
        ] {
            let experiment = Experiment::resolve(name(task), overrides).unwrap();
            let mut found = BTreeSet::new();
            leaves(&json!(experiment), "", &mut found);
            for path in found {
                assert_eq!(
                    rows(task).iter().filter(|key| key.path == path).count(),
                    1,
                    "{path} of {task:?}"
                );
            }
            let text = experiment.to_annotated_yaml().unwrap();
            assert_eq!(Experiment::parse(&text, "x.yml").unwrap(), experiment, "{text}");
        }
    }
}

#[test]
fn the_choices_are_those_of_the_parser() {
    for task in TaskKind::BOTH {
        for key in rows(task) {
            // `{point: [x, y]}` is the choice `point` to the parser; the forms of a room are as they stand.
            let choices: Vec<&str> = key
                .choices
                .iter()
                .filter(|choice| **choice != "null")
                .map(|choice| {
                    match choice.strip_prefix('{').and_then(|form| form.split_once(':')) {
                        Some((name, _)) if !name.contains(',') => name,
                        _ => choice,
                    }
                })
                .collect();
            match said(task, key.path, "zzz") {
                Err(SpecError::UnknownChoice { allowed, .. }) => {
                    assert_eq!(choices, *allowed, "{}", key.path);
                }
                Err(SpecError::WrongType { expected, .. }) if expected == "true or false" => {
                    assert_eq!(choices, ["true", "false"], "{}", key.path);
                }
                _ => assert!(choices.is_empty(), "{} has no such choices", key.path),
            }
            // Texts take the word as it stands.
            if !["about", "task.recording.file"].contains(&key.path) {
                let takes_null = matches!(
                    said(task, key.path, "null"),
                    Ok(_) | Err(SpecError::OutOfRange { .. })
                );
                let says_null = key.meaning.contains("null") || key.choices.contains(&"null");
                assert_eq!(takes_null, says_null, "{}", key.path);
            }
        }
    }
}

#[test]
fn defaults_are_those_of_the_experiments() {
    let of = |path: &str| {
        let key = keys().find(|key| key.path == path).unwrap();
        json!(key.defaults())
    };
    assert_eq!(of("time.steps"), json!([{"task": null, "network": null, "value": 100}]));
    assert_eq!(
        of("network.units"),
        json!([
            {"task": "spatial", "network": null, "value": 512},
            {"task": "head_direction", "network": null, "value": 128},
        ])
    );
    assert_eq!(
        of("rest.noise"),
        json!([
            {"task": null, "network": "rnn", "value": "doubled_variance"},
            {"task": null, "network": "gru", "value": "same"},
        ])
    );
    assert_eq!(
        of("task.drift.fraction_per_step"),
        json!([{"task": "spatial", "network": null, "value": 0.05}])
    );
    assert_eq!(of("network.kind"), json!([{"task": null, "network": null, "value": "rnn"}]));
    for path in
        ["task.kind", "task.recording.file", "rest.noise.sigma", "task.recording.arena.x_min_m"]
    {
        assert_eq!(of(path), json!([]), "{path}");
    }
    // Every key of a written experiment has a default, which gives that experiment.
    for network in [NetworkKind::Rnn, NetworkKind::Gru] {
        for task in TaskKind::BOTH {
            let standard = json!(Experiment::standard(task, network));
            let mut found = BTreeSet::new();
            leaves(&standard, "", &mut found);
            for path in found.iter().filter(|path| !path.ends_with(".kind")) {
                let key = rows(task).into_iter().find(|key| key.path == *path).unwrap();
                let value = standard.pointer(&format!("/{}", path.replace('.', "/")));
                assert_eq!(key.default_for(task, network).as_ref(), value, "{path}");
            }
        }
    }
}
