//! The manifold μ(s) = D†f(s) with noise: the mixture p(r), its posterior and its score.
//!
//! With components k of weight w_k at μ_k and v = σ²Δt, the variance of one step's noise,
//!
//! ```text
//! p(r) = Σ_k w_k N(r; μ_k, v I)                    (the paper's p(r) = ∫ p(r|s) p(s) ds)
//! π_k(r) ∝ w_k exp(−‖r − μ_k‖² / 2v)
//! v ∇log p(r) = Σ_k π_k(r) μ_k − r                 (Tweedie's formula)
//! ```
//!
//! so the greedily optimal update Δr₁* = σ² ∇log p(r) Δt (16) moves the state to the posterior
//! mean.

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use super::Error;
use super::stimulus_law::StimulusLaw;
use crate::analysis::check_finite;
use crate::numerics::exp::exp;
use crate::numerics::matmul::{Accum, matrix, multiply, transpose};
use crate::numerics::tiny::flushed;
use crate::numerics::vectorized;

/// States processed together. With 100, two threads reach 79 % of the matrix-product rate; with
/// 50, 70 %.
const ROWS: usize = 100;
/// Number of components whose distances to all others determine the resolution.
const JUDGED: usize = 200;
/// Components farther apart than this, in standard deviations of a step's noise, leave gaps in
/// p(r). At a spacing of 2, the density along a regular row of components ripples by 3 %; at 3,
/// by 36 %.
const SPARSE: f64 = 2.0;
/// Components closer than this add work but do not change p(r).
const DENSE: f64 = 0.02;

/// A noisy manifold as a Gaussian mixture.
#[derive(Debug, Clone)]
pub struct Manifold {
    law: StimulusLaw,
    units: usize,
    step_sd: f64,
    /// Mean of the components, `[unit]`. Distances are computed relative to it, so that a large
    /// mean does not reduce precision.
    centre: Vec<f32>,
    /// μ_k − centre, `[component, unit]`.
    means: Vec<f32>,
    /// (μ_k − centre)ᵀ / v, `[unit, component]`.
    scaled: Vec<f32>,
    /// −‖μ_k − centre‖² / 2v.
    offsets: Vec<f32>,
    /// The offsets plus ln w_k; −∞ for components without weight.
    biases: Vec<f32>,
    /// Volume of the manifold per volume of stimuli, √det(JᵀJ) with J = ∂μ/∂s, `[component]`.
    stretch: Vec<f64>,
}

/// How finely the components cover the manifold.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Resolution {
    /// Median distance of a component from its nearest neighbour, in standard deviations of one
    /// step's noise.
    pub spacing_in_step_sds: f64,
    /// The 95th percentile of this distance.
    pub widest_in_step_sds: f64,
}

impl Resolution {
    /// A warning about the resolution; none if the noise resolves the components well.
    pub fn warning(&self) -> Option<String> {
        if self.widest_in_step_sds > SPARSE {
            return Some(format!(
                "the manifold is sparser than the noise resolves: neighbouring components are up to \
                 {:.1} standard deviations of a step's noise apart (at most {SPARSE} leaves no gaps); \
                 use more components or more noise",
                self.widest_in_step_sds
            ));
        }
        (self.spacing_in_step_sds < DENSE).then(|| {
            format!(
                "the manifold is denser than the noise resolves: neighbouring components are {:.4} \
                 standard deviations of a step's noise apart ({DENSE} is fine enough); fewer \
                 components give the same p(r) faster",
                self.spacing_in_step_sds
            )
        })
    }
}

impl Manifold {
    /// Creates a manifold with `means: [component, unit]` for the stimuli of `law`. `stretch:
    /// [component]` is √det(JᵀJ) with J = ∂μ/∂s; `step_sd` is σ√Δt.
    ///
    /// # Errors
    /// If sizes disagree, a value is not finite, or the noise is zero, because there is then no
    /// score.
    pub fn new(
        law: StimulusLaw,
        means: ArrayView2<'_, f32>,
        stretch: Vec<f64>,
        step_sd: f64,
    ) -> Result<Self, Error> {
        let (components, units) = means.dim();
        let wrong = |what, found: usize| Error::Shape {
            what,
            expected: format!("{} (one for each stimulus of the law)", law.len()),
            found: found.to_string(),
        };
        if components != law.len() {
            return Err(wrong("the number of points of the manifold", components));
        }
        if stretch.len() != components {
            return Err(wrong("the number of volume elements", stretch.len()));
        }
        if !(step_sd > 0.0 && step_sd.is_finite()) {
            return Err(no_noise());
        }
        check_finite("points of the manifold", means)?;
        let centre: Vec<f32> = means
            .columns()
            .into_iter()
            .map(|column| {
                let sum: f64 =
                    column.iter().zip(law.weights()).map(|(&x, w)| f64::from(x) * w).sum();
                sum as f32
            })
            .collect();
        let centred: Vec<f32> =
            means.indexed_iter().map(|((_, unit), x)| x - centre[unit]).collect();
        let variance = step_sd * step_sd;
        let mut scaled = vec![0.0; centred.len()];
        transpose(&centred, components, units, &mut scaled);
        scaled.iter_mut().for_each(|x| *x = (f64::from(*x) / variance) as f32);
        let offsets: Vec<f32> = centred
            .chunks_exact(units)
            .map(|row| (-0.5 * squared_norm(row) / variance) as f32)
            .collect();
        let biases = offsets
            .iter()
            .zip(law.weights())
            .map(|(offset, weight)| (f64::from(*offset) + weight.ln()) as f32)
            .collect();
        Ok(Self { law, units, step_sd, centre, means: centred, scaled, offsets, biases, stretch })
    }

    /// Number of components.
    pub fn len(&self) -> usize {
        self.offsets.len()
    }

    /// Whether there are no components; always false.
    pub fn is_empty(&self) -> bool {
        self.offsets.is_empty()
    }

    /// Number of units N_r.
    pub fn units(&self) -> usize {
        self.units
    }

    /// Standard deviation of one step's noise per unit, σ√Δt.
    pub fn step_sd(&self) -> f64 {
        self.step_sd
    }

    /// The stimuli with their law.
    pub fn law(&self) -> &StimulusLaw {
        &self.law
    }

    /// μ_k, `[component, unit]`.
    pub fn means(&self) -> Array2<f32> {
        Array2::from_shape_fn((self.len(), self.units), |(k, j)| {
            self.means[k * self.units + j] + self.centre[j]
        })
    }

    /// Root mean square distance of the components from their mean, in standard deviations of one
    /// step's noise: the signal-to-noise ratio.
    pub fn signal_to_noise(&self) -> f64 {
        let weighted = self
            .means
            .chunks_exact(self.units)
            .zip(self.law.weights())
            .map(|(row, weight)| weight * squared_norm(row));
        weighted.sum::<f64>().sqrt() / self.step_sd
    }

    /// How finely the components cover the manifold, from a sample of them.
    pub fn resolution(&self) -> Resolution {
        let (count, units) = (self.len(), self.units);
        let judged = JUDGED.min(count);
        let mut distances: Vec<f64> = (0..judged)
            .into_par_iter()
            .map(|i| {
                let k = i * count / judged;
                let own = &self.means[k * units..(k + 1) * units];
                let others = self.means.chunks_exact(units).enumerate().filter(|(j, _)| *j != k);
                others
                    .map(|(_, other)| squared_distance(own, other))
                    .fold(f64::INFINITY, f64::min)
                    .sqrt()
                    / self.step_sd
            })
            .collect();
        distances.sort_by(f64::total_cmp);
        let at = |fraction: f64| distances[(fraction * (judged - 1) as f64).round() as usize];
        Resolution { spacing_in_step_sds: at(0.5), widest_in_step_sds: at(0.95) }
    }

    /// Writes posterior means Σ_k π_k(r) μ_k of `states: [row, unit]` to `out` and, if requested,
    /// the component nearest to each state to `nearest`.
    ///
    /// This takes two matrix products, `rows × units × components` each, with a softmax between
    /// them. Runs on the current rayon pool; the result does not depend on its size.
    ///
    /// # Panics
    /// If the slices disagree.
    pub fn posterior_means(&self, states: &[f32], out: &mut [f32], nearest: Option<&mut [u32]>) {
        let (units, count) = (self.units, self.len());
        assert!(states.len() == out.len() && states.len().is_multiple_of(units));
        let rows = states.len() / units;
        let wanted = nearest.is_some();
        let mut scratch_nearest = Vec::new();
        let nearest = nearest.unwrap_or_else(|| {
            scratch_nearest.resize(rows, 0);
            &mut scratch_nearest
        });
        assert_eq!(nearest.len(), rows, "one nearest component for each state");
        states
            .par_chunks(ROWS * units)
            .zip(out.par_chunks_mut(ROWS * units))
            .zip(nearest.par_chunks_mut(ROWS))
            .for_each_init(Scratch::default, |scratch, ((states, out), nearest)| {
                let rows = states.len() / units;
                self.products(states, scratch);
                if wanted {
                    for (row, nearest) in scratch.logits.chunks_exact(count).zip(nearest) {
                        *nearest = index_of_largest(row, &self.offsets) as u32;
                    }
                }
                scratch.totals.clear();
                for row in scratch.logits.chunks_exact_mut(count) {
                    scratch.totals.push(exponentials(row, &self.biases));
                }
                multiply(
                    out,
                    Accum::Replace,
                    matrix(&scratch.logits, rows, count),
                    matrix(&self.means, count, units),
                );
                // Dividing the result costs less than dividing every exponential.
                for (row, total) in out.chunks_exact_mut(units).zip(&scratch.totals) {
                    for (x, centre) in row.iter_mut().zip(&self.centre) {
                        *x = *x / total + centre;
                    }
                }
            });
    }

    /// ln p(r) of `states: [row, unit]`, in nats.
    pub fn log_density(&self, states: &[f32]) -> Vec<f64> {
        let (units, variance) = (self.units, self.step_sd * self.step_sd);
        let normalisation = -0.5 * units as f64 * (std::f64::consts::TAU * variance).ln();
        let chunks: Vec<Vec<f64>> = states
            .par_chunks(ROWS * units)
            .map_init(Scratch::default, |scratch, states| {
                self.products(states, scratch);
                let rows = scratch.logits.chunks_exact(self.len());
                rows.zip(scratch.centred.chunks_exact(units))
                    .map(|(row, state)| {
                        let terms = row.iter().zip(&self.biases);
                        let all: Vec<f64> = terms.map(|(l, bias)| f64::from(l + bias)).collect();
                        let largest = all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                        let sum: f64 = all.iter().map(|l| (l - largest).exp()).sum();
                        largest + sum.ln() - 0.5 * squared_norm(state) / variance + normalisation
                    })
                    .collect()
            })
            .collect();
        chunks.into_iter().flatten().collect()
    }

    /// Scaled score v ∇log p(r) = Σ_k π_k(r) μ_k − r of `states: [row, unit]`: the greedily optimal
    /// update Δr₁* (16).
    pub fn optimal_update(&self, states: &[f32], update: &mut [f32]) {
        self.posterior_means(states, update, None);
        update.iter_mut().zip(states).for_each(|(update, state)| *update -= state);
    }

    /// Probability of each component under the law that Langevin sampling at temperature 1/β
    /// approaches along the manifold, ∝ (density per volume of the manifold)^β.
    ///
    /// p(r) on the manifold is p(s) divided by the manifold's stretch; a cell around s_k holds
    /// w_k = p(s_k) ds, and its volume on the manifold is stretch · ds.
    ///
    /// # Errors
    /// If the law does not have a density.
    pub fn tempered(&self, exponent: f64) -> Result<Vec<f64>, Error> {
        let density = self.law.density().ok_or_else(|| Error::Undefined {
            measurement: "the law at another temperature",
            reason: "the stimulus law was given without a density".into(),
        })?;
        let masses = self.law.weights().iter().zip(density).zip(&self.stretch);
        let masses: Vec<f64> = masses
            .map(|((&weight, &density), &stretch)| {
                if weight == 0.0 {
                    return 0.0;
                }
                weight * (density / stretch).powf(exponent - 1.0)
            })
            .collect();
        let total: f64 = masses.iter().sum();
        Ok(masses.into_iter().map(|mass| mass / total).collect())
    }

    /// μ_k·r / v relative to the centre, `[row, component]`: the logits of the posterior without
    /// the biases.
    fn products(&self, states: &[f32], scratch: &mut Scratch) {
        let (units, count) = (self.units, self.len());
        let rows = states.len() / units;
        scratch.centred.clear();
        for row in states.chunks_exact(units) {
            scratch.centred.extend(row.iter().zip(&self.centre).map(|(x, centre)| x - centre));
        }
        scratch.logits.resize(rows * count, 0.0);
        multiply(
            &mut scratch.logits,
            Accum::Replace,
            matrix(&scratch.centred, rows, units),
            matrix(&self.scaled, units, count),
        );
    }
}

/// The error for a score without noise.
pub(super) fn no_noise() -> Error {
    Error::Undefined {
        measurement: "the score ∇log p(r)",
        reason: "the noise is zero, so p(r) is not a density over states; set a noise to probe \
                 the network with"
            .into(),
    }
}

#[derive(Debug, Default)]
struct Scratch {
    centred: Vec<f32>,
    logits: Vec<f32>,
    totals: Vec<f32>,
}

fn squared_norm(row: &[f32]) -> f64 {
    row.iter().map(|&x| f64::from(x) * f64::from(x)).sum()
}

fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum()
}

/// Number of separate sums in a reduction. The order is fixed on every CPU and allows
/// vectorisation.
const LANES: usize = 64;

/// The index at which `row + offsets` is largest.
fn index_of_largest(row: &[f32], offsets: &[f32]) -> usize {
    let top = largest(row, offsets);
    let mut sums = row.iter().zip(offsets).map(|(x, offset)| x + offset);
    sums.position(|x| x == top).unwrap_or(0)
}

/// The largest of `row + offsets`.
fn largest(row: &[f32], offsets: &[f32]) -> f32 {
    vectorized(
        #[inline(always)]
        || {
            let mut lanes = [f32::NEG_INFINITY; LANES];
            let (rows, rest) = row.as_chunks::<LANES>();
            let (offsets, offsets_rest) = offsets.as_chunks::<LANES>();
            for (row, offsets) in rows.iter().zip(offsets) {
                for ((lane, x), offset) in lanes.iter_mut().zip(row).zip(offsets) {
                    let x = x + offset;
                    *lane = if x > *lane { x } else { *lane };
                }
            }
            let rest = rest.iter().zip(offsets_rest).map(|(x, offset)| x + offset);
            lanes.into_iter().chain(rest).fold(f32::NEG_INFINITY, f32::max)
        },
    )
}

/// Replaces each element by `exp(row + biases − their largest)`, with tiny values set to zero.
/// Returns the sum.
fn exponentials(row: &mut [f32], biases: &[f32]) -> f32 {
    let top = largest(row, biases);
    vectorized(
        #[inline(always)]
        || {
            let mut sums = [0.0_f32; LANES];
            let (rows, rest) = row.as_chunks_mut::<LANES>();
            let (biases, biases_rest) = biases.as_chunks::<LANES>();
            for (row, biases) in rows.iter_mut().zip(biases) {
                for ((sum, x), bias) in sums.iter_mut().zip(row).zip(biases) {
                    *x = flushed(exp(*x + bias - top));
                    *sum += *x;
                }
            }
            for ((sum, x), bias) in sums.iter_mut().zip(rest).zip(biases_rest) {
                *x = flushed(exp(*x + bias - top));
                *sum += *x;
            }
            sums.iter().sum()
        },
    )
}
