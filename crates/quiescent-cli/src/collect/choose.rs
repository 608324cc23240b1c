//! Which figures are drawn: names of measurements and keys, checked against what the runs have.

use super::arguments::CollectArguments;
use super::table::{ABSENT, Field, Kind, Swept, Table};
use crate::ui::failure::Failure;
use quiescent::experiment::nearest;
use quiescent::readable::counted;
use quiescent_report::{SweepPoint, SweepValue, SweepView};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// What is drawn where nothing else is asked for: the first that a run has.
const DEFAULTS: [&str; 3] =
    ["kl_quiescent_from_active", "study.kl_quiescent_from_active", "decode_error"];
/// The key that seeds are drawn against.
const SEED: &str = "seed";

/// A figure to be drawn.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) view: SweepView,
    /// What the view lacks, and why.
    pub(super) notes: Vec<String>,
}

/// The figures that were asked for; none if nothing was and the runs have nothing to draw.
pub(super) fn choose(table: &Table, arguments: &CollectArguments) -> Result<Vec<Chosen>, Failure> {
    let known: HashSet<u32> =
        table.rows.iter().filter(|row| row.value.is_finite()).map(|row| row.name).collect();
    let mut names: Vec<u32> = Vec::new();
    for name in &arguments.measurement {
        let number = table.names.find(name).ok_or_else(|| {
            unknown("--measurement", name, table.names.all().iter().map(String::as_str), "the runs")
        })?;
        if !names.contains(&number) {
            names.push(number);
        }
    }
    if arguments.measurement.is_empty() {
        let mut usual = DEFAULTS.iter().filter_map(|name| table.names.find(name));
        names.extend(usual.find(|number| known.contains(number)));
    }
    let key = along(table, arguments)?;
    let drawn = selected(table, &arguments.only)?;
    Ok(names.into_iter().map(|name| view(table, name, key, &drawn)).collect())
}

/// The key along x; none for the seed.
fn along<'a>(table: &'a Table, arguments: &CollectArguments) -> Result<Option<&'a Swept>, Failure> {
    match arguments.against.as_deref() {
        Some(SEED) => Ok(None),
        Some(key) => Ok(Some(swept(table, "--against", key)?)),
        // Of keys with as many values, numbers and then the first by name.
        None => {
            Ok(table.swept.iter().rev().max_by_key(|key| (key.values, key.kind == Kind::Number)))
        }
    }
}

fn swept<'a>(table: &'a Table, flag: &str, key: &str) -> Result<&'a Swept, Failure> {
    table.swept.iter().find(|swept| swept.name == key).ok_or_else(|| {
        let keys = table.swept.iter().map(|swept| swept.name.as_str());
        unknown(flag, key, keys.chain([SEED]), "keys that differ among the runs")
    })
}

/// A name that there is not: says what there is.
fn unknown<'a>(
    flag: &str,
    given: &str,
    there: impl Iterator<Item = &'a str> + Clone,
    of: &str,
) -> Failure {
    // With the last part alone, `sigma` is near to `network.noise.sigma`.
    let meant = nearest(given, there.clone())
        .map_or_else(|| ".".to_owned(), |name| format!("; did you mean `{name}`?"));
    let mut names: Vec<&str> = there.collect();
    names.sort_unstable();
    Failure::Usage(format!(
        "{flag}: there is no `{given}` among {of}{meant} There are {}",
        names.join(", ")
    ))
}

/// Which runs are drawn.
fn selected(table: &Table, only: &[String]) -> Result<Vec<bool>, Failure> {
    let mut drawn = vec![true; table.runs.len()];
    for text in only {
        let (key, wanted) = text.split_once('=').ok_or_else(|| {
            Failure::Usage(format!("--where {text}: expected KEY=VALUE, such as network.units=512"))
        })?;
        let fields: Vec<Field<'_>> = if key == SEED {
            table.runs.iter().map(|run| Field::Count(run.seed)).collect()
        } else {
            let swept = swept(table, "--where", key)?;
            (0..table.runs.len()).map(|run| table.swept_field(swept, run)).collect()
        };
        let mut any = false;
        for (drawn, field) in drawn.iter_mut().zip(&fields) {
            let fits = is(*field, wanted);
            any |= fits;
            *drawn &= fits;
        }
        if !any {
            return Err(no_such_value(key, wanted, &fields));
        }
    }
    if drawn.contains(&true) || only.is_empty() {
        Ok(drawn)
    } else {
        Err(Failure::Usage(format!("no run has all of --where {}", only.join(" and "))))
    }
}

/// Whether a field is what a user wrote.
fn is(field: Field<'_>, wanted: &str) -> bool {
    match field {
        Field::Text(text) => text == wanted,
        Field::Number(number) => wanted.parse() == Ok(number),
        Field::Count(count) => wanted.parse() == Ok(count),
        Field::Boolean(value) => wanted.parse() == Ok(value),
        Field::Empty => wanted == ABSENT,
    }
}

fn no_such_value(key: &str, wanted: &str, fields: &[Field<'_>]) -> Failure {
    let mut values: Vec<String> = Vec::new();
    for field in fields {
        let text = field.to_string();
        if !values.contains(&text) {
            values.push(text);
        }
        if values.len() > 20 {
            values.push("…".to_owned());
            break;
        }
    }
    Failure::Usage(format!(
        "--where {key}={wanted}: no run has that value of {key}; there are {}",
        values.join(", ")
    ))
}

/// A measurement of the runs that are drawn.
fn view(table: &Table, name: u32, key: Option<&Swept>, drawn: &[bool]) -> Chosen {
    let others: Vec<&Swept> =
        table.swept.iter().filter(|swept| key.is_none_or(|key| key.name != swept.name)).collect();
    let rows = || table.rows.iter().filter(|row| row.name == name && drawn[row.run]);
    // One figure has one unit: that of most runs.
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    rows().for_each(|row| *counts.entry(row.unit).or_default() += 1);
    let unit = counts.iter().max_by_key(|(_, count)| **count).map(|(unit, _)| *unit);
    let of_rest = is_of_rest(table.names.word(name));
    let mut texts = Texts::default();
    let points: Vec<SweepPoint> = rows()
        .filter(|row| Some(row.unit) == unit)
        .map(|row| SweepPoint {
            x: match key {
                Some(key) => texts.value(table.swept_field(key, row.run)),
                None => SweepValue::Number(table.runs[row.run].seed as f64),
            },
            others: others
                .iter()
                .map(|swept| texts.value(table.swept_field(swept, row.run)))
                .collect(),
            seed: table.runs[row.run].seed,
            value: row.value,
            judged: !(of_rest && table.runs[row.run].has_not_learned()),
        })
        .collect();
    let mut notes = Vec::new();
    let other_unit = rows().count() - points.len();
    if other_unit > 0 {
        let runs = counted(other_unit, "run");
        notes.push(format!("{runs} with another unit of it not drawn"));
    }
    let without = drawn.iter().filter(|drawn| **drawn).count() - rows().count();
    if without > 0 {
        notes.push(format!("{} without it", counted(without, "run")));
    }
    let measurement = table.names.word(name).to_owned();
    Chosen {
        view: SweepView {
            measurement,
            unit: unit.map_or_else(String::new, |unit| table.units.word(unit).to_owned()),
            key: key.map_or_else(|| SEED.to_owned(), |key| key.name.clone()),
            others: others.iter().map(|swept| swept.name.clone()).collect(),
            points,
        },
        notes,
    }
}

/// Whether a measurement is of the quiescent phase, which means nothing in a network that has not learned.
fn is_of_rest(measurement: &str) -> bool {
    let name = measurement.strip_prefix("study.").unwrap_or(measurement);
    let waking = [
        "test_loss",
        "decode_error",
        "train_loss",
        "training_s",
        "tracking_error",
        "kl_uniform_from_active",
    ];
    !(waking.contains(&name) || name.starts_with("active."))
}

/// Texts of values, each held once.
#[derive(Default)]
struct Texts<'a>(HashMap<&'a str, Arc<str>>);

impl<'a> Texts<'a> {
    fn value(&mut self, field: Field<'a>) -> SweepValue {
        let mut text = |text: &'a str| {
            SweepValue::Text(Arc::clone(self.0.entry(text).or_insert_with(|| text.into())))
        };
        match field {
            Field::Text(word) => text(word),
            Field::Number(number) => SweepValue::Number(number),
            Field::Count(count) => SweepValue::Number(count as f64),
            Field::Boolean(value) => text(if value { "true" } else { "false" }),
            Field::Empty => SweepValue::Absent,
        }
    }
}
