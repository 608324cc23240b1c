//! Values of the keys that a file leaves out: the paper's noisy network on unbiased motion.

use std::f64::consts::{FRAC_PI_6, PI};
#[cfg(feature = "experiment-text")]
use std::path::PathBuf;

use super::{
    Activation, BoxSpec, Experiment, HeadCellsSpec, HeadDecoderSpec, HeadDirectionSpec,
    HeadMotionSpec, NetworkKind, NetworkSpec, NoiseDistribution, NoiseSpec, PlaceCellsSpec,
    QuiescentNoise, Reset, RestSpec, RestStart, ScheduleSpec, SpatialDecoderSpec,
    SpatialMotionSpec, SpatialSpec, SpatialStart, TaskSpec, TimeSpec, TrainingSpec, Tuning,
    TurnDirection,
};
#[cfg(feature = "experiment-text")]
use super::{DriftSpec, RecordingSpec};

/// σ of the spatial networks per √s: 0.01 per step of 0.02 s.
const SPATIAL_SIGMA: f64 = 0.070_710_678_118_654_75;
/// σ of the head-direction networks per √s: 0.1 per step of 0.02 s.
const HEAD_SIGMA: f64 = 0.707_106_781_186_547_5;
/// Standard deviation of the turning rate in both tasks, in rad/s.
const TURN_SD_RAD_PER_S: f64 = 11.52;

/// The experiment that a file describes which holds `task.kind` and `network.kind` alone. None for
/// an unknown kind of task.
#[cfg(feature = "experiment-text")]
pub(super) fn experiment(task: &str, network: NetworkKind) -> Option<Experiment> {
    match task {
        "spatial" => Some(of_network(spatial(), network)),
        "head_direction" => Some(of_network(head_direction(), network)),
        _ => None,
    }
}

/// The same experiment for a kind of network.
pub(super) fn of_network(mut experiment: Experiment, network: NetworkKind) -> Experiment {
    experiment.network.kind = network;
    if network == NetworkKind::Gru {
        experiment.network.reset = Some(Reset::Before);
        experiment.network.activation = Activation::Tanh;
        // The paper does not double the noise of GRUs.
        experiment.rest.noise = QuiescentNoise::Same;
    }
    experiment
}

/// The paper's noisy network on unbiased motion in a box.
pub(super) fn spatial() -> Experiment {
    let task = SpatialSpec {
        arena: BoxSpec { width_m: 2.2, height_m: 2.2, border_m: 0.03, border_slowdown: 0.25 },
        motion: SpatialMotionSpec {
            speed_scale_m_per_s: 0.26 * PI,
            turn_sd_rad_per_s: TURN_SD_RAD_PER_S,
            start: SpatialStart::Uniform,
        },
        drift: None,
        cells: PlaceCellsSpec { count: 512, width_m: 0.2, tuning: Tuning::NormalizedGaussian },
        decoder: SpatialDecoderSpec { top: 3 },
        recording: None,
    };
    with_task(TaskSpec::Spatial(task), 512, 0.1, SPATIAL_SIGMA, 2500)
}

/// The paper's noisy network of head direction, which turns both ways.
pub(super) fn head_direction() -> Experiment {
    let task = HeadDirectionSpec {
        motion: HeadMotionSpec {
            turn_sd_rad_per_s: TURN_SD_RAD_PER_S,
            direction: TurnDirection::Both,
        },
        cells: HeadCellsSpec { count: 512, width_rad: FRAC_PI_6 },
        decoder: HeadDecoderSpec { top: 3 },
        recording: None,
    };
    with_task(TaskSpec::HeadDirection(task), 128, 0.04, HEAD_SIGMA, 20_000)
}

/// What both tasks share, and the settings in which their networks differ.
fn with_task(task: TaskSpec, units: usize, tau_s: f64, sigma: f64, batches: u64) -> Experiment {
    Experiment {
        about: String::new(),
        seed: 0,
        time: TimeSpec { dt_s: 0.02, steps: 100 },
        task,
        network: NetworkSpec {
            kind: NetworkKind::Rnn,
            reset: None,
            units,
            tau_s,
            activation: Activation::Relu,
            biases: false,
            noise: NoiseSpec { sigma, distribution: NoiseDistribution::Gaussian },
            input_noise: NoiseSpec::NONE,
            output_noise: NoiseSpec::NONE,
        },
        training: TrainingSpec {
            batches,
            trials: 200,
            learning_rate: 1e-3,
            schedule: ScheduleSpec::CONSTANT,
            beta2: 0.999,
            gradient_norm: None,
            weight_decay: 0.0,
            test_trials: 200,
            test_every: 100,
            checkpoint_every: 100,
            milestones: Vec::new(),
            rest_every: None,
        },
        rest: RestSpec {
            start: RestStart::Encoded,
            noise: QuiescentNoise::DoubledVariance,
            adaptation: None,
            momentum: None,
            tau_s: None,
            trials: 200,
            steps: 200,
        },
    }
}

/// Members of `task.drift` where it is given at all.
#[cfg(feature = "experiment-text")]
pub(super) fn drift() -> DriftSpec {
    DriftSpec { toward_m: [0.0, 0.0], fraction_per_step: 0.05 }
}

/// Members of `task.recording` where it is given at all; the file itself has no default.
#[cfg(feature = "experiment-text")]
pub(super) fn recording(kind: &str) -> RecordingSpec {
    match kind {
        "head_direction" => RecordingSpec::headings(PathBuf::new()),
        _ => RecordingSpec::positions(PathBuf::new()),
    }
}
