//! Judges the ways to rest: which are faithful to the active phase, which are continuous, and which are both.
//!
//! The criteria of faithful and continuous were fixed before anything was measured. Whether a way forgets where it
//! began is asked since the first maps were seen: the paper's starts can make a divergence small or large.

use super::{RestMap, RestNumbers, RestPoint};
use crate::analysis::{Outcome, Verdict};
use crate::measure;

/// A way is faithful if KL(quiescent‖active) from one point exceeds that of first-order rest from encoded
/// starts by at most this, in nats.
pub const EXCESS_NATS: f64 = measure::ALMOST_NATS;
/// A way is continuous if at least this share of its steps is no longer than the 95th percentile of active steps.
pub const CONTINUOUS_SHARE: f64 = measure::CONTINUOUS_SHARE;

/// How one way to rest is judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    /// KL(quiescent‖active) from one point minus that of first-order rest from encoded starts, in nats.
    pub excess_nats: f64,
    /// Whether it is faithful.
    pub faithful: Verdict,
    /// Whether it is continuous.
    pub continuous: Verdict,
    /// Whether its divergence from one point differs from that from encoded starts by at most [`EXCESS_NATS`].
    pub forgets: Verdict,
}

impl Judgement {
    /// Whether it is both.
    pub fn both(&self) -> Verdict {
        Verdict::all([self.faithful, self.continuous])
    }
}

/// What a map answers. Ways are numbered as [`RestMap::points`].
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Whether a way is faithful and continuous: it holds if one is, and fails if none can be.
    pub verdict: Verdict,
    /// The ways that are faithful.
    pub faithful: Vec<usize>,
    /// The ways that are continuous.
    pub continuous: Vec<usize>,
    /// The ways whose divergence from one point is that from encoded starts: they forget where they began.
    pub forgetting: Vec<usize>,
    /// How many may be faithful, but are not certainly so.
    pub perhaps_faithful: usize,
    /// How many may be continuous, but are not certainly so.
    pub perhaps_continuous: usize,
    /// The ways whose rates ran away, or that could not be measured.
    pub failed: Vec<usize>,
    /// The frontier between faithful and continuous, the most faithful way first: no other way is better in
    /// one and as good in the other.
    pub frontier: Vec<usize>,
}

impl Answer {
    /// The ways that are both.
    pub fn both(&self) -> impl Iterator<Item = usize> + '_ {
        self.faithful.iter().copied().filter(|number| self.continuous.contains(number))
    }
}

impl RestMap {
    /// Judges one way to rest; none if it, or first-order rest, has no numbers.
    pub fn judge(&self, point: &RestPoint) -> Option<Judgement> {
        let (found, reference) = (point.found.as_ref().ok()?, self.reference().ok()?);
        let (excess_nats, ends) = found.kl_from_point.minus(&reference.kl_from_encoded);
        let (of_start, ends_of_start) = found.kl_from_point.minus(&found.kl_from_encoded);
        let close = |excess: f64| excess <= EXCESS_NATS;
        Some(Judgement {
            excess_nats,
            faithful: Verdict::of(excess_nats, Some(ends), close),
            continuous: Verdict::of_measured(&found.continuity, |share| share >= CONTINUOUS_SHARE),
            forgets: Verdict::all([
                Verdict::of(of_start, Some(ends_of_start), close),
                Verdict::of(of_start, Some(ends_of_start), |excess| excess >= -EXCESS_NATS),
            ]),
        })
    }

    /// What the map answers.
    ///
    /// # Errors
    /// If first-order rest has no numbers.
    pub fn answer(&self) -> Outcome<Answer> {
        self.reference()?;
        let judged: Vec<Option<Judgement>> =
            self.points.iter().map(|point| self.judge(point)).collect();
        let of = |wanted: &dyn Fn(&Option<Judgement>) -> bool| -> Vec<usize> {
            (0..judged.len()).filter(|&number| wanted(&judged[number])).collect()
        };
        let with = |wanted: Verdict, verdict: fn(&Judgement) -> Verdict| {
            of(&move |judged| judged.is_some_and(|judged| verdict(&judged) == wanted))
        };
        let holds = |verdict| with(Verdict::Holds, verdict);
        let perhaps = |verdict| with(Verdict::Undecided, verdict).len();
        let any = |verdict| judged.iter().flatten().any(|judged| judged.both() == verdict);
        let verdict = match (any(Verdict::Holds), any(Verdict::Undecided)) {
            (true, _) => Verdict::Holds,
            (false, true) => Verdict::Undecided,
            (false, false) => Verdict::Fails,
        };
        Ok(Answer {
            verdict,
            faithful: holds(|judged| judged.faithful),
            continuous: holds(|judged| judged.continuous),
            forgetting: holds(|judged| judged.forgets),
            perhaps_faithful: perhaps(|judged| judged.faithful),
            perhaps_continuous: perhaps(|judged| judged.continuous),
            failed: of(&Option::is_none),
            frontier: self.frontier(),
        })
    }

    fn frontier(&self) -> Vec<usize> {
        let numbers = |(number, point): (usize, &RestPoint)| {
            let merits = |found: &RestNumbers| (found.kl_from_point.nats, found.continuity.value);
            Some((number, merits(point.found.as_ref().ok()?)))
        };
        let mut all: Vec<(usize, (f64, f64))> =
            self.points.iter().enumerate().filter_map(numbers).collect();
        // Of equal divergences the more continuous comes first, so that the others are left out.
        all.sort_by(|(_, a), (_, b)| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
        let mut best = f64::NEG_INFINITY;
        all.retain(|(_, (_, continuity))| {
            let better = *continuity > best;
            best = best.max(*continuity);
            better
        });
        all.into_iter().map(|(number, _)| number).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::{ActiveSteps, RestMapSettings, RestWay};
    use super::*;
    use crate::analysis::Missing;
    use crate::analysis::bootstrap::{Interval, Measured, Method};
    use crate::analysis::reactivation::Estimate;
    use crate::space::Space;

    fn interval(value: f64, half: f64) -> Interval {
        let (level, standard_error, method) = (0.95, half / 2.0, Method::Bootstrap);
        Interval { low: value - half, high: value + half, level, standard_error, method }
    }

    fn measured(value: f64, half: f64) -> Measured {
        Measured { value, plug_in: value, interval: interval(value, half) }
    }

    fn estimate(nats: f64, half: f64) -> Estimate {
        Estimate {
            nats,
            plug_in_nats: nats,
            monte_carlo_error: 0.0,
            zero_density: 0,
            unsupported: 0.0,
            interval: interval(nats, half),
            floor: None,
        }
    }

    /// A map whose ways have these divergences from one point and continuities.
    fn map(ways: &[Option<(f64, f64)>]) -> RestMap {
        let point = |way: &Option<(f64, f64)>| RestPoint {
            way: RestWay::first_order(1.0),
            found: way
                .map(|(nats, continuity)| RestNumbers {
                    kl_from_point: estimate(nats, 0.02),
                    kl_from_encoded: estimate(0.3, 0.02),
                    step_distance: measured(0.1, 0.01),
                    continuity: measured(continuity, 0.01),
                    coverage: measured(0.5, 0.01),
                    activity: measured(0.5, 0.1),
                    exponent: Ok(measured(1.0, 0.1)),
                })
                .ok_or_else(|| Missing::undefined("rates ran away")),
        };
        let active = ActiveSteps {
            step_distance: measured(0.1, 0.01),
            longest_step: 0.2,
            state_norm: 1.0,
            kl_uniform: estimate(2.0, 0.02),
            uniform_continuity: 0.1,
        };
        RestMap {
            settings: RestMapSettings::default(),
            seed: 0,
            dt_s: 0.02,
            sigma: 0.07,
            own_noise: true,
            space: Space::Circle,
            point: vec![1.0],
            active,
            points: ways.iter().map(point).collect(),
        }
    }

    #[test]
    fn a_way_that_is_both_answers_the_question() {
        let ways =
            [Some((1.0, 0.99)), Some((0.1, 0.5)), None, Some((0.2, 0.97)), Some((0.39, 0.98))];
        let answer = map(&ways).answer().unwrap();
        assert_eq!(answer.verdict, Verdict::Holds);
        // 0.39 is 0.09 above the reference, but its interval reaches 0.13.
        assert_eq!(
            (answer.faithful.as_slice(), answer.continuous.as_slice()),
            (&[1, 3][..], &[0, 3, 4][..])
        );
        assert_eq!(answer.both().collect::<Vec<_>>(), [3]);
        assert_eq!(answer.failed, [2]);
        assert_eq!(answer.frontier, [1, 3, 4, 0]);
    }

    #[test]
    fn none_is_told_from_undecided() {
        let verdict = |ways: &[Option<(f64, f64)>]| map(ways).answer().unwrap().verdict;
        assert_eq!(verdict(&[Some((1.0, 0.99)), Some((0.1, 0.5))]), Verdict::Fails);
        assert_eq!(verdict(&[Some((1.0, 0.99)), Some((0.39, 0.99))]), Verdict::Undecided);
        assert_eq!(verdict(&[Some((1.0, 0.99)), Some((0.1, 0.945))]), Verdict::Undecided);
        // What is beaten in both is not on the frontier, nor is a tie.
        let beaten = [Some((0.5, 0.9)), Some((0.4, 0.95)), Some((0.4, 0.95)), Some((0.4, 0.9))];
        assert_eq!(map(&beaten).answer().unwrap().frontier, [1]);
    }

    #[test]
    fn without_first_order_rest_there_is_no_answer() {
        assert!(map(&[None, Some((0.1, 0.99))]).answer().is_err());
        assert!(map(&[]).answer().is_err());
    }
}
