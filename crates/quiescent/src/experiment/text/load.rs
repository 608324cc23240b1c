//! From names, files and overrides to an experiment, and back to text.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use super::default_trees::DefaultTrees;
use super::deserialize::from_node;
use super::kinds::{TASK_KIND, network_kind, task_kind};
use super::node::{Node, Scalar, Value};
use super::overrides::apply_overrides;
use super::sections::{complete, locate_recording};
use super::yaml;
use crate::experiment::effect::{refuse_idle, reset_idle};
use crate::experiment::place::{Place, shorten};
use crate::experiment::validate::OutOfRange;
use crate::experiment::{Experiment, SpecError, TaskSpec, nearest, shipped};

impl Experiment {
    /// A shipped experiment, by name (see [`shipped()`]).
    ///
    /// # Errors
    /// [`SpecError::UnknownName`] with the nearest name.
    pub fn named(name: &str) -> Result<Self, SpecError> {
        Self::resolve_named(name, &[] as &[&str])
    }

    /// Reads an experiment file. Paths inside are relative to its folder.
    ///
    /// # Errors
    /// If the file cannot be read, is not YAML, or is not a valid experiment.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, SpecError> {
        Self::resolve_file(path.as_ref(), &[] as &[&str])
    }

    /// Reads an experiment from text; `source_name` stands for the file in errors. Paths inside
    /// are relative to the working directory.
    ///
    /// # Errors
    /// If the text is not YAML or is not a valid experiment.
    pub fn parse(text: &str, source_name: &str) -> Result<Self, SpecError> {
        assemble(yaml::read(text, source_name)?, None, &[] as &[&str])
    }

    /// The resolved experiment that a run folder keeps. Paths inside are relative to `folder`.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    #[cfg_attr(not(feature = "files"), allow(dead_code, reason = "run folders need it"))]
    pub(crate) fn parse_resolved(
        text: &str,
        source_name: &str,
        folder: &Path,
    ) -> Result<Self, SpecError> {
        let tree = yaml::read(text, source_name)?;
        assemble_by(tree, Some(folder), &[] as &[&str], Author::Program)
    }

    /// A shipped experiment if there is one of that name, else a file.
    ///
    /// # Errors
    /// As [`named`](Self::named) and [`from_file`](Self::from_file).
    pub fn load(name_or_path: &str) -> Result<Self, SpecError> {
        Self::resolve(name_or_path, &[] as &[&str])
    }

    /// [`load`](Self::load), then every `key=value` override in order; keys that none of them
    /// gives take the default of the task's kind.
    ///
    /// A value is YAML and replaces what stood at its key (`task.drift={fraction_per_step: 0.1}`);
    /// for a key that takes any text (`about`, the path of a recording) it is the text as it
    /// stands. Paths in overrides are relative to the working directory.
    ///
    /// # Errors
    /// As [`load`](Self::load); an empty value; an override that undoes an earlier one, or a map that
    /// would reset a key that it does not name. Errors in an override quote it.
    pub fn resolve(name_or_path: &str, overrides: &[impl AsRef<str>]) -> Result<Self, SpecError> {
        let path = Path::new(name_or_path);
        if shipped::text(name_or_path).is_none() && path.exists() {
            Self::resolve_file(path, overrides)
        } else {
            Self::resolve_named(name_or_path, overrides)
        }
    }

    /// This experiment with one `key=value` override, such as `network.units=256`.
    ///
    /// # Errors
    /// If the override is malformed or the experiment is not valid with it.
    pub fn with(&self, key_value: &str) -> Result<Self, SpecError> {
        self.with_all(&[key_value])
    }

    /// This experiment with several `key=value` overrides, in order.
    ///
    /// # Errors
    /// As [`with`](Self::with).
    pub fn with_all(&self, overrides: &[impl AsRef<str>]) -> Result<Self, SpecError> {
        let tree = yaml::read(&self.to_yaml()?, "experiment")?.without_places();
        assemble(tree, None, overrides)
    }

    /// The experiment as YAML with every key written out that has an effect;
    /// [`parse`](Self::parse) gives back an equal experiment.
    ///
    /// # Errors
    /// [`SpecError::Unwritable`] if a path is not Unicode.
    pub fn to_yaml(&self) -> Result<String, SpecError> {
        serde_saphyr::to_string(self).map_err(|error| SpecError::Unwritable(error.to_string()))
    }

    fn resolve_named(name: &str, overrides: &[impl AsRef<str>]) -> Result<Self, SpecError> {
        let text = shipped::text(name).ok_or_else(|| SpecError::UnknownName {
            name: shorten(name),
            suggestion: shipped::nearest_name(name).map(str::to_owned),
        })?;
        let tree = yaml::read(text, &format!("shipped {name}.yml"))?;
        assemble(tree, None, overrides)
    }

    fn resolve_file(path: &Path, overrides: &[impl AsRef<str>]) -> Result<Self, SpecError> {
        let text = read_text(path)?;
        let tree = yaml::read(&text, &path.display().to_string())?;
        assemble(tree, path.parent(), overrides)
    }
}

/// Reads a text file of bounded length.
pub(crate) fn read_text(path: &Path) -> Result<String, SpecError> {
    let unreadable = |reason: String| SpecError::Unreadable { path: path.to_owned(), reason };
    if path.is_dir() {
        let inside = path.join("experiment.yml");
        return Err(unreadable(if inside.is_file() {
            format!("it is a folder; did you mean `{}`?", inside.display())
        } else {
            "it is a folder; give an experiment file".to_owned()
        }));
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| {
            // One byte more than allowed tells too long from just long enough.
            file.take(yaml::LONGEST_TEXT as u64 + 1).read_to_end(&mut bytes)
        })
        .map_err(|error| {
            unreadable(match error.kind() {
                ErrorKind::NotFound => "no such file".to_owned(),
                ErrorKind::PermissionDenied => "permission denied".to_owned(),
                _ => error.to_string(),
            })
        })?;
    if bytes.len() > yaml::LONGEST_TEXT {
        return Err(unreadable(format!(
            "it is longer than {} bytes: this is not an experiment",
            yaml::LONGEST_TEXT
        )));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..good].iter().filter(|&&b| b == b'\n').count();
        unreadable(format!(
            "it is not UTF-8 text (first bad byte in line {line}); save it as UTF-8"
        ))
    })
}

/// Puts the overrides over the tree and the tree over the defaults, reads the structs and checks
/// their ranges.
pub(crate) fn assemble(
    tree: Node,
    folder: Option<&Path>,
    overrides: &[impl AsRef<str>],
) -> Result<Experiment, SpecError> {
    assemble_by(tree, folder, overrides, Author::Person)
}

/// Who wrote an experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Author {
    /// A person, who means every key that is there.
    Person,
    /// A program, whose earlier versions wrote every key, whether it had an effect or not.
    #[cfg_attr(not(feature = "files"), allow(dead_code, reason = "run folders need it"))]
    Program,
}

fn assemble_by(
    mut tree: Node,
    folder: Option<&Path>,
    overrides: &[impl AsRef<str>],
    author: Author,
) -> Result<Experiment, SpecError> {
    if tree.entries().is_none() && !tree.is_null() {
        return Err(SpecError::WrongType {
            place: tree.place.clone(),
            key: "experiment".to_owned(),
            expected: "a map of keys (about, seed, time, task, network, training, rest)".to_owned(),
            found: tree.describe(),
        });
    }
    locate_recording(&mut tree, folder);
    apply_overrides(&mut tree, overrides)?;

    let kind = task_kind(&tree)?;
    let Some(defaults) = DefaultTrees::of(&kind, network_kind(&tree))? else {
        let node = tree.find(TASK_KIND).unwrap_or(&tree);
        return Err(SpecError::UnknownChoice {
            place: node.place.clone(),
            key: TASK_KIND.to_owned(),
            suggestion: nearest(&kind, TaskSpec::KINDS).map(str::to_owned),
            given: shorten(&kind),
            allowed: TaskSpec::KINDS.map(str::to_owned).into(),
        });
    };
    if kind == "spatial" {
        complete(&mut tree, "drift", &defaults.drift);
    }
    complete(&mut tree, "recording", &defaults.recording);

    if author == Author::Person {
        refuse_idle(&tree, &kind)?;
    }
    let tree = tree.over(defaults.experiment.clone());
    let mut experiment: Experiment =
        from_node(&tree).map_err(|error| suggest_full_path(error, &defaults.experiment))?;
    reset_idle(&mut experiment);
    experiment.check().map_err(|fault| locate(fault, &tree))?;
    Ok(experiment)
}

/// `units` at the root was meant to be `network.units`.
fn suggest_full_path(error: SpecError, defaults: &Node) -> SpecError {
    match error {
        SpecError::UnknownKey { place, key, suggestion: None, allowed } if !key.contains('.') => {
            SpecError::UnknownKey { suggestion: path_of(defaults, &key), place, key, allowed }
        }
        error => error,
    }
}

/// Dotted path of the first key called `name` below the root.
fn path_of(node: &Node, name: &str) -> Option<String> {
    node.entries()?.iter().find_map(|entry| {
        if entry.key == name {
            return Some(name.to_owned());
        }
        let below = path_of(&entry.node, name)?;
        Some(format!("{}.{below}", entry.key))
    })
}

/// Gives a range error its place: that of the key, or of another key that it conflicts with if
/// that one came later (in an override, or in the file where the key is a default).
fn locate(mut fault: OutOfRange, tree: &Node) -> SpecError {
    // A number as the user wrote it: 2200, not 2200.0.
    if let Some(node) = tree.find(fault.key)
        && let Value::Scalar { text, .. } = &node.value
        && matches!(node.as_scalar(), Some(Scalar::Integer(_) | Scalar::Float(_)))
    {
        fault.given = shorten(text);
    }
    let lateness = |place: &Place| match place {
        Place::Override(_) => 2,
        Place::File { .. } => 1,
        Place::Unwritten => 0,
    };
    let mut place = Place::Unwritten;
    for key in std::iter::once(&fault.key).chain(&fault.at_odds_with) {
        if let Some(node) = tree.find(key)
            && lateness(&node.place) > lateness(&place)
        {
            place = node.place.clone();
        }
    }
    fault.into_error(place)
}
