//! The numbers of measured runs: a table for terminals, and what programs read.

use quiescent::analysis::Verdict;
use quiescent::measure::{Measurements, Scalar};
use quiescent::readable;
use quiescent_report::RunView;
use serde_json::{Value, json};
use std::collections::BTreeMap;

use crate::ui::learning;
use crate::ui::table::Table;

/// Runs in a table for a terminal: whether each has learned, and what its quiescent phase is like.
pub(crate) fn table(views: &[RunView]) -> Vec<String> {
    let mut table = Table::new(&[
        "run",
        "decoding error",
        "constant answer",
        "learned",
        "KL(quiescent‖active), nats",
        "of a uniform density",
        "quiescent trials",
    ]);
    for view in views {
        table.row(row(view));
    }
    table.lines()
}

fn row(view: &RunView) -> Vec<String> {
    let none = || "–".to_owned();
    let Some(found) = &view.measurements else {
        return vec![view.name.clone(), none(), none(), none(), none(), none(), none()];
    };
    let unit = found.space.unit();
    let tracking = found.tracking.as_ref().ok();
    let compared = found.reactivation().ok();
    // Nothing can be said of the quiescent phase of a network that has not learned.
    let judged = view.learned() != Some(Verdict::Fails);
    let unjudged = if judged { "–" } else { "not judged" };
    vec![
        view.name.clone(),
        tracking.map_or_else(none, |tracking| {
            let interval = [tracking.error.interval.low, tracking.error.interval.high];
            readable::measured_value(tracking.error.value, interval, unit)
        }),
        tracking.map_or_else(none, |tracking| {
            readable::with_unit(tracking.constant_answer_error, unit)
        }),
        learning::in_words(view.learned()).to_owned(),
        compared.filter(|_| judged).map_or_else(
            || unjudged.to_owned(),
            |compared| {
                let kl = &compared.kl_quiescent_from_active;
                readable::measured(kl.nats, [kl.interval.low, kl.interval.high], "1")
            },
        ),
        compared.map_or_else(none, |compared| {
            readable::number(compared.kl_uniform_from_active.nats, 2)
        }),
        compared.map_or_else(none, |compared| {
            let seconds = compared.quiescent.steps as f64 * found.dt_s;
            format!(
                "{} × {} s",
                readable::count(compared.quiescent.trials as u64),
                readable::derived(seconds)
            )
        }),
    ]
}

/// What was found in a run's measurements: answers, the numbers that are wanted, and what is missing with
/// the reason.
pub(crate) fn as_json(found: &Measurements, wanted: impl Fn(&Scalar) -> bool) -> Value {
    let numbers: Vec<Scalar> =
        found.scalars().into_iter().filter(|scalar| wanted(scalar)).collect();
    json!({
        "findings": found.findings(&BTreeMap::new()),
        "measurements": numbers,
        "missing": found.missing()
    })
}
