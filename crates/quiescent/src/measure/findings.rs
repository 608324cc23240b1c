//! What the measurements of one network say: one sentence for each question, computed.

use std::collections::BTreeMap;

use serde::Serialize;

use super::results::{Measurements, PhaseMeasurements};
use super::{REST, WAKING};
use crate::analysis::reactivation::{Estimate, Reactivation};
use crate::analysis::{Missing, Verdict};
use crate::experiment::RestStart;
use crate::readable::{count, derived, measured, number, with_unit};

/// Single trials of rest move if they spread over at least this part of what single waking trials do.
const MOVES: f64 = 0.5;
/// Divergences within this many nats of another are almost as small, as of rest from another start.
pub(crate) const ALMOST_NATS: f64 = 0.1;

/// What is asked of a network, in the order in which it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Question {
    /// Has it learned its task? If it has not, nothing else is asked.
    Learned,
    /// Does rest visit what waking visits?
    Visits,
    /// Do single trials of rest move?
    Moves,
    /// Does rest depend on where it starts?
    Start,
    /// How long was the rest?
    Duration,
}

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was asked.
    pub question: Question,
    /// Whether it is so; none where it was not measured, or the question is not of that kind.
    pub verdict: Option<Verdict>,
    /// The answer, with its numbers and their 95 % intervals.
    pub sentence: String,
}

impl Measurements {
    /// What the measurements say. `others` are divergences of this network's rest from the waking of
    /// other networks, by their names.
    pub fn findings(&self, others: &BTreeMap<String, Estimate>) -> Vec<Finding> {
        let learned = self.learned();
        if learned.verdict == Some(Verdict::Fails) {
            return vec![learned];
        }
        let mut all = vec![learned];
        match self.reactivation() {
            Ok(found) => {
                all.push(visits(found, others));
                all.extend(self.moves(found));
                all.push(self.start(found));
            }
            Err(missing) => all.push(unknown(Question::Visits, "Rest was not measured", &missing)),
        }
        all.extend(self.phases.get(REST).map(|rest| self.duration(rest)));
        all
    }

    fn learned(&self) -> Finding {
        let unit = self.space.unit();
        let tracking = match &self.tracking {
            Ok(tracking) => tracking,
            Err(missing) => {
                return unknown(Question::Learned, "Whether it has learned is not known", missing);
            }
        };
        let verdict = tracking.learned();
        let words = match verdict {
            Verdict::Holds => "It has learned",
            Verdict::Fails => "It has not learned, so reactivation cannot be judged",
            Verdict::Undecided => "Whether it has learned is undecided",
        };
        let error = &tracking.error;
        let sentence = format!(
            "{words}: its mean decoding error while active is {}, and that of a constant answer is {}.",
            measured(error.value, [error.interval.low, error.interval.high], unit),
            with_unit(tracking.constant_answer_error, unit)
        );
        Finding { question: Question::Learned, verdict: Some(verdict), sentence }
    }

    fn moves(&self, found: &Reactivation) -> Option<Finding> {
        let (rest, wake) = (found.quiescent.variance_ratio?, found.active.variance_ratio?);
        let verdict = Verdict::of_measured(&rest, |ratio| ratio >= MOVES * wake.value);
        let words = match verdict {
            Verdict::Holds => "Single trials spread at least half as far as waking ones",
            Verdict::Fails => "Single trials spread less than half as far as waking ones",
            Verdict::Undecided => {
                "Whether single trials spread half as far as waking ones is undecided"
            }
        };
        let percent = |value: f64| number(100.0 * value, 2);
        let steps = self.steps().map_or(String::new(), |[rest, wake]| {
            let unit = self.space.unit();
            format!(
                "; a mean step is {} at rest and {} awake",
                with_unit(rest, unit),
                with_unit(wake, unit)
            )
        });
        let sentence = format!(
            "{words}: they spread over {} % ({} to {}) of the variance of all trials, where waking \
             trials spread over {} %{steps}.",
            percent(rest.value),
            percent(rest.interval.low),
            percent(rest.interval.high),
            percent(wake.value)
        );
        Some(Finding { question: Question::Moves, verdict: Some(verdict), sentence })
    }

    /// Mean steps of rest and of waking.
    fn steps(&self) -> Option<[f64; 2]> {
        let of = |name: &str| Some(self.phase(name).ok()?.step_distance.as_ref().ok()?.value);
        Some([of(REST)?, of(WAKING)?])
    }

    /// Compares rest from other starts, with the same noise, with the main rest.
    fn start(&self, main: &Reactivation) -> Finding {
        let question = Question::Start;
        let rest = match self.phase(REST) {
            Ok(rest) => rest,
            Err(missing) => {
                let words = "Whether rest depends on its start is not known";
                return unknown(question, words, &missing);
            }
        };
        let others = self.phases.iter().filter(|(name, phase)| {
            name.as_str() != REST
                && phase.start.is_some()
                && phase.start != rest.start
                && phase.sigma == rest.sigma
        });
        let from = |start: Option<RestStart>| match start {
            Some(RestStart::Encoded) => "from encoded starts",
            Some(RestStart::AfterWake) => "from where waking ended",
            Some(RestStart::Point(_)) => "from one point",
            _ => "from its start",
        };
        let limit = main.kl_quiescent_from_active.nats + ALMOST_NATS;
        let compared: Vec<(Verdict, String)> = others
            .filter_map(|(name, phase)| {
                let kl = self.divergence(name).ok()?.kl_quiescent_from_active;
                let interval = [kl.interval.low, kl.interval.high];
                let verdict = Verdict::of(kl.nats, Some(interval), |nats| nats <= limit);
                let start = from(phase.start);
                Some((verdict, format!("{start} it is {}", measured(kl.nats, interval, "nats"))))
            })
            .collect();
        let own = from(rest.start);
        if compared.is_empty() {
            let sentence = format!(
                "Whether rest depends on its start is not known: it was measured {own} alone."
            );
            return Finding { question, verdict: None, sentence };
        }
        let all = |verdict| compared.iter().all(|(found, _)| *found == verdict);
        let any = |verdict| compared.iter().any(|(found, _)| *found == verdict);
        let (verdict, words) = if any(Verdict::Fails) {
            (Verdict::Fails, "Rest depends on its start")
        } else if all(Verdict::Holds) {
            (Verdict::Holds, "Rest hardly depends on its start")
        } else {
            (Verdict::Undecided, "Whether rest depends on its start is undecided")
        };
        let list: Vec<&str> = compared.iter().map(|(_, words)| words.as_str()).collect();
        let sentence = format!(
            "{words}: its divergence from waking is {} {own}, and {}.",
            with_unit(main.kl_quiescent_from_active.nats, "nats"),
            list.join("; ")
        );
        Finding { question, verdict: Some(verdict), sentence }
    }

    fn duration(&self, rest: &PhaseMeasurements) -> Finding {
        let sentence = format!(
            "Each of {} trials rested for {} s.",
            count(rest.trials as u64),
            derived(rest.steps as f64 * self.dt_s)
        );
        Finding { question: Question::Duration, verdict: None, sentence }
    }
}

/// Rest visits what waking visits if it is indistinguishable from waking, or nearer to it than a uniform
/// density is. The floor is the law of the estimate where nothing differs, so the estimate alone is
/// compared with it.
fn visits(found: &Reactivation, others: &BTreeMap<String, Estimate>) -> Finding {
    let kl = &found.kl_quiescent_from_active;
    let uniform = found.kl_uniform_from_active.nats;
    let interval = [kl.interval.low, kl.interval.high];
    let verdict = match kl.indistinguishable() {
        Some(true) => Verdict::Holds,
        _ => Verdict::of(kl.nats, Some(interval), |nats| nats < uniform),
    };
    let words = match verdict {
        Verdict::Holds => "Rest visits what waking visits",
        Verdict::Fails => "Rest is no nearer to waking than a uniform density",
        Verdict::Undecided => {
            "Whether rest is nearer to waking than a uniform density is undecided"
        }
    };
    let floor = kl.floor.map_or(String::new(), |floor| {
        let upper = number(floor.upper, 2);
        let beside = if floor.holds(kl.nats) { ", so it is indistinguishable from 0" } else { "" };
        format!("; halves of waking differ by up to {upper}{beside}")
    });
    let finite = others.iter().filter(|(_, other)| other.nats.is_finite());
    let nearest = finite.min_by(|a, b| a.1.nats.total_cmp(&b.1.nats));
    let nearest = nearest.map_or(String::new(), |(name, other)| {
        let of = if others.len() == 1 { "the other network" } else { "the nearest other network" };
        let nats = measured(other.nats, [other.interval.low, other.interval.high], "nats");
        if other.nats < kl.nats {
            format!("; the waking of {of}, {name}, is nearer, {nats}")
        } else {
            format!("; from the waking of {of}, {name}, it is {nats}")
        }
    });
    let sentence = format!(
        "{words}: KL(quiescent ‖ active) is {}, and that of a uniform density is {}{floor}{nearest}.",
        measured(kl.nats, interval, "nats"),
        number(uniform, 2)
    );
    Finding { question: Question::Visits, verdict: Some(verdict), sentence }
}

fn unknown(question: Question, words: &str, missing: &Missing) -> Finding {
    let sentence = format!("{words}: {missing}.");
    Finding { question, verdict: None, sentence }
}
