//! The state in which a network without an encoder always begins.

use super::array_file::Entry;
use super::names::{find, shown_names};
use super::options::StartState;
use super::reason::{Reason, ShapeHint, StartReason};
use super::shown;

/// Names of learnt start states, in lower case.
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
fn is_learnt(entry: &Entry, units: u64) -> bool {
    has_shape(entry, units)
        && entry.name.split('.').any(|part| NAMES.contains(&part.to_ascii_lowercase().as_str()))
}

/// Whether the shape is one state: `[unit]`, possibly after axes of length one, such as layers
/// and trials.
pub(super) fn has_shape(entry: &Entry, units: u64) -> bool {
    match entry.shape.split_last() {
        Some((&last, before)) => last == units && before.iter().all(|&length| length == 1),
        None => false,
    }
}

/// The learnt start state to use instead of an encoder; none for zeros. `others` are the unused
/// arrays.
///
/// # Errors
/// [`Reason::Start`] if the start of the network is unknown or ambiguous; [`Reason::Shape`] if
/// the requested array is not a state.
pub(super) fn without_encoder<'e>(
    entries: &'e [Entry],
    others: &[&'e Entry],
    units: u64,
    asked: &StartState,
) -> Result<Option<&'e Entry>, Reason> {
    let other_names = || shown_names(others.iter().copied());
    match asked {
        StartState::Zeros => Ok(None),
        StartState::Array(name) => {
            let entry = match entries.iter().find(|entry| entry.name == *name) {
                Some(entry) => Some(entry),
                None => find(entries, name)?,
            };
            let entry = entry.filter(|entry| others.iter().any(|other| other.name == entry.name));
            let Some(entry) = entry else {
                let (array, others) = (shown::name(name), other_names());
                return Err(StartReason::NoSuchArray { array, others }.into());
            };
            if !has_shape(entry, units) {
                return Err(Reason::Shape {
                    tensor: shown::name(&entry.name),
                    expected: vec![units as usize],
                    got: entry.shape.clone(),
                    hint: Some(ShapeHint::OneState),
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
                    let fits = fits.map(|entry| shown::name(&entry.name));
                    Err(StartReason::Unknown { fits, others: other_names() }.into())
                }
                _ => Err(StartReason::Several { arrays: shown_names(learnt) }.into()),
            }
        }
    }
}
