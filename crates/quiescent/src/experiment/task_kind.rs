//! Which of the tasks an experiment trains.

use serde::{Deserialize, Serialize};

use super::{Experiment, TaskSpec};

/// What is integrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// Position in a box.
    Spatial,
    /// Heading.
    HeadDirection,
}

impl TaskKind {
    /// Both, in the paper's order.
    pub const BOTH: [Self; 2] = [Self::Spatial, Self::HeadDirection];

    /// The task of an experiment.
    pub fn of(experiment: &Experiment) -> Self {
        match experiment.task {
            TaskSpec::Spatial(_) => Self::Spatial,
            TaskSpec::HeadDirection(_) => Self::HeadDirection,
        }
    }

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Spatial => "spatial",
            Self::HeadDirection => "head direction",
        }
    }

    /// Unit of decoded stimuli and of decoding errors.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Spatial => "m",
            Self::HeadDirection => "rad",
        }
    }

    /// Waking σ per √s of the paper's noisy networks (table A.1): what networks trained without noise
    /// are given where they are compared with those.
    pub fn noisy_sigma(self) -> f64 {
        match self {
            Self::Spatial => 0.01 / 0.02_f64.sqrt(),
            Self::HeadDirection => 0.1 / 0.02_f64.sqrt(),
        }
    }

    /// Dimension of the stimulus.
    pub fn dim(self) -> usize {
        match self {
            Self::Spatial => 2,
            Self::HeadDirection => 1,
        }
    }
}
