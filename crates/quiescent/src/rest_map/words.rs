//! What a map says, in sentences for people.

use std::fmt;

use super::judge::EXCESS_NATS;
use super::{Answer, RestMap, RestNumbers, RestWay};
use crate::analysis::reactivation::Estimate;
use crate::analysis::{Outcome, Verdict};
use crate::readable::{counted, measured, number, setting, with_unit};

/// `b = 1, τ_a = 2 s, λ = 0.5, κ = 1.41`, without what is not there.
impl fmt::Display for RestWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(tau_s) = self.adaptation_tau_s() {
            write!(f, "b = {}, τ_a = {} s, ", setting(self.strength()), setting(tau_s))?;
        }
        if self.friction() < 1.0 {
            write!(f, "λ = {}, ", setting(self.friction()))?;
        }
        write!(f, "κ = {}", number(self.noise_ratio, 3))
    }
}

impl RestMap {
    /// What the map answers, and what stands in the way if no way to rest is faithful and continuous.
    ///
    /// # Errors
    /// If first-order rest has no numbers.
    pub fn sentences(&self) -> Outcome<Vec<String>> {
        let (answer, reference) = (self.answer()?, self.reference()?);
        let mut sentences = vec![
            self.verdict_in_words(&answer),
            format!(
                "First-order rest has KL(quiescent‖active) = {} from one point and {} from encoded starts; {} of \
                 its steps are no longer than the active phase’s, and its states have {} of the active norm.",
                kl(&reference.kl_from_point),
                kl(&reference.kl_from_encoded),
                percent(reference.continuity.value),
                percent(reference.activity.value),
            ),
        ];
        sentences.push(format!(
            "Chance: a uniform density has {}, and values drawn from it at every step have {} of such steps; between \
             halves of the active phase 95 % of estimates are below {}.",
            kl(&self.active.kl_uniform),
            percent(self.active.uniform_continuity),
            reference
                .kl_from_encoded
                .floor
                .map_or_else(|| "an unknown floor".to_owned(), |floor| with_unit(floor.upper, "nats")),
        ));
        let found = |at: usize| self.points[at].found.as_ref().ok();
        let best = |of: &[usize], merit: fn(&RestNumbers) -> f64| {
            let merits = of.iter().filter_map(|&at| Some((at, merit(found(at)?))));
            merits.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(at, _)| at)
        };
        if answer.verdict != Verdict::Holds {
            let continuous = best(&answer.faithful, |found| found.continuity.value);
            if let Some((at, found)) = continuous.and_then(|at| Some((at, found(at)?))) {
                sentences.push(format!(
                    "The most continuous of the faithful ways ({}) takes {} of its steps within the active \
                     phase’s, its mean step is {} times theirs, and its states have {} of the active norm.",
                    self.points[at].way,
                    percent(found.continuity.value),
                    number(found.step_distance.value / self.active.step_distance.value, 2),
                    percent(found.activity.value),
                ));
            }
            let faithful = best(&answer.continuous, |found| -found.kl_from_point.nats);
            if let Some((at, found)) = faithful.and_then(|at| Some((at, found(at)?))) {
                sentences.push(format!(
                    "The most faithful of the continuous ways ({}) has {} from one point.",
                    self.points[at].way,
                    kl(&found.kl_from_point),
                ));
            }
        }
        Ok(sentences)
    }

    fn verdict_in_words(&self, answer: &Answer) -> String {
        let ways = counted(self.points.len(), "way");
        let with_undecided = |what: &str, of: &[usize], perhaps: usize| match perhaps {
            0 => format!("{} {what}", of.len()),
            perhaps => format!("{} {what} and {perhaps} undecided", of.len()),
        };
        let tally = format!(
            "{}; {}; {} without numbers",
            with_undecided("faithful", &answer.faithful, answer.perhaps_faithful),
            with_undecided("continuous", &answer.continuous, answer.perhaps_continuous),
            answer.failed.len()
        );
        match (answer.verdict, answer.both().next()) {
            (Verdict::Holds, Some(first)) => {
                let forgetting =
                    answer.both().filter(|way| answer.forgetting.contains(way)).count();
                let forgetting =
                    if forgetting == 0 { "None".to_owned() } else { forgetting.to_string() };
                format!(
                    "{} of {ways} to rest are faithful and continuous, such as {} ({tally}). {forgetting} of these \
                     certainly forget where they began, that is, have the same divergence from one point and from \
                     encoded starts, to {}.",
                    answer.both().count(),
                    self.points[first].way,
                    with_unit(EXCESS_NATS, "nats")
                )
            }
            (Verdict::Undecided, _) => {
                format!(
                    "Whether one of {ways} to rest is faithful and continuous is undecided ({tally})."
                )
            }
            _ => format!("None of {ways} to rest is faithful and continuous ({tally})."),
        }
    }
}

fn kl(estimate: &Estimate) -> String {
    measured(estimate.nats, [estimate.interval.low, estimate.interval.high], "nats")
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}
