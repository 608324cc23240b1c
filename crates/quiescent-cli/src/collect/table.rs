//! The collected table: one row per run and measurement, held so that 100 000 runs fit in memory.

use super::gather::Gathered;
use quiescent::analysis::Verdict;
use quiescent::run::Status;
use quiescent::workflow::Learned;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

/// Columns before and after those of the swept keys.
const BEFORE: [(&str, Kind); 2] = [("run", Kind::Text), ("seed", Kind::Count)];
const AFTER: [(&str, Kind); 10] = [
    ("status", Kind::Text),
    ("batch", Kind::Count),
    ("learned", Kind::Text),
    ("constant_answer_error", Kind::Number),
    ("parameters_sha256", Kind::Text),
    ("measurement", Kind::Text),
    ("value", Kind::Number),
    ("low", Kind::Number),
    ("high", Kind::Number),
    ("unit", Kind::Text),
];

/// What a key is where an experiment does not have it.
pub(super) const ABSENT: &str = "absent";

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
    /// An integer from 0 to 2⁶⁴−1.
    Count,
    Boolean,
}

/// One field of the table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Field<'a> {
    Text(&'a str),
    /// A finite number.
    Number(f64),
    Count(u64),
    Boolean(bool),
    Empty,
}

/// A run's own fields.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) name: String,
    pub(super) seed: u64,
    pub(super) status: Status,
    pub(super) batch: u64,
    pub(super) parameters_sha256: Option<String>,
    /// Whether its network has learned; none if chance is not known.
    learned: Option<Learned>,
}

impl Run {
    /// Whether its network has certainly not learned, so that its quiescent phase means nothing.
    pub(super) fn has_not_learned(&self) -> bool {
        self.learned.is_some_and(|learned| learned.verdict == Verdict::Fails)
    }
}

/// A key of the experiments.
#[derive(Debug)]
struct Key {
    name: String,
    /// Index of each run's value; 0 stands for none.
    values: Vec<u32>,
    /// Whether there are several values, none counting as one.
    swept: bool,
}

/// A measurement of one run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    /// Index of the run.
    pub(super) run: usize,
    /// Index of the measurement's name.
    pub(super) name: u32,
    /// Not finite if it is not known.
    pub(super) value: f64,
    low: f64,
    high: f64,
    pub(super) unit: u32,
}

/// A swept key.
#[derive(Debug, Clone)]
pub(crate) struct Swept {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// How many values it has; none does not count.
    pub(crate) values: usize,
    key: usize,
}

/// Every run and its measurements.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(super) runs: Vec<Run>,
    pub(super) rows: Vec<Row>,
    pub(crate) swept: Vec<Swept>,
    keys: Vec<Key>,
    key_of: HashMap<String, usize>,
    values: Values,
    pub(super) names: Words,
    pub(super) units: Words,
}

impl fmt::Display for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Count(count) => count.fmt(f),
            Self::Boolean(value) => value.fmt(f),
            Self::Empty => f.write_str(ABSENT),
        }
    }
}

impl Table {
    /// Adds a run.
    pub(crate) fn add(&mut self, run: Gathered) {
        let index = self.runs.len();
        for (name, value) in run.keys {
            let key = *self.key_of.entry(name).or_insert_with_key(|name| {
                // Runs before this one lack the key.
                let (values, swept) = (vec![0; index], index > 0);
                self.keys.push(Key { name: name.clone(), values, swept });
                self.keys.len() - 1
            });
            let key = &mut self.keys[key];
            // A key stands once in an experiment; a second time would shift the runs after it.
            if key.values.len() == index {
                key.values.push(self.values.number(value));
            }
        }
        for key in &mut self.keys {
            key.values.resize(index + 1, 0);
            key.swept |= key.values[index] != key.values[0];
        }
        for measured in run.measured {
            let [low, high] = measured.interval.unwrap_or([f64::NAN; 2]);
            self.rows.push(Row {
                run: index,
                name: self.names.number(measured.name),
                value: measured.value,
                low,
                high,
                unit: self.units.number(measured.unit),
            });
        }
        self.runs.push(Run {
            name: run.name,
            seed: run.record.seed,
            status: run.record.status,
            batch: run.record.batch,
            parameters_sha256: run.record.parameters_sha256,
            learned: run.learned,
        });
    }

    /// Finds the keys that differ, once all runs are there.
    pub(crate) fn finish(&mut self) {
        for key in self.keys.iter_mut().filter(|key| !key.swept) {
            key.values = Vec::new();
        }
        self.swept = self
            .keys
            .iter()
            .enumerate()
            .filter(|(_, key)| key.swept)
            .map(|(index, key)| {
                let mut values = key.values.clone();
                values.sort_unstable();
                values.dedup();
                values.retain(|value| *value != 0);
                let kind = self.values.kind(&values);
                Swept { name: key.name.clone(), kind, values: values.len(), key: index }
            })
            .collect();
        self.swept.sort_by(|a, b| a.name.cmp(&b.name));
    }

    /// Names of the columns and what they hold.
    pub(super) fn columns(&self) -> Vec<(&str, Kind)> {
        let swept = self.swept.iter().map(|swept| (swept.name.as_str(), swept.kind));
        BEFORE.into_iter().chain(swept).chain(AFTER).collect()
    }

    /// The field of a row in a column, which is counted as in [`columns`](Self::columns).
    pub(super) fn field(&self, row: &Row, column: usize) -> Field<'_> {
        let run = &self.runs[row.run];
        let after = match column.checked_sub(BEFORE.len()) {
            None => {
                return if column == 0 { Field::Text(&run.name) } else { Field::Count(run.seed) };
            }
            Some(column) => match self.swept.get(column) {
                Some(swept) => return self.swept_field(swept, row.run),
                None => column - self.swept.len(),
            },
        };
        match after {
            0 => Field::Text(status_name(run.status)),
            1 => Field::Count(run.batch),
            2 => run.learned.map_or(Field::Empty, |of| Field::Text(learned_name(of.verdict))),
            3 => run.learned.map_or(Field::Empty, |of| number(of.constant_answer_error)),
            4 => run.parameters_sha256.as_deref().map_or(Field::Empty, Field::Text),
            5 => Field::Text(self.names.word(row.name)),
            6 => number(row.value),
            7 => number(row.low),
            8 => number(row.high),
            _ => Field::Text(self.units.word(row.unit)),
        }
    }

    /// A run's value of a swept key.
    pub(crate) fn swept_field(&self, swept: &Swept, run: usize) -> Field<'_> {
        let Some((text, value)) = self.values.get(self.keys[swept.key].values[run]) else {
            return Field::Empty;
        };
        match (swept.kind, value) {
            (Kind::Number, Value::Number(value)) => value.as_f64().map_or(Field::Empty, number),
            (Kind::Boolean, Value::Bool(value)) => Field::Boolean(*value),
            (_, Value::String(text)) => Field::Text(text),
            _ => Field::Text(text),
        }
    }

    /// How many networks have learned (`yes`), have not (`no`), and so on; `unknown` without chance.
    pub(super) fn by_learned(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for run in &self.runs {
            let name = run.learned.map_or("unknown", |learned| learned_name(learned.verdict));
            *counts.entry(name).or_default() += 1;
        }
        counts
    }

    /// The same as it stands in the experiment; null if it does not have the key.
    pub(crate) fn swept_value(&self, swept: &Swept, run: usize) -> Value {
        let value = self.values.get(self.keys[swept.key].values[run]);
        value.map_or(Value::Null, |(_, value)| value.clone())
    }

    /// How many runs have each status.
    pub(super) fn by_status(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for run in &self.runs {
            *counts.entry(status_name(run.status)).or_default() += 1;
        }
        counts
    }
}

fn number(value: f64) -> Field<'static> {
    if value.is_finite() { Field::Number(value) } else { Field::Empty }
}

fn learned_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "yes",
        Verdict::Fails => "no",
        Verdict::Undecided => "undecided",
    }
}

/// As `run.json` has it.
fn status_name(status: Status) -> &'static str {
    match status {
        Status::Running => "running",
        Status::Finished => "finished",
        Status::Interrupted => "interrupted",
        Status::Diverged => "diverged",
    }
}

/// Numbers words, from 0.
#[derive(Debug, Default)]
pub(super) struct Words {
    numbers: HashMap<String, u32>,
    words: Vec<String>,
}

impl Words {
    fn number(&mut self, word: String) -> u32 {
        let next = self.words.len() as u32;
        *self.numbers.entry(word).or_insert_with_key(|word| {
            self.words.push(word.clone());
            next
        })
    }

    /// The number of a word, if it has one.
    pub(super) fn find(&self, word: &str) -> Option<u32> {
        self.numbers.get(word).copied()
    }

    /// The word of a number.
    pub(super) fn word(&self, number: u32) -> &str {
        &self.words[number as usize]
    }

    /// All of them, in order of first appearance.
    pub(super) fn all(&self) -> &[String] {
        &self.words
    }
}

/// Numbers values, from 1, by their JSON.
#[derive(Debug, Default)]
struct Values {
    numbers: HashMap<String, u32>,
    values: Vec<(String, Value)>,
}

impl Values {
    fn number(&mut self, value: Value) -> u32 {
        let text = value.to_string();
        if let Some(number) = self.numbers.get(&text) {
            return *number;
        }
        self.values.push((text.clone(), value));
        let number = self.values.len() as u32;
        self.numbers.insert(text, number);
        number
    }

    fn get(&self, number: u32) -> Option<&(String, Value)> {
        self.values.get((number as usize).checked_sub(1)?)
    }

    /// What a column of these values holds.
    fn kind(&self, numbers: &[u32]) -> Kind {
        let all = |is: fn(&Value) -> bool| {
            numbers.iter().filter_map(|number| self.get(*number)).all(|(_, value)| is(value))
        };
        if all(Value::is_number) {
            Kind::Number
        } else if all(Value::is_boolean) {
            Kind::Boolean
        } else {
            Kind::Text
        }
    }
}
