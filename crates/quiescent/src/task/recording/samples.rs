//! The raw samples of a recording, from either file format.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
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
    /// Values, `[sample, dim]` in m or rad.
    pub(crate) values: Vec<f64>,
}

/// Reads a file of either format (told apart by its first bytes) and checks its samples.
pub(crate) fn read(file: &Path, quantity: Quantity) -> Result<Samples, Problem> {
    // Pipes and devices could be endless, and opening them could block.
    if !std::fs::metadata(file)?.is_file() {
        return Err(Problem::NotAFile);
    }
    read_from(BufReader::new(File::open(file)?), quantity)
}

/// [`read`] from an open stream.
pub(crate) fn read_from(
    mut reader: impl Read + Seek,
    quantity: Quantity,
) -> Result<Samples, Problem> {
    let mut magic = Vec::new();
    reader.by_ref().take(6).read_to_end(&mut magic)?;
    reader.rewind()?;
    let (samples, lines) = if magic.starts_with(b"PK") {
        (npz::read(reader, quantity)?, Vec::new())
    } else if magic == *b"\x93NUMPY" {
        return Err(Problem::Damaged {
            place: "the file".to_owned(),
            reason: format!("it is a single npy array. {}", quantity.expected()),
        });
    } else {
        table::read(reader, quantity)?
    };
    check(&samples, &lines, quantity)?;
    Ok(samples)
}

/// Checks that there are samples, that all are finite and that times increase.
fn check(samples: &Samples, lines: &[u64], quantity: Quantity) -> Result<(), Problem> {
    let place =
        |sample: usize| lines.get(sample).map_or(Place::Sample(sample), |&line| Place::Line(line));
    let rows = samples.values.chunks_exact(quantity.dim());
    for (i, (&time, row)) in samples.times.iter().zip(rows).enumerate() {
        let named = std::iter::once((&"t", &time)).chain(quantity.components().iter().zip(row));
        for (&column, &value) in named {
            if !value.is_finite() {
                return Err(Problem::NotFinite { place: place(i), column, value });
            }
        }
        if i > 0 && time <= samples.times[i - 1] {
            let previous = samples.times[i - 1];
            return Err(Problem::Order {
                place: place(i),
                time,
                relation: if time < previous { "is earlier than" } else { "repeats" },
                previous,
            });
        }
    }
    if samples.times.len() < 2 {
        return Err(Problem::TooShort(samples.times.len()));
    }
    Ok(())
}
