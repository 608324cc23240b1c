//! All networks beside the theory in one table.

use maud::{Markup, html};
use quiescent::analysis::bootstrap::Measured;
use quiescent::theory::NetworkResult;
use quiescent::theory::bound::Bound;

use super::{exponents_of, over_interval};
use crate::figures::theory::{Kind, networks};
use crate::html::summary::breakable;
use crate::theory_view::TheoryRun;

/// Amplitudes of quiescent noise whose exponents are shown: not doubled, and doubled in variance.
const SHOWN: [(&str, f64); 2] = [("β, κ = 1", 1.0), ("β, κ = √2", std::f64::consts::SQRT_2)];

pub(super) fn table(runs: &[TheoryRun<'_>]) -> Markup {
    html! {
        table.cards.comparison {
            thead { tr {
                th { "Network" }
                th.n { "Cosine with the score" }
                th.n { "of a mere leak" }
                th.n { "Slope" }
                th.n { "Noise undone" }
                th.n { "of removable" }
                th.n { "Gain of input" }
                @for (name, _) in SHOWN { th.n { (name) } }
                th { "L ≤ L₂" }
                th.n { "Assumptions" }
            } }
            tbody {
                tr {
                    td data-label="Network" { em { "greedily optimal, by the theory" } }
                    td.n data-label="Cosine with the score" { "1" }
                    td.n data-label="of a mere leak" { "" }
                    td.n data-label="Slope" { "1" }
                    td.n data-label="Noise undone" { "all that is" }
                    td.n data-label="of removable" { "removable" }
                    td.n data-label="Gain of input" { "1" }
                    @for (name, ratio) in SHOWN {
                        td.n data-label=(name) { (format!("{:.0}", 2.0 / (ratio * ratio))) }
                    }
                    td data-label="L ≤ L₂" { "yes" }
                    td.n data-label="Assumptions" { "all" }
                }
                @for run in runs {
                    @if let Ok(optimal) = &run.examination.optimal {
                        tr {
                            td data-label="Network" { (name(run, Kind::Optimal)) }
                            @for column in ["Cosine with the score", "of a mere leak", "Slope",
                                "Noise undone", "of removable", "Gain of input"] {
                                td.n data-label=(column) { "" }
                            }
                            (exponents(run, Kind::Optimal))
                            td data-label="L ≤ L₂" { (first(&optimal.bound)) }
                            td.n data-label="Assumptions" { "" }
                        }
                    }
                    @for (kind, network) in networks(run) { (row(run, kind, network)) }
                }
            }
        }
    }
}

fn name(run: &TheoryRun<'_>, kind: Kind) -> Markup {
    html! { div { (breakable(&run.name)) ", " (kind.label()) } }
}

fn row(run: &TheoryRun<'_>, kind: Kind, network: &NetworkResult) -> Markup {
    let near = network.field.as_ref().ok().and_then(|field| field.at_distance.first());
    let field = network.field.as_ref().ok();
    let gain = network.response.as_ref().ok().map(|response| &response.readout_gain);
    let met = network.assumptions.iter().filter(|row| row.holds == Some(true)).count();
    html! {
        tr {
            td data-label="Network" { (name(run, kind)) }
            (cell("Cosine with the score", near.map(|near| &near.cosine)))
            (cell("of a mere leak", near.map(|near| &near.leak_cosine)))
            (cell("Slope", near.map(|near| &near.slope)))
            (cell("Noise undone", field.map(|field| &field.removed_noise)))
            (cell("of removable", field.map(|field| &field.removable_noise)))
            (cell("Gain of input", gain))
            (exponents(run, kind))
            td data-label="L ≤ L₂" {
                @match &network.bound { Ok(bound) => (first(bound)), Err(_) => "–" }
            }
            td.n data-label="Assumptions" {
                (met) " of " (network.assumptions.len())
            }
        }
    }
}

fn exponents(run: &TheoryRun<'_>, kind: Kind) -> Markup {
    let all = exponents_of(run);
    let at = |ratio: f64| {
        let near = |other: f64| (other - ratio).abs() < 1e-9;
        all.iter().find(|(of, other, _)| *of == kind && near(*other)).map(|(_, _, found)| found)
    };
    html! { @for (name, ratio) in SHOWN { (cell(name, at(ratio))) } }
}

fn cell(label: &str, measured: Option<&Measured>) -> Markup {
    html! {
        td.n data-label=(label) {
            @match measured { Some(measured) => (over_interval(measured, "1")), None => "–" }
        }
    }
}

fn first(bound: &Bound) -> &'static str {
    if bound.first_holds() { "yes" } else { "no" }
}
