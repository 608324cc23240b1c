//! The theory's part of a page: what was found in short, figures, exponents, assumptions.

mod assumptions;
mod comparison;
mod findings;

use maud::{Markup, html};
use quiescent::analysis::bootstrap::Measured;
use quiescent::theory::Examination;

use super::{figure, summary};
use crate::figures::theory::{Kind, TheoryFigure, networks};
use crate::format;
use crate::theory_view::TheoryRun;

/// Networks beside the theory: what was found in a set of runs, and its figures.
#[derive(Debug, Clone, Copy)]
pub struct Theory<'a> {
    /// The runs and experiments examined.
    pub runs: &'a [TheoryRun<'a>],
    /// The figures, as [`theory_figures`](crate::theory_figures) draws them.
    pub figures: &'a [TheoryFigure],
}

/// What the theory says, for a reader who has not read the paper.
pub(super) fn lead() -> &'static str {
    "The theory says what a network that integrates its input in spite of noise should be like: \
     without input, it should move up the score of its own waking states, and with input along the \
     manifold of its targets. Here networks are compared with that, number by number."
}

/// Everything: `theory` stands in a page of its own or after the paper's figures.
pub(super) fn sections(theory: &Theory<'_>) -> Markup {
    html! {
        (findings::section(theory.runs))
        section id="theory" {
            h2 { "Networks beside the theory" }
            p {
                "The state r of a network changes, from step to step, by what it does without input, "
                "Δr₁(r), by what input adds, Δr₂, and by noise ση (4). The greedily optimal network "
                "has Δr₁ = σ²Δt ∇log p(r), which leads back to the states that waking visits (16), "
                "and Δr₂ = D†f′(s)Δs, which follows the animal along the manifold of targets f(s) "
                "that the readout D reads (17). Left without input, it wanders over its waking "
                "states as often as waking visited them (19). Three networks of each run are "
                "examined: the optimal one, made from the task alone; the trained one; and the "
                "same network before any training."
            }
            p {
                "Orange is what a trained network does at rest, blue what its waking states call for; "
                "the optimal network is black, untrained networks and null models are grey. Each figure "
                " lies beside this page as SVG, PDF, PNG and, with its numbers, as CSV."
            }
            @for drawn in theory.figures {
                div id={ (drawn.name) } { (figure(&drawn.figure)) }
            }
        }
        (exponents(theory.runs))
        (assumptions::section(theory.runs))
        section id="theory-methods" {
            h2 { "How it was measured" }
            @for run in theory.runs { p.small { strong { (summary::breakable(&run.name)) } ": " (methods(run.examination)) } }
        }
    }
}

/// Fitted exponents in a table: rows are amplitudes of noise.
fn exponents(runs: &[TheoryRun<'_>]) -> Markup {
    let tables: Vec<_> = runs.iter().map(|run| (run, rows(run))).collect();
    html! {
        @if tables.iter().any(|(_, rows)| !rows.is_empty()) {
            section id="theory-exponents" {
                h2 { "Temperatures of rest" }
                p {
                    "The exponent β whose p^β is nearest to what rest visits, with the 95 % interval "
                    "over trials, for rest with noise of κ times its waking amplitude. The theory "
                    "says 2/κ²."
                }
                @for (run, rows) in tables.iter().filter(|(_, rows)| !rows.is_empty()) {
                    h3 { (summary::breakable(&run.name)) }
                    table.cards {
                        thead { tr {
                            th.n { "κ" } th.n { "2/κ²" }
                            th.n { "Optimal" } th.n { "Trained" } th.n { "Untrained" }
                        } }
                        tbody {
                            @for (ratio, found) in rows {
                                tr {
                                    td.n data-label="κ" { (format::number(*ratio, 3)) }
                                    td.n data-label="2/κ²" { (format::number(2.0 / (ratio * ratio), 3)) }
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
fn exponents_of(run: &TheoryRun<'_>) -> Vec<(Kind, f64, Measured)> {
    let optimal = run.examination.optimal.iter().flat_map(|optimal| &optimal.temperature);
    let optimal = optimal.map(|at| (Kind::Optimal, at.noise_ratio, at.exponent));
    let others = networks(run).into_iter().flat_map(|(kind, found)| {
        let points = found.temperature.iter().flat_map(|sweep| &sweep.points);
        points.map(move |at| (kind, at.noise_ratio, at.exponent))
    });
    optimal.chain(others).collect()
}

/// A value with its interval below it.
fn over_interval(measured: &Measured, unit: &str) -> Markup {
    let low_high = [measured.interval.low, measured.interval.high];
    html! {
        span {
            (with_unit(measured.value, unit))
            @if low_high.iter().any(|end| end.is_finite()) {
                br;
                small { (format::number(low_high[0], 3)) " to " (format::number(low_high[1], 3)) }
            }
        }
    }
}

fn with_unit(value: f64, unit: &str) -> String {
    if !value.is_finite() {
        "not finite".into()
    } else if unit == "1" {
        format::number(value, 3)
    } else {
        format!("{} {unit}", format::number(value, 3))
    }
}

/// Sizes and settings of an examination, in words.
fn methods(examination: &Examination) -> String {
    let settings = &examination.settings;
    let count = |n: usize| format::count(n as u64);
    let noise = if examination.own_noise {
        "the network’s own waking noise"
    } else {
        "which the network was trained without"
    };
    let optimal = examination.optimal.as_ref().map_or(String::new(), |optimal| {
        let sparse = optimal.resolution.warning().map_or(String::new(), |warning| {
            format!(" Beware: {}.", warning.trim_end_matches('.'))
        });
        format!(
            " The optimal network: {} components in {} units, a signal of {} times one step’s \
             noise, {} quiescent steps of {}.{sparse}",
            count(optimal.components),
            count(optimal.units),
            format::setting(optimal.signal_to_noise),
            count(settings.optimal_steps),
            if settings.substeps == 1 {
                "one sub-step each".to_owned()
            } else {
                format!("{} sub-steps each", count(settings.substeps))
            },
        )
    });
    format!(
        "seed {}; steps of {} s; noise of {} per unit and step, {noise}. The score was estimated \
         from {} waking trials and compared on {} others, each without its first {} steps and with one \
         state in {} after them; rest was {} trials of {} steps, of which the second half \
         counts; {} bootstrap resamples of trials.{optimal}",
        examination.seed,
        format::setting(examination.dt_s),
        format::derived(examination.step_sd),
        count(settings.fitted_trials),
        count(settings.trials),
        count(settings.burn_in),
        count(settings.stride),
        count(settings.rest_trials),
        count(settings.rest_steps),
        count(settings.resamples),
    )
}
