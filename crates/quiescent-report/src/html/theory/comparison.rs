//! All networks compared with the theory in one table.

use maud::{Markup, html};
use quiescent::analysis::bootstrap::Measured;
use quiescent::theory::NetworkResult;
use quiescent::theory::bound::Bound;

use super::exponents::exponents_of;
use crate::figures::theory::{Kind, networks};
use crate::html::names::breakable;
use crate::html::verdict::learned_badge;
use crate::theory_view::TheoryRun;

const COSINE: &str = "Cosine with score";
const SLOPE: &str = "Slope";
const NOISE: &str = "Noise removed";
const GAIN: &str = "Gain of input";
const FIRST: &str = "L ≤ L₂";
const ASSUMPTIONS: &str = "Assumptions met";
/// Amplitudes of quiescent noise whose exponents are shown: not doubled, and doubled in variance.
const EXPONENTS: [(&str, f64); 2] =
    [("β at κ = 1", 1.0), ("β at κ = √2", std::f64::consts::SQRT_2)];

pub(super) fn table(runs: &[TheoryRun<'_>]) -> Markup {
    html! {
        table.cards.comparison {
            thead { tr {
                th { "Network" }
                @for name in [COSINE, SLOPE, NOISE, GAIN] { th.n { (name) } }
                @for (name, _) in EXPONENTS { th.n { (name) } }
                th { (FIRST) }
                th.n { (ASSUMPTIONS) }
            } }
            tbody {
                tr {
                    td data-label="Network" { em { "the theory’s" } }
                    td.n data-label=(COSINE) { "1" }
                    td.n data-label=(SLOPE) { "1" }
                    td.n data-label=(NOISE) { "all removable" }
                    td.n data-label=(GAIN) { "1" }
                    @for (name, ratio) in EXPONENTS {
                        td.n data-label=(name) { (format!("{:.0}", 2.0 / (ratio * ratio))) }
                    }
                    td data-label=(FIRST) { "yes" }
                    td.n data-label=(ASSUMPTIONS) { "all" }
                }
                @for run in runs {
                    tr { td.name colspan="9" data-label="Examined" { div {
                        (breakable(&run.name))
                        @if let Some(learned) = run.learned { " " (learned_badge(learned)) }
                    } } }
                    @for (kind, network) in networks(run) { (row(run, kind, network)) }
                    @if let Ok(optimal) = &run.examination.optimal {
                        tr {
                            td data-label="Network" { (Kind::Optimal.label()) }
                            @for name in [COSINE, SLOPE, NOISE, GAIN] { td.n data-label=(name) { "–" } }
                            (exponents(run, Kind::Optimal))
                            td data-label=(FIRST) { (first(&optimal.bound)) }
                            td.n data-label=(ASSUMPTIONS) { "–" }
                        }
                    }
                }
            }
        }
    }
}

fn row(run: &TheoryRun<'_>, kind: Kind, network: &NetworkResult) -> Markup {
    let field = network.field.as_ref().ok();
    let near = field.and_then(|field| field.at_distance.first());
    let gain = network.response.as_ref().ok().map(|response| &response.readout_gain);
    html! {
        tr {
            td data-label="Network" { (kind.label()) }
            td.n data-label=(COSINE) {
                @match near {
                    Some(near) => span {
                        (value(&near.cosine)) br; small { "leak-only control " (fixed(near.leak_cosine.value)) }
                    },
                    None => "–",
                }
            }
            (cell(SLOPE, near.map(|near| &near.slope)))
            td.n data-label=(NOISE) {
                @match field {
                    Some(field) => span {
                        (value(&field.removed_noise)) br; small { "of " (fixed(field.removable_noise.value)) }
                    },
                    None => "–",
                }
            }
            (cell(GAIN, gain))
            (exponents(run, kind))
            td data-label=(FIRST) {
                @match &network.bound { Ok(bound) => (first(bound)), Err(_) => "–" }
            }
            td.n data-label=(ASSUMPTIONS) { (network.assumptions_met()) }
        }
    }
}

fn exponents(run: &TheoryRun<'_>, kind: Kind) -> Markup {
    let all = exponents_of(run);
    let at = |ratio: f64| {
        let near = |other: f64| (other - ratio).abs() < 1e-9;
        all.iter().find(|(of, other, _)| *of == kind && near(*other)).map(|(_, _, found)| found)
    };
    html! { @for (name, ratio) in EXPONENTS { (cell(name, at(ratio))) } }
}

fn cell(label: &str, measured: Option<&Measured>) -> Markup {
    html! {
        td.n data-label=(label) {
            @match measured { Some(measured) => span { (value(measured)) }, None => "–" }
        }
    }
}

/// The value with its interval.
fn value(measured: &Measured) -> Markup {
    html! {
        (fixed(measured.value))
        br;
        small { (fixed(measured.interval.low)) " to " (fixed(measured.interval.high)) }
    }
}

/// Two decimals: every number here is of order one, and zero is as good as 0.0001.
fn fixed(value: f64) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    // No negative zero.
    let text = format!("{:.2}", (100.0 * value).round() / 100.0 + 0.0);
    text.replace('-', "−")
}

fn first(bound: &Bound) -> &'static str {
    if bound.first_holds() { "yes" } else { "no" }
}
