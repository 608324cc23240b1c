//! Recordings as numpy's arrays: an npz archive of several, or one npy array.

use std::io::{Read, Seek};

use super::error::Problem;
use super::names::{self, HEADINGS, POSITIONS, TIMES};
use super::numbers::{self, Array};
use super::quantity::Quantity;
use super::samples::Samples;
use super::text::{listed, shown};
use crate::npz::{ArrayReader, NpzReader};

/// What was read, and what was taken for times and values.
pub(crate) type Named = (Samples, String);

/// Reads an npz recording: times, and positions (one array or two) or headings.
pub(crate) fn read(reader: impl Read + Seek, quantity: Quantity) -> Result<Named, Problem> {
    let mut archive =
        NpzReader::new(reader).map_err(|reason| Problem::damaged("the archive", reason))?;
    let members = archive.names().map(str::to_owned).enumerate();
    let mut members: Vec<(String, usize)> = members.map(|(index, name)| (name, index)).collect();
    members.sort_unstable();
    let (members, places): (Vec<String>, Vec<usize>) = members.into_iter().unzip();
    if let Some(foreign) = super::foreign::archive(&members) {
        return Err(foreign);
    }
    let arrays: Vec<&str> =
        members.iter().map(|name| name.strip_suffix(".npy").unwrap_or(name)).collect();
    let time =
        names::find(&arrays, TIMES)?.ok_or_else(|| names::missing_name(&arrays, "t", quantity))?;
    let (whole, parts): (_, Option<[usize; 2]>) = match quantity {
        Quantity::Position => (names::find(&arrays, POSITIONS)?, None),
        Quantity::Heading => (names::find(&arrays, HEADINGS)?, None),
    };
    // Pynapple names its data `d` whatever they are.
    let pynapple = names::find(&arrays, &["d"])?
        .filter(|_| ["start", "end", "type"].iter().any(|name| arrays.contains(name)));
    let parts = match (quantity, whole.or(pynapple)) {
        (Quantity::Position, None) => names::find_plane(&arrays, quantity)?,
        _ => parts,
    };
    let mut load = |index: usize, per_sample: usize, expected: String| -> Result<Array, Problem> {
        let name = arrays[index];
        let array = archive.array(places[index]);
        let array = array.map_err(|reason| Problem::damaged(&numbers::place(name), reason))?;
        numbers::read(array, name, per_sample, expected)
    };
    let times = load(time, 1, "[n]".to_owned())?;
    let n = match times.shape[..] {
        [n] | [n, 1] => n,
        [1, n] => n,
        _ => return Err(wrong_shape(arrays[time], &times.shape, "[n]".to_owned())),
    };
    let note = |used: &[usize]| {
        format!(
            "npz, arrays {}",
            listed(std::iter::once(time).chain(used.iter().copied()).map(|i| arrays[i]))
        )
    };
    if let Some(index) = whole.or(pynapple) {
        let mut values = load(index, MOST_COLUMNS, expected_shape(n, quantity))?;
        let mut note = note(&[index]);
        if whole.is_none() && values.shape.len() == 2 && values.shape[1] >= quantity.dim() as u64 {
            let member = members.iter().position(|name| name == "columns.npy");
            let columns = member.and_then(|member| {
                column_names(archive.array(places[member]).ok()?, values.shape[1] as usize)
            });
            let chosen = choose(&columns, values.shape[1] as usize, quantity)?;
            note = format!("pynapple's {note}, columns {}", chosen.1);
            values = values.columns(&chosen.0);
        }
        let fits = match (quantity, &values.shape[..]) {
            (Quantity::Position, &[rows, 2]) => rows == n,
            (Quantity::Heading, &[rows] | &[rows, 1]) => rows == n,
            _ => false,
        };
        if !fits {
            return Err(wrong_shape(arrays[index], &values.shape, expected_shape(n, quantity)));
        }
        return Ok((Samples { times: times.values, values: values.values }, note));
    }
    let Some([x, y]) = parts else {
        let missing = match quantity {
            Quantity::Position => "pos",
            Quantity::Heading => "heading",
        };
        return Err(names::missing_name(&arrays, missing, quantity));
    };
    let (first, second) = (load(x, 1, format!("[{n}]"))?, load(y, 1, format!("[{n}]"))?);
    for (index, array) in [(x, &first), (y, &second)] {
        if array.values.len() as u64 != n {
            let expected = format!("[{n}], one value for each of the times");
            return Err(wrong_shape(arrays[index], &array.shape, expected));
        }
    }
    let values = first.values.iter().zip(&second.values).flat_map(|(&x, &y)| [x, y]).collect();
    Ok((Samples { times: times.values, values }, note(&[x, y])))
}

/// Columns beyond which an array is not read.
const MOST_COLUMNS: usize = 64;

/// Reads one npy array: columns t, x, y (or t, heading), or values alone if each is a frame's.
pub(crate) fn read_array(
    reader: impl Read,
    quantity: Quantity,
    frames: bool,
) -> Result<Named, Problem> {
    let name = "the file";
    let array = ArrayReader::new(reader).map_err(|reason| Problem::damaged(name, reason))?;
    let expected = match quantity {
        Quantity::Position => "[n, 3], columns t, x, y",
        Quantity::Heading => "[n, 2], columns t, heading",
    };
    let array = numbers::read(array, name, MOST_COLUMNS, expected.to_owned())?;
    let dim = quantity.dim() as u64;
    let columns = match array.shape[..] {
        [_] => 1,
        [_, columns] => columns,
        _ => 0,
    };
    let rows = array.shape.first().copied().unwrap_or(0) as usize;
    let components = quantity.components().join(", ");
    if columns == dim + 1 {
        let width = columns as usize;
        let rows = || array.values.chunks_exact(width);
        let times = rows().map(|row| row[0]).collect();
        let values = rows().flat_map(|row| row[1..].iter().copied()).collect();
        let note = format!("npy, columns t, {components} in this order");
        return Ok((Samples { times, values }, note));
    }
    if columns == dim && frames {
        let times = (0..rows).map(|row| row as f64).collect();
        let note = format!("npy, columns {components} in this order, one row for each frame");
        return Ok((Samples { times, values: array.values }, note));
    }
    if columns == dim {
        let name = match quantity {
            Quantity::Position => "pos",
            Quantity::Heading => "heading",
        };
        return Err(Problem::Foreign {
            name: "one npy array without times",
            remedy: format!(
                "put times and values into one file, in Python:\n    import numpy as np\n    \
                 np.savez('track.npz', t=np.load('t.npy'), {name}=np.load('{name}.npy'))\nIf \
                 every row is a frame of a camera, say task.recording.time_unit=frames and \
                 task.recording.frame_rate_hz=RATE instead"
            ),
        });
    }
    Err(wrong_shape("the file", &array.shape, expected.to_owned()))
}

/// Names of a pynapple array's columns, if they can be read: text, or the list of short texts that
/// pickle makes of a column index.
fn column_names(array: ArrayReader<impl Read>, count: usize) -> Option<Vec<String>> {
    let descr = array.descr().to_owned();
    let bytes = array.bytes(16 * 1024).ok()?;
    let names: Vec<String> = if let Some(width) = descr.strip_prefix("<U") {
        let width: usize = width.parse().ok().filter(|width| (1..=256).contains(width))?;
        let text = |bytes: &[u8]| {
            let codes = bytes.chunks_exact(4).map(|c| u32::from_le_bytes([c[0], c[1], c[2], c[3]]));
            codes.take_while(|&code| code != 0).filter_map(char::from_u32).collect()
        };
        bytes.chunks_exact(4 * width).map(text).collect()
    } else if descr == "|O" {
        pickled_texts(&bytes)?
    } else {
        // Numbers, as of a table without names.
        return None;
    };
    (names.len() == count).then_some(names)
}

/// The texts of the last list in a pickle; none if it holds anything else. Nothing is executed.
fn pickled_texts(bytes: &[u8]) -> Option<Vec<String>> {
    // EMPTY_LIST, MEMOIZE or BINPUT n, MARK.
    let start = bytes.iter().rposition(|&byte| byte == b']')? + 1;
    let skip_memo = |at: usize| match bytes.get(at) {
        Some(0x94) => at + 1,
        Some(b'q') => at + 2,
        _ => at,
    };
    let mut at = skip_memo(start);
    if bytes.get(at) != Some(&b'(') {
        return None;
    }
    at += 1;
    let mut texts = Vec::new();
    loop {
        let (len, from) = match bytes.get(at)? {
            // APPENDS.
            b'e' => return Some(texts),
            // SHORT_BINUNICODE, BINUNICODE.
            0x8c => (usize::from(*bytes.get(at + 1)?), at + 2),
            b'X' => {
                let len = bytes.get(at + 1..at + 5)?;
                (u32::from_le_bytes([len[0], len[1], len[2], len[3]]) as usize, at + 5)
            }
            _ => return None,
        };
        texts.push(std::str::from_utf8(bytes.get(from..from.checked_add(len)?)?).ok()?.to_owned());
        at = skip_memo(from + len);
    }
}

/// Which columns of a pynapple array are the values, and their names.
fn choose(
    names: &Option<Vec<String>>,
    count: usize,
    quantity: Quantity,
) -> Result<(Vec<usize>, String), Problem> {
    let Some(names) = names else {
        if count == quantity.dim() {
            let order: Vec<usize> = (0..count).collect();
            return Ok((order, format!("{} in this order", quantity.components().join(", "))));
        }
        return Err(Problem::Foreign {
            name: "a pynapple file with columns whose names cannot be told",
            remedy: format!("keep {} alone", quantity.components().join(" and ")),
        });
    };
    let found: Vec<&str> = names.iter().map(String::as_str).collect();
    let chosen = match quantity {
        Quantity::Position => names::find_plane(&found, quantity)?.map(|plane| plane.to_vec()),
        Quantity::Heading => names::find(&found, HEADINGS)?.map(|column| vec![column]),
    };
    let chosen = match chosen {
        Some(chosen) => chosen,
        // One column is the value, whatever it is called.
        None if count == 1 => vec![0],
        None => {
            let missing = quantity.components()[0];
            return Err(names::missing_name(&found, missing, quantity));
        }
    };
    let text = listed(chosen.iter().map(|&column| found[column]));
    Ok((chosen, text))
}

fn expected_shape(n: u64, quantity: Quantity) -> String {
    match quantity {
        Quantity::Position => format!("[{n}, 2], one row (x, y) for each of the times in `t`"),
        Quantity::Heading => format!("[{n}], one value for each of the times in `t`"),
    }
}

fn wrong_shape(array: &str, shape: &[u64], expected: String) -> Problem {
    Problem::Shape { array: shown(array), shape: shape.to_vec(), expected }
}
