//! Recordings as npz: a zip archive of numpy arrays.

use std::io::{Read, Seek};

use super::error::Problem;
use super::samples::{MAX_SAMPLES, Quantity, Samples};
use crate::npy::{Float, Header};
use crate::printable;

/// Reads an npz recording: `t` and `pos` or `heading`.
pub(crate) fn read(reader: impl Read + Seek, quantity: Quantity) -> Result<Samples, Problem> {
    let mut archive =
        zip::ZipArchive::new(reader).map_err(|error| damaged("the archive", error))?;
    let name = match quantity {
        Quantity::Position => "pos",
        Quantity::Heading => "heading",
    };
    let times = array(&mut archive, "t", 1, quantity)?;
    let values = array(&mut archive, name, quantity.dim(), quantity)?;
    let n = match times.shape[..] {
        [n] | [n, 1] => n,
        _ => return Err(wrong_shape("t", &times.shape, "[n]".to_owned())),
    };
    let fits = match (quantity, &values.shape[..]) {
        (Quantity::Position, &[rows, 2]) => rows == n,
        (Quantity::Heading, &[rows] | &[rows, 1]) => rows == n,
        _ => false,
    };
    if !fits {
        let expected = match quantity {
            Quantity::Position => format!("[{n}, 2], one row (x, y) for each of the times in `t`"),
            Quantity::Heading => format!("[{n}], one value for each of the times in `t`"),
        };
        return Err(wrong_shape(name, &values.shape, expected));
    }
    Ok(Samples { times: times.values, values: values.values })
}

/// An array in standard (row-major) order.
struct Array {
    shape: Vec<u64>,
    values: Vec<f64>,
}

/// Reads one array that should hold `per_sample` values of each sample.
fn array<R: Read + Seek>(
    archive: &mut zip::ZipArchive<R>,
    name: &'static str,
    per_sample: usize,
    quantity: Quantity,
) -> Result<Array, Problem> {
    let member = format!("{name}.npy");
    if archive.index_for_name(&member).is_none() {
        let mut found: Vec<String> = archive
            .file_names()
            .take(10)
            .map(|name| format!("`{}`", printable(name.strip_suffix(".npy").unwrap_or(name), 40)))
            .collect();
        found.sort_unstable();
        return Err(Problem::Missing {
            missing: name,
            found: if found.is_empty() { "nothing".to_owned() } else { found.join(", ") },
            expected: quantity.expected(),
        });
    }
    let place = format!("array `{name}`");
    let mut file = archive.by_name(&member).map_err(|error| damaged(&place, error))?;
    let header = Header::read(&mut file).map_err(|reason| damaged(&place, reason))?;
    let Some(float) = Float::from_descr(&header.descr).filter(|float| float.bytes() >= 4) else {
        return Err(Problem::Dtype { array: name, dtype: printable(&header.descr, 40) });
    };
    let limit = (MAX_SAMPLES * per_sample) as u64;
    if header.count().is_none_or(|count| count > limit) {
        return Err(Problem::TooLong { limit: MAX_SAMPLES });
    }
    let values = header.values(float, &mut file).map_err(|reason| damaged(&place, reason))?;
    Ok(Array { shape: header.shape, values })
}

fn damaged(place: &str, reason: impl ToString) -> Problem {
    Problem::Damaged { place: place.to_owned(), reason: printable(&reason.to_string(), 300) }
}

fn wrong_shape(array: &'static str, shape: &[u64], expected: String) -> Problem {
    Problem::Shape { array, shape: shape.to_vec(), expected }
}
