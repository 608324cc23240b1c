//! The stationary law of transitions: where a phase would be, and how often, if it went on for ever.
//!
//! The density of a phase is also that of its starts, for as long as it has not forgotten them. Its stationary law
//! depends on its transitions alone.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::bootstrap::{BootstrapSettings, Floor, Measured, Resamples, split};
use super::error::{Error, check_enough};
use super::transitions::{
    FLOOR_RESAMPLES, FLOOR_SPLITS, Transitions, TrialTransitions, check_same,
};
use crate::random::Sample;

/// Least part of all transitions that begin in the states of the law.
const LEAST_WEIGHT: f64 = 0.5;
const LAW: &str = "the stationary law of transitions";

/// The stationary law of transitions between states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StationaryLaw {
    /// Probability of each state, `[state]`. They sum to 1.
    pub probabilities: Vec<f64>,
    /// Fraction of the transitions that begin in states of the law.
    pub weight: f64,
}

impl StationaryLaw {
    /// The law p with p = p P, where P are the probabilities of transitions among the states that are reached from
    /// one another. If transitions fall into several such groups, as where states are left for good or a trial ends
    /// in a state that was never visited before, it is the group in which most transitions begin. States outside
    /// it have probability 0, and transitions out of it are left out. A state that is never left is a group of its
    /// own.
    ///
    /// # Errors
    /// If there are no transitions, no state is returned to, or less than half of the transitions begin in one
    /// group, so that there is no law of the whole.
    pub fn of(transitions: &Transitions) -> Result<Self, Error> {
        let undefined = |reason: String| Error::Undefined { measurement: LAW, reason };
        let bins = transitions.bins;
        let next: Vec<Vec<usize>> = (0..bins)
            .map(|from| {
                let row = transitions.row(from).iter().enumerate();
                row.filter(|(_, count)| **count > 0).map(|(to, _)| to).collect()
            })
            .collect();
        let all: u64 = transitions.counts.iter().sum();
        if all == 0 {
            return Err(undefined("there are no transitions".into()));
        }
        let groups = groups(&next);
        // Transitions that begin in each group, and those that also end there.
        let (mut begin, mut stay) = (vec![0_u64; bins], vec![0_u64; bins]);
        for (from, to) in
            next.iter().enumerate().flat_map(|(from, to)| to.iter().map(move |to| (from, *to)))
        {
            let count = transitions.row(from)[to];
            begin[groups[from]] += count;
            stay[groups[from]] += if groups[to] == groups[from] { count } else { 0 };
        }
        let largest = (0..bins).filter(|group| stay[*group] > 0).max_by_key(|group| begin[*group]);
        let Some(largest) = largest else {
            return Err(undefined("no state is returned to".into()));
        };
        let weight = begin[largest] as f64 / all as f64;
        if weight < LEAST_WEIGHT {
            return Err(undefined(format!(
                "transitions fall into groups of states that are not reached from one another, and the largest \
                 has {:.0} % of them; at least half are needed",
                100.0 * weight
            )));
        }
        let states: Vec<usize> = (0..bins).filter(|state| groups[*state] == largest).collect();
        let mut matrix = vec![0.0; states.len() * states.len()];
        for (row, &from) in states.iter().enumerate() {
            let counts: Vec<f64> =
                states.iter().map(|&to| transitions.row(from)[to] as f64).collect();
            let total: f64 = counts.iter().sum();
            for (column, count) in counts.into_iter().enumerate() {
                matrix[row * states.len() + column] = count / total;
            }
        }
        let mut probabilities = vec![0.0; bins];
        for (state, probability) in states.iter().zip(stationary(&mut matrix, states.len())) {
            probabilities[*state] = probability;
        }
        Ok(Self { probabilities, weight })
    }

    /// Total-variation distance from another law on the same states: 0 if equal, 1 if they share no state.
    ///
    /// # Errors
    /// If the numbers of states differ.
    pub fn distance(&self, other: &Self) -> Result<f64, Error> {
        let (ours, theirs) = (&self.probabilities, &other.probabilities);
        check_same("the number of states of the second law", ours.len(), theirs.len())?;
        let sum: f64 = ours.iter().zip(theirs).map(|(p, q)| (p - q).abs()).sum();
        Ok((sum / 2.0).min(1.0))
    }
}

/// The group of each state, as the number of one of its states: two states are in one group if each is reached from
/// the other. `next[state]` are the states that follow one (Kosaraju's algorithm).
fn groups(next: &[Vec<usize>]) -> Vec<usize> {
    let mut before = vec![Vec::new(); next.len()];
    for (from, to) in next.iter().enumerate() {
        to.iter().for_each(|&to| before[to].push(from));
    }
    // States in the order in which everything that follows them was seen.
    let mut finished = Vec::with_capacity(next.len());
    let mut seen = vec![false; next.len()];
    for root in 0..next.len() {
        if std::mem::replace(&mut seen[root], true) {
            continue;
        }
        let mut stack = vec![(root, 0)];
        while let Some((state, at)) = stack.last_mut() {
            match next[*state].get(*at) {
                Some(&to) => {
                    *at += 1;
                    if !std::mem::replace(&mut seen[to], true) {
                        stack.push((to, 0));
                    }
                }
                None => {
                    finished.push(*state);
                    stack.pop();
                }
            }
        }
    }
    let mut group = vec![usize::MAX; next.len()];
    for &root in finished.iter().rev() {
        let mut stack = vec![root];
        while let Some(state) = stack.pop() {
            if group[state] == usize::MAX {
                group[state] = root;
                stack.extend(&before[state]);
            }
        }
    }
    group
}

/// The stationary law of an irreducible matrix of probabilities, `[from · states + to]`, which it overwrites. The
/// elimination of Grassmann, Taksar and Heyman (1985) subtracts nothing, so small probabilities keep their digits.
fn stationary(matrix: &mut [f64], states: usize) -> Vec<f64> {
    for last in (1..states).rev() {
        let row: Vec<(usize, f64)> = (0..last)
            .map(|to| (to, matrix[last * states + to]))
            .filter(|(_, probability)| *probability > 0.0)
            .collect();
        let leave: f64 = row.iter().map(|(_, probability)| probability).sum();
        for from in 0..last {
            let into = matrix[from * states + last];
            if into > 0.0 {
                let part = into / leave;
                matrix[from * states + last] = part;
                row.iter().for_each(|&(to, p)| matrix[from * states + to] += part * p);
            }
        }
    }
    let mut law = vec![1.0; states];
    for last in 1..states {
        law[last] = (0..last).map(|from| law[from] * matrix[from * states + last]).sum();
    }
    let total: f64 = law.iter().sum();
    law.iter().map(|p| p / total).collect()
}

/// Total-variation distance between the stationary laws of two phases, with its interval over trials; the trials
/// of the two phases are resampled independently. As with the distance of transitions, a distance of few trials is too
/// large, which is corrected where phases differ and hardly where they do not: compare it with the [`stationary_floor`].
///
/// Resamples that have no law are omitted.
///
/// # Errors
/// If a phase has no law or fewer than two trials, the numbers of states differ, or a setting is out of range.
pub fn stationary_distance(
    active: &TrialTransitions,
    quiescent: &TrialTransitions,
    settings: &BootstrapSettings,
) -> Result<Measured, Error> {
    settings.validate()?;
    for (phase, trials) in [("active", active.trials()), ("quiescent", quiescent.trials())] {
        check_enough("a bootstrap interval", "trials", trials, 2)
            .map_err(|error| error.in_phase(phase))?;
    }
    let law = |of: &TrialTransitions, phase| {
        StationaryLaw::of(&of.pooled()).map_err(|error| error.in_phase(phase))
    };
    let found = law(active, "active")?.distance(&law(quiescent, "quiescent")?)?;
    let ours = Resamples::new(active.trials(), settings, Sample::Active);
    let theirs = Resamples::new(quiescent.trials(), settings, Sample::Quiescent);
    let resampled: Vec<f64> = (0..settings.resamples)
        .into_par_iter()
        .filter_map(|resample| {
            let law = |of: &TrialTransitions, drawn: &[usize]| {
                StationaryLaw::of(&of.sum(drawn.iter().copied())).ok()
            };
            let ours = law(active, ours.trials(resample))?;
            ours.distance(&law(quiescent, theirs.trials(resample))?).ok()
        })
        .collect();
    let trials = active.trials().min(quiescent.trials());
    Measured::from_resamples(found, &resampled, trials, settings.level)
}

/// The floor of [`stationary_distance`]: its estimates between halves of one phase's trials; none if there are too
/// few trials, or halves have no law.
///
/// # Errors
/// If a setting is out of range.
pub fn stationary_floor(
    active: &TrialTransitions,
    settings: &BootstrapSettings,
) -> Result<Option<Floor>, Error> {
    settings.validate()?;
    let half = active.trials() / 2;
    if half < 2 {
        return Ok(None);
    }
    let fewer = BootstrapSettings { resamples: FLOOR_RESAMPLES, ..*settings };
    let estimates = (0..FLOOR_SPLITS)
        .filter_map(|number| {
            let first = split(active.trials(), settings.seed, number);
            let halves = [true, false].map(|keep| active.subset(&first, keep));
            let found = stationary_distance(&halves[0], &halves[1], &fewer).ok()?;
            Some(found.value)
        })
        .collect();
    Ok(Floor::of(estimates, half))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::random::{BootstrapDraw, Generator, Stream};
    use crate::space::{Region, Space};
    use ndarray::Array3;

    fn counted(rows: &[&[u64]]) -> Transitions {
        let counts = rows.iter().flat_map(|row| row.iter().copied()).collect();
        Transitions { bins: rows.len(), lag: 1, counts, outside: 0 }
    }

    fn law(rows: &[&[u64]]) -> StationaryLaw {
        StationaryLaw::of(&counted(rows)).unwrap()
    }

    #[track_caller]
    fn near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }

    #[test]
    fn laws_of_known_matrices() {
        // To 1 with 1/10, and back with 3/10: 3/4 and 1/4, however often each was seen.
        let two = law(&[&[9, 1], &[3000, 7000]]);
        near(&two.probabilities, &[0.75, 0.25]);
        assert_eq!(two.weight, 1.0);
        // A cycle has a law although it never settles; its states have equal probabilities.
        near(&law(&[&[0, 5, 0], &[0, 0, 2], &[1, 0, 0]]).probabilities, &[1.0 / 3.0; 3]);
        // Birth and death: 2 : 4 : 1 by detailed balance, 2 · 4 = 4 · 2 and 4 · 1 = 1 · 4.
        let found = law(&[&[6, 4, 0], &[2, 7, 1], &[0, 4, 6]]);
        near(&found.probabilities, &[2.0 / 7.0, 4.0 / 7.0, 1.0 / 7.0]);
    }

    #[test]
    fn states_that_are_never_visited_left_or_returned_to_are_outside() {
        // State 2 is never visited, trials end in 3, and 4 is left for good.
        let found = law(&[
            &[90, 10, 0, 1, 0],
            &[30, 70, 0, 0, 0],
            &[0, 0, 0, 0, 0],
            &[0, 0, 0, 0, 0],
            &[4, 0, 0, 0, 0],
        ]);
        near(&found.probabilities, &[0.75, 0.25, 0.0, 0.0, 0.0]);
        assert!((found.weight - 201.0 / 205.0).abs() < 1e-12);
        // Most transitions are those of a state that is never left again.
        near(&law(&[&[5, 5], &[0, 90]]).probabilities, &[0.0, 1.0]);
        let said = |rows: &[&[u64]]| StationaryLaw::of(&counted(rows)).unwrap_err().to_string();
        assert!(said(&[&[0, 0], &[0, 0]]).contains("no transitions"));
        assert!(said(&[&[0, 5], &[0, 0]]).contains("returned to"));
        let apart = said(&[&[40, 0, 0], &[0, 35, 0], &[0, 0, 25]]);
        assert!(apart.contains("the largest has 40 %"), "{apart}");
    }

    #[test]
    fn distances_of_known_laws() {
        let (one, other) = (law(&[&[9, 1], &[3, 7]]), law(&[&[3, 1], &[1, 3]]));
        assert!((one.distance(&other).unwrap() - 0.25).abs() < 1e-12);
        let ends = [law(&[&[5, 5], &[0, 90]]), law(&[&[90, 0], &[5, 5]])];
        assert_eq!(ends[0].distance(&ends[1]).unwrap(), 1.0);
        let three = law(&[&[0, 5, 0], &[0, 0, 2], &[1, 0, 0]]);
        assert!(one.distance(&three).is_err());
    }

    /// Trials on four places of a track that go right with `right` and else left, and stay where a wall is. All
    /// begin at the left end.
    fn walks(trials: usize, steps: usize, right: f64, seed: u64) -> TrialTransitions {
        let mut path = Array3::zeros((trials, steps, 1));
        for (number, mut trial) in path.outer_iter_mut().enumerate() {
            let draw = Stream::Bootstrap(BootstrapDraw::Halves);
            let mut generator = Generator::new(seed, draw, number as u64);
            let mut place = 0_i32;
            for value in &mut trial {
                *value = f64::from(place) + 0.5;
                place = (place + if generator.uniform() < right { 1 } else { -1 }).clamp(0, 3);
            }
        }
        let track = Space::Region(Region::new(&[0.0], &[4.0]).unwrap());
        TrialTransitions::of(path.view(), &track.bins(4).unwrap(), 1).unwrap()
    }

    /// The law of such a walk is geometric, pₖ ∝ (right / left)ᵏ, whatever the starts. Two-sided at 0.1 %.
    #[test]
    fn simulated_walks_have_their_law_and_their_distance() {
        let settings = BootstrapSettings { level: 0.999, ..BootstrapSettings::default() };
        let geometric = |right: f64| {
            let weights: Vec<f64> = (0..4).map(|k| (right / (1.0 - right)).powi(k)).collect();
            let total: f64 = weights.iter().sum();
            weights.into_iter().map(move |weight| weight / total).collect::<Vec<_>>()
        };
        let expected: f64 =
            geometric(0.5).iter().zip(geometric(0.6)).map(|(p, q)| (p - q).abs() / 2.0).sum();
        // Short trials, whose density is still that of the starts.
        let (even, right) = (walks(400, 20, 0.5, 1), walks(400, 20, 0.6, 2));
        let occupied = even.pooled().occupancy()[0];
        assert!(occupied > 0.30, "{occupied}");
        let found = stationary_distance(&even, &right, &settings).unwrap();
        assert!(found.interval.contains(expected), "{found:?} {expected}");
        assert!(found.interval.standard_error < expected / 5.0, "{found:?}");
        let floor = stationary_floor(&even, &settings).unwrap().unwrap();
        assert!(!floor.holds(found.value), "{floor:?}");
        let same = stationary_distance(&even, &walks(400, 20, 0.5, 3), &settings).unwrap();
        assert!(floor.holds(same.value), "{same:?} {floor:?}");
        assert_eq!(stationary_floor(&walks(3, 20, 0.5, 1), &settings).unwrap(), None);
        assert!(stationary_distance(&even, &walks(1, 20, 0.5, 1), &settings).is_err());
    }
}
