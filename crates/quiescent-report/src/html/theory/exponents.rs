//! Fitted exponents of the quiescent phase, in a table.

use maud::{Markup, html};
use quiescent::analysis::bootstrap::Measured;

use super::value::over_interval;
use crate::figures::theory::{Kind, networks};
use crate::html::contents::Contents;
use crate::html::names::breakable;
use crate::theory_view::TheoryRun;
use quiescent::readable;

/// Fitted exponents in a table: rows are amplitudes of noise.
pub(super) fn section(runs: &[TheoryRun<'_>], contents: &Contents) -> Markup {
    let tables: Vec<_> = runs.iter().map(|run| (run, rows(run))).collect();
    html! {
        @if tables.iter().any(|(_, rows)| !rows.is_empty()) {
            section id="theory-exponents" {
                h2 { (contents.section("theory-exponents", "Temperatures of the quiescent phase")) }
                p {
                    "The table gives the exponent β for which p^β is nearest to the quiescent "
                    "occupancy, with its 95 % interval over trials. Quiescent noise has κ times the "
                    "amplitude of active noise, for which the theory predicts 2/κ²."
                }
                @for (run, rows) in tables.iter().filter(|(_, rows)| !rows.is_empty()) {
                    h3 { (breakable(&run.name)) }
                    table.cards {
                        thead { tr {
                            th.n { "κ" } th.n { "2/κ²" }
                            th.n { "Optimal" } th.n { "Trained" } th.n { "Untrained" }
                        } }
                        tbody {
                            @for (ratio, found) in rows {
                                tr {
                                    td.n data-label="κ" { (readable::number(*ratio, 3)) }
                                    td.n data-label="2/κ²" { (readable::number(2.0 / (ratio * ratio), 3)) }
                                    @for (kind, label) in KINDS {
                                        td.n data-label=(label) {
                                            @match found.iter().find(|(found, _)| *found == kind) {
                                                Some((_, measured)) => (over_interval(measured, "1")),
                                                None => "–",
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Networks and their columns.
const KINDS: [(Kind, &str); 3] =
    [(Kind::Optimal, "Optimal"), (Kind::Trained, "Trained"), (Kind::Untrained, "Untrained")];

/// Exponents by amplitude of noise, ascending.
type Rows = Vec<(f64, Vec<(Kind, Measured)>)>;

fn rows(run: &TheoryRun<'_>) -> Rows {
    let mut all = exponents_of(run);
    all.retain(|(_, ratio, _)| ratio.is_finite());
    all.sort_by(|(_, a, _), (_, b, _)| a.total_cmp(b));
    let mut rows: Rows = Vec::new();
    for (kind, ratio, measured) in all {
        match rows.last_mut() {
            // The same amplitude, whatever its last bits.
            Some((last, found)) if (ratio - *last).abs() <= 1e-9 * ratio.abs() => {
                found.push((kind, measured));
            }
            _ => rows.push((ratio, vec![(kind, measured)])),
        }
    }
    rows
}

/// Network, noise ratio κ and exponent.
pub(super) fn exponents_of(run: &TheoryRun<'_>) -> Vec<(Kind, f64, Measured)> {
    let optimal = run.examination.optimal.iter().flat_map(|optimal| &optimal.temperature);
    let optimal = optimal.map(|at| (Kind::Optimal, at.noise_ratio, at.exponent));
    let others = networks(run).into_iter().flat_map(|(kind, found)| {
        let points = found.temperature.iter().flat_map(|sweep| &sweep.points);
        points.map(move |at| (kind, at.noise_ratio, at.exponent))
    });
    optimal.chain(others).collect()
}
