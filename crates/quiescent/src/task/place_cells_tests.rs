//! Tests of the place cells against plain double-precision implementations and central
//! differences.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

const TUNINGS: [Tuning; 4] =
    [Tuning::NormalizedGaussian, Tuning::Gaussian, Tuning::DifferenceOfGaussians, Tuning::Position];

/// The definitions, written plainly.
fn plain(centres: &[f32], width: f64, tuning: Tuning, s: [f64; 2]) -> Vec<f64> {
    let gaussian = |width: f64| -> Vec<f64> {
        centres
            .chunks(2)
            .map(|c| {
                let square = (f64::from(c[0]) - s[0]).powi(2) + (f64::from(c[1]) - s[1]).powi(2);
                (-square / (2.0 * width * width)).exp()
            })
            .collect()
    };
    let normalized = |width: f64| -> Vec<f64> {
        let values = gaussian(width);
        let total: f64 = values.iter().sum();
        values.iter().map(|v| v / total).collect()
    };
    match tuning {
        Tuning::Position => s.to_vec(),
        Tuning::Gaussian => gaussian(width),
        Tuning::NormalizedGaussian => normalized(width),
        Tuning::DifferenceOfGaussians => {
            let h: Vec<f64> = std::iter::zip(normalized(width), normalized(2.0 * width))
                .map(|(c, s)| c - s)
                .collect();
            let least = h.iter().copied().fold(f64::INFINITY, f64::min);
            let total: f64 = h.iter().map(|h| h - least).sum();
            if total <= 1e-30 {
                return vec![1.0 / h.len() as f64; h.len()];
            }
            h.iter().map(|h| (h - least) / total).collect()
        }
    }
}

fn centres(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<f32>> {
    proptest::collection::vec((-1.1..1.1_f32, -1.1..1.1_f32), count)
        .prop_map(|c| c.into_iter().flat_map(|(x, y)| [x, y]).collect())
}

proptest! {
    #[test]
    fn activity_agrees_with_the_plain_formula(
        centres in centres(2..70),
        positions in proptest::collection::vec(-1.3..1.3_f32, 6),
        tuning in proptest::sample::select(&TUNINGS[..]),
    ) {
        let width = 0.3;
        let cells = PlaceCells::with_preferred(centres.clone(), width, tuning).unwrap();
        let mut activity = vec![f32::NAN; 3 * cells.target_dim()];
        cells.activity(&positions, &mut activity);
        for (s, row) in positions.chunks(2).zip(activity.chunks(cells.target_dim())) {
            let exact = plain(&centres, width, tuning, [f64::from(s[0]), f64::from(s[1])]);
            // Few cells of a difference of Gaussians may nearly cancel: judge by their sum of one.
            let tolerance = if tuning == Tuning::DifferenceOfGaussians { 1e-4 } else { 1e-5 };
            for (&value, &exact) in row.iter().zip(&exact) {
                prop_assert!((f64::from(value) - exact).abs() <= tolerance, "{value} {exact}");
            }
        }
    }

    #[test]
    fn activity_is_finite_wherever_the_animal_is(
        centres in centres(1..40),
        x in -1e6..1e6_f32,
        y in -1e6..1e6_f32,
        tuning in proptest::sample::select(&TUNINGS[..]),
    ) {
        let cells = PlaceCells::with_preferred(centres, 0.2, tuning).unwrap();
        let mut activity = vec![f32::NAN; cells.target_dim()];
        cells.activity(&[x, y], &mut activity);
        prop_assert!(activity.iter().all(|value| value.is_finite()));
        if matches!(tuning, Tuning::NormalizedGaussian | Tuning::DifferenceOfGaussians) {
            prop_assert!((activity.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            prop_assert!(activity.iter().all(|&value| value >= 0.0));
        }
        let mut derivative = vec![f32::NAN; 2 * cells.target_dim()];
        cells.derivative(&[x, y], &mut derivative);
        prop_assert!(derivative.iter().all(|value| value.is_finite()));
    }

    #[test]
    fn dispatched_activity_has_the_bits_of_the_plain_loop(
        centres in centres(1..70),
        s in [-1.2..1.2_f32, -1.2..1.2_f32],
    ) {
        let cells =
            PlaceCells::with_preferred(centres, 0.2, Tuning::NormalizedGaussian).unwrap();
        let mut fast = vec![f32::NAN; cells.target_dim()];
        cells.activity(&s, &mut fast);
        let mut plain = vec![f32::NAN; cells.target_dim()];
        squared_distances(&cells.x, &cells.y, s, &mut plain);
        let nearest = lanes::min(&plain);
        normalized(exponent_rate(0.2), nearest, &mut plain);
        prop_assert_eq!(fast, plain);
    }

    #[test]
    fn derivative_agrees_with_central_differences(
        centres in centres(3..40),
        s in [-1.0..1.0_f32, -1.0..1.0_f32],
        tuning in proptest::sample::select(&TUNINGS[..]),
    ) {
        let width = 0.3;
        let cells = PlaceCells::with_preferred(centres.clone(), width, tuning).unwrap();
        let mut derivative = vec![f32::NAN; 2 * cells.target_dim()];
        cells.derivative(&s, &mut derivative);
        let s = s.map(f64::from);
        let h = 1e-5;
        for axis in 0..2 {
            let mut side = [s, s];
            side[0][axis] -= h;
            side[1][axis] += h;
            let values = side.map(|s| plain(&centres, width, tuning, s));
            // If the least active cell changes, the derivative is undefined.
            if tuning == Tuning::DifferenceOfGaussians {
                let least = |v: &[f64]| v.iter().position(|&v| v == 0.0);
                prop_assume!(least(&values[0]) == least(&values[1]));
            }
            for cell in 0..cells.target_dim() {
                let numeric = (values[1][cell] - values[0][cell]) / (2.0 * h);
                let closed = f64::from(derivative[2 * cell + axis]);
                prop_assert!((closed - numeric).abs() <= 1e-5 * (1.0 + numeric.abs()), "{closed} {numeric}");
            }
        }
    }
}

#[test]
fn values_are_pinned() {
    // Three cells at distances 0, w and 2w: e⁰, e^(−1/2) and e^(−2) over their sum.
    let cells = PlaceCells::with_preferred(
        vec![0.0, 0.0, 0.2, 0.0, 0.0, 0.4],
        0.2,
        Tuning::NormalizedGaussian,
    )
    .unwrap();
    let mut activity = [0.0; 3];
    cells.activity(&[0.0, 0.0], &mut activity);
    for (value, exact) in activity.iter().zip([0.574_097, 0.348_207_4, 0.077_695_6]) {
        assert!((value - exact).abs() < 1e-6, "{value} {exact}");
    }
}

#[test]
fn impossible_settings_are_refused() {
    let build =
        |centres: Vec<f32>, width| PlaceCells::with_preferred(centres, width, Tuning::Gaussian);
    assert!(build(vec![], 0.2).is_err());
    assert!(build(vec![0.0, 0.0, 1.0], 0.2).is_err());
    assert!(build(vec![0.0, f32::NAN], 0.2).is_err());
    assert!(build(vec![0.0, 0.0], -0.2).is_err());
    let message = build(vec![0.0, 0.0], 0.0).unwrap_err().to_string();
    assert!(message.contains("task.cells.width_m"), "{message}");
}
