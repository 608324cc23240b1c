//! The paper's assumptions (appendix B), each with one measured value.
//!
//! The criteria were fixed before anything was measured. They state what a physicist would accept
//! as "the assumption holds well enough for the theory to be quantitative".

use ndarray::Array2;

use super::bound::{Bound, read_out};
use super::denoiser::view;
use super::dynamics::Dynamics;
use super::field::rest_updates;
use super::optimal::targets;
use super::product::product;
use super::samples::WakingStates;
use super::{Assumption, Error, FieldResult, NoiseScan};
use crate::analysis::bootstrap::{self, BootstrapSettings, Measured};
use crate::analysis::{Missing, Outcome, Verdict};
use crate::space::Bins;

/// The data behind the measured values.
pub(super) struct Evidence<'a> {
    pub(super) dynamics: &'a dyn Dynamics,
    pub(super) states: &'a WakingStates,
    pub(super) step_sd: f64,
    pub(super) bins: &'a Bins,
    pub(super) bound: &'a Outcome<Bound>,
    pub(super) field: &'a Outcome<FieldResult>,
    pub(super) scan: &'a Outcome<NoiseScan>,
    pub(super) bootstrap: &'a BootstrapSettings,
}

/// Whether small or large values mean that an assumption holds.
#[derive(Clone, Copy)]
enum Criterion {
    AtMost(f64),
    AtLeast(f64),
}

impl Criterion {
    fn words(self) -> String {
        match self {
            Self::AtMost(limit) => format!("at most {limit}"),
            Self::AtLeast(limit) => format!("at least {limit}"),
        }
    }

    fn meets(self, value: f64) -> bool {
        match self {
            Self::AtMost(limit) => value <= limit,
            Self::AtLeast(limit) => value >= limit,
        }
    }
}

/// Measures every assumption, in the paper's order.
pub(super) fn measure(evidence: &Evidence<'_>) -> Vec<Assumption> {
    use Criterion::{AtLeast, AtMost};
    let row = |id: &str,
               statement: &str,
               measure: &str,
               criterion: Criterion,
               measured: Outcome<Measured>| Assumption {
        id: id.into(),
        statement: statement.into(),
        measure: measure.into(),
        verdict: measured
            .as_ref()
            .ok()
            .map(|measured| Verdict::of_measured(measured, |value| criterion.meets(value))),
        measured,
        unit: "1".into(),
        criterion: criterion.words(),
    };
    vec![
        row(
            "small_steps",
            "Time is continuous: steps are small",
            "curvature of the target over one step, E‖f(s′)−f(s)−f′(s)Δs‖ / E‖f′(s)Δs‖",
            AtMost(0.1),
            evidence.small_steps(),
        ),
        row(
            "change_based_input",
            "The input tells of change only, not of place",
            "part of the variance of Δs that the place explains",
            AtMost(0.05),
            said(evidence.input_by_place()),
        ),
        row(
            "stationary_stimulus",
            "The law of the stimulus, p(s), is stationary",
            "part of the variance of s and of its squares (or of its cosine and sine) that the step \
             of the trial explains",
            AtMost(0.01),
            said(evidence.stimulus_by_step()),
        ),
        row(
            "stationary_states",
            "The law of the states, p(r), is stationary",
            "part of the variance of r that the step of the trial explains",
            AtMost(0.01),
            said(evidence.states_by_step()),
        ),
        row(
            "states_on_manifold",
            "The state is the target’s image, r ≈ D†f(s)",
            "R² of r by D†f(s), over all units",
            AtLeast(0.9),
            said(evidence.on_manifold(false)),
        ),
        row(
            "states_on_manifold_readout",
            "The state is the target’s image in the directions that the readout sees",
            "R² of D†D r by D†f(s)",
            AtLeast(0.9),
            said(evidence.on_manifold(true)),
        ),
        row(
            "near_optimal",
            "The network is near its optimum in spite of the noise",
            "R² of the target f(s) by the readout D r",
            AtLeast(0.9),
            said(evidence.tracking()),
        ),
        row(
            "greedy",
            "The network is greedy: it removes at once all noise that can be removed",
            "noise that Δr₁ removes in one step, as a part of what the score would remove",
            AtLeast(0.9),
            evidence.greedy(),
        ),
        row(
            "decomposable",
            "The update is decomposable: at zero input it does not carry the motion on",
            "part of the variance of Δr₁ that the displacement of the step before and its magnitude explain",
            AtMost(0.05),
            said(evidence.carried_on()),
        ),
        row(
            "zero_input",
            "In the quiescent phase there is no input: the noise has no mean",
            "mean of the noise over its standard deviation, absolute value",
            AtMost(0.01),
            said(evidence.noise_mean()),
        ),
        row(
            "doubling_optional",
            "Reactivation does not need the noise doubled",
            "KL(quiescent‖active) without doubling minus that with, in nats, of occupancies",
            AtMost(0.1),
            evidence.without_doubling(),
        ),
    ]
}

fn said(measured: Result<Measured, Error>) -> Outcome<Measured> {
    measured.map_err(Missing::from)
}

impl Evidence<'_> {
    fn small_steps(&self) -> Outcome<Measured> {
        let bound = self.bound.as_ref().map_err(Clone::clone)?;
        Ok(bound.curvature.divided_by(bound.signal_without_response))
    }

    fn input_by_place(&self) -> Result<Measured, Error> {
        let dim = self.states.dim;
        let groups: Vec<usize> =
            self.states.stimuli.chunks_exact(dim).map(|s| self.bins.nearest(s)).collect();
        self.explained_by(&wide(&self.states.displacements), dim, &groups)
    }

    fn stimulus_by_step(&self) -> Result<Measured, Error> {
        let features: Vec<f64> = self
            .states
            .stimuli
            .chunks_exact(self.states.dim)
            .flat_map(|stimulus| match stimulus {
                [heading] => {
                    let (sin, cos) = f64::from(*heading).sin_cos();
                    vec![cos, sin]
                }
                position => {
                    let position = position.iter().map(|&x| f64::from(x));
                    position.clone().chain(position.map(|x| x * x)).collect()
                }
            })
            .collect();
        let width = features.len() / self.states.len();
        self.explained_by(&features, width, &self.states.steps)
    }

    fn states_by_step(&self) -> Result<Measured, Error> {
        self.explained_by(&wide(&self.states.states()), self.states.units, &self.states.steps)
    }

    /// Adjusted fraction of the variance of `values: [row, width]` that lies between groups.
    fn explained_by(
        &self,
        values: &[f64],
        width: usize,
        groups: &[usize],
    ) -> Result<Measured, Error> {
        let states = self.states;
        let count = groups.iter().max().map_or(0, |group| group + 1);
        let mean: Vec<f64> = (0..width)
            .map(|j| values.iter().skip(j).step_by(width).sum::<f64>() / states.len() as f64)
            .collect();
        let statistic = |trials: &[usize]| {
            let mut weights = vec![0.0; states.trials];
            trials.iter().for_each(|&trial| weights[trial] += 1.0);
            let mut sums = vec![0.0; (count + 1) * width];
            let mut rows_of = vec![0.0; count];
            let mut squares = 0.0;
            for (row, value) in values.chunks_exact(width).enumerate() {
                let weight = weights[states.trial(row)];
                if weight == 0.0 {
                    continue;
                }
                rows_of[groups[row]] += weight;
                let (all, grouped) = sums.split_at_mut(width);
                let grouped = &mut grouped[groups[row] * width..(groups[row] + 1) * width];
                for j in 0..width {
                    // Subtracting the mean over all trials preserves precision.
                    let x = value[j] - mean[j];
                    all[j] += weight * x;
                    grouped[j] += weight * x;
                    squares += weight * x * x;
                }
            }
            let rows: f64 = rows_of.iter().sum();
            let (all, grouped) = sums.split_at(width);
            let common = all.iter().map(|sum| sum * sum).sum::<f64>() / rows;
            let between: f64 = grouped
                .chunks_exact(width)
                .zip(&rows_of)
                .filter(|(_, rows)| **rows > 0.0)
                .map(|(sum, rows)| sum.iter().map(|x| x * x).sum::<f64>() / rows)
                .sum();
            let visited = rows_of.iter().filter(|rows| **rows > 0.0).count() as f64;
            let within = (squares - between) / (squares - common);
            // This many groups explain some variance by chance; the adjustment removes that part.
            1.0 - within * (rows - 1.0) / (rows - visited).max(1.0)
        };
        bootstrap::over_trials(states.trials, self.bootstrap, statistic)
    }

    fn on_manifold(&self, readout_only: bool) -> Result<Measured, Error> {
        let readout = self.dynamics.readout();
        let (expected, _) = self.images()?;
        let clean = view(&self.states.clean, self.states.units)?;
        let states = if readout_only {
            product(product(clean, readout.matrix().t()).view(), readout.inverse().t())
        } else {
            clean.to_owned()
        };
        self.r_squared(&states, &expected)
    }

    fn tracking(&self) -> Result<Measured, Error> {
        let (_, targets) = self.images()?;
        let read =
            read_out(self.dynamics.readout().matrix(), &self.states.clean, self.states.units);
        let read = view(&read, targets.ncols())?.to_owned();
        self.r_squared(&targets, &read)
    }

    /// D†f(s) and f(s) for every row.
    fn images(&self) -> Result<(Array2<f32>, Array2<f32>), Error> {
        let stimuli = view(&self.states.stimuli, self.states.dim)?;
        let targets = targets(self.dynamics.task(), stimuli)?;
        let inverse = self.dynamics.readout().inverse();
        Ok((product(targets.view(), inverse.t()), targets))
    }

    /// 1 − Σ‖x − y‖² / Σ‖x − x̄‖².
    fn r_squared(&self, values: &Array2<f32>, predicted: &Array2<f32>) -> Result<Measured, Error> {
        let mean = values.mapv(f64::from).mean_axis(ndarray::Axis(0)).unwrap_or_default();
        let over = super::field::OverTrials { states: self.states, bootstrap: self.bootstrap };
        over.of_sums(
            |row| {
                let pairs = values.row(row).into_iter().zip(predicted.row(row)).zip(&mean);
                pairs.fold([0.0; 2], |[left, all], ((&x, &y), mean)| {
                    let x = f64::from(x);
                    [left + (x - f64::from(y)).powi(2), all + (x - mean).powi(2)]
                })
            },
            |[left, all]| 1.0 - left / all,
        )
    }

    fn greedy(&self) -> Outcome<Measured> {
        let field = self.field.as_ref().map_err(Clone::clone)?;
        if field.removable_noise.value <= 0.0 {
            return Err(Missing::undefined(
                "the score removes no noise, so the update cannot be compared with it",
            ));
        }
        Ok(field.removed_noise.divided_by(field.removable_noise.value))
    }

    /// R² of Δr₁ predicted by the displacement of the previous step and the magnitude of each of
    /// its components. Magnitudes are included because the output of a rectifying unit is neither
    /// odd nor even.
    fn carried_on(&self) -> Result<Measured, Error> {
        let states = self.states;
        let (dim, units) = (states.dim, states.units);
        let updates = rest_updates(self.dynamics, &states.states());
        let mean: Vec<f64> = (0..units)
            .map(|j| {
                let column = updates.iter().skip(j).step_by(units);
                column.map(|&x| f64::from(x)).sum::<f64>() / states.len() as f64
            })
            .collect();
        // Moments of (1, Δs, |Δs|) with itself and with Δr₁, and Σ‖Δr₁‖², for each trial.
        let terms = 2 * dim + 1;
        let mut of_trial = vec![vec![0.0; terms * terms + terms * units + 1]; states.trials];
        for row in 0..states.len() {
            let moved = &states.earlier_displacements[row * dim..(row + 1) * dim];
            let moved = moved.iter().map(|&x| f64::from(x));
            let x: Vec<f64> =
                std::iter::once(1.0).chain(moved.clone()).chain(moved.map(f64::abs)).collect();
            let y = &updates[row * units..(row + 1) * units];
            let sums = &mut of_trial[states.trial(row)];
            for (i, a) in x.iter().enumerate() {
                for (j, b) in x.iter().enumerate() {
                    sums[i * terms + j] += a * b;
                }
                let cross = &mut sums[terms * terms + i * units..][..units];
                for ((slot, y), mean) in cross.iter_mut().zip(y).zip(&mean) {
                    *slot += a * (f64::from(*y) - mean);
                }
            }
            let squares = y.iter().zip(&mean).map(|(y, mean)| (f64::from(*y) - mean).powi(2));
            sums[terms * terms + terms * units] += squares.sum::<f64>();
        }
        let statistic = |trials: &[usize]| {
            let mut sums = vec![0.0; of_trial[0].len()];
            for &trial in trials {
                sums.iter_mut().zip(&of_trial[trial]).for_each(|(sum, x)| *sum += x);
            }
            let (gram, rest) = sums.split_at(terms * terms);
            let (cross, squares) = rest.split_at(terms * units);
            explained(gram, cross, terms, units, squares[0])
        };
        bootstrap::over_trials(states.trials, self.bootstrap, statistic)
    }

    fn noise_mean(&self) -> Result<Measured, Error> {
        let (states, units) = (self.states, self.states.units);
        let over = super::field::OverTrials { states, bootstrap: self.bootstrap };
        let scale = self.step_sd;
        over.of_sums(
            |row| {
                let noise = &states.noise[row * units..(row + 1) * units];
                [noise.iter().map(|&x| f64::from(x)).sum(), units as f64]
            },
            |[sum, count]| (sum / count / scale).abs(),
        )
    }

    fn without_doubling(&self) -> Outcome<Measured> {
        let scan = self.scan.as_ref().map_err(Clone::clone)?;
        let at = |ratio: f64| {
            let near = |noise_ratio: f64| (noise_ratio - ratio).abs() < 1e-9;
            let point = scan.points.iter().find(|point| near(point.noise_ratio));
            point.map(|point| point.kl_from_waking).ok_or_else(|| {
                Missing::not_simulated(format_args!(
                    "the quiescent phase was not simulated with {ratio:.4} times the active noise"
                ))
            })
        };
        let (same, doubled) = (at(1.0)?, at(std::f64::consts::SQRT_2)?);
        Ok(same.minus(&doubled))
    }
}

/// Fraction of Σ‖y‖² that a linear regression on `terms` regressors explains beyond the first
/// one, the constant.
fn explained(gram: &[f64], cross: &[f64], terms: usize, units: usize, squares: f64) -> f64 {
    // Gauss–Jordan elimination of [gram | cross]. The constant comes first, which removes the
    // mean from the other regressors; then one regressor follows the other.
    let mut rows: Vec<Vec<f64>> = (0..terms)
        .map(|i| {
            let mut row = gram[i * terms..(i + 1) * terms].to_vec();
            row.extend(&cross[i * units..(i + 1) * units]);
            row
        })
        .collect();
    let (mut of_constant, mut of_others) = (0.0, 0.0);
    for pivot in 0..terms {
        let size = rows[pivot][pivot];
        // A regressor that does not vary beyond those before it explains nothing.
        if size <= 1e-12 * gram[pivot * terms + pivot] {
            continue;
        }
        let part: f64 = rows[pivot][terms..].iter().map(|x| x * x / size).sum();
        if pivot == 0 {
            of_constant = part
        } else {
            of_others += part
        }
        let done = rows[pivot].clone();
        for row in rows.iter_mut().skip(pivot + 1) {
            let factor = row[pivot] / size;
            row.iter_mut().zip(&done).for_each(|(x, y)| *x -= factor * y);
        }
    }
    of_others / (squares - of_constant)
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&x| f64::from(x)).collect()
}
