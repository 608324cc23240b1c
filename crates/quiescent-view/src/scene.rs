//! What is shown behind everything that moves: a network's active phase.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ndarray::{Array2, Array3, ArrayView3, Axis, s};
use quiescent::analysis::Error;
use quiescent::analysis::exploration::total_variance;
use quiescent::analysis::pca::Pca;
use quiescent::analysis::steps::mean_step_distance;
use quiescent::analysis::steps::step_histogram;
use quiescent::network::Network;
use quiescent::simulate::{self, Keep, Trials};
use quiescent::space::{Bins, Space};
use serde::Serialize;
use serde::ser::SerializeStruct as _;

/// Trials of the active phase.
const TRIALS: usize = 200;
/// Most steps of an active trial that are shown; a long one takes time and memory.
pub(crate) const MOST_STEPS: usize = 500;
/// Longest time over which exploration is taken, in steps.
const LONGEST_WINDOW: usize = 250;
/// Most states of which principal components are taken.
const STATES: usize = 10_000;
/// Most of them that are drawn.
const CLOUD: usize = 1500;
/// Bins of occupancy along each side of a box, and around a circle.
const BINS: [usize; 2] = [24, 72];
/// Bins of step lengths, over four decades up to the diameter of the space.
const LENGTH_BINS: usize = 40;
const DECADES: f64 = 4.0;

/// The active phase of a network, as it is drawn behind what moves.
#[derive(Debug, Clone)]
pub struct Scene {
    /// Bins of occupancy.
    pub bins: Bins,
    /// Edges of the bins of step lengths, in m or rad.
    pub step_edges: Vec<f64>,
    /// Fraction of the active phase's steps in each of them.
    pub step_shares: Vec<f64>,
    /// Fraction of its decoded values in each bin of occupancy.
    pub occupancy: Vec<f64>,
    /// Mean length of the active phase's steps, in m or rad; none of trials of one step.
    pub mean_step: Option<f64>,
    /// Steps over which exploration is taken.
    pub window_steps: usize,
    /// Mean over trials of the total variance of its decoded values over as many steps, in m² or rad².
    pub variance: f64,
    /// Decoding error of a constant answer, in m or rad: chance.
    pub chance_error: f64,
    /// Active states on their first two principal components, `[state, 2]`.
    pub cloud: Array2<f32>,
    /// Fraction of the variance of active states along each of the two.
    pub explained: [f64; 2],
    pub(crate) space: Space,
    /// Decoded values, `[trial, step, dim]`.
    pub(crate) decoded: Array3<f32>,
    pub(crate) axes: Axes,
}

impl Scene {
    /// Simulates a network's active phase.
    ///
    /// # Errors
    /// If rates run away, or the recording does not have such a trial.
    pub fn of(network: &Network) -> Result<Self, Error> {
        let steps = network.experiment().time.steps.min(MOST_STEPS);
        let stride = (TRIALS * steps).div_ceil(STATES).min(steps);
        let trials = Trials { count: TRIALS, steps };
        let phase = simulate::active(network, trials, Keep::States { stride })?;
        let space = network.task().space().clone();
        let states = phase.states.expect("states were asked for");
        let (trials, kept, units) = states.dim();
        let states = states.into_shape_with_order((trials * kept, units)).expect("as many values");
        let axes = Axes::of(&states)?;
        let every = states.nrows().div_ceil(CLOUD).max(1);
        let some = states
            .axis_chunks_iter(Axis(0), every)
            .map(|rows| axes.project(rows.row(0).as_slice().expect("a row of a standard array")));
        let cloud: Vec<f32> = some.flatten().collect();
        let bins = bins(&space);
        let mut counted = Occupancy::new(&bins);
        counted.add(&bins, phase.decoded.view());
        let edges = step_edges(&space);
        // A trial of one step has no step between two values.
        let shares = step_histogram(phase.decoded.view(), &space, &edges)
            .map_or_else(|_| vec![0.0; LENGTH_BINS], |found| found.shares);
        let window_steps = steps.min(LONGEST_WINDOW);
        let variance = explored(phase.decoded.slice(s![.., ..window_steps, ..]), &space);
        let mean_step = mean_step_distance(phase.decoded.view(), &space).ok();
        let chance_error = phase.truth.as_ref().map_or(f64::NAN, |truth| constant(truth, &space));
        Ok(Self {
            occupancy: counted.shares().collect(),
            bins,
            step_edges: edges,
            step_shares: shares,
            mean_step: mean_step.map(|of| of.mean),
            window_steps,
            variance,
            chance_error,
            cloud: Array2::from_shape_vec((cloud.len() / 2, 2), cloud).expect("pairs"),
            explained: axes.explained,
            space,
            decoded: phase.decoded,
            axes,
        })
    }
}

impl Serialize for Scene {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut to = serializer.serialize_struct("Scene", 12)?;
        let region = self.space.region();
        to.serialize_field("low", &region.map(|region| region.low()))?;
        to.serialize_field("high", &region.map(|region| region.high()))?;
        to.serialize_field("bins_per_side", &self.bins.per_side())?;
        to.serialize_field("occupancy", &packed(self.occupancy.iter().map(|&x| x as f32)))?;
        to.serialize_field("step_edges", &self.step_edges)?;
        to.serialize_field("step_shares", &self.step_shares)?;
        to.serialize_field("mean_step", &self.mean_step)?;
        to.serialize_field("window_steps", &self.window_steps)?;
        to.serialize_field("variance", &self.variance)?;
        to.serialize_field("chance_error", &self.chance_error)?;
        to.serialize_field("cloud", &packed(self.cloud.iter().copied()))?;
        to.serialize_field("explained", &self.explained)?;
        to.end()
    }
}

/// Single-precision numbers in base64, little-endian.
pub(crate) fn packed(values: impl Iterator<Item = f32>) -> String {
    STANDARD.encode(values.flat_map(f32::to_le_bytes).collect::<Vec<u8>>())
}

/// Bins of occupancy.
pub(crate) fn bins(space: &Space) -> Bins {
    space.bins(BINS[usize::from(*space == Space::Circle)]).expect("few bins")
}

/// Edges of the bins of step lengths.
pub(crate) fn step_edges(space: &Space) -> Vec<f64> {
    let longest = match space {
        Space::Region(region) => {
            (0..region.dim()).map(|d| region.side(d).powi(2)).sum::<f64>().sqrt()
        }
        Space::Circle => std::f64::consts::PI,
    };
    (0..=LENGTH_BINS)
        .map(|edge| longest * 10_f64.powf(DECADES * (edge as f64 / LENGTH_BINS as f64 - 1.0)))
        .collect()
}

/// The first two principal components of the active states.
#[derive(Debug, Clone)]
pub(crate) struct Axes {
    mean: Vec<f32>,
    axes: [Vec<f32>; 2],
    explained: [f64; 2],
}

impl Axes {
    fn of(states: &Array2<f32>) -> Result<Self, Error> {
        let pca = Pca::fit(states.view())?;
        let ratios = pca.explained_variance_ratios();
        let axis = |k: usize| match pca.axes.axis_iter(Axis(0)).nth(k) {
            Some(axis) => axis.iter().map(|&x| x as f32).collect(),
            // One unit has one component.
            None => vec![0.0; pca.mean.len()],
        };
        Ok(Self {
            mean: pca.mean.iter().map(|&x| x as f32).collect(),
            axes: [axis(0), axis(1)],
            explained: [ratios[0], ratios.get(1).copied().unwrap_or(0.0)],
        })
    }

    /// The coordinates of one state.
    pub(crate) fn project(&self, state: &[f32]) -> [f32; 2] {
        let mut sums = [0.0_f32; 2];
        for (unit, (&rate, &mean)) in state.iter().zip(&self.mean).enumerate() {
            for (sum, axis) in sums.iter_mut().zip(&self.axes) {
                *sum += (rate - mean) * axis[unit];
            }
        }
        sums
    }
}

/// How often decoded values were in each bin.
#[derive(Debug, Clone)]
pub(crate) struct Occupancy {
    counts: Vec<u64>,
    all: u64,
}

impl Occupancy {
    pub(crate) fn new(bins: &Bins) -> Self {
        Self { counts: vec![0; bins.len()], all: 0 }
    }

    /// Counts values `[trial, step, dim]`. Those beyond the walls are in no bin, and are counted in all.
    pub(crate) fn add(&mut self, bins: &Bins, decoded: ArrayView3<'_, f32>) {
        for trial in decoded.outer_iter() {
            for value in trial.outer_iter() {
                self.all += 1;
                if let Some(bin) = bins.of(&value.to_vec()) {
                    self.counts[bin] += 1;
                }
            }
        }
    }

    /// The fraction of all values in each bin.
    pub(crate) fn shares(&self) -> impl Iterator<Item = f64> + '_ {
        self.counts.iter().map(|&count| count as f64 / self.all.max(1) as f64)
    }
}

/// The mean distance of stimuli `[trial, step, dim]` from the one place nearest to all, in m or rad.
fn constant(truth: &Array3<f32>, space: &Space) -> f64 {
    let stimuli: Vec<Vec<f32>> = truth.rows().into_iter().map(|row| row.to_vec()).collect();
    let answer = space.mean(stimuli.iter().map(Vec::as_slice));
    let sum: f64 =
        stimuli.iter().map(|stimulus| f64::from(space.distance(stimulus, &answer))).sum();
    sum / stimuli.len() as f64
}

/// The mean over trials of the total variance, in m² or rad²; 0 of a single step.
pub(crate) fn explored(decoded: ArrayView3<'_, f32>, space: &Space) -> f64 {
    total_variance(decoded, space, 0)
        .map_or(0.0, |of| of.trials.iter().sum::<f64>() / of.trials.len() as f64)
}
