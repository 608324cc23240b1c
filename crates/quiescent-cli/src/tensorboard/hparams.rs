//! Hyperparameters, for TensorBoard's HPARAMS tab: every key of the experiment.

use super::event::{now_s, plugin_data};
use super::protobuf::Message;
use super::tags;
use crate::ui::failure::Failure;
use quiescent::experiment::{Experiment, shipped};
use serde_json::Value;

const PLUGIN: &str = "hparams";
/// Whole numbers up to here are exact in double precision, the only numbers that the tab has.
const EXACT: u64 = 1 << 53;

/// How a training session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// All batches were trained.
    Finished = 1,
    /// The loss was no longer finite.
    Diverged = 2,
}

/// A hyperparameter as the tab has it.
enum Parameter {
    Number(f64),
    Bool(bool),
    Text(String),
}

impl Parameter {
    fn of(value: &Value) -> Self {
        match value {
            Value::Bool(value) => Self::Bool(*value),
            // A seed of more than 53 bits stays itself only as a text.
            Value::Number(number) => match (number.as_u64(), number.as_f64()) {
                (Some(whole), _) if whole > EXACT => Self::Text(whole.to_string()),
                (_, Some(value)) => Self::Number(value),
                _ => Self::Text(number.to_string()),
            },
            Value::String(text) => Self::Text(text.clone()),
            Value::Null => Self::Text("none".to_owned()),
            other => Self::Text(other.to_string()),
        }
    }

    fn data_type(&self) -> u64 {
        match self {
            Self::Text(_) => 1,
            Self::Bool(_) => 2,
            Self::Number(_) => 3,
        }
    }

    /// As a `google.protobuf.Value`.
    fn message(&self) -> Message {
        match self {
            Self::Number(value) => Message::new().double(2, *value),
            Self::Text(text) => Message::new().text(3, text),
            Self::Bool(value) => Message::new().integer(4, u64::from(*value)),
        }
    }
}

/// What columns there are. TensorBoard takes those of one run for all, so they are the same for
/// every task and network: the keys of this experiment and of all shipped ones.
pub(super) fn columns(experiment: &Experiment) -> Result<Message, Failure> {
    let mut keys: Vec<(String, Value)> = experiment.leaves()?;
    for (name, _) in shipped() {
        for (key, value) in Experiment::named(name)?.leaves()? {
            if keys.iter().all(|(known, _)| *known != key) {
                keys.push((key, value));
            }
        }
    }
    let mut columns = Message::new().text(6, "quiescent").double(3, now_s());
    for (key, value) in &keys {
        let info = Message::new().text(1, key).integer(4, Parameter::of(value).data_type());
        columns = columns.message(4, &info);
    }
    for tag in tags::ALL {
        let name = Message::new().text(2, tag);
        columns = columns.message(5, &Message::new().message(1, &name));
    }
    Ok(plugin_data("_hparams_/experiment", PLUGIN, &Message::new().message(2, &columns)))
}

/// The values of this run.
pub(super) fn values(experiment: &Experiment, run: &str) -> Result<Message, Failure> {
    let mut start = Message::new().text(4, run).double(5, now_s());
    for (key, value) in experiment.leaves()? {
        let entry = Message::new().text(1, &key).message(2, &Parameter::of(&value).message());
        start = start.message(1, &entry);
    }
    Ok(plugin_data("_hparams_/session_start_info", PLUGIN, &Message::new().message(3, &start)))
}

/// How the run ended.
pub(super) fn end(end: End) -> Message {
    let info = Message::new().integer(1, end as u64).double(2, now_s());
    plugin_data("_hparams_/session_end_info", PLUGIN, &Message::new().message(4, &info))
}
