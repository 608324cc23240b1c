//! Tests that the simulated quiescent phase converges to its stochastic differential equation as Δt → 0: the
//! weak order against closed forms, the strong order on given Brownian paths.
//!
//! τ and σ (per √s) are fixed, Δt halves from level to level, and the equation is
//!
//! ```text
//! RNN   dr = (act(W r) − r) dt/τ + σ dB
//! GRU   dh = (1 − z) ⊙ (act(U_h (g ⊙ h)) − h) dt/τ + σ dB,   z = sigmoid(U_z h), g = sigmoid(U_r h)
//! ```
//!
//! The noise is additive, so the Euler–Maruyama scheme has order 1, weak and strong (Kloeden &
//! Platen 1992, sections 10.2 and 14.1). With input this limit does not exist: the network
//! receives displacements Δs, not velocities, so its input vanishes with Δt.
//!
//! *Criterion.* An order is the slope of ln error over ln Δt, one for each independent replicate.
//! The interval about their mean has a level of 99 % (Student's t). It must lie within 1 ± 0.15,
//! because higher orders contribute up to about 0.06 at these Δt. This excludes 1/2 and 2, and
//! fails if the errors are too uncertain.
//!
//! *Measured*: weak order of the mean 1.027 (1.009 to 1.044), of the variance 1.049 (0.981 to
//! 1.117); strong order of the RNN 1.029 (1.001 to 1.057), of the GRU 1.019 (0.993 to 1.046).
#![allow(clippy::unwrap_used, reason = "tests")]

use super::{Keep, Start, quiescent};
use crate::analysis::bootstrap::{self, BootstrapSettings, Measured};
use crate::experiment::{Experiment, QuiescentNoise};
use crate::network::rollout::Rollout;
use crate::network::step_dynamics::StepDynamics;
use crate::network::{Network, Parameters};
use crate::random::{Generator, PhaseKind, Stream};
use crate::simulate::noise::{Purpose, TrialNoise};
use ndarray::{Array1, Array2, ArrayView1, Axis};

const TAU_S: f64 = 0.1;
const SIGMA: f64 = 1.5;
const UNITS: usize = 16;
const REPLICATES: usize = 12;
const TOLERANCE: f64 = 0.15;

/// A network of random weights whose steps are τ/`steps_per_tau`.
fn network(kind: &str, activation: &str, steps_per_tau: usize, seed: u64) -> Network {
    let experiment = Experiment::resolve(
        "demo/head_direction/noisy_unbiased",
        &[
            &format!("network.kind={kind}"),
            &format!("network.activation={activation}"),
            &format!("network.units={UNITS}"),
            &format!("network.tau_s={TAU_S}"),
            &format!("network.noise.sigma={SIGMA}"),
            &format!("time.dt_s={}", TAU_S / steps_per_tau as f64),
            "task.cells.count=3",
            &format!("seed={seed}"),
        ],
    )
    .unwrap();
    let network = Network::untrained(&experiment).unwrap();
    // The weights do not depend on the step or the seed.
    let mut parameters = Parameters::zeros(network.parameters().layout());
    let mut generator = Generator::new(0, Stream::Benchmark, 0);
    for tensor in network.parameters().layout().tensors() {
        for weight in &mut parameters[tensor.name.as_str()] {
            *weight = (0.5 / (UNITS as f64).sqrt() * generator.normal()) as f32;
        }
    }
    network.with_parameters(parameters).unwrap()
}

fn weights(network: &Network, name: &str) -> Array2<f64> {
    let values = network.parameters().named(name).unwrap();
    Array2::from_shape_fn((UNITS, UNITS), |(i, j)| f64::from(values[i * UNITS + j]))
}

/// The order of convergence from the errors of each replicate, `[replicate][level]`. Each level's
/// steps are half as long as those of the level before.
fn order(errors: &[Vec<f64>]) -> Measured {
    let slopes: Vec<f64> = errors
        .iter()
        .map(|errors| {
            let middle = (errors.len() - 1) as f64 / 2.0;
            let (mut product, mut square) = (0.0, 0.0);
            for (level, error) in errors.iter().enumerate() {
                let x = (middle - level as f64) * std::f64::consts::LN_2;
                product += x * error.ln();
                square += x * x;
            }
            product / square
        })
        .collect();
    bootstrap::mean(&slopes, &BootstrapSettings { level: 0.99, ..Default::default() }).unwrap()
}

fn assert_order_one(what: &str, errors: &[Vec<f64>]) {
    let found = order(errors);
    let (low, high) = (found.interval.low, found.interval.high);
    let said = format!("{what}: order {:.3}, 99 % in {low:.3} to {high:.3}", found.value);
    assert!(low >= 1.0 - TOLERANCE && high <= 1.0 + TOLERANCE, "{said}: {errors:?}");
}

/// exp(A t) and the covariance ∫ exp(A s) σ² exp(Aᵀ s) ds over 0..t of dr = A r dt + σ dB from a given
/// start: power series over t/2¹⁰, doubled ten times.
fn transition(a: &Array2<f64>, sigma: f64, t: f64) -> (Array2<f64>, Array2<f64>) {
    const DOUBLINGS: i32 = 10;
    let short = t / 2f64.powi(DOUBLINGS);
    let one = Array2::<f64>::eye(a.nrows());
    let (mut power, mut flow) = (one.clone(), one.clone());
    let (mut rate, mut covariance) = (one.clone(), one * short);
    for k in 1..8 {
        let k = f64::from(k);
        power = power.dot(a) * (short / k);
        flow += &power;
        // The k-th derivative of exp(A s) exp(Aᵀ s) at 0, times shortᵏ/k!.
        rate = (a.dot(&rate) + rate.dot(&a.t())) * (short / k);
        covariance += &(&rate * (short / (k + 1.0)));
    }
    covariance *= sigma * sigma;
    for _ in 0..DOUBLINGS {
        covariance = &covariance + &flow.dot(&covariance).dot(&flow.t());
        flow = flow.dot(&flow);
    }
    (flow, covariance)
}

/// Steps in τ of the levels at which moments are compared.
const WEAK: [usize; 4] = [5, 10, 20, 40];
/// Time in τ after which moments are compared.
const WEAK_TIME: usize = 2;

/// The states of a linear network after [`WEAK_TIME`] at each level, summarised by `statistic`.
/// Each replicate has its own seeds.
fn weak_errors(
    trials: usize,
    start: &Array1<f32>,
    error: impl Fn(&Array2<f32>) -> f64,
) -> Vec<Vec<f64>> {
    let start = start.broadcast((trials, UNITS)).unwrap();
    (0..REPLICATES)
        .map(|replicate| {
            let of_level = |(level, &steps_per_tau): (usize, &usize)| {
                let seed = (1 + replicate * WEAK.len() + level) as u64;
                let network = network("rnn", "identity", steps_per_tau, seed);
                let steps = WEAK_TIME * steps_per_tau;
                let start = Start::States(start);
                let noise = QuiescentNoise::Same;
                error(&quiescent(&network, &start, noise, steps, Keep::Decoded).unwrap().end)
            };
            WEAK.iter().enumerate().map(of_level).collect()
        })
        .collect()
}

fn linear_transition() -> (Array2<f64>, Array2<f64>) {
    let linear = network("rnn", "identity", 1, 0);
    let a = (weights(&linear, "w_rec.weight") - Array2::<f64>::eye(UNITS)) / TAU_S;
    transition(&a, SIGMA, WEAK_TIME as f64 * TAU_S)
}

#[test]
fn the_mean_of_a_linear_network_converges_with_weak_order_one() {
    let (flow, _) = linear_transition();
    // The start is far from 0 compared with the noise, so that few trials suffice for the mean.
    let start = Array1::from_elem(UNITS, 100.0_f32);
    let exact = flow.dot(&start.mapv(f64::from));
    let square = exact.dot(&exact);
    let errors = weak_errors(200, &start, |states| {
        let mean = states.mapv(f64::from).mean_axis(Axis(0)).unwrap();
        (mean.dot(&exact) / square - 1.0).abs()
    });
    assert_order_one("the mean", &errors);
}

#[test]
fn the_variance_of_a_linear_network_converges_with_weak_order_one() {
    let (_, covariance) = linear_transition();
    let start = Array1::zeros(UNITS);
    let exact = covariance.diag().sum();
    let errors = weak_errors(30_000, &start, |states| {
        let total: f64 = states.iter().map(|r| f64::from(*r).powi(2)).sum();
        (total / states.nrows() as f64 / exact - 1.0).abs()
    });
    assert_order_one("the variance", &errors);
}

/// Steps in τ of the levels of the strong order, and of the paths.
const STRONG: [usize; 4] = [4, 8, 16, 32];
const PATH: usize = 512;
/// Time in τ after which states are compared, and trials of each replicate.
const STRONG_TIME: usize = 2;
const STRONG_TRIALS: usize = 10;

/// Increments σ dB of a replicate's paths as the engine draws them, `[step, trial, unit]`.
fn paths(network: &Network, replicate: usize) -> Vec<f32> {
    let dims = [network.task().space().dim(), network.task().target_dim()];
    let mut noise =
        TrialNoise::quiescent(network.experiment(), QuiescentNoise::Same, 1.0, dims, STRONG_TRIALS);
    noise.rekey(9, Purpose::Phase(PhaseKind::Quiescent), replicate * STRONG_TRIALS);
    let mut increments = vec![0.0; STRONG_TIME * PATH * STRONG_TRIALS * UNITS];
    noise.fill_hidden(0..STRONG_TIME * PATH, &mut increments);
    increments
}

/// The same paths in steps `together` times as long.
fn coarser(increments: &[f32], together: usize) -> Vec<f32> {
    let row = STRONG_TRIALS * UNITS;
    let sum = |steps: &[f32], j| steps.iter().skip(j).step_by(row).map(|x| f64::from(*x)).sum();
    increments
        .chunks_exact(together * row)
        .flat_map(|steps| (0..row).map(move |j| -> f64 { sum(steps, j) }))
        .map(|x| x as f32)
        .collect()
}

/// Final states of the engine on given increments, `[trial, unit]`.
fn simulated(network: &Network, start: &[f32], increments: &[f32]) -> Vec<f32> {
    let prepared = network.prepared();
    let weights = prepared.with(network.parameters());
    let row = STRONG_TRIALS * UNITS;
    let mut rollout = Rollout::from_states(weights, STRONG_TRIALS, start);
    let mut dynamics = StepDynamics::first_order();
    let mut end = Vec::new();
    for block in increments.chunks(rollout.block_steps() * row) {
        let steps = block.len() / row;
        let (states, _) =
            rollout.advance(&mut dynamics, steps, None, |out| out.copy_from_slice(block));
        end = states[(steps - 1) * row..].to_vec();
    }
    end
}

/// Final states of the equation on the finest paths, by Heun's method in double precision,
/// independent of the engine.
fn exact(
    drift: &dyn Fn(&Array1<f64>) -> Array1<f64>,
    start: &[f32],
    increments: &[f32],
) -> Vec<f64> {
    let dt = TAU_S / PATH as f64;
    let of_trial = |trial: usize| {
        let place = trial * UNITS..(trial + 1) * UNITS;
        let doubles = |row: &[f32]| ArrayView1::from(&row[place.clone()]).mapv(f64::from);
        let mut state = doubles(start);
        for increments in increments.chunks_exact(STRONG_TRIALS * UNITS) {
            let here = drift(&state);
            let moved = &state + &doubles(increments);
            let there = drift(&(&moved + &(&here * dt)));
            state = moved + (here + there) * (dt / 2.0);
        }
        state
    };
    (0..STRONG_TRIALS).flat_map(of_trial).collect()
}

/// Root mean square differences between the engine and the equation at each level.
fn strong_errors(
    kind: &str,
    activation: &str,
    drift: &dyn Fn(&Array1<f64>) -> Array1<f64>,
) -> Vec<Vec<f64>> {
    let finest = network(kind, activation, PATH, 0);
    (0..REPLICATES)
        .map(|replicate| {
            let mut generator = Generator::new(0, Stream::Benchmark, 1 + replicate as u64);
            let start: Vec<f32> =
                (0..STRONG_TRIALS * UNITS).map(|_| generator.normal() as f32).collect();
            let increments = paths(&finest, replicate);
            let exact = exact(drift, &start, &increments);
            let of_level = |&steps_per_tau: &usize| {
                let network = network(kind, activation, steps_per_tau, 0);
                let end = simulated(&network, &start, &coarser(&increments, PATH / steps_per_tau));
                let squares =
                    end.iter().zip(&exact).map(|(r, exact)| (f64::from(*r) - exact).powi(2));
                (squares.sum::<f64>() / exact.len() as f64).sqrt()
            };
            STRONG.iter().map(of_level).collect()
        })
        .collect()
}

#[test]
fn the_paths_of_an_rnn_converge_with_strong_order_one() {
    let w = weights(&network("rnn", "tanh", 1, 0), "w_rec.weight");
    let drift = |r: &Array1<f64>| (w.dot(r).mapv(f64::tanh) - r) / TAU_S;
    assert_order_one("RNN", &strong_errors("rnn", "tanh", &drift));
}

#[test]
fn the_paths_of_a_gru_converge_with_strong_order_one() {
    let of = network("gru", "tanh", 1, 0);
    let [u_z, u_r, u_h] = ["u_z.weight", "u_r.weight", "u_h.weight"].map(|name| weights(&of, name));
    let sigmoid = |u: f64| 1.0 / (1.0 + (-u).exp());
    let drift = |h: &Array1<f64>| {
        let (z, g) = (u_z.dot(h).mapv(sigmoid), u_r.dot(h).mapv(sigmoid));
        (1.0 - z) * (u_h.dot(&(g * h)).mapv(f64::tanh) - h) / TAU_S
    };
    assert_order_one("GRU", &strong_errors("gru", "tanh", &drift));
}
