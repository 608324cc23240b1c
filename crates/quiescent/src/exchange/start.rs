//! The state in which an imported network begins: by its encoder, or always the same.

use super::ExchangeError;
use super::array_file::Entry;
use super::error::shown_name;
use super::names::{find, list};
use std::path::Path;

/// How an imported network begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum StartState {
    /// As the file has it: by an encoder of the first position or heading, or in a learnt state that
    /// its name tells.
    #[default]
    File,
    /// With all rates zero, wherever the animal is.
    Zeros,
    /// In the state that the array of this name holds, wherever the animal is.
    Array(String),
}

/// What a learnt start state is called, in lower case.
const NAMES: [&str; 21] = [
    "h0",
    "h_0",
    "r0",
    "r_0",
    "hidden0",
    "hidden_0",
    "state0",
    "state_0",
    "h_init",
    "init_h",
    "initial_h",
    "hidden_init",
    "init_hidden",
    "initial_hidden",
    "initial_hidden_state",
    "init_state",
    "initial_state",
    "start_state",
    "learned_h0",
    "learnt_h0",
    "state_init",
];

/// Whether this looks like a learnt start state of `units` units.
pub(super) fn is_learnt(entry: &Entry, units: u64) -> bool {
    has_shape(entry, units)
        && entry.name.split('.').any(|part| NAMES.contains(&part.to_ascii_lowercase().as_str()))
}

/// One state: `[unit]`, also behind axes of length one, as of layers and trials.
pub(super) fn has_shape(entry: &Entry, units: u64) -> bool {
    match entry.shape.split_last() {
        Some((&last, before)) => last == units && before.iter().all(|&length| length == 1),
        None => false,
    }
}

/// The learnt start state to take in place of an encoder, none for zeros; `others` are the arrays
/// that have no other use.
///
/// # Errors
/// [`ExchangeError::Names`] if nothing says how the network begins, or more than one thing does.
pub(super) fn without_encoder<'e>(
    path: &Path,
    entries: &'e [Entry],
    others: &[&'e Entry],
    units: u64,
    asked: &StartState,
) -> Result<Option<&'e Entry>, ExchangeError> {
    let names = |detail: String| ExchangeError::Names { path: path.to_owned(), detail };
    match asked {
        StartState::Zeros => Ok(None),
        StartState::Array(name) => {
            let entry = match entries.iter().find(|entry| entry.name == *name) {
                Some(entry) => Some(entry),
                None => find(path, entries, name)?,
            };
            let entry = entry.filter(|entry| others.iter().any(|other| other.name == entry.name));
            let Some(entry) = entry else {
                return Err(names(format!(
                    "--start {}: expected zeros or the name of an array that has no other use{}",
                    shown_name(name),
                    match others.len() {
                        0 => ", of which there are none".to_owned(),
                        _ => format!(": {}", list(others.iter().map(|entry| entry.name.as_str()))),
                    }
                )));
            };
            if !has_shape(entry, units) {
                return Err(ExchangeError::Shape {
                    path: path.to_owned(),
                    tensor: shown_name(&entry.name),
                    expected: vec![units as usize],
                    got: entry.shape.clone(),
                    advice: "; a start state is one number per unit".to_owned(),
                });
            }
            Ok(Some(entry))
        }
        StartState::File => {
            let learnt: Vec<&Entry> =
                others.iter().copied().filter(|entry| is_learnt(entry, units)).collect();
            match learnt[..] {
                [entry] => Ok(Some(entry)),
                [] => {
                    let fits = others.iter().find(|entry| has_shape(entry, units));
                    let name = fits.map_or("NAME".to_owned(), |entry| shown_name(&entry.name));
                    let left = match others.len() {
                        0 => String::new(),
                        _ => format!(
                            " (left over: {})",
                            list(others.iter().map(|entry| entry.name.as_str()))
                        ),
                    };
                    Err(names(format!(
                        "it lacks `encoder.weight`, the matrix that makes the first state of the \
                         first position or heading, and no array is called like a learnt start \
                         state{left}. Say how the network began in training: --start zeros, or \
                         --start {name} for the array of a learnt start state. It then begins alike \
                         everywhere, so it cannot know where it starts, only how far it has gone"
                    )))
                }
                _ => Err(names(format!(
                    "it lacks `encoder.weight`, and more than one array looks like a learnt start \
                     state: {}; choose with --start NAME",
                    list(learnt.iter().map(|entry| entry.name.as_str()))
                ))),
            }
        }
    }
}
