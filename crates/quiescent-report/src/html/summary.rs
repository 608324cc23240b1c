//! The summary table: a row for each run.

use maud::{Markup, html};
use quiescent::analysis::Verdict;
use quiescent::analysis::reactivation::{Estimate, Reactivation};
use quiescent::run::TestResult;

use super::contents::Contents;
use super::names::{breakable, run_id};
use super::verdict::learned;
use crate::figures::ReportFigures;
use crate::view::RunView;
use quiescent::readable;

/// The text of a cell without a number.
const NONE: &str = "–";
/// The fraction of a quiescent density, beyond the active one's support, from which a divergence is
/// called a guess.
const MUCH: f64 = 0.03;

pub(super) fn table(runs: &[RunView], figures: &ReportFigures, contents: &Contents) -> Markup {
    html! {
        section id="summary" {
            h2 { (contents.section("summary", "Overview of the runs")) }
            table.cards {
                thead {
                    tr {
                        th { "Run" }
                        th { "Task" }
                        th { "Learned" }
                        th.n { "Test loss" }
                        th.n { "Decoding error, test set" }
                        th.n { "KL(quiescent ‖ active)" }
                        th { "Training" }
                    }
                }
                tbody {
                    @for (run, (folder, _)) in runs.iter().zip(&figures.runs) {
                        tr {
                            td.name data-label="Run" { span {
                                a href={ "#" (run_id(folder)) } { (breakable(&run.name)) }
                                br; small { "seed " (run.record.seed) }
                            } }
                            td data-label="Task" { (task_words(run)) }
                            td data-label="Learned" { (learned(run.learned())) }
                            td.n data-label="Test loss" { (test_loss(run)) }
                            td.n data-label="Decoding error, test set" { (decode_error(run)) }
                            td.n data-label="KL(quiescent ‖ active)" {
                                (measured(run))
                            }
                            td data-label="Training" { span {
                                (run.record.status.to_string())
                                br; small { (batches(run)) }
                                @if run.record.imported.is_none() {
                                    br; small { (readable::duration(run.record.training_s)) }
                                }
                            } }
                        }
                    }
                }
            }
            p.small {
                "The test loss is the mean squared error over trials, steps and cells. The decoding "
                "error is the mean distance between the decoded and the true value. Both are from "
                "the last evaluation on the fixed test set. Below them are the values of a constant "
                "answer (the mean activity and the mean stimulus) and of the network before "
                "training. A network has learned if its decoding error while active is below half "
                "of a constant answer’s. KL is corrected for the biases of few trials and of "
                "smoothing. Below it are its 95 % interval over trials and its floor, the value "
                "that 95 % of the divergences between random halves of the active trials stay "
                "below. If the phases do not differ, KL varies about 0 and can be negative. “" (NONE) "” "
                "means not measured."
            }
        }
    }
}

/// A run's own divergence over its interval, its floor and what it is of.
fn measured(run: &RunView) -> Markup {
    html! {
        span {
            @match run.reactivation() {
                Some(found) if run.learned() == Some(Verdict::Fails) => {
                    small {
                        "not judged ("
                        (readable::number(found.kl_quiescent_from_active.nats, 2))
                        " nats)"
                    }
                }
                Some(found) => {
                    (divergence(&found.kl_quiescent_from_active))
                    br;
                    small { (phases(found, run)) }
                }
                None => (NONE),
            }
        }
    }
}

/// A divergence over its interval and its floor.
pub(super) fn divergence(kl: &Estimate) -> Markup {
    html! {
        (readable::measured_value(kl.nats, [kl.interval.low, kl.interval.high], "nats"))
        br; small { (readable::measured_ends([kl.interval.low, kl.interval.high])) }
        @if let Some(floor) = floor(kl) { br; small { (floor) } }
        @if let Some(words) = unsupported_words(kl.unsupported) { br; small { (words) } }
    }
}

/// Name of the task with its motion, in a few words.
fn task_words(run: &RunView) -> String {
    use quiescent::experiment::{TaskSpec, TurnDirection};
    match &run.experiment.task {
        TaskSpec::Spatial(spec) if spec.recording.is_some() => "position, recorded motion".into(),
        TaskSpec::Spatial(spec) => match &spec.drift {
            Some(_) => "position, motion with drift".into(),
            None => "position, unbiased motion".into(),
        },
        TaskSpec::HeadDirection(spec) if spec.recording.is_some() => {
            "heading, recorded turns".into()
        }
        TaskSpec::HeadDirection(spec) => match spec.motion.direction {
            TurnDirection::Both => "heading, turns both ways".into(),
            TurnDirection::Counterclockwise => "heading, counter-clockwise turns".into(),
        },
    }
}

fn test_loss(run: &RunView) -> Markup {
    let loss = run.last_test().and_then(|line| line.test_loss);
    over_chance(loss, run, |result| result.loss, |loss| readable::number(loss, 3))
}

fn decode_error(run: &RunView) -> Markup {
    let unit = run.task().unit();
    over_chance(
        run.last_decode_error(),
        run,
        |result| result.decode_error,
        |error| readable::with_unit(error, unit),
    )
}

/// A value of the last test over what networks that know nothing reach.
fn over_chance(
    value: Option<f64>,
    run: &RunView,
    of: impl Fn(TestResult) -> f64,
    words: impl Fn(f64) -> String,
) -> Markup {
    html! {
        span {
            (value.map_or(NONE.into(), &words))
            @if let Some(chance) = run.record.chance_level() {
                br; small { "constant answer " (words(of(chance.constant))) }
                br; small { "untrained " (words(of(chance.untrained))) }
            }
        }
    }
}

fn batches(run: &RunView) -> String {
    if run.record.imported.is_some() {
        return "imported".into();
    }
    let (done, planned) = (run.record.batch, run.experiment.training.batches);
    if done == planned {
        format!("{} batches", readable::count(done))
    } else {
        format!("{} of {} batches", readable::count(done), readable::count(planned))
    }
}

/// A run's own divergence in one line.
pub(super) fn kl_words(run: &RunView) -> String {
    run.reactivation().map_or(NONE.into(), |found| {
        let kl = &found.kl_quiescent_from_active;
        let interval = [kl.interval.low, kl.interval.high];
        format!(
            "KL(quiescent ‖ active) {}, {}",
            readable::measured(kl.nats, interval, "nats"),
            phases(found, run)
        )
    })
}

/// The quiescent phase that a comparison is of, in words: how many trials, how long. A study compares
/// the first part of its trials.
fn phases(found: &Reactivation, run: &RunView) -> String {
    let trials = readable::count(found.quiescent.trials as u64);
    let seconds = readable::derived(found.quiescent.steps as f64 * run.experiment.time.dt_s);
    let (_, phase) = run.variants().next().unzip();
    if phase.is_some_and(|phase| phase.steps > found.quiescent.steps) {
        format!("the first {seconds} s of {trials} quiescent trials")
    } else {
        format!("{trials} quiescent trials of {seconds} s")
    }
}

/// How a divergence compares with halves of the active trials, in words.
pub(super) fn floor(kl: &Estimate) -> Option<String> {
    let floor = kl.floor?;
    let upper = readable::number(floor.upper, 3);
    Some(if kl.impossible() {
        "negative beyond chance, so not usable".to_owned()
    } else {
        match kl.indistinguishable() {
            Some(true) => {
                format!("as between halves of the active phase: below the floor, {upper}")
            }
            Some(false) => format!("above the floor, {upper}"),
            None => format!("too uncertain to compare with the floor, {upper}"),
        }
    })
}

/// Says where much of the quiescent density lies where the active one is hardly known.
pub(super) fn unsupported_words(fraction: f64) -> Option<String> {
    (fraction > MUCH).then(|| {
        format!(
            "a guess: {} % of the quiescent density is where at most two active trials have been",
            readable::number(100.0 * fraction, 2)
        )
    })
}
