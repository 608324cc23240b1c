//! Lists and ranges of values, in files and in `key=value` texts.

use super::super::SpecError;
use super::super::text::node::{Node, Scalar, Value};
use super::super::text::overrides::{split_key, takes_decimals};
use super::super::text::yaml::{is_digits, is_whole};
use super::MOST_RUNS;
use crate::experiment::place::{Place, shorten};

/// `FIRST..LAST` or `FIRST..LAST..STEP` of whole numbers, both ends included; none if the text is no
/// range at all.
pub(super) fn range(text: &str) -> Option<Result<Vec<i64>, String>> {
    let (first, rest) = text.split_once("..")?;
    let (last, step) = match rest.split_once("..") {
        Some((last, step)) => (last, step),
        None => (rest, "1"),
    };
    let last = last.strip_prefix('=').unwrap_or(last);
    let number = |part: &str| part.trim().parse::<i64>().ok();
    let (Some(first), Some(last), Some(step)) = (number(first), number(last), number(step)) else {
        return Some(Err(format!(
            "`{text}` is not a range of whole numbers, such as 0..4 (both ends included) or \
             100..500..100"
        )));
    };
    if step < 1 || last < first {
        return Some(Err(format!("`{text}`: a range must ascend, by a step of 1 or more")));
    }
    let count = (i128::from(last) - i128::from(first)) / i128::from(step) + 1;
    if count as u128 > MOST_RUNS {
        return Some(Err(format!("`{text}` are {count} values; at most {MOST_RUNS} are possible")));
    }
    let mut values = Vec::new();
    let mut value = Some(first);
    while let Some(number) = value.filter(|number| *number <= last) {
        values.push(number);
        value = number.checked_add(step);
    }
    Some(Ok(values))
}

/// Cuts `a,[b,c],"d,e"` at the commas that stand in no list, map or quote. One of these begins where a
/// part begins: a quote within a word is a letter of it.
pub(super) fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut quote) = (Vec::new(), 0, 0_usize, None);
    // Whether a value may begin here, and whether this part is a list or a map.
    let (mut fresh, mut nested) = (true, false);
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (Some(_), _) => {}
            (None, ',') if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
                (fresh, nested) = (true, false);
            }
            (None, '"' | '\'') if fresh => (quote, fresh) = (Some(character), false),
            (None, '[' | '{') if fresh || nested => {
                depth += 1;
                (fresh, nested) = (true, true);
            }
            (None, ']' | '}') if nested => depth = depth.saturating_sub(1),
            (None, ',' | ':') if nested => fresh = true,
            (None, blank) if blank.is_whitespace() => {}
            _ => fresh = false,
        }
    }
    parts.push(&text[start..]);
    parts
}

/// A text without the quotes that keep its commas together; one of several also without blanks
/// around it.
pub(super) fn unquoted(part: &str, of_several: bool) -> &str {
    let text = part.trim();
    let inner = ['"', '\'']
        .iter()
        .find_map(|&quote| text.strip_prefix(quote)?.strip_suffix(quote))
        .filter(|inner| !inner.is_empty());
    match inner {
        Some(inner) => inner,
        None if of_several => text,
        None => part,
    }
}

/// One of several values as it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown<'a> {
    text: &'a str,
    /// Whether nothing but a comma parts it from the one before.
    close: bool,
}

impl<'a> From<&'a str> for Shown<'a> {
    fn from(part: &'a str) -> Self {
        Self { text: part.trim(), close: !part.starts_with(char::is_whitespace) }
    }
}

/// Refuses a list in which a comma may be meant as a decimal one.
///
/// `0,07` is a list of 0 and 7 to a computer and one number to half of the world. Two whole numbers with
/// a bare comma between are refused where either reading makes sense:
/// - if the second begins with zeros (`0,07`, `1,000`), for any key;
/// - for a key that takes decimals (`0,5`), unless a value of the list has a decimal point or
///   exponent, which shows the writer's habit, or the list has three or more values that ascend
///   (`1,2,5`), which nobody writes as decimals.
///
/// A blank behind the comma settles it too.
pub(super) fn refuse_decimal_commas(
    values: &[Shown<'_>],
    path: &[&str],
    place: &Place,
) -> Result<(), SpecError> {
    // Of a range, the end that stands at the comma.
    let last = |shown: &Shown<'_>| shown.text.rsplit("..").next().unwrap_or_default().to_owned();
    let first = |shown: &Shown<'_>| shown.text.split("..").next().unwrap_or_default().to_owned();
    let pairs: Vec<(String, String)> = values
        .windows(2)
        .filter(|pair| pair[1].close)
        .map(|pair| (last(&pair[0]), first(&pair[1])))
        .filter(|(a, b)| is_whole(a) && is_digits(b))
        .collect();
    let padded = pairs.iter().find(|(_, b)| b.len() > 1 && b.starts_with('0'));
    let Some((a, b)) = padded.or(pairs.first()) else { return Ok(()) };
    let decimals = takes_decimals(path);
    let pointed = |shown: &Shown<'_>| {
        let text = shown.text.replace("..", "");
        text.contains(['.', 'e', 'E']) && text.parse::<f64>().is_ok()
    };
    let ascends = || {
        let numbers: Option<Vec<i64>> =
            values.iter().map(|shown| shown.text.parse().ok()).collect();
        numbers.is_some_and(|numbers| {
            numbers.len() > 2 && numbers.windows(2).all(|pair| pair[0] < pair[1])
        })
    };
    if padded.is_none() && (!decimals || values.iter().any(pointed) || ascends()) {
        return Ok(());
    }
    let second = b.trim_start_matches('0');
    let second = if second.is_empty() { "0" } else { second };
    let advice = if decimals {
        format!("write {a}.{b} for one number, {a}.0,{second} for two")
    } else {
        format!("write {a},{second} for two numbers; one number is written without a comma")
    };
    let (a, b) = (shorten(a), shorten(b));
    Err(SpecError::Sweep {
        place: place.clone(),
        reason: format!(
            "{}: `{a},{b}` may be two values, {a} and {second}, or one with a decimal comma, \
             {a}.{b}; {advice}",
            shorten(&path.join("."))
        ),
    })
}

/// The values of a list in a file, as they stand there.
fn shown(items: &[Node]) -> Vec<Shown<'_>> {
    let mut end = None;
    items
        .iter()
        .map(|item| {
            let text = match &item.value {
                Value::Scalar { text, quoted: false } => text.as_str(),
                _ => "",
            };
            let Place::File { line, column, .. } = &item.place else {
                return Shown { text, close: false };
            };
            let begin = (*line, u64::from(*column));
            let close = end == Some(begin);
            // Behind the comma that follows.
            end = Some((*line, begin.1 + text.chars().count() as u64 + 1));
            Shown { text, close }
        })
        .collect()
}

/// The values of a key in `grid` or `zip`: a list, whose members may be ranges, or one range.
pub(super) fn of_node(node: &Node, key: &str) -> Result<Vec<Node>, SpecError> {
    let wrong = |reason: String| SpecError::Sweep {
        place: node.place.clone(),
        reason: format!("{key}: {reason}"),
    };
    match &node.value {
        Value::List(items) if items.is_empty() => {
            Err(wrong("an empty list: give at least one value, or remove the key".to_owned()))
        }
        Value::List(items) => {
            let path = split_key(key).map_err(wrong)?;
            refuse_decimal_commas(&shown(items), &path, &node.place)?;
            let mut values = Vec::new();
            for item in items {
                match ranged(item, key)? {
                    Some(numbers) => values.extend(numbers),
                    None => values.push(item.clone()),
                }
                check_count(values.len()).map_err(wrong)?;
            }
            Ok(values)
        }
        _ => ranged(node, key)?.ok_or_else(|| {
            let comma = node.text_of().is_some_and(|text| {
                text.contains(',') && text.replace(',', ".").parse::<f64>().is_ok()
            });
            wrong(format!(
                "expected a list of values, such as [0.03, 0.07], or a range, such as 0..4, found {}{}",
                node.describe(),
                if comma { " (a decimal comma? Numbers have a decimal point)" } else { "" }
            ))
        }),
    }
}

/// Refuses more values of a key than there can be runs.
pub(super) fn check_count(values: usize) -> Result<(), String> {
    if values as u128 <= MOST_RUNS {
        return Ok(());
    }
    Err(format!(
        "these are {values} values or more; at most {MOST_RUNS} runs are possible in one sweep"
    ))
}

/// The numbers of a plain text that is a range.
pub(super) fn ranged(node: &Node, key: &str) -> Result<Option<Vec<Node>>, SpecError> {
    let Some(Scalar::Text(text)) = node.as_scalar() else { return Ok(None) };
    if matches!(node.value, Value::Scalar { quoted: true, .. }) {
        return Ok(None);
    }
    match range(text) {
        None => Ok(None),
        // A text with dots in it, such as a path.
        Some(Err(_)) if !text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => Ok(None),
        Some(Err(reason)) => {
            Err(SpecError::Sweep { place: node.place.clone(), reason: format!("{key}: {reason}") })
        }
        Some(Ok(numbers)) => Ok(Some(
            numbers
                .into_iter()
                .map(|number| Node::scalar(number.to_string(), node.place.clone()))
                .collect(),
        )),
    }
}
