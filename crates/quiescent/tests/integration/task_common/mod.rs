//! Experiments with the paper's settings, shared by the tests of tasks.

pub mod recordings;

use std::f64::consts::PI;

use quiescent::experiment::*;

/// The paper's spatial experiment, unbiased.
pub fn spatial() -> SpatialSpec {
    SpatialSpec {
        arena: BoxSpec { width_m: 2.2, height_m: 2.2, border_m: 0.03, border_slowdown: 0.25 },
        motion: SpatialMotionSpec {
            speed_scale_m_per_s: 0.26 * PI,
            turn_sd_rad_per_s: 11.52,
            start: SpatialStart::Uniform,
        },
        drift: None,
        cells: PlaceCellsSpec { count: 512, width_m: 0.2, tuning: Tuning::NormalizedGaussian },
        decoder: SpatialDecoderSpec { top: 3 },
        recording: None,
    }
}

/// The paper's pull to the middle of the box.
pub fn drift() -> Option<DriftSpec> {
    Some(DriftSpec { toward_m: [0.0, 0.0], fraction_per_step: 0.05 })
}

/// The paper's head-direction experiment.
pub fn head_direction(direction: TurnDirection) -> HeadDirectionSpec {
    HeadDirectionSpec {
        motion: HeadMotionSpec { turn_sd_rad_per_s: 11.52, direction },
        cells: HeadCellsSpec { count: 512, width_rad: PI / 6.0 },
        decoder: HeadDecoderSpec { top: 3 },
        recording: None,
    }
}

/// An experiment around a task.
pub fn experiment(task: TaskSpec) -> Experiment {
    Experiment {
        about: "test".to_owned(),
        seed: 0,
        time: TimeSpec { dt_s: 0.02, steps: 100 },
        task,
        network: NetworkSpec {
            kind: NetworkKind::Rnn,
            reset: None,
            units: 8,
            tau_s: 0.1,
            activation: Activation::Relu,
            biases: false,
            noise: NoiseSpec { sigma: 0.07, distribution: NoiseDistribution::Gaussian },
            input_noise: NoiseSpec::NONE,
            output_noise: NoiseSpec::NONE,
        },
        training: TrainingSpec {
            batches: 1,
            trials: 1,
            learning_rate: 1e-3,
            schedule: ScheduleSpec::CONSTANT,
            beta2: 0.999,
            gradient_norm: None,
            weight_decay: 0.0,
            test_trials: 1,
            test_every: 1,
            checkpoint_every: 1,
            milestones: vec![],
            rest_every: None,
        },
        rest: RestSpec {
            start: RestStart::Encoded,
            noise: QuiescentNoise::DoubledVariance,
            adaptation: None,
            momentum: None,
            tau_s: None,
            trials: 1,
            steps: 1,
        },
    }
}
