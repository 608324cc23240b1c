//! Exact Gaussian kernel density estimate in one to three dimensions, with SciPy's conventions.
//!
//! p(x) = 1/n Σᵢ N(x; xᵢ, H), where the kernel's covariance H is the covariance of the data (with
//! n − 1) times the square of the bandwidth factor.

use std::f64::consts::{LOG2_E, TAU};

use ndarray::{Array2, ArrayView2, ArrayViewMut1};
use serde::{Deserialize, Serialize};

use super::Real;
use super::density::{Density, check_points};
use super::error::{Error, check_enough, check_finite};
use super::gaussian_sum::{POWERS, PointSet, SegmentSums};
use crate::random::Generator;
use crate::space::Region;

/// Dimensions that a density estimate can have.
const MOST_DIMS: usize = 3;
/// A variance is a rounding error if accounting for other dimensions reduces it by this factor.
const ROUNDING: f64 = 1e-12;
/// Mirror images are omitted if all their kernels lie this far below the density (in nats).
const NEGLIGIBLE: f64 = 45.0;
/// Mirror images are searched up to this many standard deviations of the kernel; beyond, they add
/// less than e^(−500 000).
const FARTHEST_IMAGE: f64 = 1e3;

/// Width of the kernel, as a factor on the standard deviation of the data.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bandwidth {
    /// Scott's rule, n^(−1/(d+4)): SciPy's default.
    #[default]
    Scott,
    /// Silverman's rule, (n (d+2) / 4)^(−1/(d+4)).
    Silverman,
    /// A given factor.
    Factor(f64),
}

impl Bandwidth {
    /// The factor for `points` points in `dims` dimensions.
    ///
    /// # Errors
    /// If a given factor is not a positive finite number.
    pub fn factor(self, points: usize, dims: usize) -> Result<f64, Error> {
        self.factor_for(points as f64, dims)
    }

    /// The factor for data with the information of this many independent points.
    pub(crate) fn factor_for(self, n: f64, dims: usize) -> Result<f64, Error> {
        let d = dims as f64;
        match self {
            Self::Scott => Ok(libm::pow(n, -1.0 / (d + 4.0))),
            Self::Silverman => Ok(libm::pow(n * (d + 2.0) / 4.0, -1.0 / (d + 4.0))),
            Self::Factor(factor) if factor.is_finite() && factor > 0.0 => Ok(factor),
            Self::Factor(factor) => {
                Err(Error::setting("bandwidth factor", factor, "a positive finite number"))
            }
        }
    }
}

/// How a density is estimated.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct KdeOptions {
    /// Width of the kernel.
    pub bandwidth: Bandwidth,
    /// Box-edge correction. Kernel mass beyond the walls is mirrored back, so that the density
    /// integrates to 1 inside and does not drop at the walls. With `None`, as in SciPy, the
    /// density leaks out.
    pub reflect: Option<Region>,
}

/// A fitted Gaussian kernel density estimate.
#[derive(Debug, Clone, PartialEq)]
pub struct Kde {
    dims: usize,
    /// The data, `[point, dims]`.
    data: Vec<f64>,
    mean: Vec<f64>,
    factor: f64,
    /// H, `[dims, dims]`.
    covariance: Array2<f64>,
    /// Lower Cholesky factor of H, `[dims, dims]`.
    cholesky: Array2<f64>,
    points: PointSet,
    /// Logarithm of a single kernel's peak.
    log_peak: f64,
    mirrors: Option<Mirrors>,
}

/// Walls that reflect, and the extent of the data.
#[derive(Debug, Clone, PartialEq)]
struct Mirrors {
    region: Region,
    data_low: Vec<f64>,
    data_high: Vec<f64>,
}

impl Kde {
    /// Fits `points: [point, dims]` with Scott's bandwidth.
    ///
    /// # Errors
    /// See [`fit_with`](Self::fit_with).
    pub fn fit<T: Real>(points: ArrayView2<'_, T>) -> Result<Self, Error> {
        Self::fit_with(points, &KdeOptions::default())
    }

    /// Fits `points: [point, dims]`.
    ///
    /// # Errors
    /// If there are fewer than two points or not one to three dimensions, if a value is NaN or
    /// infinite, if the points lie on one point, line or plane, or if an option is out of range.
    pub fn fit_with<T: Real>(
        points: ArrayView2<'_, T>,
        options: &KdeOptions,
    ) -> Result<Self, Error> {
        Self::fit_segments(points, &[points.nrows()], options)
    }

    /// Fits points cut into consecutive segments (trials) of the given lengths.
    pub(crate) fn fit_segments<T: Real>(
        points: ArrayView2<'_, T>,
        lengths: &[usize],
        options: &KdeOptions,
    ) -> Result<Self, Error> {
        let (count, dims) = points.dim();
        if !(1..=MOST_DIMS).contains(&dims) {
            return Err(Error::Shape {
                what: "the dimension of the points of a density estimate",
                expected: "1, 2 or 3".into(),
                found: dims.to_string(),
            });
        }
        check_enough("a density estimate", "points", count, 2)?;
        check_finite("points of a density estimate", points)?;
        let factor = options.bandwidth.factor(count, dims)?;
        let data: Vec<f64> = points.iter().map(|&x| x.into()).collect();
        let mean = mean_of(&data, dims);
        let covariance = covariance_of(&data, &mean) * (factor * factor);
        let cholesky = cholesky(&covariance, &rounding_variance(&data, dims))
            .map_err(|dimension| Error::Degenerate { points: count, dims, dimension })?;
        let log_peak = log_peak(&cholesky);
        let mirrors = match &options.reflect {
            None => None,
            Some(region) if region.dim() != dims => {
                return Err(Error::Shape {
                    what: "the dimension of the reflecting region",
                    expected: dims.to_string(),
                    found: region.dim().to_string(),
                });
            }
            Some(region) => Some(Mirrors::new(region.clone(), &data)?),
        };
        let mut kde = Self {
            dims,
            data,
            mean,
            factor,
            covariance,
            cholesky,
            points: PointSet::new(&[], dims, &[]),
            log_peak,
            mirrors,
        };
        kde.points = PointSet::new(&kde.whiten(&kde.data), dims, lengths);
        Ok(kde)
    }

    /// The same points with a kernel of another covariance, `[dims, dims]`.
    ///
    /// # Errors
    /// If it is not positive definite.
    pub(crate) fn with_covariance(
        mut self,
        covariance: Array2<f64>,
        lengths: &[usize],
    ) -> Result<Self, Error> {
        let (points, dims) = (self.len(), self.dims);
        self.cholesky = cholesky(&covariance, &vec![0.0; dims])
            .map_err(|dimension| Error::Degenerate { points, dims, dimension })?;
        self.log_peak = log_peak(&self.cholesky);
        self.covariance = covariance;
        self.points = PointSet::new(&self.whiten(&self.data), dims, lengths);
        Ok(self)
    }

    /// Number of points fitted.
    pub fn len(&self) -> usize {
        self.data.len() / self.dims
    }

    /// Whether no points were fitted; always false.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// The bandwidth factor in use.
    pub fn factor(&self) -> f64 {
        self.factor
    }

    /// Covariance of the kernel, `[dims, dims]`: that of the data times the squared factor.
    pub fn covariance(&self) -> ArrayView2<'_, f64> {
        self.covariance.view()
    }

    /// The density at each of `points: [point, dims]`, in 1 / unit^dims.
    ///
    /// It is zero if it is too small for a double-precision number (or beyond a reflecting wall).
    /// [`log_density`](Density::log_density) is finite even there.
    ///
    /// # Errors
    /// If the points have another dimension or are not finite.
    pub fn density(&self, points: ArrayView2<'_, f64>) -> Result<Vec<f64>, Error> {
        let mut values = self.log_density(points)?;
        values.iter_mut().for_each(|value| *value = libm::exp(*value));
        Ok(values)
    }

    /// Sums of the kernels of each segment at each of `points: [point, dims]`, and of the
    /// kernels' squares and fourth powers, whose widths are 1/√2 and 1/2 of the kernel's. The
    /// density is their sum times e^(shift + [`log_peak`](Self::log_peak)) / number of points.
    pub(crate) fn segment_powers(
        &self,
        points: ArrayView2<'_, f64>,
    ) -> Result<[SegmentSums; POWERS], Error> {
        check_points(points, self.dims)?;
        let at: Vec<f64> = points.iter().copied().collect();
        let mut all = self.points.segment_powers(&self.whiten(&at));
        let Some(mirrors) = &self.mirrors else {
            return Ok(all);
        };
        let logs: Vec<f64> = (0..points.nrows())
            .map(|i| libm::log(all[0].row(i).iter().sum::<f64>()) + all[0].shifts[i])
            .collect();
        let (owners, images) = mirrors.images(&at, &logs, self);
        let mirrored = self.points.segment_powers(&self.whiten(&images));
        for (total, mirrored) in all.iter_mut().zip(&mirrored) {
            let width = total.sums.len() / total.shifts.len().max(1);
            for (i, &owner) in owners.iter().enumerate() {
                let shift = total.shifts[owner].max(mirrored.shifts[i]);
                let ours = libm::exp(total.shifts[owner] - shift);
                let theirs = libm::exp(mirrored.shifts[i] - shift);
                let row = &mut total.sums[owner * width..(owner + 1) * width];
                for (sum, image) in row.iter_mut().zip(mirrored.row(i)) {
                    *sum = *sum * ours + image * theirs;
                }
                total.shifts[owner] = shift;
            }
        }
        Ok(all)
    }

    /// Logarithms of the peaks of a single kernel, its square and its fourth power.
    pub(crate) fn log_peaks(&self) -> [f64; POWERS] {
        let narrower = self.dims as f64 * std::f64::consts::LN_2 / 2.0;
        std::array::from_fn(|power| self.log_peak + narrower * power as f64)
    }

    /// Folds points beyond reflecting walls back inside.
    pub(crate) fn fold(&self, points: &mut Array2<f64>) {
        let Some(mirrors) = &self.mirrors else { return };
        for mut point in points.outer_iter_mut() {
            mirrors.fold(point.view_mut());
        }
    }

    /// Converts points to kernel units: L⁻¹ (x − mean), scaled so that the kernel is 2^(−|z|²).
    fn whiten(&self, points: &[f64]) -> Vec<f64> {
        let scale = (LOG2_E / 2.0).sqrt();
        let mut out = Vec::with_capacity(points.len());
        for point in points.chunks_exact(self.dims) {
            let mut z = [0.0; MOST_DIMS];
            for i in 0..self.dims {
                let known: f64 = (0..i).map(|j| self.cholesky[[i, j]] * z[j]).sum();
                z[i] = (point[i] - self.mean[i] - known) / self.cholesky[[i, i]];
            }
            out.extend(z[..self.dims].iter().map(|z| z * scale));
        }
        out
    }
}

impl Density for Kde {
    fn dims(&self) -> usize {
        self.dims
    }

    fn log_density(&self, points: ArrayView2<'_, f64>) -> Result<Vec<f64>, Error> {
        check_points(points, self.dims)?;
        let at: Vec<f64> = points.iter().copied().collect();
        let mut logs = self.points.log_sums(&self.whiten(&at));
        if let Some(mirrors) = &self.mirrors {
            let (owners, images) = mirrors.images(&at, &logs, self);
            let mirrored = self.points.log_sums(&self.whiten(&images));
            for (owner, image) in owners.into_iter().zip(mirrored) {
                logs[owner] = log_add(logs[owner], image);
            }
            for (log, point) in logs.iter_mut().zip(at.chunks(self.dims)) {
                if !mirrors.region.contains(point) {
                    *log = f64::NEG_INFINITY;
                }
            }
        }
        let log_norm = self.log_peak - libm::log(self.len() as f64);
        logs.iter_mut().for_each(|log| *log += log_norm);
        Ok(logs)
    }

    fn sample(&self, generator: &mut Generator, count: usize) -> Array2<f64> {
        let mut points = Array2::zeros((count, self.dims));
        for mut point in points.outer_iter_mut() {
            let index = generator.below(self.len() as u64) as usize;
            let mut normal = [0.0; MOST_DIMS];
            normal[..self.dims].fill_with(|| generator.normal());
            for (i, x) in point.iter_mut().enumerate() {
                let offset: f64 = (0..=i).map(|j| self.cholesky[[i, j]] * normal[j]).sum();
                *x = self.data[index * self.dims + i] + offset;
            }
        }
        self.fold(&mut points);
        points
    }
}

impl Mirrors {
    /// Walls for these data. A small overshoot of a wall is folded back. Data a whole side away
    /// belong to another arena.
    fn new(region: Region, data: &[f64]) -> Result<Self, Error> {
        let dims = region.dim();
        let extreme = |start: f64, pick: fn(f64, f64) -> f64| -> Vec<f64> {
            (0..dims)
                .map(|d| data.iter().skip(d).step_by(dims).copied().fold(start, pick))
                .collect()
        };
        let data_low = extreme(f64::INFINITY, f64::min);
        let data_high = extreme(f64::NEG_INFINITY, f64::max);
        for d in 0..dims {
            let side = region.side(d);
            if data_low[d] < region.low()[d] - side || data_high[d] > region.high()[d] + side {
                return Err(Error::Setting {
                    name: "reflect",
                    value: format!(
                        "{} to {} in dimension {d}, while the data lie in {} to {}",
                        region.low()[d],
                        region.high()[d],
                        data_low[d],
                        data_high[d]
                    ),
                    allowed: "the walls of the arena that the data come from (in the same unit)"
                        .into(),
                });
            }
        }
        Ok(Self { region, data_low, data_high })
    }

    /// Folds a point back inside the walls.
    fn fold(&self, mut point: ArrayViewMut1<'_, f64>) {
        let walls = self.region.low().iter().zip(self.region.high());
        for (x, (low, high)) in point.iter_mut().zip(walls) {
            *x = fold(*x, *low, *high);
        }
    }

    /// Mirror images, `[image, dims]`, of the points inside the walls, with the index of the
    /// point for each image. Images too far from all data to matter are omitted; `logs: [point]`
    /// are the kernel sums of the points themselves.
    fn images(&self, at: &[f64], logs: &[f64], kde: &Kde) -> (Vec<usize>, Vec<f64>) {
        let dims = self.region.dim();
        let (mut owners, mut images) = (Vec::new(), Vec::new());
        for (owner, (point, log)) in at.chunks(dims).zip(logs).enumerate() {
            if !self.region.contains(point) {
                continue;
            }
            // A kernel's exponent is at most −(distance / sd)² / 2 along any one axis.
            let exponent = libm::log(kde.len() as f64) - log + NEGLIGIBLE;
            let reach = (2.0 * exponent).max(0.0).sqrt().min(FARTHEST_IMAGE);
            let axes: Vec<Vec<f64>> = (0..dims)
                .map(|d| {
                    let distance = reach * kde.covariance[[d, d]].sqrt();
                    self.unfold(
                        d,
                        point[d],
                        self.data_low[d] - distance,
                        self.data_high[d] + distance,
                    )
                })
                .collect();
            // The first coordinate of every axis is the point's own, so combination 0 is the
            // point itself.
            for i in 1..axes.iter().map(Vec::len).product() {
                let mut rest: usize = i;
                owners.push(owner);
                images.extend(axes.iter().map(|axis| {
                    let x = axis[rest % axis.len()];
                    rest /= axis.len();
                    x
                }));
            }
        }
        (owners, images)
    }

    /// The coordinate `x` and its images between `from` and `to`.
    fn unfold(&self, d: usize, x: f64, from: f64, to: f64) -> Vec<f64> {
        let (low, high) = (self.region.low()[d], self.region.high()[d]);
        let period = 2.0 * (high - low);
        let mut out = vec![x];
        for (start, original) in [(x, true), (2.0 * low - x, false)] {
            let first = ((from - start) / period).ceil() as i64;
            let last = ((to - start) / period).floor() as i64;
            out.extend(
                (first..=last)
                    .filter(|&j| !(original && j == 0))
                    .map(|j| start + period * j as f64),
            );
        }
        out
    }
}

/// Mirrors a coordinate into the interval, repeatedly if needed.
fn fold(x: f64, low: f64, high: f64) -> f64 {
    let side = high - low;
    let along = (x - low).rem_euclid(2.0 * side);
    (low + if along > side { 2.0 * side - along } else { along }).clamp(low, high)
}

/// ln(eᵃ + eᵇ).
pub(crate) fn log_add(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    if large == f64::NEG_INFINITY {
        return large;
    }
    large + libm::log1p(libm::exp(small - large))
}

fn mean_of(data: &[f64], dims: usize) -> Vec<f64> {
    let count = (data.len() / dims) as f64;
    (0..dims).map(|d| data.iter().skip(d).step_by(dims).map(|x| x / count).sum()).collect()
}

/// Covariance with n − 1, `[dims, dims]`.
fn covariance_of(data: &[f64], mean: &[f64]) -> Array2<f64> {
    let dims = mean.len();
    let count = data.len() / dims;
    Array2::from_shape_fn((dims, dims), |(i, j)| {
        let products =
            data.chunks_exact(dims).map(|point| (point[i] - mean[i]) * (point[j] - mean[j]));
        products.sum::<f64>() / (count as f64 - 1.0)
    })
}

/// Logarithm of the peak of a normal density, from the Cholesky factor of its covariance.
fn log_peak(cholesky: &Array2<f64>) -> f64 {
    let diagonal = cholesky.diag();
    -0.5 * diagonal.len() as f64 * libm::log(TAU)
        - diagonal.iter().map(|x| libm::log(*x)).sum::<f64>()
}

/// Apparent variance of equal values because their mean is rounded, `[dims]`.
fn rounding_variance(data: &[f64], dims: usize) -> Vec<f64> {
    (0..dims)
        .map(|d| {
            let column = data.iter().skip(d).step_by(dims);
            let largest = column.fold(0.0_f64, |largest, x| largest.max(x.abs()));
            (largest * ROUNDING) * (largest * ROUNDING)
        })
        .collect()
}

/// Lower Cholesky factor, or the first dimension in which the matrix is singular.
fn cholesky(matrix: &Array2<f64>, floor: &[f64]) -> Result<Array2<f64>, usize> {
    let dims = matrix.nrows();
    let mut factor = Array2::zeros((dims, dims));
    for i in 0..dims {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| factor[[i, k]] * factor[[j, k]]).sum();
            let rest = matrix[[i, j]] - known;
            if i > j {
                factor[[i, j]] = rest / factor[[j, j]];
            } else if rest.is_finite()
                && rest > ROUNDING * matrix[[i, i]]
                && rest > floor[i].max(f64::MIN_POSITIVE)
            {
                factor[[i, i]] = rest.sqrt();
            } else {
                return Err(i);
            }
        }
    }
    Ok(factor)
}
