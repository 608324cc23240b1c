//! `quiescent experiments keys`: what each key of an experiment means and may be.

use crate::ui::failure::Failure;
use crate::ui::flags::Json;
use clap::Args;
use quiescent::experiment::{Key, KeyDefault, keys, nearest};
use serde_json::{Value, json};

/// Explain the keys of experiments: unit, choices, default and meaning.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  quiescent experiments keys\n  quiescent experiments keys noise\n  quiescent \
                  experiments keys 'rest.*'\n\nA default that depends on the kind of task or network is \
                  given for each. A file may also have `base: NAME`, a shipped experiment or a file \
                  relative to it, of which its other keys change some. --json prints a list of {path, task, \
                  unit, choices, meaning, defaults}."
)]
pub(super) struct Arguments {
    /// Only keys that contain this text or, with * and ?, match it as a whole.
    pattern: Option<String>,
    #[command(flatten)]
    json: Json,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let pattern = arguments.pattern.as_deref().unwrap_or_default();
    let found: Vec<&Key> = keys().filter(|key| matches(pattern, key.path)).collect();
    if found.is_empty() {
        return Err(Failure::Usage(no_match(pattern)));
    }
    let list: Vec<Value> = found
        .iter()
        .map(|key| {
            json!({
                "path": key.path,
                "task": key.task,
                "unit": key.unit,
                "choices": key.choices,
                "meaning": key.meaning,
                "defaults": key.defaults(),
            })
        })
        .collect();
    arguments.json.print(&list, |_| {
        let mut lines: Vec<String> = found.iter().flat_map(|key| describe(key)).collect();
        // The last blank line parts nothing.
        lines.pop();
        lines
    })
}

/// A key in a few lines.
fn describe(key: &Key) -> Vec<String> {
    let task =
        key.task.map_or_else(String::new, |task| format!("  (task.kind: {})", word(&json!(task))));
    let mut lines = vec![format!("{}{task}", key.path), format!("    {}", key.meaning)];
    let mut say = |name: &str, text: &str| lines.push(format!("    {name:<8} {text}"));
    if let Some(unit) = key.unit {
        say("unit", unit);
    }
    if !key.choices.is_empty() {
        say("choices", &key.choices.join(", "));
    }
    let defaults: Vec<String> =
        key.defaults().iter().map(|default| in_words(default, key)).collect();
    if !defaults.is_empty() {
        say("default", &defaults.join("; "));
    }
    lines.push(String::new());
    lines
}

/// A default, and for which kinds it holds.
fn in_words(default: &KeyDefault, key: &Key) -> String {
    let task = default.task.filter(|_| key.task.is_none()).map(|task| word(&json!(task)));
    let network = default.network.map(|network| word(&json!(network)));
    let kinds: Vec<String> = task.into_iter().chain(network).collect();
    let of = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
    format!("{}{of}", word(&default.value))
}

/// A value as it stands in a file.
fn word(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "an empty text".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Whether a path contains the pattern or, if that has `*` or `?`, matches it as a whole.
fn matches(pattern: &str, path: &str) -> bool {
    let pattern = pattern.to_lowercase();
    if !pattern.contains(['*', '?']) {
        return path.to_lowercase().contains(&pattern);
    }
    glob(pattern.as_bytes(), path.to_lowercase().as_bytes())
}

/// `*` stands for any characters, dots too, and `?` for one.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    // The latest star, and how much of the text it takes.
    let (mut at, mut seen, mut star) = (0, 0, None);
    while seen < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(&wanted) if wanted == b'?' || wanted == text[seen] => {
                (at, seen) = (at + 1, seen + 1)
            }
            _ => match star {
                Some((position, taken)) => {
                    star = Some((position, taken + 1));
                    (at, seen) = (position + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|&rest| rest == b'*')
}

/// The error for a pattern that no key matches, with the keys that may be meant.
fn no_match(pattern: &str) -> String {
    const MOST: usize = 5;
    let plain: String = pattern.chars().filter(|c| !"*?".contains(*c)).collect();
    let plain = plain.trim_matches('.');
    let parts = || keys().flat_map(|key| key.path.split('.').chain([key.path]));
    let near = nearest(plain, parts());
    let mut meant: Vec<&str> = keys()
        .map(|key| key.path)
        .filter(|path| {
            near.is_some_and(|near| *path == near || path.split('.').any(|part| part == near))
        })
        .collect();
    meant.dedup();
    let more = meant.len().saturating_sub(MOST);
    meant.truncate(MOST);
    match (meant.as_slice(), more) {
        ([], _) => format!("no key matches `{pattern}`; `quiescent experiments keys` lists all"),
        (meant, 0) => format!("no key matches `{pattern}`; did you mean {}?", meant.join(", ")),
        (meant, more) => {
            format!("no key matches `{pattern}`; did you mean {} ({more} more)?", meant.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_are_parts_or_globs_of_paths() {
        for (pattern, path, is_match) in [
            ("", "seed", true),
            ("noise", "rest.noise.sigma", true),
            ("NOISE", "rest.noise.sigma", true),
            ("rest.*", "rest.noise.sigma", true),
            ("rest.*", "seed", false),
            ("*sigma", "rest.noise.sigma", true),
            ("*.noise", "rest.noise.sigma", false),
            ("*.noise.*a", "rest.noise.sigma", true),
            ("*o*s*a", "rest.noise.sigma", true),
            ("see?", "seed", true),
            ("seed?", "seed", false),
            ("**", "seed", true),
            ("*x*", "seed", false),
        ] {
            assert_eq!(matches(pattern, path), is_match, "{pattern} {path}");
        }
    }
}
