//! The study of one network: it simulates and measures the phases that the paper's figures need.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::phases::{keys, simulate};
use super::{Condition, PhaseKey, Protocol, TaskKind};
use crate::analysis::reactivation::Reactivation;
use crate::analysis::{Error, Missing, Outcome};
use crate::measure::{self, Components, Measurements, PhaseData, PhaseMeasurements, Source};
use crate::network::Network;
use crate::space::Space;
use crate::task::Split;

/// Results of one trained network of the paper's design.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RunStudy {
    /// Sizes of the phases.
    pub protocol: Protocol,
    /// Cell of the paper's design.
    pub condition: Condition,
    /// Seed of the experiment.
    pub seed: u64,
    /// Units of the network.
    pub units: usize,
    /// Measurements, with phases by [`PhaseKey::name`].
    pub found: Measurements,
}

impl RunStudy {
    /// A phase of the study.
    ///
    /// # Errors
    /// If the phase was not simulated.
    pub fn phase(&self, key: PhaseKey) -> Outcome<&PhaseMeasurements> {
        self.found.phases.get(key.name()).ok_or_else(|| {
            Missing::not_simulated(format_args!(
                "the phase “{}” of {} was not simulated",
                key.label(),
                self.condition
            ))
        })
    }

    /// Principal components of a phase's hidden activity.
    ///
    /// # Errors
    /// Why there are none.
    pub fn components(&self, key: PhaseKey) -> Outcome<&Components> {
        let components = self.phase(key)?.components.as_ref();
        components
            .ok_or_else(|| Missing::states_not_kept(key.label()))?
            .as_ref()
            .map_err(Clone::clone)
    }

    /// Loss of a network that always returns the mean target activity.
    ///
    /// # Errors
    /// Why it is not known.
    pub fn mean_predictor_loss(&self) -> Outcome<f64> {
        self.found.tracking.as_ref().map_err(Clone::clone)?.mean_predictor_loss.clone()
    }

    /// The comparison of a quiescent phase with the active one.
    ///
    /// # Errors
    /// Why they were not compared.
    pub fn divergence(&self, key: PhaseKey) -> Outcome<&Reactivation> {
        self.found.divergence(key.name())
    }
}

/// A study with the decoded values that are compared between networks.
#[derive(Debug, Clone)]
pub struct Study {
    /// Every measurement.
    pub run: RunStudy,
    /// The phases measured, by [`PhaseKey::name`].
    pub phases: BTreeMap<String, PhaseData>,
}

/// Studies a trained network: simulates and measures every phase of its condition. `begin` is
/// called with each phase before it is simulated, and can end the study.
///
/// A measurement that fails is returned as its error. Runs on the current rayon pool; the result
/// does not depend on the pool's size.
///
/// # Errors
/// If the network belongs to no condition of the paper, rates run away, or `begin` ended the study.
pub fn study(
    network: &Network,
    protocol: &Protocol,
    mut begin: impl FnMut(PhaseKey) -> ControlFlow<()>,
) -> Result<Study, Missing> {
    let experiment = network.experiment();
    let condition = Condition::of(experiment).ok_or_else(|| {
        Missing::undefined(
            "its motion is a recording; the paper's conditions use simulated motion, unbiased or \
             biased",
        )
    })?;
    // A user's own task has the experiment's task name, but its own space.
    let space = network.task().space();
    let fits = match condition.task {
        TaskKind::Spatial => space.region().is_some_and(|region| region.dim() == 2),
        TaskKind::HeadDirection => *space == Space::Circle,
    };
    if !fits {
        return Err(Missing::undefined(
            "its task is not one of the paper's, which decode positions in a box or headings",
        ));
    }
    let longest = network.task().longest_trial(Split::Test);
    if experiment.time.steps > longest {
        return Err(Missing::undefined(format_args!("no trial is longer than {longest} steps")));
    }
    let mut phases: BTreeMap<String, PhaseData> = BTreeMap::new();
    for &key in keys(condition) {
        if begin(key).is_break() {
            return Err(Error::Cancelled { phase: key.label() }.into());
        }
        let untrained;
        let network = if key == PhaseKey::Untrained {
            untrained = network.before_training();
            &untrained
        } else {
            network
        };
        let wake = phases.get(PhaseKey::Active.name()).map(|active| &active.phase);
        let data = simulate(network, condition, key, protocol, wake).map_err(|error| {
            Missing::from(error).in_part(format_args!("the phase “{}”", key.label()))
        })?;
        phases.insert(key.name().to_owned(), data);
    }
    let found =
        measure::measure(&Source::of(network), &phases, &protocol.settings(experiment.seed))?;
    let run = RunStudy {
        protocol: *protocol,
        condition,
        seed: experiment.seed,
        units: experiment.network.units,
        found,
    };
    Ok(Study { run, phases })
}
