//! The networks of a run, how each is drawn, and words for what is missing of them.

use std::fmt::Display;

use quiescent::analysis::Outcome;
use quiescent::analysis::bootstrap::Measured;
use quiescent::theory::{Examined, NetworkResult};

use crate::color;
use crate::figures::draw::NULL;
use crate::figures::marks::{CurveStyle, Mark};
use crate::figures::rows::Rows;
use crate::table::Cell;
use crate::theory_view::TheoryRun;
use crate::view::sentence;

/// Which network of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Greedily optimal, by equation (18).
    Optimal,
    /// The same where every step begins at D†f(s), as the theory assumes.
    OptimalFromManifold,
    Trained,
    Untrained,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Optimal, Self::Trained, Self::Untrained];

    /// In words and in tables.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Optimal => "optimal",
            Self::OptimalFromManifold => "optimal, reset",
            Self::Trained => "trained",
            Self::Untrained => "untrained",
        }
    }

    /// Marks and dashes tell networks apart without colour, too.
    pub(super) fn style(self) -> CurveStyle {
        match self {
            Self::Optimal => CurveStyle { color: "#000000", dash: None, mark: Mark::Disc },
            Self::OptimalFromManifold => {
                CurveStyle { color: "#000000", dash: Some("1 3"), mark: Mark::Square }
            }
            Self::Trained => {
                CurveStyle { color: color::QUIESCENT, dash: None, mark: Mark::Diamond }
            }
            Self::Untrained => CurveStyle { color: NULL, dash: Some("5 3"), mark: Mark::Square },
        }
    }
}

impl From<Examined> for Kind {
    fn from(examined: Examined) -> Self {
        match examined {
            Examined::Trained => Self::Trained,
            Examined::Untrained => Self::Untrained,
        }
    }
}

/// The networks of a run but the optimal one, the trained one first.
pub(crate) fn networks<'a>(run: &TheoryRun<'a>) -> Vec<(Kind, &'a NetworkResult)> {
    let all = run.examination.networks.iter();
    let mut all: Vec<_> = all.map(|found| (Kind::from(found.examined), found)).collect();
    all.sort_by_key(|(kind, _)| *kind != Kind::Trained);
    all
}

/// A note that a network of a run lacks something.
pub(super) fn failed(run: &TheoryRun<'_>, kind: Kind, what: &str, reason: impl Display) -> String {
    let reason = reason.to_string();
    let reason = sentence(reason.trim().trim_end_matches('.'));
    format!("No {what} for the {} network of {}. {reason}", kind.label(), run.name).trim().into()
}

/// A measurement of a network; if it failed, a note says why.
pub(super) fn noted<'a, T>(
    run: &TheoryRun<'_>,
    kind: Kind,
    what: &str,
    found: &'a Outcome<T>,
    notes: &mut Vec<String>,
) -> Option<&'a T> {
    found.as_ref().map_err(|reason| notes.push(failed(run, kind, what, reason))).ok()
}

/// Why a figure is missing: what was noted on the way.
pub(super) fn missing(notes: &[String]) -> String {
    if notes.is_empty() {
        return "No examined run has a network for this figure.".into();
    }
    notes.join(" ")
}

/// Further rows of a table are about a network of a run.
pub(super) fn about(rows: &mut Rows, run: &TheoryRun<'_>, kind: Kind) {
    rows.always("run", run.name.as_str());
    rows.always("network", kind.label());
}

/// The fields of a measured value in a table with the columns value, low and high.
pub(super) fn fields(measured: &Measured) -> [(&'static str, Cell); 3] {
    [
        ("value", measured.value.into()),
        ("low", measured.interval.low.into()),
        ("high", measured.interval.high.into()),
    ]
}

/// Both ends of a measured value's interval.
pub(super) fn ends(measured: &Measured) -> (f64, f64) {
    (measured.interval.low, measured.interval.high)
}
