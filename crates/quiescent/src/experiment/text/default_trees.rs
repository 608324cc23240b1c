//! The defaults as trees, made once: sweeps plan and read experiments by the thousand.

use std::sync::OnceLock;

use super::node::{Node, Value};
use super::serialize::to_node;
use crate::experiment::{NetworkKind, SpecError, TaskSpec, defaults};

/// Kinds of network, each of which has its own defaults.
const NETWORKS: [NetworkKind; 2] = [NetworkKind::Rnn, NetworkKind::Gru];

/// What a file leaves out.
pub(crate) struct DefaultTrees {
    /// The whole experiment.
    pub(crate) experiment: Node,
    /// Members of `task.drift`, where there is one.
    pub(crate) drift: Node,
    /// Members of `task.recording`, where there is one; its file has no default.
    pub(crate) recording: Node,
}

impl DefaultTrees {
    /// The defaults for a kind of task and of network. None for an unknown kind of task.
    pub(crate) fn of(task: &str, network: NetworkKind) -> Result<Option<&'static Self>, SpecError> {
        static MADE: [[OnceLock<DefaultTrees>; NETWORKS.len()]; TaskSpec::KINDS.len()] =
            [const { [const { OnceLock::new() }; NETWORKS.len()] }; TaskSpec::KINDS.len()];
        let row = TaskSpec::KINDS.iter().position(|kind| *kind == task);
        let column = NETWORKS.iter().position(|kind| *kind == network);
        let (Some(row), Some(column)) = (row, column) else { return Ok(None) };
        let made = &MADE[row][column];
        if made.get().is_none() {
            let Some(trees) = Self::make(task, network)? else { return Ok(None) };
            // Another thread may have been faster, with the same.
            let _ = made.set(trees);
        }
        Ok(made.get())
    }

    fn make(task: &str, network: NetworkKind) -> Result<Option<Self>, SpecError> {
        let Some(experiment) = defaults::experiment(task, network) else { return Ok(None) };
        let mut recording = to_node(&defaults::recording(task))?;
        if let Value::Map(entries) = &mut recording.value {
            entries.retain(|entry| entry.key != "file");
        }
        Ok(Some(Self {
            experiment: to_node(&experiment)?,
            drift: to_node(&defaults::drift())?,
            recording,
        }))
    }
}
