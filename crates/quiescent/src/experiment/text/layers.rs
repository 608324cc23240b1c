//! One layer of an experiment over another: a file over its base, overrides and sweeps over a file.
//!
//! Where the upper layer changes `network.kind`, the keys whose default depends on it follow, unless that
//! layer gives them too: a GRU made of an RNN's file rests as GRUs do. Where it changes `task.kind`, what
//! the lower layer says for the other task is an error.

use super::default_trees::DefaultTrees;
use super::kinds::{NETWORK_KIND, TASK_KIND, network_kind};
use super::node::{Node, Value};
use crate::experiment::effect::IDLE;
use crate::experiment::place::Place;
use crate::experiment::{ChangedDefault, NetworkKind, SpecError, TaskSpec, shipped};

/// A room is one value: its forms do not mix.
const ARENA: &str = "task.recording.arena";

/// Lays a file's tree over that of its base: maps are merged key by key.
pub(crate) fn lay_over(
    mut base: Node,
    upper: Node,
) -> Result<(Node, Vec<ChangedDefault>), SpecError> {
    let changed = make_way(&mut base, &upper, false)?;
    if upper.find(ARENA).is_some() {
        base.take(ARENA);
    }
    Ok((upper.over(base), changed))
}

/// Prepares a tree for the layer `upper`, which `replaces_task` if it gives `task` as a whole.
pub(crate) fn make_way(
    tree: &mut Node,
    upper: &Node,
    replaces_task: bool,
) -> Result<Vec<ChangedDefault>, SpecError> {
    refuse_other_task(tree, upper, replaces_task)?;
    // A recording takes the place of the box and the motion beneath, which nobody gave beside it.
    if upper.find("task.recording.file").is_some() {
        for path in IDLE {
            if let Some(node) = tree.find_mut(path) {
                *node = std::mem::replace(node, Node::empty_map(Place::Unwritten)).without_places();
            }
        }
    }
    follow_network_kind(tree, upper)
}

/// Removes from the tree the keys whose default depends on the kind of network, if `upper` changes it and
/// does not give them.
fn follow_network_kind(tree: &mut Node, upper: &Node) -> Result<Vec<ChangedDefault>, SpecError> {
    let mut changed = Vec::new();
    let (old, new) = (network_kind(tree), network_kind(upper));
    if upper.find(NETWORK_KIND).is_none() || old == new {
        return Ok(changed);
    }
    let of = |kind: NetworkKind| {
        let task = [upper, &*tree].into_iter().find_map(|tree| tree.find(TASK_KIND)?.text_of());
        match task.filter(|task| TaskSpec::KINDS.contains(task)) {
            Some(task) => DefaultTrees::of(task, kind),
            None => DefaultTrees::of(TaskSpec::KINDS[0], kind),
        }
    };
    let (Some(before), Some(after)) = (of(old)?, of(new)?) else { return Ok(changed) };
    let (before, after) = (&before.experiment, &after.experiment);
    for key in different(before, after).into_iter().filter(|key| key != NETWORK_KIND) {
        if upper.find(&key).is_some() {
            continue;
        }
        let shown = |node: Option<&Node>| node.map_or_else(|| "null".to_owned(), Node::on_one_line);
        let from = shown(tree.find(&key).or_else(|| before.find(&key)));
        let to = shown(after.find(&key));
        tree.take(&key);
        if from != to {
            changed.push(ChangedDefault { kind: new, key, from, to });
        }
    }
    Ok(changed)
}

/// Refuses another kind of task over keys that are of the kind beneath.
fn refuse_other_task(tree: &Node, upper: &Node, replaces_task: bool) -> Result<(), SpecError> {
    let Some(node) = upper.find(TASK_KIND) else { return Ok(()) };
    let (Some(new), Some(old)) = (node.text_of(), tree.find(TASK_KIND).and_then(Node::text_of))
    else {
        return Ok(());
    };
    let defaults = |kind: &str| DefaultTrees::of(kind, network_kind(tree));
    let (Some(before), Some(after)) = (defaults(old)?, defaults(new)?) else { return Ok(()) };
    if old == new {
        return Ok(());
    }
    let has_more =
        tree.get("task").and_then(Node::entries).is_some_and(|entries| entries.len() > 1);
    let mut left: Vec<String> = Vec::new();
    if has_more && !replaces_task {
        left.push("the keys of `task`".to_owned());
    }
    left.extend(different(&before.experiment, &after.experiment).into_iter().filter(|key| {
        !key.starts_with("task.") && tree.find(key).is_some() && upper.find(key).is_none()
    }));
    if left.is_empty() {
        return Ok(());
    }
    let example = shipped()
        .map(|(name, _)| name)
        .find(|name| name.contains(new) && name.ends_with("noisy_unbiased"));
    Err(SpecError::OtherTask {
        place: node.place.clone(),
        key: TASK_KIND.to_owned(),
        reason: format!(
            "the experiment that it changes is of {old}, and {} would keep the values of that \
             task; start from an experiment of {new}, such as {}",
            left.join(", "),
            example.unwrap_or_default()
        ),
    })
}

/// Dotted paths of the values in which two trees differ.
fn different(a: &Node, b: &Node) -> Vec<String> {
    let (Value::Map(of_a), Value::Map(of_b)) = (&a.value, &b.value) else { return Vec::new() };
    let mut out = Vec::new();
    let only_b = of_b.iter().filter(|entry| a.get(&entry.key).is_none());
    for entry in of_a.iter().chain(only_b) {
        match (a.get(&entry.key), b.get(&entry.key)) {
            (Some(a), Some(b)) if a.entries().is_some() && b.entries().is_some() => {
                out.extend(different(a, b).iter().map(|below| format!("{}.{below}", entry.key)));
            }
            (Some(a), Some(b)) if a.same(b) => {}
            _ => out.push(entry.key.clone()),
        }
    }
    out
}
