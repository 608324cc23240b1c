//! The measurements of all runs in one table: a row for each quantity, a column for each run.

use maud::{Markup, html};
use quiescent::analysis::Verdict;
use quiescent::measure::{Measurements, REST, Scalar, WAKING};
use quiescent::readable;
use quiescent::space::Space;

use super::contents::Contents;
use super::names::breakable;
use super::variants::over;
use super::verdict::learned_badge;
use crate::quantity;
use crate::view::RunView;

/// The table; nothing without measurements.
pub(super) fn section(runs: &[RunView], contents: &Contents) -> Markup {
    let measured: Vec<(&RunView, &Measurements, Vec<Scalar>)> = runs
        .iter()
        .filter_map(|run| {
            let found = run.measurements.as_ref()?;
            Some((run, found, found.scalars()))
        })
        .collect();
    let mut names: Vec<&str> = Vec::new();
    for scalar in measured.iter().flat_map(|(_, _, scalars)| scalars).filter(|s| is_shown(s)) {
        if !names.contains(&scalar.name.as_str()) {
            names.push(&scalar.name);
        }
    }
    html! {
        @if !names.is_empty() {
            section id="measurements" {
                h2 { (contents.section("measurements", "Measurements")) }
                div.scroll {
                    table.measurements {
                        thead { tr {
                            th { "Quantity" }
                            @for (run, ..) in &measured {
                                th.n {
                                    (breakable(&run.name))
                                    @if run.learned() == Some(Verdict::Fails) {
                                        br; (learned_badge(Verdict::Fails))
                                    }
                                }
                            }
                        } }
                        tbody {
                            @for name in &names {
                                tr {
                                    th scope="row" { (words(name)) br; small { code { (breakable(name)) } } }
                                    @for (_, _, scalars) in &measured { td.n { (value(scalars, name)) } }
                                }
                            }
                        }
                    }
                }
                p.small {
                    "Intervals are 95 % over trials, and values are given to the digits that the "
                    "intervals support. If a bias was corrected, the statistic without the "
                    "correction, as it is usually published, follows in brackets."
                }
                ul.small { @for (run, found, _) in &measured { li { (run.name) ": " (settings(found)) } } }
            }
        }
    }
}

/// Further quiescent phases have a table of their own, in their run's section, and so has the movement of null
/// models.
fn is_shown(scalar: &Scalar) -> bool {
    let null = ["time_shuffled", "uniform"];
    scalar.name.split_once('.').is_none_or(|(phase, quantity)| {
        [WAKING, REST].contains(&phase) || (null.contains(&phase) && quantity == "step_distance")
    })
}

/// A measurement's name in words.
fn words(name: &str) -> String {
    let (phase, quantity) = name.split_once('.').unwrap_or(("", name));
    let quantity = quantity::in_words(quantity).unwrap_or(quantity);
    match phase {
        "" => quantity.to_owned(),
        "time_shuffled" => format!("{quantity}, quiescent with steps shuffled"),
        "uniform" => format!("{quantity}, drawn uniformly"),
        phase => format!("{quantity}, {phase}"),
    }
}

fn value(scalars: &[Scalar], name: &str) -> Markup {
    let Some(scalar) = scalars.iter().find(|scalar| scalar.name == name) else {
        return html! { "–" };
    };
    html! {
        @match scalar.interval {
            Some(interval) => (over(scalar.value, interval, &scalar.unit)),
            None => (readable::with_unit(scalar.value, &scalar.unit)),
        }
        @if let Some(plug_in) = scalar.plug_in.filter(|plug_in| *plug_in != scalar.value) {
            br; small { "[" (readable::number(plug_in, 3)) "]" }
        }
    }
}

/// How a run's measurements were made.
fn settings(found: &Measurements) -> String {
    let seconds = |steps: usize| readable::derived(steps as f64 * found.dt_s);
    let phases: Vec<String> = found
        .phases
        .iter()
        .map(|(name, phase)| {
            let trials = readable::count(phase.trials as u64);
            format!("{name} ({trials} trials of {} s)", seconds(phase.steps))
        })
        .collect();
    let first = found.settings.density_steps.map_or(String::new(), |steps| {
        format!(
            " Quiescent measurements are of the first {} s of each trial. The total variance of \
             longer trials leaves out the first {} s{}.",
            seconds(steps),
            seconds(found.settings.burn_in),
            if found.space == Space::Circle { ", and turns are of whole trials" } else { "" }
        )
    });
    let densities = found.reactivation().ok().map_or(String::new(), |compared| {
        format!(
            " Densities are of {} and {} decoded values.",
            readable::count(compared.active.points as u64),
            readable::count(compared.quiescent.points as u64)
        )
    });
    format!(
        "phases {}.{first}{densities} Bootstraps have {} resamples of trials, seed {}.",
        phases.join(", "),
        found.settings.resamples,
        found.settings.seed
    )
}
