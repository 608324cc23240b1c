//! Recordings as npz: a zip archive of numpy arrays.
//!
//! Arrays are parsed here rather than by a general reader because files come from anywhere: the
//! memory asked for must follow the bytes that are there, not the sizes that a header claims, and
//! a header must not be able to exhaust the stack.

use std::io::{Read, Seek};

use super::error::Problem;
use super::samples::{MAX_SAMPLES, Quantity, Samples};

/// Longest array header read, in bytes. Numpy's own are 118 or 246.
const MAX_HEADER: usize = 16 * 1024;

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
            .map(|name| {
                let name: String = name.chars().take(40).collect();
                format!("`{}`", name.strip_suffix(".npy").unwrap_or(&name))
            })
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
    let header = read_header(&mut file).map_err(|reason| damaged(&place, reason))?;
    let Some(float) = Float::from_descr(&header.descr) else {
        return Err(Problem::Dtype { array: name, dtype: header.descr });
    };
    let limit = (MAX_SAMPLES * per_sample) as u64;
    let count = header
        .shape
        .iter()
        .try_fold(1_u64, |count, &n| count.checked_mul(n))
        .filter(|&count| count <= limit)
        .ok_or(Problem::TooLong { limit: MAX_SAMPLES })?;
    let values = float.read(&mut file, count).map_err(|reason| damaged(&place, reason))?;
    let values = match header.shape[..] {
        // Column-major order: the first index runs fastest.
        [rows, columns] if header.fortran_order && count > 0 => (0..rows)
            .flat_map(|row| (0..columns).map(move |column| (column * rows + row) as usize))
            .map(|i| values[i])
            .collect(),
        _ => values,
    };
    Ok(Array { shape: header.shape, values })
}

fn damaged(place: &str, reason: impl ToString) -> Problem {
    Problem::Damaged { place: place.to_owned(), reason: reason.to_string() }
}

fn wrong_shape(array: &'static str, shape: &[u64], expected: String) -> Problem {
    Problem::Shape { array, shape: shape.to_vec(), expected }
}

/// Floating-point types that are read.
struct Float {
    bytes: usize,
    big_endian: bool,
}

impl Float {
    fn from_descr(descr: &str) -> Option<Self> {
        let (bytes, big_endian) = match descr {
            "<f4" => (4, false),
            ">f4" => (4, true),
            "<f8" => (8, false),
            ">f8" => (8, true),
            _ => return None,
        };
        Some(Self { bytes, big_endian })
    }

    /// Reads exactly `count` values, then expects the end (where the archive's checksum is
    /// verified).
    fn read(&self, reader: &mut impl Read, count: u64) -> Result<Vec<f64>, String> {
        let expected = count * self.bytes as u64;
        let mut values = Vec::new();
        let mut buffer = vec![0; 64 * 1024];
        let mut left = expected;
        while left > 0 {
            let want = left.min(buffer.len() as u64) as usize;
            let buffer = &mut buffer[..want];
            reader.read_exact(buffer).map_err(|error| match error.kind() {
                std::io::ErrorKind::UnexpectedEof => {
                    format!("its header promises {expected} bytes of data, but it ends before that")
                }
                _ => error.to_string(),
            })?;
            values.extend(buffer.chunks_exact(self.bytes).map(|bytes| self.value(bytes)));
            left -= want as u64;
        }
        match reader.read(&mut buffer[..1]) {
            Ok(0) => Ok(values),
            Ok(_) => Err(format!(
                "it holds more than the {expected} bytes of data that its header promises"
            )),
            Err(error) => Err(error.to_string()),
        }
    }

    fn value(&self, bytes: &[u8]) -> f64 {
        let mut word = [0; 8];
        for (i, &byte) in bytes.iter().enumerate() {
            word[if self.big_endian { bytes.len() - 1 - i } else { i }] = byte;
        }
        let word = u64::from_le_bytes(word);
        match self.bytes {
            4 => f64::from(f32::from_bits(word as u32)),
            _ => f64::from_bits(word),
        }
    }
}

/// Header of an npy file.
#[derive(Debug, PartialEq)]
struct Header {
    descr: String,
    fortran_order: bool,
    shape: Vec<u64>,
}

fn read_header(reader: &mut impl Read) -> Result<Header, String> {
    let mut start = [0; 8];
    read_exact(reader, &mut start)?;
    if start[..6] != *b"\x93NUMPY" {
        return Err("it is not an npy array".to_owned());
    }
    let len = match start[6] {
        1 => {
            let mut len = [0; 2];
            read_exact(reader, &mut len)?;
            usize::from(u16::from_le_bytes(len))
        }
        2 | 3 => {
            let mut len = [0; 4];
            read_exact(reader, &mut len)?;
            u32::from_le_bytes(len) as usize
        }
        version => return Err(format!("npy format version {version} is not known")),
    };
    if len > MAX_HEADER {
        return Err(format!("its header claims {len} bytes; at most {MAX_HEADER} are read"));
    }
    let mut text = vec![0; len];
    read_exact(reader, &mut text)?;
    let text = std::str::from_utf8(&text).map_err(|_| "its header is not text".to_owned())?;
    Literal(text)
        .header()
        .ok_or_else(|| "its header is not the dictionary that numpy writes".to_owned())
}

fn read_exact(reader: &mut impl Read, bytes: &mut [u8]) -> Result<(), String> {
    reader.read_exact(bytes).map_err(|error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => "it ends within its header".to_owned(),
        _ => error.to_string(),
    })
}

/// The rest of a Python literal, of which only what numpy writes for plain arrays is understood:
/// `{'descr': '<f8', 'fortran_order': False, 'shape': (29800, 2), }`.
struct Literal<'a>(&'a str);

impl<'a> Literal<'a> {
    fn header(mut self) -> Option<Header> {
        let (mut descr, mut fortran_order, mut shape) = (None, None, None);
        self.expect("{")?;
        while self.expect("}").is_none() {
            let key = self.string()?;
            self.expect(":")?;
            match key {
                "descr" => descr = Some(self.string()?.to_owned()),
                "fortran_order" => fortran_order = Some(self.boolean()?),
                "shape" => shape = Some(self.tuple()?),
                _ => return None,
            }
            if self.expect(",").is_none() {
                self.expect("}")?;
                break;
            }
        }
        Some(Header { descr: descr?, fortran_order: fortran_order?, shape: shape? })
    }

    fn expect(&mut self, token: &str) -> Option<()> {
        self.0 = self.0.trim_start().strip_prefix(token)?;
        Some(())
    }

    fn string(&mut self) -> Option<&'a str> {
        let text = self.0.trim_start();
        let quote = text.chars().next().filter(|&c| c == '\'' || c == '"')?;
        let (string, rest) = text[1..].split_once(quote)?;
        self.0 = rest;
        Some(string)
    }

    fn boolean(&mut self) -> Option<bool> {
        if self.expect("True").is_some() {
            Some(true)
        } else {
            self.expect("False").map(|()| false)
        }
    }

    fn tuple(&mut self) -> Option<Vec<u64>> {
        let mut numbers = Vec::new();
        self.expect("(")?;
        while self.expect(")").is_none() {
            let text = self.0.trim_start();
            let digits = text.find(|c: char| !c.is_ascii_digit())?;
            numbers.push(text[..digits].parse().ok()?);
            self.0 = &text[digits..];
            if self.expect(",").is_none() {
                self.expect(")")?;
                break;
            }
        }
        Some(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        let parse = |text| Literal(text).header();
        assert_eq!(
            parse("{'descr': '<f8', 'fortran_order': False, 'shape': (29800, 2), }   \n"),
            Some(Header { descr: "<f8".to_owned(), fortran_order: false, shape: vec![29800, 2] })
        );
        assert_eq!(
            parse("{\"shape\":(3,),\"fortran_order\":True,\"descr\":\">f4\"}"),
            Some(Header { descr: ">f4".to_owned(), fortran_order: true, shape: vec![3] })
        );
        for broken in [
            "",
            "{",
            "{}",
            "{'descr'",
            "{'descr': }",
            "{'descr': '<f8', 'fortran_order': False}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (3}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (-3,)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,)}",
            "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (3,)}",
        ] {
            assert_eq!(parse(broken), None, "{broken}");
        }
    }
}
