//! Divergences between densities, in nats: Kullback–Leibler in a stated direction, Jensen–Shannon.
//!
//! KL(q‖p) = E_q[ln q − ln p] is the surprise at samples of q of an observer who expects p. For
//! reactivation, q is the quiescent and p the active density.

use std::f64::consts::{LN_2, TAU};

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::circular::{VonMisesKde, grid};
use super::density::{Density, Uniform};
use super::error::{Error, check_enough, check_finite};
use super::kde::log_add;
use super::unbounded;
use crate::random::Generator;
use crate::space::Region;

/// A divergence estimated from points.
///
/// Nothing is clipped. A Gaussian kernel estimate is positive everywhere and its logarithm is
/// finite at any distance, so far points count in full. `zero_density` is the number of points at
/// which p is zero in double precision. There the value depends on the shape of the kernel's tail
/// and not on data.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Divergence {
    /// The divergence in nats: infinite if a point of q lies where p is truly zero.
    #[serde(with = "unbounded")]
    pub nats: f64,
    /// Its Monte-Carlo standard error; 0 if it was computed by quadrature. It does not include
    /// the uncertainty of the densities; use a bootstrap over trials for that.
    #[serde(with = "unbounded")]
    pub standard_error: f64,
    /// Number of points (samples of q, or nodes of the grid).
    pub points: usize,
    /// Points at which p is zero in double precision (below about e^−745).
    pub zero_density: usize,
    /// Mean over the points at which p is not truly zero; equal to `nats` if p is zero at no
    /// point.
    #[serde(with = "unbounded")]
    pub supported_nats: f64,
}

impl Divergence {
    /// Computes a divergence from the log-densities of samples of q.
    pub(crate) fn from_logs(log_q: &[f64], log_p: &[f64]) -> Self {
        let points = log_q.len();
        let supported: Vec<f64> = log_q
            .iter()
            .zip(log_p)
            .filter(|(_, p)| **p > f64::NEG_INFINITY)
            .map(|(q, p)| q - p)
            .collect();
        let (supported_nats, spread) = mean_and_standard_error(&supported);
        let all = supported.len() == points;
        Self {
            nats: if all { supported_nats } else { f64::INFINITY },
            standard_error: if all { spread } else { f64::INFINITY },
            points,
            zero_density: log_p.iter().filter(|log| libm::exp(**log) == 0.0).count(),
            supported_nats,
        }
    }
}

/// Mean and its standard error; infinite if there are no values.
fn mean_and_standard_error(values: &[f64]) -> (f64, f64) {
    if values.is_empty() {
        return (f64::INFINITY, f64::INFINITY);
    }
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    if values.len() == 1 {
        return (mean, f64::INFINITY);
    }
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (mean, (squares / (count - 1.0) / count).sqrt())
}

/// Both directions and the symmetric divergence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// KL(q‖p).
    pub q_from_p: Divergence,
    /// KL(p‖q).
    pub p_from_q: Divergence,
    /// Jensen–Shannon divergence: the mean of KL(q‖m) and KL(p‖m) with m = (q + p)/2; between 0
    /// and ln 2.
    pub jensen_shannon: f64,
}

/// KL(q‖p) by Monte Carlo, from `samples` samples of q.
///
/// # Errors
/// If the densities differ in dimension or `samples` is zero.
pub fn kl(
    q: &impl Density,
    p: &impl Density,
    samples: usize,
    generator: &mut Generator,
) -> Result<Divergence, Error> {
    check_dims(q, p)?;
    check_enough("a divergence by Monte Carlo", "samples", samples, 1)?;
    kl_at(q, p, q.sample(generator, samples).view())
}

/// KL(q‖p) by Monte Carlo, from given samples of q: `points: [point, dim]`.
///
/// # Errors
/// If there are no points, they are not finite, or dimensions differ.
pub fn kl_at(
    q: &impl Density,
    p: &impl Density,
    points: ArrayView2<'_, f64>,
) -> Result<Divergence, Error> {
    check_dims(q, p)?;
    check_enough("a divergence by Monte Carlo", "points", points.nrows(), 1)?;
    Ok(Divergence::from_logs(&q.log_density(points)?, &p.log_density(points)?))
}

/// Both directions and Jensen–Shannon by Monte Carlo, from `samples` samples of each density.
///
/// # Errors
/// If the densities differ in dimension or `samples` is zero.
pub fn compare(
    q: &impl Density,
    p: &impl Density,
    samples: usize,
    generator: &mut Generator,
) -> Result<Comparison, Error> {
    check_dims(q, p)?;
    check_enough("a divergence by Monte Carlo", "samples", samples, 1)?;
    let of_q = q.sample(generator, samples);
    let of_p = p.sample(generator, samples);
    let (q_at_q, p_at_q) = (q.log_density(of_q.view())?, p.log_density(of_q.view())?);
    let (q_at_p, p_at_p) = (q.log_density(of_p.view())?, p.log_density(of_p.view())?);
    let half = |own: &[f64], other: &[f64]| -> f64 {
        let terms = own.iter().zip(other).map(|(&a, &b)| from_mixture(a, b));
        terms.sum::<f64>() / own.len() as f64
    };
    Ok(Comparison {
        q_from_p: Divergence::from_logs(&q_at_q, &p_at_q),
        p_from_q: Divergence::from_logs(&p_at_p, &q_at_p),
        jensen_shannon: f64::midpoint(half(&q_at_q, &p_at_q), half(&p_at_p, &q_at_p)),
    })
}

/// ln a − ln((a + b)/2) of two densities given by their logarithms.
pub(crate) fn from_mixture(log_a: f64, log_b: f64) -> f64 {
    log_a - log_add(log_a, log_b) + LN_2
}

/// KL(u‖p), where u is uniform on `region` (jointly in all dimensions): the yardstick of a
/// density that depends only on the arena.
///
/// # Errors
/// If dimensions differ or `samples` is zero.
pub fn uniform_baseline(
    region: &Region,
    p: &impl Density,
    samples: usize,
    generator: &mut Generator,
) -> Result<Divergence, Error> {
    kl(&Uniform::new(region.clone()), p, samples, generator)
}

/// KL(q‖p) and KL(p‖q) of two densities on the circle, by quadrature.
///
/// `q` and `p` are densities (per radian) at [`grid`] nodes. Each is normalised to integrate to 1
/// on the grid. The trapezoidal rule on a circle is exact to rounding if the nodes are closer
/// than about a third of the kernel's width.
///
/// # Errors
/// If the grids differ or are empty, or a density is negative, not finite or zero everywhere.
pub fn compare_on_circle(q: &[f64], p: &[f64]) -> Result<Comparison, Error> {
    if q.len() != p.len() {
        return Err(Error::Shape {
            what: "the number of grid nodes of the second density",
            expected: q.len().to_string(),
            found: p.len().to_string(),
        });
    }
    let (q, p) = (normalised(q)?, normalised(p)?);
    let width = TAU / q.len() as f64;
    let one_way = |a: &[f64], b: &[f64]| {
        let mut nats = 0.0;
        let mut supported = 0.0;
        let mut zero_density = 0;
        for (&a, &b) in a.iter().zip(b).filter(|(a, _)| **a > 0.0) {
            if b > 0.0 {
                let term = a * libm::log(a / b) * width;
                nats += term;
                supported += term;
            } else {
                zero_density += 1;
                nats = f64::INFINITY;
            }
        }
        Divergence {
            nats,
            standard_error: 0.0,
            points: q.len(),
            zero_density,
            supported_nats: supported,
        }
    };
    let half = |a: &[f64], b: &[f64]| -> f64 {
        let terms = a.iter().zip(b).filter(|(a, _)| **a > 0.0);
        terms.map(|(a, b)| a * libm::log(2.0 * a / (a + b))).sum::<f64>() * width
    };
    Ok(Comparison {
        q_from_p: one_way(&q, &p),
        p_from_q: one_way(&p, &q),
        jensen_shannon: f64::midpoint(half(&q, &p), half(&p, &q)),
    })
}

/// [`compare_on_circle`] of two fitted heading densities, on `nodes` nodes.
///
/// # Errors
/// If `nodes` is zero.
pub fn compare_headings(
    q: &VonMisesKde,
    p: &VonMisesKde,
    nodes: usize,
) -> Result<Comparison, Error> {
    let at = grid(nodes);
    compare_on_circle(&q.density(&at)?, &p.density(&at)?)
}

fn normalised(density: &[f64]) -> Result<Vec<f64>, Error> {
    check_enough("a divergence on the circle", "grid nodes", density.len(), 1)?;
    check_finite("densities on the circle", ndarray::ArrayView1::from(density))?;
    let integral = density.iter().sum::<f64>() * TAU / density.len() as f64;
    if density.iter().any(|&value| value < 0.0) || integral <= 0.0 {
        return Err(Error::Undefined {
            measurement: "a divergence on the circle",
            reason: "a density is negative somewhere or zero everywhere".into(),
        });
    }
    Ok(density.iter().map(|value| value / integral).collect())
}

/// The conventions behind the published numbers, for comparison only.
pub mod reference_code {
    use super::{Density, Error, Region, check_dims, check_enough};
    use ndarray::ArrayView2;

    /// Bound on the log-ratio of the authors' code.
    pub const LOG_RATIO_BOUND: f64 = 16.1;

    /// KL(q‖p) from samples of q, `points: [point, dim]`, with each log-ratio clipped to ±16.1.
    /// Clipping hides how far apart two densities without overlap are.
    ///
    /// # Errors
    /// If there are no points, they are not finite, or dimensions differ.
    pub fn kl_at(
        q: &impl Density,
        p: &impl Density,
        points: ArrayView2<'_, f64>,
    ) -> Result<f64, Error> {
        check_dims(q, p)?;
        clipped_mean(&q.log_density(points)?, &p.log_density(points)?)
    }

    /// KL(u‖p) from uniform samples on `region`, with the density of *one* coordinate for u. In a
    /// 2.2 m box it is ln 2.2 = 0.788 nats above the joint baseline.
    ///
    /// # Errors
    /// If there are no points, they are not finite, or dimensions differ.
    pub fn uniform_baseline_at(
        region: &Region,
        p: &impl Density,
        points: ArrayView2<'_, f64>,
    ) -> Result<f64, Error> {
        let side = region.side(0);
        clipped_mean(&vec![-libm::log(side); points.nrows()], &p.log_density(points)?)
    }

    fn clipped_mean(log_q: &[f64], log_p: &[f64]) -> Result<f64, Error> {
        check_enough("a divergence by Monte Carlo", "points", log_q.len(), 1)?;
        let ratios = log_q.iter().zip(log_p).map(|(q, p)| q - p);
        let clipped = ratios.map(|ratio| ratio.clamp(-LOG_RATIO_BOUND, LOG_RATIO_BOUND));
        Ok(clipped.sum::<f64>() / log_q.len() as f64)
    }
}

fn check_dims(q: &impl Density, p: &impl Density) -> Result<(), Error> {
    if q.dims() == p.dims() {
        return Ok(());
    }
    Err(Error::Shape {
        what: "the dimension of the second density",
        expected: q.dims().to_string(),
        found: p.dims().to_string(),
    })
}
