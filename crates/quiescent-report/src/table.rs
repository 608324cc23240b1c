//! The numbers behind a figure, as a tidy table: one row per observation, one column per variable.

/// One field of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A number in double precision. A value that is not finite leaves its field empty.
    Number(f64),
    /// A number in single precision, which its file holds and which is printed as short.
    Single(f32),
    /// A count or an index.
    Count(u64),
    /// A name.
    Text(String),
    /// Nothing: the column does not apply, or the value could not be measured.
    Empty,
}

impl From<usize> for Cell {
    fn from(value: usize) -> Self {
        Self::Count(value as u64)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<f32> for Cell {
    fn from(value: f32) -> Self {
        Self::Single(value)
    }
}

impl From<u64> for Cell {
    fn from(value: u64) -> Self {
        Self::Count(value)
    }
}

impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Cell {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl Cell {
    /// The field's text. Numbers have as many digits as reading them back to the same value takes.
    fn text(&self) -> String {
        match self {
            Self::Number(value) if value.is_nan() => String::new(),
            Self::Single(value) if value.is_nan() => String::new(),
            // The debug format has exponents where numbers would be long.
            Self::Number(value) => format!("{value:?}"),
            Self::Single(value) => format!("{value:?}"),
            Self::Count(value) => value.to_string(),
            Self::Text(text) => text.clone(),
            Self::Empty => String::new(),
        }
    }
}

/// A figure's data.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows. Names of columns end in their unit: `x_m`.
    pub fn new(columns: &[&str]) -> Self {
        Self { columns: columns.iter().map(|name| (*name).to_owned()).collect(), rows: Vec::new() }
    }

    /// Adds a row, which must have one cell per column: in a release build, missing cells are
    /// left empty and surplus ones dropped.
    pub fn push(&mut self, row: impl IntoIterator<Item = Cell>) {
        let mut row: Vec<Cell> = row.into_iter().collect();
        debug_assert_eq!(row.len(), self.columns.len(), "cells of a row of {:?}", self.columns);
        row.resize(self.columns.len(), Cell::Empty);
        self.rows.push(row);
    }

    /// Names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The rows, each with one cell per column.
    pub fn rows(&self) -> &[Vec<Cell>] {
        &self.rows
    }

    /// The table as comma-separated values with a header (RFC 4180, lines ending in `\n`).
    pub fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let lines = std::iter::once(self.columns.clone())
            .chain(self.rows.iter().map(|row| row.iter().map(Cell::text).collect()));
        for line in lines {
            // Cannot fail: rows are as long as the header, and memory takes every byte.
            let written = writer.write_record(&line);
            debug_assert!(written.is_ok(), "{written:?}");
        }
        // Every byte comes from a string, and quoting adds ASCII alone.
        let bytes = writer.into_inner().unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn numbers_read_back_to_the_same_bits() {
        let values = [0.1, -0.0, 1.0 / 3.0, 1e-300, f64::MAX, 5e-324, 1e16, f64::INFINITY];
        let mut table = Table::new(&["value"]);
        values.iter().for_each(|value| table.push([(*value).into()]));
        let text = table.csv();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let read: Vec<f64> = reader.deserialize().map(|row| row.unwrap()).collect();
        assert_eq!(read.map_bits(), values.map_bits());
    }

    trait Bits {
        fn map_bits(&self) -> Vec<u64>;
    }

    impl Bits for [f64] {
        fn map_bits(&self) -> Vec<u64> {
            self.iter().map(|value| value.to_bits()).collect()
        }
    }

    #[test]
    fn single_precision_is_printed_as_short_as_it_is() {
        for value in [0.1f32, 1.0 / 3.0, f32::MIN_POSITIVE, f32::MAX, -2.5e-20] {
            let text = Cell::from(value).text();
            assert_eq!(text.parse::<f32>().unwrap().to_bits(), value.to_bits());
            assert!(text.len() <= 15, "{text}");
        }
    }

    #[test]
    fn names_are_quoted_and_gaps_are_empty() {
        let mut table = Table::new(&["run", "n", "x_m"]);
        table.push(["a,\"b\"\nκ".into(), 3u64.into(), f64::NAN.into()]);
        assert_eq!(table.csv(), "run,n,x_m\n\"a,\"\"b\"\"\nκ\",3,\n");
        let text = table.csv();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let row = reader.records().next().unwrap().unwrap();
        assert_eq!(row.iter().collect::<Vec<_>>(), ["a,\"b\"\nκ", "3", ""]);
    }

    #[test]
    #[should_panic(expected = "cells of a row")]
    #[cfg(debug_assertions)]
    fn rows_of_another_length_are_noticed() {
        Table::new(&["a", "b"]).push([1.0.into()]);
    }
}
