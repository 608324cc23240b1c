//! A file of named floating-point arrays: safetensors, npz or npy, distinguished by content.

use super::precision::Precision;
use super::reason::Reason;
use super::safetensors_header;
use super::shown;
use crate::npz::{ArrayReader, Kind as Numbers, NpzReader};
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes allowed for headers and names, beyond those of the values.
const ROOM: u64 = 1 << 20;
/// Most bytes of a value: 17 digits with sign, exponent and separator in a text, 8 in an array
/// (slightly more if deflated).
const BYTES_PER_VALUE: u64 = 32;
/// Most arrays in a file.
const MOST_ARRAYS: usize = 1000;
/// Bytes read at a time.
const PIECE: usize = 1 << 16;
/// Name of the one array of an npy file.
const UNNAMED: &str = "array";

/// The entry of an array in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    /// Slowest axis (as it is indexed) first.
    pub(super) shape: Vec<u64>,
    /// The floating-point type, or the name of another type.
    pub(super) precision: Result<Precision, String>,
    /// Its position: bytes after the header's end, or the archive's member.
    at: u64,
}

/// The `block`-th of `of` equal blocks of an array's rows: PyTorch stacks the gates of a GRU.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'e> {
    pub(super) entry: &'e Entry,
    pub(super) block: usize,
    pub(super) of: usize,
}

impl<'e> Rows<'e> {
    pub(super) fn all(entry: &'e Entry) -> Self {
        Self { entry, block: 0, of: 1 }
    }
}

/// The arrays whose sums are the tensors of a network, by name; other tensors are zero.
pub(super) type Sources<'e> = BTreeMap<&'static str, Vec<Rows<'e>>>;

/// A file whose arrays have been listed but not read.
#[derive(Debug)]
pub(super) struct ArrayFile<R> {
    entries: Vec<Entry>,
    metadata: HashMap<String, String>,
    source: Source<R>,
}

#[derive(Debug)]
enum Source<R> {
    Safetensors { reader: R, values_at: u64 },
    Npz(Box<NpzReader<R>>),
    Npy(R),
}

impl ArrayFile<BufReader<File>> {
    /// Opens a file that should hold about `values` values.
    ///
    /// # Errors
    /// [`Reason::Unreadable`] and those of [`ArrayFile::new`].
    pub(super) fn open(path: &Path, values: usize) -> Result<Self, Reason> {
        // This is checked before opening, because opening a pipe would wait for its writer.
        if !fs::metadata(path).map_err(Reason::Unreadable)?.is_file() {
            return Err(Reason::Format("it is not a regular file".to_owned()));
        }
        Self::new(BufReader::new(File::open(path).map_err(Reason::Unreadable)?), values)
    }
}

impl<R: Read + Seek> ArrayFile<R> {
    /// Lists the arrays of a file that should hold about `values` values.
    ///
    /// # Errors
    /// [`Reason::Pickle`], [`Reason::Format`] or [`Reason::Damaged`].
    fn new(mut reader: R, values: usize) -> Result<Self, Reason> {
        let unreadable = Reason::Unreadable;
        let damaged = |detail: String| Reason::damaged(detail);
        let file_len = reader.seek(SeekFrom::End(0)).map_err(unreadable)?;
        reader.rewind().map_err(unreadable)?;
        let mut start = Vec::new();
        reader.by_ref().take(16).read_to_end(&mut start).map_err(unreadable)?;
        reader.rewind().map_err(unreadable)?;
        let limit = ROOM.saturating_add((values as u64).saturating_mul(BYTES_PER_VALUE));
        let mut metadata = HashMap::new();
        let (entries, source) = match kind(&start) {
            Some(Kind::Safetensors) => {
                let header =
                    safetensors_header::read(&mut reader, file_len, limit).map_err(damaged)?;
                let entries = safetensors_entries(&header);
                if let Some(texts) = header.metadata.metadata() {
                    metadata.clone_from(texts);
                }
                (entries, Source::Safetensors { reader, values_at: header.values_at })
            }
            Some(Kind::Zip) => {
                // The archive's own directory is held in memory.
                if file_len > limit {
                    return Err(damaged(format!(
                        "it has {file_len} bytes, more than the {limit} that the arrays of this \
                         experiment's network can need"
                    )));
                }
                let not_zip = |error| damaged(format!("not a complete npz file: {error}"));
                let mut archive = NpzReader::new(reader).map_err(not_zip)?;
                if archive.names().any(|name| name.ends_with("data.pkl")) {
                    return Err(Reason::Pickle);
                }
                (npz_entries(&mut archive).map_err(damaged)?, Source::Npz(Box::new(archive)))
            }
            Some(Kind::Npy) => {
                let array = ArrayReader::new(&mut reader).map_err(damaged)?;
                (vec![npy_entry(UNNAMED.to_owned(), &array, 0)], Source::Npy(reader))
            }
            Some(Kind::Pickle) => return Err(Reason::Pickle),
            None => {
                let detail = match start.len() {
                    0 => "it is empty".to_owned(),
                    _ => format!("it begins with `{}`", start.escape_ascii()),
                };
                return Err(Reason::Format(detail));
            }
        };
        Ok(Self { entries, metadata, source })
    }

    /// The arrays, in arbitrary order.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The safetensors metadata; empty for other formats.
    pub(super) fn metadata(&self) -> &HashMap<String, String> {
        &self.metadata
    }

    /// Reads one of the arrays, row-major, in single precision. The caller has checked that it
    /// can hold an array of this shape.
    ///
    /// # Errors
    /// [`Reason::Type`], [`Reason::Damaged`] or [`Reason::NotFinite`].
    pub(super) fn read(&mut self, entry: &Entry) -> Result<Vec<f32>, Reason> {
        let precision = entry.precision.clone().map_err(|dtype| Reason::Type {
            tensor: shown::name(&entry.name),
            dtype: shown::name(&dtype),
        })?;
        let values = match &mut self.source {
            Source::Safetensors { reader, values_at } => {
                read_raw(reader, *values_at + entry.at, &entry.shape, precision)
            }
            Source::Npz(archive) => archive.array(entry.at as usize).and_then(ArrayReader::doubles),
            Source::Npy(reader) => reader
                .rewind()
                .map_err(|error| error.to_string())
                .and_then(|()| ArrayReader::new(reader)?.doubles()),
        };
        let values =
            values.map_err(|reason| Reason::damaged(format!("`{}`: {reason}", entry.name)))?;
        let wrong = |value: &f64| !(*value as f32).is_finite();
        if let Some(place) = values.iter().position(wrong) {
            return Err(Reason::NotFinite {
                tensor: shown::name(&entry.name),
                index: index_of(place, &entry.shape),
                value: values[place],
            });
        }
        Ok(values.iter().map(|&value| value as f32).collect())
    }
}

enum Kind {
    Safetensors,
    Zip,
    Npy,
    Pickle,
}

/// The format, from a file's first bytes.
fn kind(start: &[u8]) -> Option<Kind> {
    // This is checked first, because the length at the beginning may look like a pickle's
    // protocol.
    if safetensors_header::looks_like(start) {
        return Some(Kind::Safetensors);
    }
    let begins = |magic: &[u8]| start.starts_with(magic);
    if begins(b"PK\x03\x04") || begins(b"PK\x05\x06") {
        Some(Kind::Zip)
    } else if begins(b"\x93NUMPY") {
        Some(Kind::Npy)
    } else if matches!(start, [0x80, 2..=5, ..])
        || [&b"ccollections\n"[..], b"ctorch", b"cnumpy", b"(dp", b"(lp"].into_iter().any(begins)
    {
        Some(Kind::Pickle)
    } else {
        None
    }
}

fn safetensors_entries(header: &safetensors_header::Header) -> Vec<Entry> {
    header
        .metadata
        .tensors()
        .into_iter()
        .map(|(name, info)| Entry {
            name,
            shape: info.shape.iter().map(|&length| length as u64).collect(),
            precision: Precision::of(info.dtype).ok_or_else(|| info.dtype.to_string()),
            at: info.data_offsets.0 as u64,
        })
        .collect()
}

fn npz_entries<R: Read + Seek>(archive: &mut NpzReader<R>) -> Result<Vec<Entry>, String> {
    if archive.len() > MOST_ARRAYS {
        return Err(format!(
            "it holds {} arrays, more than the {MOST_ARRAYS} that are searched",
            archive.len()
        ));
    }
    let names: Vec<String> = archive.names().map(str::to_owned).collect();
    let entries = names.into_iter().enumerate().map(|(index, name)| {
        let Some(name) = name.strip_suffix(".npy") else {
            let precision = Err("no array".to_owned());
            return Ok(Entry { name, shape: Vec::new(), precision, at: index as u64 });
        };
        let array = archive.array(index).map_err(|reason| format!("`{name}`: {reason}"))?;
        Ok(npy_entry(name.to_owned(), &array, index as u64))
    });
    entries.collect()
}

fn npy_entry<R: Read>(name: String, array: &ArrayReader<R>, at: u64) -> Entry {
    let precision = match array.dtype().map(|dtype| (dtype.kind(), dtype.bytes())) {
        Some((Numbers::Brain, _)) => Ok(Precision::Brain),
        Some((Numbers::Float, 2)) => Ok(Precision::Half),
        Some((Numbers::Float, 4)) => Ok(Precision::Single),
        Some((Numbers::Float, _)) => Ok(Precision::Double),
        _ => Err(array.descr().to_owned()),
    };
    Entry { name, shape: array.shape().to_vec(), precision, at }
}

/// Reads the values of a safetensors array. Its header has been checked against the file's
/// length.
fn read_raw<R: Read + Seek>(
    reader: &mut R,
    at: u64,
    shape: &[u64],
    precision: Precision,
) -> Result<Vec<f64>, String> {
    let said = |error: std::io::Error| error.to_string();
    reader.seek(SeekFrom::Start(at)).map_err(said)?;
    // The header's parser has checked that this does not overflow.
    let mut left = shape.iter().product::<u64>() as usize;
    let mut values = Vec::new();
    let mut piece = [0; PIECE];
    while left > 0 {
        let count = left.min(PIECE / precision.bytes());
        let bytes = &mut piece[..count * precision.bytes()];
        reader.read_exact(bytes).map_err(said)?;
        values.extend(bytes.chunks_exact(precision.bytes()).map(|bytes| precision.value(bytes)));
        left -= count;
    }
    Ok(values)
}

/// The index of value number `place` of a row-major array.
fn index_of(mut place: usize, shape: &[u64]) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for (at, &length) in index.iter_mut().zip(shape).rev() {
        let length = (length as usize).max(1);
        *at = place % length;
        place /= length;
    }
    index
}
