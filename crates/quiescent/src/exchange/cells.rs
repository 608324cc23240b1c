//! Preferred positions or headings of the target cells of an imported network.

use super::ExchangeError;
use super::array_file::{ArrayFile, Entry};
use super::error::shown_name;
use super::names::is_named;
use super::weights::expected_values;
use crate::network::Network;
use ndarray::Array2;
use std::collections::HashMap;
use std::io::{Read, Seek};
use std::path::Path;

/// Name of the cells' array among the weights, and of the metadata that hold them.
pub(super) const CELLS: &str = "cells.preferred";

/// Reads the cells of `network`'s task: `[cell, dim]` in m or rad (headings also `[cell]`), from an
/// npy file, or from an npz or safetensors file with one array or one of the name
/// `cells.preferred`.
///
/// # Errors
/// [`ExchangeError`] for a file that cannot be read, is damaged, is a pickle, or holds other cells
/// than the task can have.
pub fn read_cells(path: &Path, network: &Network) -> Result<Array2<f32>, ExchangeError> {
    let mut file = ArrayFile::open(path, expected_values(network))?;
    from_file(&mut file, path, network)
}

pub(super) fn from_file<R: Read + Seek>(
    file: &mut ArrayFile<R>,
    path: &Path,
    network: &Network,
) -> Result<Array2<f32>, ExchangeError> {
    let entries = file.entries();
    let named = entries.iter().find(|entry| is_named(entry, CELLS));
    let entry = match (named, entries) {
        (Some(entry), _) | (None, [entry]) => entry.clone(),
        // Weights that carry their cells are a file of cells too.
        _ => match from_metadata(path, file.metadata(), network)? {
            Some(cells) => return Ok(cells),
            None => {
                return Err(ExchangeError::Names {
                    path: path.to_owned(),
                    detail: format!(
                        "it holds {} arrays; expected the cells alone, or an array `{CELLS}`",
                        entries.len()
                    ),
                });
            }
        },
    };
    read(file, path, &entry, network)
}

/// Reads the cells from one of a file's arrays.
pub(super) fn read<R: Read + Seek>(
    file: &mut ArrayFile<R>,
    path: &Path,
    entry: &Entry,
    network: &Network,
) -> Result<Array2<f32>, ExchangeError> {
    let dim = network.task().space().dim();
    let count = network.task().preferred().len() / dim;
    let fits = match entry.shape[..] {
        [rows] => dim == 1 && rows == count as u64,
        [rows, columns] => rows == count as u64 && columns == dim as u64,
        _ => false,
    };
    if !fits {
        let advice = match (count, &entry.shape[..]) {
            (0, _) => "; with task.cells.tuning=position there are no cells: omit them",
            (_, &[rows, columns]) if (columns, rows) == (count as u64, dim as u64) => {
                "; transpose it"
            }
            _ => "; task.cells.count says how many cells there are",
        };
        return Err(ExchangeError::Shape {
            path: path.to_owned(),
            tensor: shown_name(&entry.name),
            expected: vec![count, dim],
            got: entry.shape.clone(),
            advice: advice.to_owned(),
        });
    }
    let values = file.read(entry)?;
    checked(path, values, network)
}

/// The cells that [`export`](super::export()) put into the metadata, if it did.
pub(super) fn from_metadata(
    path: &Path,
    metadata: &HashMap<String, String>,
    network: &Network,
) -> Result<Option<Array2<f32>>, ExchangeError> {
    let Some(text) = metadata.get(CELLS) else { return Ok(None) };
    let damaged = |detail: String| ExchangeError::damaged(path, detail);
    let rows: Vec<Vec<f32>> = serde_json::from_str(text).map_err(|error| {
        damaged(format!("its metadata `{CELLS}` are no JSON list of positions: {error}"))
    })?;
    let dim = network.task().space().dim();
    if rows.iter().any(|row| row.len() != dim) {
        return Err(damaged(format!(
            "its metadata `{CELLS}` are no list of positions of {dim} numbers each"
        )));
    }
    checked(path, rows.concat(), network).map(Some)
}

/// Cells that the task can have.
fn checked(path: &Path, values: Vec<f32>, network: &Network) -> Result<Array2<f32>, ExchangeError> {
    let wrong = |source| ExchangeError::Cells { path: path.to_owned(), source };
    network.task().with_preferred(&values).map_err(wrong)?;
    let dim = network.task().space().dim();
    // The task has found as many values as its cells have.
    Ok(Array2::from_shape_vec((values.len() / dim, dim), values).unwrap_or_default())
}
