//! Verdicts in words and colours: of claims, of assumptions, of learning.

use maud::{Markup, html};
use quiescent::analysis::Verdict;

/// How many of these verdicts are this one.
fn count(verdicts: impl Iterator<Item = Option<Verdict>>, of: Option<Verdict>) -> usize {
    verdicts.filter(|verdict| *verdict == of).count()
}

/// A mark in the verdict's colour, with its word.
pub(super) fn badge(verdict: Option<Verdict>) -> Markup {
    html! {
        @match verdict {
            Some(Verdict::Holds) => span.badge.holds { "✓ holds" },
            Some(Verdict::Fails) => span.badge.fails { "✗ fails" },
            Some(Verdict::Undecided) => span.badge.undecided { "? undecided" },
            None => span.badge { "not tested" },
        }
    }
}

/// A mark in the verdict's colour, before a sentence that says it in words.
pub(super) fn mark(verdict: Option<Verdict>) -> Markup {
    html! {
        @match verdict {
            Some(Verdict::Holds) => span.badge.holds aria-hidden="true" { "✓" },
            Some(Verdict::Fails) => span.badge.fails aria-hidden="true" { "✗" },
            Some(Verdict::Undecided) => span.badge.undecided aria-hidden="true" { "?" },
            None => span.badge aria-hidden="true" { "·" },
        }
    }
}

/// Whether a network has learned, in two words.
pub(super) fn learned(verdict: Option<Verdict>) -> Markup {
    html! {
        @match verdict {
            Some(verdict) => {
                (learned_badge(verdict))
                @if verdict == Verdict::Fails { ": reactivation cannot be judged" }
            },
            None => "–",
        }
    }
}

/// Whether a network has learned, as a mark.
pub(super) fn learned_badge(verdict: Verdict) -> Markup {
    html! {
        @match verdict {
            Verdict::Holds => span.badge.holds { "✓ learned" },
            Verdict::Fails => span.badge.fails { "✗ not learned" },
            Verdict::Undecided => span.badge.undecided { "? undecided whether learned" },
        }
    }
}

/// How many hold, fail and are undecided, `12 hold, 3 fail, 1 is undecided`; then how many have no
/// verdict, with the words for that.
pub(super) fn tally(verdicts: &[Option<Verdict>], none: &str) -> String {
    let count = |of| count(verdicts.iter().copied(), of);
    let form = |n: usize, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    let mut parts = vec![
        form(count(Some(Verdict::Holds)), "holds", "hold"),
        form(count(Some(Verdict::Fails)), "fails", "fail"),
    ];
    for (n, one, many) in [
        (count(Some(Verdict::Undecided)), "is undecided", "are undecided"),
        (count(None), none, none),
    ] {
        if n > 0 {
            parts.push(form(n, one, many));
        }
    }
    parts.join(", ")
}
