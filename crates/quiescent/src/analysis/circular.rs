//! Headings: wrapped differences, circular mean and histogram, von Mises density estimate.
//!
//! All angles are in radians.

use std::f64::consts::{LOG2_E, PI, TAU};

use ndarray::{Array2, ArrayView1, ArrayView2};
use serde::{Deserialize, Serialize};

use super::Real;
use super::error::{Error, check_enough, check_finite};
use super::gaussian_sum::{POWERS, PointSet, SegmentSums};
use crate::random::Generator;
use crate::space::sector;
pub use crate::space::wrap;

/// The turn from `from` to `to`, in [−π, π).
pub fn difference(to: f64, from: f64) -> f64 {
    wrap(to - from)
}

/// Turns from step to step, `[trial, step − 1]`, each in [−π, π), of `headings: [trial, step]`.
///
/// Divide by Δt for the angular velocity. A turn of more than half a circle in one step looks
/// like a shorter turn the other way.
///
/// # Errors
/// If there are fewer than two steps or a heading is not finite.
pub fn turns<T: Real>(headings: ArrayView2<'_, T>) -> Result<Array2<f64>, Error> {
    let (trials, steps) = headings.dim();
    check_enough("angular velocity", "steps per trial", steps, 2)?;
    check_finite("headings", headings)?;
    Ok(Array2::from_shape_fn((trials, steps - 1), |(trial, step)| {
        difference(headings[[trial, step + 1]].into(), headings[[trial, step]].into())
    }))
}

/// Continuous headings, `[trial, step]`: the first heading plus all turns since.
///
/// # Errors
/// As [`turns`].
pub fn unwrap<T: Real>(headings: ArrayView2<'_, T>) -> Result<Array2<f64>, Error> {
    let turns = turns(headings)?;
    let mut out = headings.mapv(Into::into);
    for (mut trial, turns) in out.outer_iter_mut().zip(turns.outer_iter()) {
        for (step, turn) in turns.iter().enumerate() {
            trial[step + 1] = trial[step] + turn;
        }
    }
    Ok(out)
}

/// Mean of angles as unit vectors.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CircularMean {
    /// Direction of the mean vector, in [−π, π); meaningless if the length is close to zero.
    pub direction_rad: f64,
    /// Length of the mean vector: 1 if all angles are equal, 0 if they cancel out.
    pub resultant_length: f64,
}

/// The circular mean.
///
/// # Errors
/// If there are no angles or one is not finite.
pub fn mean<T: Real>(angles: ArrayView1<'_, T>) -> Result<CircularMean, Error> {
    check_enough("a circular mean", "angles", angles.len(), 1)?;
    check_finite("angles", angles)?;
    let (mut cos, mut sin) = (0.0, 0.0);
    for &angle in angles {
        let (s, c) = libm::sincos(angle.into());
        sin += s;
        cos += c;
    }
    Ok(CircularMean {
        direction_rad: wrap(libm::atan2(sin, cos)),
        resultant_length: libm::hypot(cos, sin) / angles.len() as f64,
    })
}

/// Counts of angles in equal sectors of the circle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CircularHistogram {
    /// Middle of each sector, from −π + half a sector upwards.
    pub centres_rad: Vec<f64>,
    /// Angles in each sector.
    pub counts: Vec<u64>,
    /// Density in each sector, per radian; integrates to 1.
    pub density_per_rad: Vec<f64>,
}

/// Histogram over `bins` equal sectors; the first begins at −π.
///
/// # Errors
/// If there are no angles or no bins, or an angle is not finite.
pub fn histogram<T: Real>(
    angles: ArrayView1<'_, T>,
    bins: usize,
) -> Result<CircularHistogram, Error> {
    check_enough("a circular histogram", "angles", angles.len(), 1)?;
    check_enough("a circular histogram", "bins", bins, 1)?;
    check_finite("angles", angles)?;
    let width = TAU / bins as f64;
    let mut counts = vec![0_u64; bins];
    for &angle in angles {
        counts[sector(angle.into(), bins)] += 1;
    }
    let scale = 1.0 / (angles.len() as f64 * width);
    Ok(CircularHistogram {
        centres_rad: (0..bins).map(|i| (i as f64 + 0.5) * width - PI).collect(),
        density_per_rad: counts.iter().map(|&count| count as f64 * scale).collect(),
        counts,
    })
}

/// Equally spaced angles from −π upwards: the nodes of quadrature on the circle.
pub fn grid(nodes: usize) -> Vec<f64> {
    (0..nodes).map(|i| TAU * i as f64 / nodes as f64 - PI).collect()
}

/// Width of the von Mises kernel.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CircularBandwidth {
    /// This approximate standard deviation, in radians: concentration 1/sd².
    Sd(f64),
    /// This concentration κ.
    Concentration(f64),
    /// Taylor's (2008) plug-in rule for data from one von Mises law. It is not the default
    /// because it smooths away the modes of a multimodal density.
    Taylor,
}

impl Default for CircularBandwidth {
    /// 0.1 rad (5.7°): well above the spacing of 512 cells, well below a cell's width of π/6.
    fn default() -> Self {
        Self::Sd(0.1)
    }
}

/// Largest concentration (a kernel of 10⁻⁴ rad). Beyond it, the estimate is not of any density.
const LARGEST_CONCENTRATION: f64 = 1e8;

impl CircularBandwidth {
    /// The concentration κ for these angles.
    ///
    /// # Errors
    /// If a given width is out of range, or there are no angles or one is not finite.
    pub fn concentration<T: Real>(self, angles: ArrayView1<'_, T>) -> Result<f64, Error> {
        match self {
            Self::Sd(sd) if sd.is_finite() && sd >= 1.0 / LARGEST_CONCENTRATION.sqrt() => {
                Ok(1.0 / (sd * sd))
            }
            Self::Sd(sd) => {
                Err(Error::setting("circular bandwidth sd", sd, "at least 0.0001 (rad)"))
            }
            Self::Concentration(kappa) if (0.0..=LARGEST_CONCENTRATION).contains(&kappa) => {
                Ok(kappa)
            }
            Self::Concentration(kappa) => {
                Err(Error::setting("circular bandwidth concentration", kappa, "between 0 and 1e8"))
            }
            Self::Taylor => {
                let kappa = fitted_concentration(mean(angles)?.resultant_length);
                // ν = (3 n κ² I₂(2κ) / (4 √π I₀(κ)²))^(2/5); the exponential factors cancel.
                let ratio = scaled_bessel(2, 2.0 * kappa)
                    / (scaled_bessel(0, kappa) * scaled_bessel(0, kappa));
                let n = angles.len() as f64;
                let base = 3.0 * n * kappa * kappa * ratio / (4.0 * PI.sqrt());
                Ok(libm::pow(base, 0.4).min(LARGEST_CONCENTRATION))
            }
        }
    }
}

/// e^(−κ) I_ν(κ), by the trapezoidal rule on its integral over the circle.
fn scaled_bessel(order: u32, kappa: f64) -> f64 {
    // The n-th Fourier coefficient falls as e^(−n²/2κ). With this many nodes the rule is exact to
    // rounding.
    let nodes = 64 + (16.0 * kappa.sqrt()) as usize;
    let sum: f64 = grid(nodes)
        .iter()
        .map(|&x| libm::cos(f64::from(order) * x) * libm::exp(kappa * (libm::cos(x) - 1.0)))
        .sum();
    sum / nodes as f64
}

/// The concentration whose von Mises law has this resultant length: I₁(κ)/I₀(κ) = R.
fn fitted_concentration(resultant_length: f64) -> f64 {
    let (mut low, mut high) = (0.0_f64, 1e6_f64);
    for _ in 0..60 {
        let middle = if low < 1e-3 { high * 0.5 } else { (low * high).sqrt() };
        if scaled_bessel(1, middle) < resultant_length * scaled_bessel(0, middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// A fitted von Mises kernel density estimate on the circle.
#[derive(Debug, Clone, PartialEq)]
pub struct VonMisesKde {
    angles: Vec<f64>,
    concentration: f64,
    /// The angles as points of a circle. The Gaussian kernels of these points are the von Mises
    /// kernels: κ (cos(x − μ) − 1) = −κ |u − v|² / 2 for unit vectors u and v.
    points: PointSet,
    log_peak: f64,
}

impl VonMisesKde {
    /// Fits `angles: [point]`, in radians.
    ///
    /// # Errors
    /// If there are no angles, one is not finite, or the bandwidth is out of range.
    pub fn fit<T: Real>(
        angles: ArrayView1<'_, T>,
        bandwidth: CircularBandwidth,
    ) -> Result<Self, Error> {
        Self::fit_segments(angles, &[angles.len()], bandwidth)
    }

    /// Fits angles cut into consecutive segments (trials) of the given lengths.
    pub(crate) fn fit_segments<T: Real>(
        angles: ArrayView1<'_, T>,
        lengths: &[usize],
        bandwidth: CircularBandwidth,
    ) -> Result<Self, Error> {
        check_enough("a circular density estimate", "angles", angles.len(), 1)?;
        check_finite("angles", angles)?;
        let concentration = bandwidth.concentration(angles)?;
        let angles: Vec<f64> = angles.iter().map(|&angle| angle.into()).collect();
        let points = PointSet::new(&on_circle(&angles, concentration), 2, lengths);
        Ok(Self { angles, concentration, points, log_peak: log_peak(concentration) })
    }

    /// The same angles with kernels of another concentration κ.
    pub(crate) fn with_concentration(mut self, concentration: f64, lengths: &[usize]) -> Self {
        self.points = PointSet::new(&on_circle(&self.angles, concentration), 2, lengths);
        self.concentration = concentration;
        self.log_peak = log_peak(concentration);
        self
    }

    /// Concentration κ of the kernel.
    pub fn concentration(&self) -> f64 {
        self.concentration
    }

    /// Natural logarithm of the density (per radian) at each of `angles`.
    ///
    /// # Errors
    /// If an angle is not finite.
    pub fn log_density(&self, angles: &[f64]) -> Result<Vec<f64>, Error> {
        check_finite("evaluation angles", ArrayView1::from(angles))?;
        let mut logs = self.points.log_sums(&on_circle(angles, self.concentration));
        let log_norm = self.log_peak - libm::log(self.angles.len() as f64);
        logs.iter_mut().for_each(|log| *log += log_norm);
        Ok(logs)
    }

    /// Density (per radian) at each of `angles`.
    ///
    /// # Errors
    /// If an angle is not finite.
    pub fn density(&self, angles: &[f64]) -> Result<Vec<f64>, Error> {
        let mut values = self.log_density(angles)?;
        values.iter_mut().for_each(|value| *value = libm::exp(*value));
        Ok(values)
    }

    /// Draws `count` independent angles, in [−π, π).
    pub fn sample(&self, generator: &mut Generator, count: usize) -> Vec<f64> {
        (0..count)
            .map(|_| {
                let index = generator.below(self.angles.len() as u64) as usize;
                wrap(self.angles[index] + von_mises(generator, self.concentration))
            })
            .collect()
    }

    /// Sums of the kernels of each segment at each of `angles`, and sums of the kernels' squares
    /// and fourth powers, which have twice and four times the concentration. The density is their
    /// sum times e^(shift + [`log_peak`](Self::log_peaks)) / number of angles.
    pub(crate) fn segment_powers(&self, angles: &[f64]) -> [SegmentSums; POWERS] {
        self.points.segment_powers(&on_circle(angles, self.concentration))
    }

    /// Logarithms of the peaks of a single kernel, its square and its fourth power.
    pub(crate) fn log_peaks(&self) -> [f64; POWERS] {
        std::array::from_fn(|power| log_peak(self.concentration * f64::from(1_u32 << power)))
    }
}

/// Logarithm of the von Mises density at its mode.
fn log_peak(concentration: f64) -> f64 {
    -libm::log(TAU * scaled_bessel(0, concentration))
}

/// Points `[angle, 2]` of the circle on which 2^(−distance²) is the von Mises kernel.
fn on_circle(angles: &[f64], concentration: f64) -> Vec<f64> {
    let radius = (concentration * LOG2_E / 2.0).sqrt();
    angles
        .iter()
        .flat_map(|angle| {
            let (sin, cos) = libm::sincos(*angle);
            [radius * cos, radius * sin]
        })
        .collect()
}

/// A deviate of the von Mises law with mean 0, in [−π, π], by rejection. Proposals come from the
/// normal law of variance 1/κ′ (κ′ = 4κ/π²) cut at ±π, or from the uniform law if κ is small.
fn von_mises(generator: &mut Generator, kappa: f64) -> f64 {
    if kappa < 1.0 {
        loop {
            let x = TAU * generator.uniform() - PI;
            if generator.uniform() < libm::exp(kappa * (libm::cos(x) - 1.0)) {
                return x;
            }
        }
    }
    // 1 − cos x ≥ 2x²/π² on [−π, π], so that e^(κ(cos x − 1)) ≤ e^(−κ′x²/2).
    let envelope = 4.0 * kappa / (PI * PI);
    loop {
        let x = generator.normal() / envelope.sqrt();
        let accept = libm::exp(kappa * (libm::cos(x) - 1.0) + envelope * x * x / 2.0);
        if x.abs() <= PI && generator.uniform() < accept {
            return x;
        }
    }
}
