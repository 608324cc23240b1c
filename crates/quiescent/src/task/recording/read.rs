//! Reads a recording of any format.

use std::fs::File;
#[cfg(feature = "files")]
use std::io::Seek;
use std::io::{self, BufReader, Read as _};
use std::path::Path;

use super::error::{Place, Problem};
use super::foreign;
#[cfg(feature = "files")]
use super::npz;
use super::quantity::Quantity;
use super::samples::{Read, Samples};
use super::table::{self, Table};
#[cfg(feature = "files")]
use flate2::read::MultiGzDecoder;

/// Most bytes that a gzipped file may unpack to (2 GiB, 20 million lines of 100 bytes).
#[cfg(feature = "files")]
const MOST_UNPACKED: u64 = 1 << 31;

/// Reads a file of any format (told apart by its first bytes) and checks its samples; `frames` says
/// that every row of a lone array is a frame.
pub(crate) fn read(file: &Path, quantity: Quantity, frames: bool) -> Result<Read, Problem> {
    // Pipes and devices could be endless, and opening them could block.
    if !std::fs::metadata(file)?.is_file() {
        return Err(Problem::NotAFile);
    }
    let mut reader = BufReader::new(File::open(file)?);
    let head = head(&mut reader)?;
    #[cfg(not(feature = "files"))]
    if let Some(problem) = foreign::not_a_table(&head) {
        return Err(problem);
    }
    #[cfg(feature = "files")]
    if head.starts_with(b"PK") {
        reader.rewind()?;
        let (samples, note) = npz::read(reader, quantity)?;
        return checked(samples, &[], note, quantity);
    }
    #[cfg(feature = "files")]
    if head.starts_with(b"\x1f\x8b") {
        reader.rewind()?;
        let mut unpacked = Bounded { reader: MultiGzDecoder::new(reader), left: MOST_UNPACKED };
        let head = self::head(&mut unpacked)?;
        if head.starts_with(b"PK") {
            return Err(Problem::Foreign {
                name: "a gzipped zip archive",
                remedy: "unpack it with gunzip (an npz is compressed already)".to_owned(),
            });
        }
        let mut read = stream(head, unpacked, quantity, frames)?;
        read.note = format!("gzipped {}", read.note);
        return Ok(read);
    }
    stream(head, reader, quantity, frames)
}

/// The first bytes of a stream.
fn head(reader: &mut impl io::Read) -> Result<Vec<u8>, Problem> {
    let mut head = Vec::new();
    reader.by_ref().take(foreign::HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// Reads a stream of which the first bytes were read already.
fn stream(
    head: Vec<u8>,
    rest: impl io::Read,
    quantity: Quantity,
    frames: bool,
) -> Result<Read, Problem> {
    if let Some(problem) = foreign::kind(&head) {
        return Err(problem);
    }
    // Only the rows of an array can be frames without times.
    #[cfg(not(feature = "files"))]
    let _ = frames;
    #[cfg(feature = "files")]
    let is_array = head.starts_with(b"\x93NUMPY");
    let reader = io::Cursor::new(head).chain(rest);
    #[cfg(feature = "files")]
    if is_array {
        let (samples, note) = npz::read_array(reader, quantity, frames)?;
        return checked(samples, &[], note, quantity);
    }
    let Table { samples, lines, note } = table::read(reader, quantity)?;
    checked(samples, &lines, note, quantity)
}

/// Checks the samples of a file; `lines` are their places in a text, if it is one.
pub(crate) fn checked(
    mut samples: Samples,
    lines: &[u64],
    note: String,
    quantity: Quantity,
) -> Result<Read, Problem> {
    let untimed = check(&mut samples, lines, quantity)?;
    Ok(Read { samples, untimed, note })
}

/// A stream that fails once it has returned too many bytes.
#[cfg(feature = "files")]
struct Bounded<R> {
    reader: R,
    left: u64,
}

#[cfg(feature = "files")]
impl<R: io::Read> io::Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            io::Error::other(format!("it unpacks to more than {} GiB", MOST_UNPACKED >> 30))
        })?;
        Ok(read)
    }
}

/// Removes the samples without a time and returns their number. Checks that the times of the others
/// increase. Values that are not finite become NaN.
fn check(samples: &mut Samples, lines: &[u64], quantity: Quantity) -> Result<usize, Problem> {
    let dim = quantity.dim();
    let n = samples.times.len();
    let mut kept = 0;
    for i in 0..n {
        let time = samples.times[i];
        if !time.is_finite() {
            continue;
        }
        let place = lines.get(i).map_or(Place::Sample(i), |&line| Place::Line(line));
        if kept > 0 && time <= samples.times[kept - 1] {
            let previous = samples.times[kept - 1];
            let relation = if time < previous { "is earlier than" } else { "repeats" };
            return Err(Problem::Order { place, time, relation, previous });
        }
        samples.times[kept] = time;
        for k in 0..dim {
            let value = samples.values[i * dim + k];
            samples.values[kept * dim + k] = if value.is_finite() { value } else { f64::NAN };
        }
        kept += 1;
    }
    samples.times.truncate(kept);
    samples.values.truncate(kept * dim);
    if kept < 2 {
        return Err(Problem::TooShort { usable: kept, samples: n });
    }
    Ok(n - kept)
}
