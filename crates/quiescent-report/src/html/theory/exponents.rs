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
                    "amplitude of active noise, for which the theory predicts 2/κ². The optimal network begins at one point, and others at "
                    "the encodings of stimuli drawn as while active. A trained network that also begins at one point, and has the time that "
                    "Langevin motion needs to forget it, shows whether the exponent is that of its dynamics or of its starts."
                }
                @for (run, rows) in tables.iter().filter(|(_, rows)| !rows.is_empty()) {
                    h3 { (breakable(&run.name)) }
                    table.cards {
                        thead { tr {
                            th.n { "κ" } th.n { "2/κ²" }
                            th.n { "Optimal" } th.n { "Trained" } th.n { (FROM_POINT) } th.n { "Untrained" }
                        } }
                        tbody {
                            @for (ratio, found) in rows {
                                tr {
                                    td.n data-label="κ" { (readable::number(*ratio, 3)) }
                                    td.n data-label="2/κ²" { (readable::number(2.0 / (ratio * ratio), 3)) }
                                    @for (source, label) in SOURCES {
                                        td.n data-label=(label) {
                                            @match found.iter().find(|(found, _)| *found == source) {
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

const FROM_POINT: &str = "Trained, from one point";

/// Where exponents come from: a network, or the trained one from one point.
#[derive(Clone, Copy, PartialEq)]
enum Source {
    Network(Kind),
    FromPoint,
}

/// Sources and their columns.
const SOURCES: [(Source, &str); 4] = [
    (Source::Network(Kind::Optimal), "Optimal"),
    (Source::Network(Kind::Trained), "Trained"),
    (Source::FromPoint, FROM_POINT),
    (Source::Network(Kind::Untrained), "Untrained"),
];

/// Exponents by amplitude of noise, ascending.
type Rows = Vec<(f64, Vec<(Source, Measured)>)>;

fn rows(run: &TheoryRun<'_>) -> Rows {
    let own = exponents_of(run).into_iter();
    let mut all: Vec<(Source, f64, Measured)> =
        own.map(|(kind, ratio, found)| (Source::Network(kind), ratio, found)).collect();
    let mixing =
        networks(run).into_iter().filter_map(|(_, network)| network.mixing.as_ref()?.as_ref().ok());
    let points = mixing.flat_map(|mixing| &mixing.points);
    all.extend(points.map(|at| (Source::FromPoint, at.noise_ratio, at.exponent)));
    all.retain(|(_, ratio, _)| ratio.is_finite());
    all.sort_by(|(_, a, _), (_, b, _)| a.total_cmp(b));
    let mut rows: Rows = Vec::new();
    for (source, ratio, measured) in all {
        match rows.last_mut() {
            // The same amplitude, whatever its last bits.
            Some((last, found)) if (ratio - *last).abs() <= 1e-9 * ratio.abs() => {
                found.push((source, measured));
            }
            _ => rows.push((ratio, vec![(source, measured)])),
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
