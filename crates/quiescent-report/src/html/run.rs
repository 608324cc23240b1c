//! One run's section: how it stands, its figures, its measurements and its methods.

use maud::{Markup, html};
use quiescent::analysis::Verdict;
use quiescent::measure::{Measurements, Scalar};
use quiescent::run::Status;

use super::page::figure;
use super::{explain, methods, summary};
use crate::figures::RunFigures;
use crate::view::RunView;
use quiescent::readable;

pub(super) fn section(run: &RunView, index: usize, figures: &RunFigures) -> Markup {
    html! {
        section.run id={ "run-" (index) } {
            h2 { (run.name) }
            @if !run.experiment.about.is_empty() { p.about { (run.experiment.about) } }
            p { (explain::expectation(run)) }
            @if run.record.status != Status::Finished {
                p.warning { "This run " (explain::unfinished(run)) }
            }
            @if run.learned() == Some(Verdict::Fails) {
                p.warning { "This network has not learned its task: its reactivation cannot be judged." }
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

/// What is missing from the section apart from figures.
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
    let Some(found) = &run.measurements else { return html! {} };
    html! {
        h3 { "Measurements" }
        table.cards {
            thead { tr { th { "Name" } th.n { "Value" } th.n { "Interval" } th.n { "As published" } } }
            tbody {
                @for scalar in found.scalars() {
                    tr {
                        td data-label="Name" { code { (summary::breakable(&scalar.name)) } }
                        td.n data-label="Value" { (readable::with_unit(scalar.value, &scalar.unit)) }
                        td.n data-label="Interval" { (scalar.interval.map_or("–".into(), readable::ends)) }
                        td.n data-label="As published" { (published(&scalar)) }
                    }
                }
            }
        }
        p.small { (settings(found)) }
    }
}

/// The statistic as publications give it, where another value stands for it.
fn published(scalar: &Scalar) -> String {
    match scalar.plug_in {
        Some(plug_in) if plug_in != scalar.value => readable::number(plug_in, 3),
        _ => "–".into(),
    }
}

/// How the measurements were made.
fn settings(found: &Measurements) -> String {
    let mut words = Vec::new();
    for (name, phase) in &found.phases {
        let seconds = readable::number(phase.steps as f64 * found.dt_s, 3);
        words.push(format!("{name} of {} trials of {seconds} s", phase.trials));
    }
    let densities = found.reactivation().ok().map_or(String::new(), |compared| {
        format!(
            " Densities are of {} and {} decoded values.",
            readable::count(compared.active.points as u64),
            readable::count(compared.quiescent.points as u64)
        )
    });
    format!(
        "Phases: {}.{densities} Intervals are 95 % over trials, with {} resamples where trials are \
         resampled; the seed is {}.",
        words.join("; "),
        found.settings.resamples,
        found.settings.seed
    )
}
