//! The raw samples of a recording, from either file format.

use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek};
use std::path::Path;

use super::error::{Place, Problem};
use super::{npz, table};

/// Longest recording read, in samples: 55 hours at 100 Hz, 0.5 GB while it is cleaned.
pub(crate) const MAX_SAMPLES: usize = 20_000_000;

/// What is integrated, and so what a file must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantity {
    /// Positions (x, y) in m.
    Position,
    /// Headings in rad.
    Heading,
}

impl Quantity {
    pub(crate) fn dim(self) -> usize {
        match self {
            Self::Position => 2,
            Self::Heading => 1,
        }
    }

    pub(crate) fn unit(self) -> &'static str {
        match self {
            Self::Position => "m",
            Self::Heading => "rad",
        }
    }

    /// What the values are, for messages.
    pub(crate) fn plural(self) -> &'static str {
        match self {
            Self::Position => "positions",
            Self::Heading => "headings",
        }
    }

    /// Names of the components, for messages.
    pub(crate) fn components(self) -> &'static [&'static str] {
        match self {
            Self::Position => &["x", "y"],
            Self::Heading => &["heading"],
        }
    }

    /// What a file must hold, for messages.
    pub(crate) fn expected(self) -> &'static str {
        match self {
            Self::Position => {
                "A spatial task needs npz arrays `t` [n] in s and `pos` [n, 2] in m, or CSV columns t,x,y"
            }
            Self::Heading => {
                "A head-direction task needs npz arrays `t` [n] in s and `heading` [n] in rad, or CSV columns t,heading"
            }
        }
    }
}

/// Samples with finite values at increasing times.
#[derive(Debug)]
pub(crate) struct Samples {
    /// Times, `[sample]` in s.
    pub(crate) times: Vec<f64>,
    /// Values, `[sample, dim]`.
    pub(crate) values: Vec<f64>,
}

impl Samples {
    /// Value of a sample: x and y, or a heading and 0.
    pub(crate) fn value(&self, sample: usize, quantity: Quantity) -> [f64; 2] {
        match quantity {
            Quantity::Position => [self.values[2 * sample], self.values[2 * sample + 1]],
            Quantity::Heading => [self.values[sample], 0.0],
        }
    }
}

/// What was read from a file, in its own units; values that are missing are NaN.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) samples: Samples,
    /// Samples that have no time, which are not among `samples`.
    pub(crate) untimed: usize,
    /// What was taken for times and values, for people.
    pub(crate) note: String,
}

/// Reads a file of either format (told apart by its first bytes) and checks its samples.
pub(crate) fn read(file: &Path, quantity: Quantity) -> Result<Read, Problem> {
    // Pipes and devices could be endless, and opening them could block.
    if !std::fs::metadata(file)?.is_file() {
        return Err(Problem::NotAFile);
    }
    read_from(BufReader::new(File::open(file)?), quantity)
}

/// [`read`] from an open stream.
pub(crate) fn read_from(
    mut reader: impl io::Read + Seek,
    quantity: Quantity,
) -> Result<Read, Problem> {
    let mut magic = Vec::new();
    reader.by_ref().take(6).read_to_end(&mut magic)?;
    reader.rewind()?;
    let (mut samples, lines) = if magic.starts_with(b"PK") {
        (npz::read(reader, quantity)?, Vec::new())
    } else if magic == *b"\x93NUMPY" {
        return Err(Problem::Damaged {
            place: "the file".to_owned(),
            reason: format!("it is a single npy array. {}", quantity.expected()),
        });
    } else {
        table::read(reader, quantity)?
    };
    let untimed = check(&mut samples, lines, quantity)?;
    Ok(Read { samples, untimed, note: String::new() })
}

/// Takes out the samples that have no time, of which it returns the number, and checks that the
/// times of the others increase; values that are not finite become NaN.
fn check(samples: &mut Samples, mut lines: Vec<u64>, quantity: Quantity) -> Result<usize, Problem> {
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
    lines.clear();
    if kept < 2 {
        return Err(Problem::TooShort { usable: kept, samples: n });
    }
    Ok(n - kept)
}
