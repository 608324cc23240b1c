//! The quiescent phases of one network, in a table: from other starts, with other noise, of other length.

use maud::{Markup, html};
use quiescent::analysis::Outcome;
use quiescent::analysis::bootstrap::Measured;
use quiescent::measure::{Measurements, PhaseMeasurements};
use quiescent::readable;

use super::names::breakable;
use crate::view::{RunView, variant_words};

/// The table; nothing if the network has one quiescent phase alone.
pub(super) fn table(run: &RunView) -> Markup {
    let variants: Vec<_> = run.variants().collect();
    let Some(found) = run.measurements.as_ref().filter(|_| variants.len() > 1) else {
        return html! {};
    };
    let unit = found.space.unit();
    html! {
        h3 { "Comparison of the quiescent phases" }
        table.cards {
            thead { tr {
                th { "Phase" }
                th.n { "KL(phase ‖ active)" }
                th.n { "Within-trial to pooled variance" }
                th.n { "Mean step" }
                th.n { "Part covered by a trial" }
            } }
            tbody {
                @for (name, phase) in variants {
                    tr {
                        td data-label="Phase" { span {
                            strong { (breakable(name)) }
                            br; small { (variant_words(name, phase, found)) }
                        } }
                        td.n data-label="KL(phase ‖ active)" { (kl(found, name)) }
                        td.n data-label="Within-trial to pooled variance" { (ratio(found, name)) }
                        td.n data-label="Mean step" { (value(&phase.step_distance, unit)) }
                        td.n data-label="Part covered by a trial" { (coverage(phase)) }
                    }
                }
            }
        }
    }
}

fn kl(found: &Measurements, name: &str) -> Markup {
    match found.divergence(name) {
        Ok(compared) => {
            let kl = &compared.kl_quiescent_from_active;
            over(kl.nats, [kl.interval.low, kl.interval.high], "nats")
        }
        Err(reason) => html! { small { (reason) } },
    }
}

fn ratio(found: &Measurements, name: &str) -> Markup {
    let compared = found.divergence(name).ok();
    match compared.and_then(|compared| compared.quiescent.variance_ratio) {
        Some(ratio) => measured(&ratio, "1"),
        None => html! { "–" },
    }
}

fn coverage(phase: &PhaseMeasurements) -> Markup {
    match &phase.coverage {
        Ok(coverage) => measured(&coverage.per_trial, "1"),
        Err(_) => html! { "–" },
    }
}

fn value(found: &Outcome<Measured>, unit: &str) -> Markup {
    match found {
        Ok(found) => measured(found, unit),
        Err(_) => html! { "–" },
    }
}

fn measured(found: &Measured, unit: &str) -> Markup {
    over(found.value, [found.interval.low, found.interval.high], unit)
}

/// A value over its interval.
pub(super) fn over(value: f64, interval: [f64; 2], unit: &str) -> Markup {
    html! {
        span {
            (readable::measured_value(value, interval, unit))
            br; small { (readable::measured_ends(interval)) }
        }
    }
}
