//! The kinds of task and of network as a tree gives them: they decide which defaults hold.

use super::deserialize::from_node;
use super::fault::KIND;
use super::node::{Node, Value};
use super::serialize::to_node;
use crate::experiment::place::shorten;
use crate::experiment::{NetworkKind, SpecError, TaskSpec, defaults, nearest};

/// Path of one key that decides which defaults hold.
pub(crate) const TASK_KIND: &str = "task.kind";
/// Path of the other one.
pub(crate) const NETWORK_KIND: &str = "network.kind";

/// Key of a file that names the experiment beneath, which may give both.
pub(crate) const BASE: &str = "base";

/// `task.kind` as written.
pub(crate) fn task_kind(tree: &Node) -> Result<String, SpecError> {
    if let Some(node) = tree.find(TASK_KIND)
        && !node.is_null()
    {
        return match &node.value {
            Value::Scalar { text, .. } => Ok(text.clone()),
            _ => Err(SpecError::WrongType {
                place: node.place.clone(),
                key: TASK_KIND.to_owned(),
                expected: format!("one of {}", TaskSpec::KINDS.join(", ")),
                found: node.describe(),
            }),
        };
    }
    let task = tree.get("task");
    if let Some(task) = task
        && task.entries().is_none()
        && !task.is_null()
    {
        return Err(SpecError::WrongType {
            place: task.place.clone(),
            key: "task".to_owned(),
            expected: format!("a map with the key {KIND} (one of {})", TaskSpec::KINDS.join(", ")),
            found: task.describe(),
        });
    }
    // A misspelt `task` or `kind` is the likeliest reason for a missing one.
    misspelt(tree, "", &["task", BASE], &[])?;
    if let Some(task) = task {
        let mut known = Vec::new();
        for kind in TaskSpec::KINDS {
            if let Some(defaults) = defaults::experiment(kind, NetworkKind::Rnn) {
                let task = to_node(&defaults.task)?;
                known.extend(task.entries().unwrap_or(&[]).iter().map(|e| e.key.clone()));
            }
        }
        misspelt(task, "task.", &[KIND], &known)?;
    }
    Err(SpecError::MissingKey {
        place: task.unwrap_or(tree).place.clone(),
        key: TASK_KIND.to_owned(),
        expected: format!(
            "{}it decides every default; write `task: {{{KIND}: {}}}` or `{}`, or name a `{BASE}`",
            if tree.is_null() { "the experiment is empty; " } else { "" },
            TaskSpec::KINDS[0],
            TaskSpec::KINDS[1]
        ),
    })
}

/// `network.kind`, if it names an existing kind; anything else is refused when it is read.
pub(crate) fn network_kind(tree: &Node) -> NetworkKind {
    tree.find(NETWORK_KIND)
        .and_then(|node| from_node::<NetworkKind>(node).ok())
        .unwrap_or(NetworkKind::Rnn)
}

/// An error for a key of `node` that was most likely meant to be one of `wanted`.
fn misspelt(node: &Node, path: &str, wanted: &[&str], known: &[String]) -> Result<(), SpecError> {
    for entry in node.entries().unwrap_or(&[]) {
        let known = known.contains(&entry.key) || wanted.contains(&entry.key.as_str());
        if let (false, Some(name)) = (known, nearest(&entry.key, wanted.iter().copied())) {
            return Err(SpecError::UnknownKey {
                place: entry.place.clone(),
                key: format!("{path}{}", shorten(&entry.key)),
                suggestion: Some(name.to_owned()),
                allowed: wanted.iter().map(|&name| name.to_owned()).collect(),
            });
        }
    }
    Ok(())
}
