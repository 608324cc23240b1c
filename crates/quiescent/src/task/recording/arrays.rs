//! Recordings that are given as arrays by name, as the npz file that the reader takes.

use std::io::Cursor;

use ndarray::ArrayViewD;

use super::error::Problem;
use super::npz;
use super::quantity::Quantity;
use super::read::checked;
use crate::npz::NpzWriter;

/// What arrays are called, for messages.
const NAMES: &str = "Times are called `t` [n], positions `pos` [n, 2] or `x` and `y` [n], headings \
                     `heading` [n]; rename them";

/// The npz file of a recording: times `t` `[sample]` with positions (`pos` `[sample, 2]`, or `x` and `y`),
/// headings (`heading` `[sample]`) or both, under any name that a file may give them. Equal arrays
/// give equal bytes. Units are those of the experiment that uses it.
///
/// # Errors
/// If a file of these arrays would hold neither positions nor headings at increasing times.
pub fn recording_npz(arrays: &[(String, ArrayViewD<'_, f64>)]) -> Result<Vec<u8>, Problem> {
    let mut writer = NpzWriter::new(Vec::new());
    for (name, array) in arrays {
        // However an array lies in memory, it is one and the same recording.
        writer.add(name, &array.as_standard_layout())?;
    }
    let file = writer.finish()?;
    let read = |quantity| {
        let (samples, note) = npz::read(Cursor::new(&file), quantity)?;
        checked(samples, &[], note, quantity)
    };
    let (positions, headings) = (read(Quantity::Position), read(Quantity::Heading));
    match (positions, headings) {
        (Ok(_), _) | (_, Ok(_)) => Ok(file),
        (Err(Problem::Missing { missing, found, .. }), Err(Problem::Missing { .. })) => {
            Err(Problem::Missing { missing, found, expected: NAMES })
        }
        // Without positions, what is wrong with the headings matters.
        (Err(Problem::Missing { .. }), Err(headings)) => Err(headings),
        (Err(positions), Err(_)) => Err(positions),
    }
}
