//! What a person has set: what is shown of a network, and how.

use quiescent::analysis::Error;
use quiescent::experiment::{
    AdaptationSpec, Experiment, MomentumSpec, QuiescentNoise, RestDynamics, RestStart,
};
use quiescent::simulate::{Start, check_dynamics, own_or_paper_sigma};
use quiescent::space::Space;
use serde::{Deserialize, Serialize};

/// Most trials that are shown.
pub const MOST_TRIALS: usize = 200;
/// Largest noise, as a multiple κ of the active noise, unless a run's own is larger.
const LARGEST_NOISE_RATIO: f64 = 4.0;

/// What is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Show {
    /// Active trials, one set after the other.
    Wake,
    /// Rest, without end.
    Rest,
    /// One set of active trials, and rest from where they ended.
    WakeThenRest,
}

/// Where rest begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum From {
    /// The encoding of fresh test stimuli.
    Encoded,
    /// Where active trials ended, which are not shown.
    AfterWake,
    /// The encoding of one stimulus, `[dim]`, in m or rad.
    Point(Vec<f64>),
}

/// Everything that can be set. It determines what is shown, to the bit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What is shown.
    pub show: Show,
    /// Where rest begins.
    pub from: From,
    /// Hidden noise of rest, as a multiple κ of the active noise. A network that was trained without
    /// noise has multiples of the paper's.
    pub noise_ratio: f64,
    /// Adaptation while at rest; none for none.
    pub adaptation: Option<AdaptationSpec>,
    /// Momentum while at rest; none for none.
    pub momentum: Option<MomentumSpec>,
    /// Number of trials, at most [`MOST_TRIALS`].
    pub trials: usize,
    /// Seed of motion, starts and noise.
    pub seed: u64,
}

/// The noise of a run's own rest, as a multiple κ of the active noise.
fn own_noise_ratio(experiment: &Experiment, space: &Space) -> f64 {
    let sigma = experiment.rest.noise.sigma(experiment.network.noise.sigma);
    sigma / own_or_paper_sigma(experiment, space)
}

/// Largest noise that can be set of a run.
pub fn largest_noise_ratio(experiment: &Experiment, space: &Space) -> f64 {
    own_noise_ratio(experiment, space).max(LARGEST_NOISE_RATIO)
}

impl Settings {
    /// Rest as a run's own experiment has it.
    pub fn of(experiment: &Experiment, space: &Space) -> Self {
        let rest = &experiment.rest;
        Self {
            show: Show::Rest,
            from: match rest.start {
                RestStart::Encoded => From::Encoded,
                RestStart::AfterWake => From::AfterWake,
                RestStart::Point(point) => From::Point(point[..space.dim()].to_vec()),
            },
            noise_ratio: own_noise_ratio(experiment, space),
            adaptation: rest.adaptation,
            momentum: rest.momentum,
            trials: MOST_TRIALS,
            seed: experiment.seed,
        }
    }

    /// Fails if something cannot be shown of a network with this experiment and space.
    ///
    /// # Errors
    /// If a number is out of its range; its message names it and what is allowed.
    pub fn check(&self, experiment: &Experiment, space: &Space) -> Result<(), Error> {
        if !(1..=MOST_TRIALS).contains(&self.trials) {
            return Err(Error::setting("trials", self.trials, format!("1 to {MOST_TRIALS}")));
        }
        // The largest number that JavaScript has exactly.
        if self.seed > (1 << 53) - 1 {
            return Err(Error::setting("seed", self.seed, "0 to 2^53 - 1"));
        }
        let largest = largest_noise_ratio(experiment, space);
        if !(0.0..=largest).contains(&self.noise_ratio) {
            let allowed = format!("0 to {largest}");
            return Err(Error::setting("noise_ratio", self.noise_ratio, allowed));
        }
        if let From::Point(point) = &self.from {
            let allowed = match space {
                Space::Region(_) => format!("{} finite coordinates within the walls", space.dim()),
                Space::Circle => "one finite angle in rad".to_owned(),
            };
            let inside = match space {
                Space::Region(region) => point.len() == region.dim() && region.contains(point),
                Space::Circle => point.len() == 1 && point[0].is_finite(),
            };
            if !inside {
                return Err(Error::setting("from", format!("{point:?}"), allowed));
            }
        }
        // Rest has no end here, so no time constant is longer than it.
        check_dynamics(&self.dynamics(experiment), experiment.time.dt_s, None)
    }

    /// How units move while at rest.
    pub fn dynamics(&self, experiment: &Experiment) -> RestDynamics {
        let tau_s = experiment.rest.tau_s;
        RestDynamics { adaptation: self.adaptation, momentum: self.momentum, tau_s }
    }

    /// Where rest begins that does not follow active trials.
    pub(crate) fn start<'a>(&self) -> Start<'a> {
        let trials = self.trials;
        match &self.from {
            From::Point(point) => {
                Start::Point { trials, stimulus: point.iter().map(|&x| x as f32).collect() }
            }
            From::Encoded | From::AfterWake => Start::Encoded { trials },
        }
    }

    /// The noise of rest.
    pub fn noise(&self, experiment: &Experiment, space: &Space) -> QuiescentNoise {
        if self.noise_ratio == 0.0 {
            return QuiescentNoise::None;
        }
        QuiescentNoise::Sigma(self.noise_ratio * own_or_paper_sigma(experiment, space))
    }

    /// Whether a simulation with these settings has to begin anew where one with `other` runs.
    pub fn begins_anew(&self, other: &Self) -> bool {
        (self.show, &self.from, self.trials, self.seed)
            != (other.show, &other.from, other.trials, other.seed)
    }
}
