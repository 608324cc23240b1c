//! An experiment as YAML with a comment at every key.

use std::collections::HashMap;

use super::node::{Node, Value};
use super::yaml;
use crate::experiment::place::Place;
use crate::experiment::{Experiment, Key, SpecError, TaskKind, keys};

/// Column in which comments begin, from 0. A line that reaches further has its comment above it.
const COLUMN: usize = 45;

/// What stands in one line of the YAML.
struct Written<'a> {
    path: String,
    node: &'a Node,
}

impl Experiment {
    /// The experiment as YAML with every key that has an effect, and behind each its unit, meaning and
    /// choices, as [`keys`](fn@crate::experiment::keys) has them; at the end, [what follows](Self::consequences) from the values.
    /// [`parse`](Self::parse) gives back an equal experiment. The shipped files are such texts.
    ///
    /// # Errors
    /// As [`to_yaml`](Self::to_yaml).
    pub fn to_annotated_yaml(&self) -> Result<String, SpecError> {
        let plain = self.to_yaml()?;
        let tree = yaml::read(&plain, "experiment")?;
        let mut written = HashMap::new();
        let mut items = Vec::new();
        collect(&tree, "", &mut written, &mut items);
        let task = TaskKind::of(self);
        let mut text = String::new();
        for (number, line) in (1..).zip(plain.lines()) {
            match written.get(&number) {
                Some(written) => write_line(line, written, task, &mut text),
                None if items.contains(&number) => {}
                None => push(&mut text, line),
            }
        }
        text.push_str("\n# What follows from it\n");
        for (name, value) in self.consequences() {
            text.push_str(&format!("# {name:<18}  {value}\n"));
        }
        Ok(text)
    }
}

fn push(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// One line with its comment.
fn write_line(line: &str, written: &Written<'_>, task: TaskKind, text: &mut String) {
    // Lists are written with one value in a line; in one line they are easier to read.
    let line = match &written.node.value {
        Value::List(values) if !values.is_empty() => {
            format!("{line} {}", written.node.on_one_line())
        }
        _ => line.to_owned(),
    };
    let key = keys().find(|key| key.path == written.path && key.is_of(task));
    let Some(comment) = key.map(Key::comment) else { return push(text, &line) };
    if line.chars().count() + 2 <= COLUMN {
        push(text, &format!("{line:<COLUMN$}# {comment}"));
    } else {
        let indent = line.len() - line.trim_start().len();
        push(text, &format!("{:indent$}# {comment}", ""));
        push(text, &line);
    }
}

/// Which key stands in which line, and which lines hold the values of lists.
fn collect<'a>(
    node: &'a Node,
    above: &str,
    written: &mut HashMap<u32, Written<'a>>,
    items: &mut Vec<u32>,
) {
    for entry in node.entries().unwrap_or(&[]) {
        let joint = if above.is_empty() { "" } else { "." };
        let path = format!("{above}{joint}{}", entry.key);
        collect(&entry.node, &path, written, items);
        let Some(line) = line_of(&entry.place) else { continue };
        if let Value::List(values) = &entry.node.value {
            items.extend(values.iter().filter_map(|value| line_of(&value.place)));
        }
        written.insert(line, Written { path, node: &entry.node });
    }
}

fn line_of(place: &Place) -> Option<u32> {
    match place {
        Place::File { line, .. } => Some(*line),
        _ => None,
    }
}
