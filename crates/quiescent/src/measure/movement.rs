//! How the decoded paths of a phase move: lengths of steps, directions, diffusion, coverage in time, sequences, and
//! speed beside that of waking.

use ndarray::{ArrayView3, s};
use serde::{Deserialize, Serialize};

use super::WAKING;
use super::settings::{PhaseData, Settings, Source};
use crate::analysis::bootstrap::{BootstrapSettings, Measured};
use crate::analysis::compression::{Displacements, TemporalCompression, temporal_compression};
use crate::analysis::diffusion::{Diffusion, diffusion};
use crate::analysis::exploration::{
    MeanSquaredDisplacement, PerTrial, logarithmic_lags, mean_squared_displacement,
};
use crate::analysis::null_models::{brownian, time_shuffled};
use crate::analysis::reach::Reach;
use crate::analysis::sequences::{SequenceSettings, sequence_score};
use crate::analysis::steps::{
    StepHistogram, continuity, mean_step_distance, persistence, speed_ratio, step_histogram,
    step_quantile,
};
use crate::analysis::{Error, Missing, Outcome, Real, outcome};
use crate::space::Space;

/// A step is long if it is longer than this part of waking's steps. Paths are continuous if at least this part of their
/// steps is not: if they have no more long steps than waking has. (The map of rest asks for it.)
pub(crate) const CONTINUOUS_SHARE: f64 = 0.95;
/// Bins of step lengths, over four decades up to the diameter of the space.
const LENGTH_BINS: usize = 40;
const DECADES: f64 = 4.0;
/// Times at which coverage is known.
const TIMES: usize = 16;
/// Lags at which a null model's displacement is known, up to a tenth of a trial.
const LAGS: usize = 12;
/// Trials that null models are made of; enough for means over trials and steps.
pub const NULL_TRIALS: usize = 100;

/// How the decoded paths of one phase, or of a null model, move.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Movement {
    /// Lengths of steps, in bins that depend on the space alone.
    #[serde(with = "outcome")]
    pub step_lengths: Outcome<StepHistogram>,
    /// Fraction of steps that are no longer than nearly all of waking's.
    #[serde(with = "outcome")]
    pub continuity: Outcome<Continuity>,
    /// Whether successive steps go on in one direction.
    #[serde(with = "outcome")]
    pub persistence: Outcome<Directions>,
    /// Exponent of the mean squared displacement, with the lags where it holds.
    #[serde(with = "outcome")]
    pub diffusion: Outcome<Diffusion>,
    /// Regions visited in time.
    #[serde(with = "outcome")]
    pub reach: Outcome<CoverageInTime>,
    /// Events that are sequences.
    #[serde(with = "outcome")]
    pub sequences: Outcome<SequenceShare>,
    /// Mean step over that of waking; none for waking itself.
    #[serde(default, with = "outcome::optional")]
    pub speed_ratio: Option<Outcome<Measured>>,
    /// How many times faster than waking it covers a distance; none for waking itself.
    #[serde(default, with = "outcome::optional")]
    pub compression: Option<Outcome<TemporalCompression>>,
}

impl Movement {
    /// The measurements that failed, by name, and why.
    pub fn missing(&self) -> impl Iterator<Item = (&'static str, &Missing)> {
        [
            ("step_lengths", self.step_lengths.as_ref().err()),
            ("continuity", self.continuity.as_ref().err()),
            ("persistence", self.persistence.as_ref().err()),
            ("displacement_exponent", self.diffusion.as_ref().err()),
            ("coverage_in_time", self.reach.as_ref().err()),
            ("sequences", self.sequences.as_ref().err()),
            ("speed_ratio", self.speed_ratio.as_ref().and_then(|found| found.as_ref().err())),
            (
                "temporal_compression",
                self.compression.as_ref().and_then(|found| found.as_ref().err()),
            ),
        ]
        .into_iter()
        .filter_map(|(name, missing)| Some((name, missing?)))
    }
}

/// Steps that are no longer than nearly all of waking's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Continuity {
    /// The 95th percentile of waking's step lengths, in m or rad.
    pub longest: f64,
    /// Fraction of steps that are no longer; 0.95 of waking's own.
    pub share: Measured,
}

/// Directions of successive steps, as means over trials.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Directions {
    /// Mean cosine of the angle between successive steps.
    pub cosine: Measured,
    /// Fraction of steps that go back, by more than 90°.
    pub reversals: Measured,
}

/// Coverage in time, with the regions that coverage has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoverageInTime {
    /// Regions of the space.
    pub regions: usize,
    /// Times in s since the phase began, ascending, with equal distances of their logarithms.
    pub times_s: Vec<f64>,
    /// Mean over trials of the fraction of regions visited until then, `[time]`.
    pub covered: Vec<f64>,
    /// Median over trials of the time in s to visit a quarter of the regions; none if half of them never do.
    pub quarter_s: Option<f64>,
    /// The same for half of the regions.
    pub half_s: Option<f64>,
}

/// Events that are sequences: the share that 5 % of events without order have.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SequenceShare {
    /// Mean over trials of the fraction of events that are sequences.
    pub share: Measured,
    /// Mean over trials and events of R² of a straight line in time.
    pub score: Measured,
    /// Events of each trial.
    pub events: usize,
    /// Successive values of an event.
    pub event_steps: usize,
}

/// How null models of the main quiescent phase move, made of at most 100 of its trials.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NullMovement {
    /// With the steps of each trial shuffled: the same places without their order.
    pub time_shuffled: NullPaths,
    /// Brownian motion with each trial's start and mean squared step, reflected by walls: a walk without memory.
    pub brownian: NullPaths,
}

/// Paths of a null model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NullPaths {
    /// Mean squared displacement against lag, in m² or rad².
    #[serde(with = "outcome")]
    pub displacement: Outcome<MeanSquaredDisplacement>,
    /// How they move.
    pub movement: Movement,
}

/// What the movement of every phase is measured with and compared with.
pub(super) struct Yardstick<'a> {
    space: &'a Space,
    dt_s: f64,
    bootstrap: BootstrapSettings,
    /// The distance whose covering is timed, in m or rad.
    distance: f64,
    waking: Outcome<Waking>,
}

/// What is known of waking.
struct Waking {
    longest: f64,
    steps: PerTrial,
    displacements: Displacements,
}

impl<'a> Yardstick<'a> {
    /// With waking, or why there is none.
    pub(super) fn new(
        source: &Source<'a>,
        waking: Outcome<&PhaseData>,
        settings: &Settings,
    ) -> Self {
        let space = source.space;
        let waking = waking.and_then(|data| {
            let decoded = data.phase.decoded.view();
            Ok(Waking {
                longest: step_quantile(decoded, space, CONTINUOUS_SHARE)?,
                steps: mean_step_distance(decoded, space)?,
                displacements: Displacements::of(decoded, space)?,
            })
        });
        Self {
            space,
            dt_s: source.dt_s,
            bootstrap: settings.bootstrap(),
            distance: source.radius.unwrap_or_else(|| tenth(space)),
            waking,
        }
    }

    /// Measures decoded values `[trial, step, dim]`; `rest` of a phase that is compared with waking.
    pub(super) fn measure<T: Real>(&self, decoded: ArrayView3<'_, T>, rest: bool) -> Movement {
        let (space, bootstrap) = (self.space, &self.bootstrap);
        let waking = || self.waking.as_ref().map_err(Clone::clone);
        Movement {
            step_lengths: step_histogram(decoded, space, &length_edges(space))
                .map_err(Missing::from),
            continuity: waking().and_then(|waking| {
                let longest = waking.longest;
                let share = continuity(decoded, space, longest)?.estimate(bootstrap)?.of_share();
                Ok(Continuity { longest, share })
            }),
            persistence: directions(decoded, space, bootstrap).map_err(Missing::from),
            diffusion: diffusion(decoded, space, bootstrap).map_err(Missing::from),
            reach: self.reach(decoded).map_err(Missing::from),
            sequences: sequences(decoded, space, bootstrap).map_err(Missing::from),
            speed_ratio: rest.then(|| {
                let own = mean_step_distance(decoded, space)?;
                Ok(speed_ratio(&waking()?.steps, &own, bootstrap)?)
            }),
            compression: rest.then(|| {
                let own = Displacements::of(decoded, space)?;
                let waking = &waking()?.displacements;
                Ok(temporal_compression(waking, &own, self.distance, bootstrap)?)
            }),
        }
    }

    /// Measures null models of decoded values of rest.
    pub(super) fn null_models(
        &self,
        rest: ArrayView3<'_, f32>,
        seed: u64,
    ) -> Result<NullMovement, Error> {
        let some = rest.slice(s![..rest.dim().0.min(NULL_TRIALS), .., ..]);
        let lags = logarithmic_lags(some.dim().1 / 10, LAGS);
        let of = |values: ArrayView3<'_, f64>| NullPaths {
            displacement: mean_squared_displacement(values, self.space, &lags)
                .map_err(Missing::from),
            movement: self.measure(values, true),
        };
        Ok(NullMovement {
            time_shuffled: of(time_shuffled(some, seed).view()),
            brownian: of(brownian(some, self.space, seed)?.view()),
        })
    }

    fn reach<T: Real>(&self, decoded: ArrayView3<'_, T>) -> Result<CoverageInTime, Error> {
        let bins = self.space.standard_bins();
        let reach = Reach::of(decoded, &bins)?;
        let steps = logarithmic_lags(decoded.dim().1, TIMES);
        let seconds = |part: usize| {
            let steps = reach.median_steps_to(bins.len().div_ceil(part))?;
            Ok::<_, Error>(steps.map(|steps| steps * self.dt_s))
        };
        Ok(CoverageInTime {
            regions: bins.len(),
            covered: steps.iter().map(|&steps| reach.covered(steps)).collect(),
            times_s: steps.iter().map(|&steps| steps as f64 * self.dt_s).collect(),
            quarter_s: seconds(4)?,
            half_s: seconds(2)?,
        })
    }
}

/// Whether a phase is one of rest, which is compared with waking.
pub(super) fn is_rest(name: &str, data: &PhaseData) -> bool {
    name != WAKING && data.phase.truth.is_none()
}

/// A tenth of the space's extent: of the side of a cube as large, or of the circle.
fn tenth(space: &Space) -> f64 {
    0.1 * libm::pow(space.measure(), 1.0 / space.dim() as f64)
}

/// Edges of the bins of step lengths, with equal distances of their logarithms.
fn length_edges(space: &Space) -> Vec<f64> {
    let diameter = match space {
        Space::Region(region) => {
            (0..region.dim()).map(|dim| region.side(dim)).fold(0.0, libm::hypot)
        }
        Space::Circle => std::f64::consts::PI,
    };
    let edge = |bin: usize| {
        let below = (LENGTH_BINS - bin) as f64 / LENGTH_BINS as f64;
        diameter * libm::pow(10.0, -DECADES * below)
    };
    (0..=LENGTH_BINS).map(edge).collect()
}

fn directions<T: Real>(
    decoded: ArrayView3<'_, T>,
    space: &Space,
    bootstrap: &BootstrapSettings,
) -> Result<Directions, Error> {
    let found = persistence(decoded, space)?;
    Ok(Directions {
        cosine: found.cosine.estimate(bootstrap)?,
        reversals: found.reversals.estimate(bootstrap)?,
    })
}

fn sequences<T: Real>(
    decoded: ArrayView3<'_, T>,
    space: &Space,
    bootstrap: &BootstrapSettings,
) -> Result<SequenceShare, Error> {
    let settings = SequenceSettings { seed: bootstrap.seed, ..SequenceSettings::default() };
    let found = sequence_score(decoded, space, &settings)?;
    Ok(SequenceShare {
        share: found.share.estimate(bootstrap)?.of_share(),
        score: found.score.estimate(bootstrap)?,
        events: found.events,
        event_steps: found.event_steps,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::space::Region;

    #[test]
    fn bins_of_lengths_reach_the_diameter_of_the_space() {
        let square = Space::Region(Region::centred(&[3.0, 4.0]).unwrap());
        for (space, diameter) in [(square, 5.0), (Space::Circle, std::f64::consts::PI)] {
            let edges = length_edges(&space);
            assert_eq!(edges.len(), LENGTH_BINS + 1);
            assert_eq!(*edges.last().unwrap(), diameter);
            assert!((edges[0] / diameter - 1e-4).abs() < 1e-12);
            assert!(edges.is_sorted_by(|a, b| a < b));
        }
        let box_of = Space::Region(Region::centred(&[2.0, 8.0]).unwrap());
        assert!((tenth(&box_of) - 0.4).abs() < 1e-12);
    }
}
