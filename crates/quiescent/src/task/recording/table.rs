//! Recordings as text: a line that names the columns, then one line per sample.
//!
//! Taken as they come: columns in any order among others; commas, semicolons, tabs or blanks
//! between them; decimal commas where commas do not separate; comments with `#` or `%`, of which
//! the last one before the numbers may name the columns (as `numpy.savetxt` writes it).

use std::io::{BufRead, BufReader, Read};

use super::error::Problem;
use super::names::{self, HEADINGS, TIMES};
use super::quantity::Quantity;
use super::samples::{MAX_SAMPLES, Samples};
use super::text::{listed, shown};

/// Longest line, in bytes. A file with longer ones is not a table.
const LONGEST_LINE: u64 = 1 << 20;
/// Fields that mark a missing value, in lower case.
const MISSING: [&str; 15] = [
    "",
    "nan",
    "na",
    "n/a",
    "<na>",
    "#n/a",
    "nat",
    "null",
    "none",
    "-",
    "--",
    ".",
    "-nan",
    "+nan",
    "-nan(ind)",
];

/// What was read, the line of every sample, and what was taken for times and values.
pub(crate) struct Table {
    pub(crate) samples: Samples,
    pub(crate) lines: Vec<u64>,
    pub(crate) note: String,
}

/// Reads a recording from text; values that are missing become NaN.
pub(crate) fn read(reader: impl Read, quantity: Quantity) -> Result<Table, Problem> {
    let mut lines = Lines { reader: BufReader::new(reader), number: 0, text: Vec::new() };
    let Header { names, separator, mut pending } = header(&mut lines, quantity)?;
    let columns = Columns::of(&names, quantity)?;
    let mut numbers = Numbers { decimal: None };
    let mut samples = Samples { times: Vec::new(), values: Vec::new() };
    let mut numbered = Vec::new();
    loop {
        let (line, text) = match pending.take() {
            Some(first) => first,
            None => match lines.next()? {
                Some(next) => next,
                None => break,
            },
        };
        let trimmed = text.trim();
        if trimmed.is_empty() || is_comment(trimmed) {
            continue;
        }
        if samples.times.len() == MAX_SAMPLES {
            return Err(Problem::TooLong { limit: MAX_SAMPLES });
        }
        let fields = separator.split(&text);
        // Empty fields at the end are a separator too many.
        let count = fields.iter().rposition(|f| !f.is_empty()).map_or(0, |last| last + 1);
        if fields.len() < names.len() || count > names.len() {
            let hint = if separator == Separator::Char(',') && count >= 2 * names.len() {
                ": decimal commas need another separator, such as ;"
            } else {
                ""
            };
            let (given, wanted) = (fields.len(), names.len());
            return Err(Problem::Table(format!(
                "line {line} has {given} fields, the header {wanted}{hint}"
            )));
        }
        let mut number =
            |index: usize, is_time: bool| {
                let column = shown(&names[index]);
                numbers.parse(&fields[index], separator, is_time).map_err(|hint| {
                    Problem::NotANumber { line, column, field: shown(&fields[index]), hint }
                })
            };
        samples.times.push(number(columns.time, true)?);
        for &value in &columns.values {
            samples.values.push(number(value, false)?);
        }
        numbered.push(line);
    }
    let used = std::iter::once(columns.time).chain(columns.values).map(|i| names[i].as_str());
    let note = format!("text, columns {} separated by {}", listed(used), separator.name());
    Ok(Table { samples, lines: numbered, note })
}

/// Where the numbers stand.
struct Columns {
    time: usize,
    values: Vec<usize>,
}

impl Columns {
    fn of(names: &[String], quantity: Quantity) -> Result<Self, Problem> {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let missing = |name| Problem::Missing {
            missing: name,
            found: describe(&names),
            expected: quantity.expected(),
        };
        if names.first().is_some_and(|name| name.eq_ignore_ascii_case("scorer")) {
            return Err(Problem::Table(
                "the table is DeepLabCut's, with a header of three lines; choose a body part, in \
                 Python:\n    import pandas as pd; d = pd.read_csv(FILE, header=[1, 2], \
                 index_col=0)[PART]\n    d.where(d.likelihood > 0.9)[['x', \
                 'y']].rename_axis('frame').to_csv('track.csv')"
                    .to_owned(),
            ));
        }
        let time = names::find(&names, TIMES)?.ok_or_else(|| missing("t"))?;
        let values = match quantity {
            Quantity::Position => {
                names::find_plane(&names, quantity)?.ok_or_else(|| missing("x"))?.to_vec()
            }
            Quantity::Heading => {
                vec![names::find(&names, HEADINGS)?.ok_or_else(|| missing("heading"))?]
            }
        };
        Ok(Self { time, values })
    }
}

/// The columns' names, what separates them, and the first line of numbers if it was read already.
struct Header {
    names: Vec<String>,
    separator: Separator,
    pending: Option<(u64, String)>,
}

/// Finds the line that names the columns: the first one that is not a comment, or the last comment
/// before numbers.
fn header(lines: &mut Lines<impl Read>, quantity: Quantity) -> Result<Header, Problem> {
    let mut comment = None;
    while let Some((line, text)) = lines.next()? {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            continue;
        }
        if is_comment(trimmed) {
            let inside = trimmed.trim_start_matches(['#', '%']).trim();
            if !inside.is_empty() {
                comment = Some(inside.to_owned());
            }
            continue;
        }
        let separator = Separator::of(&text);
        let names = separator.split(&text);
        if !names.iter().all(|name| looks_numeric(name)) {
            return Ok(Header { names: without_end(names), separator, pending: None });
        }
        let Some(comment) = comment else {
            return Err(Problem::Missing {
                missing: "t",
                found: describe(&names.iter().map(String::as_str).collect::<Vec<_>>()),
                expected: quantity.expected(),
            });
        };
        // A comment may separate names in another way than the lines separate numbers.
        let names = without_end(Separator::of(&comment).split(&comment));
        return Ok(Header { names, separator, pending: Some((line, text)) });
    }
    Err(Problem::Missing {
        missing: "t",
        found: match &comment {
            Some(text) => format!("no numbers below the comment `{}`", shown(text)),
            None => "no header line".to_owned(),
        },
        expected: quantity.expected(),
    })
}

/// Names without the empty ones at the end.
fn without_end(mut names: Vec<String>) -> Vec<String> {
    names.truncate(names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1));
    names
}

fn is_comment(line: &str) -> bool {
    line.starts_with(['#', '%']) && !line.starts_with("#N/A") && !line.starts_with("#n/a")
}

/// Whether a field is a number, with either decimal sign, or marks a missing value.
fn looks_numeric(field: &str) -> bool {
    is_missing(field) || field.replacen(',', ".", 1).parse::<f64>().is_ok()
}

fn is_missing(field: &str) -> bool {
    field.len() <= 9 && MISSING.contains(&field.to_ascii_lowercase().as_str())
}

/// What stands between fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Separator {
    Char(char),
    /// Any number of blanks and tabs.
    Blanks,
}

impl Separator {
    /// As the line says, most telling first: what has semicolons or tabs may have decimal commas.
    fn of(line: &str) -> Self {
        let line = line.trim();
        match [';', '\t', ','].into_iter().find(|&c| line.contains(c)) {
            // Numbers with decimal commas and blanks between them, below a comment.
            Some(',') if decimal_commas(line) => Self::Blanks,
            Some(c) => Self::Char(c),
            None => Self::Blanks,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Char(';') => "semicolons",
            Self::Char('\t') => "tabs",
            Self::Char(_) => "commas",
            Self::Blanks => "blanks",
        }
    }

    /// Fields without the blanks and quotes around them.
    fn split(self, line: &str) -> Vec<String> {
        let Self::Char(separator) = self else {
            return line
                .split_whitespace()
                .map(|field| field.trim_matches('"').to_owned())
                .collect();
        };
        let line = line.trim_end_matches(['\n', '\r']);
        let mut fields = vec![String::new()];
        let mut quoted = false;
        for c in line.chars() {
            match c {
                '"' => quoted = !quoted,
                c if c == separator && !quoted => fields.push(String::new()),
                c => {
                    if let Some(field) = fields.last_mut() {
                        field.push(c);
                    }
                }
            }
        }
        for field in &mut fields {
            if field.trim().len() != field.len() {
                *field = field.trim().to_owned();
            }
        }
        fields
    }
}

/// Whether a line's words are numbers but what stands between its commas is not: `0,04 3 1,25`.
fn decimal_commas(line: &str) -> bool {
    let between = Separator::Char(',').split(line);
    line.split_whitespace().all(looks_numeric) && !between.iter().all(|field| looks_numeric(field))
}

/// Numbers of one file: all with the same decimal sign.
struct Numbers {
    decimal: Option<char>,
}

impl Numbers {
    /// A number; NaN for a missing value.
    ///
    /// # Errors
    /// A hint on what the field is instead, which may be empty.
    fn parse(
        &mut self,
        field: &str,
        separator: Separator,
        is_time: bool,
    ) -> Result<f64, &'static str> {
        let sign = field.chars().find(|c| matches!(c, '.' | ','));
        let parsed = match sign {
            Some(',') if separator != Separator::Char(',') => field.replacen(',', ".", 1).parse(),
            _ => field.parse::<f64>(),
        };
        match parsed {
            Ok(_) if sign.is_some() && self.decimal.is_some_and(|known| Some(known) != sign) => {
                Err("; the lines above have another decimal sign")
            }
            Ok(value) => {
                self.decimal = self.decimal.or(sign);
                Ok(value)
            }
            Err(_) if is_missing(field) => Ok(f64::NAN),
            Err(_) if is_time && is_clock(field) => Err(
                "; it is a date or a time of day. Write the seconds since the first sample: in \
                 Python, t = pd.to_datetime(d['t']); d['t'] = (t - t.iloc[0]).dt.total_seconds()",
            ),
            Err(_) => Err(""),
        }
    }
}

/// Whether a field is a date or a time of day: digits with `:` or `-` or `/` between them.
fn is_clock(field: &str) -> bool {
    field.starts_with(|c: char| c.is_ascii_digit())
        && (field.contains(':') || field.matches(['-', '/']).count() >= 2)
}

/// The header for a message.
fn describe(names: &[&str]) -> String {
    if names.iter().all(|name| name.is_empty()) {
        return "no header line".to_owned();
    }
    if names.iter().all(|name| looks_numeric(name)) {
        return "numbers in the first line, which must name the columns".to_owned();
    }
    listed(names.iter().copied())
}

/// The lines of a file, each of bounded length.
struct Lines<R> {
    reader: BufReader<R>,
    number: u64,
    text: Vec<u8>,
}

impl<R: Read> Lines<R> {
    /// The next line and its number, counting from 1; a quoted field may go on in the next ones.
    fn next(&mut self) -> Result<Option<(u64, String)>, Problem> {
        let start = self.number + 1;
        self.text.clear();
        loop {
            let left = LONGEST_LINE.saturating_sub(self.text.len() as u64);
            let read = self.reader.by_ref().take(left).read_until(b'\n', &mut self.text)?;
            self.number += 1;
            if self.text.len() as u64 >= LONGEST_LINE {
                return Err(Problem::Table(format!(
                    "line {start} is longer than {LONGEST_LINE} bytes"
                )));
            }
            let quotes = self.text.iter().filter(|&&byte| byte == b'"').count();
            if read == 0 || quotes.is_multiple_of(2) {
                break;
            }
        }
        if self.text.is_empty() {
            return Ok(None);
        }
        let text = std::str::from_utf8(&self.text)
            .map_err(|_| Problem::Table(format!("line {start} is not text in UTF-8")))?;
        let text = if start == 1 { text.trim_start_matches('\u{feff}') } else { text };
        Ok(Some((start, text.to_owned())))
    }
}
