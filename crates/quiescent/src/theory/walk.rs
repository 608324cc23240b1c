//! Waking trajectories of any network, with the noise of every step separate from the state.

use rayon::prelude::*;

use super::Error;
use super::dynamics::Dynamics;
use crate::numerics::matmul::{Accum, matrix, multiply};
use crate::numerics::noise::{self, Law};
use crate::numerics::tiny::flushed;
use crate::random::{Generator, Key, Stream, TheoryDraw, WalkSet};
use crate::simulate;
use crate::simulate::motion::Motion;
use crate::task::Split;

/// States updated together.
const ROWS: usize = 50;

/// Number of trials in a walk, and their noise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WalkSettings {
    /// Number of trials.
    pub trials: usize,
    /// Steps of each.
    pub steps: usize,
    /// Standard deviation σ√Δt of one step's noise per unit; may be zero.
    pub step_sd: f64,
    /// Law of the noise.
    pub law: Law,
    /// Whether every step begins at D†f(s), as the theory assumes, instead of the end of the
    /// previous step.
    pub on_manifold: bool,
    /// Seed of motion and noise.
    pub seed: u64,
    /// The set of the seed's trials.
    pub set: WalkSet,
}

/// One step of every trial. The noise is added to the clean state first, and the update acts on
/// the sum, so Δr₁ can remove the noise that it sees.
pub struct WalkStep<'a> {
    /// Number of the step, from 0.
    pub step: usize,
    /// s, `[trial, dim]`.
    pub stimuli: &'a [f32],
    /// Δs, `[trial, dim]`.
    pub displacements: &'a [f32],
    /// s + Δs, `[trial, dim]`.
    pub next_stimuli: &'a [f32],
    /// The state before this step's noise, `[trial, unit]`: D†f(s) in the theory.
    pub clean: &'a [f32],
    /// The noise ση of this step, `[trial, unit]`.
    pub noise: &'a [f32],
    /// r, their sum, `[trial, unit]`.
    pub states: &'a [f32],
    /// Δr₁(r), `[trial, unit]`.
    pub rest_update: &'a [f32],
    /// Δr₂(r, s, Δs), `[trial, unit]`.
    pub input_update: &'a [f32],
    /// r + Δr₁ + Δr₂, `[trial, unit]`: the next step's clean state.
    pub next_clean: &'a [f32],
}

/// Walks new test trials of the network's task from the encoded first stimulus, and calls `visit`
/// with every step.
///
/// # Errors
/// If the numbers of trials or steps are zero, the task has no trial of that length, or rates
/// run away.
pub fn walk(
    dynamics: &dyn Dynamics,
    settings: &WalkSettings,
    mut visit: impl FnMut(&WalkStep<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let (task, units) = (dynamics.task(), dynamics.units());
    let &WalkSettings { trials, steps, step_sd, law, on_manifold, seed, set } = settings;
    for (name, value) in [("trials", trials), ("steps", steps)] {
        if value == 0 {
            return Err(Error::setting(name, value, "at least 1"));
        }
    }
    let longest = task.longest_trial(Split::Test);
    if steps > longest {
        let allowed = format!("at most {longest}, as the recording’s longest held-out trial");
        return Err(Error::setting("steps", steps, allowed));
    }
    let mut motion = Motion::new(trials, steps, task.space().dim());
    motion.draw(task, Split::Test, |trial| {
        Generator::new(seed, Stream::Theory(TheoryDraw::WalkMotion(set)), trial as u64)
    });
    let keys: Vec<Key> = (0..trials)
        .map(|trial| Key::new(seed, Stream::Theory(TheoryDraw::WalkNoise(set)), trial as u64))
        .collect();
    let mut clean = vec![0.0; trials * units];
    if on_manifold {
        image(dynamics, motion.start(), &mut clean);
    } else {
        dynamics.encode(motion.start(), &mut clean);
    }
    let [mut noise, mut states, mut rest_update, mut input_update] =
        std::array::from_fn(|_| vec![0.0; trials * units]);
    let mut stimuli = motion.start().to_vec();
    let dim = task.space().dim();
    for step in 0..steps {
        let displacements = motion.displacements(step..step + 1);
        noise.par_chunks_mut(units).zip(&keys).for_each(|(noise, key)| {
            if step_sd == 0.0 {
                noise.fill(0.0);
            } else {
                noise::fill(law, key, (step * units) as u64, step_sd as f32, noise);
            }
        });
        for ((state, clean), noise) in states.iter_mut().zip(&clean).zip(&noise) {
            *state = clean + noise;
        }
        let every = ROWS * units;
        states
            .par_chunks(every)
            .zip(rest_update.par_chunks_mut(every))
            .zip(input_update.par_chunks_mut(every))
            .zip(stimuli.par_chunks(ROWS * dim))
            .zip(displacements.par_chunks(ROWS * dim))
            .for_each(|((((states, rest), input), stimuli), displacements)| {
                dynamics.rest_update(states, rest);
                dynamics.input_update(states, stimuli, displacements, input);
            });
        let next_clean: Vec<f32> = states
            .iter()
            .zip(&rest_update)
            .zip(&input_update)
            .map(|((state, rest), input)| flushed(state + rest + input))
            .collect();
        if let Some(place) = simulate::out_of_bounds(&next_clean) {
            let (trial, rate) = (place / units, next_clean[place].into());
            return Err(Error::RanAway { phase: "active", trial, step: step + 1, rate });
        }
        let next_stimuli = motion.after(step..step + 1);
        visit(&WalkStep {
            step,
            stimuli: &stimuli,
            displacements,
            next_stimuli,
            clean: &clean,
            noise: &noise,
            states: &states,
            rest_update: &rest_update,
            input_update: &input_update,
            next_clean: &next_clean,
        })?;
        if on_manifold {
            image(dynamics, next_stimuli, &mut clean);
        } else {
            clean = next_clean;
        }
        stimuli.copy_from_slice(next_stimuli);
    }
    Ok(())
}

/// D†f(s) of `stimuli: [row, dim]`.
fn image(dynamics: &dyn Dynamics, stimuli: &[f32], states: &mut [f32]) {
    let (task, inverse) = (dynamics.task(), dynamics.readout().inverse());
    let rows = stimuli.len() / task.space().dim();
    let mut targets = vec![0.0; rows * task.target_dim()];
    task.targets(stimuli, &mut targets);
    // Row-major, [unit, target].
    let inverse: Vec<f32> = inverse.iter().copied().collect();
    multiply(
        states,
        Accum::Replace,
        matrix(&targets, rows, task.target_dim()),
        matrix(&inverse, dynamics.units(), task.target_dim()).transposed(),
    );
}
