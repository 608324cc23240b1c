//! A tree of values that remember where they were written.

use crate::experiment::place::{Place, shorten};

/// One value and its place.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) place: Place,
}

/// A value as YAML has it; scalars keep their text, so that an error can quote it.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Scalar { text: String, quoted: bool },
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One key of a map.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) place: Place,
    pub(crate) node: Node,
}

/// What a scalar means under the core schema of YAML 1.2.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Scalar<'a> {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(&'a str),
}

impl Node {
    /// A plain scalar.
    pub(crate) fn scalar(text: impl Into<String>, place: Place) -> Self {
        let value = Value::Scalar { text: text.into(), quoted: false };
        Self { value, place }
    }

    /// A text, whatever it looks like.
    pub(crate) fn text(text: impl Into<String>, place: Place) -> Self {
        let value = Value::Scalar { text: text.into(), quoted: true };
        Self { value, place }
    }

    /// The text of a scalar as it was written.
    pub(crate) fn text_of(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// A map without keys.
    pub(crate) fn empty_map(place: Place) -> Self {
        let value = Value::Map(Vec::new());
        Self { value, place }
    }

    /// The keys, if this is a map.
    pub(crate) fn entries(&self) -> Option<&[Entry]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The meaning, if this is a scalar.
    pub(crate) fn as_scalar(&self) -> Option<Scalar<'_>> {
        match &self.value {
            Value::Scalar { text, quoted: true } => Some(Scalar::Text(text)),
            Value::Scalar { text, quoted: false } => Some(resolve(text)),
            _ => None,
        }
    }

    /// Whether this is null (or nothing at all, as after a bare `key:`).
    pub(crate) fn is_null(&self) -> bool {
        self.as_scalar() == Some(Scalar::Null)
    }

    /// A key's value, if this is a map that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let entry = self.entries()?.iter().find(|entry| entry.key == key)?;
        Some(&entry.node)
    }

    /// A key's value, mutably.
    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        match &mut self.value {
            Value::Map(entries) => {
                entries.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.node)
            }
            _ => None,
        }
    }

    /// The value at a dotted path.
    pub(crate) fn find(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |node, key| node.get(key))
    }

    /// The value at a dotted path, mutably.
    pub(crate) fn find_mut(&mut self, path: &str) -> Option<&mut Self> {
        path.split('.').try_fold(self, |node, key| node.get_mut(key))
    }

    /// Removes the value at a dotted path and returns it.
    pub(crate) fn take(&mut self, path: &str) -> Option<Self> {
        let (parent, key) = match path.rsplit_once('.') {
            Some((above, key)) => (self.find_mut(above)?, key),
            None => (self, path),
        };
        let Value::Map(entries) = &mut parent.value else { return None };
        let index = entries.iter().position(|entry| entry.key == key)?;
        Some(entries.remove(index).node)
    }

    /// The value on one line: a scalar as it was written, lists and maps in YAML's flow style.
    pub(crate) fn on_one_line(&self) -> String {
        match &self.value {
            Value::Scalar { text, .. } => text.clone(),
            Value::List(items) => {
                let items: Vec<String> = items.iter().map(Self::on_one_line).collect();
                format!("[{}]", items.join(", "))
            }
            Value::Map(entries) => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|entry| format!("{}: {}", entry.key, entry.node.on_one_line()))
                    .collect();
                format!("{{{}}}", entries.join(", "))
            }
        }
    }

    /// Sets the value at a path, making maps of whatever stands in the way: a scalar there was
    /// another way to write the same thing (`noise: same`, then `noise.sigma=1`), or is an error
    /// that the reader of the finished tree describes better.
    pub(crate) fn set(&mut self, path: &[&str], node: Self) {
        let Some((&key, rest)) = path.split_first() else {
            *self = node;
            return;
        };
        if self.entries().is_none() {
            *self = Self::empty_map(node.place.clone());
        }
        let Value::Map(entries) = &mut self.value else {
            return; // A map by the line above.
        };
        let index = match entries.iter().position(|entry| entry.key == key) {
            Some(index) => index,
            None => {
                entries.push(Entry {
                    key: key.to_owned(),
                    place: node.place.clone(),
                    node: Self::empty_map(node.place.clone()),
                });
                entries.len() - 1
            }
        };
        entries[index].node.set(rest, node);
    }

    /// Whether two trees mean the same: 1 and 1.0 do, and keys may come in any order.
    pub(crate) fn same(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (Value::List(a), Value::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b))
            }
            (Value::Map(a), Value::Map(b)) => {
                a.len() == b.len()
                    && a.iter().all(|entry| {
                        other.get(&entry.key).is_some_and(|other| entry.node.same(other))
                    })
            }
            _ => match (self.as_scalar(), other.as_scalar()) {
                (Some(Scalar::Integer(a)), Some(Scalar::Float(b)))
                | (Some(Scalar::Float(b)), Some(Scalar::Integer(a))) => a as f64 == b,
                (Some(a), Some(b)) => a == b,
                _ => false,
            },
        }
    }

    /// Lays this tree over `under`: maps are merged key by key, anything else wins whole.
    pub(crate) fn over(self, mut under: Self) -> Self {
        match (self.value, &mut under.value) {
            (Value::Map(upper), Value::Map(lower)) => {
                for entry in upper {
                    match lower.iter_mut().find(|below| below.key == entry.key) {
                        Some(below) => {
                            let node = std::mem::replace(
                                &mut below.node,
                                Self::empty_map(Place::Unwritten),
                            );
                            below.node = entry.node.over(node);
                            below.place = entry.place;
                        }
                        None => lower.push(entry),
                    }
                }
                under.place = self.place;
                under
            }
            (value, _) => Self { value, place: self.place },
        }
    }

    /// Forgets every place: the tree came from a program, not from a text.
    pub(crate) fn without_places(mut self) -> Self {
        self.place = Place::Unwritten;
        match &mut self.value {
            Value::Scalar { .. } => {}
            Value::List(items) => {
                for item in items {
                    *item =
                        std::mem::replace(item, Self::empty_map(Place::Unwritten)).without_places();
                }
            }
            Value::Map(entries) => {
                for entry in entries {
                    entry.place = Place::Unwritten;
                    let node =
                        std::mem::replace(&mut entry.node, Self::empty_map(Place::Unwritten));
                    entry.node = node.without_places();
                }
            }
        }
        self
    }

    /// What stands here, in words for an error.
    pub(crate) fn describe(&self) -> String {
        match (&self.value, self.as_scalar()) {
            (Value::List(items), _) => match items.len() {
                1 => "a list of 1 value".to_owned(),
                n => format!("a list of {n} values"),
            },
            (Value::Map(_), _) => "a map".to_owned(),
            (_, Some(Scalar::Null)) => "nothing (null)".to_owned(),
            (Value::Scalar { text, .. }, Some(Scalar::Text(_))) => {
                format!("the text `{}`", shorten(text))
            }
            (Value::Scalar { text, .. }, _) => shorten(text),
        }
    }
}

/// Meaning of a plain scalar: the core schema of YAML 1.2, so `no` is text and `1_000` too.
fn resolve(text: &str) -> Scalar<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "true" | "True" | "TRUE" => return Scalar::Bool(true),
        "false" | "False" | "FALSE" => return Scalar::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
        return Scalar::Float(sign * f64::INFINITY);
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix)
            && digits.bytes().all(|b| b.is_ascii_hexdigit())
            && let Ok(value) = i128::from_str_radix(digits, radix)
        {
            return Scalar::Integer(value);
        }
    }
    let starts_like_number =
        unsigned.starts_with(|c: char| c.is_ascii_digit()) || unsigned.starts_with('.');
    if !starts_like_number {
        return Scalar::Text(text);
    }
    if unsigned.bytes().all(|b| b.is_ascii_digit())
        && let Ok(value) = text.parse::<i128>()
    {
        return Scalar::Integer(value);
    }
    // Rust's grammar of floats, once it starts with a digit or a point, is the schema's.
    match text.parse::<f64>() {
        Ok(value) => Scalar::Float(value),
        Err(_) => Scalar::Text(text),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

    use super::*;

    #[test]
    fn plain_scalars_follow_the_core_schema() {
        for (text, meaning) in [
            ("", Scalar::Null),
            ("~", Scalar::Null),
            ("true", Scalar::Bool(true)),
            ("no", Scalar::Text("no")),
            ("007", Scalar::Integer(7)),
            ("-12", Scalar::Integer(-12)),
            ("+12", Scalar::Integer(12)),
            ("0x1F", Scalar::Integer(31)),
            ("0o17", Scalar::Integer(15)),
            ("0x", Scalar::Text("0x")),
            ("0x+1", Scalar::Text("0x+1")),
            ("0o9", Scalar::Text("0o9")),
            ("1_000", Scalar::Text("1_000")),
            ("1e3", Scalar::Float(1000.0)),
            ("1e-3", Scalar::Float(0.001)),
            (".5", Scalar::Float(0.5)),
            ("5.", Scalar::Float(5.0)),
            ("-.inf", Scalar::Float(f64::NEG_INFINITY)),
            ("inf", Scalar::Text("inf")),
            ("nan", Scalar::Text("nan")),
            ("-infinity", Scalar::Text("-infinity")),
            (".", Scalar::Text(".")),
            ("1.2.3", Scalar::Text("1.2.3")),
            ("-", Scalar::Text("-")),
        ] {
            assert_eq!(resolve(text), meaning, "{text:?}");
        }
        assert!(matches!(resolve(".NaN"), Scalar::Float(v) if v.is_nan()));
    }

    #[test]
    fn a_tree_over_another_keeps_the_keys_it_does_not_name() {
        let under =
            super::super::yaml::read("a: {x: 1, y: 2}\nb: 3\nc: {z: 4}\nd: {e: 1}", "under")
                .unwrap();
        let upper =
            super::super::yaml::read("a: {y: 5, w: 6}\nb: {q: 7}\nd: null", "upper").unwrap();
        let merged = upper.over(under);
        let text = |path: &str| merged.find(path).map(Node::describe);
        assert_eq!(text("a.x").as_deref(), Some("1"));
        assert_eq!(text("a.y").as_deref(), Some("5"));
        assert_eq!(text("a.w").as_deref(), Some("6"));
        assert_eq!(text("b.q").as_deref(), Some("7"));
        assert_eq!(text("c.z").as_deref(), Some("4"));
        // A null is a value like others: the reader of the finished tree refuses it by name.
        assert_eq!(text("d").as_deref(), Some("nothing (null)"));
        assert_eq!(merged.find("a.y").unwrap().place.to_string(), "upper:1");
        assert_eq!(merged.find("a.x").unwrap().place.to_string(), "under:1");
    }
}
