//! Lists and ranges of values, as files and command lines write them.

use super::super::SpecError;
use super::super::node::{Node, Scalar, Value};
use super::MOST_RUNS;

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

/// Cuts `a,[b,c],"d,e"` at the commas that stand in no bracket, brace or quote.
pub(super) fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut quote) = (Vec::new(), 0, 0_usize, None);
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
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
            wrong(format!(
                "expected a list of values, such as [0.03, 0.07], or a range, such as 0..4, found {}",
                node.describe()
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
