//! The maps of rest on a page: what each answers, its figures, and how it was drawn up.

use maud::{Markup, html};
use quiescent::analysis::Verdict;
use quiescent::readable;
use quiescent::rest_map::RestMap;

use super::contents::Contents;
use super::figure::figure;
use super::names::{breakable, run_id};
use super::verdict::learned;
use crate::figure::{Figure, Missing};

/// The map of one run, with its figures.
#[derive(Debug, Clone, Copy)]
pub struct MappedRun<'a> {
    /// Name shown to the reader.
    pub name: &'a str,
    /// Name of the folder of the figures' files.
    pub folder: &'a str,
    /// Whether the run's network has learned its task; none if that is not known.
    pub learned: Option<Verdict>,
    /// The map.
    pub map: &'a RestMap,
    /// Its figures, as [`rest_map_figures`](crate::rest_map_figures) draws them.
    pub figures: &'a [Result<Figure, Missing>],
}

/// The question in a few sentences, for a reader who does not know it.
pub(super) fn lead() -> &'static str {
    "Rest that begins at one point and has no memory of its own path stays near that point. Adaptation (a unit that \
     was active is inhibited) and momentum (the state goes on in the direction in which it moves) carry it away. Here a \
     trained network, which is not trained again, rests in many ways. Is one of them faithful, which is to visit what \
     the active phase visits, and continuous, which is to take no longer steps?"
}

/// Answers, figures and methods of every run.
pub(super) fn sections(runs: &[MappedRun<'_>], contents: &Contents) -> Markup {
    html! {
        @for run in runs {
            @let id = run_id(run.folder);
            section.run id=(id) {
                h2 { (contents.section(&id, run.name)) }
                p { (learned(run.learned)) }
                @if run.learned == Some(Verdict::Fails) {
                    p.warning { "This network has not learned its task: its rest cannot be judged." }
                }
                (answer(run.map))
                @for drawn in run.figures { (figure(contents, run.folder, drawn)) }
            }
        }
        section id="rest-map-methods" {
            h2 { (contents.section("rest-map-methods", "How the maps were drawn up")) }
            @for run in runs { p.small { strong { (breakable(run.name)) } ": " (methods(run.map)) } }
        }
    }
}

/// What a map answers, as a list.
pub(super) fn answer(map: &RestMap) -> Markup {
    html! {
        @match map.sentences() {
            Ok(sentences) => ul { @for sentence in sentences { li { (sentence) } } },
            Err(missing) => p.warning { "No answer: " (missing) },
        }
    }
}

/// Sizes and settings of a map, in words.
fn methods(map: &RestMap) -> String {
    let settings = &map.settings;
    let count = |n: usize| readable::count(n as u64);
    let noise = if map.own_noise {
        "the network’s own active noise"
    } else {
        "the paper’s, since the network was trained without noise"
    };
    let point: Vec<String> = map.point.iter().map(|&x| readable::number(x, 3)).collect();
    format!(
        "seed {}; steps of {} s; κ = 1 is {noise}. {} trials of {} quiescent steps, of which the first {} were \
         discarded; those from one point begin at ({}) {}. The noise of rest with momentum is multiplied by √λ. \
         Intervals are from {} bootstrap resamples of trials.",
        map.seed,
        readable::setting(map.dt_s),
        count(settings.trials),
        count(settings.steps),
        count(settings.burn_in()),
        point.join(", "),
        map.space.unit(),
        count(settings.resamples),
    )
}
