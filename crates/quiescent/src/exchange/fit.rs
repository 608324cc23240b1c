//! Whether the arrays of a file are those of a network, by name and shape, and if not, what to do.

use super::ExchangeError;
use super::array_file::Entry;
use super::cells::CELLS;
use super::error::shown_name;
use super::weights::{Orientation, has_shape, oriented};
use crate::experiment::{Experiment, NetworkKind};
use crate::network::{Layout, Network, layout};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Most names that an error lists.
const MOST_NAMES: usize = 20;

/// A file's arrays by name, without what all names begin with.
pub(super) struct Found<'a> {
    pub(super) prefix: Option<&'a str>,
    entries: BTreeMap<&'a str, &'a Entry>,
}

impl<'a> Found<'a> {
    /// # Errors
    /// [`ExchangeError::Damaged`] if two arrays have one name.
    pub(super) fn new(path: &Path, list: &'a [Entry]) -> Result<Self, ExchangeError> {
        let prefix = common_prefix(list);
        let skipped = prefix.map_or(0, str::len);
        let mut entries = BTreeMap::new();
        for entry in list {
            if entries.insert(&entry.name[skipped..], entry).is_some() {
                return Err(ExchangeError::damaged(
                    path,
                    format!("it holds two arrays of the name `{}`", shown_name(&entry.name)),
                ));
            }
        }
        Ok(Self { prefix, entries })
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a Entry> {
        self.entries.get(name).copied()
    }

    fn has(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }
}

/// What all names begin with, up to a dot, as wrappers of modules add it. Whether it is one shows in
/// the names behind it, all of which have a dot of their own (`w_rec.weight`).
fn common_prefix(list: &[Entry]) -> Option<&str> {
    let first = list.first()?.name.as_str();
    first.rmatch_indices('.').map(|(dot, _)| &first[..=dot]).find(|prefix| {
        list.len() > 1
            && list
                .iter()
                .all(|entry| entry.name.strip_prefix(prefix).is_some_and(|name| name.contains('.')))
    })
}

/// The parameters of an experiment like the network's, with other settings.
fn layout_of(network: &Network, change: impl FnOnce(&mut Experiment)) -> Arc<Layout> {
    let mut experiment = network.experiment().as_ref().clone();
    change(&mut experiment);
    layout(&experiment, network.task().as_ref())
}

/// Refuses other names than the network's parameters have (and `cells.preferred`).
pub(super) fn check_names(
    path: &Path,
    found: &Found<'_>,
    network: &Network,
) -> Result<(), ExchangeError> {
    let expected = network.parameters().layout();
    let missing = missing_of(expected, found);
    let extra = extra_of(expected, found);
    if missing.is_empty() && extra.is_empty() {
        return Ok(());
    }
    let advice = other_network(found, network).unwrap_or_else(|| {
        let names = list(expected.tensors().iter().map(|tensor| tensor.name.as_str()));
        if extra.iter().any(|name| name.starts_with("adam.m.")) {
            "this is a run's checkpoint: use the run itself, or what `quiescent export` makes of it"
                .to_owned()
        } else if missing.is_empty() {
            format!("save only the arrays of the experiment's network: {names}")
        } else {
            format!("rename its arrays to those of the experiment's network: {names}")
        }
    });
    let mut parts = Vec::new();
    if !missing.is_empty() {
        parts.push(format!("it lacks {}", list(missing.iter().copied())));
    }
    if !extra.is_empty() {
        parts.push(format!(
            "it holds {}, which the experiment's network does not have",
            list(extra.iter().copied())
        ));
    }
    if !missing.is_empty() {
        let prefix = found.prefix.map_or(String::new(), |prefix| {
            format!(" (behind `{}`, which all of them begin with)", shown_name(prefix))
        });
        parts.push(match found.entries.len() {
            0 => "there are no arrays in it".to_owned(),
            _ => format!("there are {}{prefix}", list(found.entries.keys().copied())),
        });
    }
    parts.push(advice);
    let detail = parts.join("; ");
    Err(ExchangeError::Names { path: path.to_owned(), detail })
}

/// The settings that make the experiment's network the file's, if its names are those of another
/// kind or tell of biases.
fn other_network(found: &Found<'_>, network: &Network) -> Option<String> {
    let spec = &network.experiment().network;
    let fits = |kind, biases| {
        let layout = layout_of(network, |e| (e.network.kind, e.network.biases) = (kind, biases));
        missing_of(&layout, found).is_empty() && extra_of(&layout, found).is_empty()
    };
    if fits(spec.kind, !spec.biases) {
        let (has, set) = if spec.biases { ("no biases", false) } else { ("biases", true) };
        return Some(format!("the file's network has {has}: set network.biases={set}"));
    }
    for (kind, name) in [(NetworkKind::Rnn, "rnn"), (NetworkKind::Gru, "gru")] {
        for biases in [false, true] {
            if fits(kind, biases) {
                return Some(format!(
                    "the file's network is a {}: set network.kind={name} network.biases={biases}",
                    name.to_uppercase()
                ));
            }
        }
    }
    None
}

fn missing_of<'l>(layout: &'l Layout, found: &Found<'_>) -> Vec<&'l str> {
    let names = layout.tensors().iter().map(|tensor| tensor.name.as_str());
    names.filter(|name| !found.has(name)).collect()
}

fn extra_of<'f>(layout: &Layout, found: &Found<'f>) -> Vec<&'f str> {
    let names = found.entries.keys().copied();
    names.filter(|name| *name != CELLS && layout.find(name).is_none()).collect()
}

/// Refuses other shapes than the network's; the names have been found to be right.
pub(super) fn check_shapes(
    path: &Path,
    found: &Found<'_>,
    network: &Network,
    orientation: Orientation,
) -> Result<(), ExchangeError> {
    let tensors = || {
        let tensors = network.parameters().layout().tensors().iter();
        tensors.filter_map(|tensor| Some((tensor, found.get(&tensor.name)?)))
    };
    let fits = |orientation| {
        tensors().all(|(tensor, entry)| has_shape(entry, &oriented(&tensor.shape, orientation)))
    };
    for (tensor, entry) in tensors() {
        let expected = oriented(&tensor.shape, orientation);
        if has_shape(entry, &expected) {
            continue;
        }
        let advice = if fits(orientation.other()) {
            let layout = orientation.other().name();
            format!("; all shapes fit matrices in the other order of axes: use --layout {layout}")
        } else {
            sizes(found, network, orientation)
        };
        return Err(ExchangeError::Shape {
            path: path.to_owned(),
            tensor: shown_name(&entry.name),
            expected,
            got: entry.shape.clone(),
            advice,
        });
    }
    Ok(())
}

/// The task or the sizes that the file's own matrices tell, where they are not the experiment's.
fn sizes(found: &Found<'_>, network: &Network, orientation: Orientation) -> String {
    let (input, recurrent, readout) = match network.experiment().network.kind {
        NetworkKind::Rnn => ("w_in.weight", "w_rec.weight", "w_out.weight"),
        NetworkKind::Gru => ("w_h.weight", "u_h.weight", "decoder.weight"),
    };
    let pair = |name: &str| match found.get(name)?.shape[..] {
        [out, into] if orientation == Orientation::OutIn => Some((out, into)),
        [into, out] => Some((out, into)),
        _ => None,
    };
    match (pair(input), network.task().stimulus_dim()) {
        (Some((_, 1)), 2) => {
            return "; its input is one number: choose a head_direction experiment".to_owned();
        }
        (Some((_, 2)), 1) => {
            return "; its input are two numbers: choose a spatial experiment".to_owned();
        }
        _ => {}
    }
    let Some((units, _)) = pair(recurrent).filter(|(out, into)| out == into) else {
        return String::new();
    };
    let mut keys = Vec::new();
    if units != network.experiment().network.units as u64 {
        keys.push(format!("network.units={units}"));
    }
    if let Some((cells, into)) = pair(readout)
        && into == units
        && cells != network.task().target_dim() as u64
    {
        keys.push(format!("task.cells.count={cells}"));
    }
    if keys.is_empty() {
        return String::new();
    }
    format!("; for a network of the file's size set {}", keys.join(" "))
}

/// Names in backquotes, as many as fit an error.
fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    let mut text: Vec<String> =
        names.iter().take(MOST_NAMES).map(|name| format!("`{}`", shown_name(name))).collect();
    if names.len() > MOST_NAMES {
        text.push(format!("and {} more", names.len() - MOST_NAMES));
    }
    text.join(", ")
}
