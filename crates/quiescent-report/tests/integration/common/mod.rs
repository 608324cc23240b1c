//! Synthetic run views: walks in a box and around a ring, with hidden units tuned to them.

pub mod layout;
pub mod study;
pub mod theory;

use std::collections::BTreeMap;
use std::f64::consts::PI;

use ndarray::{Array3, s};
use quiescent::analysis::Missing;
use quiescent::analysis::bootstrap::{Interval, Method};
use quiescent::analysis::reactivation::{Estimate, PhaseSummary, Reactivation};
use quiescent::experiment::*;
use quiescent::measure::{Measurements, REST, Settings, WAKING};
use quiescent::random::{Generator, PhaseKind, Stream};
use quiescent::run::{
    LossReason, LostSample, MetricsLine, RecordedPath, RunRecord, SCHEMA_VERSION, Status,
};
use quiescent::simulate::Phase;
use quiescent::space::{Region, Space};
use quiescent::task::Room;
use quiescent_report::RunView;
use serde_json::{Value, json};

pub const HALF_M: f64 = 1.1;

fn experiment(task: TaskSpec, about: &str) -> Experiment {
    Experiment {
        about: about.into(),
        seed: 7,
        time: TimeSpec { dt_s: 0.02, steps: 100 },
        task,
        network: NetworkSpec {
            kind: NetworkKind::Rnn,
            reset: None,
            units: 48,
            tau_s: 0.1,
            activation: Activation::Relu,
            biases: false,
            noise: NoiseSpec { sigma: 0.070_710_7, distribution: NoiseDistribution::Gaussian },
            input_noise: NoiseSpec::NONE,
            output_noise: NoiseSpec::NONE,
        },
        training: TrainingSpec {
            batches: 600,
            trials: 100,
            learning_rate: 0.001,
            schedule: ScheduleSpec::CONSTANT,
            beta2: 0.999,
            gradient_norm: None,
            weight_decay: 0.0,
            test_trials: 100,
            test_every: 20,
            checkpoint_every: 100,
            milestones: vec![],
            rest_every: None,
        },
        rest: RestSpec {
            start: RestStart::Encoded,
            noise: QuiescentNoise::DoubledVariance,
            adaptation: None,
            momentum: None,
            tau_s: None,
            trials: 60,
            steps: 200,
        },
    }
}

pub fn spatial(drift: Option<DriftSpec>) -> Experiment {
    let task = TaskSpec::Spatial(SpatialSpec {
        arena: BoxSpec { width_m: 2.2, height_m: 2.2, border_m: 0.03, border_slowdown: 0.25 },
        motion: SpatialMotionSpec {
            speed_scale_m_per_s: 0.8168,
            turn_sd_rad_per_s: 11.52,
            start: SpatialStart::Uniform,
        },
        drift,
        cells: PlaceCellsSpec { count: 512, width_m: 0.2, tuning: Tuning::NormalizedGaussian },
        decoder: SpatialDecoderSpec { top: 3 },
        recording: None,
    });
    experiment(task, "A synthetic walker in a box.")
}

pub fn heading() -> Experiment {
    let task = TaskSpec::HeadDirection(HeadDirectionSpec {
        motion: HeadMotionSpec { turn_sd_rad_per_s: 11.52, direction: TurnDirection::Both },
        cells: HeadCellsSpec { count: 512, width_rad: std::f64::consts::FRAC_PI_6 },
        decoder: HeadDecoderSpec { top: 3 },
        recording: None,
    });
    experiment(task, "A synthetic animal turning on the spot.")
}

fn record(status: Status) -> RunRecord {
    RunRecord {
        schema_version: SCHEMA_VERSION,
        program_version: "0.1.0".into(),
        status,
        seed: 7,
        batch: 600,
        host: "bench".into(),
        threads: 2,
        started_unix_s: 1_735_689_599.0,
        updated_unix_s: 1_735_689_699.0,
        training_s: 38.4,
        parameters_sha256: Some("ab".repeat(32)),
        chance: None,
        recording: None,
        imported: None,
    }
}

fn metrics(unit: &str, floor: f64, seed: u64) -> Vec<MetricsLine> {
    let mut g = Generator::new(seed, Stream::Test, 0);
    (1..=60u64)
        .map(|i| {
            let decay = (-(i as f64) / 12.0).exp();
            let tested = i % 2 == 0;
            let loss = 1.1e-5 + 3.8e-5 * decay * (1.0 + 0.05 * g.normal());
            MetricsLine {
                batch: 10 * i,
                train_loss: loss,
                test_loss: tested.then_some(loss),
                decode_error: tested.then_some(floor + 0.7 * decay),
                decode_error_unit: tested.then(|| unit.into()),
                wall_s: 0.6 * i as f64,
            }
        })
        .collect()
}

fn walk(pull: f64, steps: usize, speed: f64, seed: u64) -> Phase {
    let trials = 60;
    let mut decoded = Array3::<f32>::zeros((trials, steps, 2));
    for trial in 0..trials {
        let mut g = Generator::new(seed, Stream::Phase(PhaseKind::Active), trial as u64);
        let mut p = [0, 1].map(|_| (2.0 * g.uniform() - 1.0) * HALF_M);
        let mut heading = 2.0 * PI * g.uniform();
        for step in 0..steps {
            heading += 0.23 * g.normal();
            let direction = [heading.cos(), heading.sin()];
            for axis in 0..2 {
                p[axis] += speed * direction[axis] - pull * p[axis];
                if p[axis].abs() > HALF_M {
                    p[axis] = p[axis].clamp(-HALF_M, HALF_M);
                    heading += 1.0;
                }
                decoded[[trial, step, axis]] =
                    (p[axis] + 0.008 * g.normal()).clamp(-HALF_M, HALF_M) as f32;
            }
        }
    }
    let mut centres = Generator::new(3, Stream::Cells, 0);
    let places: Vec<[f64; 2]> =
        (0..48).map(|_| [0, 1].map(|_| (2.0 * centres.uniform() - 1.0) * HALF_M)).collect();
    let mut g = Generator::new(seed, Stream::PhaseNoise(PhaseKind::Active), 0);
    let states = Array3::from_shape_fn((trials, steps / 2, 48), |(t, k, u)| {
        let step = 2 * (k + 1) - 1;
        let dx = f64::from(decoded[[t, step, 0]]) - places[u][0];
        let dy = f64::from(decoded[[t, step, 1]]) - places[u][1];
        ((-(dx * dx + dy * dy) / 0.7).exp() + 0.05 * g.normal()) as f32
    });
    Phase {
        adaptation: None,
        velocity: None,
        end: states.slice(s![.., -1, ..]).to_owned(),
        decoded,
        truth: None,
        states: Some(states),
        state_stride: 2,
    }
}

fn turns(bias: f64, sd: f64, steps: usize, seed: u64) -> Phase {
    let trials = 60;
    let mut decoded = Array3::<f32>::zeros((trials, steps, 1));
    for trial in 0..trials {
        let mut g = Generator::new(seed, Stream::Phase(PhaseKind::Active), trial as u64);
        let mut angle = 2.0 * PI * g.uniform();
        for step in 0..steps {
            angle += sd * g.normal() - bias * angle.sin();
            decoded[[trial, step, 0]] = (angle + PI).rem_euclid(2.0 * PI) as f32 - PI as f32;
        }
    }
    let mut g = Generator::new(seed, Stream::PhaseNoise(PhaseKind::Active), 0);
    let states = Array3::from_shape_fn((trials, steps, 48), |(t, k, u)| {
        let preferred = 2.0 * PI * u as f64 / 48.0;
        let angle = f64::from(decoded[[t, k, 0]]);
        ((2.0 * ((angle - preferred).cos() - 1.0)).exp() + 0.08 * g.normal()) as f32
    });
    Phase {
        adaptation: None,
        velocity: None,
        end: states.slice(s![.., -1, ..]).to_owned(),
        decoded,
        truth: None,
        states: Some(states),
        state_stride: 1,
    }
}

/// An estimate with an interval, or with none of any width.
pub fn kl(nats: f64, interval: Option<[f64; 2]>) -> Estimate {
    let [low, high] = interval.unwrap_or([nats; 2]);
    Estimate {
        nats,
        plug_in_nats: nats,
        monte_carlo_error: 0.0,
        zero_density: 0,
        unsupported: 0.0,
        interval: Interval {
            low,
            high,
            level: 0.95,
            standard_error: 0.01,
            method: Method::Jackknife,
        },
        floor: None,
    }
}

/// A measured number for a file, with an interval of this half width.
fn about(value: f64, half: f64) -> Value {
    json!({
        "value": value, "plug_in": value,
        "interval": {
            "low": value - half, "high": value + half, "level": 0.95,
            "standard_error": half / 2.0, "method": "jackknife",
        },
    })
}

fn displacement(exponent: f64) -> Value {
    let lags = [1, 2, 4, 8, 16];
    let squared = lags.map(|lag| 4e-4 * f64::from(lag).powf(exponent));
    json!({ "lags": lags, "squared": squared, "exponent": exponent })
}

/// Made-up movement: waking goes on, rest is near a random walk, and shuffled steps have no exponent.
pub fn movement(name: &str) -> Value {
    let rest = name != WAKING;
    let missing = json!({ "missing": Missing::undefined("there is no range of lags") });
    let (cosine, exponent, share) = match name {
        WAKING => (0.92, 1.8, 0.95),
        "brownian" => (0.0, 0.98, 0.9),
        "time_shuffled" => (-0.5, 0.0, 0.05),
        _ => (-0.08, 1.05, 0.85),
    };
    json!({
        "step_lengths": {
            "edges": [0.001, 0.01, 0.03, 0.1, 0.3], "shares": [0.1, 0.3 + 0.2 * cosine, 0.5 - 0.2 * cosine, 0.06],
            "below": 0.03, "above": 0.01,
        },
        "continuity": { "longest": 0.05, "share": about(share, 0.01) },
        "persistence": { "cosine": about(cosine, 0.02), "reversals": about(0.5 - 0.4 * cosine, 0.01) },
        "diffusion": if name == "time_shuffled" { missing } else {
            json!({ "exponent": about(exponent, 0.04), "lags": [1, 2, 4], "squared": [4e-4, 8e-4, 1.6e-3] })
        },
        "reach": {
            "regions": 121, "times_s": [0.02, 0.1, 1.0, 2.0], "covered": [0.008, 0.02, 0.08, 0.12 + 0.05 * share],
            "quarter_s": null, "half_s": null,
        },
        "sequences": { "share": about(0.3 + 0.4 * cosine, 0.02), "score": about(0.5, 0.02), "events": 10, "event_steps": 10 },
        "speed_ratio": rest.then(|| about(1.3, 0.05)),
        "compression": rest.then(|| json!({
            "distance": 0.2, "active_steps": 11.0, "quiescent_steps": 25.0, "ratio": about(0.44, 0.03),
        })),
    })
}

/// A phase of which the movement alone is known.
fn phase(name: &str, steps: usize) -> Value {
    let missing = json!({ "missing": Missing::undefined("not made up") });
    json!({
        "trials": 60, "steps": steps, "sigma": null, "trajectories": [],
        "start": (name == REST).then_some(RestStart::Encoded),
        "step_distance": missing, "total_variance": missing,
        "displacement": displacement(if name == REST { 1.05 } else { 1.8 }),
        "coverage": missing, "leaving": missing, "burn_in": missing,
        "movement": movement(name),
    })
}

/// What was measured in a run of which only the divergence and how paths move are known.
pub fn measured(space: Space, own: Estimate) -> Measurements {
    let missing = json!({ "missing": Missing::undefined("not made up") });
    let summary = |steps| PhaseSummary {
        trials: 60,
        steps,
        points: 6000,
        bandwidth: 0.2,
        corrected_bandwidth: 0.3,
        resolution: 0.1,
        independent_points: 600.0,
        variance: None,
        variance_ratio: None,
    };
    let found = Reactivation {
        kl_quiescent_from_active: own,
        kl_active_from_quiescent: kl(0.2, Some([0.1, 0.3])),
        jensen_shannon: kl(0.02, Some([0.01, 0.03])),
        kl_uniform_from_active: kl(0.11, Some([0.1, 0.12])),
        active: summary(100),
        quiescent: summary(200),
        unit: space.unit().to_owned(),
        settings: Default::default(),
    };
    serde_json::from_value(json!({
        "settings": Settings::default(),
        "dt_s": 0.02,
        "space": space,
        "tracking": missing,
        "phases": { WAKING: phase(WAKING, 100), REST: phase(REST, 200) },
        "divergences": { REST: found },
        "subspaces": missing,
        "transitions": missing,
        "null_steps": missing,
        "null_movement": {
            "brownian": { "displacement": displacement(1.0), "movement": movement("brownian") },
            "time_shuffled": {
                "displacement": displacement(0.01),
                "movement": movement("time_shuffled"),
            },
        },
    }))
    .unwrap()
}

fn boxed() -> Space {
    Space::Region(Region::centred(&[2.0 * HALF_M; 2]).unwrap())
}

fn phases(active: Phase, quiescent: Phase) -> BTreeMap<String, Phase> {
    BTreeMap::from([("active".into(), active), ("quiescent".into(), quiescent)])
}

fn view(name: &str, experiment: Experiment, phases: BTreeMap<String, Phase>, seed: u64) -> RunView {
    let rest = experiment.rest.clone();
    let (unit, floor) = match experiment.task {
        TaskSpec::Spatial(_) => ("m", 0.06),
        TaskSpec::HeadDirection(_) => ("rad", 0.05),
    };
    RunView {
        name: name.into(),
        experiment,
        rest,
        record: record(Status::Finished),
        metrics: metrics(unit, floor, seed),
        phases,
        measurements: None,
        across: BTreeMap::new(),
        recording: None,
        emergence: Vec::new(),
        rest_map: None,
    }
}

pub fn unbiased() -> RunView {
    let mut run = view(
        "noisy_unbiased",
        spatial(None),
        phases(walk(0.0, 100, 0.02, 1), walk(0.0, 200, 0.012, 2)),
        1,
    );
    run.measurements = Some(measured(boxed(), kl(0.0213, Some([0.0151, 0.0302]))));
    run.across = BTreeMap::from([("noisy_biased".into(), kl(3.42, None))]);
    run
}

pub fn biased() -> RunView {
    let drift = DriftSpec { toward_m: [0.0, 0.0], fraction_per_step: 0.05 };
    let mut run = view(
        "noisy_biased",
        spatial(Some(drift)),
        phases(walk(0.05, 100, 0.02, 3), walk(0.05, 200, 0.015, 4)),
        2,
    );
    run.measurements = Some(measured(boxed(), kl(0.131, Some([0.11, 0.152]))));
    run.across = BTreeMap::from([("noisy_unbiased".into(), kl(0.88, None))]);
    run
}

pub fn ring() -> RunView {
    let mut run = view(
        "head_direction",
        heading(),
        phases(turns(0.0, 0.15, 100, 5), turns(0.02, 0.10, 200, 6)),
        3,
    );
    run.measurements = Some(measured(Space::Circle, kl(0.0421, None)));
    run
}

/// A recording of 60 stretches whose room's middle is (3, −2) m, with a few samples lost.
pub fn recording(values: &[f64], dim: usize) -> RecordedPath {
    let origin = [3.0, -2.0];
    let place = |value: &[f64]| -> Vec<f64> {
        if dim == 1 {
            value.to_vec()
        } else {
            value.iter().zip(origin).map(|(v, o)| v + o).collect()
        }
    };
    let point = |(i, value): (usize, &[f64])| -> Vec<f64> {
        std::iter::once(0.1 * i as f64).chain(place(value)).collect()
    };
    let points: Vec<Vec<f64>> = values.chunks_exact(dim).enumerate().map(point).collect();
    let lost = |i: usize, value: &[f64], reason| LostSample {
        t_s: 0.1 * i as f64,
        value: place(value),
        reason,
    };
    RecordedPath {
        schema_version: SCHEMA_VERSION,
        program_version: "0.1.0".into(),
        file_sha256: "cd".repeat(32),
        unit: if dim == 2 { "m" } else { "rad" }.into(),
        room: (dim == 2).then_some(Room {
            centre_m: origin,
            width_m: 2.0 * HALF_M,
            height_m: 2.0 * HALF_M,
            given: false,
            outside: 0,
            far_outside: 0,
            tolerance_m: 0.0,
            furthest_outside_m: 0.0,
        }),
        samples: points.len() + 40,
        samples_lost: 40,
        lost_share: 0.0066,
        longest_gap_s: 1.7,
        duration_s: 0.1 * points.len() as f64,
        median_rate_hz: 10.0,
        dt_s: 0.02,
        max_gap_s: 0.25,
        path_every: 1,
        path: points.chunks(100).map(<[Vec<f64>]>::to_vec).collect(),
        lost_every: 1,
        lost: (0..12)
            .map(|i| lost(50 * i, &[-1.3, 1.0 - 0.01 * i as f64][..dim], LossReason::Jump))
            .chain((0..12).map(|i| lost(500 + i, &[-1.5, -1.5][..dim], LossReason::Repeated)))
            .collect(),
    }
}

pub fn recorded() -> RunView {
    let mut experiment = spatial(None);
    if let TaskSpec::Spatial(spec) = &mut experiment.task {
        spec.recording = Some(RecordingSpec {
            max_gap_s: Some(0.2),
            max_speed_per_s: 2.0,
            ..RecordingSpec::positions("rat.npz")
        });
    }
    let mut run =
        view("rat", experiment, phases(walk(0.01, 100, 0.01, 8), walk(0.012, 200, 0.008, 9)), 4);
    let path = walk(0.01, 100, 0.012, 10).decoded;
    let values: Vec<f64> = path.iter().map(|value| f64::from(*value)).collect();
    run.recording = Some(recording(&values, 2));
    run
}

pub fn all() -> Vec<RunView> {
    vec![unbiased(), biased(), ring(), recorded()]
}
