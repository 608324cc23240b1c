//! `key=value` texts: their parts, what a value means, and how it changes a tree.

use std::path::Path;
use std::sync::Arc;

use super::default_trees::DefaultTrees;
use super::deserialize::from_node;
use super::fault::KIND;
use super::kinds::{BASE, TASK_KIND, network_kind};
use super::layers::make_way;
use super::node::{Entry, Node};
use super::sections::{complete, locate_recording};
use super::yaml;
use crate::experiment::place::{Place, shorten};
use crate::experiment::{ChangedDefault, Experiment, NetworkKind, SpecError, TaskSpec};

/// The ways to write "none".
const NULLS: [&str; 3] = ["null", "Null", "NULL"];

/// Key and value of `key=value`. Blanks around the `=` belong to neither. Without a blank before it,
/// blanks after it belong to the value.
pub(crate) fn split_override(text: &str) -> Result<(&str, &str), SpecError> {
    let (key, value) = text.split_once('=').ok_or_else(|| SpecError::BadOverride {
        text: shorten(text),
        reason: "expected key=value, such as network.units=256".to_owned(),
    })?;
    let value = if key.ends_with(char::is_whitespace) { value.trim_start() } else { value };
    Ok((key, value))
}

/// The parts of a dotted key.
pub(crate) fn split_key(key: &str) -> Result<Vec<&str>, String> {
    let path: Vec<&str> = key.split('.').map(str::trim).collect();
    if path.iter().any(|part| part.is_empty()) {
        return Err("the key has an empty part".to_owned());
    }
    if key.chars().any(char::is_control) {
        return Err("the key has control characters".to_owned());
    }
    if path.len() > 16 {
        return Err("no key is that deep".to_owned());
    }
    Ok(path)
}

/// The place of an override.
pub(crate) fn place_of(text: &str) -> Place {
    Place::Override(Arc::from(shorten(text)))
}

/// The value of the override `text`, which sets the key at `path`. Where a key takes any text, that is
/// the value as it stands; elsewhere it is YAML.
pub(crate) fn override_value(text: &str, path: &[&str], value: &str) -> Result<Node, SpecError> {
    let place = place_of(text);
    let key = path.join(".");
    let none = |reason: &str| SpecError::NoValue {
        place: place.clone(),
        key: shorten(&key),
        reason: reason.to_owned(),
    };
    if value.trim().is_empty() {
        return Err(none(yaml::NOTHING));
    }
    if !means_itself(value) && takes_text(path) {
        let word = value.trim();
        // A section that may also be written as one text.
        let section = takes(path, &Node::scalar(NULLS[0], Place::Unwritten));
        if section && word == "~" {
            return Err(none(yaml::TILDE));
        }
        if !section || !(NULLS.contains(&word) || word.starts_with('{')) {
            return Ok(Node::text(value, place));
        }
    } else if (value.starts_with('#') || value.contains(" #")) && !value.contains(['"', '\'']) {
        return Err(none("a comment (`#`) has no place in a value; remove it"));
    }
    let at = place.clone();
    let node = yaml::read_at(value, move |_| at.clone()).map_err(|error| match error {
        SpecError::DuplicateKey { place, key: inner, .. } => {
            SpecError::DuplicateKey { place, key: format!("{key}.{inner}"), first: None }
        }
        SpecError::NoValue { place, key: inner, reason } => {
            SpecError::NoValue { place, key: format!("{key}.{inner}"), reason }
        }
        error => error,
    })?;
    match yaml::no_value(&node) {
        Some(reason) => Err(none(reason)),
        None => Ok(node),
    }
}

/// Whether a value means the same as YAML and as plain text. Most do, and need no further checks.
fn means_itself(value: &str) -> bool {
    value.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/')
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-+./".contains(&b))
        && !value.contains("..")
        && !NULLS.contains(&value)
}

/// Whether a key takes any text: a description, a path.
pub(crate) fn takes_text(path: &[&str]) -> bool {
    takes(path, &Node::text("any text at all", Place::Unwritten))
}

/// Whether a key takes numbers with decimals.
pub(crate) fn takes_decimals(path: &[&str]) -> bool {
    takes(path, &Node::scalar("0.5", Place::Unwritten)) && !takes_text(path)
}

/// Whether some experiment may have such a value at a key. The specification itself is asked, so no
/// list of keys has to be kept.
fn takes(path: &[&str], node: &Node) -> bool {
    const FILE: [&str; 3] = ["task", "recording", "file"];
    TaskSpec::KINDS.iter().any(|kind| {
        let Ok(Some(defaults)) = DefaultTrees::of(kind, NetworkKind::Rnn) else { return false };
        let mut tree = defaults.experiment.clone();
        if path.len() > 2 && path[..2] == FILE[..2] {
            tree.set(&FILE, Node::text("x", Place::Unwritten));
        }
        tree.set(path, node.clone());
        locate_recording(&mut tree, None);
        complete(&mut tree, "drift", &defaults.drift);
        complete(&mut tree, "recording", &defaults.recording);
        // What is missing beside it is another matter.
        matches!(from_node::<Experiment>(&tree), Ok(_) | Err(SpecError::MissingKey { .. }))
    })
}

/// Refuses a text whose key contains the key of an earlier one, since it would undo that one. Of
/// several values for one key the last counts.
pub(crate) fn refuse_undone(texts: &[impl AsRef<str>]) -> Result<(), SpecError> {
    let mut before: Vec<(String, &str)> = Vec::new();
    for text in texts {
        let text = text.as_ref();
        let bad = |reason: String| SpecError::BadOverride { text: shorten(text), reason };
        let key = split_key(split_override(text)?.0).map_err(bad)?.join(".");
        let undone =
            |earlier: &str| earlier.strip_prefix(&*key).is_some_and(|rest| rest.starts_with('.'));
        if let Some((_, earlier)) = before.iter().find(|(earlier, _)| undone(earlier)) {
            return Err(bad(format!(
                "it undoes `{}`, given before it; remove one",
                shorten(earlier)
            )));
        }
        before.push((key, text));
    }
    Ok(())
}

/// A key and the value that a layer of keys sets.
pub(crate) struct Setting<'a> {
    pub(crate) path: Vec<&'a str>,
    pub(crate) node: Node,
    /// Where a recording's relative path starts; none for the working directory.
    pub(crate) folder: Option<&'a Path>,
    /// As it was written, for errors.
    pub(crate) text: &'a str,
}

/// The keys that `key=value` texts set, in order.
fn settings(texts: &[impl AsRef<str>]) -> Result<Vec<Setting<'_>>, SpecError> {
    refuse_undone(texts)?;
    texts
        .iter()
        .map(|text| {
            let text = text.as_ref();
            let (key, value) = split_override(text)?;
            let path = split_key(key).map_err(|reason| bad_override(text, reason))?;
            if path == [BASE] {
                let reason = "a base is named in a file, or in place of the EXPERIMENT";
                return Err(bad_override(text, reason.to_owned()));
            }
            let node = override_value(text, &path, value)?;
            Ok(Setting { path, node, folder: None, text })
        })
        .collect()
}

/// Sets the keys of the tree that `key=value` texts give, in order. Returns what followed the kind of network.
pub(crate) fn apply_overrides(
    tree: &mut Node,
    texts: &[impl AsRef<str>],
) -> Result<Vec<ChangedDefault>, SpecError> {
    set_all(tree, &settings(texts)?, |setting, reason| bad_override(setting.text, reason))
}

/// The error for an override that is wrong for a `reason`.
fn bad_override(text: &str, reason: String) -> SpecError {
    SpecError::BadOverride { text: shorten(text), reason }
}

/// Sets keys of the tree, all of one layer; `refuse` makes an error of a setting and a reason. Returns what
/// followed the kind of network.
pub(crate) fn set_all(
    tree: &mut Node,
    settings: &[Setting<'_>],
    refuse: impl Fn(&Setting<'_>, String) -> SpecError,
) -> Result<Vec<ChangedDefault>, SpecError> {
    let located: Vec<Node> = settings
        .iter()
        .map(|Setting { path, node, folder, .. }| {
            // On a tree of its own, because its paths are relative to another folder than the others'.
            let mut alone = Node::empty_map(node.place.clone());
            alone.set(path, node.clone());
            locate_recording(&mut alone, *folder);
            at(&alone, path).unwrap_or(node).clone()
        })
        .collect();
    let mut layer = Node::empty_map(Place::Unwritten);
    for (setting, node) in settings.iter().zip(&located) {
        layer.set(&setting.path, node.clone());
    }
    let replaces_task = settings.iter().any(|setting| setting.path == ["task"]);
    let changed = make_way(tree, &layer, replaces_task)?;
    for (setting, node) in settings.iter().zip(located) {
        let path = &setting.path;
        let old = at(tree, path).cloned();
        let is_map = node.entries().is_some();
        tree.set(path, node);
        if let Some(old) = old
            && is_map
            && old.entries().is_some()
        {
            reject_lost_values(&old, tree, path).map_err(|reason| refuse(setting, reason))?;
        }
    }
    Ok(changed)
}

/// The value at the parts of a key.
fn at<'a>(tree: &'a Node, path: &[&str]) -> Option<&'a Node> {
    path.iter().try_fold(tree, |node, key| node.get(key))
}

/// A map replaces what stood at its key, and what it leaves out takes its default. Where that would
/// silently change a value, the value has to be given: `network.noise={distribution:
/// uniform01}` must not make a noiseless network noisy.
fn reject_lost_values(old: &Node, tree: &Node, path: &[&str]) -> Result<(), String> {
    let Some(kind) = tree.find(TASK_KIND).and_then(Node::text_of) else { return Ok(()) };
    // Another kind of task: everything is new, as it says.
    if path == ["task"] && old.get(KIND).and_then(Node::text_of) != Some(kind) {
        return Ok(());
    }
    let (Ok(Some(defaults)), Some(new)) =
        (DefaultTrees::of(kind, network_kind(tree)), at(tree, path))
    else {
        return Ok(());
    };
    let key = path.join(".");
    let Some((lost, value)) = lost(old, Some(new), defaults.experiment.find(&key), &key, defaults)
    else {
        return Ok(());
    };
    Err(format!(
        "it replaces all of {key}, and {lost}, which is {value} here, is not in it; give {lost} \
         too, or set the keys one by one"
    ))
}

/// The first value of `old` that `new` leaves out and the defaults do not put back.
fn lost(
    old: &Node,
    new: Option<&Node>,
    default: Option<&Node>,
    path: &str,
    defaults: &DefaultTrees,
) -> Option<(String, String)> {
    // What these two leave out is filled in; they themselves are null by default.
    let default = match (path, new) {
        ("task.drift", Some(_)) => Some(&defaults.drift),
        ("task.recording", Some(_)) => Some(&defaults.recording),
        _ => default,
    };
    // Members without a default are alternatives; if one is needed, its absence is reported later.
    let default = default?;
    old.entries()?.iter().find_map(|Entry { key, node, .. }| {
        let path = format!("{path}.{key}");
        let default = default.get(key);
        match new.and_then(|new| new.get(key)) {
            Some(new) if new.entries().is_some() => lost(node, Some(new), default, &path, defaults),
            Some(_) => None,
            None if default.is_some_and(|default| node.same(default)) => None,
            None if node.entries().is_some() && default.is_some_and(|d| d.entries().is_some()) => {
                lost(node, None, default, &path, defaults)
            }
            None => Some((path, node.describe())),
        }
    })
}
