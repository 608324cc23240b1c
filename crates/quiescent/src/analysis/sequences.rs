//! Sequences in decoded events: short stretches whose values lie in order along a line in time.

use ndarray::{ArrayView3, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Real;
use super::error::{Error, check_dim};
use super::exploration::{PerTrial, after};
use crate::random::{BootstrapDraw, Generator, Stream};
use crate::space::{Space, wrap};

/// Probability that an event without order counts as a sequence.
const LEVEL: f64 = 0.05;
/// A shuffled order whose score is this near to the event's reaches it: sums in another order differ by rounding.
const ROUNDING: f64 = 1e-9;

/// Settings of [`sequence_score`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SequenceSettings {
    /// Seed of the shuffled orders.
    pub seed: u64,
    /// Successive values of an event, at least 5, which have 60 orders with different scores. The default, 10, is
    /// 0.2 s at steps of 20 ms, about as long as an event of hippocampal replay.
    pub event_steps: usize,
    /// Shuffled orders of each event, at least 19.
    pub shuffles: usize,
}

impl Default for SequenceSettings {
    fn default() -> Self {
        Self { seed: 0, event_steps: 10, shuffles: 99 }
    }
}

impl SequenceSettings {
    fn validate(&self) -> Result<(), Error> {
        if self.event_steps < 5 {
            return Err(Error::setting("event_steps", self.event_steps, "at least 5 values"));
        }
        if self.shuffles < 19 {
            return Err(Error::setting("shuffles", self.shuffles, "at least 19"));
        }
        Ok(())
    }

    /// Shuffled orders that may reach the score of a sequence.
    fn allowed(&self) -> usize {
        // The share of ranks among all orders, the event's own included.
        ((LEVEL * (self.shuffles + 1) as f64 + ROUNDING) as usize).saturating_sub(1)
    }
}

/// How many events are sequences.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sequences {
    /// Fraction of each trial's events that are sequences.
    pub share: PerTrial,
    /// Mean over each trial's events of the score, from 0 to 1; 0 for an event that does not move.
    pub score: PerTrial,
    /// Events of each trial.
    pub events: usize,
    /// Successive values of an event.
    pub event_steps: usize,
}

/// Cuts each trial of `decoded`, `[trial, step, dim]` in m or rad, into events and scores each of them by R² of a
/// straight line in time: the part of the variance, summed over dimensions, that moving at one velocity explains.
/// Headings are followed around the circle. An event is a sequence if its score exceeds the 95th percentile of the
/// scores of its own values in shuffled orders: of 99 shuffles, at most 4 reach it.
///
/// Independent values are sequences in 5 % of events, straight motion in all. Brownian motion is in far more than 5 %,
/// since shuffling takes its continuity: a share above 0.05 shows order, and one above that of
/// [`brownian`](super::null_models::brownian) motion shows more order than a random walk has. Values that are often
/// equal have tied scores, which count as reached.
///
/// # Errors
/// If there is no trial, a trial is shorter than an event, a value is not finite, a setting is out of range, or
/// dimensions differ.
pub fn sequence_score<T: Real>(
    decoded: ArrayView3<'_, T>,
    space: &Space,
    settings: &SequenceSettings,
) -> Result<Sequences, Error> {
    settings.validate()?;
    check_dim(decoded.len_of(Axis(2)), space.dim())?;
    let kept = after(decoded, 0, "the sequence score", settings.event_steps)?;
    let (trials, steps, dim) = kept.dim();
    let events = steps / settings.event_steps;
    let found: Vec<(f64, f64)> = (0..trials)
        .into_par_iter()
        .map(|trial| {
            let draw = Stream::Bootstrap(BootstrapDraw::EventShuffle);
            let mut generator = Generator::new(settings.seed, draw, trial as u64);
            let mut event = Event { dim, circle: *space == Space::Circle, values: Vec::new() };
            let (mut sequences, mut scores) = (0_usize, 0.0);
            for number in 0..events {
                let first = number * settings.event_steps;
                event.values.clear();
                for step in first..first + settings.event_steps {
                    event.values.extend((0..dim).map(|d| {
                        let value: f64 = kept[[trial, step, d]].into();
                        // Differences from the first value are exactly 0 where nothing moves.
                        value - kept[[trial, first, d]].into()
                    }));
                }
                scores += event.score(&(0..settings.event_steps).collect::<Vec<_>>());
                sequences += usize::from(event.is_sequence(settings, &mut generator));
            }
            (sequences as f64 / events as f64, scores / events as f64)
        })
        .collect();
    let (share, score) = found.into_iter().unzip();
    Ok(Sequences {
        share: PerTrial::new(share),
        score: PerTrial::new(score),
        events,
        event_steps: settings.event_steps,
    })
}

/// The values of one event, `[step · dim]`.
struct Event {
    dim: usize,
    circle: bool,
    values: Vec<f64>,
}

impl Event {
    /// R² of a straight line in time through the values in an order of steps; 0 if they are all equal.
    fn score(&self, order: &[usize]) -> f64 {
        let count = order.len() as f64;
        let (mut explained, mut total) = (0.0, 0.0);
        for d in 0..self.dim {
            let (mut sum, mut squares, mut along) = (0.0, 0.0, 0.0);
            let mut value = 0.0;
            for (place, &step) in order.iter().enumerate() {
                let next = self.values[step * self.dim + d];
                value = match (self.circle, place) {
                    (true, 1..) => value + wrap(next - value),
                    _ => next,
                };
                // Times are centred, so the mean of the values does not matter to the slope.
                along += (2.0 * place as f64 - (count - 1.0)) * value;
                sum += value;
                squares += value * value;
            }
            let variance = squares - sum * sum / count;
            explained += along * along / (count * (count * count - 1.0) / 3.0);
            total += variance.max(0.0);
        }
        if total > 0.0 { (explained / total).min(1.0) } else { 0.0 }
    }

    fn is_sequence(&self, settings: &SequenceSettings, generator: &mut Generator) -> bool {
        let mut order: Vec<usize> = (0..settings.event_steps).collect();
        let own = self.compared(&order);
        let allowed = settings.allowed();
        let mut reached = 0;
        for _ in 0..settings.shuffles {
            shuffle(&mut order, generator);
            reached += usize::from(self.compared(&order) >= own * (1.0 - ROUNDING));
            // The others can change nothing.
            if reached > allowed {
                return false;
            }
        }
        true
    }

    /// What orders of the event are compared by: the score, or where it is quicker, the score times a constant. The
    /// variance of positions does not depend on their order.
    fn compared(&self, order: &[usize]) -> f64 {
        if self.circle {
            return self.score(order);
        }
        let middle = (order.len() - 1) as f64 / 2.0;
        let along = |d: usize| -> f64 {
            let places = order.iter().enumerate();
            places.map(|(at, step)| (at as f64 - middle) * self.values[step * self.dim + d]).sum()
        };
        (0..self.dim).map(|d| along(d) * along(d)).sum()
    }
}

/// The Fisher–Yates shuffle with few random words, of which a short order needs one. Each order is equally likely within
/// a part of 2⁻²⁴.
fn shuffle(order: &mut [usize], generator: &mut Generator) {
    let (mut word, mut drawn) = (0_u64, u64::MAX);
    for last in (1..order.len()).rev() {
        let bound = last as u64 + 1;
        drawn = match drawn.checked_mul(bound) {
            Some(drawn) if drawn < 1 << 40 => drawn,
            _ => {
                word = generator.next_u64();
                bound
            }
        };
        // The digits of a uniform fraction in mixed bases.
        let digit = u128::from(word) * u128::from(bound);
        word = digit as u64;
        order.swap(last, (digit >> 64) as usize);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::analysis::null_models::{brownian, time_shuffled, uniform};
    use crate::space::Region;
    use ndarray::Array3;

    fn box_of(side: f64) -> Space {
        Space::Region(Region::centred(&[side, side]).unwrap())
    }

    fn score(decoded: &Array3<f64>, space: &Space) -> Sequences {
        sequence_score(decoded.view(), space, &SequenceSettings::default()).unwrap()
    }

    /// A path along a diagonal with steps of length √5.
    fn straight(trials: usize, steps: usize) -> Array3<f64> {
        Array3::from_shape_fn((trials, steps, 2), |(_, step, dim)| (1.0 + dim as f64) * step as f64)
    }

    #[test]
    fn straight_paths_are_sequences_and_still_ones_are_not() {
        let found = score(&straight(3, 47), &box_of(1e6));
        assert_eq!((found.share.mean, found.events, found.event_steps), (1.0, 4, 10));
        assert!((found.score.mean - 1.0).abs() < 1e-12);
        let found = score(&Array3::from_elem((3, 40, 2), 0.123), &box_of(1.0));
        assert_eq!((found.share.mean, found.score.mean), (0.0, 0.0));
        // Turning on, around the circle more than once in an event.
        let turning = Array3::from_shape_fn((3, 40, 1), |(_, step, _)| wrap(0.9 * step as f64));
        let found = score(&turning, &Space::Circle);
        assert_eq!(found.share.mean, 1.0);
        assert!((found.score.mean - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_score_is_that_of_a_hand_calculation() {
        let event = Array3::from_shape_fn((1, 5, 2), |(_, step, dim)| match dim {
            0 => [0.0, 2.0, 1.0, 2.0, 2.0][step],
            _ => 7.0,
        });
        let settings = SequenceSettings { event_steps: 5, ..SequenceSettings::default() };
        let found = sequence_score(event.view(), &box_of(100.0), &settings).unwrap();
        // Over times −2, …, 2 the slope Σtx / Σt² is (−2 + 2 + 4) / 10, and Σ(x − 1.4)² = 3.2; y does not move.
        assert!((found.score.mean - 0.4 * 0.4 * 10.0 / 3.2).abs() < 1e-12, "{found:?}");
    }

    /// Exchangeable values have exactly 5 %, of positions, of headings, and with ties at most that. Two-sided at
    /// 0.1 %.
    #[test]
    fn independent_values_are_sequences_in_5_percent_of_events() {
        let (trials, steps) = (100, 400);
        let tolerance = 3.29 * (0.05 * 0.95 / (trials * steps / 10) as f64).sqrt();
        for space in [box_of(1.0), Space::Circle] {
            let found = score(&uniform(&space, trials, steps, 3), &space).share.mean;
            assert!((found - 0.05).abs() < tolerance, "{space:?} {found}");
        }
        let walk = brownian(straight(trials, steps).view(), &box_of(1e6), 2).unwrap();
        let found = score(&time_shuffled(walk.view(), 4), &box_of(1e6)).share.mean;
        assert!((found - 0.05).abs() < tolerance, "{found}");
        let coarse = uniform(&box_of(1.0), trials, steps, 5).mapv(|x| (2.0 * x).round());
        let found = score(&coarse, &box_of(10.0)).share.mean;
        assert!((0.01..0.05 + tolerance).contains(&found), "{found}");
    }

    /// Brownian motion is why a share above 5 % alone shows no replay: well over half of its events are sequences. A
    /// walk that takes back half of each step has fewer.
    #[test]
    fn brownian_motion_has_many_sequences() {
        let wide = box_of(1e6);
        let walk = brownian(straight(60, 400).view(), &wide, 2).unwrap();
        let free = score(&walk, &wide).share.mean;
        assert!((0.5..0.95).contains(&free), "{free}");
        // Independent noise around each place of the walk, as large as a step.
        let noise = uniform(&box_of(8.0), 60, 400, 3);
        let noisy = score(&(&walk + &noise), &wide).share.mean;
        assert!(noisy > 0.2 && noisy < free - 0.05, "{noisy} {free}");
        assert_eq!(score(&walk, &wide), score(&walk, &wide));
    }

    /// All 120 orders of five are equally likely: χ² with 119 degrees of freedom is below 186 with probability 0.9999.
    #[test]
    fn orders_are_equally_likely() {
        let mut generator = Generator::new(1, Stream::Bootstrap(BootstrapDraw::EventShuffle), 0);
        let mut counts = std::collections::BTreeMap::new();
        let mut order = vec![0, 1, 2, 3, 4];
        for _ in 0..60_000 {
            shuffle(&mut order, &mut generator);
            *counts.entry(order.clone()).or_insert(0_u32) += 1;
        }
        assert_eq!(counts.len(), 120);
        let chi2: f64 = counts.values().map(|n| (f64::from(*n) - 500.0).powi(2) / 500.0).sum();
        assert!(chi2 < 186.0, "{chi2}");
        // Long orders draw again, and keep every step.
        let mut long: Vec<usize> = (0..60).collect();
        shuffle(&mut long, &mut generator);
        assert!(!long.is_sorted());
        long.sort_unstable();
        assert!(long.iter().copied().eq(0..60));
    }

    #[test]
    fn bad_input_is_refused() {
        let path = straight(2, 20);
        let of = |event_steps, shuffles| {
            let settings = SequenceSettings { seed: 0, event_steps, shuffles };
            sequence_score(path.view(), &box_of(1.0), &settings).unwrap_err().to_string()
        };
        assert!(of(4, 99).contains("event_steps") && of(10, 18).contains("shuffles"));
        assert!(of(21, 99).contains("at least 21"), "{}", of(21, 99));
        let settings = SequenceSettings::default();
        assert!(sequence_score(path.view(), &Space::Circle, &settings).is_err());
        let nan = Array3::from_elem((2, 20, 2), f64::NAN);
        assert!(sequence_score(nan.view(), &box_of(1.0), &settings).is_err());
    }
}
