//! Measures the simulated phases of one network.

use std::collections::BTreeMap;

use ndarray::{ArrayView2, ArrayView3, s};

use super::phase::{self, Axes, COMPONENTS};
use super::simulate::{StudyPhase, first_steps, keys, simulate};
use super::{
    Condition, NullSteps, Outcome, PhaseKey, Protocol, RunStudy, STUDY_VERSION, Subspaces,
    TaskKind, Tracking, TransitionComparison,
};
use crate::analysis::bootstrap::{self, BootstrapSettings};
use crate::analysis::exploration::mean_step_distance;
use crate::analysis::null_models::{time_shuffled, uniform};
use crate::analysis::pca::Pca;
use crate::analysis::reactivation::{self, Settings};
use crate::analysis::transitions::{self, TrialTransitions};
use crate::analysis::{Error, Unmeasured};
use crate::network::Network;
use crate::simulate::Phase;
use crate::space::Space;
use crate::task::Task;

/// Lag of transitions between places, in steps: 0.1 s, in which the animal crosses half a bin.
const PLACE_LAG: usize = 5;
/// Stimuli from which the loss of the mean predictor is computed, at most.
const PREDICTED: usize = 4000;

/// What a study found, with the decoded values that comparisons between networks need.
#[derive(Debug, Clone)]
pub struct Study {
    /// Every measurement.
    pub run: RunStudy,
    /// The phases measured.
    pub phases: BTreeMap<PhaseKey, StudyPhase>,
}

/// Studies a trained network: simulates every phase and measures it.
///
/// What cannot be measured is said in the result in place of the number. Runs on the current rayon
/// pool; the result does not depend on its size.
///
/// # Errors
/// If the motion is a recording, which belongs to no condition of the paper, or rates run away.
pub fn study(
    network: &Network,
    parameters_sha256: Option<String>,
    protocol: &Protocol,
) -> Result<Study, Unmeasured> {
    let experiment = network.experiment();
    let condition = Condition::of(experiment).ok_or(
        "its motion is a recording: the paper's conditions are simulated motion, unbiased or biased",
    )?;
    // A task of one's own has the experiment's name and not its space.
    let space = network.task().space();
    let fits = match condition.task {
        TaskKind::Spatial => space.region().is_some_and(|region| region.dim() == 2),
        TaskKind::HeadDirection => *space == Space::Circle,
    };
    if !fits {
        return Err(
            "its task is none of the paper's: their conditions are positions in a box, or headings"
                .into(),
        );
    }
    let longest = network.task().longest_trial(crate::task::Split::Test);
    if experiment.time.steps > longest {
        return Err(format!("no trial is longer than {longest} steps").into());
    }
    let mut phases: BTreeMap<PhaseKey, StudyPhase> = BTreeMap::new();
    for &key in keys(condition) {
        let untrained;
        let network = if key == PhaseKey::Untrained {
            untrained = network.before_training();
            &untrained
        } else {
            network
        };
        let wake = phases.get(&PhaseKey::Active).map(|active| &active.phase);
        let phase = simulate(network, condition, key, protocol, wake)
            .map_err(|error| Unmeasured::of(format_args!("the {} phase", key.label()), &error))?;
        phases.insert(key, phase);
    }
    let run = measure(network, condition, parameters_sha256, protocol, &phases);
    Ok(Study { run, phases })
}

fn measure(
    network: &Network,
    condition: Condition,
    parameters_sha256: Option<String>,
    protocol: &Protocol,
    phases: &BTreeMap<PhaseKey, StudyPhase>,
) -> RunStudy {
    let experiment = network.experiment();
    let task = network.task().as_ref();
    let bootstrap = protocol.bootstrap(experiment.seed);
    let axes = Axes::of(phases);
    let of = |key: PhaseKey| &phases[&key].phase;
    let (wake, rest) = (of(PhaseKey::Active), of(PhaseKey::Quiescent));
    let phases_measured = phases
        .iter()
        .map(|(&key, simulated)| (key, phase::measure(network, key, simulated, protocol, &axes)))
        .collect();
    let divergences = phases
        .iter()
        .filter(|(key, _)| **key != PhaseKey::Active)
        .map(|(&key, simulated)| {
            let rest = first_steps(&simulated.phase.decoded, protocol.density_steps);
            let settings = reactivation_settings(protocol, experiment.seed);
            let found = reactivation::compare(wake.decoded.view(), rest, task.space(), &settings);
            (key, found.map_err(|error| error.to_string()))
        })
        .collect();
    RunStudy {
        study_version: STUDY_VERSION,
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        parameters_sha256,
        protocol: *protocol,
        condition,
        seed: experiment.seed,
        units: experiment.network.units,
        dt_s: experiment.time.dt_s,
        space: task.space().clone(),
        tracking: tracking(task, wake, &bootstrap).map_err(|error| error.to_string()),
        phases: phases_measured,
        divergences,
        subspaces: subspaces(&axes, phases),
        transitions: transition_comparison(task, wake, rest, protocol, &bootstrap)
            .map_err(|error| error.to_string()),
        null_steps: null_steps(task, rest, experiment.seed).map_err(|error| error.to_string()),
    }
}

/// How the densities of a study are compared.
pub(super) fn reactivation_settings(protocol: &Protocol, seed: u64) -> Settings {
    Settings { seed, resamples: protocol.resamples, ..Settings::default() }
}

fn tracking(
    task: &dyn Task,
    wake: &Phase,
    bootstrap: &BootstrapSettings,
) -> Result<Tracking, Error> {
    let truth = wake.truth.as_ref().ok_or(Error::Undefined {
        measurement: "the decoding error",
        reason: "the active phase has no true stimulus".into(),
    })?;
    let dim = task.space().dim();
    let (mut errors, mut squares) = (Vec::new(), Vec::new());
    for (decoded, truth) in wake.decoded.outer_iter().zip(truth.outer_iter()) {
        let (mut sum, mut squared) = (0.0, 0.0);
        for (decoded, truth) in decoded.outer_iter().zip(truth.outer_iter()) {
            let distance = f64::from(task.space().distance(&decoded.to_vec(), &truth.to_vec()));
            sum += distance;
            squared += distance * distance;
        }
        let steps = decoded.nrows() as f64;
        errors.push(sum / steps);
        squares.push(squared / steps);
    }
    // Spread over the whole phase.
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
        mean_predictor_loss: mean_predictor_loss(task, &stimuli),
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

fn subspaces(axes: &Axes, phases: &BTreeMap<PhaseKey, StudyPhase>) -> Outcome<Subspaces> {
    let active = axes.active.as_ref().map_err(Clone::clone)?;
    let rest = phases[&PhaseKey::Quiescent]
        .activity
        .as_ref()
        .ok_or("the hidden states of the quiescent phase were not kept")?;
    let inner = |rest: &Pca| -> Result<Subspaces, Error> {
        let components = COMPONENTS.min(active.axes.nrows());
        Ok(Subspaces {
            quiescent_on_active: active.explained_of(rest, components)?,
            principal_angles_rad: active.principal_angles(rest, components)?,
        })
    };
    rest.covariance.finish().and_then(|rest| inner(&rest)).map_err(|error| error.to_string())
}

fn transition_comparison(
    task: &dyn Task,
    wake: &Phase,
    rest: &Phase,
    protocol: &Protocol,
    bootstrap: &BootstrapSettings,
) -> Result<TransitionComparison, Error> {
    let bins = task.space().standard_bins();
    let lag = match task.space() {
        Space::Region(_) => PLACE_LAG,
        Space::Circle => 1,
    };
    let of = |decoded: ArrayView3<'_, f64>| TrialTransitions::of(decoded, &bins, lag);
    let wake = of(wake.decoded.mapv(f64::from).view())?;
    let rest = first_steps(&rest.decoded, protocol.density_steps).mapv(f64::from);
    let shuffled = of(time_shuffled(rest.view(), bootstrap.seed).view())?;
    Ok(TransitionComparison {
        bins: bins.per_side(),
        lag,
        quiescent: transitions::distance_with_interval(&wake, &of(rest.view())?, bootstrap)?,
        shuffled: transitions::distance_with_interval(&wake, &shuffled, bootstrap)?,
        floors: transitions::floors(&wake, bootstrap)?,
    })
}

fn null_steps(task: &dyn Task, rest: &Phase, seed: u64) -> Result<NullSteps, Error> {
    let (trials, steps, _) = rest.decoded.dim();
    // A sample of the trials settles a mean over trials × steps.
    let some = rest.decoded.slice(s![..trials.min(100), .., ..]);
    let space = task.space();
    let uniform = uniform(space, some.dim().0, steps, seed);
    let distance = |values: ArrayView3<'_, f64>| Ok(mean_step_distance(values, space)?.mean);
    Ok(NullSteps {
        shuffled: distance(time_shuffled(some, seed).view())?,
        uniform: distance(uniform.view())?,
    })
}
