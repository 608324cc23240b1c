//! Measurements of the phases of one network, or of arrays from anywhere: every number and curve
//! that figures and claims need. None of them needs the network again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::movement::{Movement, NullMovement};
use super::{REST, Settings};
use crate::analysis::bootstrap::{Floor, Measured};
use crate::analysis::circular::CircularHistogram;
use crate::analysis::exploration::MeanSquaredDisplacement;
use crate::analysis::reactivation::Reactivation;
use crate::analysis::ring::Ring;
use crate::analysis::start_dependence::BurnInCurve;
use crate::analysis::transitions::{DistanceEstimate, DistanceFloors};
use crate::analysis::turning::Turning;
use crate::analysis::{Missing, Outcome, Verdict, outcome};
use crate::experiment::{RestDynamics, RestStart};
use crate::space::Space;

/// A network has learned if its decoding error is below this part of that of one that knows nothing.
pub const LEARNED: f64 = 0.5;

/// Measurements of a set of phases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Measurements {
    /// How they were made.
    pub settings: Settings,
    /// Length of a step in s.
    pub dt_s: f64,
    /// Space of the stimulus.
    pub space: Space,
    /// How well waking is tracked, beside what chance gives.
    #[serde(with = "outcome")]
    pub tracking: Outcome<Tracking>,
    /// Every phase by its name: [`WAKING`](super::WAKING), [`REST`] and other phases of rest.
    pub phases: BTreeMap<String, PhaseMeasurements>,
    /// The density of each quiescent phase compared with that of waking, by the phase's name.
    #[serde(with = "outcome::by_key")]
    pub divergences: BTreeMap<String, Outcome<Reactivation>>,
    /// Whether rest varies along the same directions as waking.
    #[serde(with = "outcome")]
    pub subspaces: Outcome<Subspaces>,
    /// Transitions between places (or headings) at rest, compared with waking and with null
    /// models.
    #[serde(with = "outcome")]
    pub transitions: Outcome<TransitionComparison>,
    /// Mean step distance of null models.
    #[serde(with = "outcome")]
    pub null_steps: Outcome<NullSteps>,
    /// How paths of null models of the main quiescent phase move.
    #[serde(with = "outcome")]
    pub null_movement: Outcome<NullMovement>,
}

impl Measurements {
    /// A phase by its name.
    ///
    /// # Errors
    /// If it was not simulated.
    pub fn phase(&self, name: &str) -> Outcome<&PhaseMeasurements> {
        let none = || Missing::not_simulated(format_args!("the {name} phase was not simulated"));
        self.phases.get(name).ok_or_else(none)
    }

    /// The comparison of a quiescent phase with waking.
    ///
    /// # Errors
    /// Why they were not compared.
    pub fn divergence(&self, name: &str) -> Outcome<&Reactivation> {
        let none = || {
            let message = format_args!("the {name} phase was not compared with the active phase");
            Missing::not_simulated(message)
        };
        self.divergences.get(name).ok_or_else(none)?.as_ref().map_err(Clone::clone)
    }

    /// The comparison of the main quiescent phase with waking.
    ///
    /// # Errors
    /// Why they were not compared.
    pub fn reactivation(&self) -> Outcome<&Reactivation> {
        self.divergence(REST)
    }
}

/// How well the active phase's decoded stimulus follows the true one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tracking {
    /// Mean distance, in m or rad (along the circle).
    pub error: Measured,
    /// Mean squared distance, in m² or rad². The authors' code calls it the decoding error.
    pub squared_error: Measured,
    /// Mean distance, in m or rad, of one constant answer: the mean of the true values, or their mean
    /// direction. A network that knows nothing cannot do much better.
    pub constant_answer_error: f64,
    /// Mean squared error over trials, steps and cells of a network that always returns the mean
    /// target activity. A test loss is compared with it.
    #[serde(with = "outcome")]
    pub mean_predictor_loss: Outcome<f64>,
}

impl Tracking {
    /// Whether the network has learned its task: its error is below half ([`LEARNED`]) of that of a
    /// constant answer. Where it is not, rest cannot be judged, since decoded values mean nothing.
    pub fn learned(&self) -> Verdict {
        let limit = LEARNED * self.constant_answer_error;
        Verdict::of_measured(&self.error, |error| error < limit)
    }
}

/// One phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PhaseMeasurements {
    /// Trials.
    pub trials: usize,
    /// Steps of each.
    pub steps: usize,
    /// Amplitude σ of the unit noise, per √s; none if it is unknown.
    pub sigma: Option<f64>,
    /// Where rest began; none for waking or if it is unknown.
    pub start: Option<RestStart>,
    /// How its units moved; of first order if it is unknown.
    #[serde(default)]
    pub dynamics: RestDynamics,
    /// Seed of its motion, starts and noise; none if it is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// A few trials to plot, `[trial][step][dim]`, in m or rad.
    pub trajectories: Vec<Vec<Vec<f32>>>,
    /// Kernel density of decoded positions; none for headings.
    #[serde(default, with = "outcome::optional")]
    pub map: Option<Outcome<DensityGrid>>,
    /// Density of decoded headings; none for positions.
    #[serde(default, with = "outcome::optional")]
    pub headings: Option<Outcome<HeadingDensity>>,
    /// Principal components of hidden activity; none if it was not kept.
    #[serde(default, with = "outcome::optional")]
    pub components: Option<Outcome<Components>>,
    /// Mean distance (or magnitude of turn) between successive decoded values, in m or rad.
    #[serde(with = "outcome")]
    pub step_distance: Outcome<Measured>,
    /// Steady-state total variance of each trial, in m² or rad² (headings unwrapped).
    #[serde(with = "outcome")]
    pub total_variance: Outcome<TotalVariance>,
    /// Mean squared displacement against lag, in m² or rad² (headings unwrapped).
    #[serde(with = "outcome")]
    pub displacement: Outcome<MeanSquaredDisplacement>,
    /// Fraction of the arena (or circle) that trials cover.
    #[serde(with = "outcome")]
    pub coverage: Outcome<CoverageSummary>,
    /// Time until a trial is farther from its start than the width of a place field (or cell).
    #[serde(with = "outcome")]
    pub leaving: Outcome<Leaving>,
    /// Ratio of within-trial to pooled variance, against burn-in.
    #[serde(with = "outcome")]
    pub burn_in: Outcome<BurnInCurve>,
    /// Turns of headings; none for positions.
    #[serde(default, with = "outcome::optional")]
    pub turning: Option<Outcome<Turning>>,
    /// How its paths move.
    pub movement: Movement,
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

/// Density of decoded headings.
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
    #[serde(with = "outcome")]
    pub density: Outcome<DensityGrid>,
    /// Whether the points form a ring; none for positions.
    #[serde(default, with = "outcome::optional")]
    pub ring: Option<Outcome<Ring>>,
}

/// Steady-state total variance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TotalVariance {
    /// First steps omitted.
    pub burn_in: usize,
    /// Mean over trials.
    pub mean: Measured,
    /// One value for each trial.
    pub trials: Vec<f64>,
}

/// Summary of the coverage.
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
    /// Median over trials in s; none if at least half of them never leave.
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

/// Distances between transition matrices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransitionComparison {
    /// Bins along each dimension.
    pub bins: usize,
    /// Lag in steps.
    pub lag: usize,
    /// Distance of quiescent from active transitions.
    pub quiescent: DistanceEstimate,
    /// Distance from the active transitions of the quiescent ones with each trial's steps
    /// shuffled.
    pub shuffled: DistanceEstimate,
    /// Distances between halves of the active phase. The estimators give these where there is no
    /// difference to find.
    pub floors: DistanceFloors,
    /// Total-variation distance of the stationary laws of quiescent and active transitions.
    #[serde(with = "outcome")]
    pub stationary: Outcome<Measured>,
    /// The same between halves of the active phase; none with too few trials.
    pub stationary_floor: Option<Floor>,
}

/// Mean step distances of null models, in m or rad.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NullSteps {
    /// The quiescent phase with the steps of each trial shuffled.
    pub shuffled: f64,
    /// Values drawn uniformly from the arena (or circle) at every step.
    pub uniform: f64,
}
