//! What the measurements say of the order in which rest visits places: whether its paths are continuous, how
//! fast they are, and whether they resemble Brownian motion.

use super::findings::{Finding, Question};
use super::movement::Movement;
use super::results::Measurements;
use super::{REST, WAKING};
use crate::analysis::bootstrap::Measured;
use crate::analysis::{Missing, Outcome, Verdict};
use crate::readable::{derived, measured, number, with_unit};

/// Quiescent paths are nearly as continuous as active ones if at least this part of their steps is no longer than 95 %
/// of active ones: if they have at most twice as many long steps. Paths just like the active ones then pass, which they
/// would in half of all cases if 0.95 were asked, as the map of rest asks it.
const NEARLY_CONTINUOUS: f64 = 0.9;
/// Paths resemble Brownian motion if the exponent of their mean squared displacement, and the mean cosine of
/// successive steps, differ by at most this much from those of Brownian motion with the same mean squared step.
const BROWNIAN_EXPONENT: f64 = 0.2;
const BROWNIAN_COSINE: f64 = 0.2;

impl Measurements {
    /// Whether quiescent paths are continuous, and how fast they are. None without a quiescent phase.
    pub(super) fn continuous(&self) -> Option<Finding> {
        let rest = &self.phases.get(REST)?.movement;
        let question = Question::Continuous;
        let found = match &rest.continuity {
            Ok(found) => found,
            Err(missing) => {
                let words = "Whether quiescent paths are as continuous as active ones is not known";
                return Some(Finding::unknown(question, words, missing));
            }
        };
        let verdict = Verdict::of_measured(&found.share, |share| share >= NEARLY_CONTINUOUS);
        let words = match verdict {
            Verdict::Holds => "Quiescent paths are nearly as continuous as active ones",
            Verdict::Fails => "Quiescent paths are less continuous than active ones",
            Verdict::Undecided => {
                "Whether quiescent paths are nearly as continuous as active ones is undecided"
            }
        };
        let sentence = format!(
            "{words}: {} of their steps are no longer than {}, as 95 % of active steps are{}{}.",
            percent(&found.share),
            with_unit(found.longest, self.space.unit()),
            speed(rest),
            self.compression(rest)
        );
        Some(Finding { question, verdict: Some(verdict), sentence })
    }

    /// Whether quiescent paths resemble Brownian motion with the same mean squared step. None without a quiescent phase.
    pub(super) fn brownian(&self) -> Option<Finding> {
        let rest = &self.phases.get(REST)?.movement;
        let question = Question::Brownian;
        let compared = self.null_movement.as_ref().map_err(Clone::clone).and_then(|null| {
            let brownian = &null.brownian.movement;
            Ok((brownian, numbers(rest)?, numbers(brownian)?))
        });
        let (brownian, [exponent, cosine], [of_exponent, of_cosine]) = match compared {
            Ok(compared) => compared,
            Err(missing) => {
                let words = "Whether quiescent paths resemble Brownian motion is not known";
                return Some(Finding::unknown(question, words, &missing));
            }
        };
        let near = |one: &Measured, other: &Measured, most| within(&one.minus(other), most);
        let verdict = Verdict::all([
            near(&exponent, &of_exponent, BROWNIAN_EXPONENT),
            near(&cosine, &of_cosine, BROWNIAN_COSINE),
        ]);
        let words = match verdict {
            Verdict::Holds => "Quiescent paths resemble Brownian motion",
            Verdict::Fails => "Quiescent paths do not resemble Brownian motion",
            Verdict::Undecided => "Whether quiescent paths resemble Brownian motion is undecided",
        };
        let waking = self.phases.get(WAKING).and_then(|waking| numbers(&waking.movement).ok());
        let waking = waking.map_or(String::new(), |[exponent, cosine]| {
            format!(
                "; active paths have {} and {}",
                number(exponent.value, 3),
                number(cosine.value, 2)
            )
        });
        let sentence = format!(
            "{words}: their mean squared displacement grows with the lag to the power {}{} and \
             successive steps have a mean cosine of {}; Brownian motion with the same mean squared step has {} \
             and {}{waking}{}.",
            plain(&exponent),
            self.range(rest),
            plain(&cosine),
            number(of_exponent.value, 3),
            number(of_cosine.value, 2),
            sequences(rest, brownian)
        );
        Some(Finding { question, verdict: Some(verdict), sentence })
    }

    /// How long it takes to get a distance away, in both phases.
    fn compression(&self, rest: &Movement) -> String {
        let Some(Ok(found)) = &rest.compression else { return String::new() };
        let distance = with_unit(found.distance, self.space.unit());
        let seconds = |steps: f64| number(steps * self.dt_s, 2);
        match (found.quiescent_steps, found.active_steps) {
            (Some(quiescent), Some(active)) => format!(
                ", and it takes them {} s to get {distance} away, where active paths take {} s",
                seconds(quiescent),
                seconds(active)
            ),
            (None, Some(_)) => format!(", but they do not get {distance} away"),
            _ => String::new(),
        }
    }

    /// The lags in which an exponent holds.
    fn range(&self, movement: &Movement) -> String {
        let lags = movement.diffusion.as_ref().map_or(&[][..], |found| &found.lags[..]);
        let seconds = |steps: usize| derived(steps as f64 * self.dt_s);
        match lags {
            [first, .., last] => format!(" from {} to {} s", seconds(*first), seconds(*last)),
            _ => String::new(),
        }
    }
}

/// Exponent of the displacement and mean cosine.
fn numbers(movement: &Movement) -> Outcome<[Measured; 2]> {
    let exponent = movement.diffusion.as_ref().map_err(Missing::clone)?.exponent;
    Ok([exponent, movement.persistence.as_ref().map_err(Missing::clone)?.cosine])
}

fn speed(rest: &Movement) -> String {
    let Some(Ok(ratio)) = &rest.speed_ratio else { return String::new() };
    format!("; their mean step is {} times that of active ones", plain(ratio))
}

fn sequences(rest: &Movement, brownian: &Movement) -> String {
    let (Ok(own), Ok(null)) = (&rest.sequences, &brownian.sequences) else { return String::new() };
    format!(
        "; {} of their events of {} steps are sequences, of Brownian motion {} %",
        percent(&own.share),
        own.event_steps,
        number(100.0 * null.share.value, 2)
    )
}

/// A number with its interval.
fn plain(found: &Measured) -> String {
    measured(found.value, [found.interval.low, found.interval.high], "1")
}

/// A fraction with its interval, in percent.
fn percent(found: &Measured) -> String {
    let of = |value: f64| number(100.0 * value, 3);
    format!("{} % ({} to {})", of(found.value), of(found.interval.low), of(found.interval.high))
}

/// Whether a difference is at most so large in either direction. Each bound is judged by itself, since an interval may
/// reach over both.
fn within(difference: &Measured, most: f64) -> Verdict {
    Verdict::all([
        Verdict::of_measured(difference, |difference| difference <= most),
        Verdict::of_measured(difference, |difference| difference >= -most),
    ])
}

#[cfg(test)]
mod tests {
    use super::within;
    use crate::analysis::Verdict;
    use crate::analysis::bootstrap::{Interval, Measured, Method};

    #[test]
    fn an_interval_over_both_bounds_is_undecided() {
        let judged = |value: f64, half: f64| {
            let (level, standard_error, method) = (0.95, half / 2.0, Method::Bootstrap);
            let (low, high) = (value - half, value + half);
            let interval = Interval { low, high, level, standard_error, method };
            within(&Measured { value, plug_in: value, interval }, 0.2)
        };
        assert_eq!(judged(0.0, 0.1), Verdict::Holds);
        assert_eq!(judged(0.0, 0.5), Verdict::Undecided);
        assert_eq!(judged(0.3, 0.6), Verdict::Undecided);
        assert_eq!(judged(-0.3, 0.6), Verdict::Undecided);
        assert_eq!(judged(0.3, 0.05), Verdict::Fails);
        assert_eq!(judged(-0.3, 0.05), Verdict::Fails);
    }
}
