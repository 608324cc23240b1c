//! A numpy array of real numbers, whatever their type, as double precision.

use std::io::Read;

use super::error::Problem;
use super::npz::damaged;
use super::samples::MAX_SAMPLES;
use super::text::shown;
use crate::npy::{Float, Header};

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

/// Reads an array with at most `per_sample` values for each of the most samples there may be.
pub(crate) fn read(
    reader: &mut impl Read,
    name: &str,
    per_sample: usize,
) -> Result<Array, Problem> {
    let place =
        if name.contains(' ') { name.to_owned() } else { format!("array `{}`", shown(name)) };
    let header = Header::read(reader).map_err(|reason| damaged(&place, reason))?;
    let dtype = || Problem::Dtype { array: shown(name), dtype: shown(&header.descr) };
    let columns = match header.shape[..] {
        [_, columns] => columns.max(1),
        _ => 1,
    };
    if columns > per_sample as u64 && header.count().is_some_and(|count| count > 0) {
        let limit = format!("at most {per_sample} column(s)");
        return Err(Problem::Shape { array: shown(name), shape: header.shape, expected: limit });
    }
    if header.count().is_none_or(|count| count > MAX_SAMPLES as u64 * columns) {
        return Err(Problem::TooLong { limit: MAX_SAMPLES });
    }
    if let Some(float) = Float::from_descr(&header.descr).filter(|float| float.bytes() >= 4) {
        let values = header.values(float, reader).map_err(|reason| damaged(&place, reason))?;
        return Ok(Array { shape: header.shape, values });
    }
    let integer = Integer::from_descr(&header.descr).ok_or_else(dtype)?;
    let values = integer.values(&header, reader).map_err(|reason| damaged(&place, reason))?;
    Ok(Array { shape: header.shape, values })
}

/// Whole numbers, as of frames, timestamps and pixels.
#[derive(Clone, Copy)]
struct Integer {
    bytes: usize,
    signed: bool,
}

impl Integer {
    /// The little-endian type that numpy calls `descr`, such as `<i8`.
    fn from_descr(descr: &str) -> Option<Self> {
        let (signed, bytes) = match descr {
            "|i1" => (true, 1),
            "|u1" => (false, 1),
            "<i2" => (true, 2),
            "<u2" => (false, 2),
            "<i4" => (true, 4),
            "<u4" => (false, 4),
            "<i8" => (true, 8),
            "<u8" => (false, 8),
            _ => return None,
        };
        Some(Self { bytes, signed })
    }

    fn value(self, bytes: &[u8]) -> f64 {
        let negative = self.signed && bytes.last().is_some_and(|last| last >> 7 == 1);
        let mut word = [if negative { 0xff } else { 0 }; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        if self.signed { i64::from_le_bytes(word) as f64 } else { u64::from_le_bytes(word) as f64 }
    }

    /// The values in row-major order.
    fn values(self, header: &Header, reader: &mut impl Read) -> Result<Vec<f64>, String> {
        // The caller has bounded the count; memory follows what is there.
        let count = header.count().ok_or("its shape is larger than there can be")?;
        let expected = count * self.bytes as u64;
        let mut bytes = Vec::new();
        reader.take(expected + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        if bytes.len() as u64 != expected {
            let there = if (bytes.len() as u64) < expected { "less" } else { "more" };
            return Err(format!(
                "its header promises {expected} bytes of data, but it holds {there}"
            ));
        }
        let values: Vec<f64> = bytes.chunks_exact(self.bytes).map(|b| self.value(b)).collect();
        match header.shape[..] {
            [rows, columns] if header.fortran_order => {
                let at = |row, column| (column * rows + row) as usize;
                let all = (0..rows).flat_map(|row| (0..columns).map(move |c| at(row, c)));
                Ok(all.map(|i| values[i]).collect())
            }
            _ => Ok(values),
        }
    }
}
