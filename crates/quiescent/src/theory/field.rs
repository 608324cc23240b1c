//! Is the zero-input update of a network the score of its own active states?
//!
//! Theory: Δr₁(r) = σ² ∇log p(r) Δt (16). The score is estimated by denoising regression on some
//! trials and compared on others, all in the subspace that holds 99 % of the active variance.

use ndarray::{Array2, ArrayView1, ArrayView2, s};
use rayon::prelude::*;

use super::denoiser::Denoiser;
use super::dynamics::Dynamics;
use super::optimal::pulled_back;
use super::samples::WakingStates;
use super::{DriftArrow, Error, FieldAtDistance, FieldResult, PlaneArrow};
use crate::analysis::bootstrap::{self, BootstrapSettings, Measured};
use crate::random::{Generator, Stream, TheoryDraw};
use crate::space::Bins;

/// Distances from the waking states, in lengths of one step's noise.
const DISTANCES: [f64; 6] = [0.0, 0.5, 1.0, 2.0, 4.0, 8.0];
/// Cells along each side of the plane of the first two components.
const PLANE_CELLS: usize = 14;
/// Fewest states for a cell or bin to be shown.
const FEWEST: usize = 5;
/// States updated together.
const ROWS: usize = 50;

/// Compares the zero-input update with the estimated score at `states`.
///
/// # Errors
/// If there are fewer than two trials or a value is not finite.
pub(super) fn compare(
    dynamics: &dyn Dynamics,
    denoiser: &Denoiser,
    states: &WakingStates,
    step_sd: f64,
    bins: &Bins,
    seed: u64,
    bootstrap: &BootstrapSettings,
) -> Result<FieldResult, Error> {
    let noisy = states.states();
    let dims = denoiser.dims();
    let places = denoiser.project(&noisy)?;
    let updates = denoiser.project_vectors(&rest_updates(dynamics, &noisy))?;
    let scores = denoiser.score(places.view());
    let noise = denoiser.project_vectors(&states.noise)?;
    let over = OverTrials { states, bootstrap };

    let mut generator = Generator::new(seed, Stream::Theory(TheoryDraw::FieldDirections), 0);
    let length = step_sd * (dims as f64).sqrt();
    let mut at_distance = Vec::new();
    for distance in DISTANCES {
        let found =
            if distance == 0.0 {
                Compared { places: &places, updates: &updates, scores: &scores, moved: None }
                    .measure(distance, &over, &mut generator)?
            } else {
                let moved = directions(places.dim(), distance * length, &mut generator);
                let lifted = denoiser.lift(moved.view());
                let off: Vec<f32> = noisy.iter().zip(&lifted).map(|(x, by)| x + by).collect();
                let off_places = denoiser.project(&off)?;
                let off_updates = denoiser.project_vectors(&rest_updates(dynamics, &off))?;
                let off_scores = denoiser.score(off_places.view());
                let moved = Moved {
                    by: &moved,
                    updates: &off_updates - &updates,
                    scores: &off_scores - &scores,
                };
                Compared {
                    places: &off_places,
                    updates: &off_updates,
                    scores: &off_scores,
                    moved: Some(moved),
                }
                .measure(distance, &over, &mut generator)?
            };
        at_distance.push(found);
    }
    let (drift, drift_cosine) = drift(dynamics, denoiser, states, &updates, &scores, bins, &over)?;
    Ok(FieldResult {
        dims,
        fitted_states: denoiser.fitted(),
        compared_states: states.len(),
        removable_noise: over.removed(&scores, &noise)?,
        removed_noise: over.removed(&updates, &noise)?,
        at_distance,
        plane: plane(&places, &updates, &scores),
        drift,
        drift_cosine,
    })
}

/// Δr₁ of `states: [row, unit]`.
pub(super) fn rest_updates(dynamics: &dyn Dynamics, states: &[f32]) -> Vec<f32> {
    let every = ROWS * dynamics.units();
    let mut updates = vec![0.0; states.len()];
    states
        .par_chunks(every)
        .zip(updates.par_chunks_mut(every))
        .for_each(|(states, updates)| dynamics.rest_update(states, updates));
    updates
}

/// Random directions of a given length, `[row, dims]`.
fn directions((rows, dims): (usize, usize), length: f64, generator: &mut Generator) -> Array2<f32> {
    let mut all = Array2::from_shape_simple_fn((rows, dims), || generator.normal() as f32);
    for mut row in all.outer_iter_mut() {
        let norm = row.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
        row.mapv_inplace(|x| (f64::from(x) * length / norm) as f32);
    }
    all
}

/// Sums over the states of a trial, and statistics of them over trials.
pub(super) struct OverTrials<'a> {
    pub(super) states: &'a WakingStates,
    pub(super) bootstrap: &'a BootstrapSettings,
}

impl OverTrials<'_> {
    /// A statistic of sums. `terms` gives each row's addends, which are summed within trials and
    /// then over the trials of each resample.
    pub(super) fn of_sums<const N: usize>(
        &self,
        terms: impl Fn(usize) -> [f64; N],
        statistic: impl Fn([f64; N]) -> f64 + Sync,
    ) -> Result<Measured, Error> {
        let mut sums = vec![[0.0; N]; self.states.trials];
        for row in 0..self.states.len() {
            let of_trial = &mut sums[self.states.trial(row)];
            of_trial.iter_mut().zip(terms(row)).for_each(|(sum, term)| *sum += term);
        }
        bootstrap::over_trials(sums.len(), self.bootstrap, |trials: &[usize]| {
            let mut total = [0.0; N];
            for &trial in trials {
                total.iter_mut().zip(sums[trial]).for_each(|(total, sum)| *total += sum);
            }
            statistic(total)
        })
    }

    /// Fraction of the noise power that `updates` remove: 1 − E‖ξ + u‖² / E‖ξ‖².
    fn removed(&self, updates: &Array2<f32>, noise: &Array2<f32>) -> Result<Measured, Error> {
        self.of_sums(
            |row| {
                let terms = updates.row(row).into_iter().zip(noise.row(row));
                terms.fold([0.0; 2], |[left, all], (&update, &noise)| {
                    let (update, noise) = (f64::from(update), f64::from(noise));
                    [left + (noise + update).powi(2), all + noise * noise]
                })
            },
            |[left, all]| 1.0 - left / all,
        )
    }
}

/// Vectors at some states.
struct Compared<'a> {
    places: &'a Array2<f32>,
    updates: &'a Array2<f32>,
    scores: &'a Array2<f32>,
    moved: Option<Moved<'a>>,
}

/// Changes of vectors when states are moved.
struct Moved<'a> {
    by: &'a Array2<f32>,
    updates: Array2<f32>,
    scores: Array2<f32>,
}

impl Compared<'_> {
    fn measure(
        &self,
        distance: f64,
        over: &OverTrials<'_>,
        generator: &mut Generator,
    ) -> Result<FieldAtDistance, Error> {
        let &Self { places, updates, scores, .. } = self;
        let count = updates.nrows() as u64;
        let others: Vec<usize> =
            (0..updates.nrows()).map(|_| generator.below(count) as usize).collect();
        let products = |a: &Array2<f32>, b: &Array2<f32>, row: usize, other: usize| {
            [dot(a, row, b, other), dot(a, row, a, row), dot(b, other, b, other)]
        };
        let cosine = |[ab, aa, bb]: [f64; 3]| ab / (aa * bb).sqrt();
        let contraction = |change: &Array2<f32>, by: &Array2<f32>| {
            over.of_sums(
                |row| [dot(change, row, by, row), dot(by, row, by, row)],
                |[along, all]| -along / all,
            )
        };
        // A leak pulls towards the mean, which is the origin of the coordinates.
        let leak = places.mapv(|x| -x);
        Ok(FieldAtDistance {
            distance,
            cosine: over.of_sums(|row| products(updates, scores, row, row), cosine)?,
            shuffled_cosine: over
                .of_sums(|row| products(updates, scores, row, others[row]), cosine)?,
            leak_cosine: over.of_sums(|row| products(&leak, scores, row, row), cosine)?,
            slope: over
                .of_sums(|row| products(updates, scores, row, row), |[ab, _, bb]| ab / bb)?,
            r_squared: over.of_sums(
                |row| products(updates, scores, row, row),
                |[ab, aa, bb]| 1.0 - (aa - 2.0 * ab + bb) / aa,
            )?,
            contraction_per_step: self
                .moved
                .as_ref()
                .map(|moved| contraction(&moved.updates, moved.by))
                .transpose()?,
            score_contraction_per_step: self
                .moved
                .as_ref()
                .map(|moved| contraction(&moved.scores, moved.by))
                .transpose()?,
        })
    }
}

/// Product of a row of one array with a row of another.
pub(super) fn dot(a: &Array2<f32>, i: usize, b: &Array2<f32>, j: usize) -> f64 {
    wide_dot(a.row(i), b.row(j))
}

fn wide_dot(a: ArrayView1<'_, f32>, b: ArrayView1<'_, f32>) -> f64 {
    a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
}

/// Mean vectors over the plane of the first two components.
fn plane(places: &Array2<f32>, updates: &Array2<f32>, scores: &Array2<f32>) -> Vec<PlaneArrow> {
    if places.ncols() < 2 {
        return Vec::new();
    }
    let range = |k: usize| {
        let column = places.column(k);
        let low = column.iter().copied().fold(f32::INFINITY, f32::min);
        let high = column.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        (f64::from(low), f64::from(high))
    };
    let ranges = [range(0), range(1)];
    let widths = ranges.map(|(low, high)| (high - low) / PLANE_CELLS as f64);
    let mut cells = vec![(0_usize, [0.0; 4]); PLANE_CELLS * PLANE_CELLS];
    for (row, place) in places.outer_iter().enumerate() {
        let index = [0, 1].map(|k| {
            let cell = ((f64::from(place[k]) - ranges[k].0) / widths[k]).floor();
            (cell.max(0.0) as usize).min(PLANE_CELLS - 1)
        });
        let (count, sums) = &mut cells[index[0] * PLANE_CELLS + index[1]];
        *count += 1;
        let vectors = [updates[[row, 0]], updates[[row, 1]], scores[[row, 0]], scores[[row, 1]]];
        sums.iter_mut().zip(vectors).for_each(|(sum, x)| *sum += f64::from(x));
    }
    let arrow = |(index, &(states, sums)): (usize, &(usize, [f64; 4]))| {
        let [a, b, c, d] = sums.map(|sum| sum / states as f64);
        let centre = |k: usize, cell: usize| ranges[k].0 + (cell as f64 + 0.5) * widths[k];
        PlaneArrow {
            place: [centre(0, index / PLANE_CELLS), centre(1, index % PLANE_CELLS)],
            states,
            update: [a, b],
            score: [c, d],
        }
    };
    cells.iter().enumerate().filter(|(_, (states, _))| *states >= FEWEST).map(arrow).collect()
}

/// Mean drift along the manifold in each bin, and the cosine between both drifts over bins.
fn drift(
    dynamics: &dyn Dynamics,
    denoiser: &Denoiser,
    states: &WakingStates,
    updates: &Array2<f32>,
    scores: &Array2<f32>,
    bins: &Bins,
    over: &OverTrials<'_>,
) -> Result<(Vec<DriftArrow>, Option<Measured>), Error> {
    let dim = states.dim;
    // [row, dim] of both.
    let mut along = [Vec::new(), Vec::new()];
    let jacobians = pulled_back(dynamics.task(), dynamics.readout(), &states.stimuli);
    let jacobians = denoiser.project_rows(jacobians.view());
    for row in 0..states.len() {
        let jacobian = jacobians.slice(s![row * dim..(row + 1) * dim, ..]);
        for (along, vectors) in along.iter_mut().zip([updates, scores]) {
            along.extend(least_squares(jacobian, vectors.row(row)));
        }
    }
    let bin_of: Vec<usize> = states.stimuli.chunks_exact(dim).map(|s| bins.nearest(s)).collect();
    let means = |trials: &dyn Fn(usize) -> f64| -> Vec<(f64, Vec<f64>)> {
        let mut sums = vec![(0.0, vec![0.0; 2 * dim]); bins.len()];
        for (row, &bin) in bin_of.iter().enumerate() {
            let weight = trials(states.trial(row));
            if weight == 0.0 {
                continue;
            }
            let (count, sum) = &mut sums[bin];
            *count += weight;
            for d in 0..dim {
                sum[d] += weight * along[0][row * dim + d];
                sum[dim + d] += weight * along[1][row * dim + d];
            }
        }
        for (count, sum) in &mut sums {
            sum.iter_mut().for_each(|x| *x /= *count);
        }
        sums
    };
    let all = means(&|_| 1.0);
    let shown: Vec<usize> = (0..bins.len()).filter(|&bin| all[bin].0 >= FEWEST as f64).collect();
    let arrows = shown
        .iter()
        .map(|&bin| DriftArrow {
            place: bins.centre(bin),
            states: all[bin].0 as usize,
            update: all[bin].1[..dim].to_vec(),
            score: all[bin].1[dim..].to_vec(),
        })
        .collect();
    if shown.len() < 3 {
        return Ok((arrows, None));
    }
    // Means over few trials are aligned better or worse by chance. Resampling estimates this
    // bias.
    let cosine = bootstrap::over_trials(states.trials, over.bootstrap, |trials: &[usize]| {
        let mut weights = vec![0.0; states.trials];
        trials.iter().for_each(|&trial| weights[trial] += 1.0);
        let found = means(&|trial| weights[trial]);
        let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
        for (count, sum) in shown.iter().map(|&bin| &found[bin]).filter(|(count, _)| *count > 0.0) {
            for d in 0..dim {
                ab += count * sum[d] * sum[dim + d];
                aa += count * sum[d] * sum[d];
                bb += count * sum[dim + d] * sum[dim + d];
            }
        }
        ab / (aa * bb).sqrt()
    })?;
    Ok((arrows, Some(cosine)))
}

/// The displacement x, `[dim]`, whose `jacobianᵀ x` is nearest to `vector`. The normal equations
/// `J Jᵀ x = J v` have a positive definite matrix and are solved by elimination.
fn least_squares(jacobian: ArrayView2<'_, f32>, vector: ArrayView1<'_, f32>) -> Vec<f64> {
    let dim = jacobian.nrows();
    let mut rows: Vec<Vec<f64>> = jacobian
        .outer_iter()
        .map(|row| {
            let products = jacobian.outer_iter().map(|other| wide_dot(row, other));
            products.chain([wide_dot(row, vector)]).collect()
        })
        .collect();
    for pivot in 0..dim {
        let (above, below) = rows.split_at_mut(pivot + 1);
        for row in below {
            let factor = row[pivot] / above[pivot][pivot];
            row.iter_mut().zip(&above[pivot]).for_each(|(x, from)| *x -= factor * from);
        }
    }
    let mut solution = vec![0.0; dim];
    for i in (0..dim).rev() {
        let known: f64 = (i + 1..dim).map(|j| rows[i][j] * solution[j]).sum();
        solution[i] = (rows[i][dim] - known) / rows[i][i];
    }
    solution
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, Array2};

    #[test]
    fn displacements_are_found_again_in_any_number_of_dimensions() {
        for dim in 1..=4 {
            let jacobian = Array2::from_shape_fn((dim, 7), |(i, j)| {
                ((3 * i + 2 * j * j + 1) % 11) as f32 - 4.0
            });
            let displacement = Array1::from_shape_fn(dim, |i| 0.5 - i as f32);
            let vector = jacobian.t().dot(&displacement);
            let found = least_squares(jacobian.view(), vector.view());
            for (found, expected) in found.iter().zip(&displacement) {
                assert!((found - f64::from(*expected)).abs() < 1e-6, "{dim} dimensions: {found}");
            }
        }
    }
}
