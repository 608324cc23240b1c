//! Measures a set of phases: each phase alone, rest against waking, and null models.

use std::collections::BTreeMap;

use ndarray::{ArrayView2, ArrayView3, s};
use serde::{Deserialize, Serialize};

use super::activity::{Activity, first_steps};
use super::phase::{self, Axes, COMPONENTS};
use super::results::{Measurements, NullSteps, Subspaces, Tracking, TransitionComparison};
use super::{REST, WAKING};
use crate::analysis::bootstrap::{self, BootstrapSettings};
use crate::analysis::exploration::mean_step_distance;
use crate::analysis::null_models::{time_shuffled, uniform};
use crate::analysis::pca::Pca;
use crate::analysis::reactivation::{self as divergences, Reactivation};
use crate::analysis::transitions::{self, TrialTransitions};
use crate::analysis::{Error, Missing, Outcome};
use crate::experiment::{RestStart, TaskSpec};
use crate::network::Network;
use crate::simulate::Phase;
use crate::space::Space;
use crate::task::Task;

/// Lag of transitions between places, in steps: 0.1 s, in which the animal crosses half a bin.
const PLACE_LAG: usize = 5;
/// Most stimuli from which the loss of the mean predictor is computed.
const PREDICTED: usize = 4000;

/// A phase and what is known about it.
#[derive(Debug, Clone)]
pub struct PhaseData {
    /// Decoded values of every step, and the true stimulus if it is known.
    pub phase: Phase,
    /// Amplitude σ of the unit noise, per √s; none if it is unknown.
    pub sigma: Option<f64>,
    /// Where rest began; none for waking or if it is unknown.
    pub start: Option<RestStart>,
    /// Hidden activity, if it is measured.
    pub activity: Option<Activity>,
}

/// What is known about the origin of phases.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The space of the decoded stimulus.
    pub space: &'a Space,
    /// Length of a step in s.
    pub dt_s: f64,
    /// The task, which gives the targets of the true stimulus.
    pub task: Option<&'a dyn Task>,
    /// Distance from its start at which a trial counts as having left it, in m or rad: the width
    /// of a cell.
    pub radius: Option<f64>,
}

impl<'a> Source<'a> {
    /// The source of a network's phases.
    pub fn of(network: &'a Network) -> Self {
        let (experiment, task) = (network.experiment(), network.task().as_ref());
        let radius = match &experiment.task {
            TaskSpec::Spatial(spec) => spec.cells.width_m,
            TaskSpec::HeadDirection(spec) => spec.cells.width_rad,
        };
        Self {
            space: task.space(),
            dt_s: experiment.time.dt_s,
            task: Some(task),
            radius: Some(radius),
        }
    }

    /// The source of arrays in a space, with steps of `dt_s` seconds.
    pub fn arrays(space: &'a Space, dt_s: f64) -> Self {
        Self { space, dt_s, task: None, radius: None }
    }
}

/// How phases are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Seed of resampling, Monte-Carlo points and null models.
    pub seed: u64,
    /// Bootstrap resamples of every interval.
    pub resamples: usize,
    /// Number of first quiescent steps used for densities, divergences and exploration; `None`
    /// uses all of them.
    pub density_steps: Option<usize>,
    /// Number of first steps omitted from the total variance, if rest is longer than this.
    pub burn_in: usize,
}

impl Default for Settings {
    fn default() -> Self {
        let BootstrapSettings { seed, resamples, .. } = BootstrapSettings::default();
        Self { seed, resamples, density_steps: None, burn_in: 0 }
    }
}

impl Settings {
    pub(super) fn bootstrap(&self) -> BootstrapSettings {
        BootstrapSettings {
            seed: self.seed,
            resamples: self.resamples,
            ..BootstrapSettings::default()
        }
    }

    /// The steps of a phase that enter its density.
    pub(super) fn dense<'a>(&self, name: &str, phase: &'a Phase) -> ArrayView3<'a, f32> {
        match self.density_steps {
            Some(steps) if name != WAKING => first_steps(&phase.decoded, steps),
            _ => phase.decoded.view(),
        }
    }
}

/// Measures phases by name: [`WAKING`], [`REST`] and other phases of rest. Any phase may be
/// missing; measurements that need it are then missing too.
///
/// Runs on the current rayon pool; the result does not depend on its size.
pub fn measure(
    source: &Source<'_>,
    phases: &BTreeMap<String, PhaseData>,
    settings: &Settings,
) -> Measurements {
    let bootstrap = settings.bootstrap();
    let axes = Axes::of(source.space, phases);
    let of = |name: &str| -> Outcome<&Phase> {
        let none = || Missing::not_simulated(format_args!("the {name} phase was not simulated"));
        phases.get(name).map(|data| &data.phase).ok_or_else(none)
    };
    let (wake, rest) = (of(WAKING), of(REST));
    let divergences = phases
        .iter()
        .filter(|(name, _)| *name != WAKING)
        .map(|(name, data)| {
            let found = wake.clone().and_then(|wake| {
                let rest = settings.dense(name, &data.phase);
                Ok(reactivation(wake.decoded.view(), rest, source.space, settings)?)
            });
            (name.clone(), found)
        })
        .collect();
    let measured = |(name, data): (&String, &PhaseData)| {
        (name.clone(), phase::measure(source, name, data, settings, &axes))
    };
    let both = || Ok::<_, Missing>((wake.clone()?, rest.clone()?));
    Measurements {
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
    // The sample covers the whole phase.
    let every = (truth.len() / dim).div_ceil(PREDICTED).max(1);
    let stimuli: Vec<f32> = truth
        .iter()
        .copied()
        .collect::<Vec<_>>()
        .chunks_exact(dim)
        .step_by(every)
        .flatten()
        .copied()
        .collect();
    Ok(Tracking {
        error: bootstrap::mean(&errors, bootstrap)?,
        squared_error: bootstrap::mean(&squares, bootstrap)?,
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
    Ok(TransitionComparison {
        bins: bins.per_side(),
        lag,
        quiescent: transitions::distance_with_interval(&wake, &of(rest.view())?, bootstrap)?,
        shuffled: transitions::distance_with_interval(&wake, &shuffled, bootstrap)?,
        floors: transitions::floors(&wake, bootstrap)?,
    })
}

fn null_steps(space: &Space, rest: &Phase, seed: u64) -> Result<NullSteps, Error> {
    let (trials, steps, _) = rest.decoded.dim();
    // A sample of the trials is enough for a mean over trials × steps.
    let some = rest.decoded.slice(s![..trials.min(100), .., ..]);
    let uniform = uniform(space, some.dim().0, steps, seed);
    let distance = |values: ArrayView3<'_, f64>| Ok(mean_step_distance(values, space)?.mean);
    Ok(NullSteps {
        shuffled: distance(time_shuffled(some, seed).view())?,
        uniform: distance(uniform.view())?,
    })
}
