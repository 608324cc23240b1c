//! Reads a sweep from a file and from `key=value` texts.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use super::super::SpecError;
use super::super::nearest;
use super::super::shipped;
use super::super::text::base::Loaded;
use super::super::text::node::{Node, Value};
use super::super::text::overrides::{
    override_value, place_of, refuse_undone, split_key, split_override, takes_text,
};
use super::super::text::read_text::read_text;
use super::super::text::yaml;
use super::{Axis, Explicit, MOST_RUNS, MOST_VALUES, Setting, Sweep, values};
use crate::experiment::place::{Place, shorten};

/// Keys of a sweep file.
const KEYS: [&str; 7] = ["about", "base", "set", "seeds", "grid", "zip", "runs"];
/// The key that `seeds` varies.
const SEED: &str = "seed";
/// The key that does not change an experiment, so a list of its values makes no sense.
const ABOUT: &str = "about";

impl Sweep {
    /// A sweep file, or a base experiment (a shipped one or a file), with `key=value` texts over
    /// it: `network.noise.sigma=0.03,0.07,0.14` or `seed=0..4` vary a key, in place of what the
    /// file says of it; one value sets a key for every run. Of several texts for one key the last
    /// counts.
    ///
    /// # Errors
    /// If the text cannot be read, is not a sweep, varies nothing, or varies a key twice; the message says
    /// where. Keys and values are checked by [`runs`](Self::runs).
    pub fn resolve(name_or_path: &str, assignments: &[impl AsRef<str>]) -> Result<Self, SpecError> {
        let path = Path::new(name_or_path);
        let mut sweep = if shipped::text(name_or_path).is_none() && path.exists() {
            let tree = yaml::read(&read_text(path)?, &path.display().to_string())?;
            if is_sweep(&tree) {
                Self::of_file(&tree, path.parent().map(Path::to_owned))?
            } else {
                let place = tree.place.clone();
                Self::of_base(Loaded::tree_of(path, tree)?, place)
            }
        } else {
            let base = Loaded::open(name_or_path)?;
            let place = base.tree.place.clone();
            Self::of_base(base, place)
        };
        refuse_undone(assignments)?;
        for text in assignments {
            sweep.assign(text.as_ref())?;
        }
        if sweep.common.is_empty() && sweep.grid.is_empty() && sweep.runs.is_empty() {
            return Err(SpecError::Sweep {
                place: sweep.place,
                reason: "nothing varies: give a key several values, such as \
                         network.noise.sigma=0.03,0.07 or seed=0..4"
                    .to_owned(),
            });
        }
        Ok(sweep)
    }

    fn of_base(base: Loaded, place: Place) -> Self {
        Self {
            about: String::new(),
            place,
            base,
            set: Vec::new(),
            fixed: Vec::new(),
            common: Vec::new(),
            grid: Vec::new(),
            runs: Vec::new(),
        }
    }

    fn of_file(tree: &Node, folder: Option<PathBuf>) -> Result<Self, SpecError> {
        for entry in tree.entries().unwrap_or(&[]) {
            if !KEYS.contains(&entry.key.as_str()) {
                return Err(SpecError::UnknownKey {
                    place: entry.place.clone(),
                    key: shorten(&entry.key),
                    suggestion: nearest(&entry.key, KEYS).map(str::to_owned),
                    allowed: KEYS.map(str::to_owned).into(),
                });
            }
        }
        let base = tree.get("base").filter(|node| !node.is_null()).ok_or_else(|| {
            SpecError::MissingKey {
                place: tree.place.clone(),
                key: "base".to_owned(),
                expected: "name a shipped experiment or a file, such as `base: \
                           paper/spatial/noisy_unbiased`"
                    .to_owned(),
            }
        })?;
        let base = Loaded::base(base, folder.as_deref())?;
        let mut sweep = Self::of_base(base, tree.place.clone());
        if let Some(node) = tree.get("about") {
            let text = node.text_of().filter(|_| !node.is_null());
            text.ok_or_else(|| expected(node, "about", "text"))?.clone_into(&mut sweep.about);
        }
        let reader = Reader { folder, values: Cell::new(0) };
        if let Some(node) = tree.get("set") {
            sweep.set = reader.settings(node, "set")?;
        }
        if let Some(node) = tree.get("seeds") {
            let seeds = match &node.value {
                Value::Scalar { .. } if values::ranged(node, "seeds")?.is_none() => {
                    vec![node.clone()]
                }
                _ => reader.values(node, "seeds")?,
            };
            sweep.common.push(reader.axis(SEED, seeds));
        }
        if let Some(node) = tree.get("grid") {
            for (key, node) in map(node, "grid")? {
                sweep.add(reader.axis(key, reader.values(node, key)?), &node.place)?;
            }
        }
        if let Some(node) = tree.get("zip") {
            let groups = match &node.value {
                Value::List(groups) => groups.iter().collect(),
                _ => vec![node],
            };
            for group in groups {
                sweep.add(reader.zip(group)?, &group.place)?;
            }
        }
        if let Some(node) = tree.get("runs") {
            sweep.runs = reader.runs(node)?;
        }
        let varied: Vec<&str> =
            sweep.grid.iter().chain(&sweep.common).flat_map(Axis::keys).collect();
        if let Some(setting) = sweep.set.iter().find(|setting| varied.contains(&&*setting.key)) {
            return Err(SpecError::Sweep {
                place: setting.node.place.clone(),
                reason: format!("{}: set for every run and varied too; remove one", setting.key),
            });
        }
        Ok(sweep)
    }

    /// Adds an axis of the grid whose keys no other axis has.
    fn add(&mut self, axis: Axis, place: &Place) -> Result<(), SpecError> {
        let there: Vec<&str> = self.grid.iter().chain(&self.common).flat_map(Axis::keys).collect();
        if let Some(key) = axis.keys().find(|key| there.contains(key)) {
            return Err(SpecError::Sweep {
                place: place.clone(),
                reason: format!("{key}: varied twice; remove one"),
            });
        }
        self.grid.push(axis);
        Ok(())
    }

    /// Takes one `key=value` text.
    fn assign(&mut self, text: &str) -> Result<(), SpecError> {
        let bad = |reason: String| SpecError::BadOverride { text: shorten(text), reason };
        let (key, all) = split_override(text)?;
        let path = split_key(key).map_err(bad)?;
        let key = path.join(".");
        let is_text = takes_text(&path);
        let parts = if key == ABOUT { vec![all] } else { values::split(all) };
        if !is_text {
            let shown: Vec<values::Shown<'_>> = parts.iter().map(|part| (*part).into()).collect();
            values::refuse_decimal_commas(&shown, &path, &place_of(text))?;
        }
        let mut nodes = Vec::new();
        let mut varies = false;
        for &part in &parts {
            if parts.len() > 1 && part.trim().is_empty() {
                return Err(SpecError::NoValue {
                    place: place_of(text),
                    key,
                    reason:
                        "no value stands before, between or behind its commas; remove a comma, \
                             or give one"
                            .to_owned(),
                });
            }
            let part = match is_text && key != ABOUT {
                true => values::unquoted(part, parts.len() > 1),
                false => part,
            };
            let node = override_value(text, &path, part)?;
            match values::ranged(&node, &key)? {
                Some(numbers) => {
                    varies = true;
                    nodes.extend(numbers);
                }
                None => nodes.push(node),
            }
            values::check_count(nodes.len()).map_err(bad)?;
        }
        varies |= nodes.len() > 1;
        // In place of what the file varies and of what was given before.
        let zipped = |axis: &Axis| axis.keys().count() > 1 && axis.keys().any(|other| other == key);
        if self.grid.iter().any(zipped) {
            return Err(bad(format!(
                "{key} varies together with other keys in the file's zip; change it there"
            )));
        }
        let inside = |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.starts_with('.'));
        let axes = self.grid.iter().chain(&self.common).flat_map(Axis::keys);
        if let Some(other) =
            axes.into_iter().find(|other| inside(other, &key) || inside(&key, other))
        {
            return Err(bad(format!(
                "{other} varies, and one of the two keys holds the other; give the values of {other} \
                 themselves"
            )));
        }
        for axes in [&mut self.grid, &mut self.common] {
            axes.retain(|axis| axis.keys().all(|other| other != key));
        }
        self.fixed.retain(|setting| setting.key != key);
        let setting = |node| vec![Setting { key: key.clone(), node, folder: None }];
        if varies {
            let axis = Axis { alternatives: nodes.into_iter().map(setting).collect() };
            // The seeds come first: they vary slowest.
            let place = if key == SEED { 0 } else { self.common.len() };
            self.common.insert(place, axis);
        } else {
            self.fixed.extend(nodes.into_iter().flat_map(setting));
        }
        too_many(self.values()).map_or(Ok(()), |reason| Err(bad(reason)))
    }
}

/// Reads parts of a file whose paths are relative to `folder`.
struct Reader {
    folder: Option<PathBuf>,
    /// Values read so far.
    values: Cell<usize>,
}

impl Reader {
    /// The values of a key. Refused if there are more values in all than one sweep can hold.
    fn values(&self, node: &Node, key: &str) -> Result<Vec<Node>, SpecError> {
        let values = values::of_node(node, key)?;
        self.values.set(self.values.get() + values.len());
        match too_many(self.values.get()) {
            Some(reason) => Err(SpecError::Sweep {
                place: node.place.clone(),
                reason: format!("{key}: {reason}"),
            }),
            None => Ok(values),
        }
    }

    fn setting(&self, key: &str, node: Node) -> Setting {
        Setting { key: key.to_owned(), node, folder: self.folder.clone() }
    }

    fn axis(&self, key: &str, values: Vec<Node>) -> Axis {
        let one = |node| vec![self.setting(key, node)];
        Axis { alternatives: values.into_iter().map(one).collect() }
    }

    fn settings(&self, node: &Node, section: &str) -> Result<Vec<Setting>, SpecError> {
        Ok(map(node, section)?
            .into_iter()
            .map(|(key, node)| self.setting(key, node.clone()))
            .collect())
    }

    fn zip(&self, node: &Node) -> Result<Axis, SpecError> {
        let columns = map(node, "zip")?
            .into_iter()
            .map(|(key, node)| Ok((key, self.values(node, key)?)))
            .collect::<Result<Vec<_>, SpecError>>()?;
        let length = columns.first().map_or(0, |(_, values)| values.len());
        if columns.iter().any(|(_, values)| values.len() != length) {
            let lengths: Vec<String> =
                columns.iter().map(|(key, values)| format!("{key} has {}", values.len())).collect();
            return Err(SpecError::Sweep {
                place: node.place.clone(),
                reason: format!("zip: its keys need equally many values: {}", lengths.join(", ")),
            });
        }
        let row = |row: usize| {
            columns.iter().map(|(key, values)| self.setting(key, values[row].clone())).collect()
        };
        Ok(Axis { alternatives: (0..length).map(row).collect() })
    }

    fn runs(&self, node: &Node) -> Result<Vec<Explicit>, SpecError> {
        let Value::List(items) = &node.value else {
            return Err(expected(node, "runs", "a list of maps of keys"));
        };
        if items.is_empty() {
            return Err(empty(node, "runs"));
        }
        items
            .iter()
            .map(|item| {
                let mut settings = self.settings(item, "runs")?;
                let name = settings
                    .iter()
                    .position(|setting| setting.key == "name")
                    .map(|at| settings.remove(at).node.on_one_line())
                    .filter(|name| !name.is_empty());
                Ok(Explicit { name, settings })
            })
            .collect()
    }
}

/// Whether a file is a sweep: it has a section of one, or a `base` and a key that no experiment has.
fn is_sweep(tree: &Node) -> bool {
    const EXPERIMENT: [&str; 8] =
        ["base", "about", "seed", "time", "task", "network", "training", "rest"];
    let is_section = |key: &str| KEYS.contains(&key) && !EXPERIMENT.contains(&key);
    let is_foreign = |key: &str| !EXPERIMENT.contains(&key);
    let has_base = tree.get("base").is_some();
    let mut keys = tree.entries().unwrap_or(&[]).iter().map(|entry| entry.key.as_str());
    keys.any(|key| is_section(key) || has_base && is_foreign(key))
}

/// Dotted keys and values of a section.
fn map<'a>(node: &'a Node, section: &str) -> Result<Vec<(&'a str, &'a Node)>, SpecError> {
    let entries = match node.entries() {
        Some([]) => return Err(empty(node, section)),
        None if node.is_null() => return Err(empty(node, section)),
        None => return Err(expected(node, section, "a map of keys, such as network.units")),
        Some(entries) => entries,
    };
    for entry in entries {
        split_key(&entry.key).map_err(|reason| SpecError::Sweep {
            place: entry.place.clone(),
            reason: format!("{section}: `{}`: {reason}", shorten(&entry.key)),
        })?;
    }
    Ok(entries.iter().map(|entry| (entry.key.as_str(), &entry.node)).collect())
}

/// The message for a sweep with too many values.
fn too_many(values: usize) -> Option<String> {
    (values > MOST_VALUES).then(|| {
        format!(
            "with these the sweep has {values} values; at most {MOST_RUNS} runs are possible, and \
             {MOST_VALUES} values of all keys"
        )
    })
}

fn empty(node: &Node, section: &str) -> SpecError {
    SpecError::Sweep {
        place: node.place.clone(),
        reason: format!("{section}: it is empty; fill or remove it"),
    }
}

fn expected(node: &Node, key: &str, what: &str) -> SpecError {
    SpecError::WrongType {
        place: node.place.clone(),
        key: key.to_owned(),
        expected: what.to_owned(),
        found: node.describe(),
    }
}
