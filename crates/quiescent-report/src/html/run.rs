//! One run's section: how it stands, its figures, its measurements and its methods.

use maud::{Markup, html};
use quiescent::run::{Measurement, Status};

use super::{explain, figure, methods, summary};
use crate::figures::RunFigures;
use crate::view::RunView;

pub(super) fn section(run: &RunView, index: usize, figures: &RunFigures) -> Markup {
    html! {
        section.run id={ "run-" (index) } {
            h2 { (run.name) }
            @if !run.experiment.about.is_empty() { p.about { (run.experiment.about) } }
            p { (explain::expectation(run)) }
            @if run.record.status != Status::Finished {
                p.warning { "This run " (explain::unfinished(run)) }
            }
            @if let Some(imported) = &run.record.imported {
                p { (explain::origin(run, imported)) }
            }
            @for missing in gaps(run) { p.note { (missing) } }
            @for drawn in &figures.figures { (figure(drawn)) }
            (measurements(run))
            (methods::section(run))
        }
    }
}

/// What the section lacks apart from figures.
fn gaps(run: &RunView) -> Vec<&'static str> {
    let mut gaps = Vec::new();
    if run.metrics.is_empty() {
        gaps.push("No training metrics have been logged for this run.");
    } else if run.last_test().is_none() {
        gaps.push("This run has not been evaluated on the test set yet.");
    }
    let lost = |value: Option<f64>| value.is_some_and(|v| !v.is_finite());
    if run
        .metrics
        .iter()
        // Nobody here knows the training loss of an imported network.
        .filter(|line| line.batch > 0)
        .any(|line| !line.train_loss.is_finite() || lost(line.test_loss) || lost(line.decode_error))
    {
        gaps.push("Some logged losses are not finite; they are left out of the curves.");
    }
    if run.own_kl().is_none() {
        gaps.push("The divergence between the phases has not been measured.");
    }
    gaps
}

fn measurements(run: &RunView) -> Markup {
    let all = &run.analysis.measurements;
    html! {
        @if !all.is_empty() {
            h3 { "Measurements" }
            table.cards {
                    thead { tr { th { "Name" } th.n { "Value" } th.n { "Interval" } th { "Settings" } } }
                    tbody {
                        @for measurement in all {
                            tr {
                                td data-label="Name" { code { (summary::breakable(&measurement.name)) } }
                                td.n data-label="Value" { (summary::value(measurement)) }
                                td.n data-label="Interval" { (summary::interval(measurement).unwrap_or_else(|| "–".into())) }
                                td.settings data-label="Settings" { (settings(measurement)) }
                            }
                        }
                    }
                }
        }
    }
}

fn settings(measurement: &Measurement) -> String {
    let all: Vec<String> = measurement
        .settings
        .iter()
        .map(|(key, value)| match value {
            serde_json::Value::String(text) => format!("{key}: {text}"),
            other => format!("{key}: {other}"),
        })
        .collect();
    all.join(", ")
}
