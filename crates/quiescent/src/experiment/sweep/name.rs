//! Names of runs, made from what varies.

/// Longest name, in bytes: file systems take 255, and people read less.
const LONGEST: usize = 100;
/// Digits of the identity in a folder's name: enough that among 100 000 runs two are alike with a
/// probability of 2e-5 (and a folder's experiment is compared before it is used).
const IDENTITY_DIGITS: usize = 12;

/// Name of the run folder of a run: its name and the first digits of its identity, by which a run
/// is found again whatever it is called.
pub fn folder_name(name: &str, identity: &str) -> String {
    let digits = identity.get(..IDENTITY_DIGITS).unwrap_or(identity);
    if name.is_empty() { digits.to_owned() } else { format!("{name}_{digits}") }
}

/// The shortest end of a key that tells it from all other keys: `sigma`, or `noise.sigma` where
/// `input_noise.sigma` varies too.
pub(super) fn short_key<'a>(key: &'a str, all: &[&str]) -> &'a str {
    let starts = key.rmatch_indices('.').map(|(at, _)| at + 1);
    for start in starts {
        let end = &key[start..];
        let same_end = |other: &&&str| {
            other.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        if all.iter().filter(same_end).count() == 1 {
            return end;
        }
    }
    key
}

/// `sigma=0.07_seed=1` of short keys and values.
pub(super) fn join(parts: &[(&str, &str)]) -> String {
    let parts: Vec<String> = parts.iter().map(|(key, value)| format!("{key}={value}")).collect();
    clean(&parts.join("_"))
}

/// A text as part of a file name: anything but letters, digits and `=._+-` becomes `-`, and what
/// is too long is cut.
pub(super) fn clean(text: &str) -> String {
    let mut name: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "=._+-".contains(c) { c } else { '-' })
        .collect();
    name.truncate(LONGEST);
    // Neither hidden nor the folder above.
    if name.starts_with(['.', '-']) { format!("_{name}") } else { name }
}
