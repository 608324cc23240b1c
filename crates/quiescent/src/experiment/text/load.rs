//! From names, files and overrides to an experiment, and back to text.

use std::path::Path;

use super::base::{Loaded, check_map};
use super::default_trees::DefaultTrees;
use super::deserialize::{WHOLE, from_node};
use super::kinds::{BASE, TASK_KIND, network_kind, task_kind};
use super::node::{Node, Scalar, Value};
use super::overrides::apply_overrides;
use super::sections::complete;
use super::yaml;
use crate::experiment::effect::{refuse_idle, reset_idle};
use crate::experiment::place::{Place, shorten};
use crate::experiment::validate::OutOfRange;
use crate::experiment::{Experiment, Resolved, SpecError, TaskSpec, nearest};

impl Resolved {
    /// [`Experiment::resolve`], which also says what followed a change of the kind of network.
    ///
    /// # Errors
    /// As [`Experiment::resolve`].
    pub fn of(name_or_path: &str, overrides: &[impl AsRef<str>]) -> Result<Self, SpecError> {
        resolve(Loaded::open(name_or_path)?, overrides)
    }

    /// [`Experiment::parse`], then every `key=value` override in order.
    ///
    /// # Errors
    /// As [`Experiment::parse`] and [`Experiment::resolve`].
    pub fn parse(
        text: &str,
        source_name: &str,
        overrides: &[impl AsRef<str>],
    ) -> Result<Self, SpecError> {
        resolve(Loaded::text(yaml::read(text, source_name)?)?, overrides)
    }

    /// [`Experiment::with_all`], which also says what followed a change of the kind of network.
    ///
    /// # Errors
    /// As [`Experiment::with_all`].
    pub fn with_all(
        experiment: &Experiment,
        overrides: &[impl AsRef<str>],
    ) -> Result<Self, SpecError> {
        let tree = yaml::read(&experiment.to_yaml()?, "experiment")?.without_places();
        resolve(Loaded { tree, changed: Vec::new() }, overrides)
    }
}

impl Experiment {
    /// A shipped experiment, by name (see [`shipped()`](crate::experiment::shipped())).
    ///
    /// # Errors
    /// [`SpecError::UnknownName`] with the nearest name.
    pub fn named(name: &str) -> Result<Self, SpecError> {
        resolve(Loaded::shipped(name)?, &[] as &[&str]).map(|found| found.experiment)
    }

    /// Reads an experiment file. Paths inside are relative to its folder, that of a `base` too: an
    /// experiment, shipped or a file, of which the rest of the file changes some keys.
    ///
    /// # Errors
    /// If the file cannot be read, is not YAML, or is not a valid experiment.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, SpecError> {
        resolve(Loaded::file(path.as_ref())?, &[] as &[&str]).map(|found| found.experiment)
    }

    /// Reads an experiment from text; `source_name` stands for the file in errors. Paths inside
    /// are relative to the working directory.
    ///
    /// # Errors
    /// If the text is not YAML or is not a valid experiment.
    pub fn parse(text: &str, source_name: &str) -> Result<Self, SpecError> {
        Ok(Resolved::parse(text, source_name, &[] as &[&str])?.experiment)
    }

    /// The resolved experiment that a run folder keeps. A relative path stays one, because the folder
    /// may be moved.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    #[cfg_attr(not(feature = "files"), allow(dead_code, reason = "run folders need it"))]
    pub(crate) fn parse_resolved(text: &str, source_name: &str) -> Result<Self, SpecError> {
        finish(yaml::read(text, source_name)?, Author::Program)
    }

    /// A shipped experiment if there is one of that name, else a file.
    ///
    /// # Errors
    /// As [`named`](Self::named) and [`from_file`](Self::from_file).
    pub fn load(name_or_path: &str) -> Result<Self, SpecError> {
        Self::resolve(name_or_path, &[] as &[&str])
    }

    /// [`load`](Self::load), then every `key=value` override in order; keys that none of them
    /// gives take the defaults of the kinds of task and of network. Where overrides change `network.kind`
    /// and do not give a key whose default depends on it (`network.reset`, `network.activation`,
    /// `rest.noise`), that key takes the new kind's default, whatever the file says ([`Resolved::of`]
    /// names such keys). An experiment of one task does not become one of the other by `task.kind` alone.
    ///
    /// A value is YAML and replaces what stood at its key (`task.drift={fraction_per_step: 0.1}`);
    /// for a key that takes any text (`about`, the path of a recording) it is the text as it
    /// stands. Paths in overrides are relative to the working directory.
    ///
    /// # Errors
    /// As [`load`](Self::load); an empty value; an override that undoes an earlier one, or a map that
    /// would reset a key that it does not name. Errors in an override quote it.
    pub fn resolve(name_or_path: &str, overrides: &[impl AsRef<str>]) -> Result<Self, SpecError> {
        Ok(Resolved::of(name_or_path, overrides)?.experiment)
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
        Ok(Resolved::with_all(self, overrides)?.experiment)
    }

    /// The experiment as YAML with every key written out that has an effect;
    /// [`parse`](Self::parse) gives back an equal experiment.
    ///
    /// # Errors
    /// [`SpecError::Unwritable`] if a path is not Unicode.
    pub fn to_yaml(&self) -> Result<String, SpecError> {
        // A text on one line, however long: it can be searched for and commented on.
        let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
        serde_saphyr::to_string_with_options(self, options)
            .map_err(|error| SpecError::Unwritable(error.to_string()))
    }
}

/// Puts overrides over what was loaded, and finishes it.
fn resolve(loaded: Loaded, overrides: &[impl AsRef<str>]) -> Result<Resolved, SpecError> {
    let Loaded { mut tree, mut changed } = loaded;
    check_map(&tree)?;
    changed.extend(apply_overrides(&mut tree, overrides)?);
    Ok(Resolved { experiment: finish(tree, Author::Person)?, changed })
}

/// The experiment of a located tree with overrides over it.
pub(crate) fn assemble(tree: Node, overrides: &[impl AsRef<str>]) -> Result<Experiment, SpecError> {
    let loaded = Loaded { tree, changed: Vec::new() };
    resolve(loaded, overrides).map(|found| found.experiment)
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

/// Puts a tree over the defaults, reads the structs and checks their ranges.
fn finish(mut tree: Node, author: Author) -> Result<Experiment, SpecError> {
    check_map(&tree)?;
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
    let mut experiment: Experiment = from_node(&tree)
        .map_err(|error| state_range(error, &tree))
        .map_err(|error| suggest_full_path(error, &defaults.experiment, author))?;
    reset_idle(&mut experiment);
    experiment.check().map_err(|fault| locate(fault, &tree))?;
    Ok(experiment)
}

/// `units` at the root was meant to be `network.units`; and a file may also have a `base`.
fn suggest_full_path(error: SpecError, defaults: &Node, author: Author) -> SpecError {
    match error {
        SpecError::UnknownKey { place, key, allowed, .. } if !key.contains('.') => {
            let mut allowed = allowed.into_vec();
            if author == Author::Person && matches!(place, Place::File { .. }) {
                allowed.insert(0, BASE.to_owned());
            }
            let suggestion = nearest(&key, allowed.iter().map(String::as_str))
                .map(str::to_owned)
                .or_else(|| path_of(defaults, &key));
            SpecError::UnknownKey { suggestion, place, key, allowed: allowed.into() }
        }
        error => error,
    }
}

/// Says of a whole number which are allowed at its key, not which fit its type: the checks are asked with the
/// largest number of that type, and with 0.
fn state_range(error: SpecError, tree: &Node) -> SpecError {
    let SpecError::WrongType { place, key, expected, found } = error else { return error };
    let range = expected.strip_prefix(WHOLE).and_then(|rest| {
        let allowed = [u64::MAX, 0].into_iter().find_map(|extreme| {
            let mut tree = tree.clone();
            *tree.find_mut(&key)? = Node::scalar(extreme.to_string(), Place::Unwritten);
            let fault = from_node::<Experiment>(&tree).ok()?.check().err()?;
            (fault.key == key).then_some(fault.allowed)
        })?;
        Some(format!("a whole number, {allowed}{rest}"))
    });
    SpecError::WrongType { place, key, expected: range.unwrap_or(expected), found }
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
