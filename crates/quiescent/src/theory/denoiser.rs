//! Denoising regression: estimates the score of a cloud of states from states with known noise.
//!
//! For r = r⁻ + ξ with ξ ~ N(0, v I), Tweedie's formula says E[ξ|r] = −v ∇log p(r). The best
//! prediction of the noise from the state is therefore the scaled score, and no density has to be
//! estimated in hundreds of dimensions. The predictor is linear in features of the state's
//! principal components z: z itself, and soft assignments π_m(z) ∝ exp(−‖z − c_m‖²/2h²) to
//! centres c_m taken from the states. This family contains the theory's own form, Σ_m π_m μ_m − r
//! (see [`manifold`](super::manifold)). Ridge regression gives the coefficients. The width h is
//! the one that best predicts the noise of held-out trials.

use faer::linalg::matmul::matmul;
use faer::linalg::solvers::Solve;
use faer::{Accum, MatMut, MatRef, Par, Side};
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use super::Error;
use super::product::product;
use super::samples::WakingStates;
use crate::analysis::pca::{CovarianceAccumulator, Pca};
use crate::numerics::noise::{self, Law};
use crate::numerics::tiny::flushed;
use crate::random::{Generator, Key, Stream, TheoryDraw};

/// Fraction of the variance along the components.
const VARIANCE: f64 = 0.99;
/// Number of soft assignments.
const CENTRES: usize = 128;
/// Widths tried, as multiples of the root mean square distance of two states.
const WIDTHS: [f64; 3] = [0.15, 0.25, 0.4];
/// Noise draws for every clean state in fitting.
const DRAWS: usize = 2;
/// One trial in this many is held out to choose the width.
const HELD_OUT: usize = 5;
/// Ridge, as a fraction of each feature's mean square.
const RIDGE: f64 = 1e-4;
/// Rows processed together.
const ROWS: usize = 512;
/// Rows of the moments that one task sums.
const TASK_ROWS: usize = 64;

/// A fitted denoiser.
#[derive(Debug, Clone)]
pub(super) struct Denoiser {
    mean: Vec<f32>,
    /// `[unit, dims]`.
    axes: Array2<f32>,
    /// `[centre, dims]`.
    centres: Array2<f32>,
    /// Squared norms of the centres.
    squares: Vec<f32>,
    /// 1 / 2h².
    rate: f32,
    /// `[feature, dims]`: the predicted noise.
    coefficients: Array2<f32>,
    fitted: usize,
}

impl Denoiser {
    /// Fits states with fresh noise of standard deviation `step_sd` per unit.
    ///
    /// # Errors
    /// If the noise is zero, there are too few states, or they do not vary.
    pub(super) fn fit(states: &WakingStates, step_sd: f64, seed: u64) -> Result<Self, Error> {
        if step_sd <= 0.0 {
            return Err(super::manifold::no_noise());
        }
        let units = states.units;
        let rows = states.len();
        if rows < 2 * CENTRES {
            return Err(Error::TooFew {
                measurement: "a score by denoising regression",
                items: "active states",
                found: rows,
                needed: 2 * CENTRES,
            });
        }
        let noisy = states.states();
        let mut covariance = CovarianceAccumulator::new(units);
        covariance.add(view(&noisy, units)?)?;
        let pca = covariance.finish()?;
        let dims = dims_holding(&pca, VARIANCE);
        let axes = Array2::from_shape_fn((units, dims), |(unit, k)| pca.axes[[k, unit]] as f32);
        let mean: Vec<f32> = pca.mean.iter().map(|&x| x as f32).collect();
        let mut denoiser = Self {
            mean,
            axes,
            centres: Array2::zeros((CENTRES, dims)),
            squares: Vec::new(),
            rate: 0.0,
            coefficients: Array2::zeros((0, dims)),
            fitted: rows * DRAWS,
        };
        let mut generator = Generator::new(seed, Stream::Theory(TheoryDraw::ScoreCentres), 0);
        let chosen: Vec<f32> = (0..CENTRES)
            .flat_map(|_| {
                let row = generator.below(rows as u64) as usize;
                noisy[row * units..(row + 1) * units].to_vec()
            })
            .collect();
        denoiser.centres = denoiser.project(&chosen)?;
        denoiser.squares =
            denoiser.centres.outer_iter().map(|row| row.iter().map(|x| x * x).sum()).collect();
        // The mean squared distance of two states is twice their total variance.
        let spread = (2.0 * pca.variances[..dims].iter().sum::<f64>()).sqrt();

        let mut best: Option<(f64, f64)> = None;
        for width in WIDTHS {
            denoiser.rate = rate(width * spread);
            denoiser.solve(states, step_sd, seed, |trial| trial % HELD_OUT != 0)?;
            let left = denoiser.error(states, step_sd, seed)?;
            if best.is_none_or(|(least, _)| left < least) {
                best = Some((left, width));
            }
        }
        let width = best.map_or(WIDTHS[0], |(_, width)| width);
        denoiser.rate = rate(width * spread);
        denoiser.solve(states, step_sd, seed, |_| true)?;
        Ok(denoiser)
    }

    /// Number of principal components.
    pub(super) fn dims(&self) -> usize {
        self.axes.ncols()
    }

    /// Number of states fitted, each with its own noise.
    pub(super) fn fitted(&self) -> usize {
        self.fitted
    }

    /// Coordinates `[row, dims]` of `states: [row, unit]`.
    pub(super) fn project(&self, states: &[f32]) -> Result<Array2<f32>, Error> {
        let units = self.mean.len();
        let centred: Vec<f32> = states
            .chunks_exact(units)
            .flat_map(|row| row.iter().zip(&self.mean).map(|(x, mean)| x - mean))
            .collect();
        self.project_vectors(&centred)
    }

    /// Coordinates `[row, dims]` of differences of states, `[row, unit]`.
    pub(super) fn project_vectors(&self, vectors: &[f32]) -> Result<Array2<f32>, Error> {
        Ok(product(view(vectors, self.mean.len())?, self.axes.view()))
    }

    /// Coordinates `[row, dims]` of `vectors: [row, unit]`.
    pub(super) fn project_rows(&self, vectors: ArrayView2<'_, f32>) -> Array2<f32> {
        product(vectors, self.axes.view())
    }

    /// The vectors `[row, unit]` of coordinates `[row, dims]`.
    pub(super) fn lift(&self, coordinates: ArrayView2<'_, f32>) -> Array2<f32> {
        product(coordinates, self.axes.t())
    }

    /// The scaled score S = v ∇log p = −E[ξ|r] at `coordinates: [row, dims]`.
    pub(super) fn score(&self, coordinates: ArrayView2<'_, f32>) -> Array2<f32> {
        let (rows, dims) = coordinates.dim();
        let chunks: Vec<Array2<f32>> = coordinates
            .axis_chunks_iter(ndarray::Axis(0), ROWS)
            .collect::<Vec<_>>()
            .into_par_iter()
            .map(|chunk| -product(self.features(chunk).view(), self.coefficients.view()))
            .collect();
        let mut values = Vec::with_capacity(rows * dims);
        for chunk in chunks {
            values.extend(chunk);
        }
        #[allow(clippy::expect_used, reason = "one row for each row given")]
        Array2::from_shape_vec((rows, dims), values).expect("chunks fill the rows")
    }

    /// `[row, dims + centres]`.
    fn features(&self, coordinates: ArrayView2<'_, f32>) -> Array2<f32> {
        let dims = self.dims();
        let near = product(coordinates, self.centres.t());
        let mut features = Array2::zeros((coordinates.nrows(), dims + CENTRES));
        features.slice_mut(ndarray::s![.., ..dims]).assign(&coordinates);
        for (mut row, near) in features.outer_iter_mut().zip(near.outer_iter()) {
            // −‖z − c‖²/2h² without ‖z‖², which is the same for all centres.
            let logits = near
                .iter()
                .zip(&self.squares)
                .map(|(dot, square)| self.rate * (2.0 * dot - square));
            let top = logits.clone().fold(f32::NEG_INFINITY, f32::max);
            let terms: Vec<f32> =
                logits.map(|logit| crate::numerics::exp::exp(logit - top)).collect();
            let total: f32 = terms.iter().sum();
            for (slot, term) in row.iter_mut().skip(dims).zip(terms) {
                *slot = flushed(term / total);
            }
        }
        features
    }

    /// Ridge regression of the noise on the features, over the trials selected by `use_trial`.
    fn solve(
        &mut self,
        states: &WakingStates,
        step_sd: f64,
        seed: u64,
        use_trial: impl Fn(usize) -> bool + Sync,
    ) -> Result<(), Error> {
        let (dims, count) = (self.dims(), self.dims() + CENTRES);
        let rows: Vec<usize> =
            (0..states.len()).filter(|&row| use_trial(states.trial(row))).collect();
        // [gram | cross], `[feature, feature + dims]`.
        let width = count + dims;
        let mut moments = vec![0.0; count * width];
        for batch in rows.chunks(ROWS * 8) {
            let parts: Vec<Vec<f64>> = batch
                .par_chunks(ROWS)
                .map(|rows| {
                    let (features, noise) = self.noisy(states, rows, step_sd, seed)?;
                    let rows = features.outer_iter().zip(noise.outer_iter());
                    Ok(rows
                        .flat_map(|(features, noise)| features.into_iter().chain(noise))
                        .map(|&x| f64::from(x))
                        .collect())
                })
                .collect::<Result<_, Error>>()?;
            let joined: Vec<f64> = parts.into_iter().flatten().collect();
            let data = MatRef::from_row_major_slice(&joined, joined.len() / width, width);
            // Blocks have a fixed size and one thread each, so the result does not depend on
            // threads.
            moments.par_chunks_mut(TASK_ROWS * width).enumerate().for_each(|(task, block)| {
                let height = block.len() / width;
                let some = data.subcols(task * TASK_ROWS, height).transpose();
                let block = MatMut::from_row_major_slice_mut(block, height, width);
                matmul(block, Accum::Add, some, data, 1.0, Par::Seq);
            });
        }
        let moments = MatRef::from_row_major_slice(&moments, count, width);
        let mut gram = moments.subcols(0, count).to_owned();
        let cross = moments.subcols(count, dims);
        for k in 0..count {
            gram[(k, k)] *= 1.0 + RIDGE;
            // No state is near this centre.
            if gram[(k, k)] == 0.0 {
                gram[(k, k)] = 1.0;
            }
        }
        let solver = gram.llt(Side::Lower).map_err(|_| Error::Undefined {
            measurement: "a score by denoising regression",
            reason: "the features of the states are not independent".into(),
        })?;
        let solution = solver.solve(cross);
        self.coefficients = Array2::from_shape_fn((count, dims), |(i, j)| solution[(i, j)] as f32);
        Ok(())
    }

    /// Mean squared error per row of the predicted noise on the held-out trials.
    fn error(&self, states: &WakingStates, step_sd: f64, seed: u64) -> Result<f64, Error> {
        let rows: Vec<usize> =
            (0..states.len()).filter(|&row| states.trial(row).is_multiple_of(HELD_OUT)).collect();
        let sums: Vec<f64> = rows
            .par_chunks(ROWS)
            .map(|rows| {
                let (features, noise) = self.noisy(states, rows, step_sd, seed)?;
                let predicted = product(features.view(), self.coefficients.view());
                let errors = predicted.iter().zip(&noise).map(|(p, x)| f64::from(p - x));
                Ok(errors.map(|error| error * error).sum())
            })
            .collect::<Result<_, Error>>()?;
        Ok(sums.iter().sum())
    }

    /// Features and noise (in components) of rows with fresh noise, [`DRAWS`] of each.
    fn noisy(
        &self,
        states: &WakingStates,
        rows: &[usize],
        step_sd: f64,
        seed: u64,
    ) -> Result<(Array2<f32>, Array2<f32>), Error> {
        let units = states.units;
        let mut noise = vec![0.0; rows.len() * DRAWS * units];
        let mut noisy = Vec::with_capacity(noise.len());
        for (slot, draw) in noise.chunks_exact_mut(units).zip(0..) {
            let row = rows[draw / DRAWS];
            let stream = Stream::Theory(TheoryDraw::ScoreNoise { draw: (draw % DRAWS) as u32 });
            let key = Key::new(seed, stream, row as u64);
            noise::fill(Law::Normal, &key, 0, step_sd as f32, slot);
            let clean = &states.clean[row * units..(row + 1) * units];
            noisy.extend(clean.iter().zip(slot.iter()).map(|(clean, noise)| clean + noise));
        }
        let features = self.features(self.project(&noisy)?.view());
        Ok((features, self.project_vectors(&noise)?))
    }
}

/// The smallest number of leading components with this fraction of the variance.
fn dims_holding(pca: &Pca, part: f64) -> usize {
    let cumulative = pca.cumulative_explained_variance();
    1 + cumulative.iter().take_while(|&&sum| sum < part).count().min(cumulative.len() - 1)
}

fn rate(width: f64) -> f32 {
    (0.5 / (width * width)) as f32
}

/// Rows of `values`.
pub(super) fn view(values: &[f32], width: usize) -> Result<ArrayView2<'_, f32>, Error> {
    ArrayView2::from_shape((values.len() / width.max(1), width), values).map_err(|_| Error::Shape {
        what: "an array of states",
        expected: format!("rows of {width}"),
        found: format!("{} values", values.len()),
    })
}
