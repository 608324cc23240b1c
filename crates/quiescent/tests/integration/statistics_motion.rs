//! Turns, transitions and their null models against closed forms and hand counts.

use std::f64::consts::{FRAC_PI_2, LN_2, PI, TAU};

use ndarray::{Array2, Array3, ArrayView2, Axis, array};
use quiescent::analysis::bootstrap::{BootstrapSettings, Measured};
use quiescent::analysis::start_dependence::variance_ratio_by_burn_in;
use quiescent::analysis::transitions::{
    Transitions, TrialTransitions, distance, distance_with_interval, floors,
};
use quiescent::analysis::turning::turning;
use quiescent::analysis::{Error, Real, circular, exploration, null_models};
use quiescent::random::{BootstrapDraw, Generator, Sample, Stream};
use quiescent::space::{Region, Space};

use crate::statistics_common::{close, on_threads};

fn generator(seed: u64) -> Generator {
    Generator::new(seed, Stream::Bootstrap(BootstrapDraw::Resamples(Sample::Only)), 0)
}

/// Two metres each way.
fn square() -> Space {
    Space::Region(Region::centred(&[2.0, 2.0]).unwrap())
}

/// One coordinate.
fn line() -> Space {
    Space::Region(Region::centred(&[2.0]).unwrap())
}

/// Transitions of `headings: [trial, step]` between equal sectors.
fn on_circle<T: Real>(
    headings: ArrayView2<'_, T>,
    sectors: usize,
    lag: usize,
) -> Result<TrialTransitions, Error> {
    let bins = Space::Circle.bins(sectors).unwrap();
    TrialTransitions::of(headings.insert_axis(Axis(2)), &bins, lag)
}

fn settings() -> BootstrapSettings {
    BootstrapSettings::default()
}

/// Random walks on the circle with this mean turn and standard deviation, `[trial, step]`.
fn circle_walk(seed: u64, trials: usize, steps: usize, mean: f64, sd: f64) -> Array2<f32> {
    let mut generator = generator(seed);
    let mut out = Array2::zeros((trials, steps));
    for mut trial in out.outer_iter_mut() {
        let mut at = TAU * generator.uniform();
        for heading in &mut trial {
            at += mean + sd * generator.normal();
            *heading = circular::wrap(at) as f32;
        }
    }
    out
}

#[test]
fn constant_rotation_turns_by_its_rate_and_never_back() {
    let headings = Array2::from_shape_fn((3, 100), |(trial, step)| {
        circular::wrap(trial as f64 + 0.25 * step as f64)
    });
    let found = turning(headings.view(), 4, 0.5, &settings()).unwrap();
    close(found.mean_rad_per_step, 0.25, 1e-12);
    close(found.mean_absolute_rad_per_step, 0.25, 1e-12);
    assert!(found.sd_rad_per_step < 1e-12);
    assert!(found.interval.high - found.interval.low < 1e-12);
    assert_eq!(found.reversal_fraction, Some(0.0));
    assert_eq!(found.histogram.edges_rad, [-0.5, -0.25, 0.0, 0.25, 0.5]);
    assert_eq!(found.histogram.counts.iter().sum::<u64>(), 297);
    assert_eq!(found.histogram.counts[..2], [0, 0]);
}

#[test]
fn swinging_reverses_at_every_turn_and_pauses_do_not_count() {
    let swing = Array2::from_shape_fn((2, 51), |(_, step)| if step % 2 == 0 { 3.1 } else { -3.1 });
    let found = turning(swing.view(), 10, PI, &settings()).unwrap();
    close(found.mean_absolute_rad_per_step, TAU - 6.2, 1e-12);
    assert!(found.mean_rad_per_step.abs() < 1e-12);
    // 100 turns ± d: variance d² · 100 / 99.
    close(found.sd_rad_per_step, (TAU - 6.2) * (100.0_f64 / 99.0).sqrt(), 1e-9);
    assert_eq!(found.reversal_fraction, Some(1.0));
    // + 0 + − 0 −: of three pairs of turns one is a reversal.
    let pauses = array![[0.0, 0.1, 0.1, 0.2, 0.1, 0.1, 0.0], [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]];
    let found = turning(pauses.view(), 10, PI, &settings()).unwrap();
    close(found.reversal_fraction.unwrap(), 1.0 / 3.0, 1e-12);
    let still = turning(Array2::<f32>::zeros((2, 9)).view(), 10, PI, &settings()).unwrap();
    assert_eq!((still.reversal_fraction, still.mean_rad_per_step), (None, 0.0));
}

#[test]
fn the_histogram_of_turns_counts_what_it_leaves_out() {
    let headings = array![[0.0, 0.5, 0.4, -0.8, 0.0], [0.0, -0.5, -0.4, 0.6, 1.0]];
    let found = turning(headings.view(), 2, 0.5, &settings()).unwrap().histogram;
    assert_eq!((found.below, found.above), (1, 2));
    assert_eq!(found.counts, [2, 3], "−0.5 and 0.5 belong to the outer bins");
    let inside: f64 = found.density_per_rad.iter().map(|density| density * 0.5).sum();
    close(inside, 5.0 / 8.0, 1e-12);
}

#[test]
fn a_random_walk_on_the_circle_shows_its_drift() {
    let (mean, sd) = (0.02, 0.2);
    let walk = circle_walk(1, 100, 201, mean, sd);
    let found = turning(walk.view(), 50, 1.0, &settings()).unwrap();
    // 20 000 independent turns: three standard errors.
    assert!((found.mean_rad_per_step - mean).abs() < 3.0 * sd / 20_000_f64.sqrt());
    assert!(found.interval.contains(found.mean_rad_per_step));
    // The interval's half-width is near 1.96 standard errors.
    let half = (found.interval.high - found.interval.low) / 2.0;
    close(half, 1.96 * sd / 20_000_f64.sqrt(), 0.3);
    close(found.sd_rad_per_step, sd, 3.0 / 40_000_f64.sqrt());
    // P(turn > 0) = Φ(0.1) = 0.53983; a pair differs with probability 2 p (1 − p) = 0.4968.
    assert!((found.reversal_fraction.unwrap() - 0.4968).abs() < 3.0 * 0.5 / 19_900_f64.sqrt());
    let again = on_threads(1, || turning(walk.view(), 50, 1.0, &settings()).unwrap());
    assert_eq!(found, again);
}

#[test]
fn transitions_on_the_circle_equal_a_hand_count() {
    // Quarters 0 to 3 from −π upwards.
    let at = [-2.0, -1.0, 1.0, 2.0];
    let headings = array![[at[0], at[1], at[1], at[3]], [at[3], at[0], at[1], at[1]]];
    let found = on_circle(headings.view(), 4, 1).map(|trials| trials.pooled()).unwrap();
    #[rustfmt::skip]
    assert_eq!(found.counts, [
        0, 2, 0, 0,
        0, 2, 0, 1,
        0, 0, 0, 0,
        1, 0, 0, 0,
    ]);
    let probabilities = found.probabilities();
    close(probabilities[[1, 1]], 2.0 / 3.0, 1e-12);
    assert_eq!(probabilities.sum_axis(Axis(1)).to_vec(), [1.0, 1.0, 0.0, 1.0]);
    assert_eq!(found.occupancy(), [1.0 / 3.0, 0.5, 0.0, 1.0 / 6.0]);
    let later = on_circle(headings.view(), 4, 3).map(|trials| trials.pooled()).unwrap();
    assert_eq!(later.counts.iter().sum::<u64>(), 2);
    assert_eq!((later.counts[3], later.counts[3 * 4 + 1]), (1, 1));
}

#[test]
fn positions_outside_the_box_break_transitions() {
    let bins = square().bins(2).unwrap();
    // Bins (x, y), y fastest: 0 is low-low, 1 low-high, 3 high-high (the walls belong to it).
    let positions =
        array![[[-0.5, -0.5], [-0.5, 0.5], [-0.5, 1.5], [0.5, 0.5], [1.0, 1.0], [-0.5, 0.5]]];
    let found = Transitions::of(positions.view(), &bins, 1).unwrap();
    assert_eq!((found.bins, found.outside), (4, 1));
    assert_eq!(found.counts.iter().sum::<u64>(), 3);
    assert_eq!([found.counts[1], found.counts[15], found.counts[13]], [1, 1, 1]);
    // At lag 2 the position outside lies between the ends of one transition.
    let found = Transitions::of(positions.view(), &bins, 2).unwrap();
    assert_eq!([found.counts[4 + 3], found.counts[12 + 1]], [1, 1]);
    assert_eq!(found.counts.iter().sum::<u64>(), 2);
    let far = Array3::from_elem((1, 5, 2), 9.0_f32);
    let far = Transitions::of(far.view(), &bins, 2).unwrap();
    assert_eq!((far.outside, far.occupancy()), (5, vec![0.0; 4]));
    assert_eq!(far.probabilities(), Array2::<f64>::zeros((4, 4)));
    assert!(matches!(distance(&far, &found), Err(Error::Undefined { .. })));
}

#[test]
fn equal_transitions_have_no_distance_and_disjoint_ones_the_largest() {
    let onwards = Array2::from_shape_fn((2, 37), |(_, step)| FRAC_PI_2 * step as f64 + 0.1);
    let back = onwards.mapv(|heading| 0.2 - heading);
    let onwards = on_circle(onwards.view(), 4, 1).unwrap().pooled();
    let back = on_circle(back.view(), 4, 1).unwrap().pooled();
    let same = distance(&onwards, &onwards).unwrap();
    assert_eq!((same.total_variation, same.jensen_shannon_nats), (0.0, 0.0));
    let opposite = distance(&onwards, &back).unwrap();
    close(opposite.total_variation, 1.0, 1e-12);
    close(opposite.jensen_shannon_nats, LN_2, 1e-12);
    close(opposite.compared_weight, 1.0, 1e-12);
}

#[test]
fn distance_weights_states_by_both_occupancies() {
    let of = |counts: [u64; 9]| Transitions { bins: 3, lag: 1, counts: counts.into(), outside: 0 };
    let a = of([3, 1, 0, 0, 4, 0, 0, 0, 0]);
    let b = of([1, 1, 0, 0, 0, 0, 0, 0, 6]);
    // Common: state 0 alone, with occupancies 1/2 and 1/4; rows (3/4, 1/4) and (1/2, 1/2).
    let found = distance(&a, &b).unwrap();
    close(found.compared_weight, 0.375, 1e-12);
    close(found.total_variation, 0.25, 1e-12);
    let half = |p: f64, m: f64| p * (p / m).ln() / 2.0;
    let expected = half(0.75, 0.625) + half(0.25, 0.375) + half(0.5, 0.625) + half(0.5, 0.375);
    close(found.jensen_shannon_nats, expected, 1e-12);
    assert!(distance(&a, &Transitions { lag: 2, ..b.clone() }).is_err());
    let json = serde_json::to_string(&a).unwrap();
    assert_eq!(serde_json::from_str::<Transitions>(&json).unwrap(), a);
}

#[test]
fn samples_of_one_chain_are_near_and_those_of_two_are_far() {
    let of = |seed, mean| {
        let walk = circle_walk(seed, 200, 200, mean, 0.2);
        on_circle(walk.view(), 36, 1).unwrap()
    };
    let (one, same, other) = (of(2, 0.0), of(3, 0.0), of(4, 0.2));
    let near = distance_with_interval(&one, &same, &settings()).unwrap();
    let far = distance_with_interval(&one, &other, &settings()).unwrap();
    // About 1100 transitions a row to about 7 states: chance alone gives √(k / (π n)) ≈ 0.045.
    assert!(near.distance.total_variation < 0.07, "{near:?}");
    // The bias is removed in part, as the floor shows.
    assert!(near.total_variation.value < near.total_variation.plug_in, "{near:?}");
    let floors = floors(&one, &settings()).unwrap();
    let floor = floors.total_variation.unwrap();
    assert!(floor.holds(near.total_variation.value), "{floor:?} {near:?}");
    assert!(!floor.holds(far.total_variation.value), "{floor:?} {far:?}");
    assert!(floors.jensen_shannon.unwrap().holds(near.jensen_shannon.value));
    // Normal laws one standard deviation apart: 2 Φ(1/2) − 1 = 0.383, less what bins blur.
    assert!((0.28..0.42).contains(&far.distance.total_variation), "{far:?}");
    assert!(far.total_variation.interval.low > near.total_variation.interval.high);
    for found in [far.total_variation, far.jensen_shannon, near.total_variation] {
        assert!(found.interval.contains(found.value), "{found:?}");
    }
    assert_eq!(distance(&one.pooled(), &other.pooled()).unwrap(), far.distance);
    let alone = on_threads(1, || distance_with_interval(&one, &other, &settings()).unwrap());
    assert_eq!(far, alone);
}

#[test]
fn shuffling_time_keeps_every_trial_s_values_and_loses_their_order() {
    let walk = circle_walk(5, 40, 300, 0.0, 0.1);
    // Two coupled dimensions.
    let walk = ndarray::stack![Axis(2), walk, &walk + 10.0];
    let shuffled = null_models::time_shuffled(walk.view(), 7);
    let sorted = |values: Vec<f64>| {
        let mut values = values;
        values.sort_by(f64::total_cmp);
        values
    };
    for (before, after) in walk.outer_iter().zip(shuffled.outer_iter()) {
        let before: Vec<f64> = before.column(0).iter().map(|&x| f64::from(x)).collect();
        let after_values = after.column(0).to_vec();
        assert_ne!(before, after_values);
        assert_eq!(sorted(before), sorted(after_values));
        for step in after.outer_iter() {
            close(step[1], step[0] + 10.0, 1e-6);
        }
    }
    assert_eq!(shuffled, null_models::time_shuffled(walk.view(), 7));
    assert_ne!(shuffled, null_models::time_shuffled(walk.view(), 8));
    // The shuffle of trial 0 does not depend on later trials, and differs from that of trial 1.
    let first = null_models::time_shuffled(walk.slice(ndarray::s![..1, .., ..]), 7);
    assert_eq!(first, shuffled.slice(ndarray::s![..1, .., ..]));
    let numbers = Array3::from_shape_fn((2, 20, 1), |(_, step, _)| step as f32);
    let numbers = null_models::time_shuffled(numbers.view(), 7);
    assert_ne!(numbers.index_axis(Axis(0), 0), numbers.index_axis(Axis(0), 1));
    let of = |x: ndarray::ArrayView3<'_, f64>| {
        let first = x.slice(ndarray::s![.., .., ..1]);
        Transitions::of(first, &Space::Circle.standard_bins(), 1).unwrap()
    };
    let gap = distance(&of(walk.mapv(f64::from).view()), &of(shuffled.view())).unwrap();
    assert!(gap.total_variation > 0.5, "{gap:?}");
}

#[test]
fn each_order_of_a_shuffled_trial_is_equally_likely() {
    let numbers = Array3::from_shape_fn((6000, 3, 1), |(_, step, _)| step as f64);
    let shuffled = null_models::time_shuffled(numbers.view(), 3);
    let mut counts = [0_u32; 9];
    for trial in shuffled.outer_iter() {
        counts[(3.0 * trial[[0, 0]] + trial[[1, 0]]) as usize] += 1;
    }
    let occurring: Vec<u32> = counts.into_iter().filter(|count| *count > 0).collect();
    assert_eq!(occurring.len(), 6);
    let chi_squared: f64 =
        occurring.iter().map(|&count| (f64::from(count) - 1000.0).powi(2) / 1000.0).sum();
    // Five degrees of freedom: exceeded with probability 0.001.
    assert!(chi_squared < 20.5, "{occurring:?}");
}

#[test]
fn uniform_nulls_fill_the_arena_and_the_circle() {
    let room = Space::Region(Region::new(&[-1.0, 2.0], &[1.0, 6.0]).unwrap());
    let positions = null_models::uniform(&room, 20, 500, 1);
    assert_eq!(positions.dim(), (20, 500, 2));
    for (dimension, (low, side)) in [(-1.0, 2.0), (2.0, 4.0)].into_iter().enumerate() {
        let values = positions.index_axis(Axis(2), dimension);
        assert!(values.iter().all(|x| (low..low + side).contains(x)));
        let sd = side / 12_f64.sqrt();
        // 10 000 values: three standard errors of the mean, and of the variance (kurtosis 9/5).
        assert!((values.mean().unwrap() - low - side / 2.0).abs() < 3.0 * sd / 100.0);
        close(values.var(1.0), sd * sd, 3.0 * 0.8_f64.sqrt() / 100.0);
    }
    let headings = null_models::uniform(&Space::Circle, 20, 500, 1);
    assert_eq!(headings.dim(), (20, 500, 1));
    assert!(headings.iter().all(|x| *x >= -PI && *x < PI));
    close(headings.var(1.0), PI * PI / 3.0, 3.0 * 0.8_f64.sqrt() / 100.0);
    // |mean vector|² · n is exponential with mean 1: exceeded with probability e^−7 = 0.001.
    let flat = headings.view().into_shape_with_order(10_000).unwrap();
    let mean = circular::mean(flat).unwrap();
    assert!(mean.resultant_length.powi(2) * 10_000.0 < 7.0);
    let first = null_models::uniform(&Space::Circle, 1, 500, 1);
    assert_eq!(first.index_axis(Axis(0), 0), headings.index_axis(Axis(0), 0));
}

#[test]
fn the_burn_in_curve_tells_staying_from_mixing() {
    let mut generator = generator(6);
    let starts: Vec<f64> = (0..100).map(|_| TAU * generator.uniform()).collect();
    let staying = Array3::from_shape_fn((100, 200, 1), |(trial, _, _)| {
        starts[trial] + 0.01 * generator.normal()
    });
    let mixing = null_models::uniform(&Space::Circle, 100, 200, 2);
    for space in [line(), Space::Circle] {
        let of = |decoded: &Array3<f64>| {
            variance_ratio_by_burn_in(decoded.view(), &space, &[0, 50, 150]).unwrap()
        };
        let curve = of(&staying);
        assert_eq!(curve.burn_in_steps, [0, 50, 150]);
        assert!(curve.ratios.iter().all(|ratio| ratio.unwrap().ratio < 0.001), "{curve:?}");
        let curve = of(&mixing);
        // Independent steps: 1 − 1/n for positions and 1 − O(n^−1/2) for 1 − R of n headings.
        let least = if space == Space::Circle { 0.85 } else { 0.97 };
        assert!(curve.ratios.iter().all(|ratio| ratio.unwrap().ratio > least), "{curve:?}");
        let still = of(&Array3::from_elem((3, 200, 1), 0.5));
        assert_eq!(still.ratios, [None; 3]);
        let json = serde_json::to_string(&still).unwrap();
        assert_eq!(serde_json::from_str::<_>(&json).ok(), Some(still));
    }
}

#[test]
fn a_value_per_trial_becomes_an_estimate() {
    let walk = circle_walk(7, 30, 100, 0.0, 0.1).insert_axis(Axis(2));
    let variance = exploration::total_variance(walk.view(), &Space::Circle, 10).unwrap();
    let Measured { value, interval, .. } = variance.estimate(&settings()).unwrap();
    close(value, variance.mean, 1e-12);
    assert!(interval.contains(value) && interval.low < interval.high);
    let one = walk.slice(ndarray::s![..1, .., ..]);
    let one = exploration::total_variance(one, &Space::Circle, 10).unwrap();
    assert!(matches!(one.estimate(&settings()), Err(Error::TooFew { items: "trials", .. })));
}

#[test]
fn motion_is_refused_with_reasons() {
    let walk = circle_walk(8, 4, 10, 0.0, 0.1);
    let mut broken = walk.clone();
    broken[[2, 3]] = f32::NAN;
    let (one, none) = (Array2::<f32>::zeros((1, 10)), Array2::<f32>::zeros((0, 10)));
    let too_few = |error: Error| matches!(error, Error::TooFew { .. });
    let is_setting = |error: Error| matches!(error, Error::Setting { .. });

    let turns = |x: &Array2<f32>, bins, limit| turning(x.view(), bins, limit, &settings());
    assert!(too_few(turns(&none, 5, 1.0).unwrap_err()));
    assert!(too_few(turns(&one, 5, 1.0).unwrap_err()));
    assert!(too_few(turns(&Array2::zeros((3, 1)), 5, 1.0).unwrap_err()));
    assert!(too_few(turns(&walk, 0, 1.0).unwrap_err()));
    for limit in [0.0, -1.0, 4.0, f64::NAN] {
        assert!(is_setting(turns(&walk, 5, limit).unwrap_err()));
    }
    let Err(Error::NonFinite { index, .. }) = turns(&broken, 5, 1.0) else { panic!() };
    assert_eq!(index, [2, 3]);

    let circle = |x: &Array2<f32>, bins, lag| on_circle(x.view(), bins, lag);
    assert!(too_few(circle(&none, 5, 1).unwrap_err()));
    assert!(too_few(circle(&walk, 5, 10).unwrap_err()));
    assert!(too_few(circle(&walk, 5, usize::MAX).unwrap_err()));
    assert!(is_setting(circle(&walk, 5, 0).unwrap_err()));
    assert!(Space::Circle.bins(0).is_err());
    assert!(is_setting(circle(&walk, 5000, 1).unwrap_err()));
    assert!(matches!(circle(&broken, 5, 1), Err(Error::NonFinite { .. })));
    let (several, single) = (circle(&walk, 5, 1).unwrap(), circle(&one, 5, 1).unwrap());
    let error = distance_with_interval(&several, &single, &settings()).unwrap_err();
    assert!(matches!(error, Error::Phase { phase: "quiescent", .. }));
    let coarse = circle(&walk, 4, 1).unwrap();
    let error = distance_with_interval(&several, &coarse, &settings()).unwrap_err();
    assert!(matches!(error, Error::Shape { .. }));

    let boxed = |x: &Array3<f32>, bins| Transitions::of(x.view(), &square().bins(bins).unwrap(), 1);
    assert!(matches!(boxed(&Array3::zeros((2, 9, 3)), 5), Err(Error::Shape { .. })));
    assert!(is_setting(boxed(&Array3::zeros((2, 9, 2)), 65).unwrap_err()));
    assert!(too_few(boxed(&Array3::zeros((2, 0, 2)), 5).unwrap_err()));
    assert!(matches!(
        boxed(&Array3::from_elem((2, 9, 2), f32::NAN), 5),
        Err(Error::NonFinite { .. })
    ));

    let curve = |x: &Array3<f32>, burn_ins: &[usize], space: Space| {
        variance_ratio_by_burn_in(x.view(), &space, burn_ins).unwrap_err()
    };
    let decoded = walk.insert_axis(Axis(2));
    assert!(too_few(curve(&decoded, &[], line())));
    assert!(too_few(curve(&decoded, &[0, 9], Space::Circle)));
    assert!(too_few(curve(&Array3::zeros((0, 9, 1)), &[0], Space::Circle)));
    assert!(matches!(curve(&Array3::zeros((2, 9, 2)), &[0], Space::Circle), Error::Shape { .. }));
    let nan = broken.insert_axis(Axis(2));
    assert!(matches!(curve(&nan, &[0], line()), Error::NonFinite { .. }));
}
