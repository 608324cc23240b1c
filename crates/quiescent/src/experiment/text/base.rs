//! `base: NAME` in a file: the experiment whose keys the rest of the file overrides.

use std::path::{Path, PathBuf};

use super::kinds::BASE;
use super::layers::lay_over;
use super::node::{Node, Value};
use super::read_text::read_text;
use super::sections::locate_recording;
use super::yaml;
use crate::experiment::place::{Place, shorten};
use crate::experiment::{ChangedDefault, SpecError, shipped};

/// Most files that stand on one another.
const LONGEST_CHAIN: usize = 32;

/// An experiment before its defaults are filled in: the keys of its file and of all bases of that.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    pub(crate) tree: Node,
    /// What followed the kind of network from one file to the next.
    pub(crate) changed: Vec<ChangedDefault>,
}

/// One file of a chain.
struct Link {
    tree: Node,
    /// The file, as the user would name it.
    path: Option<PathBuf>,
}

impl Loaded {
    /// A shipped experiment if there is one of that name, else a file.
    pub(crate) fn open(name: &str) -> Result<Self, SpecError> {
        Self::complete(open(name, None)?)
    }

    /// A shipped experiment.
    pub(crate) fn shipped(name: &str) -> Result<Self, SpecError> {
        Self::complete(open_shipped(name).ok_or_else(|| unknown(name))??)
    }

    /// The experiment that a `base` in a file of a folder names.
    pub(crate) fn base(base: &Node, folder: Option<&Path>) -> Result<Self, SpecError> {
        Self::complete(open_base(base, folder)?)
    }

    /// A file.
    pub(crate) fn file(path: &Path) -> Result<Self, SpecError> {
        Self::complete(open_file(path)?)
    }

    /// A text of which the tree has been read; its paths are relative to the working directory.
    pub(crate) fn text(tree: Node) -> Result<Self, SpecError> {
        Self::complete(Link { tree, path: None })
    }

    /// A tree of the file at `path` that has been read.
    pub(crate) fn tree_of(path: &Path, tree: Node) -> Result<Self, SpecError> {
        Self::complete(Link { tree, path: Some(path.to_owned()) })
    }

    /// Lays a file over its base, and that over its own.
    fn complete(first: Link) -> Result<Self, SpecError> {
        let mut next = Some(first);
        let mut chain: Vec<Link> = Vec::new();
        while let Some(mut link) = next.take() {
            let folder = link.path.as_deref().and_then(Path::parent);
            locate_recording(&mut link.tree, folder);
            let base = link.tree.take(BASE);
            let folder = folder.map(Path::to_owned);
            chain.push(link);
            if let Some(base) = base {
                let found = open_base(&base, folder.as_deref())?;
                refuse_circle(&chain, &found, &base.place)?;
                next = Some(found);
            }
        }
        let mut links = chain.into_iter().rev();
        let mut all = Self { tree: Node::empty_map(Place::Unwritten), changed: Vec::new() };
        if let Some(last) = links.next() {
            all.tree = last.tree;
        }
        for link in links {
            check_map(&all.tree)?;
            check_map(&link.tree)?;
            let (tree, changed) = lay_over(all.tree, link.tree)?;
            all.tree = tree;
            all.changed.extend(changed);
        }
        Ok(all)
    }
}

/// Refuses a tree that is no map of keys (and not empty either).
pub(crate) fn check_map(tree: &Node) -> Result<(), SpecError> {
    if tree.entries().is_some() || tree.is_null() {
        return Ok(());
    }
    Err(SpecError::WrongType {
        place: tree.place.clone(),
        key: "experiment".to_owned(),
        expected: "a map of keys (base, about, seed, time, task, network, training, rest)"
            .to_owned(),
        found: tree.describe(),
    })
}

fn open(name: &str, folder: Option<&Path>) -> Result<Link, SpecError> {
    if let Some(link) = open_shipped(name) {
        return link;
    }
    let path = folder.map_or_else(|| PathBuf::from(name), |folder| folder.join(name));
    if !name.is_empty() && path.exists() {
        return open_file(&path);
    }
    Err(unknown(name))
}

fn open_shipped(name: &str) -> Option<Result<Link, SpecError>> {
    let tree = yaml::read(shipped::text(name)?, &format!("shipped {name}.yml"));
    Some(tree.map(|tree| Link { tree, path: None }))
}

fn unknown(name: &str) -> SpecError {
    SpecError::UnknownName {
        name: shorten(name),
        suggestions: shipped::nearest_names(name).map(str::to_owned).collect(),
    }
}

fn open_file(path: &Path) -> Result<Link, SpecError> {
    let tree = yaml::read(&read_text(path)?, &path.display().to_string())?;
    Ok(Link { tree, path: Some(path.to_owned()) })
}

/// The file or shipped experiment that `base` names.
fn open_base(base: &Node, folder: Option<&Path>) -> Result<Link, SpecError> {
    let name = match &base.value {
        Value::Scalar { text, .. } if !base.is_null() => text,
        _ => {
            return Err(SpecError::WrongType {
                place: base.place.clone(),
                key: BASE.to_owned(),
                expected: "the name of a shipped experiment, or a file relative to this one"
                    .to_owned(),
                found: base.describe(),
            });
        }
    };
    open(name, folder).map_err(|error| match error {
        // What is wrong inside the base has its own place.
        SpecError::UnknownName { .. } | SpecError::Unreadable { .. } => {
            SpecError::Base { place: base.place.clone(), reason: error.to_string() }
        }
        error => error,
    })
}

fn refuse_circle(chain: &[Link], found: &Link, place: &Place) -> Result<(), SpecError> {
    let refuse = |reason: String| Err(SpecError::Base { place: place.clone(), reason });
    let same = |a: &Path, b: &Path| match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    };
    if let Some(path) = &found.path
        && let Some(first) =
            chain.iter().position(|link| link.path.as_ref().is_some_and(|other| same(other, path)))
    {
        let names: Vec<String> = chain[first..]
            .iter()
            .chain([found])
            .filter_map(|link| Some(link.path.as_ref()?.display().to_string()))
            .collect();
        return refuse(format!("a circle of bases: {}; remove one `base`", names.join(" → ")));
    }
    if chain.len() >= LONGEST_CHAIN {
        return refuse(format!("more than {LONGEST_CHAIN} files stand on one another"));
    }
    Ok(())
}
