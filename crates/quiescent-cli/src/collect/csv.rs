//! The table as comma-separated values.

use super::table::{Field, Table};
use std::fmt::Write as _;
use std::io;

/// Writes the table with a header. Numbers have as many digits as reading them back takes; what is
/// not known leaves its field empty.
pub(super) fn write(table: &Table, file: impl io::Write) -> io::Result<()> {
    let mut writer = ::csv::Writer::from_writer(file);
    let columns = table.columns();
    writer.write_record(columns.iter().map(|(name, _)| name))?;
    let mut text = String::new();
    for row in &table.rows {
        for column in 0..columns.len() {
            text.clear();
            let field = match table.field(row, column) {
                Field::Text(text) => text,
                field => {
                    push(&mut text, field);
                    &text
                }
            };
            writer.write_field(field)?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()
}

fn push(text: &mut String, field: Field<'_>) {
    // Memory takes every character.
    let _ = match field {
        Field::Text(_) | Field::Empty => Ok(()),
        Field::Count(count) => write!(text, "{count}"),
        Field::Boolean(value) => write!(text, "{value}"),
        // The debug format has exponents where numbers would be long.
        Field::Number(number) => write!(text, "{number:?}"),
    };
    if let (Field::Number(_), true) = (field, text.ends_with(".0")) {
        text.truncate(text.len() - 2);
    }
}
