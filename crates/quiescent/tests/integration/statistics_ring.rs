//! Rings, and point sets that are not rings.

use std::f64::consts::{PI, TAU};

use ndarray::{Array2, array};
use quiescent::analysis::Error;
use quiescent::analysis::ring::Ring;
use quiescent::random::{BootstrapDraw, Generator, Sample, Stream};

use crate::statistics_common::{close, normals};

const POINTS: usize = 5000;

fn generator(seed: u64) -> Generator {
    Generator::new(seed, Stream::Bootstrap(BootstrapDraw::Resamples(Sample::Only)), 0)
}

fn uniform_headings(generator: &mut Generator) -> Vec<f64> {
    (0..POINTS).map(|_| TAU * generator.uniform()).collect()
}

/// Points at `radius(heading)` in direction 1 − heading, about (3, −1), with scatter.
fn around(
    generator: &mut Generator,
    headings: &[f64],
    scatter: f64,
    radius: impl Fn(&mut Generator) -> f64,
) -> Array2<f64> {
    let mut out = Array2::zeros((headings.len(), 2));
    for (mut point, heading) in out.outer_iter_mut().zip(headings) {
        let (sin, cos) = (1.0 - heading).sin_cos();
        let radius = radius(generator);
        point[0] = 3.0 + radius * cos + scatter * generator.normal();
        point[1] = -1.0 + radius * sin + scatter * generator.normal();
    }
    out
}

#[test]
fn a_noisy_circle_is_a_ring() {
    let mut generator = generator(1);
    let headings = uniform_headings(&mut generator);
    let points = around(&mut generator, &headings, 0.2, |_| 2.0);
    let found = Ring::measure(points.view(), &headings, None).unwrap();
    assert!(found.is_ring(), "{found:?}");
    // Standard error of the centre: 0.2 / √5000, plus that of uneven bins.
    assert!((found.centre[0] - 3.0).abs() < 0.02 && (found.centre[1] + 1.0).abs() < 0.02);
    // Mean of √((R + x)² + y²) ≈ R + s² / 2R.
    close(found.mean_radius, 2.01, 0.01);
    close(found.radius_variation, 0.1, 0.06);
    // Scatter of the angle by s/R = 0.1 rad.
    close(found.circular_correlation, (-0.005_f64).exp(), 0.002);
    assert_eq!((found.inside_half_radius, found.covered), (0.0, 1.0));
}

#[test]
fn headings_visited_often_do_not_pull_the_centre() {
    let mut generator = generator(2);
    let mut headings = uniform_headings(&mut generator);
    // Three quarters of the points in a quarter of the circle.
    for heading in headings.iter_mut().take(POINTS * 3 / 4) {
        *heading /= 4.0;
    }
    let points = around(&mut generator, &headings, 0.1, |_| 2.0);
    let found = Ring::measure(points.view(), &headings, None).unwrap();
    assert!(found.is_ring(), "{found:?}");
    assert!((found.centre[0] - 3.0).hypot(found.centre[1] + 1.0) < 0.02, "{found:?}");
    let plain = points.mean_axis(ndarray::Axis(0)).unwrap();
    assert!((plain[0] - 3.0).hypot(plain[1] + 1.0) > 1.0);
}

#[test]
fn discs_blobs_and_lines_are_not_rings() {
    let mut generator = generator(3);
    let headings = uniform_headings(&mut generator);
    let disc = around(&mut generator, &headings, 0.0, |generator| generator.uniform().sqrt());
    let disc = Ring::measure(disc.view(), &headings, Some([3.0, -1.0])).unwrap();
    assert!(disc.circular_correlation > 0.999 && !disc.is_ring(), "{disc:?}");
    // Mean radius 2/3; 1/9 of the area lies within 1/3. Standard error 0.0044.
    assert!((disc.inside_half_radius - 1.0 / 9.0).abs() < 0.015);

    let blob = normals(&mut generator, POINTS, 2);
    let blob = Ring::measure(blob.view(), &headings, None).unwrap();
    assert!(!blob.is_ring() && blob.circular_correlation < 0.06, "{blob:?}");
    // Mean radius √(π/2); 1 − exp(−π/16) within half of it. Standard error 0.0054.
    assert!((blob.inside_half_radius - 0.1783).abs() < 0.017);

    let mut line = Array2::zeros((POINTS, 2));
    line.column_mut(0).assign(&headings.iter().map(|x| x - PI).collect::<ndarray::Array1<_>>());
    let line = Ring::measure(line.view(), &headings, None).unwrap();
    assert!(!line.is_ring(), "{line:?}");
    assert!((line.inside_half_radius - 0.25).abs() < 0.02);
}

#[test]
fn a_ring_in_another_order_is_not_one_of_headings() {
    let mut generator = generator(4);
    let headings = uniform_headings(&mut generator);
    let points = around(&mut generator, &headings, 0.1, |_| 2.0);
    let others = uniform_headings(&mut generator);
    let found = Ring::measure(points.view(), &others, None).unwrap();
    assert!(!found.is_ring() && found.circular_correlation < 0.06, "{found:?}");
    assert_eq!((found.inside_half_radius, found.covered), (0.0, 1.0));
    // Going round twice per turn of the heading is no better.
    let doubled: Vec<f64> = headings.iter().map(|heading| 2.0 * heading).collect();
    let found = Ring::measure(points.view(), &doubled, None).unwrap();
    assert!(found.circular_correlation < 0.06, "{found:?}");
}

#[test]
fn an_arc_is_told_by_what_it_covers() {
    let mut generator = generator(5);
    let headings: Vec<f64> = uniform_headings(&mut generator).iter().map(|x| x / 12.0).collect();
    let points = around(&mut generator, &headings, 0.02, |_| 2.0);
    let found = Ring::measure(points.view(), &headings, Some([3.0, -1.0])).unwrap();
    assert!(found.is_ring() && found.covered < 0.2, "{found:?}");
    let json = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<Ring>(&json).unwrap(), found);
}

#[test]
fn rings_are_refused_with_reasons() {
    let square = array![[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]];
    let headings = [0.0, 1.0, 2.0, 3.0];
    let of = |points: &Array2<f64>, headings: &[f64], centre| {
        Ring::measure(points.view(), headings, centre).unwrap_err()
    };
    assert!(matches!(of(&Array2::zeros((0, 2)), &[], None), Error::TooFew { found: 0, .. }));
    assert!(matches!(of(&array![[1.0, 0.0]], &[0.0], None), Error::TooFew { found: 1, .. }));
    assert!(matches!(of(&square, &headings[..3], None), Error::Shape { .. }));
    assert!(matches!(of(&Array2::zeros((4, 3)), &headings, None), Error::Shape { .. }));
    assert!(matches!(of(&square, &[0.0, f64::NAN, 1.0, 2.0], None), Error::NonFinite { .. }));
    let mut broken = square.clone();
    broken[[3, 1]] = f64::INFINITY;
    assert!(matches!(of(&broken, &headings, None), Error::NonFinite { .. }));
    let centre = Some([0.0, f64::NAN]);
    assert!(matches!(of(&square, &headings, centre), Error::NonFinite { .. }));
    let still = Array2::from_elem((4, 2), 0.1);
    assert!(matches!(of(&still, &headings, None), Error::Undefined { .. }));
    assert!(matches!(of(&still, &headings, Some([0.1, 0.1])), Error::Undefined { .. }));
}
