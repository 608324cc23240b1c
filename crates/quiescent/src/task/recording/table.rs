//! Recordings as CSV: a header with `t,x,y` or `t,heading`, then one line per sample.

use std::io::Read;

use super::error::Problem;
use super::samples::{MAX_SAMPLES, Quantity, Samples};
use crate::printable;

/// Reads a CSV recording; also returns the line of every sample.
///
/// Columns may come in any order, and others are ignored.
pub(crate) fn read(reader: impl Read, quantity: Quantity) -> Result<(Samples, Vec<u64>), Problem> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(reader);
    let header = reader.headers().map_err(table_problem)?.clone();
    let column = |name: &'static str| {
        let mut matching = (0..header.len()).filter(|&i| header[i].eq_ignore_ascii_case(name));
        let first = matching.next().ok_or_else(|| Problem::Missing {
            missing: name,
            found: describe(&header),
            expected: quantity.expected(),
        })?;
        match matching.next() {
            Some(_) => Err(Problem::DuplicateColumn(name.to_owned())),
            None => Ok((name, first)),
        }
    };
    let time = column("t")?;
    let components =
        quantity.components().iter().map(|&name| column(name)).collect::<Result<Vec<_>, _>>()?;

    let mut samples = Samples { times: Vec::new(), values: Vec::new() };
    let mut lines = Vec::new();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(table_problem)? {
        if samples.times.len() == MAX_SAMPLES {
            return Err(Problem::TooLong { limit: MAX_SAMPLES });
        }
        let line = record.position().map_or(0, csv::Position::line);
        let number = |(column, index): (&'static str, usize)| {
            let field = &record[index];
            field.parse::<f64>().map_err(|_| Problem::NotANumber {
                line,
                column,
                field: shorten(field),
            })
        };
        samples.times.push(number(time)?);
        for &component in &components {
            samples.values.push(number(component)?);
        }
        lines.push(line);
    }
    Ok((samples, lines))
}

fn table_problem(error: csv::Error) -> Problem {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Problem::Io(error),
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => Problem::Table(format!(
            "line {} has {len} fields, the header {expected_len}",
            pos.map_or(0, |pos| pos.line())
        )),
        csv::ErrorKind::Utf8 { pos, .. } => {
            Problem::Table(format!("line {} is not text in UTF-8", pos.map_or(0, |pos| pos.line())))
        }
        other => Problem::Table(format!("{other:?}")),
    }
}

/// The header for a message.
fn describe(header: &csv::StringRecord) -> String {
    if header.iter().all(str::is_empty) {
        return "no header line".to_owned();
    }
    if header.iter().all(|field| field.parse::<f64>().is_ok()) {
        return "numbers in the first line, which must name the columns".to_owned();
    }
    let shown: Vec<String> = header.iter().take(10).map(|c| format!("`{}`", shorten(c))).collect();
    let more = if header.len() > 10 { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// A field for a message: it may come out of any file.
fn shorten(field: &str) -> String {
    printable(field, 40)
}
