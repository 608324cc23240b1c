//! What `reproduce` says when it is done: the networks, the claims that were tested, and why others were
//! not.

use crate::ui::learning;
use crate::ui::output::wrapped;
use crate::ui::table::Table;
use quiescent::analysis::Verdict;
use quiescent::paper::claims::Claim;
use quiescent::readable::counted;
use quiescent::workflow::{Learned, Studied};

/// Width of the column of verdicts.
const VERDICT: usize = 11;

/// The networks, in a table.
pub(super) fn networks(studied: &[Studied]) -> Vec<String> {
    let [error, constant, learned] = learning::HEADS;
    let mut table =
        Table::new(&["network", error, constant, learned, "KL(quiescent‖active), nats"]);
    for run in studied {
        let found = &run.study.found;
        let tested = run.writer.last_metrics().unwrap_or_default().tested;
        let learned = Learned::of(run.writer.record(), tested.as_ref(), Some(found));
        let [error, constant, words] = learning::columns(learned, found.space.unit());
        let kl = found.reactivation().ok().map(|found| found.kl_quiescent_from_active.nats);
        let kl = learning::judged(learned.map(|learned| learned.verdict), kl);
        table.row([run.name.clone(), error, constant, words, kl]);
    }
    table.lines()
}

/// The claims: those tested with their statements, then the others by the reasons why they were not; with
/// `all`, each of them.
pub(super) fn claims(claims: &[Claim], all: bool) -> Vec<String> {
    let (tested, untested): (Vec<&Claim>, Vec<&Claim>) =
        claims.iter().partition(|claim| claim.verdict.is_some());
    let width = tested.iter().map(|claim| claim.id.chars().count()).max().unwrap_or_default();
    let mut lines = Vec::new();
    for claim in tested {
        let verdict = claim.verdict.map_or("", Verdict::name);
        lines.push(format!("{verdict:<VERDICT$}{:<width$}  {}", claim.id, measured(claim)));
        let text = format!("{}. Criterion: {}.", claim.statement, claim.expected);
        lines.extend(wrapped(&text, VERDICT));
    }
    if all {
        for claim in &untested {
            lines.push(format!("{:<VERDICT$}{}", "untested", claim.id));
            lines.extend(wrapped(
                &format!("{}. Reason: {}.", claim.statement, reason(claim)),
                VERDICT,
            ));
        }
    } else {
        let mut reasons: Vec<(&str, usize)> = Vec::new();
        for claim in &untested {
            match reasons.iter_mut().find(|(known, _)| *known == reason(claim)) {
                Some((_, count)) => *count += 1,
                None => reasons.push((reason(claim), 1)),
            }
        }
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        for (reason, count) in reasons {
            let mut text = wrapped(&format!("{}: {reason}", counted(count, "claim")), VERDICT);
            if let Some(first) = text.first_mut() {
                first.replace_range(..VERDICT, &format!("{:<VERDICT$}", "untested"));
            }
            lines.extend(text);
        }
    }
    let more = if all || untested.is_empty() { "" } else { " (--verbose lists them)" };
    lines.push(format!("{}{more}", tally(claims, false, "claim")));
    if claims.iter().any(Claim::is_beyond_the_paper) {
        lines.push(format!("{} beyond the paper", tally(claims, true, "more claim")));
    }
    lines
}

/// The verdicts on the paper's claims, or on those beyond it, in numbers.
fn tally(claims: &[Claim], beyond: bool, what: &str) -> String {
    let of = || claims.iter().filter(|claim| claim.is_beyond_the_paper() == beyond);
    let count = |verdict| of().filter(|claim| claim.verdict == verdict).count();
    format!(
        "{}: {} hold, {} fail, {} undecided, {} untested",
        counted(of().count(), what),
        count(Some(Verdict::Holds)),
        count(Some(Verdict::Fails)),
        count(Some(Verdict::Undecided)),
        count(None)
    )
}

fn reason(claim: &Claim) -> &str {
    claim.note.as_deref().unwrap_or("not said")
}

fn measured(claim: &Claim) -> String {
    let Some(value) = claim.measured else { return "–".to_owned() };
    let unit = if claim.unit == "1" { "" } else { &claim.unit };
    let interval =
        claim.interval.map(|[low, high]| format!(" ({low:.4} to {high:.4})")).unwrap_or_default();
    format!("{}{interval}", format!("{value:.4} {unit}").trim_end())
}
