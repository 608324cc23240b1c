//! The table as Parquet: the columns of the CSV with their types, nulls where it has empty fields.

use super::table::{Field, Kind, Row, Table};
use ::parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use ::parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use ::parquet::errors::{ParquetError, Result};
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::types::Type;
use std::io;
use std::sync::Arc;

/// Rows that are written at once and can be read alone.
const GROUP: usize = 1 << 17;

/// Writes the table.
pub(super) fn write(table: &Table, file: impl io::Write + Send) -> io::Result<()> {
    write_file(table, file).map_err(|error| match error {
        // The disk's own reason, if it is that.
        ParquetError::External(error) => match error.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(error) => io::Error::other(error),
        },
        error => io::Error::other(error),
    })
}

fn write_file(table: &Table, file: impl io::Write + Send) -> Result<()> {
    let columns = table.columns();
    let fields = columns
        .iter()
        .map(|(name, kind)| column_type(name, *kind).map(Arc::new))
        .collect::<Result<Vec<_>>>()?;
    let schema = Type::group_type_builder("schema").with_fields(fields).build()?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(concat!("quiescent ", env!("CARGO_PKG_VERSION")).to_owned())
        .build();
    let mut writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))?;
    for rows in table.rows.chunks(GROUP) {
        let mut group = writer.next_row_group()?;
        for (column, (_, kind)) in columns.iter().enumerate() {
            let fields = rows.iter().map(|row| table.field(row, column));
            match kind {
                Kind::Text => texts(&mut group, table, rows, column)?,
                Kind::Number => plain::<DoubleType>(&mut group, fields, |field| match field {
                    Field::Number(number) => Some(number),
                    _ => None,
                })?,
                // The type says that the sign bit is none.
                Kind::Count => plain::<Int64Type>(&mut group, fields, |field| match field {
                    Field::Count(count) => Some(count.cast_signed()),
                    _ => None,
                })?,
                Kind::Boolean => plain::<BoolType>(&mut group, fields, |field| match field {
                    Field::Boolean(value) => Some(value),
                    _ => None,
                })?,
            }
        }
        group.close()?;
    }
    writer.close()?;
    Ok(())
}

fn column_type(name: &str, kind: Kind) -> Result<Type> {
    let (physical, logical) = match kind {
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Number => (Physical::DOUBLE, None),
        Kind::Count => (Physical::INT64, Some(LogicalType::integer(64, false))),
        Kind::Boolean => (Physical::BOOLEAN, None),
    };
    Type::primitive_type_builder(name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical)
        .build()
}

/// A column whose values are copied.
fn plain<'a, T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, impl io::Write + Send>,
    fields: impl Iterator<Item = Field<'a>>,
    value: impl Fn(Field<'a>) -> Option<T::T>,
) -> Result<()> {
    let values: Vec<Option<T::T>> = fields.map(value).collect();
    write_column::<T>(group, values)
}

/// A column of texts. Successive rows mostly hold the same, which is copied once.
fn texts(
    group: &mut SerializedRowGroupWriter<'_, impl io::Write + Send>,
    table: &Table,
    rows: &[Row],
    column: usize,
) -> Result<()> {
    let mut last: Option<(&str, ByteArray)> = None;
    let mut values = Vec::with_capacity(rows.len());
    for row in rows {
        let Field::Text(text) = table.field(row, column) else {
            values.push(None);
            continue;
        };
        let bytes = match &last {
            Some((same, bytes)) if *same == text => bytes.clone(),
            _ => ByteArray::from(text.as_bytes().to_vec()),
        };
        last = Some((text, bytes.clone()));
        values.push(Some(bytes));
    }
    write_column::<ByteArrayType>(group, values)
}

fn write_column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, impl io::Write + Send>,
    values: Vec<Option<T::T>>,
) -> Result<()> {
    let there: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let values: Vec<T::T> = values.into_iter().flatten().collect();
    let missing =
        || ParquetError::General("the schema has fewer columns than the table".to_owned());
    let mut column = group.next_column()?.ok_or_else(missing)?;
    column.typed::<T>().write_batch(&values, Some(&there), None)?;
    column.close()
}
