//! The comparisons with the theory in short, run by run.

use maud::{Markup, html};
use quiescent::analysis::bootstrap::Measured;
use quiescent::theory::bound::Bound;
use quiescent::theory::{NetworkResult, Outcome};

use super::exponents_of;
use crate::figures::theory::{Kind, networks};
use crate::format;
use crate::html::summary::breakable;
use crate::theory_view::TheoryRun;
use crate::view::sentence;

pub(super) fn section(runs: &[TheoryRun<'_>]) -> Markup {
    html! {
        section.findings id="theory-findings" {
            h2 { "The theory in short" }
            @for run in runs {
                h3 { (breakable(&run.name)) }
                ul {
                    @for (topic, words) in findings(run) { li { strong { (topic) } " " (words) } }
                }
            }
            p.small { "In brackets: 95 % intervals over trials." }
        }
    }
}

/// A topic and what was found of it.
type Finding = (&'static str, String);

fn findings(run: &TheoryRun<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    if !run.examination.own_noise && run.examination.parameters_sha256.is_some() {
        let words = format!(
            "This network was trained without noise, so the theory promises nothing of it; it was \
             probed with noise of {} per unit and step.",
            format::derived(run.examination.step_sd)
        );
        found.push(("Noise.", words));
    }
    let all = networks(run);
    // One sentence for each network, the trained one first.
    let each = |of: &dyn Fn(&NetworkResult) -> Outcome<String>| -> Option<String> {
        let words = all.iter().map(|(kind, network)| match of(network) {
            Ok(words) => format!("{}: {words}.", capital(*kind)),
            Err(reason) => format!("{}: not measured. {}", capital(*kind), reasoned(&reason)),
        });
        let words: Vec<String> = words.collect();
        (!words.is_empty()).then(|| words.join(" "))
    };
    let mut topic = |name, expected: &str, words: Option<String>| {
        found.extend(words.map(|words| (name, format!("{words} {expected}"))));
    };
    topic("Zero-input update against the score (16).", "The theory says 1 and 1.", each(&score));
    topic("Noise undone in one step.", "The theory says: all that can be.", each(&noise));
    topic("Response to input in the readout (17).", "The theory says 1 and 1.", each(&response));
    topic("Temperature of rest (19).", "", exponents(run));
    topic("Bound on the loss (8–14).", "", bounds(run));
    found
}

fn score(network: &NetworkResult) -> Outcome<String> {
    let field = network.field.as_ref().map_err(Clone::clone)?;
    let at = field.at_distance.first().ok_or("no state was compared")?;
    Ok(format!(
        "cosine {} with the score (of another state {}, of a mere leak {}), slope {}",
        brackets(&at.cosine),
        value(at.shuffled_cosine.value),
        value(at.leak_cosine.value),
        brackets(&at.slope)
    ))
}

fn noise(network: &NetworkResult) -> Outcome<String> {
    let field = network.field.as_ref().map_err(Clone::clone)?;
    Ok(format!(
        "{} of the noise’s power is undone where the score could undo {}",
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

/// At how many amplitudes of noise the exponent is the predicted one, and where rest has waking's
/// temperature.
fn exponents(run: &TheoryRun<'_>) -> Option<String> {
    let all = exponents_of(run);
    let mut words = Vec::new();
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
                let predicted = format::number(2.0 / (ratio * ratio), 2);
                let (ratio, found) = (format::number(*ratio, 2), brackets(measured));
                format!("{found} at κ = {ratio} (2/κ² = {predicted})")
            })
            .collect();
        let list = if list.is_empty() { String::new() } else { format!(": {}", list.join(", ")) };
        words.push(format!(
            "{}: the interval of β holds 2/κ² at {} of {} amplitudes of noise{list}.",
            capital(kind),
            met.count(),
            own.len(),
        ));
    }
    (!words.is_empty()).then(|| words.join(" "))
}

fn bounds(run: &TheoryRun<'_>) -> Option<String> {
    let optimal = run.examination.optimal.as_ref().map(|optimal| &optimal.bound);
    let others = networks(run).into_iter().map(|(kind, found)| (kind, found.bound.as_ref()));
    let words: Vec<String> = others
        .chain(std::iter::once((Kind::Optimal, optimal)))
        .map(|(kind, bound)| match bound {
            Ok(bound) => format!("{}: {}.", capital(kind), in_order(bound)),
            Err(reason) => format!("{}: not measured. {}", capital(kind), reasoned(reason)),
        })
        .collect();
    Some(words.join(" "))
}

/// Whether L ≤ L₂ ≤ L₃ ≤ L_upper, with the terms.
fn in_order(bound: &Bound) -> String {
    let terms = [
        ("L", &bound.loss),
        ("L₂", &bound.second),
        ("L₃", &bound.third),
        ("L_upper", &bound.upper),
    ];
    let list: Vec<String> =
        terms.iter().map(|(name, term)| format!("{name} = {}", brackets(term))).collect();
    let list = list.join(", ");
    if terms.iter().any(|(_, term)| !term.value.is_finite()) {
        return format!("not all terms are finite ({list})");
    }
    let broken: Vec<String> = terms
        .windows(2)
        .filter(|pair| pair[0].1.value > pair[1].1.value)
        .map(|pair| format!("{} > {}", pair[0].0, pair[1].0))
        .collect();
    if broken.is_empty() {
        return format!("L ≤ L₂ ≤ L₃ ≤ L_upper holds ({list})");
    }
    let why = if bound.first_holds() {
        String::new()
    } else {
        format!(
            "; L ≤ L₂ takes remainders for zero that are {} (curvature) and {} (state)",
            brackets(&bound.curvature),
            brackets(&bound.state)
        )
    };
    format!("L ≤ L₂ ≤ L₃ ≤ L_upper does not hold, {} ({list}){why}", broken.join(", "))
}

fn capital(kind: Kind) -> &'static str {
    match kind {
        Kind::Optimal => "Optimal",
        Kind::Trained => "Trained",
        Kind::Untrained => "Untrained",
    }
}

fn reasoned(reason: &str) -> String {
    sentence(reason.trim().trim_end_matches('.'))
}

fn value(value: f64) -> String {
    if value.is_finite() { format::number(value, 2) } else { "not finite".into() }
}

/// A value with its interval: `0.48 (0.45 to 0.51)`.
fn brackets(measured: &Measured) -> String {
    let [low, high] = [measured.interval.low, measured.interval.high];
    let number = |x: f64| format::beside(x, (high - low) / 2.0);
    if !measured.value.is_finite() {
        return "not finite".into();
    }
    if low.is_nan() || high.is_nan() {
        return number(measured.value);
    }
    format!("{} ({} to {})", number(measured.value), number(low), number(high))
}

fn percent(measured: &Measured) -> String {
    let hundred = |x: f64| format::number(100.0 * x, 3);
    let [low, high] = [measured.interval.low, measured.interval.high];
    if !measured.value.is_finite() {
        return "not finite".into();
    }
    if low.is_nan() || high.is_nan() {
        return format!("{} %", hundred(measured.value));
    }
    format!("{} % ({} to {})", hundred(measured.value), hundred(low), hundred(high))
}
