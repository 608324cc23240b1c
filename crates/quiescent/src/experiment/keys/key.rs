//! One key of an experiment.

use serde::Serialize;

use crate::experiment::TaskKind;

/// One key of an experiment, as in files and in `key=value`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Key {
    /// Dotted path, such as `network.noise.sigma`.
    pub path: &'static str,
    /// The kind of task whose experiments have this key, or have it with this unit and meaning; none for
    /// both kinds.
    pub task: Option<TaskKind>,
    /// Unit of the value; none for counts, fractions, names and texts.
    pub unit: Option<&'static str>,
    /// Everything that may be given, if these are a few names or forms; empty for numbers and texts.
    pub choices: &'static [&'static str],
    /// What the key means, in one short sentence.
    pub meaning: &'static str,
}

impl Key {
    /// A key without a unit: a count, a fraction or a text.
    pub(super) const fn plain(path: &'static str, meaning: &'static str) -> Self {
        Self { path, task: None, unit: None, choices: &[], meaning }
    }

    /// A key whose value has a unit.
    pub(super) const fn with_unit(
        path: &'static str,
        unit: &'static str,
        meaning: &'static str,
    ) -> Self {
        Self { unit: Some(unit), ..Self::plain(path, meaning) }
    }

    /// A key with a few possible values.
    pub(super) const fn choice(
        path: &'static str,
        choices: &'static [&'static str],
        meaning: &'static str,
    ) -> Self {
        Self { choices, ..Self::plain(path, meaning) }
    }

    /// The same, but of one kind of task alone.
    pub(super) const fn of(self, task: TaskKind) -> Self {
        Self { task: Some(task), ..self }
    }

    /// Whether experiments of a kind of task have it.
    pub fn is_of(&self, task: TaskKind) -> bool {
        self.task.is_none_or(|only| only == task)
    }

    /// Unit, meaning and choices on one line, as in the comment behind the key in a file.
    pub fn comment(&self) -> String {
        let unit = self.unit.map_or_else(String::new, |unit| format!("{unit}; "));
        let choices = match self.choices {
            [] => String::new(),
            choices => format!(" ({})", choices.join(", ")),
        };
        format!("{unit}{}{choices}", self.meaning)
    }
}
