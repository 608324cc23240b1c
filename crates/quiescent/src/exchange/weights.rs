//! The weights of a network that was trained elsewhere.

use super::array_file::{ArrayFile, Entry};
use super::cells::{self, CELLS};
use super::fit::{self, Found};
use super::{ExchangeError, Precision};
use crate::network::{Network, Parameters};
use crate::numerics::matmul::transpose;
use ndarray::Array2;
use std::collections::BTreeSet;
use std::io::{Read, Seek};
use std::path::Path;

/// Order of the axes of a weight matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Orientation {
    /// `[out, in]`, as PyTorch has it: `W x`.
    OutIn,
    /// `[in, out]`: `x W`.
    InOut,
}

impl Orientation {
    /// Its name in flags and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::OutIn => "out_in",
            Self::InOut => "in_out",
        }
    }

    pub(super) fn other(self) -> Self {
        match self {
            Self::OutIn => Self::InOut,
            Self::InOut => Self::OutIn,
        }
    }
}

/// What was read from a file of weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// The parameters, laid out for the network that was asked for.
    pub parameters: Parameters,
    /// Preferred positions (m) or headings (rad) of the target cells, `[cell, dim]`, if the file has
    /// them: as an array `cells.preferred`, or as the metadata that [`export`](super::export()) writes.
    pub cells: Option<Array2<f32>>,
    /// The types of the weights in the file; those but [`Precision::Single`] were converted.
    pub precisions: BTreeSet<Precision>,
    /// What all names in the file began with, such as `module.`; it was left away.
    pub prefix: Option<String>,
}

/// Reads weights for `network`, whose own are ignored: safetensors or npz with the names of a
/// PyTorch `state_dict`. Nothing is read before names and shapes have been found to fit.
///
/// # Errors
/// [`ExchangeError`] for a file that cannot be read, is damaged, is a pickle, or holds other arrays
/// than this network has.
pub fn read_weights(
    path: &Path,
    network: &Network,
    orientation: Orientation,
) -> Result<Weights, ExchangeError> {
    let mut file = ArrayFile::open(path, expected_values(network))?;
    from_file(&mut file, path, network, orientation)
}

/// Values that a file for this network holds.
pub(super) fn expected_values(network: &Network) -> usize {
    network.parameters().layout().parameter_count() + network.task().preferred().len()
}

pub(super) fn from_file<R: Read + Seek>(
    file: &mut ArrayFile<R>,
    path: &Path,
    network: &Network,
    orientation: Orientation,
) -> Result<Weights, ExchangeError> {
    let entries = file.entries().to_vec();
    let found = Found::new(path, &entries)?;
    fit::check_names(path, &found, network)?;
    fit::check_shapes(path, &found, network, orientation)?;
    let layout = network.parameters().layout();
    let mut parameters = Parameters::zeros(layout);
    let mut precisions = BTreeSet::new();
    for (index, tensor) in layout.tensors().iter().enumerate() {
        // Every name has been found to be there.
        let Some(entry) = found.get(&tensor.name) else { continue };
        let values = file.read(entry)?;
        precisions.extend(entry.precision.as_ref().copied());
        let to = parameters.tensor_mut(index);
        match tensor.shape[..] {
            [out, into] if orientation == Orientation::InOut => transpose(&values, into, out, to),
            _ => to.copy_from_slice(&values),
        }
    }
    let cells = match found.get(CELLS) {
        Some(entry) => Some(cells::read(file, path, entry, network)?),
        None => cells::from_metadata(path, file.metadata(), network)?,
    };
    let prefix = found.prefix.map(str::to_owned);
    Ok(Weights { parameters, cells, precisions, prefix })
}

/// The shape that the file should have of a tensor of shape `shape`.
pub(super) fn oriented(shape: &[usize], orientation: Orientation) -> Vec<usize> {
    match (shape, orientation) {
        (&[out, into], Orientation::InOut) => vec![into, out],
        _ => shape.to_vec(),
    }
}

/// Whether an array has this shape.
pub(super) fn has_shape(entry: &Entry, shape: &[usize]) -> bool {
    entry.shape.len() == shape.len()
        && entry.shape.iter().zip(shape).all(|(&got, &expected)| got == expected as u64)
}
