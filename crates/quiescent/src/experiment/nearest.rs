//! The nearest valid name to a misspelt one.

/// Other words for keys that are not like them.
const SYNONYMS: [(&str, &str); 1] = [("leak", "tau_s")];

/// The candidate most like `given`, if any is like enough to be what was meant.
pub fn nearest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Comparing is quadratic in length, and no name is this long.
    if given.len() > 100 {
        return None;
    }
    let given = given.to_lowercase();
    let meant = SYNONYMS.iter().find(|(word, _)| *word == given).map(|(_, key)| *key);
    candidates
        .into_iter()
        .map(|candidate| match meant == Some(candidate) {
            true => (1.0, candidate),
            false => (likeness(&given, candidate), candidate),
        })
        .filter(|(score, _)| *score >= 0.5)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

/// Between 0 and 1: by edits, or by one name being the other without its unit or qualifier.
fn likeness(given: &str, candidate: &str) -> f64 {
    let edits = strsim::normalized_damerau_levenshtein(given, candidate);
    let part = given.len() >= 3
        && (candidate.starts_with(given)
            || candidate.ends_with(given)
            || (candidate.len() >= 3 && given.starts_with(candidate)));
    if part { edits.max(0.75) } else { edits }
}
