//! What a key is where a file leaves it out, asked of the defaults themselves.

use serde::Serialize;
use serde_json::{Value, json};

use super::Key;
use crate::experiment::{Experiment, NetworkKind, TaskKind, defaults};

/// The default of a key, and for which kinds it holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct KeyDefault {
    /// The kind of task; none if it makes no difference.
    pub task: Option<TaskKind>,
    /// The kind of network; none if it makes no difference.
    pub network: Option<NetworkKind>,
    /// The value, null included.
    pub value: Value,
}

const NETWORKS: [NetworkKind; 2] = [NetworkKind::Rnn, NetworkKind::Gru];

impl Key {
    /// The default for a kind of task and of network, in the terms of JSON. None for a key that has to be
    /// given (`task.kind`, the file of a recording), and for one that such experiments do not have.
    pub fn default_for(&self, task: TaskKind, network: NetworkKind) -> Option<Value> {
        match self.path {
            _ if !self.is_of(task) => return None,
            "task.kind" | "task.recording.file" => return None,
            "network.kind" => return Some(json!(NetworkKind::default())),
            _ => {}
        }
        let mut tree = serde_json::to_value(Experiment::standard(task, network)).ok()?;
        // Optional sections are null by default, and have defaults where they are given at all.
        if self.path.starts_with("task.drift.") {
            tree["task"]["drift"] = json!(defaults::drift());
        } else if self.path.starts_with("task.recording.") {
            tree["task"]["recording"] = json!(defaults::recording(tree["task"]["kind"].as_str()?));
        }
        let (section, key) = match self.path.rsplit_once('.') {
            Some((section, key)) => (format!("/{}", section.replace('.', "/")), key),
            None => (String::new(), self.path),
        };
        // A key that is not written is null; beside a name, such as `extent`, there are no keys.
        let section = tree.pointer(&section)?.as_object()?;
        Some(section.get(key).cloned().unwrap_or(Value::Null))
    }

    /// Its defaults, told apart by the kinds on which they depend; empty for a key that has to be given.
    pub fn defaults(&self) -> Vec<KeyDefault> {
        let of = |task: TaskKind| {
            let [rnn, gru] = NETWORKS.map(|network| (network, self.default_for(task, network)));
            if rnn.1 == gru.1 {
                return vec![(None, rnn.1)];
            }
            [rnn, gru].into_iter().map(|(network, value)| (Some(network), value)).collect()
        };
        let of_both = TaskKind::BOTH.map(|task| (task, of(task)));
        let [(_, spatial), (_, heading)] = &of_both;
        let shared = self.task.is_none() && spatial == heading;
        of_both
            .into_iter()
            .take(if shared { 1 } else { TaskKind::BOTH.len() })
            .flat_map(|(task, values)| values.into_iter().map(move |value| (task, value)))
            .filter_map(|(task, (network, value))| {
                Some(KeyDefault { task: (!shared).then_some(task), network, value: value? })
            })
            .collect()
    }
}
