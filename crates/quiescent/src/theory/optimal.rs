//! The greedily optimal network of equations (16)–(18).

use ndarray::{Array2, ArrayView2, Axis};
use std::sync::Arc;

use super::Error;
use super::dynamics::Dynamics;
use super::manifold::Manifold;
use super::product::product;
use super::readout::{self, Readout};
use super::stimulus_law::StimulusLaw;
use crate::task::Task;

/// Largest fraction of the targets' variance that a readout may miss.
const MISSED: f64 = 0.1;

/// A network with the greedily optimal dynamics for a task,
///
/// ```text
/// Δr = σ² ∇log p(r) Δt + D† f′(s) Δs + σ η     (18)
/// ```
#[derive(Debug, Clone)]
pub struct OptimalNetwork {
    task: Arc<dyn Task>,
    readout: Readout,
    manifold: Manifold,
}

impl OptimalNetwork {
    /// Creates the optimal network of a task under a stimulus law, for a given readout and step
    /// noise σ√Δt.
    ///
    /// # Errors
    /// If the readout does not belong to this task or cannot represent its targets (deficient
    /// rank), the noise is zero, or the law's stimuli do not belong to this task.
    pub fn new(
        task: Arc<dyn Task>,
        law: StimulusLaw,
        readout: Readout,
        step_sd: f64,
    ) -> Result<Self, Error> {
        let targets = targets(task.as_ref(), law.stimuli())?;
        if readout.matrix().nrows() != targets.ncols() {
            return Err(Error::Shape {
                what: "the number of rows of the readout",
                expected: format!("{} (the task's targets)", targets.ncols()),
                found: readout.matrix().nrows().to_string(),
            });
        }
        let missed = readout.missed_variance(targets.view());
        if missed.is_nan() || missed > MISSED {
            return Err(Error::Undefined {
                measurement: "the manifold D†f(s)",
                reason: format!(
                    "the readout's rank ({}) is deficient: D D† f(s) misses {:.0} % of the \
                     variance of the target activity (at most {:.0} % is allowed); use more \
                     units or another readout",
                    readout.rank(),
                    100.0 * missed,
                    100.0 * MISSED
                ),
            });
        }
        let means = product(targets.view(), readout.inverse().t());
        let flat: Vec<f32> = law.stimuli().iter().copied().collect();
        let jacobians = pulled_back(task.as_ref(), &readout, &flat);
        let stretch =
            jacobians.axis_chunks_iter(Axis(0), task.space().dim()).map(stretch).collect();
        let manifold = Manifold::new(law, means.view(), stretch, step_sd)?;
        Ok(Self { task, readout, manifold })
    }

    /// Creates the optimal network with a random readout from `units` units. By default there are
    /// as many units as the targets' span has dimensions; further units would carry only noise.
    /// The readout is scaled so that the root mean square radius of the manifold is
    /// `signal_to_noise` times the standard deviation of one step's noise in one unit.
    ///
    /// # Errors
    /// As [`new`](Self::new), and if the targets span more dimensions than there are units.
    pub fn with_random_readout(
        task: Arc<dyn Task>,
        law: StimulusLaw,
        units: Option<usize>,
        signal_to_noise: f64,
        step_sd: f64,
        seed: u64,
    ) -> Result<Self, Error> {
        if !(signal_to_noise > 0.0 && signal_to_noise.is_finite()) {
            return Err(Error::setting(
                "signal_to_noise",
                signal_to_noise,
                "a positive finite number",
            ));
        }
        let targets = targets(task.as_ref(), law.stimuli())?;
        let readout = Readout::random(targets.view(), units, &mut readout::generator(seed))?;
        // D† preserves lengths, so the radius is that of the targets.
        let unscaled = root_mean_square_radius(targets.view(), law.weights());
        if unscaled <= 0.0 {
            return Err(Error::Undefined {
                measurement: "the signal-to-noise ratio",
                reason: "all stimuli of the law have the same target".into(),
            });
        }
        let readout = readout.scaled(signal_to_noise * step_sd / unscaled);
        Self::new(task, law, readout, step_sd)
    }

    /// The noisy manifold.
    pub fn manifold(&self) -> &Manifold {
        &self.manifold
    }
}

impl Dynamics for OptimalNetwork {
    fn task(&self) -> &dyn Task {
        self.task.as_ref()
    }

    fn units(&self) -> usize {
        self.manifold.units()
    }

    fn readout(&self) -> &Readout {
        &self.readout
    }

    fn encode(&self, stimuli: &[f32], states: &mut [f32]) {
        let rows = stimuli.len() / self.task.space().dim();
        let mut targets = Array2::zeros((rows, self.task.target_dim()));
        if let Some(values) = targets.as_slice_mut() {
            self.task.targets(stimuli, values);
        }
        let encoded = product(targets.view(), self.readout.inverse().t());
        states.iter_mut().zip(&encoded).for_each(|(state, value)| *state = *value);
    }

    /// Δr₁* = σ² ∇log p(r) Δt (16).
    fn rest_update(&self, states: &[f32], update: &mut [f32]) {
        self.manifold.optimal_update(states, update);
    }

    /// Δr₂* = D† f′(s) Δs (17).
    fn input_update(
        &self,
        _states: &[f32],
        stimuli: &[f32],
        displacements: &[f32],
        update: &mut [f32],
    ) {
        let (dim, units) = (self.task.space().dim(), self.units());
        let moved = target_change(self.task.as_ref(), stimuli, displacements);
        let update_rows = product(moved.view(), self.readout.inverse().t());
        debug_assert_eq!(update.len(), stimuli.len() / dim * units);
        update.iter_mut().zip(&update_rows).for_each(|(update, value)| *update = *value);
    }
}

/// f(s) of `stimuli: [row, dim]`, `[row, target]`.
pub(super) fn targets(task: &dyn Task, stimuli: ArrayView2<'_, f32>) -> Result<Array2<f32>, Error> {
    if stimuli.ncols() != task.space().dim() {
        return Err(Error::Shape {
            what: "the dimension of the stimuli",
            expected: format!("{} (the task's)", task.space().dim()),
            found: stimuli.ncols().to_string(),
        });
    }
    let flat: Vec<f32> = stimuli.iter().copied().collect();
    let mut values = vec![0.0; stimuli.nrows() * task.target_dim()];
    task.targets(&flat, &mut values);
    Array2::from_shape_vec((stimuli.nrows(), task.target_dim()), values).map_err(|_| Error::Shape {
        what: "the targets",
        expected: "one row for each stimulus".into(),
        found: "other".into(),
    })
}

/// f′(s) Δs of every row, `[row, target]`.
pub(super) fn target_change(
    task: &dyn Task,
    stimuli: &[f32],
    displacements: &[f32],
) -> Array2<f32> {
    let (dim, count) = (task.space().dim(), task.target_dim());
    let mut change = Array2::zeros((stimuli.len() / dim, count));
    let mut derivative = vec![0.0; count * dim];
    let rows = stimuli.chunks_exact(dim).zip(displacements.chunks_exact(dim));
    for ((stimulus, moved), mut change) in rows.zip(change.outer_iter_mut()) {
        task.target_derivative(stimulus, &mut derivative);
        for (slot, slopes) in change.iter_mut().zip(derivative.chunks_exact(dim)) {
            *slot = slopes.iter().zip(moved).map(|(a, b)| a * b).sum();
        }
    }
    change
}

/// D† f′(s) at `stimuli: [row, dim]`, `[row · dim, unit]`.
pub(super) fn pulled_back(task: &dyn Task, readout: &Readout, stimuli: &[f32]) -> Array2<f32> {
    let (dim, count) = (task.space().dim(), task.target_dim());
    let mut derivatives = Array2::zeros((stimuli.len(), count));
    let mut derivative = vec![0.0; count * dim];
    for (row, stimulus) in stimuli.chunks_exact(dim).enumerate() {
        task.target_derivative(stimulus, &mut derivative);
        for (i, slopes) in derivative.chunks_exact(dim).enumerate() {
            for (d, slope) in slopes.iter().enumerate() {
                derivatives[[row * dim + d, i]] = *slope;
            }
        }
    }
    product(derivatives.view(), readout.inverse().t())
}

/// √det(JJᵀ) for the rows of `jacobian: [dim, unit]`: the volume that the rows span.
fn stretch(jacobian: ArrayView2<'_, f32>) -> f64 {
    let rows: Vec<Vec<f64>> = jacobian
        .axis_iter(Axis(0))
        .map(|row| row.iter().map(|&x| f64::from(x)).collect())
        .collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    // The product of each row's length after subtracting its part along the previous rows.
    let mut across: Vec<Vec<f64>> = Vec::new();
    rows.into_iter().fold(1.0, |volume, mut row| {
        for before in &across {
            let share = dot(&row, before) / dot(before, before).max(f64::MIN_POSITIVE);
            row.iter_mut().zip(before).for_each(|(x, y)| *x -= share * y);
        }
        let length = dot(&row, &row).sqrt();
        across.push(row);
        volume * length
    })
}

/// √Σ_k w_k ‖x_k − x̄‖².
fn root_mean_square_radius(points: ArrayView2<'_, f32>, weights: &[f64]) -> f64 {
    let columns = points.columns().into_iter();
    let variance = |column: ndarray::ArrayView1<'_, f32>| {
        let weighted = || column.iter().zip(weights).map(|(&x, w)| (f64::from(x), w));
        let mean: f64 = weighted().map(|(x, w)| x * w).sum();
        weighted().map(|(x, w)| w * (x - mean).powi(2)).sum::<f64>()
    };
    columns.map(variance).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stretch_is_the_volume_of_the_rows_in_any_number_of_dimensions() {
        // Lengths 2, 3 and 4 along the axes, then sheared, which preserves volume.
        let rows =
            ndarray::arr2(&[[2.0_f32, 0.0, 0.0, 0.0], [5.0, 3.0, 0.0, 0.0], [-1.0, 7.0, 0.0, 4.0]]);
        for (dim, volume) in [(1, 2.0), (2, 6.0), (3, 24.0)] {
            let found = stretch(rows.slice(ndarray::s![..dim, ..]));
            assert!((found - volume).abs() < 1e-12, "{dim} dimensions: {found}");
        }
        let flat = ndarray::arr2(&[[1.0_f32, 2.0], [2.0, 4.0], [0.0, 0.0]]);
        assert!(stretch(flat.view()).abs() < 1e-12);
    }
}
