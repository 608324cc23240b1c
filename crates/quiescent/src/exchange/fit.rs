//! Whether the arrays of a file are those of a network, by name and shape, and if not, what to do.

use super::ExchangeError;
use super::array_file::Entry;
use super::cells::CELLS;
use super::error::shown_name;
use super::names::{is_named, list};
use super::plan::{Plan, Rows, is_bias, layout_of, out_into};
use super::start;
use super::weights::Orientation;
use crate::experiment::{NetworkKind, Reset};
use crate::network::{Layout, Network};
use std::path::Path;

/// The refusal of other names than the network's parameters have: `missing` of its weights, and the
/// arrays that have no use.
pub(super) fn other_names(
    path: &Path,
    entries: &[Entry],
    network: &Network,
    missing: &[&str],
    extra: &[&Entry],
) -> ExchangeError {
    let names = |entries: &[&Entry]| list(entries.iter().map(|entry| entry.name.as_str()));
    let mut parts = Vec::new();
    if !missing.is_empty() {
        parts.push(format!("it lacks {}", list(missing.iter().copied())));
    }
    if !extra.is_empty() {
        parts.push(format!(
            "it holds {}, which the experiment's network does not have",
            names(extra)
        ));
    }
    if !missing.is_empty() {
        parts.push(match entries.len() {
            0 => "there are no arrays in it".to_owned(),
            _ => format!("there are {}", names(&entries.iter().collect::<Vec<_>>())),
        });
    }
    let expected = network.parameters().layout();
    let own = || list(expected.tensors().iter().map(|tensor| tensor.name.as_str()));
    parts.push(if let Some(entry) = extra.iter().find(|entry| is_reparametrised(entry)) {
        format!(
            "`{}` is a part that PyTorch computes a weight from; save the weights themselves, after \
             torch.nn.utils.parametrize.remove_parametrizations (or remove_weight_norm, \
             remove_spectral_norm, prune.remove)",
            shown_name(&entry.name)
        )
    } else if let Some(advice) = other_network(entries, network) {
        advice
    } else if missing.is_empty() {
        format!("save only the arrays of the experiment's network: {}", own())
    } else {
        format!(
            "if its equations are those of docs/formats.md, rename its arrays to those of the \
             experiment's network: {}",
            own()
        )
    });
    ExchangeError::Names { path: path.to_owned(), detail: parts.join("; ") }
}

/// What `torch.nn.utils` saves in place of a weight that is computed: by parametrizations, weight
/// norm, spectral norm or pruning.
fn is_reparametrised(entry: &Entry) -> bool {
    entry.name.contains(".parametrizations.")
        || ["weight_orig", "weight_mask", "weight_g", "weight_v"]
            .iter()
            .any(|name| is_named(entry, name))
}

/// The settings that make the experiment's network the file's, if its names are those of another
/// kind.
fn other_network(entries: &[Entry], network: &Network) -> Option<String> {
    let experiment = network.experiment();
    let settings = [
        (NetworkKind::Rnn, None, "network.kind=rnn"),
        (NetworkKind::Gru, Some(Reset::Before), "network.kind=gru"),
        (NetworkKind::Gru, Some(Reset::After), "network.kind=gru network.reset=after"),
    ];
    for (kind, reset, set) in settings {
        if (kind, reset) == (experiment.network.kind, experiment.network.reset) {
            continue;
        }
        let mut other = experiment.as_ref().clone();
        (other.network.kind, other.network.reset) = (kind, reset);
        let layout = layout_of(&other, network, true);
        let tensor_of = |entry: &Entry| layout.tensors().iter().find(|t| is_named(entry, &t.name));
        let has = |name: &str| entries.iter().any(|entry| is_named(entry, name));
        let whole = layout.tensors().iter().all(|t| is_bias(&t.name) || has(&t.name));
        let all = entries.iter().all(|e| is_named(e, CELLS) || tensor_of(e).is_some());
        if whole && all {
            let biases = entries.iter().filter_map(tensor_of).any(|t| is_bias(&t.name));
            let name = if kind == NetworkKind::Rnn { "an RNN" } else { "a GRU" };
            return Some(format!(
                "the file's network is {name}: set {set} network.biases={biases}"
            ));
        }
    }
    None
}

/// Refuses other shapes than the network's.
pub(super) fn check_shapes(
    path: &Path,
    plan: &Plan<'_>,
    network: &Network,
    orientation: Orientation,
) -> Result<(), ExchangeError> {
    let arrays = || {
        let tensors = plan.layout.tensors().iter().zip(&plan.sources);
        tensors.flat_map(|(tensor, source)| source.iter().map(move |rows| (tensor, rows)))
    };
    let shape = |tensor: &[usize], rows: &Rows<'_>, orientation| {
        let mut shape = tensor.to_vec();
        if let Some(out) = shape.first_mut() {
            *out *= rows.of;
        }
        if orientation == Orientation::InOut && shape.len() == 2 {
            shape.reverse();
        }
        shape
    };
    let fits = |orientation| {
        arrays().all(|(tensor, rows)| {
            has_shape(rows.entry, &shape(&tensor.shape, rows, orientation))
                || tensor.shape.len() == 1
        })
    };
    for (tensor, rows) in arrays() {
        let expected = shape(&tensor.shape, rows, orientation);
        let is_start = tensor.name == "encoder.bias"
            && start::has_shape(rows.entry, plan.layout.tensors()[0].shape[0] as u64);
        if is_start || has_shape(rows.entry, &expected) {
            continue;
        }
        let advice = if fits(orientation.other()) {
            let layout = orientation.other().name();
            format!("; all shapes fit matrices in the other order of axes: use --layout {layout}")
        } else {
            sizes(plan, network, orientation)
        };
        return Err(ExchangeError::Shape {
            path: path.to_owned(),
            tensor: shown_name(&rows.entry.name),
            expected,
            got: rows.entry.shape.clone(),
            advice,
        });
    }
    Ok(())
}

/// Whether an array has this shape.
fn has_shape(entry: &Entry, shape: &[usize]) -> bool {
    entry.shape.len() == shape.len()
        && entry.shape.iter().zip(shape).all(|(&got, &expected)| got == expected as u64)
}

/// The task or the sizes that the file's own matrices tell, where they are not the experiment's.
fn sizes(plan: &Plan<'_>, network: &Network, orientation: Orientation) -> String {
    let (input, recurrent, readout) = match plan.experiment.network.kind {
        NetworkKind::Rnn => ("w_in.weight", "w_rec.weight", "w_out.weight"),
        NetworkKind::Gru => ("w_h.weight", "u_h.weight", "decoder.weight"),
    };
    let pair = |name: &str| {
        let rows = source(&plan.layout, plan, name)?;
        let (out, into) = out_into(rows.entry, orientation)?;
        let of = rows.of as u64;
        out.is_multiple_of(of).then(|| (out / of, into))
    };
    match (pair(input), network.task().space().dim()) {
        (Some((_, 1)), 2) => {
            return "; its input is one number: choose a head_direction experiment".to_owned();
        }
        (Some((_, 2)), 1) => {
            return "; its input is two numbers: choose a spatial experiment".to_owned();
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

fn source<'p, 'e>(layout: &Layout, plan: &'p Plan<'e>, name: &str) -> Option<&'p Rows<'e>> {
    let place = layout.tensors().iter().position(|tensor| tensor.name == name)?;
    plan.sources[place].first()
}
