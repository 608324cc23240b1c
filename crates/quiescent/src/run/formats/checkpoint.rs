//! Checkpoints: everything that training needs to go on, in one safetensors file.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use ndarray::Array2;
use safetensors::tensor::{Dtype, SafeTensors, TensorView, View};
use sha2::{Digest, Sha256};

use super::float32_tensor::Float32Tensor;
use crate::network::{Layout, Parameters};
use crate::printable;
use crate::run::error::LONGEST_NAME;
use crate::run::files::digest::{hash_tensor, hex};
use crate::run::files::json;
use crate::run::{RunError, write_atomically};

/// Value of the metadata key `format`.
const FORMAT: &str = "quiescent-checkpoint";
/// Value of the metadata key `format_version`.
const FORMAT_VERSION: u64 = 1;
/// Name of the preferred cells' tensor.
const CELLS: &str = "cells.preferred";
/// Prefixes of a network's three tensors: its parameters have the bare `state_dict` names.
const PREFIXES: [&str; 3] = ["", "adam.m.", "adam.v."];
/// Longest header that is parsed, in bytes. A real one has a few thousand.
const LONGEST_HEADER: u64 = 1 << 20;
/// Largest cells' tensor that is read, in bytes (32 million preferred positions).
const LARGEST_CELLS: u64 = 256 << 20;

/// The state of training after some batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Batches trained so far.
    pub batch: u64,
    /// Time spent training so far, in seconds, over all sessions.
    pub training_s: f64,
    /// Adam's steps so far.
    pub adam_step: u64,
    /// The network's parameters.
    pub parameters: Parameters,
    /// Adam's first moments, of the parameters' layout.
    pub adam_m: Parameters,
    /// Adam's second moments, of the parameters' layout.
    pub adam_v: Parameters,
    /// Preferred values of the target cells, `[cell, dim]`, in m or rad.
    pub cells: Array2<f32>,
}

impl Checkpoint {
    /// Writes the checkpoint atomically.
    ///
    /// # Errors
    /// [`RunError::Unwritable`].
    pub fn write(&self, path: &Path) -> Result<(), RunError> {
        let bytes = self.to_bytes().map_err(|error| RunError::unwritable(path, error))?;
        write_atomically(path, |writer| writer.write_all(&bytes))
    }

    /// Reads a checkpoint of a network with the given layout.
    ///
    /// # Errors
    /// [`RunError::Unreadable`]; [`RunError::Corrupt`] for a file that was cut, changed or is
    /// something else; [`RunError::Schema`] for another version of the format;
    /// [`RunError::Tensor`] for an intact checkpoint of another network.
    pub fn read(path: &Path, layout: &Arc<Layout>) -> Result<Self, RunError> {
        let values = PREFIXES.len() as u64 * 4 * layout.parameter_count() as u64;
        let limit = 8 + LONGEST_HEADER + values + LARGEST_CELLS;
        Self::from_bytes(&json::read_bounded(path, limit)?, path, layout)
    }

    /// The checkpoint as the bytes of a safetensors file.
    pub(crate) fn to_bytes(&self) -> io::Result<Vec<u8>> {
        let sets = [&self.parameters, &self.adam_m, &self.adam_v];
        let mut tensors = Vec::new();
        for (prefix, set) in PREFIXES.into_iter().zip(sets) {
            for (tensor, values) in set.iter() {
                let name = format!("{prefix}{}", tensor.name);
                tensors.push((name, Float32Tensor::new(&tensor.shape, values)));
            }
        }
        let cells = self.cells.as_standard_layout();
        // A standard layout is contiguous, so the slice is always there.
        let values = cells.as_slice().unwrap_or_default();
        tensors.push((CELLS.to_owned(), Float32Tensor::new(cells.shape(), values)));
        tensors.sort_by(|(a, _), (b, _)| a.cmp(b));

        let mut metadata = HashMap::from([
            ("format".to_owned(), FORMAT.to_owned()),
            ("format_version".to_owned(), FORMAT_VERSION.to_string()),
            ("batch".to_owned(), self.batch.to_string()),
            ("adam_step".to_owned(), self.adam_step.to_string()),
            // Rust prints the shortest digits that read back as the same number.
            ("training_s".to_owned(), self.training_s.to_string()),
        ]);
        let sha256 = checksum(
            &metadata,
            tensors.iter().map(|(name, t)| (name.as_str(), "F32".to_owned(), t.shape(), t.bytes())),
        );
        metadata.insert("sha256".to_owned(), sha256);
        safetensors::serialize(tensors, Some(metadata)).map_err(io::Error::other)
    }

    /// Reads the bytes of a safetensors file; `path` is for messages.
    pub(crate) fn from_bytes(
        bytes: &[u8],
        path: &Path,
        layout: &Arc<Layout>,
    ) -> Result<Self, RunError> {
        let corrupt = |detail: String| RunError::corrupt(path, detail);
        // The parser would build whatever a header of up to 100 MB describes.
        if let Some(length) = bytes.first_chunk().map(|&n| u64::from_le_bytes(n))
            && length > LONGEST_HEADER
        {
            return Err(corrupt(format!(
                "its header claims {length} bytes, more than the {LONGEST_HEADER} a checkpoint can need"
            )));
        }
        let not_tensors = |error| corrupt(format!("not a complete safetensors file: {error}"));
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(not_tensors)?;
        let file = SafeTensors::deserialize(bytes).map_err(not_tensors)?;
        let metadata = header.metadata().as_ref().ok_or_else(|| {
            corrupt("it has no metadata, so it is not a checkpoint of quiescent".to_owned())
        })?;
        let counters = Counters { path, metadata };
        if counters.text("format")? != FORMAT {
            return Err(corrupt(format!(
                "its format is `{}`, expected `{FORMAT}`",
                counters.text("format")?
            )));
        }
        let version: u64 = counters.number("format_version")?;
        if version != FORMAT_VERSION {
            return Err(RunError::Schema {
                path: path.to_owned(),
                found: version,
                supported: FORMAT_VERSION,
                writer: None,
            });
        }

        let mut tensors: Vec<_> = file.iter().collect();
        tensors.sort_by_key(|&(name, _)| name);
        let sha256 = checksum(
            metadata,
            tensors.iter().map(|(name, t)| (*name, t.dtype().to_string(), t.shape(), t.data())),
        );
        if counters.text("sha256")? != sha256 {
            return Err(corrupt(
                "its checksum does not match its content: it was changed after it was written"
                    .to_owned(),
            ));
        }

        // Names are unique, so equal numbers and every expected one found leave no other.
        let expected = PREFIXES.len() * layout.tensors().len() + 1;
        let sets = PREFIXES
            .iter()
            .map(|prefix| read_set(&file, prefix, layout, path))
            .collect::<Result<Vec<_>, _>>()?;
        let Ok([parameters, adam_m, adam_v]) = <[Parameters; 3]>::try_from(sets) else {
            unreachable!("one set per prefix");
        };
        let cells = read_cells(&file, path)?;
        if tensors.len() != expected {
            let known = |name: &str| {
                name == CELLS
                    || PREFIXES.iter().any(|prefix| {
                        name.strip_prefix(prefix).is_some_and(|name| layout.find(name).is_some())
                    })
            };
            let extra = tensors.iter().find(|(name, _)| !known(name));
            return Err(RunError::Tensor {
                path: path.to_owned(),
                tensor: extra.map_or_else(String::new, |(name, _)| printable(name, LONGEST_NAME)),
                expected: "no such tensor".to_owned(),
                got: extra.map_or_else(String::new, |(_, tensor)| describe(tensor)),
            });
        }
        Ok(Self {
            batch: counters.number("batch")?,
            training_s: counters.number("training_s")?,
            adam_step: counters.number("adam_step")?,
            parameters,
            adam_m,
            adam_v,
            cells,
        })
    }
}

/// SHA-256 over the metadata (but for `sha256` itself) and the tensors, which come in the order of
/// their names. `docs/formats.md` describes the bytes.
fn checksum<'a>(
    metadata: &HashMap<String, String>,
    tensors: impl Iterator<Item = (&'a str, String, &'a [usize], &'a [u8])>,
) -> String {
    let mut hash = Sha256::new();
    let mut entries: Vec<_> = metadata.iter().filter(|(key, _)| *key != "sha256").collect();
    entries.sort();
    for (key, value) in entries {
        hash.update(key);
        hash.update([0]);
        hash.update(value);
        hash.update([0]);
    }
    for (name, dtype, shape, bytes) in tensors {
        hash_tensor(&mut hash, name, &dtype, shape, bytes);
    }
    hex(hash)
}

/// The metadata of a checkpoint, with errors that name the key.
struct Counters<'a> {
    path: &'a Path,
    metadata: &'a HashMap<String, String>,
}

impl Counters<'_> {
    fn text(&self, key: &str) -> Result<&str, RunError> {
        self.metadata.get(key).map(String::as_str).ok_or_else(|| {
            RunError::corrupt(
                self.path,
                format!("its metadata lacks `{key}`, so it is not a checkpoint of quiescent"),
            )
        })
    }

    fn number<T: FromStr>(&self, key: &str) -> Result<T, RunError> {
        let text = self.text(key)?;
        text.parse().map_err(|_| {
            RunError::corrupt(
                self.path,
                format!("`{key}` in its metadata is `{text}`, expected a number"),
            )
        })
    }
}

fn read_set(
    file: &SafeTensors<'_>,
    prefix: &str,
    layout: &Arc<Layout>,
    path: &Path,
) -> Result<Parameters, RunError> {
    let mut set = Parameters::zeros(layout);
    for tensor in layout.tensors() {
        let name = format!("{prefix}{}", tensor.name);
        let mismatch = |got| RunError::Tensor {
            path: path.to_owned(),
            tensor: name.clone(),
            expected: format!("F32 {:?}", tensor.shape),
            got,
        };
        let found = file.tensor(&name).map_err(|_| mismatch("no such tensor".to_owned()))?;
        if found.dtype() != Dtype::F32 || found.shape() != tensor.shape {
            return Err(mismatch(describe(&found)));
        }
        // The parser has checked that the bytes are as many as type and shape say.
        let values = set[tensor.name.as_str()].iter_mut();
        for (value, bytes) in values.zip(found.data().as_chunks().0) {
            *value = f32::from_le_bytes(*bytes);
        }
    }
    Ok(set)
}

fn read_cells(file: &SafeTensors<'_>, path: &Path) -> Result<Array2<f32>, RunError> {
    let mismatch = |got| RunError::Tensor {
        path: path.to_owned(),
        tensor: CELLS.to_owned(),
        expected: "F32 [cell, dim]".to_owned(),
        got,
    };
    let found = file.tensor(CELLS).map_err(|_| mismatch("no such tensor".to_owned()))?;
    let (Dtype::F32, &[count, dim]) = (found.dtype(), found.shape()) else {
        return Err(mismatch(describe(&found)));
    };
    let (chunks, _) = found.data().as_chunks();
    let values = chunks.iter().map(|&bytes| f32::from_le_bytes(bytes));
    Array2::from_shape_vec((count, dim), values.collect()).map_err(|_| mismatch(describe(&found)))
}

fn describe(tensor: &TensorView<'_>) -> String {
    format!("{} {:?}", tensor.dtype(), tensor.shape())
}
