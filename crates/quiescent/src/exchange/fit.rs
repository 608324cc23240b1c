//! Whether the arrays of a file fit a network, by name and shape, and if not, what would help.

use super::array_file::{Entry, Rows, Sources};
use super::names::{CELLS, is_named, shown_names};
use super::options::Orientation;
use super::reason::{ArraysReason, Reason, Remedy, ShapeHint};
use super::shown;
use super::start;
use crate::network::{ARCHITECTURES, Architecture, Layout, Sizes};

/// The error for names other than those of `own`, the parameters of an experiment's network of
/// this kind. `missing` lists the missing weights; the rest are unused arrays.
pub(super) fn other_names(
    entries: &[Entry],
    own: &Layout,
    architecture: &Architecture,
    missing: &[&str],
    extra: &[&Entry],
) -> ArraysReason {
    let own = || own.tensors().iter().map(|tensor| tensor.name.clone()).collect();
    let remedy = if let Some(entry) = extra.iter().find(|entry| is_reparametrised(entry)) {
        Remedy::SaveWeights(shown::name(&entry.name))
    } else if let Some(remedy) = other_kind(entries, architecture) {
        remedy
    } else if missing.is_empty() {
        Remedy::SaveOnly(own())
    } else {
        Remedy::Rename(own())
    };
    ArraysReason::Mismatch {
        missing: missing.iter().map(|&name| name.to_owned()).collect(),
        extra: shown_names(extra.iter().copied()),
        present: shown_names(entries),
        remedy,
    }
}

/// Arrays that `torch.nn.utils` saves instead of a computed weight: by parametrizations, weight
/// norm, spectral norm or pruning.
fn is_reparametrised(entry: &Entry) -> bool {
    entry.name.contains(".parametrizations.")
        || ["weight_orig", "weight_mask", "weight_g", "weight_v"]
            .iter()
            .any(|name| is_named(entry, name))
}

/// The settings with which the experiment's network is the file's, if the file has the names of
/// another kind.
fn other_kind(entries: &[Entry], architecture: &Architecture) -> Option<Remedy> {
    let is_of = |other: &Architecture| {
        let has = |name: &str| entries.iter().any(|entry| is_named(entry, name));
        let knows = |entry: &Entry| {
            is_named(entry, CELLS)
                || other.weights().chain(other.biases()).any(|name| is_named(entry, name))
        };
        other.weights().all(has) && entries.iter().all(knows)
    };
    let other = ARCHITECTURES.into_iter().find(|other| *other != architecture && is_of(other))?;
    let biases = entries.iter().any(|entry| other.biases().any(|name| is_named(entry, name)));
    let settings = other.settings.iter().map(|&setting| setting.to_owned());
    let settings = settings.chain([format!("network.biases={biases}")]).collect();
    Some(Remedy::OtherKind { network: other.name, settings })
}

/// Fails for shapes that differ from those of `layout`, the parameters of a network with these
/// sizes.
pub(super) fn check_shapes(
    layout: &Layout,
    sources: &Sources<'_>,
    architecture: &Architecture,
    sizes: Sizes,
    orientation: Orientation,
) -> Result<(), Reason> {
    let arrays = || {
        layout.tensors().iter().flat_map(|tensor| {
            sources.get(tensor.name.as_str()).into_iter().flatten().map(move |rows| (tensor, rows))
        })
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
        let is_start = tensor.name == architecture.encoder.bias
            && start::has_shape(rows.entry, sizes.units as u64);
        if is_start || has_shape(rows.entry, &expected) {
            continue;
        }
        let hint = if fits(orientation.other()) {
            Some(ShapeHint::OtherOrder(orientation.other()))
        } else {
            other_sizes(sources, architecture, sizes, orientation)
        };
        let (tensor, got) = (shown::name(&rows.entry.name), rows.entry.shape.clone());
        return Err(Reason::Shape { tensor, expected, got, hint });
    }
    Ok(())
}

/// Whether an array has this shape.
fn has_shape(entry: &Entry, shape: &[usize]) -> bool {
    entry.shape.len() == shape.len()
        && entry.shape.iter().zip(shape).all(|(&got, &expected)| got == expected as u64)
}

/// The task or the sizes of the file's matrices, if they differ from the experiment's.
fn other_sizes(
    sources: &Sources<'_>,
    architecture: &Architecture,
    sizes: Sizes,
    orientation: Orientation,
) -> Option<ShapeHint> {
    let pair = |name: &str| {
        let rows = sources.get(name)?.first()?;
        let (out, into) = orientation.out_into(&rows.entry.shape)?;
        let of = rows.of as u64;
        out.is_multiple_of(of).then(|| (out / of, into))
    };
    let set = architecture.main_set();
    match (pair(set.input), sizes.inputs) {
        (Some((_, 1)), 2) => return Some(ShapeHint::Headings),
        (Some((_, 2)), 1) => return Some(ShapeHint::Positions),
        _ => {}
    }
    let (units, _) = pair(set.recurrent).filter(|(out, into)| out == into)?;
    let mut settings = Vec::new();
    if units != sizes.units as u64 {
        settings.push(format!("network.units={units}"));
    }
    if let Some((cells, into)) = pair(architecture.readout.weight)
        && into == units
        && cells != sizes.targets as u64
    {
        settings.push(format!("task.cells.count={cells}"));
    }
    (!settings.is_empty()).then_some(ShapeHint::Sizes(settings))
}
