//! One run's section: how it stands, its figures, its other quiescent phases and its methods.

use maud::{Markup, html};
use quiescent::analysis::Verdict;
use quiescent::run::Status;

use super::contents::Contents;
use super::figure::figure;
use super::names::run_id;
use super::verdict::learned;
use super::{explain, methods, movement, moving, rest_map, summary, variants};
use crate::figure::{Figure, Missing};
use crate::view::RunView;

/// Runs on one page from which their sections are folded.
const FOLDED: usize = 4;

/// The section of one of `runs` runs, with its figures and the folder of their files.
pub(super) fn section(
    run: &RunView,
    runs: usize,
    folder: &str,
    figures: &[Result<Figure, Missing>],
    contents: &Contents,
) -> Markup {
    let id = run_id(folder);
    html! {
        section.run id=(id) {
            h2 { (contents.section(&id, &run.name)) }
            details.run open[runs < FOLDED] {
                summary { "Figures and methods" }
                @if !run.experiment.about.is_empty() { p.about { (run.experiment.about) } }
                p { (learned(run.learned())) @if run.own_kl().is_some() { " · " (summary::kl_words(run)) } }
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
                @for drawn in figures { (figure(contents, folder, drawn)) }
                (moving::player(run))
                (movement::table(run))
                @if let Some(map) = &run.rest_map {
                    p { "Ways to rest, as the figures above show them:" }
                    (rest_map::answer(map))
                }
                (variants::table(run))
                (methods::section(run))
            }
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
