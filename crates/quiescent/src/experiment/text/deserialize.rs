//! Turns a located tree into the specification's structs; every error says where it arose.

use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::fault::{Fault, KIND};
use super::node::{Entry, Node, Scalar, Value};
use crate::experiment::SpecError;

/// What the type of a whole number allows.
pub(crate) const WHOLE: &str = "a whole number, 0 or more";

/// Reads a value of type `T`.
pub(crate) fn from_node<T: de::DeserializeOwned>(node: &Node) -> Result<T, SpecError> {
    T::deserialize(NodeReader::new(node)).map_err(|fault| fault.into_error(&node.place))
}

/// Whether a text would be a number if its one comma were a point.
fn has_decimal_comma(text: &str) -> bool {
    text.matches(',').count() == 1 && !text.contains('.') && {
        text.len() < 100 && text.replace(',', ".").parse::<f64>().is_ok()
    }
}

/// Reads one node; `tagged` says that its `kind` has been read already.
#[derive(Clone, Copy)]
struct NodeReader<'a> {
    node: &'a Node,
    tagged: bool,
}

impl<'a> NodeReader<'a> {
    fn new(node: &'a Node) -> Self {
        Self { node, tagged: false }
    }

    fn whole<T: TryFrom<i128>>(self, expected: &str) -> Result<T, Fault> {
        let wrong = || Fault::wrong_type(self.node, expected);
        match self.node.as_scalar() {
            Some(Scalar::Integer(value)) if value > i128::from(u64::MAX) => {
                Err(Fault::wrong_type(self.node, "a whole number below 2^64"))
            }
            Some(Scalar::Integer(value)) => T::try_from(value).map_err(|_| wrong()),
            Some(Scalar::Float(value)) if value.fract() == 0.0 && value.abs() < 1e15 => {
                let expected = format!("{expected} (write it as {value:.0})");
                Err(Fault::wrong_type(self.node, expected))
            }
            Some(Scalar::Text(text)) if has_decimal_comma(text) => {
                Err(Fault::wrong_type(self.node, format!("{expected}, without commas")))
            }
            Some(Scalar::Text(text)) if text.parse::<i128>().is_ok() => {
                let expected = format!("{expected} (without quotes)");
                Err(Fault::wrong_type(self.node, expected))
            }
            _ => Err(wrong()),
        }
    }

    fn list<V: Visitor<'a>>(self, items: &'a [Node], visitor: V) -> Result<V::Value, Fault> {
        visitor
            .visit_seq(Items { items: items.iter().enumerate() })
            .map_err(|fault| fault.at(&self.node.place))
    }

    fn map<V: Visitor<'a>>(self, entries: &'a [Entry], visitor: V) -> Result<V::Value, Fault> {
        visitor
            .visit_map(Keys { entries: entries.iter(), current: None, tagged: self.tagged })
            .map_err(|fault| {
                let fault = fault.at(&self.node.place);
                if self.tagged { fault.allowing_kind() } else { fault }
            })
    }
}

impl<'de> Deserializer<'de> for NodeReader<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::List(items) => return self.list(items, visitor),
            Value::Map(entries) => return self.map(entries, visitor),
            Value::Scalar { .. } => {}
        }
        match self.node.as_scalar().unwrap_or(Scalar::Null) {
            Scalar::Null => visitor.visit_unit(),
            Scalar::Bool(value) => visitor.visit_bool(value),
            Scalar::Integer(value) => match (u64::try_from(value), i64::try_from(value)) {
                (Ok(value), _) => visitor.visit_u64(value),
                (_, Ok(value)) => visitor.visit_i64(value),
                _ => visitor.visit_i128(value),
            },
            Scalar::Float(value) => visitor.visit_f64(value),
            Scalar::Text(text) => visitor.visit_borrowed_str(text),
        }
        .map_err(|fault: Fault| fault.at(&self.node.place))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node.as_scalar() {
            Some(Scalar::Bool(value)) => visitor.visit_bool(value),
            _ => Err(Fault::wrong_type(self.node, "true or false")),
        }
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let value = self.whole(WHOLE)?;
        visitor.visit_u64(value).map_err(|fault: Fault| fault.at(&self.node.place))
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match (&self.node.value, self.node.as_scalar()) {
            (_, Some(Scalar::Float(value))) => visitor.visit_f64(value),
            (Value::Scalar { text, .. }, Some(Scalar::Integer(value))) => {
                // From the text, if it is decimal: rounded once.
                visitor.visit_f64(text.parse().unwrap_or(value as f64))
            }
            (_, Some(Scalar::Text(text))) if text.parse::<f64>().is_ok() => {
                Err(Fault::wrong_type(self.node, "a number (without quotes)"))
            }
            (_, Some(Scalar::Text(text))) if has_decimal_comma(text) => Err(Fault::wrong_type(
                self.node,
                format!("a number with a decimal point ({})", text.replace(',', ".")),
            )),
            _ => Err(Fault::wrong_type(self.node, "a number")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            // A plain 2024 where text is wanted is text.
            Value::Scalar { text, .. } if !self.node.is_null() => visitor.visit_borrowed_str(text),
            _ => Err(Fault::wrong_type(self.node, "text")),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.node.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::List(items) => self.list(items, visitor),
            _ => Err(Fault::wrong_type(self.node, "a list")),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::List(items) if items.len() == len => self.list(items, visitor),
            _ => Err(Fault::wrong_type(self.node, format!("a list of {len} values"))),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::Map(entries) => self.map(entries, visitor),
            _ => Err(Fault::wrong_type(self.node, "a map")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::Map(entries) => self.map(entries, visitor),
            _ => Err(Fault::wrong_type(self.node, format!("a map (of {})", fields.join(", ")))),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let node = self.node;
        let (name, place, content) = match &node.value {
            Value::Scalar { text, .. } if !node.is_null() => {
                (text.as_str(), &node.place, Content::Nothing(node))
            }
            Value::Map(entries) => match (node.get(KIND), entries.as_slice()) {
                (Some(kind), _) => match &kind.value {
                    Value::Scalar { text, .. } => {
                        (text.as_str(), &kind.place, Content::Members(node))
                    }
                    _ => {
                        let expected = format!("one of {}", variants.join(", "));
                        return Err(Fault::wrong_type(kind, expected).under(KIND));
                    }
                },
                (None, [entry]) => (entry.key.as_str(), &entry.place, Content::Value(&entry.node)),
                (None, _) => return Err(choice(node, variants)),
            },
            _ => return Err(choice(node, variants)),
        };
        // An unknown `kind` is the fault of that key, not of its map.
        let known = variants.contains(&name);
        visitor.visit_enum(Choice { name, content }).map_err(|fault: Fault| match content {
            Content::Members(_) if !known => fault.at(place).under(KIND),
            _ => fault.at(place),
        })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u128 f32 char bytes byte_buf unit unit_struct
        tuple_struct identifier
    }
}

fn choice(node: &Node, variants: &[&str]) -> Fault {
    Fault::wrong_type(node, format!("one of {}", variants.join(", ")))
}

/// The values of a list.
struct Items<'a> {
    items: std::iter::Enumerate<std::slice::Iter<'a, Node>>,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let Some((index, node)) = self.items.next() else {
            return Ok(None);
        };
        seed.deserialize(NodeReader::new(node))
            .map(Some)
            .map_err(|fault| fault.under(&format!("[{index}]")))
    }
}

/// The keys and values of a map.
struct Keys<'a> {
    entries: std::slice::Iter<'a, Entry>,
    current: Option<&'a Entry>,
    tagged: bool,
}

impl<'de> MapAccess<'de> for Keys<'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        self.current = self.entries.next();
        if self.tagged && self.current.is_some_and(|entry| entry.key == KIND) {
            self.current = self.entries.next();
        }
        let Some(entry) = self.current else {
            return Ok(None);
        };
        let key = IntoDeserializer::<Fault>::into_deserializer(entry.key.as_str());
        seed.deserialize(key).map(Some).map_err(|fault| fault.at(&entry.place))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let Some(entry) = self.current.take() else {
            return Err(de::Error::custom("a value was asked for before its key"));
        };
        seed.deserialize(NodeReader::new(&entry.node)).map_err(|fault| fault.under(&entry.key))
    }
}

/// A choice among variants, by name.
struct Choice<'a> {
    name: &'a str,
    content: Content<'a>,
}

/// What stands beside a variant's name.
#[derive(Clone, Copy)]
enum Content<'a> {
    /// `name` alone.
    Nothing(&'a Node),
    /// `{name: value}`.
    Value(&'a Node),
    /// `{kind: name, …}`.
    Members(&'a Node),
}

impl<'de> EnumAccess<'de> for Choice<'de> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Fault> {
        let name = IntoDeserializer::<Fault>::into_deserializer(self.name);
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Choice<'de> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self.content {
            Content::Nothing(_) => Ok(()),
            Content::Value(node) | Content::Members(node) => {
                Err(Fault::wrong_type(node, format!("`{}` alone, which takes no value", self.name)))
            }
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        match self.content {
            Content::Nothing(node) => Err(Fault::wrong_type(
                node,
                format!("a value with `{0}`, as in {{{0}: …}}", self.name),
            )),
            Content::Value(node) => {
                seed.deserialize(NodeReader::new(node)).map_err(|fault| fault.under(self.name))
            }
            Content::Members(node) => seed.deserialize(NodeReader { node, tagged: true }),
        }
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Fault> {
        match self.content {
            Content::Value(node) => NodeReader::new(node).deserialize_tuple(len, visitor),
            Content::Nothing(node) | Content::Members(node) => {
                Err(Fault::wrong_type(node, format!("{{{}: […]}}", self.name)))
            }
        }
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.content {
            Content::Value(node) => NodeReader::new(node).deserialize_struct("", fields, visitor),
            Content::Members(node) => {
                NodeReader { node, tagged: true }.deserialize_struct("", fields, visitor)
            }
            Content::Nothing(node) => {
                Err(Fault::wrong_type(node, format!("{{{}: {{…}}}}", self.name)))
            }
        }
    }
}
