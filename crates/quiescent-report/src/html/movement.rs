//! How the paths of a run's phases and of their null models move, in a table with the words to read it.

use maud::{Markup, html};
use quiescent::analysis::Outcome;
use quiescent::analysis::bootstrap::Measured;
use quiescent::measure::{Measurements, Movement, WAKING};
use quiescent::readable;

use super::names::breakable;
use super::variants::over;
use crate::view::RunView;

/// The table; nothing without measurements.
pub(super) fn table(run: &RunView) -> Markup {
    let Some(found) = run.measurements.as_ref().filter(|found| !found.phases.is_empty()) else {
        return html! {};
    };
    let unit = found.space.unit();
    html! {
        h3 { "How paths move" }
        table.cards {
            thead { tr {
                th { "Paths" }
                th.n { "Steps as short as active ones" }
                th.n { "Mean step over the active one" }
                th.n { "Temporal compression" }
                th.n { "Mean cosine" }
                th.n { "Exponent α" }
                th.n { "Half visited" }
                th.n { "Sequences" }
            } }
            tbody {
                @for (name, movement) in rows(run, found) {
                    tr {
                        td data-label="Paths" { strong { (breakable(name)) } }
                        td.n data-label="Steps as short as active ones" {
                            (percent(movement.continuity.as_ref().ok().map(|found| &found.share)))
                        }
                        td.n data-label="Mean step over the active one" {
                            (measured(beside(movement.speed_ratio.as_ref())))
                        }
                        td.n data-label="Temporal compression" { (compression(movement)) }
                        td.n data-label="Mean cosine" {
                            (measured(movement.persistence.as_ref().ok().map(|found| &found.cosine)))
                        }
                        td.n data-label="Exponent α" {
                            (measured(movement.diffusion.as_ref().ok().map(|found| &found.exponent)))
                        }
                        td.n data-label="Half visited" { (half(movement)) }
                        td.n data-label="Sequences" {
                            (percent(movement.sequences.as_ref().ok().map(|found| &found.share)))
                        }
                    }
                }
            }
        }
        p.small {
            "Steps as short as active ones: the part of steps that are no longer than 95 % of the "
            "active steps" (longest(found, unit)) ". Temporal compression: how many times faster "
            "than active paths they get " (distance(found, unit)) " away, by the root mean squared "
            "displacement; above 1 is faster. Mean cosine: of the angle between successive steps. "
            "Exponent α: of the mean squared displacement. Half visited: the median time in which a "
            "trial visits half of the regions that coverage counts. Sequences: the part of events "
            "whose values follow a straight line in time more closely than 95 % of their own values "
            "in shuffled orders; 5 % without any order. “–” means not measured, not reached, or "
            "without meaning. Intervals are 95 % over trials."
        }
    }
}

/// Waking, the phases of rest and the null models of the main one.
fn rows<'a>(run: &'a RunView, found: &'a Measurements) -> Vec<(&'a str, &'a Movement)> {
    let mut rows: Vec<(&str, &Movement)> = Vec::new();
    rows.extend(found.phases.get(WAKING).map(|phase| (WAKING, &phase.movement)));
    rows.extend(run.variants().map(|(name, phase)| (name, &phase.movement)));
    if let Ok(null) = &found.null_movement {
        rows.push(("Brownian motion", &null.brownian.movement));
        rows.push(("steps shuffled", &null.time_shuffled.movement));
    }
    rows
}

fn beside(found: Option<&Outcome<Measured>>) -> Option<&Measured> {
    found?.as_ref().ok()
}

fn compression(movement: &Movement) -> Markup {
    let found = movement.compression.as_ref().and_then(|found| found.as_ref().ok());
    measured(found.and_then(|found| found.ratio.as_ref()))
}

fn half(movement: &Movement) -> Markup {
    match movement.reach.as_ref().ok().and_then(|found| found.half_s) {
        Some(seconds) => html! { (readable::with_unit(seconds, "s")) },
        None => html! { "–" },
    }
}

fn measured(found: Option<&Measured>) -> Markup {
    match found {
        Some(found) => over(found.value, [found.interval.low, found.interval.high], "1"),
        None => html! { "–" },
    }
}

fn percent(found: Option<&Measured>) -> Markup {
    match found {
        Some(found) => {
            let [low, high] = [found.interval.low, found.interval.high].map(|end| 100.0 * end);
            over(100.0 * found.value, [low, high], "%")
        }
        None => html! { "–" },
    }
}

fn longest(found: &Measurements, unit: &str) -> String {
    let continuity =
        found.phases.values().find_map(|phase| phase.movement.continuity.as_ref().ok());
    continuity.map_or(String::new(), |of| format!(" ({})", readable::with_unit(of.longest, unit)))
}

fn distance(found: &Measurements, unit: &str) -> String {
    let all = found.phases.values().filter_map(|phase| phase.movement.compression.as_ref());
    all.filter_map(|of| of.as_ref().ok())
        .map(|of| readable::with_unit(of.distance, unit))
        .next()
        .unwrap_or_else(|| "a distance".to_owned())
}
