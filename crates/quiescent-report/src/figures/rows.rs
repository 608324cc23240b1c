//! Filling a figure's table by the names of its columns.

use crate::table::{Cell, Table};

/// A table under construction.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rows {
    columns: Vec<&'static str>,
    table: Table,
    /// What every further row holds, unless it says otherwise.
    always: Vec<(&'static str, Cell)>,
}

impl Rows {
    pub(super) fn new(columns: &[&'static str]) -> Self {
        Self { columns: columns.to_vec(), table: Table::new(columns), always: Vec::new() }
    }

    /// What every further row holds in a column, unless it says otherwise.
    pub(super) fn always(&mut self, name: &'static str, value: impl Into<Cell>) {
        self.always.retain(|(column, _)| *column != name);
        self.always.push((name, value.into()));
    }

    /// Adds a row of values by the names of their columns; columns not named are empty.
    pub(super) fn push<const N: usize>(&mut self, values: [(&'static str, Cell); N]) {
        let mut row = vec![Cell::Empty; self.columns.len()];
        for (name, value) in self.always.iter().cloned().chain(values) {
            let column = self.columns.iter().position(|column| *column == name);
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
