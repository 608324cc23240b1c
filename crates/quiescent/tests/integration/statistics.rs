//! Measurements against SciPy's and scikit-learn's numbers and against closed forms.

use ndarray::{Array1, Array2, Array3, array, s};
use quiescent::analysis::density::{Density, Uniform};
use quiescent::analysis::divergence::{self, reference_code};
use quiescent::analysis::kde::{Bandwidth, Kde, KdeOptions};
use quiescent::analysis::pca::{CovarianceAccumulator, Pca, principal_angles};
use quiescent::analysis::{bootstrap, exploration, steps};
use quiescent::random::{BootstrapDraw, Generator, Sample, Stream};
use quiescent::space::{Region, Space};

use crate::statistics_common::{close, fixture, normals, on_threads, walk};

/// A part of the plane. Distances do not depend on its walls.
fn plane() -> Space {
    Space::Region(Region::centred(&[2.2, 2.2]).unwrap())
}

fn generator(seed: u64) -> Generator {
    Generator::new(seed, Stream::Bootstrap(BootstrapDraw::Resamples(Sample::Only)), 0)
}

#[test]
fn kde_equals_scipy() {
    let active: Array2<f64> = fixture("active");
    let kde = Kde::fit(active.view()).unwrap();
    close(kde.factor(), fixture::<_, ndarray::Ix0>("kde_active_factor")[()], 1e-14);
    let covariance: Array2<f64> = fixture("kde_active_covariance");
    for (ours, theirs) in kde.covariance().iter().zip(&covariance) {
        assert!((ours - theirs).abs() <= 1e-14 * covariance[[0, 0]]);
    }
    let points: Array2<f64> = fixture("eval_points");
    let expected: Array1<f64> = fixture("kde_active_at_points");
    let density = kde.density(points.view()).unwrap();
    let logs = kde.log_density(points.view()).unwrap();
    for ((density, log), &expected) in density.iter().zip(&logs).zip(&expected) {
        close(*density, expected, 1e-10);
        assert!((log - expected.ln()).abs() < 1e-10);
    }
}

#[test]
fn kl_equals_the_reference_number() {
    let q = Kde::fit(fixture::<f64, ndarray::Ix2>("quiescent").view()).unwrap();
    let p = Kde::fit(fixture::<f64, ndarray::Ix2>("active").view()).unwrap();
    let points: Array2<f64> = fixture("kl_points");
    let expected = fixture::<f64, ndarray::Ix0>("kl_quiescent_from_active_mc")[()];
    close(reference_code::kl_at(&q, &p, points.view()).unwrap(), expected, 1e-10);
    // No ratio reaches the bound on these points, so the unclipped number is the same.
    let ours = divergence::kl_at(&q, &p, points.view()).unwrap();
    close(ours.nats, expected, 1e-10);
    assert_eq!((ours.points, ours.zero_density), (2500, 0));
    assert_eq!(ours.nats, ours.supported_nats);
}

#[test]
fn exploration_equals_the_reference_numbers() {
    let trajectories: Array3<f64> = fixture("trajectories");
    let variance = exploration::total_variance(trajectories.view(), &plane(), 100).unwrap();
    close(variance.mean, fixture::<f64, ndarray::Ix0>("total_variance_shift100")[()], 1e-12);
    assert_eq!(variance.trials.len(), 7);
    let steps = steps::mean_step_distance(trajectories.view(), &plane()).unwrap();
    let expected: Array1<f64> = fixture("stepwise_distance");
    for (ours, theirs) in steps.trials.iter().zip(&expected) {
        close(*ours, *theirs, 1e-12);
    }
}

#[test]
fn pca_equals_scikit_learn_however_the_data_arrive() {
    let input: Array2<f64> = fixture("pca_input");
    let expected: Array1<f64> = fixture("pca_explained_variance_ratio");
    let whole = Pca::fit(input.view()).unwrap();
    let mut pieces = CovarianceAccumulator::new(10);
    for piece in [s![..1, ..], s![1..203, ..], s![203..203, ..], s![203.., ..]] {
        pieces.add(input.slice(piece)).unwrap();
    }
    assert_eq!(pieces.samples(), 500);
    for pca in [whole, pieces.finish().unwrap()] {
        for (ours, theirs) in pca.explained_variance_ratios().iter().zip(&expected) {
            close(*ours, *theirs, 1e-12);
        }
        close(*pca.cumulative_explained_variance().last().unwrap(), 1.0, 1e-12);
    }
}

#[test]
fn pca_finds_known_axes_far_from_the_origin() {
    // Two orthogonal directions of standard deviation 3 and 1 in 4 dimensions, mean 10⁶.
    let mut generator = generator(1);
    let (a, b) = (array![0.6, 0.8, 0.0, 0.0], array![0.0, 0.0, 0.8, 0.6]);
    let mut samples = Array2::zeros((20_000, 4));
    for mut row in samples.outer_iter_mut() {
        let (x, y) = (3.0 * generator.normal(), generator.normal());
        row.assign(&(&a * x + &b * y + 1e6));
    }
    let pca = Pca::fit(samples.view()).unwrap();
    // Relative standard error of a variance from 20 000 samples: 1 %.
    close(pca.variances[0], 9.0, 0.04);
    close(pca.variances[1], 1.0, 0.04);
    assert!(pca.variances[2] < 1e-9);
    assert!(pca.axes.row(0).dot(&a) > 0.9999);
    let plane = ndarray::stack![ndarray::Axis(0), a, b];
    let angles = principal_angles(pca.axes.slice(s![..2, ..]), plane.view()).unwrap();
    assert!(angles.iter().all(|angle| *angle < 1e-7), "{angles:?}");
    let projected = pca.project(samples.view(), 2).unwrap();
    close(projected.column(0).var(1.0), pca.variances[0], 1e-8);
    assert!(projected.column(0).mean().unwrap().abs() < 1e-6);
    assert!(pca.principal_angles(&pca, 3).is_err(), "the third axis has no variance");
}

#[test]
fn principal_angles_are_exact_at_both_ends() {
    let tiny: f64 = 1e-9;
    let a = array![[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]];
    let b = array![[tiny.cos(), 0.0, tiny.sin(), 0.0], [0.0, 0.0, 0.0, 1.0]];
    let angles = principal_angles(a.view(), b.view()).unwrap();
    close(angles[0], tiny, 1e-6);
    close(angles[1], std::f64::consts::FRAC_PI_2, 1e-12);
}

#[test]
fn one_phase_explains_the_other_as_far_as_their_axes_agree() {
    let wide = array![[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]];
    let tall = array![[1.0, 0.0], [-1.0, 0.0], [0.0, 2.0], [0.0, -2.0]];
    let (wide, tall) = (Pca::fit(wide.view()).unwrap(), Pca::fit(tall.view()).unwrap());
    let explained = wide.explained_of(&tall, 2).unwrap();
    close(explained[0], 0.2, 1e-12);
    close(explained[1], 1.0, 1e-12);
    close(wide.explained_of(&wide, 1).unwrap()[0], 0.8, 1e-12);
}

/// Normal law with mean (m, m) and variance v in each dimension.
struct Normal {
    mean: f64,
    variance: f64,
}

impl Density for Normal {
    fn dims(&self) -> usize {
        2
    }

    fn log_density(
        &self,
        points: ndarray::ArrayView2<'_, f64>,
    ) -> Result<Vec<f64>, quiescent::analysis::Error> {
        let log = |x: &f64| (x - self.mean).powi(2) / (-2.0 * self.variance);
        let norm = -(std::f64::consts::TAU * self.variance).ln();
        Ok(points.outer_iter().map(|p| norm + p.iter().map(log).sum::<f64>()).collect())
    }

    fn sample(&self, generator: &mut Generator, count: usize) -> Array2<f64> {
        normals(generator, count, 2) * self.variance.sqrt() + self.mean
    }
}

#[test]
fn kl_of_normal_laws_has_its_closed_form_in_each_direction() {
    let (q, p) = (Normal { mean: 0.0, variance: 1.0 }, Normal { mean: 0.5, variance: 4.0 });
    // ½ Σ (v_q/v_p + (m_q − m_p)²/v_p − 1 + ln(v_p/v_q)) over both dimensions.
    let closed = |from: &Normal, to: &Normal| {
        from.variance / to.variance + (from.mean - to.mean).powi(2) / to.variance - 1.0
            + (to.variance / from.variance).ln()
    };
    let both = divergence::compare(&q, &p, 40_000, &mut generator(2)).unwrap();
    for (ours, expected) in [(both.q_from_p, closed(&q, &p)), (both.p_from_q, closed(&p, &q))] {
        // Within 4 standard errors, which themselves must be small.
        assert!(ours.standard_error < 0.02 * expected.max(1.0), "{ours:?}");
        assert!((ours.nats - expected).abs() < 4.0 * ours.standard_error, "{ours:?} {expected}");
    }
    assert!(both.jensen_shannon > 0.0 && both.jensen_shannon < both.p_from_q.nats);
    let same = divergence::compare(&q, &q, 1000, &mut generator(3)).unwrap();
    assert_eq!(same.q_from_p.nats, 0.0);
    assert!(same.jensen_shannon.abs() < 1e-14);
}

#[test]
fn disjoint_densities_are_counted_and_not_clipped() {
    let mut generator = generator(4);
    let near = normals(&mut generator, 500, 2);
    let far = &near + 1000.0;
    let options = KdeOptions { bandwidth: Bandwidth::Factor(0.2), ..KdeOptions::default() };
    let q = Kde::fit_with(near.view(), &options).unwrap();
    let p = Kde::fit_with(far.view(), &options).unwrap();
    let both = divergence::compare(&q, &p, 300, &mut generator).unwrap();
    assert_eq!(both.q_from_p.zero_density, 300);
    // The nearest kernel is about 1000 √2 / 0.2 standard deviations away.
    close(both.q_from_p.nats, 0.5 * (1000.0 * 2.0_f64.sqrt() / 0.2).powi(2), 0.05);
    close(both.jensen_shannon, std::f64::consts::LN_2, 1e-12);
    let points = q.sample(&mut generator, 100);
    let clipped = reference_code::kl_at(&q, &p, points.view()).unwrap();
    close(clipped, reference_code::LOG_RATIO_BOUND, 1e-12);

    // A density that is truly zero makes the divergence infinite, and the number of such points
    // is reported.
    let bounds = Region::new(&[0.0, -100.0], &[100.0, 100.0]).unwrap();
    let half = divergence::kl(&q, &Uniform::new(bounds), 1000, &mut generator).unwrap();
    assert_eq!(half.nats, f64::INFINITY);
    assert!((400..600).contains(&half.zero_density), "{half:?}");
    assert!(half.supported_nats.is_finite());
    let json = serde_json::to_string(&half).unwrap();
    let back: divergence::Divergence = serde_json::from_str(&json).unwrap();
    assert_eq!(back, half);
}

#[test]
fn uniform_baseline_is_joint_and_the_reference_one_is_too_high() {
    let arena = Region::centred(&[2.2, 2.2]).unwrap();
    let uniform = Uniform::new(arena.clone());
    let mut generator = generator(5);
    let ours = divergence::uniform_baseline(&arena, &uniform, 500, &mut generator).unwrap();
    close(ours.nats + 1.0, 1.0, 1e-12);
    let points = uniform.sample(&mut generator, 500);
    let theirs = reference_code::uniform_baseline_at(&arena, &uniform, points.view()).unwrap();
    close(theirs, 2.2_f64.ln(), 1e-12);
}

#[test]
fn kde_integrates_to_one_and_reflection_keeps_it_inside() {
    let mut generator = generator(6);
    let arena = Region::centred(&[2.0, 1.0]).unwrap();
    let points = Uniform::new(arena.clone()).sample(&mut generator, 400);
    let reflecting = KdeOptions { bandwidth: Bandwidth::Factor(0.6), reflect: Some(arena.clone()) };
    let open = KdeOptions { reflect: None, ..reflecting.clone() };
    // Midpoint rule on a grid over three times the arena.
    let cells = 240;
    let grid = Array2::from_shape_fn((cells * cells, 2), |(i, d)| {
        let k = [i / cells, i % cells][d] as f64 + 0.5;
        let side = [6.0, 3.0][d];
        side * (k / cells as f64 - 0.5)
    });
    let area = 18.0 / (cells * cells) as f64;
    let open = Kde::fit_with(points.view(), &open).unwrap().density(grid.view()).unwrap();
    close(open.iter().sum::<f64>() * area, 1.0, 1e-3);
    let inside = Kde::fit_with(points.view(), &reflecting).unwrap();
    let density = inside.density(grid.view()).unwrap();
    close(density.iter().sum::<f64>() * area, 1.0, 1e-3);
    for (point, density) in grid.outer_iter().zip(&density) {
        assert_eq!(*density > 0.0, arena.contains(point.as_slice().unwrap()));
    }
    // The kernel is so wide that the density is close to uniform even at the corner.
    let corner = inside.density(array![[1.0, 0.5]].view()).unwrap()[0];
    close(corner, 0.5, 0.2);
    for point in inside.sample(&mut generator, 1000).outer_iter() {
        assert!(arena.contains(point.as_slice().unwrap()));
    }
}

#[test]
fn kde_samples_have_the_density_s_moments() {
    let mut generator = generator(7);
    let mut points = normals(&mut generator, 3000, 2);
    for mut point in points.outer_iter_mut() {
        point[1] = 0.5 * point[0] + 0.3 * point[1];
    }
    let kde = Kde::fit(points.view()).unwrap();
    let samples = kde.sample(&mut generator, 40_000);
    let inflation = 1.0 + kde.factor().powi(2);
    for d in 0..2 {
        let expected = points.column(d).var(1.0) * inflation;
        // Relative standard error of a variance from 40 000 samples: 0.7 %.
        close(samples.column(d).var(1.0), expected, 0.03);
    }
    let product = (&samples.column(0) * &samples.column(1)).mean().unwrap();
    let expected = (&points.column(0) * &points.column(1)).mean().unwrap();
    close(product, expected * inflation, 0.05);
}

#[test]
fn bandwidth_rules_in_one_and_three_dimensions() {
    close(Bandwidth::Scott.factor(1000, 1).unwrap(), 1000_f64.powf(-0.2), 1e-14);
    close(Bandwidth::Silverman.factor(1000, 1).unwrap(), 750_f64.powf(-0.2), 1e-14);
    close(Bandwidth::Silverman.factor(1000, 3).unwrap(), 1250_f64.powf(-1.0 / 7.0), 1e-14);
    assert!(Bandwidth::Factor(0.0).factor(10, 2).is_err());
    // At the single mode of two nearby points: 1/n Σ N(x; xᵢ, h²).
    let kde = Kde::fit_with(
        array![[-1.0], [1.0]].view(),
        &KdeOptions { bandwidth: Bandwidth::Factor(0.5), reflect: None },
    )
    .unwrap();
    let h2: f64 = 2.0 * 0.25;
    let expected = (-0.5 / h2).exp() / (std::f64::consts::TAU * h2).sqrt();
    close(kde.density(array![[0.0]].view()).unwrap()[0], expected, 1e-12);
    let mut generator = generator(8);
    let kde = Kde::fit(normals(&mut generator, 20_000, 3).view()).unwrap();
    // The estimate of N(0, I) at 0 is N(0, (1 + h²) I) there, to about 3 % by its own noise.
    let width = std::f64::consts::TAU * (1.0 + kde.factor().powi(2));
    let expected = width.powf(-1.5);
    close(kde.density(array![[0.0, 0.0, 0.0]].view()).unwrap()[0], expected, 0.1);
}

#[test]
fn random_walks_diffuse_and_straight_lines_do_not() {
    let mut generator = generator(9);
    let lags = exploration::logarithmic_lags(64, 10);
    assert_eq!((lags[0], *lags.last().unwrap()), (1, 64));
    let walks = walk(&mut generator, 100, 1000, 0.02);
    let msd = exploration::mean_squared_displacement(walks.view(), &plane(), &lags).unwrap();
    // Two dimensions of variance 0.02² per step.
    close(msd.squared[0], 2.0 * 0.02_f64.powi(2), 0.03);
    close(msd.exponent.unwrap(), 1.0, 0.05);
    let lines = Array3::from_shape_fn((3, 200, 2), |(i, t, _)| (i + t) as f32);
    let msd = exploration::mean_squared_displacement(lines.view(), &plane(), &lags).unwrap();
    close(msd.exponent.unwrap(), 2.0, 1e-12);
    let still = Array3::<f32>::zeros((3, 200, 2));
    let msd = exploration::mean_squared_displacement(still.view(), &plane(), &lags).unwrap();
    assert_eq!(msd.exponent, None);
}

#[test]
fn coverage_leaving_times_and_variance_ratio_by_hand() {
    // Trial 0 walks right by 0.1 per step along the bottom row; trial 1 stays at the top right.
    let decoded = Array3::from_shape_fn((2, 11, 2), |(trial, step, d)| match (trial, d) {
        (0, 0) => step as f64 * 0.1,
        (0, _) => 0.05,
        _ => 1.0,
    });
    let space = Space::Region(Region::new(&[0.0, 0.0], &[1.0, 1.0]).unwrap());
    let bins = space.bins(2).unwrap();
    let coverage = exploration::covered_fraction(decoded.view(), &bins).unwrap();
    assert_eq!(coverage.per_trial.trials, [0.5, 0.25]);
    assert_eq!((coverage.pooled, coverage.outside), (0.75, 0));
    let leaving = exploration::time_to_leave(decoded.view(), &space, 0.35).unwrap();
    assert_eq!(leaving.steps, [Some(4), None]);
    assert_eq!((leaving.left, leaving.median_steps), (0.5, None));
    let ratio = exploration::variance_ratio(decoded.view(), &space, 0).unwrap();
    // Within: half of the variance of 0, 0.1, …, 1 (0.1). Between: means (0.5, 0.05) and (1, 1).
    close(ratio.within, 0.05, 1e-12);
    close(ratio.pooled, 0.05 + 0.25_f64.powi(2) + 0.475_f64.powi(2), 1e-12);
    let late = exploration::variance_ratio(decoded.view(), &space, 9).unwrap();
    assert!(late.ratio < ratio.ratio);
}

#[test]
fn bootstrap_intervals_cover_as_often_as_they_say() {
    // Mean of 40 exponential values, 600 data sets. The interval of a skewed mean covers a little
    // less than 90 %; the binomial standard error is 1.2 %.
    let mut generator = generator(10);
    let covered = (0..600)
        .filter(|&set| {
            let values: Vec<f64> = (0..40).map(|_| -(1.0 - generator.uniform()).ln()).collect();
            let settings = bootstrap::BootstrapSettings { seed: set, resamples: 300, level: 0.9 };
            bootstrap::mean(&values, &settings).unwrap().interval.contains(1.0)
        })
        .count();
    let fraction = covered as f64 / 600.0;
    assert!((0.84..=0.93).contains(&fraction), "covered {fraction}");
}

#[test]
fn trials_and_not_samples_are_resampled() {
    // Four trials of very different means and no spread within: the interval must be wide.
    let settings = bootstrap::BootstrapSettings { seed: 1, resamples: 500, level: 0.95 };
    let means = [0.0, 0.0, 1.0, 1.0];
    let found = bootstrap::over_trials(4, &settings, |trials| {
        trials.iter().map(|&trial| means[trial]).sum::<f64>() / 4.0
    })
    .unwrap();
    // A mean is unbiased, and balanced resamples do not show a bias.
    assert_eq!(found.plug_in, 0.5);
    close(found.value, 0.5, 1e-12);
    // The standard error of four values 0, 0, 1, 1 is √(1/3)/2 = 0.289.
    close(found.interval.standard_error, 0.289, 0.1);
    assert!(found.interval.low < 0.0 && found.interval.high > 1.0, "{found:?}");
    assert_eq!(bootstrap::mean(&means, &settings).unwrap().value, 0.5);
}

#[test]
fn resampling_takes_the_bias_of_a_statistic_off() {
    // The square of a mean of n values of variance 1 is too large by 1/n on average: 0.05. The
    // remaining bias is 1/n²; 400 data sets determine it to 0.02 / √400 · 3.
    let mut generator = generator(12);
    let (mut plug_in, mut value, sets) = (0.0, 0.0, 400);
    for set in 0..sets {
        let values: Vec<f64> = (0..20).map(|_| generator.normal()).collect();
        let settings = bootstrap::BootstrapSettings { seed: set, resamples: 100, level: 0.9 };
        let found = bootstrap::over_trials(20, &settings, |trials| {
            (trials.iter().map(|&trial| values[trial]).sum::<f64>() / 20.0).powi(2)
        })
        .unwrap();
        assert!(found.interval.contains(found.value));
        plug_in += found.plug_in / sets as f64;
        value += found.value / sets as f64;
    }
    assert!((plug_in - 0.05).abs() < 0.012 && value.abs() < 0.012, "{plug_in} {value}");
}

#[test]
fn threads_do_not_change_results() {
    let mut generator = generator(11);
    let data = normals(&mut generator, 5000, 2);
    let at = normals(&mut generator, 333, 2);
    let hidden = normals(&mut generator, 9000, 150);
    let run = || {
        let logs = Kde::fit(data.view()).unwrap().log_density(at.view()).unwrap();
        let settings = bootstrap::BootstrapSettings::default();
        let interval = bootstrap::mean(&logs, &settings).unwrap();
        (logs, interval, Pca::fit(hidden.view()).unwrap())
    };
    assert_eq!(on_threads(1, run), on_threads(3, run));
}
