//! Whether networks have learned, in columns of a terminal's tables.

use quiescent::analysis::Verdict;
use quiescent::readable::number;
use quiescent::workflow::Learned;

/// Heads of the columns that [`columns`] fills.
pub(crate) const HEADS: [&str; 3] = ["error", "constant answer", "learned"];

/// Decoding error, that of a constant answer, and whether the network has learned.
pub(crate) fn columns(learned: Option<Learned>, unit: &str) -> [String; 3] {
    let Some(learned) = learned else { return ["–", "–", "unknown"].map(str::to_owned) };
    let with_unit = |error: f64| format!("{} {unit}", number(error, 3)).trim_end().to_owned();
    [
        with_unit(learned.error),
        with_unit(learned.constant_answer_error),
        in_words(Some(learned.verdict)).to_owned(),
    ]
}

/// A divergence of the quiescent phase, unless it means nothing because the network has not learned.
pub(crate) fn judged(learned: Option<Verdict>, nats: Option<f64>) -> String {
    match (learned, nats) {
        (Some(Verdict::Fails), _) => "not judged".to_owned(),
        (_, Some(nats)) => format!("{nats:.3}"),
        (_, None) => "–".to_owned(),
    }
}

/// `yes`, `NO`, `undecided`; `unknown` where chance is not known.
pub(crate) fn in_words(learned: Option<Verdict>) -> &'static str {
    match learned {
        Some(Verdict::Holds) => "yes",
        Some(Verdict::Fails) => "NO",
        Some(Verdict::Undecided) => "undecided",
        None => "unknown",
    }
}
