//! The comparisons with the theory in short, run by run.

use maud::{Markup, html};
use quiescent::analysis::bootstrap::Measured;
use quiescent::analysis::{Missing, Outcome, Verdict};
use quiescent::theory::NetworkResult;
use quiescent::theory::bound::Bound;

use super::comparison;
use super::exponents::exponents_of;
use crate::figures::span;
use crate::figures::theory::{Kind, networks};
use crate::html::contents::Contents;
use crate::html::names::breakable;
use crate::html::verdict::learned_badge;
use crate::theory_view::TheoryRun;
use crate::view::sentence;
use quiescent::readable;

pub(super) fn section(runs: &[TheoryRun<'_>], contents: &Contents) -> Markup {
    html! {
        section.findings id="theory-findings" {
            h2 { (contents.section("theory-findings", "The theory in short")) }
            @for run in runs.iter().filter(|run| run.learned == Some(Verdict::Fails)) {
                p.warning {
                    (breakable(&run.name)) " " (learned_badge(Verdict::Fails))
                    " The results of its trained network describe a network that does not track."
                }
            }
            (comparison::table(runs))
            p.small {
                "Ranges in small print are 95 % bootstrap intervals over trials. The exponent β is the one "
                "for which p^β is nearest to the quiescent occupancy, where p is the network’s own "
                "active occupancy. A β that hardly depends on κ reflects where the quiescent phase "
                "began, not a temperature. An untrained network agrees with a score that is little more than a "
                "leak, since its states lie about one point."
            }
            @for run in runs {
                details {
                    summary { (breakable(&run.name)) ", in words" }
                    ul {
                        @for found in findings(run) {
                            li {
                                strong { (found.topic) } " " (found.expected)
                                ul { @for line in &found.lines { li { (line) } } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// One comparison: what the theory says, and a line for each network, the trained one first.
struct Finding {
    topic: &'static str,
    expected: &'static str,
    lines: Vec<String>,
}

fn findings(run: &TheoryRun<'_>) -> Vec<Finding> {
    let all = networks(run);
    let each = |of: &dyn Fn(&NetworkResult) -> Outcome<String>| -> Vec<String> {
        all.iter().map(|(kind, network)| line(*kind, of(network))).collect()
    };
    let mut noiseless = Vec::new();
    if !run.examination.own_noise && !run.examination.networks.is_empty() {
        noiseless.push(format!(
            "It was probed with noise of {} per unit and step.",
            readable::derived(run.examination.step_sd)
        ));
    }
    let mut found = vec![
        Finding {
            topic: "Trained without noise.",
            expected: "The theory makes no prediction for such a network.",
            lines: noiseless,
        },
        Finding {
            topic: "Zero-input update against the score (16).",
            expected: "The greedily optimal network has cosine 1 and slope 1.",
            lines: each(&score),
        },
        Finding {
            topic: "Noise removed in one step.",
            expected: "The greedily optimal network removes all removable noise.",
            lines: each(&noise),
        },
        Finding {
            topic: "Response to input in the readout (17).",
            expected: "The greedily optimal network has gain 1 and cosine 1.",
            lines: each(&response),
        },
        Finding {
            topic: "Temperature of the quiescent phase (19).",
            expected: "The exponent β should be 2/κ² for noise of κ times its active amplitude.",
            lines: exponents(run),
        },
        Finding {
            topic: "Bound on the loss (8–14).",
            expected: "According to the theory, L ≤ L₂ ≤ L₃ ≤ L_upper.",
            lines: bounds(run),
        },
    ];
    found.retain(|found| !found.lines.is_empty());
    found
}

/// What was found of a network, or why nothing was.
fn line(kind: Kind, found: Outcome<String>) -> String {
    let name = match kind {
        Kind::Optimal => "Optimal",
        Kind::OptimalFromManifold => "Optimal, each step from the manifold",
        Kind::Trained => "Trained",
        Kind::Untrained => "Untrained",
    };
    match found {
        Ok(words) => format!("{name}: {words}."),
        Err(reason) => {
            let reason = sentence(reason.message.trim().trim_end_matches('.'));
            format!("{name}: not measured. {reason}").trim_end().to_owned()
        }
    }
}

fn score(network: &NetworkResult) -> Outcome<String> {
    let field = network.field.as_ref().map_err(Clone::clone)?;
    let at =
        field.at_distance.first().ok_or_else(|| Missing::undefined("no state was compared"))?;
    Ok(format!(
        "cosine {} with the score (shuffled control {}, leak-only control {}), slope {}",
        brackets(&at.cosine),
        value(at.shuffled_cosine.value),
        value(at.leak_cosine.value),
        brackets(&at.slope)
    ))
}

fn noise(network: &NetworkResult) -> Outcome<String> {
    let field = network.field.as_ref().map_err(Clone::clone)?;
    Ok(format!(
        "{} of the noise power is removed, of {} that the score could remove",
        percent(&field.removed_noise),
        percent(&field.removable_noise)
    ))
}

fn response(network: &NetworkResult) -> Outcome<String> {
    let response = network.response.as_ref().map_err(Clone::clone)?;
    Ok(format!(
        "gain {}, cosine {}",
        brackets(&response.readout_gain),
        brackets(&response.readout_cosine)
    ))
}

/// At how many amplitudes of noise the exponent is the predicted one, and where the quiescent phase
/// has the temperature of the active one.
fn exponents(run: &TheoryRun<'_>) -> Vec<String> {
    let all = exponents_of(run);
    let mut lines = Vec::new();
    for kind in [Kind::Trained, Kind::Untrained, Kind::Optimal] {
        let own: Vec<_> = all.iter().filter(|(of, _, _)| *of == kind).collect();
        if own.is_empty() {
            continue;
        }
        let met = own.iter().filter(|(_, ratio, measured)| {
            let predicted = 2.0 / (ratio * ratio);
            (measured.interval.low..=measured.interval.high).contains(&predicted)
        });
        let list: Vec<String> = own
            .iter()
            // The table below has the others' exponents.
            .filter(|_| kind == Kind::Trained)
            .map(|(_, ratio, measured)| {
                let predicted = readable::number(2.0 / (ratio * ratio), 2);
                let (ratio, found) = (readable::number(*ratio, 2), brackets(measured));
                format!("{found} at κ = {ratio} (2/κ² = {predicted})")
            })
            .collect();
        let list = if list.is_empty() { String::new() } else { format!(": {}", list.join(", ")) };
        let words = format!(
            "the interval of β contains 2/κ² at {} of {} amplitudes of noise{list}",
            met.count(),
            own.len(),
        );
        lines.push(line(kind, Ok(words)));
    }
    lines
}

fn bounds(run: &TheoryRun<'_>) -> Vec<String> {
    let words = |bound: &Outcome<Bound>| bound.as_ref().map(in_order).map_err(Clone::clone);
    let optimal = run.examination.optimal.as_ref();
    let mut lines: Vec<String> =
        networks(run).into_iter().map(|(kind, found)| line(kind, words(&found.bound))).collect();
    lines.push(line(
        Kind::Optimal,
        optimal.map(|found| in_order(&found.bound)).map_err(Clone::clone),
    ));
    if let Ok(found) = optimal {
        lines.push(line(Kind::OptimalFromManifold, Ok(in_order(&found.single_step_bound))));
    }
    lines
}

/// Whether L ≤ L₂ ≤ L₃ ≤ L_upper, with the terms.
fn in_order(bound: &Bound) -> String {
    let terms = bound.terms();
    let list: Vec<String> =
        terms.iter().map(|(name, term)| format!("{name} {}", brackets(term))).collect();
    let list = list.join(", ");
    if terms.iter().any(|(_, term)| !term.value.is_finite()) {
        return format!("not all terms are finite ({list})");
    }
    let broken: Vec<String> =
        bound.broken().iter().map(|[one, other]| format!("{one} > {other}")).collect();
    if broken.is_empty() {
        return format!("satisfied ({list})");
    }
    let why = if bound.first_holds() {
        String::new()
    } else {
        format!(
            "; L ≤ L₂ neglects two remainders, here {} (curvature) and {} (state)",
            brackets(&bound.curvature),
            brackets(&bound.state)
        )
    };
    format!("violated, since {} ({list}){why}", broken.join(", "))
}

fn value(value: f64) -> String {
    if value.is_finite() { readable::number(value, 2) } else { "not finite".into() }
}

/// A value with its interval, `0.48 (0.45 to 0.51)`, all with the decimals that three digits of the
/// largest need.
fn brackets(measured: &Measured) -> String {
    let all = span(measured);
    let largest = all.iter().filter(|v| v.is_finite()).fold(0.0, |max: f64, v| max.max(v.abs()));
    // Two digits of a tenth are three of the whole.
    let number = |x: f64| readable::beside(x, largest / 10.0);
    if !measured.value.is_finite() {
        return "not finite".into();
    }
    if all.iter().any(|v| v.is_nan()) {
        return number(measured.value);
    }
    format!("{} ({} to {})", number(all[0]), number(all[1]), number(all[2]))
}

fn percent(measured: &Measured) -> String {
    let hundred = |x: f64| readable::number(100.0 * x, 3);
    let [low, high] = [measured.interval.low, measured.interval.high];
    if !measured.value.is_finite() {
        return "not finite".into();
    }
    if low.is_nan() || high.is_nan() {
        return format!("{} %", hundred(measured.value));
    }
    format!("{} % ({} to {})", hundred(measured.value), hundred(low), hundred(high))
}
