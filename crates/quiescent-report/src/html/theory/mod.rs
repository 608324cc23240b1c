//! The theory's part of a page: what was found in short, figures, exponents, assumptions.

mod assumptions;
mod comparison;
mod exponents;
mod findings;
mod value;

use maud::{Markup, html};
use quiescent::experiment::RestDynamics;
use quiescent::theory::Examination;

use super::contents::Contents;
use super::figure::figure;
use super::names::breakable;
use crate::figures::theory::TheoryFigure;
use crate::theory_view::TheoryRun;
use quiescent::readable;

/// Networks compared with the theory: what was found in a set of runs, and its figures.
#[derive(Debug, Clone, Copy)]
pub struct Theory<'a> {
    /// The runs and experiments examined.
    pub runs: &'a [TheoryRun<'a>],
    /// The figures, as [`theory_figures`](crate::theory_figures) draws them.
    pub figures: &'a [TheoryFigure],
}

/// The theory in two sentences, for a reader who does not know the paper.
pub(super) fn lead() -> &'static str {
    "The theory predicts what a network that integrates its input in spite of noise is like. \
     Without input, it moves up the score of its own active states; with input, it moves along \
     the manifold of its targets. Here networks are compared with these predictions, number by \
     number."
}

/// The whole part, for a page of its own or after the paper's figures.
pub(super) fn sections(theory: &Theory<'_>, contents: &Contents) -> Markup {
    html! {
        (findings::section(theory.runs, contents))
        section id="theory" {
            h2 { (contents.section("theory", "Networks compared with the theory")) }
            p {
                "The state r of a network changes from step to step by three terms: what it does "
                "without input, Δr₁(r), what input adds, Δr₂, and noise ση (4). In the greedily "
                "optimal network, Δr₁ = σ²Δt ∇log p(r) leads back to the active states (16), "
                "and Δr₂ = D†f′(s)Δs follows the animal along the manifold of targets f(s) that the "
                "readout D reads (17). While quiescent, with noise of twice the power, this network visits its "
                "active states as often as while active (19). Three networks of each run are "
                "examined: the optimal one, made from the task alone; the trained one; and the same "
                "network before any training."
            }
            p {
                "Orange is the trained network and what networks do while quiescent, and blue is "
                "what their active states call for. Untrained networks and null models are grey. "
                "Legends give the mark of each network."
            }
            @for drawn in theory.figures { (figure(contents, "", &drawn.figure)) }
        }
        (exponents::section(theory.runs, contents))
        (assumptions::section(theory.runs, contents))
        section id="theory-methods" {
            h2 { (contents.section("theory-methods", "How the theory was tested")) }
            @for run in theory.runs { p.small { strong { (breakable(&run.name)) } ": " (methods(run.examination)) } }
        }
    }
}

/// Sizes and settings of an examination, in words.
fn methods(examination: &Examination) -> String {
    let settings = &examination.settings;
    let count = |n: usize| readable::count(n as u64);
    let noise = if examination.own_noise {
        "the network’s own active noise"
    } else {
        "which the network was trained without"
    };
    let optimal = examination.optimal.as_ref().map_or(String::new(), |optimal| {
        let sparse = optimal.resolution.warning().map_or(String::new(), |warning| {
            format!(" Warning: {}.", warning.trim_end_matches('.'))
        });
        format!(
            " The optimal network has {} components in {} units, a signal of {} times one step’s \
             noise, and {} quiescent steps of {}.{sparse}",
            count(optimal.components),
            count(optimal.units),
            readable::derived(optimal.signal_to_noise),
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
         from {} active trials and compared on {} others. The first {} steps of each trial were \
         discarded, and one state in {} was used after them. The quiescent phase had {} trials of {} steps, of \
         which the second half counts{}. Intervals are from {} bootstrap resamples of \
         trials.{optimal}",
        examination.seed,
        readable::setting(examination.dt_s),
        readable::derived(examination.step_sd),
        count(settings.fitted_trials),
        count(settings.trials),
        count(settings.burn_in),
        count(settings.stride),
        count(settings.rest_trials),
        count(settings.rest_steps),
        match settings.dynamics {
            RestDynamics::FIRST_ORDER => String::new(),
            dynamics => format!("; its units had {dynamics}"),
        },
        count(settings.resamples),
    )
}
