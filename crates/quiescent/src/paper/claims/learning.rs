//! The claim that networks learn their task.

use super::claim::Claim;
use super::evidence::{Evidence, Statement, detail, mean, outcome};
use crate::experiment::NetworkKind;
use crate::measure::Tracking;
use crate::paper::{Condition, TaskKind};

/// Networks of a condition learn their task.
pub(super) fn claim(evidence: &Evidence<'_>, condition: Condition) -> Claim {
    // A cell's width: what a network that has learnt nothing but its average exceeds by far.
    let (unit, limit) = match condition.task {
        TaskKind::Spatial => ("m", 0.2),
        TaskKind::HeadDirection => ("rad", std::f64::consts::FRAC_PI_6),
    };
    let networks = || evidence.networks.iter().filter(|n| n.study.condition == condition);
    let tracking = |value: fn(&Tracking) -> Option<f64>| {
        mean(networks().filter_map(|n| value(n.study.found.tracking.as_ref().ok()?)))
    };
    let loss = mean(networks().filter_map(|network| network.test_loss));
    let predictor = tracking(|tracking| tracking.mean_predictor_loss.as_ref().ok().copied());
    let details = [
        detail("final test loss (mean squared error)", loss, "1"),
        detail("test loss of a constant answer, the mean activity", predictor, "1"),
        detail(
            "mean squared decoding error",
            tracking(|tracking| Some(tracking.squared_error.value)),
            &format!("{unit}²"),
        ),
    ];
    let errors = evidence.each(condition, |study| {
        outcome(&study.found.tracking.as_ref().map(|t| t.error).map_err(Clone::clone))
    });
    Statement {
        id: format!("learning.{condition}"),
        figure: match (condition.network, condition.task) {
            (NetworkKind::Gru, _) => "C.2",
            (NetworkKind::Rnn, TaskKind::Spatial) => "1b",
            (NetworkKind::Rnn, TaskKind::HeadDirection) => "A.2",
        },
        statement: format!(
            "Networks of {condition} learn: the decoded value follows the true one, and the test \
             loss falls well below that of a constant answer, the mean activity"
        ),
        unit,
        expected: format!(
            "decoding error below {limit:.2} {unit} (a cell’s width), test loss below half of a \
             constant answer’s"
        ),
    }
    .judged(
        evidence.lacking(&[condition]),
        errors,
        details.into_iter().flatten().collect(),
        |error| {
            let learnt = loss.zip(predictor).is_some_and(|(loss, mean)| loss < mean / 2.0);
            error < limit && learnt
        },
    )
}
