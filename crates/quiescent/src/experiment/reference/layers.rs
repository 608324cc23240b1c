//! The layers of a reference configuration, merged: base, the task's base, the experiment, overrides.

use std::fs;
use std::path::{Component, Path};

use super::super::error::there_are;
use super::super::text::node::{Node, Scalar, Value};
use super::super::text::overrides::apply_overrides;
use super::super::text::read_text::read_text;
use super::super::text::yaml;
use super::super::{SpecError, nearest};
use super::interpolation::MANDATORY;
use crate::experiment::place::{Place, shorten};

/// File name of the layers under every experiment.
const BASE: &str = "base.yml";
/// Most files looked at to list the experiments.
const MOST_LISTED: usize = 100;
/// First parts of own keys.
pub(super) const OWN: [&str; 5] = ["about", "network", "rest", "time", "training"];

/// The merged layers, before references are resolved.
pub(super) struct Layers {
    /// TASK/NAME.
    pub(super) config: String,
    pub(super) tree: Node,
    /// Overrides of own keys, applied after the translation.
    pub(super) own: Vec<String>,
}

/// Whether an override sets an own key.
pub(super) fn is_own(key_value: &str) -> bool {
    let key = key_value.split('=').next().unwrap_or_default();
    let first = key.split('.').next().unwrap_or_default().trim();
    OWN.contains(&first)
}

/// Reads and merges the layers that `overrides` name.
pub(super) fn merge(folder: &Path, overrides: &[impl AsRef<str>]) -> Result<Layers, SpecError> {
    if !folder.is_dir() {
        let reason = if folder.exists() {
            "it is a file; give the folder that holds base.yml".to_owned()
        } else {
            "no such folder; give the one that holds base.yml".to_owned()
        };
        return Err(SpecError::Unreadable { path: folder.to_owned(), reason });
    }
    let base = read(&folder.join(BASE))?;

    let texts = overrides.iter().map(AsRef::as_ref);
    let (own, upstream): (Vec<&str>, Vec<&str>) = texts.partition(|text| is_own(text));
    // Alone at first: one of them says which files lie between.
    let mut upper = Node::empty_map(Place::Unwritten);
    apply_overrides(&mut upper, &upstream)?;

    let (config, place) = match upper.get("config").or_else(|| base.get("config")) {
        Some(Node { value: Value::Scalar { text, .. }, place }) if text != MANDATORY => {
            (text.clone(), place.clone())
        }
        _ => {
            return Err(SpecError::MissingKey {
                place: base.get("config").unwrap_or(&base).place.clone(),
                key: "config".to_owned(),
                expected: format!("give config=TASK/NAME{}", there_are(&available(folder))),
            });
        }
    };
    let unknown = |reason: &str| {
        let available = available(folder);
        SpecError::UnknownConfig {
            place: place.clone(),
            given: shorten(&config).into(),
            reason: reason.into(),
            suggestion: nearest(&config, available.iter().map(String::as_str)).map(Into::into),
            available: available.into(),
        }
    };
    let plain = !config.contains('\\')
        && Path::new(&config).components().all(|part| matches!(part, Component::Normal(_)));
    let task = config.rsplit_once('/').map(|(task, _)| task).filter(|_| plain);
    let Some(task) = task else {
        return Err(unknown("it must be TASK/NAME, below the folder"));
    };
    let experiment = folder.join(format!("{config}.yml"));
    if !experiment.is_file() {
        return Err(unknown(&format!("there is no {}", experiment.display())));
    }

    let mut tree = read(&folder.join(task).join(BASE))?.over(base);
    tree = read(&experiment)?.over(tree);
    tree = upper.over(tree);
    if tree.get("seed").is_none_or(is_mandatory) {
        return Err(SpecError::MissingKey {
            place: tree.get("seed").unwrap_or(&tree).place.clone(),
            key: "seed".to_owned(),
            expected: "give one, such as seed=0".to_owned(),
        });
    }
    Ok(Layers { config, tree, own: own.into_iter().map(str::to_owned).collect() })
}

fn is_mandatory(node: &Node) -> bool {
    node.is_null() || node.as_scalar() == Some(Scalar::Text(MANDATORY))
}

/// One layer: a map, or nothing.
fn read(path: &Path) -> Result<Node, SpecError> {
    let tree = yaml::read(&read_text(path)?, &path.display().to_string())?;
    if tree.is_null() {
        return Ok(Node::empty_map(tree.place));
    }
    if tree.entries().is_none() {
        return Err(SpecError::WrongType {
            place: tree.place.clone(),
            key: "configuration".to_owned(),
            expected: "a map of keys (config, seed, path, rnn, task, trainer)".to_owned(),
            found: tree.describe(),
        });
    }
    Ok(tree)
}

/// Names of all experiments, TASK/NAME, sorted. What cannot be read is left out: this is for
/// messages.
fn available(folder: &Path) -> Vec<String> {
    let names = |path: &Path| {
        let mut names: Vec<String> = fs::read_dir(path)
            .into_iter()
            .flatten()
            .take(MOST_LISTED)
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        names.sort_unstable();
        names
    };
    let mut found = Vec::new();
    for task in names(folder) {
        if found.len() >= MOST_LISTED {
            break;
        }
        for file in names(&folder.join(&task)) {
            if let Some(name) = file.strip_suffix(".yml")
                && file != BASE
            {
                found.push(format!("{task}/{}", shorten(name)));
            }
        }
    }
    found
}
