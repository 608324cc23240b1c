//! TensorBoard's events: what an event file holds, as Protocol Buffers.

use super::protobuf::Message;
use std::time::{SystemTime, UNIX_EPOCH};

/// Number types of TensorFlow's tensors.
const FLOAT: u64 = 1;
const STRING: u64 = 7;
/// Says that a summary holds a tensor.
const DATA_CLASS_TENSOR: u64 = 2;
/// A session's status: training begins (again).
const START: u64 = 1;

/// Seconds since 1970-01-01 UTC.
pub(super) fn now_s() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// What every event file begins with.
pub(super) fn file_version() -> Message {
    Message::new().double(1, now_s()).text(3, "brain.Event:2")
}

/// Training begins or goes on; readers drop what earlier files hold of `step` and later ones.
pub(super) fn session_start(step: u64) -> Message {
    event(step).message(7, &Message::new().integer(1, START))
}

/// Numbers of one step, by tag.
pub(super) fn scalars<'a>(step: u64, values: impl Iterator<Item = (&'a str, f64)>) -> Message {
    let summary = values.fold(Message::new(), |summary, (tag, value)| {
        summary.message(1, &Message::new().text(1, tag).float(2, value as f32))
    });
    event(step).message(5, &summary)
}

/// A text in Markdown.
pub(super) fn text(step: u64, tag: &str, text: &str) -> Message {
    let shape = Message::new();
    let tensor = Message::new().integer(1, STRING).message(2, &shape).bytes(8, text.as_bytes());
    tensor_summary(step, tag, "text", &Message::new(), &tensor)
}

/// Data that a plugin keeps beside a tag; the tensor is empty.
pub(super) fn plugin_data(tag: &str, plugin: &str, content: &Message) -> Message {
    let no_elements = Message::new().message(2, &Message::new());
    let tensor = Message::new().integer(1, FLOAT).message(2, &no_elements);
    tensor_summary(0, tag, plugin, content, &tensor)
}

fn tensor_summary(
    step: u64,
    tag: &str,
    plugin: &str,
    content: &Message,
    tensor: &Message,
) -> Message {
    let plugin = Message::new().text(1, plugin).bytes(2, content.as_bytes());
    let metadata = Message::new().message(1, &plugin).integer(4, DATA_CLASS_TENSOR);
    let value = Message::new().text(1, tag).message(9, &metadata).message(8, tensor);
    event(step).message(5, &Message::new().message(1, &value))
}

fn event(step: u64) -> Message {
    Message::new().double(1, now_s()).integer(2, step)
}
