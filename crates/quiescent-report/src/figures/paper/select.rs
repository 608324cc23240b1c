//! The runs of a figure: by condition, one of them as an example or all of them averaged.

use std::fmt::Display;

use quiescent::analysis::{Missing, Outcome};
use quiescent::measure::PhaseMeasurements;
use quiescent::paper::{Condition, PhaseKey, RunStudy, TaskKind};

use crate::color;
use crate::study_view::StudyRun;
use crate::table::Cell;
use crate::view::sentence;
use quiescent::readable;

/// The active phase and the main quiescent phase.
pub(super) const BOTH: [PhaseKey; 2] = [PhaseKey::Active, PhaseKey::Quiescent];

/// The runs given, in an order that does not depend on theirs.
pub(super) struct Runs<'a>(Vec<&'a StudyRun<'a>>);

impl<'a> Runs<'a> {
    pub(super) fn new(runs: &'a [StudyRun<'a>]) -> Self {
        let mut sorted: Vec<_> = runs.iter().collect();
        sorted.sort_by(|a, b| (a.study.seed, &a.name).cmp(&(b.study.seed, &b.name)));
        Self(sorted)
    }

    /// All runs of a condition, by ascending seed.
    pub(super) fn of(&self, condition: Condition) -> Vec<&'a StudyRun<'a>> {
        self.0.iter().copied().filter(|run| run.study.condition == condition).collect()
    }

    /// The run of the lowest seed.
    ///
    /// # Errors
    /// That there is none.
    pub(super) fn example(&self, condition: Condition) -> Result<&'a RunStudy, String> {
        let first = self.of(condition).first().map(|run| run.study);
        first.ok_or_else(|| no_run(&[condition]))
    }

    /// Every condition among the runs: the paper's first, in its order.
    pub(super) fn conditions(&self) -> Vec<Condition> {
        let mut others: Vec<Condition> = self.0.iter().map(|run| run.study.condition).collect();
        others.sort();
        others.dedup();
        let mut found: Vec<Condition> = Condition::all().filter(|c| others.contains(c)).collect();
        others.retain(|condition| !found.contains(condition));
        found.append(&mut others);
        found
    }

    /// A sentence for each of these conditions without a run.
    ///
    /// # Errors
    /// If none of them has a run.
    pub(super) fn gaps(&self, conditions: &[Condition]) -> Result<Vec<String>, String> {
        let missing = self.missing(conditions);
        if missing.len() == conditions.len() { Err(no_run(conditions)) } else { Ok(missing) }
    }

    /// A sentence for each of these conditions without a run.
    pub(super) fn missing(&self, conditions: &[Condition]) -> Vec<String> {
        let without = conditions.iter().filter(|condition| self.of(**condition).is_empty());
        without.map(|condition| no_run(&[*condition])).collect()
    }
}

/// That no run is of any of these conditions.
pub(super) fn no_run(conditions: &[Condition]) -> String {
    let names: Vec<String> = conditions.iter().map(ToString::to_string).collect();
    format!("No run of {} is among these runs.", names.join(" or "))
}

/// The colour of a phase: blue if it is active, vermillion if it is quiescent.
pub(super) fn color(phase: PhaseKey) -> &'static str {
    if phase == PhaseKey::Active { color::ACTIVE } else { color::QUIESCENT }
}

/// The title of what is drawn of the active or of the main quiescent phase.
pub(super) fn phase_title(phase: PhaseKey) -> &'static str {
    if phase == PhaseKey::Active { "Active" } else { "Quiescent" }
}

/// The length of some of a study's steps: `20 s`.
pub(super) fn seconds(study: &RunStudy, steps: usize) -> String {
    format!("{} s", readable::derived(steps as f64 * study.found.dt_s))
}

/// How a condition's animal moves, in a word.
pub(super) fn motion(condition: Condition) -> &'static str {
    if condition.biased { "biased" } else { "unbiased" }
}

/// Colour and dash of a condition's curves: solid if trained with noise.
pub(super) fn style(condition: Condition) -> (&'static str, Option<&'static str>) {
    match (condition.noisy, condition.biased) {
        (true, false) => (color::RUNS[0], None),
        (false, false) => (color::RUNS[2], Some("6 3")),
        (true, true) => (color::RUNS[1], None),
        (false, true) => (color::RUNS[3], Some("6 3")),
    }
}

/// A condition in words that also tells the task, where both tasks are drawn.
pub(super) fn full_label(condition: Condition) -> String {
    match condition.task {
        TaskKind::Spatial => condition.label().to_owned(),
        TaskKind::HeadDirection => format!("{}, heading", condition.label()),
    }
}

/// What failed, and where: a sentence.
pub(super) fn failed(study: &RunStudy, what: &str, reason: impl Display) -> String {
    let reason = reason.to_string();
    let reason = sentence(reason.trim().trim_end_matches('.'));
    format!("No {what} for seed {} of {}. {reason}", study.seed, study.condition)
}

/// Why a figure is missing that some run could have given: what was noted on the way.
pub(super) fn because(notes: &[String]) -> String {
    if notes.is_empty() {
        return "Nothing measured in these runs is a finite number.".into();
    }
    notes.join(" ")
}

/// A note that a measurement was made but is not a finite number.
pub(super) fn not_finite(condition: Condition, phase: PhaseKey, what: &str) -> String {
    format!("The {what} ({}) of {condition} is not a finite number in any seed.", phase.label())
}

/// A measurement of a phase, or a note that tells why there is none.
pub(super) fn measured<'a, T>(
    study: &'a RunStudy,
    phase: PhaseKey,
    what: &str,
    of: impl FnOnce(&'a PhaseMeasurements) -> Option<&'a Outcome<T>>,
    notes: &mut Vec<String>,
) -> Option<&'a T> {
    let found = study.phase(phase).and_then(|found| {
        let none = || Missing::undefined("this was not measured");
        of(found).ok_or_else(none)?.as_ref().map_err(Clone::clone)
    });
    found
        .map_err(|reason| notes.push(failed(study, &format!("{what} ({})", phase.label()), reason)))
        .ok()
}

/// Mean and standard deviation over seeds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spread {
    pub mean: f64,
    /// Sample standard deviation; none for one seed.
    pub sd: Option<f64>,
    pub seeds: usize,
}

impl Spread {
    /// Of finite values; others are left out. `None` without any.
    pub(super) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let values: Vec<f64> = values.into_iter().filter(|v| v.is_finite()).collect();
        let seeds = values.len();
        if seeds == 0 {
            return None;
        }
        let mean = values.iter().sum::<f64>() / seeds as f64;
        let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
        let sd = (seeds > 1).then(|| (squares / (seeds - 1) as f64).sqrt());
        Some(Self { mean, sd, seeds })
    }

    /// From one standard deviation below to one above; none for one seed.
    pub(super) fn bar(&self) -> Option<(f64, f64)> {
        self.sd.map(|sd| (self.mean - sd, self.mean + sd))
    }
}

/// A mean over seeds with what is drawn around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Averaged {
    pub spread: Spread,
    /// One standard deviation over seeds; of one seed, its own interval, if that is finite.
    pub interval: Option<(f64, f64)>,
}

impl Averaged {
    /// Of each seed's value and the ends of its interval; values that are not finite are left out.
    pub(super) fn of(seeds: impl IntoIterator<Item = [f64; 3]>) -> Option<Self> {
        let finite: Vec<[f64; 3]> = seeds.into_iter().filter(|[v, ..]| v.is_finite()).collect();
        let spread = Spread::of(finite.iter().map(|[value, ..]| *value))?;
        let [_, low, high] = finite[0];
        let own = (low.is_finite() && high.is_finite()).then_some((low, high));
        Some(Self { spread, interval: spread.bar().or(own) })
    }

    /// The mean or what is drawn above it.
    pub(super) fn top(&self) -> f64 {
        self.interval.map_or(self.spread.mean, |(_, high)| high.max(self.spread.mean))
    }

    /// Fields of a table: mean, ends of the interval, standard deviation, and seeds.
    pub(super) fn fields(
        &self,
        [mean, low, high, sd]: [&'static str; 4],
    ) -> [(&'static str, Cell); 5] {
        [
            (mean, self.spread.mean.into()),
            (low, self.interval.map(|(low, _)| low).into()),
            (high, self.interval.map(|(_, high)| high).into()),
            (sd, self.spread.sd.into()),
            ("seeds", self.spread.seeds.into()),
        ]
    }
}

/// `seed 4`, or `3 seeds (0, 1, 2)`.
pub(super) fn seeds(runs: &[&StudyRun<'_>]) -> String {
    let seeds: Vec<String> = runs.iter().map(|run| run.study.seed.to_string()).collect();
    match seeds.as_slice() {
        [seed] => format!("seed {seed}"),
        _ => format!("{} seeds ({})", seeds.len(), seeds.join(", ")),
    }
}

/// What was averaged: `3 seeds (0, 1, 2) of each condition`, or condition by condition.
pub(super) fn averaged(runs: &Runs<'_>, conditions: &[Condition]) -> String {
    let groups: Vec<_> = conditions
        .iter()
        .map(|condition| (condition, runs.of(*condition)))
        .filter(|(_, group)| !group.is_empty())
        .collect();
    let of_each: Vec<String> = groups.iter().map(|(_, group)| seeds(group)).collect();
    match of_each.as_slice() {
        [first, rest @ ..] if rest.iter().all(|other| other == first) => {
            format!(
                "{first} of {}",
                if rest.is_empty() { groups[0].0.to_string() } else { "each condition".into() }
            )
        }
        _ => {
            let named = groups.iter().zip(&of_each);
            let parts: Vec<String> =
                named.map(|((c, _), seeds)| format!("{}: {seeds}", full_label(**c))).collect();
            parts.join("; ")
        }
    }
}

/// How means over seeds are drawn, as a sentence: with `mark` (`Bands`, `Bars`) if there are
/// several seeds, otherwise without or with what stands for it.
pub(super) fn spread_words(largest: usize, mark: &str, without: &str) -> String {
    if largest > 1 {
        format!("{mark} are ±1 standard deviation over seeds.")
    } else {
        without.to_owned()
    }
}

/// What stands around means over seeds, as a clause that begins with the `mark` (`bars`, `whiskers`).
pub(super) fn interval_words(largest: usize, mark: &str) -> String {
    if largest > 1 {
        format!(
            "{mark} are ±1 standard deviation over seeds or, where there is only one seed, its \
             interval over trials"
        )
    } else {
        format!("{mark} are intervals over the trials of the one seed")
    }
}
