//! Measures a set of phases: each phase alone, quiescent against active, and null models.

use std::collections::BTreeMap;

use ndarray::{ArrayView2, ArrayView3, s};

use super::movement::{NULL_TRIALS, Yardstick, is_rest};
use super::phase::{self, Axes, COMPONENTS};
use super::results::{Measurements, NullSteps, Subspaces, Tracking, TransitionComparison};
use super::settings::{PhaseData, Settings, Source};
use super::{REST, WAKING};
use crate::analysis::bootstrap::{self, BootstrapSettings};
use crate::analysis::null_models::{time_shuffled, uniform};
use crate::analysis::pca::Pca;
use crate::analysis::reactivation::{self as divergences, Reactivation};
use crate::analysis::stationary::{stationary_distance, stationary_floor};
use crate::analysis::steps::mean_step_distance;
use crate::analysis::transitions::{self, TrialTransitions};
use crate::analysis::{Error, Missing, Outcome, check_dim};
use crate::simulate::Phase;
use crate::space::Space;
use crate::task::Task;

/// Lag of transitions between places, in steps: 0.1 s, in which the animal crosses half a bin.
const PLACE_LAG: usize = 5;
/// Most stimuli from which the loss of the mean predictor is computed.
const PREDICTED: usize = 4000;

/// Measures phases by name: [`WAKING`], [`REST`] and others. Any phase may be missing; measurements that need
/// it are then missing too. Only phases of rest, which have no true stimulus, are compared with waking.
///
/// Runs on the current rayon pool; the result does not depend on its size.
///
/// # Errors
/// If decoded values or true stimuli do not have the dimension of the space, or shapes differ.
pub fn measure(
    source: &Source<'_>,
    phases: &BTreeMap<String, PhaseData>,
    settings: &Settings,
) -> Result<Measurements, Error> {
    for data in phases.values() {
        check(source.space, &data.phase)?;
    }
    let bootstrap = settings.bootstrap();
    let axes = Axes::of(source.space, phases);
    let of = |name: &str| -> Outcome<&PhaseData> {
        let none = || Missing::not_simulated(format_args!("the {name} phase was not simulated"));
        phases.get(name).ok_or_else(none)
    };
    let yardstick = Yardstick::new(source, of(WAKING), settings);
    let phase_of = |name: &str| of(name).map(|data| &data.phase);
    let (wake, rest) = (phase_of(WAKING), phase_of(REST));
    let divergences = phases
        .iter()
        .filter(|(name, data)| is_rest(name, data))
        .map(|(name, data)| {
            let found = wake.clone().and_then(|wake| {
                let rest = settings.dense(name, &data.phase);
                Ok(reactivation(wake.decoded.view(), rest, source.space, settings)?)
            });
            (name.clone(), found)
        })
        .collect();
    let measured = |(name, data): (&String, &PhaseData)| {
        (name.clone(), phase::measure(source, name, data, settings, &axes, &yardstick))
    };
    let both = || Ok::<_, Missing>((wake.clone()?, rest.clone()?));
    Ok(Measurements {
        settings: *settings,
        dt_s: source.dt_s,
        space: source.space.clone(),
        tracking: wake.clone().and_then(|wake| tracking(source, wake, &bootstrap)),
        phases: phases.iter().map(measured).collect(),
        divergences,
        subspaces: subspaces(&axes, phases),
        transitions: both().and_then(|(wake, rest)| {
            Ok(transition_comparison(source.space, wake, rest, settings, &bootstrap)?)
        }),
        null_steps: rest
            .clone()
            .and_then(|rest| Ok(null_steps(source.space, rest, settings.seed)?)),
        null_movement: rest
            .and_then(|rest| Ok(yardstick.null_models(settings.dense(REST, rest), settings.seed)?)),
    })
}

/// Refuses decoded values and true stimuli that do not fit the space or one another.
fn check(space: &Space, phase: &Phase) -> Result<(), Error> {
    let (trials, steps, dim) = phase.decoded.dim();
    check_dim(dim, space.dim())?;
    match phase.truth.as_ref().map(|truth| truth.dim()) {
        Some(found) if found != (trials, steps, dim) => Err(Error::Shape {
            what: "the true stimulus of a phase",
            expected: format!("[{trials}, {steps}, {dim}], like the decoded values"),
            found: format!("[{}, {}, {}]", found.0, found.1, found.2),
        }),
        _ => Ok(()),
    }
}

/// Compares decoded values of rest with those of waking, `[trial, step, dim]`, as [`measure`]
/// does.
///
/// # Errors
/// Those of [`divergences::compare`].
pub fn reactivation(
    wake: ArrayView3<'_, f32>,
    rest: ArrayView3<'_, f32>,
    space: &Space,
    settings: &Settings,
) -> Result<Reactivation, Error> {
    let settings = divergences::Settings {
        seed: settings.seed,
        resamples: settings.resamples,
        ..divergences::Settings::default()
    };
    divergences::compare(wake, rest, space, &settings)
}

fn tracking(source: &Source<'_>, wake: &Phase, bootstrap: &BootstrapSettings) -> Outcome<Tracking> {
    let truth = wake.truth.as_ref().ok_or(Error::Undefined {
        measurement: "the decoding error",
        reason: "the active phase has no true stimulus".into(),
    })?;
    let (space, dim) = (source.space, source.space.dim());
    let (mut errors, mut squares) = (Vec::new(), Vec::new());
    for (decoded, truth) in wake.decoded.outer_iter().zip(truth.outer_iter()) {
        let (mut sum, mut squared) = (0.0, 0.0);
        for (decoded, truth) in decoded.outer_iter().zip(truth.outer_iter()) {
            let distance = f64::from(space.distance(&decoded.to_vec(), &truth.to_vec()));
            sum += distance;
            squared += distance * distance;
        }
        let steps = decoded.nrows() as f64;
        errors.push(sum / steps);
        squares.push(squared / steps);
    }
    let every_step: Vec<f32> = truth.iter().copied().collect();
    let stimuli = every_step.chunks_exact(dim);
    let answer = space.mean(stimuli.clone());
    let distances = stimuli.clone().map(|truth| f64::from(space.distance(truth, &answer)));
    let constant_answer_error = distances.sum::<f64>() / stimuli.len() as f64;
    // The sample covers the whole phase.
    let every = stimuli.len().div_ceil(PREDICTED).max(1);
    let stimuli: Vec<f32> = stimuli.step_by(every).flatten().copied().collect();
    Ok(Tracking {
        error: bootstrap::mean(&errors, bootstrap)?,
        squared_error: bootstrap::mean(&squares, bootstrap)?,
        constant_answer_error,
        mean_predictor_loss: source
            .task
            .map(|task| mean_predictor_loss(task, &stimuli))
            .ok_or_else(|| Missing::undefined("the task is not known, so there are no targets")),
    })
}

/// Mean over cells of the variance of the target activity over `stimuli: [row, dim]`.
fn mean_predictor_loss(task: &dyn Task, stimuli: &[f32]) -> f64 {
    let (rows, cells) = (stimuli.len() / task.space().dim(), task.target_dim());
    let mut targets = vec![0.0_f32; rows * cells];
    task.targets(stimuli, &mut targets);
    let targets = ArrayView2::from_shape((rows, cells), &targets);
    let of_cell = |cell: ndarray::ArrayView1<'_, f32>| {
        let mean = cell.iter().map(|&x| f64::from(x)).sum::<f64>() / rows as f64;
        cell.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / rows as f64
    };
    targets
        .map(|targets| targets.columns().into_iter().map(of_cell).sum::<f64>() / cells as f64)
        .unwrap_or(f64::NAN)
}

fn subspaces(axes: &Axes, phases: &BTreeMap<String, PhaseData>) -> Outcome<Subspaces> {
    let active = axes.active.as_ref().map_err(Clone::clone)?;
    let rest = phases
        .get(REST)
        .and_then(|data| data.activity.as_ref())
        .ok_or_else(|| Missing::states_not_kept(REST))?;
    let rest: Pca = rest.covariance.finish()?;
    // Of fewer, if activity does not vary in as many.
    let components = COMPONENTS.min(active.varying()).min(rest.varying());
    Ok(Subspaces {
        quiescent_on_active: active.explained_of(&rest, components)?,
        principal_angles_rad: active.principal_angles(&rest, components)?,
    })
}

fn transition_comparison(
    space: &Space,
    wake: &Phase,
    rest: &Phase,
    settings: &Settings,
    bootstrap: &BootstrapSettings,
) -> Result<TransitionComparison, Error> {
    let bins = space.standard_bins();
    let lag = match space {
        Space::Region(_) => PLACE_LAG,
        Space::Circle => 1,
    };
    let of = |decoded: ArrayView3<'_, f64>| TrialTransitions::of(decoded, &bins, lag);
    let wake = of(wake.decoded.mapv(f64::from).view())?;
    let rest = settings.dense(REST, rest).mapv(f64::from);
    let shuffled = of(time_shuffled(rest.view(), bootstrap.seed).view())?;
    let quiescent = of(rest.view())?;
    Ok(TransitionComparison {
        bins: bins.per_side(),
        lag,
        quiescent: transitions::distance_with_interval(&wake, &quiescent, bootstrap)?,
        shuffled: transitions::distance_with_interval(&wake, &shuffled, bootstrap)?,
        floors: transitions::floors(&wake, bootstrap)?,
        stationary: stationary_distance(&wake, &quiescent, bootstrap).map_err(Missing::from),
        // Halves of a phase may have no law of the whole where the phase has one.
        stationary_floor: stationary_floor(&wake, bootstrap).unwrap_or(None),
    })
}

fn null_steps(space: &Space, rest: &Phase, seed: u64) -> Result<NullSteps, Error> {
    let (trials, steps, _) = rest.decoded.dim();
    // A sample of the trials is enough for a mean over trials × steps.
    let some = rest.decoded.slice(s![..trials.min(NULL_TRIALS), .., ..]);
    let uniform = uniform(space, some.dim().0, steps, seed);
    let distance = |values: ArrayView3<'_, f64>| Ok(mean_step_distance(values, space)?.mean);
    Ok(NullSteps {
        shuffled: distance(time_shuffled(some, seed).view())?,
        uniform: distance(uniform.view())?,
    })
}
