//! What a study finds in one network: every number and curve that the paper's figures and claims
//! need, and nothing that needs the network again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Condition, Protocol};
use crate::analysis::bootstrap::Measured;
use crate::analysis::circular::CircularHistogram;
use crate::analysis::exploration::MeanSquaredDisplacement;
use crate::analysis::reactivation::Reactivation;
use crate::analysis::ring::Ring;
use crate::analysis::start_dependence::BurnInCurve;
use crate::analysis::transitions::{DistanceEstimate, DistanceFloors};
use crate::analysis::turning::Turning;
use crate::experiment::RestStart;
use crate::space::Space;

/// Version of [`RunStudy`] as a file. One of another version is measured anew.
pub const STUDY_VERSION: u32 = 4;

/// A measurement, or why it could not be made: a sentence for the reader.
pub type Outcome<T> = Result<T, String>;

/// The simulated phases of a study.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhaseKey {
    /// Waking.
    Active,
    /// Rest from encoded test stimuli with doubled noise variance, in GRUs with that of waking (none
    /// if trained without).
    Quiescent,
    /// The same without doubling (figure C.1); RNNs trained with noise only.
    SameNoise,
    /// Rest with the noise of the noisy networks' rest, for networks trained without noise
    /// (figures C.3, C.4).
    GivenNoise,
    /// Rest that begins where waking ended.
    AfterWake,
    /// Rest of which every trial begins at one encoded stimulus.
    FromPoint,
    /// Rest of the network as it was before training (figure 2e).
    Untrained,
}

/// What was found in one trained network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunStudy {
    /// [`STUDY_VERSION`] of the writer.
    pub study_version: u32,
    /// Version of the program that measured.
    pub program_version: String,
    /// Hash of the parameters measured.
    pub parameters_sha256: Option<String>,
    /// Sizes and settings.
    pub protocol: Protocol,
    /// Cell of the paper's design.
    pub condition: Condition,
    /// Seed of the experiment.
    pub seed: u64,
    /// Units of the network.
    pub units: usize,
    /// Length of a step in s.
    pub dt_s: f64,
    /// Where the stimulus lives.
    pub space: Space,
    /// How well waking is tracked.
    pub tracking: Outcome<Tracking>,
    /// Every phase that was simulated.
    pub phases: BTreeMap<PhaseKey, PhaseStudy>,
    /// The density of each quiescent phase beside the active one's.
    pub divergences: BTreeMap<PhaseKey, Outcome<Reactivation>>,
    /// Whether rest varies along the directions that waking does.
    pub subspaces: Outcome<Subspaces>,
    /// Transitions between places (or headings) of rest beside waking and null models.
    pub transitions: Outcome<TransitionComparison>,
    /// Mean step distance of null models.
    pub null_steps: Outcome<NullSteps>,
}

impl RunStudy {
    /// A phase that the study holds.
    ///
    /// # Errors
    /// A sentence saying that it was not simulated.
    pub fn phase(&self, key: PhaseKey) -> Outcome<&PhaseStudy> {
        self.phases.get(&key).ok_or_else(|| {
            format!("the {} phase of {} was not simulated", key.label(), self.condition)
        })
    }
}

impl PhaseKey {
    /// Short name, fit for that of a measurement.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Quiescent => "quiescent",
            Self::SameNoise => "same_noise",
            Self::GivenNoise => "given_noise",
            Self::AfterWake => "after_wake",
            Self::FromPoint => "from_point",
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
            Self::Untrained => "study_untrained",
        }
    }

    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Quiescent => "quiescent",
            Self::SameNoise => "quiescent, noise not doubled",
            Self::GivenNoise => "quiescent with noise",
            Self::AfterWake => "quiescent after waking",
            Self::FromPoint => "quiescent from one point",
            Self::Untrained => "quiescent, untrained network",
        }
    }
}

/// How well the active phase's decoded stimulus follows the true one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tracking {
    /// Mean distance, in m or rad (along the circle).
    pub error: Measured,
    /// Mean squared distance, in m² or rad²: what the authors' code calls the decoding error.
    pub squared_error: Measured,
    /// Mean squared error over trials, steps and cells of a network that always gives the mean
    /// target activity: what a test loss is to be compared with.
    pub mean_predictor_loss: f64,
}

/// One phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhaseStudy {
    /// Trials.
    pub trials: usize,
    /// Steps of each.
    pub steps: usize,
    /// Amplitude σ of the unit noise, per √s.
    pub sigma: f64,
    /// Where rest began; none for waking.
    pub start: Option<RestStart>,
    /// A few trials to look at, `[trial][step][dim]`, in m or rad.
    pub trajectories: Vec<Vec<Vec<f32>>>,
    /// Kernel density of decoded positions; none for headings.
    pub map: Option<Outcome<DensityGrid>>,
    /// Density of decoded headings; none for positions.
    pub headings: Option<Outcome<HeadingDensity>>,
    /// Principal components of hidden activity; none where it was not kept.
    pub components: Option<Outcome<Components>>,
    /// Mean distance (or magnitude of turn) between successive decoded values, in m or rad.
    pub step_distance: Outcome<Measured>,
    /// Steady-state total variance of each trial, in m² or rad² (headings unwrapped).
    pub total_variance: Outcome<TotalVariance>,
    /// Mean squared displacement against lag, in m² or rad² (headings unwrapped).
    pub displacement: Outcome<MeanSquaredDisplacement>,
    /// Fraction of the arena (or circle) that trials cover.
    pub coverage: Outcome<CoverageSummary>,
    /// Time until a trial is farther from its start than a place field (or cell) is wide.
    pub leaving: Outcome<Leaving>,
    /// Within-trial over pooled variance, against burn-in.
    pub burn_in: Outcome<BurnInCurve>,
    /// Turns of headings; none for positions.
    pub turning: Option<Outcome<Turning>>,
}

/// A density on a rectangular grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DensityGrid {
    /// Nodes along the first dimension, ascending (m, or activity for components).
    pub x: Vec<f64>,
    /// Nodes along the second dimension, ascending.
    pub y: Vec<f64>,
    /// Density at each node, `[y, x]`, row-major, in 1/(unit of x · unit of y).
    pub density: Vec<f64>,
}

/// Density of headings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeadingDensity {
    /// Polar histogram.
    pub histogram: CircularHistogram,
    /// Nodes of the von Mises kernel density, from −π, equally spaced.
    pub nodes_rad: Vec<f64>,
    /// Kernel density at the nodes, per rad.
    pub density_per_rad: Vec<f64>,
}

/// Principal components of one phase's hidden activity, and its activity on the *active* phase's
/// first two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Components {
    /// States that the components were computed from.
    pub states: usize,
    /// Fraction of the variance along this phase's own first k components, `[k − 1]`.
    pub cumulative_explained_variance: Vec<f64>,
    /// Some states on the first two active components, `[point][2]`.
    pub points: Vec<[f32; 2]>,
    /// Stimulus decoded from each of these states, `[point][dim]`, in m or rad.
    pub decoded: Vec<Vec<f32>>,
    /// Kernel density on the first two active components.
    pub density: Outcome<DensityGrid>,
    /// Whether they are a ring; none for positions.
    pub ring: Option<Outcome<Ring>>,
}

/// Steady-state total variance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TotalVariance {
    /// First steps left out.
    pub burn_in: usize,
    /// Mean over trials.
    pub mean: Measured,
    /// Each trial's.
    pub trials: Vec<f64>,
}

/// Coverage, in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoverageSummary {
    /// Bins along each dimension.
    pub bins: usize,
    /// Mean over trials of the fraction that a trial covers.
    pub per_trial: Measured,
    /// Fraction that all trials cover together.
    pub pooled: f64,
}

/// Time to leave the start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leaving {
    /// Radius, in m or rad.
    pub radius: f64,
    /// Median over trials in s; none if half of them never leave.
    pub median_s: Option<f64>,
    /// Fraction of trials that leave.
    pub left: f64,
}

/// The subspaces of active and quiescent activity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subspaces {
    /// Fraction of the quiescent variance along the first k active components, `[k − 1]`.
    pub quiescent_on_active: Vec<f64>,
    /// Angles in radians, ascending, between the spaces of the first components of each phase.
    pub principal_angles_rad: Vec<f64>,
}

/// Transition matrices beside each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransitionComparison {
    /// Bins along each dimension.
    pub bins: usize,
    /// Lag in steps.
    pub lag: usize,
    /// Quiescent from active.
    pub quiescent: DistanceEstimate,
    /// Quiescent with the steps of each trial shuffled, from active.
    pub shuffled: DistanceEstimate,
    /// The active phase's halves from each other: what the estimators give where there is nothing
    /// to find.
    pub floors: DistanceFloors,
}

/// Mean step distances of null models, in m or rad.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NullSteps {
    /// The quiescent phase with the steps of each trial shuffled.
    pub shuffled: f64,
    /// Values drawn uniformly from the arena (or circle) at every step.
    pub uniform: f64,
}
