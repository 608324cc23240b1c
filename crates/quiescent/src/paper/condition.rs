//! The conditions that the paper compares: task, kind of network, noise in training, bias of the
//! motion.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::TaskKind;
use crate::experiment::{Experiment, NetworkKind, QuiescentNoise, TaskSpec, TurnDirection};

/// One cell of the paper's design.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Condition {
    /// The task.
    pub task: TaskKind,
    /// Equations of the recurrent layer. Files written before there was a choice omit them.
    #[serde(default)]
    pub network: NetworkKind,
    /// Whether the network was trained with noise.
    pub noisy: bool,
    /// Whether the motion is biased, that is, drifts to a point or turns one way only.
    pub biased: bool,
}

impl Condition {
    const fn new(task: TaskKind, noisy: bool, biased: bool) -> Self {
        Self { task, network: NetworkKind::Rnn, noisy, biased }
    }

    const fn gru(self) -> Self {
        Self { network: NetworkKind::Gru, ..self }
    }

    /// Position, trained with noise, unbiased motion.
    pub const NOISY_UNBIASED: Self = Self::new(TaskKind::Spatial, true, false);
    /// Position, trained without noise, unbiased motion.
    pub const NOISELESS_UNBIASED: Self = Self::new(TaskKind::Spatial, false, false);
    /// Position, trained with noise, motion drifting to a point.
    pub const NOISY_BIASED: Self = Self::new(TaskKind::Spatial, true, true);
    /// Position, trained without noise, motion drifting to a point.
    pub const NOISELESS_BIASED: Self = Self::new(TaskKind::Spatial, false, true);
    /// Position, GRU trained with noise, unbiased motion.
    pub const NOISY_UNBIASED_GRU: Self = Self::NOISY_UNBIASED.gru();
    /// Position, GRU trained with noise, motion drifting to a point.
    pub const NOISY_BIASED_GRU: Self = Self::NOISY_BIASED.gru();
    /// Heading, trained with noise, turning both ways.
    pub const HEADING_UNBIASED: Self = Self::new(TaskKind::HeadDirection, true, false);
    /// Heading, trained with noise, turning counter-clockwise only.
    pub const HEADING_BIASED: Self = Self::new(TaskKind::HeadDirection, true, true);

    /// The spatial conditions in the order of figure 2e.
    pub const SPATIAL: [Self; 4] = [
        Self::NOISY_UNBIASED,
        Self::NOISELESS_UNBIASED,
        Self::NOISY_BIASED,
        Self::NOISELESS_BIASED,
    ];
    /// The conditions of figure C.2.
    pub const GRUS: [Self; 2] = [Self::NOISY_UNBIASED_GRU, Self::NOISY_BIASED_GRU];
    /// The head-direction conditions of figures 3 and C.5.
    pub const HEADINGS: [Self; 2] = [Self::HEADING_UNBIASED, Self::HEADING_BIASED];

    /// Every condition of the paper, in its order.
    pub fn all() -> impl Iterator<Item = Self> + Clone {
        Self::SPATIAL.into_iter().chain(Self::GRUS).chain(Self::HEADINGS)
    }

    /// The noise of its main quiescent phase. Its variance is doubled, except for GRUs.
    pub fn rest_noise(self) -> QuiescentNoise {
        match self.network {
            NetworkKind::Rnn => QuiescentNoise::DoubledVariance,
            NetworkKind::Gru => QuiescentNoise::Same,
        }
    }

    /// The condition of an experiment; none if its motion is a recording, because the paper uses
    /// simulated motion only.
    pub fn of(experiment: &Experiment) -> Option<Self> {
        if experiment.task.recording().is_some() {
            return None;
        }
        let biased = match &experiment.task {
            TaskSpec::Spatial(spec) => spec.drift.is_some(),
            TaskSpec::HeadDirection(spec) => {
                spec.motion.direction == TurnDirection::Counterclockwise
            }
        };
        let noisy = experiment.network.noise.sigma > 0.0;
        let network = experiment.network.kind;
        Some(Self { task: TaskKind::of(experiment), network, noisy, biased })
    }

    /// The label without the task: `noisy unbiased`.
    pub fn label(self) -> &'static str {
        use NetworkKind::{Gru, Rnn};
        match (self.network, self.noisy, self.biased) {
            (Rnn, true, false) => "noisy unbiased",
            (Rnn, true, true) => "noisy biased",
            (Rnn, false, false) => "noiseless unbiased",
            (Rnn, false, true) => "noiseless biased",
            (Gru, true, false) => "noisy unbiased GRU",
            (Gru, true, true) => "noisy biased GRU",
            (Gru, false, false) => "noiseless unbiased GRU",
            (Gru, false, true) => "noiseless biased GRU",
        }
    }
}

/// Formats a condition like the names of the shipped experiments: `spatial/noisy_unbiased`.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let task = match self.task {
            TaskKind::Spatial => "spatial",
            TaskKind::HeadDirection => "head_direction",
        };
        write!(f, "{task}/{}", self.label().replace(' ', "_").to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn conditions_are_named_as_the_shipped_experiments() {
        for condition in Condition::all() {
            for scale in ["paper", "demo"] {
                let experiment = Experiment::named(&format!("{scale}/{condition}")).unwrap();
                assert_eq!(Condition::of(&experiment), Some(condition));
                assert_eq!(experiment.rest.noise, condition.rest_noise());
            }
        }
    }
}
