//! References between configuration values: `${key}`, `${pi:}` and `${eval:…}`, and nothing else.

use std::f64::consts::PI;

use super::super::SpecError;
use super::super::text::node::{Entry, Node, Value};
use super::arithmetic;
use crate::experiment::place::{Place, shorten};

/// How an interpolation begins.
const OPEN: &str = "${";
/// What stands for a value that has to be given.
pub(super) const MANDATORY: &str = "???";
/// Longest text that interpolations may grow to, in bytes.
const LONGEST: usize = 10_000;
/// Deepest chain of references and of nested interpolations.
const DEEPEST: usize = 64;
/// Most interpolations of one experiment; files need ten.
const MOST: usize = 10_000;

/// The tree with every interpolation replaced by its value. Values keep the place where they were
/// written.
///
/// # Errors
/// [`SpecError::Unresolvable`] quoting the value; [`SpecError::MissingKey`] for one that has to be
/// given.
pub(super) fn resolve(tree: &Node) -> Result<Node, SpecError> {
    Resolver { tree, visiting: Vec::new(), depth: 0, count: 0 }.node(tree, "")
}

struct Resolver<'a> {
    tree: &'a Node,
    /// Keys of the values that are being worked out, the outermost first.
    visiting: Vec<String>,
    depth: usize,
    count: usize,
}

/// The value in which an interpolation stands.
#[derive(Clone, Copy)]
struct Site<'a> {
    place: &'a Place,
    key: &'a str,
    text: &'a str,
}

impl Site<'_> {
    fn fault(self, reason: impl Into<String>) -> SpecError {
        SpecError::Unresolvable {
            place: self.place.clone(),
            key: shorten(self.key),
            text: shorten(self.text),
            reason: reason.into(),
        }
    }
}

impl Resolver<'_> {
    fn node(&mut self, node: &Node, key: &str) -> Result<Node, SpecError> {
        let value = match &node.value {
            Value::Scalar { .. } => return self.scalar(node, key),
            Value::List(items) => Value::List(
                items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| self.node(item, &format!("{key}[{index}]")))
                    .collect::<Result<_, _>>()?,
            ),
            Value::Map(entries) => {
                let mut resolved = Vec::with_capacity(entries.len());
                for Entry { key: name, place, node } in entries {
                    let below = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                    let node = self.node(node, &below)?;
                    resolved.push(Entry { key: name.clone(), place: place.clone(), node });
                }
                Value::Map(resolved)
            }
        };
        Ok(Node { value, place: node.place.clone() })
    }

    fn scalar(&mut self, node: &Node, key: &str) -> Result<Node, SpecError> {
        let Value::Scalar { text, .. } = &node.value else {
            return Ok(node.clone());
        };
        if text == MANDATORY {
            return Err(SpecError::MissingKey {
                place: node.place.clone(),
                key: shorten(key),
                expected: format!("{MANDATORY} says that it has to be given: add `{key}=…`"),
            });
        }
        if !text.contains(OPEN) {
            return Ok(node.clone());
        }
        let site = Site { place: &node.place, key, text };
        if let Some(first) = self.visiting.iter().position(|visited| visited == key) {
            let mut circle = self.visiting[first..].to_vec();
            circle.push(key.to_owned());
            return Err(site.fault(format!("it refers to itself: {}", circle.join(" → "))));
        }
        self.visiting.push(key.to_owned());
        let resolved = self.expand(text, site)?;
        self.visiting.pop();
        Ok(resolved)
    }

    /// The value of a text with interpolations: what a single one stands for, or else a text.
    fn expand(&mut self, text: &str, site: Site) -> Result<Node, SpecError> {
        let Some(first) = text.find(OPEN) else {
            return Ok(quoted(text.to_owned(), site));
        };
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(site.fault(format!("references more than {DEEPEST} levels deep")));
        }
        let end = closing(text, first).ok_or_else(|| site.fault("a `}` is missing"))?;
        let resolved = if first == 0 && end + 1 == text.len() {
            self.interpolation(&text[OPEN.len()..end], site)?
        } else {
            let mut joined = String::new();
            let mut rest = text;
            while let Some(start) = rest.find(OPEN) {
                let end = closing(rest, start).ok_or_else(|| site.fault("a `}` is missing"))?;
                joined.push_str(&rest[..start]);
                let part = self.interpolation(&rest[start + OPEN.len()..end], site)?;
                let Value::Scalar { text, .. } = &part.value else {
                    return Err(site.fault(format!("{} cannot be part of a text", part.describe())));
                };
                joined.push_str(text);
                if joined.len() > LONGEST {
                    return Err(site.fault(format!("it grows to more than {LONGEST} characters")));
                }
                rest = &rest[end + 1..];
            }
            joined.push_str(rest);
            quoted(joined, site)
        };
        self.depth -= 1;
        Ok(resolved)
    }

    /// The same as a text.
    fn expand_text(&mut self, text: &str, site: Site) -> Result<String, SpecError> {
        let node = self.expand(text, site)?;
        match node.value {
            Value::Scalar { text, .. } => Ok(text),
            _ => Err(site.fault(format!("{} cannot be part of a text", node.describe()))),
        }
    }

    /// The value of what stands between `${` and `}`.
    fn interpolation(&mut self, content: &str, site: Site) -> Result<Node, SpecError> {
        self.count += 1;
        if self.count > MOST {
            return Err(site.fault(format!("more than {MOST} references in all")));
        }
        let nested = content.find(OPEN).unwrap_or(content.len());
        let Some(colon) = content[..nested].find(':') else {
            let path = self.expand_text(content, site)?;
            return self.reference(path.trim(), site);
        };
        let (function, argument) = (content[..colon].trim(), &content[colon + 1..]);
        let number = match function {
            "pi" if argument.trim().is_empty() => format!("{PI:?}"),
            "pi" => return Err(site.fault("`pi` takes no argument; write ${pi:}")),
            "eval" => {
                let expanded = self.expand_text(argument, site)?;
                let expression = unquoted(expanded.trim());
                arithmetic::evaluate(expression).map_err(|reason| site.fault(reason))?.to_text()
            }
            other => {
                return Err(site.fault(format!(
                    "`{}` is not read; references such as ${{rnn.n_rec}}, ${{pi:}} and \
                     ${{eval:…}} with arithmetic are",
                    shorten(other)
                )));
            }
        };
        Ok(Node::scalar(number, site.place.clone()))
    }

    /// The value of another key.
    fn reference(&mut self, path: &str, site: Site) -> Result<Node, SpecError> {
        if path.split('.').any(str::is_empty) {
            return Err(
                site.fault("a reference is the whole key of another value, such as ${rnn.n_rec}")
            );
        }
        let tree = self.tree;
        let Some(target) = tree.find(path) else {
            return Err(site.fault(format!("there is no `{}`", shorten(path))));
        };
        let mut resolved = match &target.value {
            Value::Map(_) => {
                return Err(site
                    .fault(format!("`{}` is a section; refer to one of its keys", shorten(path))));
            }
            Value::List(items) => {
                self.count += items.len();
                // A list cannot refer to itself by way of its values: it is on the way down too.
                if self.visiting.iter().any(|visited| visited.starts_with(&format!("{path}["))) {
                    return Err(site.fault(format!("it refers to itself: `{}`", shorten(path))));
                }
                self.node(target, path)?
            }
            Value::Scalar { .. } => self.scalar(target, path)?,
        };
        resolved.place = site.place.clone();
        Ok(resolved)
    }
}

/// A text that stays a text, whatever it looks like: a joined `1e3` is not a number.
fn quoted(text: String, site: Site) -> Node {
    Node { value: Value::Scalar { text, quoted: true }, place: site.place.clone() }
}

/// Where the interpolation that begins at `start` ends: the position of its `}`.
fn closing(text: &str, start: usize) -> Option<usize> {
    let mut open = 0_usize;
    let mut at = start;
    while let Some(next) = text[at..].find(['$', '}']) {
        at += next;
        if text[at..].starts_with(OPEN) {
            open += 1;
            at += OPEN.len();
        } else if text[at..].starts_with('}') {
            open -= 1;
            if open == 0 {
                return Some(at);
            }
            at += 1;
        } else {
            at += 1;
        }
    }
    None
}

/// Without one pair of quotes around it.
fn unquoted(text: &str) -> &str {
    ['"', '\'']
        .iter()
        .find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(text)
}
