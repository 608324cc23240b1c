//! Filling a figure's table by the names of its columns.

use crate::table::{Cell, Table};

/// A table under construction.
pub(super) struct Rows {
    table: Table,
    /// What every further row holds, unless it says otherwise.
    always: Vec<(&'static str, Cell)>,
}

impl Rows {
    /// A table without rows; the header names its columns, with commas between them.
    pub(super) fn new(header: &str) -> Self {
        Self { table: Table::new(&header.split(',').collect::<Vec<_>>()), always: Vec::new() }
    }

    /// What every further row holds in a column, unless it says otherwise.
    pub(super) fn always(&mut self, name: &'static str, value: impl Into<Cell>) {
        self.always.retain(|(column, _)| *column != name);
        self.always.push((name, value.into()));
    }

    /// Adds a row of values by the names of their columns; columns not named are empty.
    pub(super) fn push(&mut self, values: impl IntoIterator<Item = (&'static str, Cell)>) {
        let mut row = vec![Cell::Empty; self.table.columns().len()];
        for (name, value) in self.always.iter().cloned().chain(values) {
            let column = self.table.columns().iter().position(|column| column == name);
            debug_assert!(column.is_some(), "no column {name}");
            if let Some(column) = column {
                row[column] = value;
            }
        }
        self.table.push(row);
    }

    /// The table.
    pub(super) fn finish(self) -> Table {
        self.table
    }
}
