//! The phases of a study: their names, and how each is simulated.

use ndarray::s;
use serde::{Deserialize, Serialize};

use super::{Condition, Protocol};
use crate::analysis::Error;
use crate::experiment::{AdaptationSpec, NetworkKind, QuiescentNoise, RestDynamics, RestStart};
use crate::measure::{self, PhaseData};
use crate::network::Network;
use crate::simulate::{self, Drive, Keep, Phase, Setup, Start};

/// Adaptation of [`PhaseKey::AdaptedFromPoint`]: as strong as the rates themselves, over 2 s, the length of an
/// active trial; over half the phase where that is shorter.
pub const ADAPTATION: AdaptationSpec = AdaptationSpec { strength: 1.0, tau_s: 2.0 };

/// The simulated phases of a study.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhaseKey {
    /// Active, on test motion.
    Active,
    /// Quiescent from encoded test stimuli with doubled noise variance. In GRUs the noise is that of
    /// the active phase. Networks trained without noise have none.
    Quiescent,
    /// The same without doubling (figure C.1), for RNNs trained with noise only.
    SameNoise,
    /// Quiescent with the noisy networks' noise, for networks that were trained without noise (figures
    /// C.3, C.4).
    GivenNoise,
    /// Quiescent from the states in which the active phase ended.
    AfterWake,
    /// Quiescent, with every trial beginning at the same encoded stimulus.
    FromPoint,
    /// The same with [`ADAPTATION`], which is not in the paper.
    AdaptedFromPoint,
    /// The quiescent phase of the untrained network (figure 2e).
    Untrained,
}

impl PhaseKey {
    /// All phases.
    pub const ALL: [Self; 8] = [
        Self::Active,
        Self::Quiescent,
        Self::SameNoise,
        Self::GivenNoise,
        Self::AfterWake,
        Self::FromPoint,
        Self::AdaptedFromPoint,
        Self::Untrained,
    ];

    /// Phases whose decoded values are compared between networks.
    pub const COMPARED: [Self; 4] =
        [Self::Active, Self::Quiescent, Self::SameNoise, Self::Untrained];

    /// Short name, as used in names of measurements.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Quiescent => "quiescent",
            Self::SameNoise => "same_noise",
            Self::GivenNoise => "given_noise",
            Self::AfterWake => "after_wake",
            Self::FromPoint => "from_point",
            Self::AdaptedFromPoint => "adapted_from_point",
            Self::Untrained => "untrained",
        }
    }

    /// Name of the phase's file in the run folder.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Active => "study_active",
            Self::Quiescent => "study_quiescent",
            Self::SameNoise => "study_same_noise",
            Self::GivenNoise => "study_given_noise",
            Self::AfterWake => "study_after_wake",
            Self::FromPoint => "study_from_point",
            Self::AdaptedFromPoint => "study_adapted_from_point",
            Self::Untrained => "study_untrained",
        }
    }

    /// The label.
    pub fn label(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Quiescent => "quiescent",
            Self::SameNoise => "quiescent, noise not doubled",
            Self::GivenNoise => "quiescent, with noise",
            Self::AfterWake => "quiescent, from the end of the active phase",
            Self::FromPoint => "quiescent, from one point",
            Self::AdaptedFromPoint => "quiescent, from one point, with adaptation",
            Self::Untrained => "quiescent, untrained network",
        }
    }
}

/// The phases in a study of a network of this condition.
pub(super) fn keys(condition: Condition) -> &'static [PhaseKey] {
    use PhaseKey::{
        Active, AdaptedFromPoint, AfterWake, FromPoint, GivenNoise, Quiescent, SameNoise, Untrained,
    };
    match (condition.noisy, condition.network) {
        (true, NetworkKind::Rnn) => {
            &[Active, Quiescent, SameNoise, AfterWake, FromPoint, AdaptedFromPoint, Untrained]
        }
        // The noise of their main rest is already not doubled.
        (true, NetworkKind::Gru) => {
            &[Active, Quiescent, AfterWake, FromPoint, AdaptedFromPoint, Untrained]
        }
        (false, _) => &[Active, Quiescent, GivenNoise, AfterWake, FromPoint],
    }
}

/// Simulates one phase. `wake` is the active phase, after which some phases of rest begin.
///
/// # Errors
/// If rates run away.
pub(super) fn simulate(
    network: &Network,
    condition: Condition,
    key: PhaseKey,
    protocol: &Protocol,
    wake: Option<&Phase>,
) -> Result<PhaseData, Error> {
    let experiment = network.experiment();
    if key == PhaseKey::Active {
        let setup = Setup {
            drive: Drive::Motion,
            start: Start::Encoded { trials: protocol.trials },
            noise: QuiescentNoise::Same,
            dynamics: RestDynamics::FIRST_ORDER,
            steps: experiment.time.steps,
            keep: Keep::Decoded,
            seed: None,
        };
        let (phase, activity) = measure::observe(network, &setup, setup.steps)?;
        let sigma = Some(experiment.network.noise.sigma);
        let seed = Some(experiment.seed);
        return Ok(PhaseData {
            phase,
            sigma,
            start: None,
            dynamics: setup.dynamics,
            seed,
            activity: Some(activity),
        });
    }
    let main = condition.rest_noise();
    let noise = match key {
        PhaseKey::SameNoise => QuiescentNoise::Same,
        PhaseKey::GivenNoise => QuiescentNoise::Sigma(main.sigma(condition.task.noisy_sigma())),
        _ => main,
    };
    let trials = match key {
        PhaseKey::Quiescent | PhaseKey::Untrained => protocol.trials,
        _ => protocol.variant_trials,
    };
    let steps = match key {
        PhaseKey::Quiescent | PhaseKey::SameNoise | PhaseKey::GivenNoise => protocol.rest_steps,
        _ => protocol.density_steps,
    };
    let (rest_start, start) = match (key, wake) {
        (PhaseKey::AfterWake, Some(wake)) => {
            let states = wake.end.slice(s![..trials.min(wake.end.nrows()), ..]);
            (RestStart::AfterWake, Start::States(states))
        }
        (PhaseKey::FromPoint | PhaseKey::AdaptedFromPoint, _) => {
            let (point, stimulus) = point(network);
            (RestStart::Point(point), Start::Point { trials, stimulus })
        }
        _ => (RestStart::Encoded, Start::Encoded { trials }),
    };
    let phase_s = steps as f64 * experiment.time.dt_s;
    let adaptation = (key == PhaseKey::AdaptedFromPoint).then(|| AdaptationSpec {
        tau_s: ADAPTATION.tau_s.min(phase_s / 2.0).max(experiment.time.dt_s),
        ..ADAPTATION
    });
    let setup = Setup {
        drive: Drive::Silent,
        start,
        noise,
        // The paper's, whatever the experiment says of rest.
        dynamics: RestDynamics { adaptation, ..RestDynamics::FIRST_ORDER },
        steps,
        keep: Keep::Decoded,
        seed: None,
    };
    let (phase, activity) = match key {
        PhaseKey::Quiescent | PhaseKey::SameNoise | PhaseKey::GivenNoise => {
            let (phase, activity) =
                measure::observe(network, &setup, protocol.component_steps.min(steps))?;
            (phase, Some(activity))
        }
        _ => (simulate::simulate(network, &setup, &())?.0, None),
    };
    let sigma = Some(noise.sigma(experiment.network.noise.sigma));
    let (start, seed) = (Some(rest_start), Some(experiment.seed));
    Ok(PhaseData { phase, sigma, start, dynamics: setup.dynamics, seed, activity })
}

/// Start of all trials of [`PhaseKey::FromPoint`], as an experiment names it and as a stimulus.
fn point(network: &Network) -> ([f64; 2], Vec<f32>) {
    let point = network.task().space().off_centre();
    let stimulus = point.iter().map(|&x| x as f32).collect();
    ([point[0], point.get(1).copied().unwrap_or(0.0)], stimulus)
}
