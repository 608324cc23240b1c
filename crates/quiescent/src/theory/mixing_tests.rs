//! Tests of rest from one point on walks of known answer.

#![allow(clippy::unwrap_used)]

use ndarray::Array3;

use super::*;
use crate::random::{Generator, Stream, TheoryDraw};
use crate::space::Region;

const BOOTSTRAP: BootstrapSettings = BootstrapSettings { seed: 3, resamples: 100, level: 0.95 };

fn region() -> Space {
    Space::Region(Region::centred(&[100.0, 100.0]).unwrap())
}

/// Trials of x ← decay · x + normal deviate in two dimensions, from x = 3.
fn walks(decay: f64, trials: usize, steps: usize) -> Array3<f32> {
    let mut walks = Array3::zeros((trials, steps, 2));
    for (trial, mut walk) in walks.outer_iter_mut().enumerate() {
        let stream = Stream::Theory(TheoryDraw::FieldDirections);
        let mut generator = Generator::new(11, stream, trial as u64);
        let mut x = [3.0, 0.0];
        for mut at in walk.outer_iter_mut() {
            for (slot, x) in at.iter_mut().zip(&mut x) {
                *x = decay * *x + generator.normal();
                *slot = *x as f32;
            }
        }
    }
    walks
}

/// The variance of x ← a x + ξ after t steps is (1 − a^2t)/(1 − a²), which reaches 1 − 1/e of its late
/// value at t = −1/(2 ln a): 25 steps for a = e^(−1/50). The interval is of 95 %; the seed is fixed.
#[test]
fn a_walk_that_is_pulled_back_forgets_its_start_in_half_its_relaxation_time() {
    let found = forgetting_steps(&walks(libm::exp(-0.02), 1000, 400), &region(), &BOOTSTRAP);
    let found = found.unwrap();
    assert!((found.plug_in - 25.0).abs() < 3.0, "{found:?}");
    assert!(found.interval.low < 25.0 && 25.0 < found.interval.high, "{found:?}");
}

/// The variance of free motion grows without end, so no time to forget is reported.
#[test]
fn free_motion_has_no_time_to_forget_its_start() {
    let said = forgetting_steps(&walks(1.0, 200, 400), &region(), &BOOTSTRAP).unwrap_err();
    assert!(said.to_string().contains("still grows"), "{said}");
}

/// On a circle, Brownian motion with variance v a step has a mean vector of length e^(−vt/2), so 1 minus it
/// reaches 1 − 1/e at t = 2/v: 50 steps for v = 0.04.
#[test]
fn headings_that_diffuse_forget_their_start_when_their_mean_vector_has_decayed() {
    let free = walks(1.0, 1000, 600);
    let headings = free.slice(s![.., .., ..1]).mapv(|x| crate::space::wrap(0.2 * f64::from(x)));
    let found = forgetting_steps(&headings.mapv(|x| x as f32), &Space::Circle, &BOOTSTRAP).unwrap();
    assert!((found.plug_in - 50.0).abs() < 6.0, "{found:?}");
}

/// Brownian motion with variance κ²v a step in a box of side ℓ√v relaxes at the rate π²(κ²/2)/ℓ² of the
/// first cosine mode; on a ring of that length its wave is half as long.
#[test]
fn predicted_steps_are_those_of_the_slowest_mode() {
    let lengths = [20.0, 10.0];
    let in_box = predicted_steps(&lengths, &region(), SQRT_2);
    assert!((in_box - 400.0 / (PI * PI)).abs() < 1e-9);
    assert!((predicted_steps(&lengths, &region(), 1.0) - 2.0 * in_box).abs() < 1e-9);
    assert!((predicted_steps(&lengths, &Space::Circle, SQRT_2) - in_box / 4.0).abs() < 1e-9);
}
