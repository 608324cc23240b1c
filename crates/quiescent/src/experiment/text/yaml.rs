//! Reads YAML text into a tree of located values.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::sync::Arc;

use serde_saphyr::granit_parser::{self, ErrorKind, Event, Marker, Parser, ScalarStyle, ScanError};

use super::node::{Entry, Node, Value};
use crate::experiment::SpecError;
use crate::experiment::place::{Place, shorten};

/// Longest text read, in bytes: an experiment is one or two kilobytes.
pub(crate) const LONGEST_TEXT: usize = 1 << 20;
/// Deepest nesting: experiments need four levels.
const DEEPEST: usize = 32;
/// Most values, with aliases written out: stops a text that multiplies itself.
const MOST_NODES: usize = 100_000;

/// The message for a key without a value.
pub(crate) const NOTHING: &str = "no value is given; write one (`null` for none), or omit the key";
/// The message for YAML's other way to write null.
pub(crate) const TILDE: &str = "`~` is not accepted: write `null` for none";

/// Why a node holds no value, if it does not. The word `null` is the one way to write "none".
pub(crate) fn no_value(node: &Node) -> Option<&'static str> {
    match &node.value {
        Value::Scalar { text, quoted: false } if text.is_empty() => Some(NOTHING),
        Value::Scalar { text, quoted: false } if text == "~" => Some(TILDE),
        Value::Map(entries) if entries.is_empty() => {
            Some("`{}` gives no value; name its keys, or omit this one")
        }
        _ => None,
    }
}

/// Whether two plain scalars that only a comma parts are rather one number: `0,07` or `1,000`. A
/// whole number does not begin with a zero, unless its neighbour does too.
fn is_comma_number(first: &str, second: &str) -> bool {
    is_whole(first) && second.len() > 1 && second.starts_with('0') && is_digits(second)
}

/// A whole number without zeros in front.
pub(crate) fn is_whole(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    is_digits(digits) && (digits.len() == 1 || !digits.starts_with('0'))
}

/// Digits and nothing else.
pub(crate) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Reads one document; empty text gives a null.
///
/// # Errors
/// [`SpecError::Syntax`] for text that is not YAML, has tags or several documents, is too long or
/// nested too deeply; [`SpecError::DuplicateKey`] for a key given twice; [`SpecError::NoValue`] for a
/// key or an item with nothing behind it.
pub(crate) fn read(text: &str, source: &str) -> Result<Node, SpecError> {
    let source: Arc<str> = source.into();
    read_at(text, move |marker| Place::File {
        source: Arc::clone(&source),
        line: short(marker.line().max(1)),
        column: short(marker.col() + 1),
    })
}

/// Lines and columns fit: texts are shorter than [`LONGEST_TEXT`].
fn short(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Reads one document whose places are given by `place`.
pub(crate) fn read_at(
    text: &str,
    place: impl Fn(&Marker) -> Place + 'static,
) -> Result<Node, SpecError> {
    if text.len() > LONGEST_TEXT {
        return Err(SpecError::Syntax {
            place: place(&Marker::new(0, 1, 0)),
            reason: format!(
                "{} bytes are too long for an experiment (at most {LONGEST_TEXT})",
                text.len()
            ),
        });
    }
    let mut options = granit_parser::options! {
        flow_nesting_limit: DEEPEST,
        block_nesting_limit: DEEPEST,
    };
    options.set_emit_comments(false);
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut reader = Reader {
        events: Parser::new_from_str_with_options(text, options),
        place: Box::new(place),
        anchors: HashMap::new(),
        nodes: 0,
        path: Vec::new(),
        span: (0, 0),
    };
    reader.document()
}

/// One event with its place.
type Located<'a> = (Event<'a>, Place);

struct Reader<'a, I> {
    events: I,
    place: Box<dyn Fn(&Marker) -> Place + 'a>,
    /// Finished nodes by anchor, with how many nodes each holds.
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    /// Keys on the way down to where reading stands.
    path: Vec<String>,
    /// First character of the latest event, and the one behind it.
    span: (usize, usize),
}

impl<'a, I> Reader<'a, I>
where
    I: Iterator<Item = Result<(Event<'a>, granit_parser::Span), ScanError>>,
{
    fn document(&mut self) -> Result<Node, SpecError> {
        let mut document = None;
        while let Some((event, place)) = self.next()? {
            match event {
                Event::StreamStart
                | Event::StreamEnd
                | Event::DocumentEnd
                | Event::DocumentStart(..) => {}
                _ if document.is_some() => {
                    return Err(SpecError::Syntax {
                        place,
                        reason: "a second document begins here; a file holds one experiment"
                            .to_owned(),
                    });
                }
                event => document = Some(self.node((event, place))?),
            }
        }
        Ok(document.unwrap_or_else(|| Node::scalar("", (self.place)(&Marker::new(0, 1, 0)))))
    }

    fn next(&mut self) -> Result<Option<Located<'a>>, SpecError> {
        match self.events.next() {
            None => Ok(None),
            Some(Ok((event, span))) => {
                self.span = (span.start.index(), span.end.index());
                Ok(Some((event, (self.place)(&span.start))))
            }
            Some(Err(error)) => Err(SpecError::Syntax {
                place: (self.place)(error.marker()),
                reason: explain(&error),
            }),
        }
    }

    /// The next event inside a collection that began at `start`.
    fn next_within(&mut self, start: &Place) -> Result<Located<'a>, SpecError> {
        self.next()?.ok_or_else(|| SpecError::Syntax {
            place: start.clone(),
            reason: "not valid YAML: the text ends inside what begins here".to_owned(),
        })
    }

    fn node(&mut self, (event, place): Located<'a>) -> Result<Node, SpecError> {
        let before = self.nodes;
        self.count(1, &place)?;
        if event.tag().is_some() {
            return Err(SpecError::Syntax {
                place,
                reason: "tags (`!…`) have no meaning in an experiment; remove it".to_owned(),
            });
        }
        let anchor = event.anchor_id();
        let value = match event {
            Event::Scalar(text, style, ..) => {
                // Long texts weigh more, or aliases to one could fill the memory.
                self.count(text.len() / 32, &place)?;
                // The parser gives a `~` where nothing is written.
                let nothing = self.span.0 == self.span.1;
                let text = if nothing { String::new() } else { text.into_owned() };
                Value::Scalar { text, quoted: style != ScalarStyle::Plain }
            }
            Event::SequenceStart(..) => self.list(&place)?,
            Event::MappingStart(..) => self.map(&place)?,
            Event::Alias(id) => {
                let Some((node, size)) = self.anchors.get(&id).cloned() else {
                    return Err(SpecError::Syntax {
                        place,
                        reason: "an alias (`*…`) that contains itself".to_owned(),
                    });
                };
                self.count(size, &place)?;
                return Ok(node);
            }
            _ => {
                return Err(SpecError::Syntax {
                    place,
                    reason: "not valid YAML: a value is missing here".to_owned(),
                });
            }
        };
        let node = Node { value, place };
        if let Some(id) = anchor {
            let size = self.nodes - before;
            self.count(size, &node.place)?;
            self.anchors.insert(id, (node.clone(), size));
        }
        Ok(node)
    }

    fn list(&mut self, start: &Place) -> Result<Value, SpecError> {
        let mut items: Vec<Node> = Vec::new();
        let mut end = 0;
        loop {
            let event = match self.next_within(start)? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                event => event,
            };
            let begin = self.span.0;
            let node = self.node(event)?;
            if let Some(reason) = no_value(&node) {
                return Err(self.none(node.place, &format!("[{}]", items.len()), reason));
            }
            if let (Some(before), Some(text)) =
                (items.last().and_then(Node::text_of), node.text_of())
                && begin == end + 1
                && is_comma_number(before, text)
            {
                return Err(SpecError::Syntax {
                    place: node.place.clone(),
                    reason: format!(
                        "`{before},{text}`: one number or two? Numbers have a decimal point \
                         ({before}.{text}) and no other separator; leave a blank between two"
                    ),
                });
            }
            end = self.span.1;
            items.push(node);
        }
    }

    /// The error for a missing value at `key`, relative to the current path.
    fn none(&self, place: Place, key: &str, reason: &str) -> SpecError {
        let path = self.path.join(".");
        let joint = if path.is_empty() || key.starts_with('[') { "" } else { "." };
        SpecError::NoValue { place, key: format!("{path}{joint}{key}"), reason: reason.to_owned() }
    }

    fn map(&mut self, start: &Place) -> Result<Value, SpecError> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut end = 0;
        loop {
            let (event, place) = self.next_within(start)?;
            if matches!(event, Event::MappingEnd) {
                return Ok(Value::Map(entries));
            }
            let begin = self.span.0;
            let Value::Scalar { text: key, .. } = self.node((event, place.clone()))?.value else {
                return Err(SpecError::Syntax {
                    place,
                    reason: "a key must be a word, not a list or a map".to_owned(),
                });
            };
            // Keys appear in messages, and no key of the specification has such a character.
            if key.chars().any(char::is_control) {
                return Err(SpecError::Syntax {
                    place,
                    reason: format!("`{}`: a key has control characters", shorten(&key)),
                });
            }
            match seen.entry(key.clone()) {
                Slot::Occupied(first) => {
                    self.path.push(shorten(&key));
                    return Err(SpecError::DuplicateKey {
                        place,
                        key: self.path.join("."),
                        first: Some(entries[*first.get()].place.clone()),
                    });
                }
                Slot::Vacant(slot) => slot.insert(entries.len()),
            };
            self.path.push(shorten(&key));
            let value = self.next_within(start)?;
            let node = self.node(value)?;
            self.path.pop();
            if let Some(mut reason) = no_value(&node) {
                // `{sigma: 0,07}` is a sigma of 0 and a key 07.
                let before = entries.last().and_then(|entry| entry.node.text_of());
                if begin == end + 1 && is_digits(&key) && before.is_some_and(is_whole) {
                    reason = "a decimal comma? Numbers have a decimal point, such as 0.07";
                }
                return Err(self.none(place, &shorten(&key), reason));
            }
            end = self.span.1;
            entries.push(Entry { key, place, node });
        }
    }

    fn count(&mut self, nodes: usize, place: &Place) -> Result<(), SpecError> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > MOST_NODES {
            return Err(SpecError::Syntax {
                place: place.clone(),
                reason: format!("more than {MOST_NODES} values: this is not an experiment"),
            });
        }
        Ok(())
    }
}

/// The parser's error in words for someone who does not know YAML's grammar.
fn explain(error: &ScanError) -> String {
    let hint = match error.kind() {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => {
            return "not valid YAML: a tab; indent with spaces".to_owned();
        }
        ErrorKind::RecursionLimitExceeded => {
            return format!("nested more than {DEEPEST} levels deep: this is not an experiment");
        }
        ErrorKind::MappingValueNotAllowed => {
            "; is a line indented wrongly, or a text with `: ` in need of quotes?"
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
            "; is a `:` missing after the key?"
        }
        ErrorKind::InvalidIndentation => "; keys of one map begin in the same column",
        _ => "",
    };
    let column = error.marker().col() + 1;
    format!("not valid YAML: {} (column {column}){hint}", error.info())
}
