//! A numpy array of real numbers, whatever their type, as double precision.

use std::io::Read;

use super::error::Problem;
use super::samples::MAX_SAMPLES;
use super::text::shown;
use crate::npz::{ArrayReader, Dtype, Kind};

/// An array in standard (row-major) order.
pub(crate) struct Array {
    pub(crate) shape: Vec<u64>,
    pub(crate) values: Vec<f64>,
}

impl Array {
    /// The given columns of an array `[n, column]`.
    pub(crate) fn columns(&self, chosen: &[usize]) -> Self {
        let width = self.shape[1] as usize;
        let rows = self.values.chunks_exact(width);
        let values = rows.flat_map(|row| chosen.iter().map(|&column| row[column])).collect();
        Self { shape: vec![self.shape[0], chosen.len() as u64], values }
    }
}

/// An array's name in messages.
pub(crate) fn place(name: &str) -> String {
    if name.contains(' ') { name.to_owned() } else { format!("array `{}`", shown(name)) }
}

/// Reads an array with at most `per_sample` values for each of the most samples there may be. The
/// `expected` shape is for errors.
pub(crate) fn read(
    array: ArrayReader<impl Read>,
    name: &str,
    per_sample: usize,
    expected: String,
) -> Result<Array, Problem> {
    let shape = array.shape().to_vec();
    let columns = match shape[..] {
        [_, columns] => columns.max(1),
        _ => 1,
    };
    if columns > per_sample as u64 && array.count().is_some_and(|count| count > 0) {
        return Err(Problem::Shape { array: shown(name), shape, expected });
    }
    if array.count().is_none_or(|count| count > MAX_SAMPLES as u64 * columns) {
        return Err(Problem::TooLong { limit: MAX_SAMPLES });
    }
    // Half precision does not resolve a path.
    let taken = |dtype: Dtype| match dtype.kind() {
        Kind::Float => dtype.bytes() >= 4,
        Kind::Brain => false,
        Kind::Signed | Kind::Unsigned => true,
    };
    if !array.dtype().is_some_and(taken) {
        return Err(Problem::Dtype { array: shown(name), dtype: shown(array.descr()) });
    }
    let values = array.doubles().map_err(|reason| Problem::damaged(&place(name), reason))?;
    Ok(Array { shape, values })
}
