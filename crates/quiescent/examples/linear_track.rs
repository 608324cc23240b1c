//! Your own task: a position on a track, which is not available in experiment files. A network is
//! trained on it, simulated while quiescent, and measured like any other.
//!
//! `cargo run --release -p quiescent --example linear_track`
#![allow(clippy::print_stdout, dead_code, reason = "an example, which tests/own_task.rs runs too")]

use std::error::Error;
use std::sync::Arc;

use ndarray::ArrayD;
use quiescent::analysis::reactivation::{self, Estimate, Settings};
use quiescent::experiment::{Experiment, NetworkKind, NetworkSpec, QuiescentNoise, TimeSpec};
use quiescent::network::{self, Network, Parameters};
use quiescent::random::Generator;
use quiescent::simulate::{self, Keep, Start, Trials};
use quiescent::space::{Region, Space};
use quiescent::task::{Split, Task};
use quiescent::training::{self, Evaluation, Trainer};

/// Length of the track in m, and the width of a cell's field.
const LENGTH_M: f64 = 2.0;
const WIDTH_M: f32 = 0.15;
const CELLS: usize = 40;
/// Mean speed in m per step, and the fraction of its deviation that remains after a step.
const SPEED_M: f64 = 0.02;
const KEPT: f64 = 0.9;

/// An animal that runs to and fro on a track, with cells that fire at places along it.
#[derive(Debug)]
struct Track {
    space: Space,
    /// Preferred position of each cell, in m.
    places: Vec<f32>,
}

impl Track {
    fn new() -> Result<Self, Box<dyn Error>> {
        let region = Region::centred(&[LENGTH_M])?;
        let place = |cell| region.at(&[(cell as f64 + 0.5) / CELLS as f64])[0] as f32;
        Ok(Self { places: (0..CELLS).map(place).collect(), space: Space::Region(region) })
    }
}

impl Task for Track {
    fn space(&self) -> &Space {
        &self.space
    }

    fn target_dim(&self) -> usize {
        CELLS
    }

    fn draw_motion(
        &self,
        _: Split,
        generator: &mut Generator,
        stimuli: &mut [f32],
        displacements: &mut [f32],
    ) {
        let wall = 0.5 * LENGTH_M;
        let mut place = LENGTH_M * generator.uniform() - wall;
        let mut speed = SPEED_M * generator.normal();
        stimuli[0] = place as f32;
        for (stimulus, displacement) in stimuli[1..].iter_mut().zip(displacements) {
            speed = KEPT * speed + (1.0 - KEPT * KEPT).sqrt() * SPEED_M * generator.normal();
            if (place + speed).abs() > wall {
                speed = -speed;
            }
            let before = place as f32;
            place = (place + speed).clamp(-wall, wall);
            *stimulus = place as f32;
            *displacement = *stimulus - before;
        }
    }

    fn targets(&self, stimuli: &[f32], targets: &mut [f32]) {
        for (stimulus, activity) in stimuli.iter().zip(targets.chunks_exact_mut(CELLS)) {
            for (rate, place) in activity.iter_mut().zip(&self.places) {
                let distance = (stimulus - place) / WIDTH_M;
                *rate = (-0.5 * distance * distance).exp();
            }
        }
    }

    fn target_derivative(&self, stimulus: &[f32], derivative: &mut [f32]) {
        self.targets(stimulus, derivative);
        for (slope, place) in derivative.iter_mut().zip(&self.places) {
            *slope *= (place - stimulus[0]) / (WIDTH_M * WIDTH_M);
        }
    }

    /// The mean place of the cells, weighted by their activity about the most active one.
    fn decode(&self, activity: &[f32], stimuli: &mut [f32]) {
        for (activity, stimulus) in activity.chunks_exact(CELLS).zip(stimuli) {
            let most = activity.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
            let peak = most.map_or(0, |(cell, _)| cell);
            let near = peak.saturating_sub(3)..(peak + 4).min(CELLS);
            let weights: f32 = near.clone().map(|cell| activity[cell].max(0.0)).sum();
            let sum: f32 = near.map(|cell| activity[cell].max(0.0) * self.places[cell]).sum();
            *stimulus = if weights > 0.0 { sum / weights } else { self.places[peak] };
        }
    }

    fn preferred(&self) -> &[f32] {
        &self.places
    }
}

/// Results of a network with this task.
#[derive(Debug)]
pub struct Found {
    /// Decoding error of the trained network, on the test set.
    pub trained: Evaluation,
    /// Decoding error of the best constant answer.
    pub constant: Evaluation,
    /// KL(quiescent ‖ active).
    pub kl: Estimate,
    /// KL(quiescent ‖ active) of the untrained network.
    pub kl_untrained: Estimate,
}

/// An untrained network with this task, to be trained for `batches` batches.
///
/// # Errors
/// If a setting is invalid.
pub fn untrained(batches: u64) -> Result<Network, Box<dyn Error>> {
    Ok(Network::untrained_for(&experiment(batches), Arc::new(Track::new()?)))
}

/// All settings of a network besides its task.
fn experiment(batches: u64) -> Experiment {
    let spec = NetworkSpec::new(NetworkKind::Rnn, 64);
    let mut experiment = Experiment::for_own_task(spec, TimeSpec { dt_s: 0.02, steps: 50 });
    experiment.training.batches = batches;
    experiment.training.test_every = batches;
    experiment.training.trials = 50;
    experiment.training.learning_rate = 0.003;
    experiment
}

/// A network with this task and given weights, by their names in a `state_dict`: `[out, in]`.
///
/// # Errors
/// If arrays are missing or unknown, or have shapes that differ from this network's.
pub fn of_arrays(
    arrays: &[(String, ArrayD<f32>)],
    batches: u64,
) -> Result<Network, Box<dyn Error>> {
    let (experiment, track) = (experiment(batches), Arc::new(Track::new()?));
    let layout = network::layout(&experiment, track.as_ref());
    let named = arrays.iter().map(|(name, array)| (name.as_str(), array.view()));
    let parameters = Parameters::from_named(&layout, named)?;
    Ok(Network::new(&experiment, track, parameters)?)
}

/// Trains a network for `batches` batches, simulates both phases, and compares them.
///
/// # Errors
/// If a setting is invalid or a measurement fails.
pub fn run(batches: u64) -> Result<Found, Box<dyn Error>> {
    let network = untrained(batches)?;
    let mut trainer = Trainer::of(network);
    trainer.by_ref().for_each(drop);
    let network = trainer.into_network();

    let wake = simulate::active(&network, Trials { count: 200, steps: 50 }, Keep::Decoded)?;
    let divergence = |network: &Network| -> Result<Estimate, Box<dyn Error>> {
        let (start, noise) = (Start::Encoded { trials: 200 }, QuiescentNoise::DoubledVariance);
        let rest = simulate::quiescent(network, &start, noise, 100, Keep::Decoded)?;
        let (wake, rest) = (wake.decoded.view(), rest.decoded.view());
        let found =
            reactivation::compare(wake, rest, network.task().space(), &Settings::default())?;
        Ok(found.kl_quiescent_from_active)
    };
    Ok(Found {
        trained: training::evaluate(&network),
        constant: training::constant_answer(&network),
        kl: divergence(&network)?,
        kl_untrained: divergence(&network.before_training())?,
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let found = run(1500)?;
    println!(
        "off by {:.3} m (one answer for all: {:.3} m)",
        found.trained.decode_error, found.constant.decode_error
    );
    for (name, kl) in [("trained", found.kl), ("untrained", found.kl_untrained)] {
        println!(
            "{name}: KL(quiescent ‖ active) = {:.3} nats ({:.3} to {:.3}), floor {:.3}",
            kl.nats,
            kl.interval.low,
            kl.interval.high,
            kl.floor.map_or(f64::NAN, |floor| floor.upper)
        );
    }
    Ok(())
}
