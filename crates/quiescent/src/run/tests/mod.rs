//! Tests of the run folder, with the small experiment, network and phase they share.
#![allow(clippy::unwrap_used)]

mod atomic;
mod checkpoint;
mod failure;
mod folder;
mod hostile_disk;
mod killed;
mod last_metrics;
mod lock;
mod lock_lost;
mod lock_race;
mod metrics;
mod phase;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use ndarray::{Array2, Array3};

use super::{Checkpoint, RunError};
use crate::experiment::*;
use crate::network::{Layout, Parameters};
use crate::simulate::Phase;

fn experiment() -> Experiment {
    Experiment {
        about: "Heads that turn: \"quoted\", [listed] # and more".to_owned(),
        seed: u64::MAX,
        time: TimeSpec { dt_s: 0.02, steps: 10 },
        task: TaskSpec::HeadDirection(HeadDirectionSpec {
            motion: HeadMotionSpec { turn_sd_rad_per_s: 11.52, direction: TurnDirection::Both },
            cells: HeadCellsSpec { count: 3, width_rad: std::f64::consts::FRAC_PI_6 },
            decoder: HeadDecoderSpec { top: 1 },
            recording: None,
        }),
        network: NetworkSpec {
            kind: NetworkKind::Rnn,
            reset: None,
            units: 2,
            tau_s: 0.04,
            activation: Activation::Relu,
            biases: false,
            noise: NoiseSpec { sigma: 1.0 / 3.0, distribution: NoiseDistribution::Gaussian },
            input_noise: NoiseSpec::NONE,
            output_noise: NoiseSpec::NONE,
        },
        training: TrainingSpec {
            batches: 100,
            trials: 4,
            learning_rate: 1e-3,
            schedule: ScheduleSpec::CONSTANT,
            beta2: 0.999,
            gradient_norm: None,
            weight_decay: 0.0,
            test_trials: 4,
            test_every: 10,
            checkpoint_every: 10,
            milestones: vec![20],
            rest_every: None,
        },
        rest: RestSpec {
            start: RestStart::Encoded,
            noise: QuiescentNoise::DoubledVariance,
            adaptation: None,
            momentum: None,
            tau_s: None,
            trials: 4,
            steps: 20,
        },
    }
}

fn layout() -> Arc<Layout> {
    Layout::new([("w_rec.weight", vec![2, 2]), ("w_out.weight", vec![3, 2])])
}

/// Distinct values in every tensor, so that swapped ones are told apart.
fn checkpoint(batch: u64) -> Checkpoint {
    let filled = |start: f32| {
        let mut set = Parameters::zeros(&layout());
        for (index, tensor) in layout().tensors().iter().enumerate() {
            for (place, value) in set[tensor.name.as_str()].iter_mut().enumerate() {
                *value = start + index as f32 + place as f32 / 7.0;
            }
        }
        set
    };
    Checkpoint {
        batch,
        training_s: 0.1 + batch as f64,
        adam_step: batch + 5,
        parameters: filled(batch as f32),
        adam_m: filled(-100.0),
        adam_v: filled(1e-30),
        cells: Array2::from_shape_fn((3, 1), |(cell, _)| cell as f32 - 0.5),
    }
}

fn phase() -> Phase {
    let decoded = Array3::from_shape_fn((2, 5, 2), |(i, j, k)| (i * 10 + j * 2 + k) as f32 / 3.0);
    Phase {
        adaptation: None,
        velocity: None,
        truth: Some(decoded.mapv(|value| value + 0.25)),
        states: Some(Array3::from_shape_fn((2, 2, 3), |(i, j, k)| -((i * 6 + j * 3 + k) as f32))),
        state_stride: 2,
        end: Array2::from_shape_fn((2, 3), |(i, k)| (i * 3 + k) as f32 / 7.0),
        decoded,
    }
}

/// The message of an error, checked to be one line that names the path.
fn message(error: &RunError, path: &Path) -> String {
    let text = error.to_string();
    assert!(!text.contains('\n'), "{text}");
    assert!(text.contains(&path.display().to_string()), "{text}");
    text
}

/// Names of the files in a folder, sorted, temporary ones included.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
