//! Reads the experiment files of the paper's authors, unchanged, as experiments of this program.
//!
//! Here *upstream* means the authors' keys and values, *own* those of this program.

mod arithmetic;
mod interpolation;
mod keys;
mod layers;
mod notes;
#[cfg(test)]
mod tests;
mod translate;

use std::path::Path;

use super::text::load::assemble;
use super::{Experiment, SpecError};
use crate::experiment::place::Place;
use keys::Task;

/// An experiment of the paper's authors, translated.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferenceExperiment {
    /// The equivalent experiment.
    pub experiment: Experiment,
    /// Where their program would treat it differently, one note each.
    pub notes: Vec<String>,
}

impl ReferenceExperiment {
    /// Reads an experiment from the folder that holds `base.yml`.
    ///
    /// `overrides` are `key=value` texts with upstream keys (`rnn.n_rec=256`), among them
    /// `config=TASK/NAME`, which names the experiment, and usually `seed=N`. The files are merged in
    /// the order `base.yml`, `TASK/base.yml`, `TASK/NAME.yml`, overrides; later ones win. Values may
    /// refer to others (`${rnn.n_rec}`), to π (`${pi:}`) and to arithmetic (`${eval:2*3}`); nothing
    /// else is evaluated. Overrides of the own sections `about`, `network`, `rest`, `time` and
    /// `training` are applied after the translation, for what upstream keys cannot express.
    ///
    /// # Errors
    /// If a file cannot be read, a key is unknown or has no equivalent here, or the experiment is
    /// not valid; the message names file, line, key, what was given and what is allowed.
    pub fn read(
        folder: impl AsRef<Path>,
        overrides: &[impl AsRef<str>],
    ) -> Result<Self, SpecError> {
        let layers = layers::merge(folder.as_ref(), overrides)?;
        let place = layers.tree.get("config").map_or(Place::Unwritten, |node| node.place.clone());
        let task = Task::of(&layers.config, &place)?;
        let upstream = interpolation::resolve(&layers.tree)?;
        let own = translate::translate(&layers.config, task, &upstream)?;
        let experiment =
            assemble(own, &layers.own).map_err(|error| task.in_upstream_terms(error))?;
        let notes = notes::notes(&experiment);
        Ok(Self { experiment, notes })
    }

    /// The notes as comments, then the experiment with every key written out: a file that
    /// [`Experiment::from_file`] reads.
    ///
    /// # Errors
    /// [`SpecError::Unwritable`].
    pub fn to_yaml(&self) -> Result<String, SpecError> {
        let mut text: String = self.notes.iter().map(|note| comment(note)).collect();
        text.push_str(&self.experiment.to_annotated_yaml()?);
        Ok(text)
    }
}

/// A sentence as lines of comments.
fn comment(sentence: &str) -> String {
    const WIDEST: usize = 100;
    let mut text = String::new();
    let mut width = WIDEST;
    for word in sentence.split(' ') {
        let length = word.chars().count() + 1;
        if width + length > WIDEST {
            // A continued sentence is indented: where the next one begins can be seen.
            text.push_str(if text.is_empty() { "#" } else { "\n#  " });
            width = if text.len() == 1 { 1 } else { 3 };
        }
        text.push(' ');
        text.push_str(word);
        width += length;
    }
    text.push('\n');
    text
}
