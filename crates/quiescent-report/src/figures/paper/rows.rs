//! The numbers that a figure draws, as a tidy table.

/// One value of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A name.
    Text(String),
    /// A measurement.
    Number(f64),
    /// A whole number.
    Count(u64),
    /// Nothing: the column does not apply, or the value could not be measured.
    Empty,
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        if number.is_nan() { Self::Empty } else { Self::Number(number) }
    }
}

impl From<f32> for Value {
    fn from(number: f32) -> Self {
        f64::from(number).into()
    }
}

impl From<u64> for Value {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<usize> for Value {
    fn from(count: usize) -> Self {
        Self::Count(count as u64)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// A table: one row for each thing drawn, one column for each thing known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// Names of the columns, with their units.
    pub columns: Vec<&'static str>,
    /// Values, as many in each row as there are columns.
    pub rows: Vec<Vec<Value>>,
    /// What every further row holds, unless it says otherwise.
    always: Vec<(&'static str, Value)>,
}

impl Rows {
    pub(super) fn new(columns: &[&'static str]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new(), always: Vec::new() }
    }

    /// What every further row holds in a column, unless it says otherwise.
    pub(super) fn always(&mut self, name: &'static str, value: impl Into<Value>) {
        self.always.retain(|(column, _)| *column != name);
        self.always.push((name, value.into()));
    }

    /// Adds a row of values by the names of their columns; columns not named are empty.
    pub(super) fn push<const N: usize>(&mut self, values: [(&'static str, Value); N]) {
        let mut row = vec![Value::Empty; self.columns.len()];
        for (name, value) in self.always.iter().cloned().chain(values) {
            let column = self.columns.iter().position(|column| *column == name);
            debug_assert!(column.is_some(), "no column {name}");
            if let Some(column) = column {
                row[column] = value;
            }
        }
        self.rows.push(row);
    }
}
