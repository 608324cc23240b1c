//! The bound on the loss: L ≤ L₂ ≤ L₃ ≤ L_upper along trajectories.
//!
//! With r⁻ the state before a step's noise, r = r⁻ + ση the state that the update sees, and
//! s′ = s + Δs, the terms of equations (8)–(14) are
//!
//! ```text
//! L       = E‖f(s′) − D(r + Δr₁(r) + Δr₂)‖
//! L₂      = E‖f′(s)Δs − DΔr₂‖ + E‖D(Δr₁(r) + ση)‖
//! L₃      = E‖f′(s)Δs − DΔr₂‖ + ‖D‖₂ E‖Δr₁(r) + ση‖
//! L_upper = E‖f′(s)Δs − DΔr₂‖ + ‖D‖₂ √(E‖Δr₁(r) + ση‖²) = L_signal + L_noise
//! ```
//!
//! L₂ ≤ L₃ ≤ L_upper hold for any network. L ≤ L₂ assumes f(s′) ≈ f(s) + f′(s)Δs and r⁻ ≈ D†f(s).
//! Without these assumptions, the triangle inequality gives L ≤ L₂ + E‖f(s′) − f(s) − f′(s)Δs‖ +
//! E‖f(s) − D r⁻‖ for any network. Both remainders are measured.

use ndarray::{Array3, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::Error;
use super::dynamics::Dynamics;
use super::optimal::target_change;
use super::product::product;
use super::walk::{WalkSettings, walk};
use crate::analysis::bootstrap::{self, BootstrapSettings, Measured};

/// The terms of the bound, in the unit of the target activity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    /// L at every step, mean over trials, `[step]`.
    pub loss_by_step: Vec<f64>,
    /// L_upper at every step, `[step]`.
    pub upper_by_step: Vec<f64>,
    /// L.
    pub loss: Measured,
    /// L₂.
    pub second: Measured,
    /// L₃.
    pub third: Measured,
    /// L_upper.
    pub upper: Measured,
    /// L_signal = E‖f′(s)Δs − DΔr₂‖.
    pub signal: Measured,
    /// L_noise = ‖D‖₂ √(E‖Δr₁ + ση‖²).
    pub noise: Measured,
    /// L_signal without any response to the input, E‖f′(s)Δs‖.
    pub signal_without_response: f64,
    /// L_noise without any correction, ‖D‖₂ √(E‖ση‖²).
    pub noise_without_correction: f64,
    /// E‖f(s′) − f(s) − f′(s)Δs‖: the error of the first-order expansion.
    pub curvature: Measured,
    /// E‖f(s) − D r⁻‖: the error of the assumption r ≈ D†f(s).
    pub state: Measured,
    /// ‖D‖₂.
    pub readout_norm: f64,
}

/// Terms that differ by less than this part of them differ by rounding.
const ROUNDING: f64 = 1e-9;

impl Bound {
    /// Whether L ≤ L₂, but for rounding. This must hold if both remainders are zero.
    pub fn first_holds(&self) -> bool {
        in_order(&self.loss, &self.second)
    }

    /// The relations of L ≤ L₂ ≤ L₃ ≤ L_upper that do not hold, as pairs of names; rounding does not
    /// count.
    pub fn broken(&self) -> Vec<[&'static str; 2]> {
        let terms = self.terms();
        let pairs = terms.windows(2).filter(|pair| !in_order(pair[0].1, pair[1].1));
        pairs.map(|pair| [pair[0].0, pair[1].0]).collect()
    }

    /// L, L₂, L₃ and L_upper with their names.
    pub fn terms(&self) -> [(&'static str, &Measured); 4] {
        [("L", &self.loss), ("L₂", &self.second), ("L₃", &self.third), ("L_upper", &self.upper)]
    }
}

fn in_order(smaller: &Measured, larger: &Measured) -> bool {
    smaller.value <= larger.value + ROUNDING * larger.value.abs()
}

/// The averaged quantities, each with one value per trial and step.
#[derive(Clone, Copy)]
enum Term {
    Loss,
    Signal,
    CorrectedReadout,
    Corrected,
    CorrectedSquared,
    NoiseSquared,
    Linear,
    Curvature,
    State,
}

/// Number of [`Term`]s.
const TERMS: usize = 9;

/// Estimates the bound along waking trials of a network.
///
/// # Errors
/// As [`walk`], and if there are fewer than two trials.
pub fn bound(
    dynamics: &dyn Dynamics,
    settings: &WalkSettings,
    bootstrap: &BootstrapSettings,
) -> Result<Bound, Error> {
    let (trials, units) = (settings.trials, dynamics.units());
    let (task, readout) = (dynamics.task(), dynamics.readout());
    let targets = task.target_dim();
    // [term, trial, step]
    let mut terms = Array3::<f64>::zeros((TERMS, trials, settings.steps));
    let mut before = vec![0.0; trials * targets];
    let mut after = before.clone();
    walk(dynamics, settings, |step| {
        task.targets(step.stimuli, &mut before);
        task.targets(step.next_stimuli, &mut after);
        let linear = target_change(task, step.stimuli, step.displacements);
        let corrected: Vec<f32> =
            step.rest_update.iter().zip(step.noise).map(|(a, b)| a + b).collect();
        let outputs = [step.next_clean, step.clean, step.input_update, &corrected]
            .map(|states| read_out(readout.matrix(), states, units));
        for trial in 0..trials {
            let u = trial * units..(trial + 1) * units;
            let row = |values: &[f32]| -> Vec<f64> {
                let t = trial * targets..(trial + 1) * targets;
                values[t].iter().map(|&x| f64::from(x)).collect()
            };
            let (before, after) = (row(&before), row(&after));
            let linear: Vec<f64> = linear.row(trial).iter().map(|&x| f64::from(x)).collect();
            let [next, clean, input, undone] = [0, 1, 2, 3].map(|i| row(&outputs[i]));
            let corrected = norm(corrected[u.clone()].iter().map(|&x| f64::from(x)));
            let change = after.iter().zip(&before).zip(&linear);
            let mut put = |term: Term, value| terms[[term as usize, trial, step.step]] = value;
            put(Term::Loss, distance(&after, &next));
            put(Term::Signal, distance(&linear, &input));
            put(Term::CorrectedReadout, norm(undone.into_iter()));
            put(Term::Corrected, corrected);
            put(Term::CorrectedSquared, corrected * corrected);
            put(Term::NoiseSquared, norm(step.noise[u].iter().map(|&x| f64::from(x))).powi(2));
            put(Term::Linear, norm(linear.iter().copied()));
            put(Term::Curvature, norm(change.map(|((a, b), l)| a - b - l)));
            put(Term::State, distance(&before, &clean));
        }
        Ok(())
    })?;
    summary(&terms, readout.norm(), bootstrap)
}

/// Means over steps and trials, with their intervals over trials.
fn summary(
    terms: &Array3<f64>,
    readout_norm: f64,
    bootstrap: &BootstrapSettings,
) -> Result<Bound, Error> {
    let trials = terms.len_of(Axis(1));
    let of_trial = terms.map_axis(Axis(2), |steps| steps.sum() / steps.len() as f64);
    let mean = |term: Term, drawn: &[usize]| {
        drawn.iter().map(|&trial| of_trial[[term as usize, trial]]).sum::<f64>()
            / drawn.len() as f64
    };
    let measured = |statistic: &(dyn Fn(&[usize]) -> f64 + Sync)| {
        bootstrap::over_trials(trials, bootstrap, statistic)
    };
    let noise = |drawn: &[usize]| readout_norm * mean(Term::CorrectedSquared, drawn).sqrt();
    let all: Vec<usize> = (0..trials).collect();
    let by_step = |term: Term| {
        let rows = terms.index_axis(Axis(0), term as usize);
        rows.map_axis(Axis(0), |trials| trials.sum() / trials.len() as f64)
    };
    let upper_by_step = by_step(Term::Signal)
        + by_step(Term::CorrectedSquared).mapv(|square| readout_norm * square.sqrt());
    Ok(Bound {
        loss_by_step: by_step(Term::Loss).to_vec(),
        upper_by_step: upper_by_step.to_vec(),
        loss: measured(&|drawn| mean(Term::Loss, drawn))?,
        second: measured(&|drawn| mean(Term::Signal, drawn) + mean(Term::CorrectedReadout, drawn))?,
        third: measured(&|drawn| {
            mean(Term::Signal, drawn) + readout_norm * mean(Term::Corrected, drawn)
        })?,
        upper: measured(&|drawn| mean(Term::Signal, drawn) + noise(drawn))?,
        signal: measured(&|drawn| mean(Term::Signal, drawn))?,
        noise: measured(&noise)?,
        signal_without_response: mean(Term::Linear, &all),
        noise_without_correction: readout_norm * mean(Term::NoiseSquared, &all).sqrt(),
        curvature: measured(&|drawn| mean(Term::Curvature, drawn))?,
        state: measured(&|drawn| mean(Term::State, drawn))?,
        readout_norm,
    })
}

/// D r of `states: [row, unit]`, `[row, target]`.
pub(super) fn read_out(readout: ArrayView2<'_, f32>, states: &[f32], units: usize) -> Vec<f32> {
    let rows = states.len() / units;
    let states = ArrayView2::from_shape((rows, units), states);
    #[allow(clippy::expect_used, reason = "states come as whole rows")]
    let outputs = product(states.expect("whole rows"), readout.t());
    outputs.into_raw_vec_and_offset().0
}

fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|x| x * x).sum::<f64>().sqrt()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    norm(a.iter().zip(b).map(|(a, b)| a - b))
}
