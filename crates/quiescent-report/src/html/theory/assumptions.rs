//! The paper's assumptions, one table for each network.

use maud::{Markup, html};
use quiescent::theory::Assumption;

use super::value::over_interval;
use crate::figures::theory::networks;
use crate::html::contents::Contents;
use crate::html::names::breakable;
use crate::html::verdict::{badge, tally};
use crate::theory_view::TheoryRun;

pub(super) fn section(runs: &[TheoryRun<'_>], contents: &Contents) -> Markup {
    let any = runs.iter().flat_map(networks).any(|(_, found)| !found.assumptions.is_empty());
    html! {
        @if any {
            section id="theory-assumptions" {
                h2 { (contents.section("theory-assumptions", "The theory’s assumptions")) }
                p {
                    "The tables list what the derivation assumes (appendix B of the paper). Each "
                    "assumption has one measured value, its 95 % interval over trials, and a "
                    "criterion that was fixed before anything was measured. An assumption is "
                    "undecided if its interval includes the criterion. Where one "
                    "fails, the theory may still describe the network, but need not. "
                    "Resamples hold fewer different trials, which explain more by chance, so a "
                    "small fraction of a variance can lie below its interval."
                }
                @for run in runs {
                    @for (kind, found) in networks(run) {
                        @if !found.assumptions.is_empty() {
                            h3 { (breakable(&run.name)) ", " (kind.label()) " network" }
                            p { (verdict(&found.assumptions)) }
                            (table(&found.assumptions))
                        }
                    }
                }
            }
        }
    }
}

fn verdict(assumptions: &[Assumption]) -> String {
    let verdicts: Vec<_> = assumptions.iter().map(|row| row.verdict).collect();
    format!("Of {}, {}.", verdicts.len(), tally(&verdicts, "could not be measured"))
}

fn table(assumptions: &[Assumption]) -> Markup {
    html! {
        table.cards.assumptions {
            thead { tr {
                th { "Verdict" } th { "Assumption" } th { "What was measured" }
                th.n { "Measured" } th { "Criterion" }
            } }
            tbody {
                @for row in assumptions {
                    tr {
                        td data-label="Verdict" { (badge(row.verdict)) }
                        td data-label="Assumption" { div { (row.statement) "." } }
                        td data-label="What was measured" { div { (row.measure) } }
                        @match &row.measured {
                            Ok(measured) => td.n data-label="Measured" {
                                (over_interval(measured, &row.unit))
                            },
                            Err(reason) => td data-label="Measured" { small { (reason) } },
                        }
                        td data-label="Criterion" { (row.criterion) }
                    }
                }
            }
        }
    }
}
