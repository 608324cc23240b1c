//! How successive values follow one another: the length of steps, and how far directions persist.
//!
//! Arrays are decoded values `[trial, step, dim]` of a space: positions in m, or headings in rad, whose path is
//! followed around the circle. A step is the displacement from one value to the next.

use ndarray::{ArrayView3, Axis};
use serde::{Deserialize, Serialize};

use super::Real;
use super::bootstrap::{self, BootstrapSettings, Measured};
use super::error::Error;
use super::exploration::{PerTrial, after, path, squared_distance};
use crate::space::Space;

/// Mean distance between successive values of each trial, in the space's unit (along the circle
/// for headings).
///
/// # Errors
/// If there is no trial, fewer than two steps, a value is not finite, or dimensions differ.
pub fn mean_step_distance<T: Real>(
    decoded: ArrayView3<'_, T>,
    space: &Space,
) -> Result<PerTrial, Error> {
    let mean = |lengths: &Vec<f64>| lengths.iter().sum::<f64>() / lengths.len() as f64;
    Ok(PerTrial::new(lengths(decoded, space)?.iter().map(mean).collect()))
}

/// The length below which a fraction `probability` of all steps of all trials lies, in the space's unit: the
/// order statistic with rank ⌈probability · steps⌉.
///
/// # Errors
/// If the probability is not between 0 and 1, there is no trial, fewer than two values, a value is not finite, or
/// dimensions differ.
pub fn step_quantile<T: Real>(
    decoded: ArrayView3<'_, T>,
    space: &Space,
    probability: f64,
) -> Result<f64, Error> {
    if !(0.0..=1.0).contains(&probability) {
        return Err(Error::setting("probability", probability, "0 to 1"));
    }
    let mut lengths = lengths(decoded, space)?.concat();
    lengths.sort_by(f64::total_cmp);
    let rank = (probability * lengths.len() as f64).ceil() as usize;
    Ok(lengths[rank.clamp(1, lengths.len()) - 1])
}

/// The fraction of each trial's steps that are no longer than `longest`, in the space's unit. With the
/// [`step_quantile`] of the active phase at 0.95, active steps have 0.95, and a quiescent phase whose paths are
/// as continuous has that or more.
///
/// # Errors
/// If `longest` is negative or NaN, there is no trial, fewer than two values, a value is not finite, or dimensions
/// differ.
pub fn continuity<T: Real>(
    decoded: ArrayView3<'_, T>,
    space: &Space,
    longest: f64,
) -> Result<PerTrial, Error> {
    if longest.is_nan() || longest < 0.0 {
        return Err(Error::setting("longest", longest, "at least 0"));
    }
    let share = |lengths: &Vec<f64>| {
        lengths.iter().filter(|&&length| length <= longest).count() as f64 / lengths.len() as f64
    };
    Ok(PerTrial::new(lengths(decoded, space)?.iter().map(share).collect()))
}

/// How many times longer the mean step of a quiescent phase is than that of the active one, given the mean step of
/// each trial ([`mean_step_distance`]), with an interval over the trials of both.
///
/// # Errors
/// If a phase has fewer than two trials, or the active phase does not move.
pub fn speed_ratio(
    active: &PerTrial,
    quiescent: &PerTrial,
    settings: &BootstrapSettings,
) -> Result<Measured, Error> {
    if active.mean <= 0.0 {
        return Err(Error::Undefined {
            measurement: "the ratio of speeds",
            reason: "the active phase does not move".into(),
        });
    }
    let mean = |of: &PerTrial, drawn: &[usize]| {
        drawn.iter().map(|&trial| of.trials[trial]).sum::<f64>() / drawn.len() as f64
    };
    let counts = (active.trials.len(), quiescent.trials.len());
    bootstrap::over_phases(counts.0, counts.1, settings, |ours, theirs| {
        mean(quiescent, theirs) / mean(active, ours)
    })
}

/// Lengths of steps in bins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepHistogram {
    /// Edges of the bins in the space's unit, ascending, `[bin + 1]`.
    pub edges: Vec<f64>,
    /// Fraction of all steps in each bin, `[bin]`. A bin has its lower edge; the last one has both.
    pub shares: Vec<f64>,
    /// Fraction of steps shorter than the first edge, such as those of length 0.
    pub below: f64,
    /// Fraction of steps longer than the last edge.
    pub above: f64,
}

/// The lengths of all steps of all trials, in bins with these edges (in the space's unit, ascending).
///
/// # Errors
/// If the edges are fewer than two, negative, not finite or not ascending, there is no trial, fewer than two values,
/// a value is not finite, or dimensions differ.
pub fn step_histogram<T: Real>(
    decoded: ArrayView3<'_, T>,
    space: &Space,
    edges: &[f64],
) -> Result<StepHistogram, Error> {
    let ascending = edges.is_sorted_by(|a, b| a < b);
    let ([first, _, ..], Some(&last), true) = (edges, edges.last(), ascending) else {
        let allowed = "at least two, ascending and not negative";
        return Err(Error::setting("edges", format!("{edges:?}"), allowed));
    };
    if *first < 0.0 || !last.is_finite() {
        let allowed = "finite and not negative";
        return Err(Error::setting("edges", format!("{edges:?}"), allowed));
    }
    let lengths = lengths(decoded, space)?.concat();
    let mut counts = vec![0_usize; edges.len() - 1];
    let (mut below, mut above) = (0_usize, 0_usize);
    for length in &lengths {
        match edges.partition_point(|edge| edge <= length) {
            0 => below += 1,
            bin if bin < edges.len() => counts[bin - 1] += 1,
            _ if *length == last => counts[edges.len() - 2] += 1,
            _ => above += 1,
        }
    }
    let share = |count: usize| count as f64 / lengths.len() as f64;
    Ok(StepHistogram {
        edges: edges.to_vec(),
        shares: counts.into_iter().map(share).collect(),
        below: share(below),
        above: share(above),
    })
}

/// Whether successive steps go on in one direction or turn back.
#[derive(Debug, Clone, PartialEq)]
pub struct Persistence {
    /// Mean cosine of the angle between successive steps: 1 on a straight line, 0 for independent directions
    /// (a random walk), negative where steps are taken back. On the circle, the cosine is 1 or −1.
    pub cosine: PerTrial,
    /// Fraction of steps that go back, by more than 90°.
    pub reversals: PerTrial,
}

/// The persistence of each trial's direction. Steps of length 0 have no direction; they are left out, and with
/// them both pairs that they are part of. Trials without any two successive steps with a direction are left out as
/// well: decoded values that are means of few cells' places often stand still.
///
/// # Errors
/// If there is no trial, fewer than three values, a value is not finite, dimensions differ, or no trial has two
/// successive steps with a direction.
pub fn persistence<T: Real>(
    decoded: ArrayView3<'_, T>,
    space: &Space,
) -> Result<Persistence, Error> {
    const WHAT: &str = "directional persistence";
    let path = path(decoded, space)?;
    let kept = after(path.view(), 0, WHAT, 3)?;
    let (mut cosines, mut reversals) = (Vec::new(), Vec::new());
    for trial in kept.outer_iter() {
        let steps: Vec<Vec<f64>> = (1..trial.nrows())
            .map(|step| (&trial.row(step) - &trial.row(step - 1)).to_vec())
            .collect();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let pairs: Vec<f64> = steps
            .windows(2)
            .filter_map(|pair| {
                let lengths = (dot(&pair[0], &pair[0]) * dot(&pair[1], &pair[1])).sqrt();
                (lengths > 0.0).then(|| dot(&pair[0], &pair[1]) / lengths)
            })
            .collect();
        if pairs.is_empty() {
            continue;
        }
        let count = pairs.len() as f64;
        cosines.push(pairs.iter().sum::<f64>() / count);
        reversals.push(pairs.iter().filter(|&&cosine| cosine < 0.0).count() as f64 / count);
    }
    if cosines.is_empty() {
        return Err(Error::Undefined {
            measurement: WHAT,
            reason: "no trial moves in two successive steps".into(),
        });
    }
    Ok(Persistence { cosine: PerTrial::new(cosines), reversals: PerTrial::new(reversals) })
}

/// Lengths of each trial's steps.
fn lengths<T: Real>(decoded: ArrayView3<'_, T>, space: &Space) -> Result<Vec<Vec<f64>>, Error> {
    let path = path(decoded, space)?;
    let kept = after(path.view(), 0, "step lengths", 2)?;
    let steps = kept.len_of(Axis(1));
    let of_trial = |trial| {
        (1..steps).map(|step| squared_distance(kept, trial, step - 1, step).sqrt()).collect()
    };
    Ok((0..kept.len_of(Axis(0))).map(of_trial).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::analysis::null_models::brownian;
    use crate::random::{BootstrapDraw, Generator, Stream};
    use crate::space::Region;
    use ndarray::{Array3, array};

    fn plane() -> Space {
        Space::Region(Region::centred(&[1000.0, 1000.0]).unwrap())
    }

    #[test]
    fn lengths_and_directions_of_a_path_drawn_by_hand() {
        // Right 1, right 2, back 1, up 2, nothing, up 1.
        let path = array![[
            [0.0, 0.0],
            [1.0, 0.0],
            [3.0, 0.0],
            [2.0, 0.0],
            [2.0, 2.0],
            [2.0, 2.0],
            [2.0, 3.0]
        ]];
        let quantile = |p| step_quantile(path.view(), &plane(), p).unwrap();
        // Lengths in order: 0, 1, 1, 1, 2, 2.
        assert_eq!(
            [0.0, 1.0 / 6.0, 0.5, 0.6, 0.7, 1.0].map(quantile),
            [0.0, 0.0, 1.0, 1.0, 2.0, 2.0]
        );
        let share = |longest| continuity(path.view(), &plane(), longest).unwrap().mean;
        assert_eq!([0.5, 1.0, 5.0].map(share), [1.0 / 6.0, 4.0 / 6.0, 1.0]);
        // Pairs with a direction: right-right 1, right-left −1, left-up 0.
        let found = persistence(path.view(), &plane()).unwrap();
        assert_eq!((found.cosine.mean, found.reversals.mean), (0.0, 1.0 / 3.0));
        // A trial that stands still has no direction, and another one's stays as it is.
        let mut two = Array3::zeros((2, 7, 2));
        two.index_axis_mut(Axis(0), 1).assign(&path.index_axis(Axis(0), 0));
        assert_eq!(persistence(two.view(), &plane()).unwrap(), found);
    }

    #[test]
    fn lengths_are_counted_in_bins() {
        // Steps of 0, 1, 1, 2, 4 and 8.
        let places = [0.0, 0.0, 1.0, 2.0, 4.0, 8.0, 16.0];
        let path = Array3::from_shape_fn((1, 7, 2), |(_, step, dim)| match dim {
            0 => places[step],
            _ => 0.0,
        });
        let found = step_histogram(path.view(), &plane(), &[1.0, 2.0, 3.0, 4.0]).unwrap();
        let sixth = 1.0 / 6.0;
        assert_eq!(found.shares, [2.0 * sixth, sixth, sixth]);
        assert_eq!((found.below, found.above), (sixth, sixth));
        for edges in
            [&[][..], &[1.0], &[1.0, 1.0], &[-1.0, 1.0], &[0.0, f64::INFINITY], &[f64::NAN, 1.0]]
        {
            assert!(step_histogram(path.view(), &plane(), edges).is_err(), "{edges:?}");
        }
    }

    /// Normal steps of standard deviation 2 and 1 in both dimensions: the ratio is 1/2. Two-sided at 0.1 %.
    #[test]
    fn the_ratio_of_speeds_has_an_interval_over_both_phases() {
        let walk = |sd: f64, seed: u64| {
            let mut path = Array3::zeros((60, 50, 2));
            for (number, mut trial) in path.outer_iter_mut().enumerate() {
                let draw = Stream::Bootstrap(BootstrapDraw::Halves);
                let mut generator = Generator::new(seed, draw, number as u64);
                let mut place = [0.0; 2];
                for mut row in trial.outer_iter_mut() {
                    place = place.map(|x| x + sd * generator.normal());
                    row.assign(&ndarray::arr1(&place));
                }
            }
            mean_step_distance(path.view(), &plane()).unwrap()
        };
        let settings = BootstrapSettings { level: 0.999, ..BootstrapSettings::default() };
        let found = speed_ratio(&walk(2.0, 1), &walk(1.0, 2), &settings).unwrap();
        assert!(found.interval.contains(0.5), "{found:?}");
        // The coefficient of variation of a Rayleigh length is 0.5227; there are 2940 steps in each.
        let expected = 0.5 * 0.5227 * (2.0_f64 / 2940.0).sqrt();
        let ratio = found.interval.standard_error / expected;
        assert!((0.7..1.4).contains(&ratio), "{ratio}");
        let still = PerTrial::new(vec![0.0, 0.0]);
        assert!(speed_ratio(&still, &walk(1.0, 2), &settings).is_err());
    }

    #[test]
    fn headings_are_followed_around_the_circle() {
        let pi = std::f64::consts::PI;
        let headings = array![[[pi - 0.1], [-pi + 0.1], [-pi + 0.3], [-pi + 0.1]]];
        let longest = step_quantile(headings.view(), &Space::Circle, 1.0).unwrap();
        assert!((longest - 0.2).abs() < 1e-12);
        let found = persistence(headings.view(), &Space::Circle).unwrap();
        assert!(found.cosine.mean.abs() < 1e-12);
        assert_eq!(found.reversals.mean, 0.5);
    }

    /// A walk with steps of length 1 that turns by normal angles of standard deviation σ has a mean cosine of
    /// exp(−σ²/2); a Brownian one has 0, and turns back half of the time. Two-sided at 0.1 %.
    #[test]
    fn walks_of_known_persistence() {
        let (trials, steps, sd) = (40, 500, 0.7);
        let mut path = Array3::zeros((trials, steps, 2));
        let draw = Stream::Bootstrap(BootstrapDraw::Halves);
        for (number, mut trial) in path.outer_iter_mut().enumerate() {
            let mut generator = Generator::new(5, draw, number as u64);
            let (mut place, mut direction) = ([0.0; 2], 0.0);
            for mut row in trial.outer_iter_mut() {
                let (sin, cos) = libm::sincos(direction);
                place = [place[0] + cos, place[1] + sin];
                row.assign(&ndarray::arr1(&place));
                direction += sd * generator.normal();
            }
        }
        let pairs = (trials * (steps - 2)) as f64;
        let found = persistence(path.view(), &plane()).unwrap();
        let expected = libm::exp(-sd * sd / 2.0);
        // The variance of cos θ of a normal θ.
        let variance = f64::midpoint(1.0, libm::exp(-2.0 * sd * sd)) - expected * expected;
        let tolerance = 3.29 * (variance / pairs).sqrt();
        assert!((found.cosine.mean - expected).abs() < tolerance, "{}", found.cosine.mean);
        let brownian = brownian(path.view(), &plane(), 1).unwrap();
        let found = persistence(brownian.view(), &plane()).unwrap();
        assert!(found.cosine.mean.abs() < 3.29 * (0.5 / pairs).sqrt(), "{}", found.cosine.mean);
        let reversals = found.reversals.mean - 0.5;
        assert!(reversals.abs() < 3.29 * (0.25 / pairs).sqrt(), "{reversals}");
    }

    #[test]
    fn bad_input_is_refused() {
        let still = Array3::<f64>::zeros((2, 5, 2));
        assert!(matches!(persistence(still.view(), &plane()), Err(Error::Undefined { .. })));
        assert!(continuity(still.view(), &plane(), -1.0).is_err());
        assert!(continuity(still.view(), &plane(), f64::NAN).is_err());
        assert!(step_quantile(still.view(), &plane(), 1.1).is_err());
        assert!(step_quantile(still.view(), &Space::Circle, 0.5).is_err());
        assert!(persistence(Array3::<f64>::zeros((1, 2, 2)).view(), &plane()).is_err());
    }
}
