//! What the measurements of one network say: one sentence for each question, computed.

use std::collections::BTreeMap;

use serde::Serialize;

use super::results::{Measurements, PhaseMeasurements};
use super::{REST, WAKING};
use crate::analysis::bootstrap::Measured;
use crate::analysis::reactivation::{Estimate, Reactivation};
use crate::analysis::{Missing, Verdict};
use crate::experiment::RestStart;
use crate::readable::{count, derived, measured, measured_value, number, with_unit};

/// Single quiescent trials move if the share of the variance that lies within trials is at least this
/// part of that of active trials.
const MOVES: f64 = 0.5;
/// Trials stay near their starts if less than this part of them gets farther away than a cell's width.
const LEAVE: f64 = 0.5;
/// Part of the active states' variance that is most of it.
const MOST: f64 = 0.9;
/// Quiescent states vary along the active directions if these hold at least this part of what they hold
/// of the active variance.
const ALONG: f64 = 0.8;
/// A study's phase of the network before training.
const UNTRAINED: &str = "untrained";
/// Divergences within this many nats of another are almost as small, as of quiescent trials from another
/// start.
pub(crate) const ALMOST_NATS: f64 = 0.1;

/// What is asked of a network, in the order in which it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Question {
    /// Has it learned its task? If it has not, nothing else is asked.
    Learned,
    /// Does the quiescent phase visit what the active phase visits?
    Visits,
    /// Do single quiescent trials move?
    Moves,
    /// Are quiescent paths as continuous as active ones, and how fast are they?
    Continuous,
    /// Do quiescent paths resemble Brownian motion? Neither answer is better: this is asked of replay.
    Brownian,
    /// Do the hidden states vary along the directions along which active states vary?
    States,
    /// Does the quiescent density depend on where trials start?
    Start,
    /// How long are the quiescent trials?
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

impl Finding {
    /// That a question has no answer, and why.
    pub(super) fn unknown(question: Question, words: &str, missing: &Missing) -> Self {
        let sentence = format!("{words}: {missing}.");
        Self { question, verdict: None, sentence }
    }
}

impl Measurements {
    /// What the measurements say. `others` are divergences of this network's quiescent density from the
    /// active densities of other networks, by their names.
    pub fn findings(&self, others: &BTreeMap<String, Estimate>) -> Vec<Finding> {
        let learned = self.learned();
        if learned.verdict == Some(Verdict::Fails) {
            return vec![learned];
        }
        let mut all = vec![learned];
        match self.reactivation() {
            Ok(found) => {
                let moves = self.moves(found);
                all.push(self.visits(found, others, moves.as_ref()));
                all.extend(moves);
                all.extend(self.continuous());
                all.extend(self.brownian());
                all.extend(self.states());
                all.push(self.start(found));
            }
            Err(missing) => {
                let words = "The two phases were not compared";
                all.push(Finding::unknown(Question::Visits, words, &missing));
            }
        }
        all.extend(self.phases.get(REST).map(|quiescent| self.duration(quiescent)));
        all
    }

    fn learned(&self) -> Finding {
        let unit = self.space.unit();
        let tracking = match &self.tracking {
            Ok(tracking) => tracking,
            Err(missing) => {
                return Finding::unknown(
                    Question::Learned,
                    "Whether it has learned is not known",
                    missing,
                );
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

    /// The quiescent phase visits what the active phase visits if their densities are indistinguishable, or
    /// nearer to one another than a uniform density, and the network before training, are to the active
    /// one. The floor is the law of the estimate where nothing differs, so the estimate alone is compared
    /// with it. Neither says anything of trials that stay where they began or converge, since starts are
    /// drawn as in the active phase; nor where a uniform density is as near.
    fn visits(
        &self,
        found: &Reactivation,
        others: &BTreeMap<String, Estimate>,
        moves: Option<&Finding>,
    ) -> Finding {
        let kl = &found.kl_quiescent_from_active;
        let uniform = &found.kl_uniform_from_active;
        let indistinguishable = found.indistinguishable() == Some(true);
        let untrained = self.untrained();
        let nearer = |than: &Estimate| judged_difference(kl, than, |nats| nats < 0.0);
        let yardsticks = [Some(uniform), untrained];
        let nearer_than_all = Verdict::all(yardsticks.into_iter().flatten().map(nearer));
        let stays = moves.and_then(|moves| moves.verdict) == Some(Verdict::Fails);
        let trivial = match untrained {
            Some(_) => "both a uniform density and that of the untrained network",
            None => "a uniform density",
        };
        let agrees = match indistinguishable {
            true => format!(
                "The quiescent density is indistinguishable from the active density at a resolution of {} {}",
                number(found.resolution(), 2),
                found.unit
            ),
            false => format!("The quiescent density is nearer to the active one than {trivial}"),
        };
        // What knows nothing is as near.
        let floor_holds = |nats: f64| kl.floor.is_some_and(|floor| floor.holds(nats));
        let uninformative =
            floor_holds(uniform.nats) || untrained.is_some_and(|kl| floor_holds(kl.nats));
        let (verdict, words) = match (indistinguishable, nearer_than_all) {
            _ if kl.impossible() => (
                Verdict::Undecided,
                "The divergence could not be estimated, since its estimate is negative beyond chance"
                    .to_owned(),
            ),
            (true, _) if uninformative => (
                Verdict::Undecided,
                format!(
                    "{agrees}, but so is {}, so at this resolution it shows nothing",
                    match floor_holds(uniform.nats) {
                        true => "a uniform density",
                        false => "that of the untrained network",
                    }
                ),
            ),
            (true, _) | (_, Verdict::Holds) if stays => {
                (Verdict::Undecided, format!("{agrees}, but {}", self.stay_or_converge()))
            }
            (true, _) | (_, Verdict::Holds) => (Verdict::Holds, agrees),
            (_, Verdict::Fails) => (
                Verdict::Fails,
                format!("The quiescent density is not nearer to the active one than {trivial}"),
            ),
            (_, Verdict::Undecided) => (
                Verdict::Undecided,
                format!(
                    "It is undecided whether the quiescent density is nearer to the active one \
                     than {trivial}"
                ),
            ),
        };
        let untrained = untrained.map_or(String::new(), |kl| {
            format!(", of the network before training {}", in_nats(kl))
        });
        let floor = kl
            .floor
            .map_or(String::new(), |floor| format!("; the floor is {}", number(floor.upper, 2)));
        // What the active phase visits and the quiescent phase omits.
        let back = &found.kl_active_from_quiescent;
        let omits = match back.floor {
            Some(floor) if kl.indistinguishable() == Some(true) && !floor.holds(back.nats) => {
                format!(
                    "; KL(active ‖ quiescent) is {}, so the quiescent phase omits something",
                    in_nats(back)
                )
            }
            _ => String::new(),
        };
        let finite = others.iter().filter(|(_, other)| other.nats.is_finite());
        let nearest = finite.min_by(|a, b| a.1.nats.total_cmp(&b.1.nats));
        let nearest = nearest.map_or(String::new(), |(name, other)| {
            let of =
                if others.len() == 1 { "the other network" } else { "the nearest other network" };
            let nats = in_nats(other);
            if other.nats < kl.nats {
                format!("; the active density of {of}, {name}, is nearer, {nats}")
            } else {
                format!("; from the active density of {of}, {name}, it is {nats}")
            }
        });
        let sentence = format!(
            "{words}: KL(quiescent ‖ active) is {}; that of a uniform density is {}{untrained}{floor}{omits}{nearest}.",
            in_nats(kl),
            in_nats(uniform)
        );
        Finding { question: Question::Visits, verdict: Some(verdict), sentence }
    }

    /// Why a pooled density of trials that vary little need not be the network's own: they stay where they
    /// began, or leave and converge.
    fn stay_or_converge(&self) -> String {
        const NOT_ITS_OWN: &str = "the pooled density need not be the network’s own";
        let leaving = self.phase(REST).ok().and_then(|phase| phase.leaving.as_ref().ok());
        let Some(leaving) = leaving else {
            return format!(
                "single trials vary little, so they stay or converge, and {NOT_ITS_OWN}"
            );
        };
        let left = number(100.0 * leaving.left, 2);
        let radius = with_unit(leaving.radius, self.space.unit());
        if leaving.left < LEAVE {
            format!(
                "most single trials stay near their starts ({left} % get farther than {radius}), so \
                 this may be the starts’ own density"
            )
        } else {
            format!(
                "single trials vary little, although {left} % of them get farther than {radius} from \
                 their starts, so they may converge, and {NOT_ITS_OWN}"
            )
        }
    }

    /// The divergence of the network before training, which a study measures.
    fn untrained(&self) -> Option<&Estimate> {
        // Only studies name the steps of densities.
        self.settings.density_steps?;
        let found = self.divergence(UNTRAINED).ok()?;
        Some(&found.kl_quiescent_from_active).filter(|kl| kl.nats.is_finite())
    }

    fn moves(&self, found: &Reactivation) -> Option<Finding> {
        let (quiescent, active) = (found.quiescent.variance_ratio?, found.active.variance_ratio?);
        let verdict = Verdict::of_measured(&quiescent, |ratio| ratio >= MOVES * active.value);
        let words = match verdict {
            Verdict::Holds => "Single quiescent trials vary at least half as much as active ones",
            Verdict::Fails => "Single quiescent trials vary less than half as much as active ones",
            Verdict::Undecided => {
                "Whether single quiescent trials vary half as much as active ones is undecided"
            }
        };
        let percent = |value: f64| number(100.0 * value, 2);
        let seconds = |steps: usize| derived(steps as f64 * self.dt_s);
        let steps = self.steps().map_or(String::new(), |[quiescent, active]| {
            let unit = self.space.unit();
            let step = |of: Measured| measured(of.value, [of.interval.low, of.interval.high], unit);
            let beside = match quiescent.interval.low > active.interval.high {
                true => {
                    let times = number(quiescent.value / active.value, 2);
                    format!(", so quiescent steps are larger ({times} times)")
                }
                false => String::new(),
            };
            format!(
                "; a mean step is {} while quiescent and {} while active{beside}",
                step(quiescent),
                step(active)
            )
        });
        let sentence = format!(
            "{words}: one quiescent trial ({} s) covers {} % ({} to {}) of the variance of all, and \
             one active trial ({} s) {} %{steps}.",
            seconds(found.quiescent.steps),
            percent(quiescent.value),
            percent(quiescent.interval.low),
            percent(quiescent.interval.high),
            seconds(found.active.steps),
            percent(active.value)
        );
        Some(Finding { question: Question::Moves, verdict: Some(verdict), sentence })
    }

    /// Compares the variance of hidden states along the active components that hold most of the active
    /// variance. None where states were not kept.
    fn states(&self) -> Option<Finding> {
        let active = self.phases.get(WAKING)?.components.as_ref()?.as_ref().ok()?;
        let quiescent = &self.subspaces.as_ref().ok()?.quiescent_on_active;
        let explained = &active.cumulative_explained_variance;
        let most = explained.iter().position(|part| *part >= MOST).map(|first| first + 1);
        let count = most.unwrap_or(explained.len()).min(quiescent.len());
        let last = count.checked_sub(1)?;
        let (active, quiescent) = (*explained.get(last)?, *quiescent.get(last)?);
        let holds = quiescent >= ALONG * active;
        let (verdict, words) = match holds {
            true => (Verdict::Holds, "The hidden states vary along the same directions"),
            false => (Verdict::Fails, "The hidden states vary along other directions"),
        };
        let percent = |part: f64| number(100.0 * part, 2);
        let sentence = format!(
            "{words}: {} {} % of the variance of the active states and {} % of that of the \
             quiescent states.",
            match count {
                1 => "the first active principal component holds".to_owned(),
                count => format!("the first {count} active principal components hold"),
            },
            percent(active),
            percent(quiescent)
        );
        Some(Finding { question: Question::States, verdict: Some(verdict), sentence })
    }

    /// Mean steps, quiescent and active.
    fn steps(&self) -> Option<[Measured; 2]> {
        let of = |name: &str| self.phase(name).ok()?.step_distance.as_ref().ok().copied();
        Some([of(REST)?, of(WAKING)?])
    }

    /// Compares quiescent phases from other starts, with the same noise, with the main one.
    fn start(&self, main: &Reactivation) -> Finding {
        let question = Question::Start;
        let own = match self.phase(REST) {
            Ok(own) => own,
            Err(missing) => {
                let words = "Whether the quiescent density depends on the start is not known";
                return Finding::unknown(question, words, &missing);
            }
        };
        let others = self.phases.iter().filter(|(name, phase)| {
            name.as_str() != REST
                && phase.start.is_some()
                && phase.start != own.start
                && phase.sigma == own.sigma
                && phase.dynamics == own.dynamics
        });
        let with = |start: Option<RestStart>| match start {
            Some(RestStart::Encoded) => "with encoded starts",
            Some(RestStart::AfterWake) => "with starts at the end of the active phase",
            Some(RestStart::Point(_)) => "with all starts at one point",
            _ => "with its own starts",
        };
        let kl = &main.kl_quiescent_from_active;
        let compared: Vec<(Verdict, String)> = others
            .filter_map(|(name, phase)| {
                let other = self.divergence(name).ok()?.kl_quiescent_from_active;
                let verdict = judged_difference(&other, kl, |nats| nats <= ALMOST_NATS);
                Some((verdict, format!("{} {}", in_nats(&other), with(phase.start))))
            })
            .collect();
        let own = with(own.start);
        if compared.is_empty() {
            let sentence = format!(
                "Whether the quiescent density depends on the start is not known: it was measured \
                 {own} alone."
            );
            return Finding { question, verdict: None, sentence };
        }
        let verdict = Verdict::all(compared.iter().map(|(found, _)| *found));
        let words = match verdict {
            Verdict::Fails => "The quiescent density depends on the start",
            Verdict::Holds => "The quiescent density hardly depends on the start",
            Verdict::Undecided => "Whether the quiescent density depends on the start is undecided",
        };
        let list: Vec<&str> = compared.iter().map(|(_, words)| words.as_str()).collect();
        let adapted = self.phases.iter().find_map(|(name, phase)| {
            phase
                .dynamics
                .adaptation
                .filter(|_| matches!(phase.start, Some(RestStart::Point(_))))?;
            let found = self.divergence(name).ok()?.kl_quiescent_from_active;
            Some(format!(" With adaptation it is {} {}.", in_nats(&found), with(phase.start)))
        });
        let sentence = format!(
            "{words}: KL(quiescent ‖ active) is {} {own}; {}.{}",
            measured_value(kl.nats, [kl.interval.low, kl.interval.high], "nats"),
            list.join("; "),
            adapted.unwrap_or_default()
        );
        Finding { question, verdict: Some(verdict), sentence }
    }

    fn duration(&self, quiescent: &PhaseMeasurements) -> Finding {
        let seconds = |steps: usize| derived(steps as f64 * self.dt_s);
        let first = self.settings.density_steps.filter(|steps| *steps < quiescent.steps);
        let first = first.map_or(String::new(), |steps| {
            format!(", and the numbers above are of the first {} s", seconds(steps))
        });
        let sentence = format!(
            "Each of {} quiescent trials lasts {} s{first}.",
            count(quiescent.trials as u64),
            seconds(quiescent.steps)
        );
        Finding { question: Question::Duration, verdict: None, sentence }
    }
}

/// A divergence with its interval.
fn in_nats(kl: &Estimate) -> String {
    measured(kl.nats, [kl.interval.low, kl.interval.high], "nats")
}

/// Judges how much larger one divergence is than another, in nats.
fn judged_difference(one: &Estimate, other: &Estimate, meets: impl Fn(f64) -> bool) -> Verdict {
    let (nats, ends) = one.minus(other);
    Verdict::of(nats, Some(ends), meets)
}
