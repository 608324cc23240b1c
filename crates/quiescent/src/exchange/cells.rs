//! Preferred positions or headings of the target cells of an imported network.

use super::array_file::{ArrayFile, Entry};
use super::error::ExchangeError;
use super::names::{CELLS, is_named};
use super::reason::{ArraysReason, Reason, ShapeHint};
use super::shown;
use crate::network::Network;
use ndarray::Array2;
use std::collections::HashMap;
use std::io::{Read, Seek};
use std::path::Path;

/// Reads the cells of `network`'s task: `[cell, dim]` in m or rad (headings also `[cell]`), from
/// an npy file, or from an npz or safetensors file that has a single array or one named
/// `cells.preferred`.
///
/// # Errors
/// [`ExchangeError`] for a file that cannot be read, is damaged, is a pickle, or holds cells that
/// do not fit the task.
pub fn read_cells(path: &Path, network: &Network) -> Result<Array2<f32>, ExchangeError> {
    let read = || from_file(&mut ArrayFile::open(path, expected_values(network))?, network);
    read().map_err(ExchangeError::at(path))
}

/// Number of values in a file for this network.
pub(super) fn expected_values(network: &Network) -> usize {
    network.parameters().layout().parameter_count() + network.task().preferred().len()
}

fn from_file<R: Read + Seek>(
    file: &mut ArrayFile<R>,
    network: &Network,
) -> Result<Array2<f32>, Reason> {
    let entries = file.entries();
    let named = entries.iter().find(|entry| is_named(entry, CELLS));
    let entry = match (named, entries) {
        (Some(entry), _) | (None, [entry]) => entry.clone(),
        // A file of weights that includes the cells is also a file of cells.
        _ => match from_metadata(file.metadata(), network)? {
            Some(cells) => return Ok(cells),
            None => {
                return Err(ArraysReason::NotCells { count: entries.len(), name: CELLS }.into());
            }
        },
    };
    read(file, &entry, network)
}

/// Reads the cells from one of a file's arrays.
pub(super) fn read<R: Read + Seek>(
    file: &mut ArrayFile<R>,
    entry: &Entry,
    network: &Network,
) -> Result<Array2<f32>, Reason> {
    let dim = network.task().space().dim();
    let count = network.task().preferred().len() / dim;
    let fits = match entry.shape[..] {
        [rows] => dim == 1 && rows == count as u64,
        [rows, columns] => rows == count as u64 && columns == dim as u64,
        _ => false,
    };
    if !fits {
        let hint = match (count, &entry.shape[..]) {
            (0, _) => ShapeHint::NoCells,
            (_, &[rows, columns]) if (columns, rows) == (count as u64, dim as u64) => {
                ShapeHint::Transposed
            }
            _ => ShapeHint::CellCount,
        };
        return Err(Reason::Shape {
            tensor: shown::name(&entry.name),
            expected: vec![count, dim],
            got: entry.shape.clone(),
            hint: Some(hint),
        });
    }
    checked(file.read(entry)?, network)
}

/// The cells that [`export`](super::export()) wrote to the metadata, if any.
pub(super) fn from_metadata(
    metadata: &HashMap<String, String>,
    network: &Network,
) -> Result<Option<Array2<f32>>, Reason> {
    let Some(text) = metadata.get(CELLS) else { return Ok(None) };
    let rows: Vec<Vec<f32>> = serde_json::from_str(text).map_err(|error| {
        Reason::damaged(format!("its metadata `{CELLS}` is not a JSON list of positions: {error}"))
    })?;
    let dim = network.task().space().dim();
    if rows.iter().any(|row| row.len() != dim) {
        return Err(Reason::damaged(format!(
            "its metadata `{CELLS}` is not a list of positions of {dim} numbers each"
        )));
    }
    checked(rows.concat(), network).map(Some)
}

/// Checks that the task can have these cells.
fn checked(values: Vec<f32>, network: &Network) -> Result<Array2<f32>, Reason> {
    network.task().with_preferred(&values)?;
    let dim = network.task().space().dim();
    // The task has checked the number of values.
    Ok(Array2::from_shape_vec((values.len() / dim, dim), values).unwrap_or_default())
}
