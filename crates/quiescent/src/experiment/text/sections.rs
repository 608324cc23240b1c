//! The optional sections of `task`, `drift` and `recording`, before they are read.

use std::path::{Path, PathBuf};

use super::node::{Node, Value};
use crate::experiment::place::Place;

/// Fills in the members that an optional section of the task leaves out.
pub(crate) fn complete(tree: &mut Node, section: &str, members: &Node) {
    if let Some(node) = tree.get_mut("task").and_then(|task| task.get_mut(section))
        && node.entries().is_some()
    {
        let given = std::mem::replace(node, Node::empty_map(Place::Unwritten));
        *node = given.over(members.clone());
    }
}

/// Writes `recording: FILE` as a map, and its path in full: a run folder's copy of the experiment
/// must mean the same file from another folder.
pub(crate) fn locate_recording(tree: &mut Node, folder: Option<&Path>) {
    let Some(node) = tree.get_mut("task").and_then(|task| task.get_mut("recording")) else {
        return;
    };
    // A name that looks like a number is a name too.
    if node.text_of().is_some() && !node.is_null() {
        let file = std::mem::replace(node, Node::empty_map(Place::Unwritten));
        let mut map = Node::empty_map(file.place.clone());
        map.set(&["file"], file);
        *node = map;
    }
    if let Some(file) = node.get_mut("file")
        && !file.is_null()
        && let Value::Scalar { text, quoted } = &mut file.value
        && !text.is_empty()
    {
        let path = folder.map_or_else(|| PathBuf::from(&*text), |folder| folder.join(&*text));
        // Fails only without a working directory; the path then stays as it was given.
        if let Ok(path) = std::path::absolute(path)
            && let Some(path) = path.to_str()
        {
            *text = path.to_owned();
            *quoted = true;
        }
    }
}
