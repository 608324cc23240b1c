//! Tests of the measurements on networks with known answers: the optimal network itself, an
//! untrained network, and plain reference implementations.
#![allow(clippy::unwrap_used)]

use std::ops::ControlFlow;
use std::sync::Arc;

use ndarray::Array2;

use super::bound::bound;
use super::denoiser::Denoiser;
use super::optimal::targets;
use super::samples::WakingStates;
use super::*;
use crate::analysis::bootstrap::BootstrapSettings;
use crate::analysis::circular::grid;
use crate::analysis::{Reason, Verdict};
use crate::experiment::Experiment;
use crate::network::Network;
use crate::numerics::noise::Law;
use crate::random::{Generator, Stream, WalkSet};
use crate::task;

const STEP_SD: f64 = 0.05;

/// The optimal network of the head-direction task with uniform headings.
fn optimal(signal_to_noise: f64) -> OptimalNetwork {
    let experiment = Experiment::named("demo/head_direction/noisy_unbiased").unwrap();
    let task = task::build(&experiment).unwrap();
    let nodes = grid(360);
    let nodes = Array2::from_shape_fn((360, 1), |(i, _)| nodes[i] as f32);
    let law = StimulusLaw::from_density(nodes.view(), &[1.0; 360]).unwrap();
    OptimalNetwork::with_random_readout(task, law, Some(40), signal_to_noise, STEP_SD, 3).unwrap()
}

fn walk_settings(trials: usize, on_manifold: bool, seed: u64) -> WalkSettings {
    WalkSettings {
        trials,
        steps: 40,
        step_sd: STEP_SD,
        law: Law::Normal,
        on_manifold,
        seed,
        set: WalkSet::Compared,
    }
}

fn bootstrap() -> BootstrapSettings {
    BootstrapSettings { resamples: 50, ..BootstrapSettings::default() }
}

/// The estimated score is the network's own optimal update, and its response is D†f′(s).
#[test]
fn the_optimal_network_passes_every_test_of_itself() {
    let network = optimal(20.0);
    let fitted = WakingStates::take(&network, &walk_settings(300, true, 1), 5, 2).unwrap();
    let states = WakingStates::take(&network, &walk_settings(60, true, 2), 5, 2).unwrap();
    let denoiser = Denoiser::fit(&fitted, STEP_SD, 0).unwrap();
    let bins = network.task().space().standard_bins();
    let field =
        field::compare(&network, &denoiser, &states, STEP_SD, &bins, 0, &bootstrap()).unwrap();
    let near = &field.at_distance[0];
    assert!(near.cosine.value > 0.98, "{near:?}");
    assert!((near.slope.value - 1.0).abs() < 0.05, "{near:?}");
    assert!(near.r_squared.value > 0.95, "{near:?}");
    assert!(near.shuffled_cosine.value.abs() < 0.05, "{near:?}");
    assert!(near.cosine.interval.contains(near.cosine.value));
    // It removes all removable noise, that is, all but the noise along the ring.
    let (removed, removable) = (field.removed_noise.value, field.removable_noise.value);
    assert!(removable <= removed + 0.005 && removed - removable < 0.03, "{removed} {removable}");
    // It returns all the way to the manifold from any distance that the noise reaches.
    for at in &field.at_distance[1..4] {
        let contraction = at.contraction_per_step.unwrap().value;
        assert!((0.85..1.05).contains(&contraction), "{at:?}");
    }

    let response = response::probe(&network, &states, &bins, 0, &bootstrap()).unwrap();
    for one in [response.cosine, response.gain, response.readout_cosine, response.readout_gain] {
        assert!((one.value - 1.0).abs() < 1e-2, "{response:?}");
    }
    assert!(response.shuffled_readout_cosine.value.abs() < 0.3, "{response:?}");
    assert!(response.map.len() > 30);
}

/// L₂ ≤ L₃ ≤ L_upper for any network, L ≤ L₂ up to the curvature where r⁻ = D†f(s), and L ≤ L₂ plus
/// both remainders everywhere.
#[test]
fn the_bound_holds_where_it_must() {
    let slack = 1.0 + 1e-6;
    let check = |found: &bound::Bound| {
        assert!(found.second.value <= found.third.value * slack, "{found:?}");
        assert!(found.third.value <= found.upper.value * slack, "{found:?}");
        let remainders = found.curvature.value + found.state.value;
        assert!(found.loss.value <= (found.second.value + remainders) * slack, "{found:?}");
        let sum = found.signal.value + found.noise.value;
        assert!((found.upper.value / sum - 1.0).abs() < 1e-9, "{found:?}");
    };
    let network = optimal(20.0);
    let on = bound(&network, &walk_settings(60, true, 4), &bootstrap()).unwrap();
    check(&on);
    assert!(on.state.value < 5e-3 * on.signal_without_response, "{on:?}");
    assert!(on.loss.value <= (on.second.value + on.curvature.value) * slack, "{on:?}");
    // The optimal response leaves none of L_signal; the optimal update removes most of the noise.
    assert!(on.signal.value < 0.01 * on.signal_without_response, "{on:?}");
    assert!(on.noise.value < 0.3 * on.noise_without_correction, "{on:?}");
    check(&bound(&network, &walk_settings(60, false, 4), &bootstrap()).unwrap());

    let experiment = Experiment::resolve(
        "demo/spatial/noisy_biased",
        &["network.units=30", "task.cells.count=25"].map(String::from),
    )
    .unwrap();
    let network = Network::untrained(&experiment).unwrap();
    let stimuli = Array2::from_shape_fn((200, 2), |(i, d)| ((i * (d + 3)) as f32).sin());
    let judged = targets(network.task().as_ref(), stimuli.view()).unwrap();
    let dynamics = TrainedNetwork::new(network, judged.view()).unwrap();
    for step_sd in [0.0, STEP_SD] {
        let settings = WalkSettings { step_sd, ..walk_settings(20, false, 5) };
        check(&bound(&dynamics, &settings, &bootstrap()).unwrap());
    }
}

/// No change of Δr₂* lowers L_signal = ‖f′(s)Δs − DΔr₂‖, beyond rounding: it is zero there.
#[test]
fn no_perturbation_of_the_optimal_response_lowers_the_signal_loss() {
    let network = optimal(20.0);
    let (units, rows) = (network.units(), 40);
    let stimuli: Vec<f32> = (0..rows).map(|i| (i as f32 * 0.7).sin() * 3.0).collect();
    let moved: Vec<f32> = (0..rows).map(|i| (i as f32 * 1.3).cos() * 0.3).collect();
    let mut response = vec![0.0; rows * units];
    network.input_update(&vec![0.0; rows * units], &stimuli, &moved, &mut response);
    let goal = optimal::target_change(network.task(), &stimuli, &moved);
    let loss = |response: &[f32]| -> f64 {
        let read = bound::read_out(network.readout().matrix(), response, units);
        read.iter().zip(&goal).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt()
    };
    let least = loss(&response);
    let whole = goal.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
    assert!(least < 1e-2 * whole, "{least} {whole}");
    let mut generator = Generator::new(5, Stream::Benchmark, 12);
    for size in [1e-3, 1e-2, 0.1, 1.0] {
        for _ in 0..20 {
            let perturbed: Vec<f32> =
                response.iter().map(|x| x + (size * generator.normal()) as f32).collect();
            assert!(loss(&perturbed) > least * (1.0 - 1e-3), "{size}");
        }
    }
}

/// Δr₁ and Δr₂ of a trained network are those of the equation, (1/τ)[−r + ReLU(W r + W_in Δs)] Δt.
#[test]
fn a_networks_update_is_split_as_its_equation_says() {
    let experiment = Experiment::resolve(
        "demo/spatial/noisy_unbiased",
        &["network.units=9", "task.cells.count=7"].map(String::from),
    )
    .unwrap();
    let network = Network::untrained(&experiment).unwrap();
    let parameters = network.parameters().clone();
    let (w_in, w_rec) = (parameters["w_in.weight"].to_vec(), parameters["w_rec.weight"].to_vec());
    let alpha = experiment.time.dt_s / experiment.network.tau_s;
    let stimuli = Array2::from_shape_fn((50, 2), |(i, d)| ((i * (d + 3)) as f32).sin());
    let judged = targets(network.task().as_ref(), stimuli.view()).unwrap();
    let dynamics = TrainedNetwork::new(network, judged.view()).unwrap();
    let states: Vec<f32> = (0..18).map(|i| (i as f32 * 0.7).cos()).collect();
    let moved = [0.3_f32, -0.2, 0.1, 0.4];
    let update = |state: &[f32], moved: &[f32], unit: usize| -> f64 {
        let drive: f64 = (0..9)
            .map(|j| f64::from(w_rec[unit * 9 + j]) * f64::from(state[j]))
            .chain((0..2).map(|d| f64::from(w_in[unit * 2 + d]) * f64::from(moved[d])))
            .sum();
        alpha * (drive.max(0.0) - f64::from(state[unit]))
    };
    let (mut rest, mut input) = (vec![0.0; 18], vec![0.0; 18]);
    dynamics.rest_update(&states, &mut rest);
    dynamics.input_update(&states, &[0.0; 4], &moved, &mut input);
    for row in 0..2 {
        let state = &states[row * 9..(row + 1) * 9];
        for unit in 0..9 {
            let still = update(state, &[0.0, 0.0], unit);
            let whole = update(state, &moved[row * 2..row * 2 + 2], unit);
            assert!((f64::from(rest[row * 9 + unit]) - still).abs() < 1e-6);
            assert!((f64::from(input[row * 9 + unit]) - (whole - still)).abs() < 1e-6);
        }
    }
}

#[test]
fn a_readouts_pseudoinverse_keeps_what_the_targets_need() {
    // Rank 3 with singular values far apart; targets in the span of its columns.
    let column = |k: usize, i: usize| ((k * 7 + i * 3) as f32 * 0.37).sin();
    let scale = [3.0, 1.0, 0.2];
    let matrix = Array2::from_shape_fn((8, 5), |(i, j)| {
        (0..3).map(|k| scale[k] * column(k, i) * column(k + 3, j)).sum()
    });
    let coefficients = Array2::from_shape_fn((40, 5), |(i, j)| ((i * 5 + j) as f32).cos());
    let values = coefficients.dot(&matrix.t());
    let readout = Readout::of_matrix(matrix.view(), values.view()).unwrap();
    assert!(readout.rank() <= 3);
    assert!(readout.missed_variance(values.view()) <= readout_tolerance());
    // D† is the inverse of D on what it keeps: D†D D† = D†.
    let again = readout.inverse().dot(&readout.matrix()).dot(&readout.inverse());
    for (a, b) in again.iter().zip(readout.inverse()) {
        assert!((a - b).abs() < 1e-4 * (1.0 + b.abs()), "{a} {b}");
    }
    // ‖D‖₂ bounds every ‖D r‖ / ‖r‖ and is reached by power iteration.
    let mut vector = ndarray::Array1::from_elem(5, 1.0_f32);
    for _ in 0..200 {
        vector = matrix.t().dot(&matrix.dot(&vector));
        let norm = vector.dot(&vector).sqrt();
        vector /= norm;
    }
    let reached = matrix.dot(&vector).mapv(|x| f64::from(x * x)).sum().sqrt();
    assert!((reached / readout.norm() - 1.0).abs() < 1e-4);
}

fn readout_tolerance() -> f64 {
    readout::MISSED * (1.0 + 1e-3)
}

#[test]
fn readouts_that_cannot_hold_the_targets_are_refused_with_their_rank() {
    let experiment = Experiment::named("demo/spatial/noisy_unbiased").unwrap();
    let task = task::build(&experiment).unwrap();
    let grid = Array2::from_shape_fn((400, 2), |(i, d)| {
        let place = if d == 0 { i % 20 } else { i / 20 };
        place as f32 * 0.1 - 0.95
    });
    let law = StimulusLaw::from_density(grid.view(), &[1.0; 400]).unwrap();
    let few =
        OptimalNetwork::with_random_readout(Arc::clone(&task), law.clone(), Some(4), 10.0, 0.01, 0);
    let said = few.unwrap_err().to_string();
    assert!(said.contains("rank is deficient") && said.contains("only 4 units"), "{said}");

    let values = targets(task.as_ref(), grid.view()).unwrap();
    let one = Array2::from_shape_fn((task.target_dim(), 3), |(i, j)| ((i + j) as f32).sin());
    let readout = Readout::of_matrix(one.view(), values.view()).unwrap();
    let said = OptimalNetwork::new(task, law, readout, 0.01).unwrap_err().to_string();
    assert!(said.contains("rank") && said.contains('%'), "{said}");
}

/// A small complete examination on one and on three threads.
#[test]
fn an_examination_does_not_depend_on_the_number_of_threads() {
    let settings = ExaminationSettings {
        fitted_trials: 60,
        trials: 20,
        burn_in: 4,
        stride: 2,
        rest_trials: 20,
        rest_steps: 40,
        point_trials: 20,
        point_steps: 60,
        signal_to_noise: 3.0,
        optimal_trials: 20,
        optimal_steps: 20,
        resamples: 20,
        ..ExaminationSettings::default()
    };
    let experiment = Experiment::resolve(
        "demo/head_direction/noisy_biased",
        &["network.units=24", "task.cells.count=20", "time.steps=30"].map(String::from),
    )
    .unwrap();
    let network = Network::untrained(&experiment).unwrap();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| examine(&network, &settings)).unwrap()
    };
    let one = on(1);
    assert_eq!(serde_json::to_string(&one).unwrap(), serde_json::to_string(&on(3)).unwrap());
    assert!(one.optimal.is_ok(), "{:?}", one.optimal);
    let mixing = one.networks[0].mixing.as_ref().unwrap().as_ref().unwrap();
    assert!(mixing.predicted_steps > 0.0 && mixing.points.len() == 3, "{mixing:?}");
    assert!(mixing.steps <= 60 && one.networks[1].mixing.is_none());
    for network in &one.networks {
        assert!(network.field.is_ok() && network.response.is_ok(), "{network:?}");
        assert_eq!(network.assumptions.len(), 11);
        for assumption in &network.assumptions {
            let measured = assumption.measured.as_ref().unwrap();
            assert!(measured.value.is_finite(), "{assumption:?}");
        }
    }
    // Ended wherever, it continues from the finished parts to the same results, and its course never falls.
    for pieces in [0, 3, 8, 15, 26] {
        let mut kept = PartialExamination::new(settings.clone());
        let (mut begun, mut last) = (0, 0.0);
        let ended = examine_from(&network, kept.clone(), &mut |progress| {
            match progress {
                Progress::Part(parts) => kept = parts.clone(),
                Progress::Done(done) => {
                    assert!((last..=1.0).contains(&done), "{last}, {done}");
                    (begun, last) = (begun + 1, done);
                }
            }
            if begun > pieces { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert_eq!(ended.unwrap_err().code, Reason::Cancelled);
        let kept: PartialExamination =
            serde_json::from_str(&serde_json::to_string(&kept).unwrap()).unwrap();
        let mut first = None;
        let found = examine_from(&network, kept, &mut |progress| {
            if let Progress::Done(done) = progress {
                first.get_or_insert(done);
            }
            ControlFlow::Continue(())
        });
        assert_eq!(found.unwrap(), one);
        assert_eq!(first.unwrap() > 0.0, pieces > 5, "parts are not made again");
    }
    // It is unchanged after writing and reading.
    let text = serde_json::to_string(&one).unwrap();
    assert_eq!(serde_json::from_str::<Examination>(&text).unwrap(), one);
}

/// A network trained without noise is probed with the paper's noise, and the result says so.
/// Without Gaussian noise, Tweedie's formula does not give a score.
#[test]
fn noise_that_the_theory_has_not_is_said() {
    let settings = ExaminationSettings {
        fitted_trials: 40,
        trials: 8,
        burn_in: 4,
        stride: 2,
        rest_trials: 8,
        rest_steps: 20,
        point_trials: 8,
        point_steps: 20,
        signal_to_noise: 3.0,
        optimal_trials: 8,
        optimal_steps: 10,
        resamples: 10,
        ..ExaminationSettings::default()
    };
    let small = ["network.units=24", "task.cells.count=20", "time.steps=30"].map(String::from);
    let noiseless = Experiment::resolve("demo/spatial/noiseless_unbiased", &small).unwrap();
    let found = examine(&Network::untrained(&noiseless).unwrap(), &settings).unwrap();
    assert!(!found.own_noise && (found.step_sd - 0.01).abs() < 1e-12);
    assert!(found.networks[0].field.is_ok());
    // A shorter step has less noise: σ√Δt.
    let mut changes = small.to_vec();
    changes.push("time.dt_s=0.005".into());
    let short = Experiment::resolve("demo/spatial/noiseless_unbiased", &changes).unwrap();
    let found = examine_experiment(&short, &settings, &mut |_| ControlFlow::Continue(())).unwrap();
    assert!((found.step_sd - 0.005).abs() < 1e-12);

    let mut changes = small.to_vec();
    changes.push("network.noise.distribution=uniform01".into());
    let uniform = Experiment::resolve("demo/spatial/noisy_unbiased", &changes).unwrap();
    let found = examine(&Network::untrained(&uniform).unwrap(), &settings).unwrap();
    let said = found.networks[0].field.as_ref().unwrap_err();
    assert!(said.message.contains("not Gaussian"), "{said}");
    let zero_input = found.networks[0].assumptions.iter().find(|a| a.id == "zero_input").unwrap();
    assert_eq!(zero_input.verdict, Some(Verdict::Fails), "uniform noise on [0, 1) has a mean");

    let mut changes = small.to_vec();
    changes.push("network.biases=true".into());
    let biased = Experiment::resolve("demo/spatial/noisy_unbiased", &changes).unwrap();
    let said = examine(&Network::untrained(&biased).unwrap(), &settings);
    let said = said.unwrap_err().to_string();
    assert!(said.contains("biases"), "{said}");

    let mut changes = small.to_vec();
    changes.push("network.input_noise.sigma=0.1".into());
    let noisy = Experiment::resolve("demo/spatial/noisy_unbiased", &changes).unwrap();
    let said = examine(&Network::untrained(&noisy).unwrap(), &settings);
    let said = said.unwrap_err().to_string();
    assert!(said.contains("noise on its inputs"), "{said}");
}
