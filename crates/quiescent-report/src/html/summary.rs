//! The summary table, and the table of divergences between runs.

use maud::{Markup, html};
use quiescent::analysis::reactivation::{Estimate, Reactivation};
use quiescent::run::TestResult;

use super::verdict::learned;
use crate::comparison::not_compared;
use crate::view::RunView;
use quiescent::readable;

/// The text of a cell without a number.
const NONE: &str = "–";
/// The fraction of a density, beyond the other's support, from which a divergence is called a guess.
const MUCH: f64 = 0.03;

pub(super) fn table(runs: &[RunView]) -> Markup {
    html! {
        section id="summary" {
            h2 { "Summary" }
            table.cards {
                thead {
                    tr {
                        th { "Run" }
                        th { "Task" }
                        th { "Learned" }
                        th.n { "Test loss" }
                        th.n { "Decoding error" }
                        th.n { "KL(quiescent ‖ active)" }
                        th { "Training" }
                    }
                }
                tbody {
                    @for (index, run) in runs.iter().enumerate() {
                        tr {
                            td.name data-label="Run" { span {
                                a href={ "#run-" (index) } { (breakable(&run.name)) }
                                br; small { "seed " (run.record.seed) }
                            } }
                            td data-label="Task" { (task_words(run)) }
                            td data-label="Learned" { (learned(run.learned())) }
                            td.n data-label="Test loss" { (test_loss(run)) }
                            td.n data-label="Decoding error" { (decode_error(run)) }
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
                "the last evaluation on the fixed test set, over those of a constant answer (the "
                "mean activity and the mean stimulus) and of the network before training. A network "
                "has learned if its decoding error while awake is below half of a constant answer’s. KL is corrected for the biases of few "
                "trials and of smoothing. Below it are its interval and its floor, the value that "
                "95 % of the divergences between random halves of the waking trials stay below by "
                "the same estimator. Where the phases do not differ, KL varies about 0 and can be "
                "negative. A network that was studied for the paper’s figures is measured in the "
                "phases of its study. “" (NONE) "” means not measured."
            }
        }
    }
}

/// A run's own divergence over its interval, its floor and what it is of.
fn measured(run: &RunView) -> Markup {
    html! {
        span {
            @match run.reactivation() {
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
        (readable::with_unit(kl.nats, "nats"))
        br; small { (readable::ends([kl.interval.low, kl.interval.high])) }
        @if let Some(floor) = floor(kl) { br; small { (floor) } }
        @if let Some(words) = unsupported_words(kl.unsupported) { br; small { (words) } }
    }
}

/// A name that may break after the marks that join its words.
pub(super) fn breakable(name: &str) -> Markup {
    html! {
        @for part in name.split_inclusive(['_', '/', '-', '.']) { (part) wbr; }
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

/// The rest that a comparison is of, in words: how many trials, how long.
pub(super) fn phases(found: &Reactivation, run: &RunView) -> String {
    format!(
        "{} trials of {} s of rest",
        readable::count(found.quiescent.trials as u64),
        readable::number(found.quiescent.steps as f64 * run.experiment.time.dt_s, 3)
    )
}

/// How a divergence compares with halves of waking, in words.
pub(super) fn floor(kl: &Estimate) -> Option<String> {
    let floor = kl.floor?;
    let upper = readable::number(floor.upper, 3);
    Some(if floor.holds(kl.nats) {
        format!("indistinguishable from waking: halves of waking reach {upper}")
    } else {
        format!("above the floor, {upper}")
    })
}

/// Says where much of the first density lies where the second is hardly known.
pub(super) fn unsupported_words(fraction: f64) -> Option<String> {
    (fraction > MUCH).then(|| {
        format!(
            "a guess: {} % of it is where two trials or fewer of the other phase have been",
            readable::number(100.0 * fraction, 2)
        )
    })
}

/// Divergences of every run's quiescent density from several active ones.
pub(super) struct Cross {
    /// Runs whose quiescent densities were compared.
    pub columns: Vec<String>,
    /// Active densities compared with: runs first, in their order, then others by name.
    pub rows: Vec<String>,
    /// `[row][column]` in nats.
    pub values: Vec<Vec<Option<f64>>>,
}

impl Cross {
    pub(super) fn of(runs: &[RunView]) -> Self {
        let compared: Vec<&RunView> = runs.iter().filter(|run| !run.across.is_empty()).collect();
        let mut rows: Vec<String> = Vec::new();
        let names = compared.iter().flat_map(|run| run.across.keys().map(String::as_str));
        for name in names.chain(compared.iter().map(|run| run.name.as_str())) {
            if !rows.iter().any(|row| row == name) {
                rows.push(name.to_owned());
            }
        }
        let order = |name: &str| runs.iter().position(|run| run.name == name).unwrap_or(runs.len());
        rows.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.cmp(b)));
        let values = rows
            .iter()
            .map(|row| {
                compared
                    .iter()
                    .map(|run| {
                        let kl = if *row == run.name { run.own_kl() } else { run.across.get(row) };
                        kl.map(|kl| kl.nats)
                    })
                    .collect()
            })
            .collect();
        Self { columns: compared.iter().map(|run| run.name.clone()).collect(), rows, values }
    }

    /// The active density that a column's quiescent one is nearest to, if its own and at least
    /// one other were measured.
    pub(super) fn nearest(&self, column: usize) -> Option<&str> {
        let finite: Vec<(&str, f64)> = self
            .rows
            .iter()
            .zip(&self.values)
            .filter_map(|(row, values)| {
                Some((row.as_str(), values[column].filter(|value| value.is_finite())?))
            })
            .collect();
        let own = finite.iter().any(|(row, _)| *row == self.columns[column]);
        if !own || finite.len() < 2 {
            return None;
        }
        finite.into_iter().min_by(|a, b| a.1.total_cmp(&b.1)).map(|(row, _)| row)
    }
}

pub(super) fn cross(runs: &[RunView]) -> Markup {
    let cross = Cross::of(runs);
    let apart = not_compared(runs);
    let max = cross
        .values
        .iter()
        .flatten()
        .flatten()
        .copied()
        .filter(|v| v.is_finite())
        .fold(0.0, f64::max);
    // Dark cells are near: the eye should find the matches.
    let shade = |value: f64| {
        if value.is_finite() && max > 0.0 {
            (0.55 * (1.0 - value / max)).clamp(0.0, 0.55)
        } else {
            0.0
        }
    };
    html! {
        @if cross.columns.is_empty() && !apart.is_empty() {
            section id="cross" {
                h2 { "Whose waking activity does each rest resemble?" }
                @for sentence in &apart { p.note { (sentence) } }
            }
        }
        @if !cross.columns.is_empty() {
            section id="cross" {
                h2 { "Whose waking activity does each rest resemble?" }
                p {
                    "Each cell is the divergence, in nats, of the quiescent density of the "
                    "column’s network from the active density of the row’s network, in the phases "
                    "that the summary names. The smallest divergence of each column is "
                    strong { "bold" } ". If rest reactivates its own network’s waking, the bold cell compares a network "
                    "with itself (outlined)."
                }
                div.scroll {
                    table.cross {
                        thead {
                            tr { th; th colspan=(cross.columns.len()) { span.quiescent { "Quiescent" } " density of" } }
                            tr { th { span.active { "Active" } " density of" } @for column in &cross.columns { th.n { (breakable(column)) } } }
                        }
                        tbody {
                            @for (row, values) in cross.rows.iter().zip(&cross.values) {
                                tr {
                                    th { (breakable(row)) }
                                    @for (index, cell) in values.iter().enumerate() {
                                        td.n.own[*row == cross.columns[index]]
                                            style=[cell.map(|v| format!("background: rgba(120, 90, 180, {:.2})", shade(v)))] {
                                            @match cell {
                                                Some(v) if cross.nearest(index) == Some(row.as_str()) => strong { (readable::number(*v, 3)) },
                                                Some(v) => (readable::number(*v, 3)),
                                                None => (NONE),
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
                @for sentence in &apart { p.note { (sentence) } }
            }
        }
    }
}
