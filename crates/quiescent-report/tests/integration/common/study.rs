//! Synthetic studies: walks in a box, around a ring and of headings, with what a study would
//! measure of them. Numbers that no figure draws are made up.

use std::collections::BTreeMap;
use std::f64::consts::{PI, TAU};
use std::sync::LazyLock;

use quiescent::analysis::Missing;
use quiescent::analysis::bootstrap::{Floor, Interval, Measured, Method};
use quiescent::analysis::circular::CircularHistogram;
use quiescent::analysis::exploration::VarianceRatio;
use quiescent::analysis::reactivation::{
    self as divergences, Estimate, PhaseSummary, Reactivation,
};
use quiescent::analysis::start_dependence::BurnInCurve;
use quiescent::analysis::transitions::{DistanceEstimate, TransitionDistance};
use quiescent::analysis::turning::{TurnHistogram, Turning};
use quiescent::experiment::RestStart;
use quiescent::experiment::TaskKind;
use quiescent::measure::*;
use quiescent::paper::{Condition, PhaseKey, Protocol, RunStudy};
use quiescent::random::{Generator, Stream};
use quiescent::run::MetricsLine;
use quiescent::space::{Region, Space};
use quiescent_report::{KlCell, KlMatrix, StudyRun};
use serde_json::json;

pub const HALF_M: f64 = 1.1;
const ARENA: [f64; 4] = [-HALF_M, HALF_M, -HALF_M, HALF_M];
const STEPS: usize = 200;
/// Trials that densities are of; the first of them are the trajectories.
const TRIALS: usize = 48;

/// The box of positions, or the circle.
pub fn space(spatial: bool) -> Space {
    match spatial {
        true => Space::Region(Region::centred(&[2.2, 2.2]).unwrap()),
        false => Space::Circle,
    }
}

/// A run that owns what [`StudyRun`] borrows.
#[derive(Clone)]
pub struct Owned {
    pub name: String,
    pub study: RunStudy,
    pub metrics: Vec<MetricsLine>,
}

impl Owned {
    pub fn new(condition: Condition, seed: u64) -> Self {
        Self {
            name: format!("{condition}/{seed}"),
            study: study(condition, seed),
            metrics: metrics(condition, seed),
        }
    }
}

pub fn borrowed(runs: &[Owned]) -> Vec<StudyRun<'_>> {
    runs.iter()
        .map(|run| StudyRun { name: run.name.clone(), study: &run.study, metrics: &run.metrics })
        .collect()
}

/// Every condition of the paper, seed by seed: at most three, which are made once.
pub fn every_condition(seeds: u64) -> Vec<Owned> {
    static ALL: LazyLock<Vec<Owned>> = LazyLock::new(|| {
        let conditions: Vec<Condition> = Condition::all().collect();
        (0..3).flat_map(|seed| conditions.iter().map(move |c| Owned::new(*c, seed))).collect()
    });
    assert!(seeds <= 3);
    ALL.iter().filter(|run| run.study.seed < seeds).cloned().collect()
}

pub fn matrix(seeds: usize) -> KlMatrix {
    let rows: Vec<String> = Condition::SPATIAL.iter().map(|c| c.label().to_owned()).collect();
    let columns: Vec<String> =
        rows.iter().cloned().chain(["true uniform".into(), "random network".into()]).collect();
    let means = [
        [0.0213, 0.412, 0.871, 1.12, 0.101, 6.4],
        [0.0304, 0.391, 0.902, 1.08, 0.0952, 6.1],
        [3.42, 4.11, 0.131, 0.364, 3.87, 9.2],
        [3.71, 4.42, 0.142, 0.297, 4.05, 9.6],
    ];
    let cell = |mean: f64| {
        Some(KlCell {
            mean,
            low: 0.84 * mean,
            high: 1.21 * mean,
            seeds,
            sd_over_seeds: (seeds > 1).then_some(0.12 * mean),
        })
    };
    KlMatrix {
        rows,
        columns,
        cells: means.map(|line| line.map(cell).to_vec()).to_vec(),
        quiescent_s: Some(20.0),
    }
}

pub fn interval(low: f64, high: f64) -> Interval {
    Interval {
        low,
        high,
        level: 0.95,
        standard_error: (high - low) / 3.92,
        method: Method::Jackknife,
    }
}

pub fn about(value: f64) -> Measured {
    let width = 0.06 * value.abs();
    Measured { value, plug_in: value, interval: interval(value - width, value + width) }
}

fn metrics(condition: Condition, seed: u64) -> Vec<MetricsLine> {
    let mut g = Generator::new(seed, Stream::Test, 1);
    let (floor, slow) = match (condition.noisy, condition.biased) {
        (true, false) => (1.35e-5, 380.0),
        (false, false) => (1.02e-5, 300.0),
        (true, true) => (1.2e-5, 300.0),
        (false, true) => (0.9e-5, 250.0),
    };
    (0..=25u64)
        .map(|i| {
            let batch = (100 * i).max(1);
            let decay = (-(batch as f64) / slow).exp();
            let wobble = 1.0 + 0.06 * g.normal();
            let loss = floor + 3.7e-5 * decay * wobble + 0.05e-5 * g.normal();
            MetricsLine {
                batch,
                train_loss: loss,
                test_loss: Some(loss),
                decode_error: Some(0.07 + 0.65 * decay * wobble),
                decode_error_unit: Some(condition.task.unit().into()),
                wall_s: 0.2 * batch as f64,
            }
        })
        .collect()
}

type Trials = Vec<Vec<Vec<f32>>>;

/// A walk through the box: ballistic awake, diffusive at rest.
fn box_walk(speed: f64, turn: f64, stream: (u64, u64)) -> Trials {
    (0..TRIALS)
        .map(|trial| {
            let mut g = Generator::new(stream.0, Stream::Train { batch: stream.1 }, trial as u64);
            let mut p = [0, 1].map(|_| (2.0 * g.uniform() - 1.0) * HALF_M);
            let mut heading = TAU * g.uniform();
            (0..STEPS)
                .map(|_| {
                    heading += turn * g.normal();
                    for (axis, direction) in [heading.cos(), heading.sin()].into_iter().enumerate()
                    {
                        p[axis] += speed * direction;
                        if p[axis].abs() > HALF_M - 0.03 {
                            p[axis] = p[axis].clamp(-HALF_M + 0.03, HALF_M - 0.03);
                            heading += 1.0;
                        }
                    }
                    p.map(|v| v as f32).to_vec()
                })
                .collect()
        })
        .collect()
}

/// A walk around a ring of radius 0.33 m.
fn ring_walk(drift: f64, sd: f64, stream: (u64, u64)) -> Trials {
    (0..TRIALS)
        .map(|trial| {
            let mut g = Generator::new(stream.0, Stream::Train { batch: stream.1 }, trial as u64);
            let mut angle = TAU * g.uniform();
            let sense = if g.uniform() < 0.5 { -1.0 } else { 1.0 };
            let mut radius = 0.33 + 0.06 * g.normal();
            (0..STEPS)
                .map(|_| {
                    angle += sense * drift + sd * g.normal();
                    radius += 0.1 * (0.33 - radius) + 0.015 * g.normal();
                    vec![(radius * angle.cos()) as f32, (radius * angle.sin()) as f32]
                })
                .collect()
        })
        .collect()
}

fn heading_walk(drift: f64, sd: f64, stream: (u64, u64)) -> Trials {
    (0..TRIALS)
        .map(|trial| {
            let mut g = Generator::new(stream.0, Stream::Train { batch: stream.1 }, trial as u64);
            let mut angle = TAU * g.uniform();
            (0..STEPS)
                .map(|_| {
                    angle += drift + sd * g.normal();
                    vec![((angle + PI).rem_euclid(TAU) - PI) as f32]
                })
                .collect()
        })
        .collect()
}

/// Trials that stand still.
fn stand(trials: Trials) -> Trials {
    trials.into_iter().map(|trial| vec![trial[0].clone(); trial.len()]).collect()
}

fn walk(condition: Condition, phase: PhaseKey, seed: u64) -> Trials {
    let stream = (seed, 10 * u64::from(condition.biased) + phase as u64 + 1);
    let rest = phase != PhaseKey::Active;
    let factor = match phase {
        PhaseKey::SameNoise => 0.7,
        _ => 1.0,
    };
    let trials = match condition.task {
        TaskKind::HeadDirection => {
            let drift = if condition.biased { if rest { 0.0151 } else { 0.184 } } else { 0.0004 };
            heading_walk(drift, if rest { 0.06 * factor } else { 0.23 }, stream)
        }
        TaskKind::Spatial if condition.biased => ring_walk(
            if rest { 0.01 } else { 0.06 },
            if rest { 0.05 * factor } else { 0.02 },
            stream,
        ),
        TaskKind::Spatial if rest => box_walk(0.014 * factor, 0.9, stream),
        TaskKind::Spatial => box_walk(0.02, 0.23, stream),
    };
    if !condition.noisy && phase == PhaseKey::Quiescent { stand(trials) } else { trials }
}

/// A Gaussian kernel density on `nodes`² nodes.
pub fn density(points: &[[f64; 2]], extent: [f64; 4], nodes: usize, sd: f64) -> DensityGrid {
    let axis = |low: f64, high: f64| -> Vec<f64> {
        (0..nodes).map(|i| low + (high - low) * i as f64 / (nodes - 1) as f64).collect()
    };
    let (x, y) = (axis(extent[0], extent[1]), axis(extent[2], extent[3]));
    let mut density = vec![0.0; nodes * nodes];
    let norm = 1.0 / (points.len() as f64 * TAU * sd * sd);
    let kernel = |nodes: &[f64], at: f64| -> Vec<f64> {
        nodes.iter().map(|node| (-0.5 * ((node - at) / sd).powi(2)).exp()).collect()
    };
    for [px, py] in points {
        let (kx, ky) = (kernel(&x, *px), kernel(&y, *py));
        for (row, wy) in ky.iter().enumerate() {
            for (column, wx) in kx.iter().enumerate() {
                density[row * nodes + column] += norm * wx * wy;
            }
        }
    }
    DensityGrid { x, y, density }
}

fn headings(trials: &Trials) -> HeadingDensity {
    let all: Vec<f64> = trials.iter().flatten().map(|at| f64::from(at[0])).collect();
    let bins = 36;
    let mut counts = vec![0u64; bins];
    for heading in &all {
        counts[(((heading + PI) / TAU * bins as f64) as usize).min(bins - 1)] += 1;
    }
    let width = TAU / bins as f64;
    let of = |count: &u64| *count as f64 / (all.len() as f64 * width);
    let density_per_rad: Vec<f64> = counts.iter().map(of).collect();
    let nodes_rad: Vec<f64> = (0..180).map(|i| -PI + TAU * f64::from(i) / 180.0).collect();
    let smooth = |node: &f64| {
        let weights: Vec<f64> = (0..bins)
            .map(|i| (12.0 * ((node - (-PI + (i as f64 + 0.5) * width)).cos() - 1.0)).exp())
            .collect();
        let total: f64 = weights.iter().sum();
        weights.iter().zip(&density_per_rad).map(|(w, d)| w * d).sum::<f64>() / total
    };
    HeadingDensity {
        density_per_rad: nodes_rad.iter().map(smooth).collect(),
        nodes_rad,
        histogram: CircularHistogram {
            centres_rad: (0..bins).map(|i| -PI + (i as f64 + 0.5) * width).collect(),
            counts,
            density_per_rad,
        },
    }
}

fn components(condition: Condition, phase: PhaseKey, trials: &Trials, seed: u64) -> Components {
    let mut g = Generator::new(seed, Stream::Noise { batch: phase as u64 }, 7);
    let mut points = Vec::new();
    let mut decoded = Vec::new();
    for at in trials.iter().flatten().step_by(6) {
        let place = match condition.task {
            TaskKind::Spatial => [at[0], at[1]].map(|v| 2.1 * (1.2 * f64::from(v)).tanh()),
            TaskKind::HeadDirection => {
                let angle = f64::from(at[0]);
                [3.0 * angle.cos(), 3.0 * angle.sin()]
            }
        };
        points.push(place.map(|v| (v + 0.13 * g.normal()) as f32));
        decoded.push(at.clone());
    }
    let first = if phase == PhaseKey::Active { 0.235 } else { 0.222 };
    let shift = 0.004 * g.normal();
    let cumulative = (1..=20).map(|k| 1.0 - (1.0 - first - shift) * 0.86f64.powi(k - 1));
    let places: Vec<[f64; 2]> = points.iter().map(|p| p.map(f64::from)).collect();
    let extent = if condition.biased { 1.6 } else { 3.0 };
    Components {
        states: 200_000,
        cumulative_explained_variance: cumulative.collect(),
        points,
        decoded,
        density: Ok(density(&places, [-extent, extent, -extent, extent], 60, 0.12)),
        ring: None,
    }
}

fn turning(trials: &Trials) -> Turning {
    let turns: Vec<f64> = trials
        .iter()
        .flat_map(|trial| trial.windows(2))
        .map(|pair| (f64::from(pair[1][0] - pair[0][0]) + PI).rem_euclid(TAU) - PI)
        .collect();
    let edges_rad: Vec<f64> = (0..=120).map(|i| -1.2 + 0.02 * f64::from(i)).collect();
    let mut counts = vec![0; 120];
    let (mut below, mut above) = (0, 0);
    for turn in &turns {
        match ((turn + 1.2) / 0.02).floor() {
            bin if bin < 0.0 => below += 1,
            bin if bin >= 120.0 => above += 1,
            bin => counts[bin as usize] += 1,
        }
    }
    let mean = turns.iter().sum::<f64>() / turns.len() as f64;
    let density = |count: &u64| *count as f64 / (0.02 * turns.len() as f64);
    Turning {
        mean_rad_per_step: mean,
        interval: interval(mean - 0.0011, mean + 0.0012),
        sd_rad_per_step: 0.1,
        mean_absolute_rad_per_step: 0.1,
        reversal_fraction: None,
        histogram: TurnHistogram {
            density_per_rad: counts.iter().map(density).collect(),
            edges_rad,
            counts,
            below,
            above,
        },
    }
}

/// Mean over trials and steps of the distance between successive values.
pub fn step_distance(trials: &[Vec<Vec<f32>>]) -> f64 {
    let distances: Vec<f64> = trials
        .iter()
        .flat_map(|trial| trial.windows(2))
        .map(|pair| {
            pair[0].iter().zip(&pair[1]).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt()
        })
        .collect();
    distances.iter().sum::<f64>() / distances.len() as f64
}

fn total_variance(trials: &Trials, burn_in: usize) -> TotalVariance {
    let of = |trial: &Vec<Vec<f32>>| -> f64 {
        (0..trial[0].len())
            .map(|axis| {
                let values: Vec<f64> =
                    trial[trial.len() / 2..].iter().map(|at| f64::from(at[axis])).collect();
                let mean = values.iter().sum::<f64>() / values.len() as f64;
                values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64
            })
            .sum()
    };
    let trials: Vec<f64> = trials.iter().map(of).collect();
    let mean = about(trials.iter().sum::<f64>() / trials.len() as f64);
    TotalVariance { burn_in, mean, trials }
}

fn burn_in(phase: PhaseKey, noisy: bool, seed: u64) -> BurnInCurve {
    let start = match phase {
        PhaseKey::FromPoint => 0.97,
        _ => 0.55 + 0.02 * seed as f64,
    };
    let burn_in_steps: Vec<usize> = (0..20).map(|i| 50 * i).collect();
    let ratio = burn_in_steps
        .iter()
        .map(|steps| {
            let end = if noisy { 0.82 } else { 0.02 };
            let ratio = end + (start - end) * (-(*steps as f64) / 300.0).exp() + 0.01 * seed as f64;
            Some(VarianceRatio { within: ratio, pooled: 1.0, ratio })
        })
        .collect();
    BurnInCurve { burn_in_steps, ratios: ratio }
}

fn phase(condition: Condition, key: PhaseKey, seed: u64, protocol: Protocol) -> PhaseMeasurements {
    let trials = walk(condition, key, seed);
    let spatial = condition.task == TaskKind::Spatial;
    let places = || -> Vec<[f64; 2]> {
        trials.iter().flatten().step_by(9).map(|at| [at[0], at[1]].map(f64::from)).collect()
    };
    let sd = if condition.biased { 0.04 } else { 0.11 };
    serde_json::from_value(json!({
        "trials": protocol.trials,
        "steps": protocol.rest_steps,
        "sigma": if condition.noisy { 0.0707 } else { 0.0 },
        "start": (key != PhaseKey::Active).then_some(RestStart::Encoded),
        "map": spatial.then(|| density(&places(), ARENA, 60, sd)),
        "headings": (!spatial).then(|| headings(&trials)),
        "components": components(condition, key, &trials, seed),
        "step_distance": about(step_distance(&trials)),
        "total_variance": total_variance(&trials, protocol.burn_in),
        "displacement": { "lags": [1, 10], "squared": [0.1, 1.0], "exponent": 1.0 },
        "coverage": { "bins": 20, "per_trial": about(0.1), "pooled": 0.9 },
        "leaving": { "radius": 0.2, "median_s": 1.0, "left": 0.9 },
        "burn_in": burn_in(key, condition.noisy, seed),
        "turning": (!spatial).then(|| turning(&trials)),
        "movement": super::movement(key.name()),
        "trajectories": trials[..12],
    }))
    .unwrap()
}

pub fn floor(upper: f64) -> Floor {
    Floor { mean: 0.0, upper, probability: 0.95, estimates: 100, trials: 500 }
}

pub fn estimate(nats: f64) -> Estimate {
    Estimate {
        nats,
        plug_in_nats: 1.1 * nats,
        monte_carlo_error: 0.02 * nats,
        zero_density: 0,
        unsupported: 0.01,
        interval: interval(0.85 * nats, 1.2 * nats),
        floor: Some(floor(0.05)),
    }
}

pub fn reactivation(nats: f64) -> Reactivation {
    let summary = PhaseSummary {
        trials: 1000,
        steps: 1000,
        points: 20_000,
        bandwidth: 0.2,
        corrected_bandwidth: 0.3,
        resolution: 0.1,
        independent_points: 5000.0,
        variance: None,
        variance_ratio: None,
    };
    Reactivation {
        kl_quiescent_from_active: estimate(nats),
        kl_active_from_quiescent: estimate(1.1 * nats),
        jensen_shannon: estimate(0.2 * nats),
        kl_uniform_from_active: estimate(0.11),
        active: summary,
        quiescent: summary,
        unit: "m".into(),
        settings: divergences::Settings::default(),
    }
}

pub fn study(condition: Condition, seed: u64) -> RunStudy {
    let protocol = Protocol::demo(condition.task);
    let mut keys = vec![PhaseKey::Active, PhaseKey::Quiescent];
    keys.push(if condition.noisy { PhaseKey::SameNoise } else { PhaseKey::GivenNoise });
    keys.extend([PhaseKey::AfterWake, PhaseKey::FromPoint]);
    let phases: BTreeMap<String, PhaseMeasurements> = keys
        .iter()
        .map(|key| (key.name().to_owned(), phase(condition, *key, seed, protocol)))
        .collect();
    let wobble = 1.0 + 0.12 * seed as f64;
    let divergences: BTreeMap<String, Reactivation> = keys[1..]
        .iter()
        .map(|key| {
            let nats = match key {
                PhaseKey::FromPoint => 0.062,
                PhaseKey::AfterWake => 0.019,
                _ => 0.023,
            };
            (key.name().to_owned(), reactivation(nats * wobble))
        })
        .collect();
    let distance = |value: f64| {
        let value = value * (1.0 + 0.03 * seed as f64);
        DistanceEstimate {
            distance: TransitionDistance {
                total_variation: 1.1 * value,
                jensen_shannon_nats: 0.1,
                compared_weight: 0.95,
            },
            total_variation: about(value),
            jensen_shannon: about(0.1),
        }
    };
    let spatial = condition.task == TaskKind::Spatial;
    let moved = if condition.noisy { 0.31 } else { 0.58 };
    let missing = json!({ "missing": Missing::undefined("not made up") });
    serde_json::from_value(json!({
        "protocol": protocol,
        "condition": condition,
        "seed": seed,
        "units": if spatial { 512 } else { 128 },
        "found": {
            "settings": protocol.settings(seed),
            "dt_s": 0.02,
            "space": space(spatial),
            "tracking": {
                "error": about(0.07),
                "squared_error": about(0.006),
                "constant_answer_error": 0.84,
                "mean_predictor_loss": if condition.biased { 4.1e-5 } else { 4.87e-5 },
            },
            "phases": phases,
            "divergences": divergences,
            "subspaces": missing,
            "transitions": {
                "bins": if spatial { 8 } else { 24 },
                "lag": 10,
                "quiescent": distance(moved),
                "shuffled": distance(0.83),
                "floors": {
                    "total_variation": Floor { mean: 0.08, ..floor(0.12) },
                    "jensen_shannon": floor(0.02),
                },
                "stationary": about(0.2),
                "stationary_floor": floor(0.1),
            },
            "null_steps": missing,
            "null_movement": missing,
        },
    }))
    .unwrap()
}
