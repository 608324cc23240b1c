//! Simulations: noise against closed forms, starts, given inputs, kept data and observers.
//! (Streaming is tested in streaming.rs.)

use std::ops::{ControlFlow, Range};

use ndarray::{Array2, Array3, ArrayView3, Axis, s};
use quiescent::analysis::Error;
use quiescent::experiment::{
    AdaptationSpec, Experiment, MomentumSpec, QuiescentNoise, RestDynamics,
};
use quiescent::network::{Network, Parameters};
use quiescent::random::{Generator, PhaseKind, Stream};
use quiescent::simulate::{self, Block, Drive, Keep, Observer, Phase, Setup, Start, Trials};
use quiescent::task::Split;
use quiescent::training::{Event, Trainer, TrainerState};

fn experiment(overrides: &[&str]) -> Experiment {
    let small = ["network.units=24", "task.cells.count=20", "time.steps=30"];
    let small = Experiment::resolve("demo/spatial/noisy_unbiased", &small).unwrap();
    overrides.iter().fold(small, |experiment, change| experiment.with(change).unwrap())
}

fn network(overrides: &[&str]) -> Network {
    Network::untrained(&experiment(overrides)).unwrap()
}

/// With all weights zero every unit is an autoregressive process, r ← (1−α) r + ξ.
fn without_weights(overrides: &[&str]) -> Network {
    let network = network(overrides);
    let zeros = Parameters::zeros(network.parameters().layout());
    network.with_parameters(zeros).unwrap()
}

fn all_states(network: &Network, noise: QuiescentNoise, steps: usize) -> Phase {
    let start = Start::Encoded { trials: 130 };
    simulate::quiescent(network, &start, noise, steps, Keep::States { stride: 1 }).unwrap()
}

#[test]
fn quiescent_noise_has_the_variance_it_says() {
    let network = without_weights(&[]);
    let experiment = network.experiment();
    let keep = 1.0 - experiment.dt_over_tau();
    let sd = experiment.noise_scale_per_step();
    for (noise, factor) in [
        (QuiescentNoise::DoubledVariance, 2.0),
        (QuiescentNoise::Same, 1.0),
        (QuiescentNoise::None, 0.0),
        (QuiescentNoise::Sigma(3.0 * experiment.network.noise.sigma), 9.0),
    ] {
        let phase = all_states(&network, noise, 40);
        let states = phase.states.unwrap();
        // After n steps from rest: sd² Σ keep^2i. The sample variance of 130 × 24 values has a
        // relative standard error of √(2/3120) = 2.5 %; five of them bound it (significance 6e-7).
        for n in [1, 2, 40] {
            let expected: f64 = factor * sd * sd * (0..n).map(|i| keep.powi(2 * i)).sum::<f64>();
            let at = states.index_axis(Axis(1), n as usize - 1);
            let found = at.iter().map(|r| f64::from(*r).powi(2)).sum::<f64>() / at.len() as f64;
            assert!((found - expected).abs() <= 0.125 * expected, "{noise:?} after {n} steps");
        }
    }
}

#[test]
fn uniform_noise_has_the_drift_it_is_known_for() {
    let network = without_weights(&["network.noise.distribution=uniform01"]);
    let experiment = network.experiment();
    let phase = all_states(&network, QuiescentNoise::Same, 1);
    let mean = f64::from(phase.states.unwrap().mean().unwrap());
    // σ√Δt/2 with a standard error of σ√Δt √(1/12)/√3120, five times.
    let scale = experiment.noise_scale_per_step();
    assert!((mean - scale / 2.0).abs() < 5.0 * scale * 0.2887 / 3120f64.sqrt(), "{mean}");
}

/// Units that copy the first input in one step, r = Δs₁, without their own noise.
fn copying_the_input(overrides: &[&str]) -> Network {
    let mut all =
        vec!["network.tau_s=0.02", "network.activation=identity", "network.noise.sigma=0"];
    all.extend(overrides);
    let network = without_weights(&all);
    let mut parameters = network.parameters().clone();
    for row in parameters.named_mut("w_in.weight").unwrap().chunks_exact_mut(2) {
        row[0] = 1.0;
    }
    network.with_parameters(parameters).unwrap()
}

#[test]
fn input_noise_comes_with_the_input_and_stays_without_it() {
    let network = copying_the_input(&["network.input_noise.sigma=0.5"]);
    let sd = 0.5 * 0.02f64.sqrt();
    let keep = Keep::States { stride: 1 };
    // All units of a trial are given the same input: 130 × 30 independent values, whose variance
    // has a relative standard error of √(2/3900) = 2.3 %; five of them bound it.
    let variance = |values: &mut dyn Iterator<Item = f64>| {
        let values: Vec<f64> = values.collect();
        values.iter().map(|x| x * x).sum::<f64>() / values.len() as f64
    };
    let wake = simulate::active(&network, Trials { count: 130, steps: 30 }, keep).unwrap();
    let (states, truth) = (wake.states.unwrap(), wake.truth.unwrap());
    let silent = copying_the_input(&[]);
    let clean = simulate::active(&silent, Trials { count: 130, steps: 30 }, keep).unwrap();
    assert_eq!(truth, clean.truth.unwrap(), "the motion itself is not noisy");
    let noise = &states - &clean.states.unwrap();
    let found = variance(&mut noise.slice(s![.., .., 0]).iter().map(|x| f64::from(*x)));
    assert!((found / (sd * sd) - 1.0).abs() < 0.115, "{found}");

    for (noise, factor) in [
        (QuiescentNoise::Same, 1.0),
        (QuiescentNoise::DoubledVariance, 1.0),
        (QuiescentNoise::None, 0.0),
    ] {
        let start = Start::Encoded { trials: 130 };
        let rest = simulate::quiescent(&network, &start, noise, 30, keep).unwrap().states.unwrap();
        let found = variance(&mut rest.slice(s![.., .., 0]).iter().map(|x| f64::from(*x)));
        assert!((found / (sd * sd) - factor).abs() < 0.115, "{noise:?}: {found}");
    }
}

#[test]
fn output_noise_is_on_what_is_decoded() {
    let position = ["task.cells.tuning=position", "task.cells.count=2", "task.decoder.top=1"];
    let noisy = ["network.output_noise={sigma: 1, distribution: uniform01}"];
    let network = without_weights(&[&position[..], &noisy].concat());
    let start = Start::Encoded { trials: 130 };
    let rest =
        simulate::quiescent(&network, &start, QuiescentNoise::Same, 20, Keep::Decoded).unwrap();
    // Uniform on [0, 0.1414): mean and mean square within five standard errors.
    let (scale, count) = (0.02f64.sqrt(), rest.decoded.len() as f64);
    let mean = rest.decoded.iter().map(|x| f64::from(*x)).sum::<f64>() / count;
    assert!((mean - scale / 2.0).abs() < 5.0 * scale * 0.2887 / count.sqrt(), "{mean}");
    let square = rest.decoded.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / count;
    assert!((square / (scale * scale / 3.0) - 1.0).abs() < 5.0 * 0.8945 / count.sqrt(), "{square}");
    let silent =
        simulate::quiescent(&network, &start, QuiescentNoise::None, 20, Keep::Decoded).unwrap();
    assert!(silent.decoded.iter().all(|x| *x == 0.0));
}

#[test]
fn output_noise_counts_in_the_loss_of_training_and_of_tests_alike() {
    // Outputs are noise alone, uniform on [0, 1), against Gaussian cells of peak 1. The mean of
    // (ξ − f)² is 1/3 − E f + E f², and the middle term shows the sign of the noise.
    let network = without_weights(&[
        "task.cells.tuning=gaussian",
        "training.trials=60",
        "training.test_trials=60",
        "network.output_noise={sigma: 7.0710678, distribution: uniform01}",
    ]);
    let zeros = network.parameters().clone();
    let state =
        TrainerState { batch: 0, parameters: zeros.clone(), adam_m: zeros.clone(), adam_v: zeros };
    let mut trainer = Trainer::resume(network.clone(), state).unwrap();
    let test = trainer.test().loss;
    let Some(Event::Batch { train_loss, .. }) = trainer.next() else { panic!("no batch") };
    let task = network.task();
    let motion =
        simulate::active(&network, Trials { count: 60, steps: 30 }, Keep::Decoded).unwrap();
    let truth: Vec<f32> = motion.truth.unwrap().into_iter().collect();
    let mut targets = vec![0.0; truth.len() / 2 * task.target_dim()];
    task.targets(&truth, &mut targets);
    let mean = |power: i32| {
        targets.iter().map(|f| f64::from(*f).powi(power)).sum::<f64>() / targets.len() as f64
    };
    // E f is about 0.05; three draws of the motion differ by less than a tenth of that.
    let expected = 1.0 / 3.0 - mean(1) + mean(2);
    assert!((0.02..0.1).contains(&mean(1)), "{}", mean(1));
    for loss in [test, train_loss] {
        assert!((loss - expected).abs() < 0.01, "{loss} against {expected}");
    }
}

/// A rectifying layer without biases is homogeneous: without input, twice the state and twice the noise give twice
/// the next state. What is decoded by the most active cells is then the same, so noise cannot set a temperature
/// (docs/theory.md).
#[test]
fn rectifying_networks_without_biases_have_no_temperature() {
    let adapted = RestDynamics {
        adaptation: Some(AdaptationSpec { strength: 0.5, tau_s: 0.4 }),
        momentum: Some(MomentumSpec { friction: 0.5, keep_temperature: true }),
        tau_s: None,
    };
    let states = |network: &Network, dynamics, times: f32| {
        let start = Array2::from_shape_fn((20, 24), |(i, j)| times * ((i + j) % 7) as f32 / 10.0);
        let setup = Setup {
            drive: Drive::Silent,
            start: Start::States(start.view()),
            noise: QuiescentNoise::Sigma(0.07 * f64::from(times)),
            dynamics,
            steps: 60,
            keep: Keep::States { stride: 1 },
            seed: None,
        };
        simulate::simulate(network, &setup, &()).unwrap().0
    };
    let compared = |network: &Network, dynamics| {
        let (once, twice) = (states(network, dynamics, 1.0), states(network, dynamics, 2.0));
        let doubled = once.states.unwrap().mapv(|rate| 2.0 * rate);
        (doubled == twice.states.unwrap(), once.decoded == twice.decoded)
    };
    for dynamics in [RestDynamics::FIRST_ORDER, adapted] {
        // A power of two is exact, so the bits are the same.
        assert_eq!(compared(&network(&[]), dynamics), (true, true), "{dynamics:?}");
        for saturating in ["network.activation=tanh", "network.kind=gru"] {
            assert_eq!(compared(&network(&[saturating]), dynamics), (false, false));
        }
    }
}

#[test]
fn noise_differs_between_trials_steps_and_units() {
    let states = all_states(&without_weights(&[]), QuiescentNoise::Same, 2).states.unwrap();
    let first = states.slice(s![0, 0, 0]);
    for other in [s![1, 0, 0], s![0, 0, 1], s![60, 0, 0], s![129, 0, 23]] {
        assert_ne!(first, states.slice(other));
    }
    let step = &states.slice(s![.., 1, ..]) - &states.slice(s![.., 0, ..]).mapv(|r| 0.8 * r);
    assert!(step.iter().zip(states.slice(s![.., 0, ..])).all(|(a, b)| a != b));
}

#[test]
fn what_is_kept_is_what_was_simulated() {
    let network = network(&[]);
    let trials = Trials { count: 7, steps: 30 };
    let every = simulate::active(&network, trials, Keep::States { stride: 1 }).unwrap();
    let some = simulate::active(&network, trials, Keep::States { stride: 4 }).unwrap();
    let none = simulate::active(&network, trials, Keep::Decoded).unwrap();
    let states = every.states.as_ref().unwrap();
    assert_eq!(states.dim(), (7, 30, 24));
    assert_eq!(some.states.as_ref().unwrap(), &states.slice(s![.., 3..;4, ..]));
    assert_eq!(some.states.unwrap().dim(), (7, 7, 24));
    assert!(none.states.is_none());
    assert_eq!(every.end, states.index_axis(Axis(1), 29));
    for other in [&none.decoded, &some.decoded] {
        assert_eq!(other, &every.decoded);
    }
    assert_eq!(none.end, every.end);
    let truth = every.truth.unwrap();
    assert_eq!(truth.dim(), (7, 30, 2));
    assert!(truth.iter().all(|x| x.abs() < 1.3));
}

#[test]
fn rest_begins_where_it_is_told() {
    let network = network(&[]);
    let wake = simulate::active(&network, Trials { count: 6, steps: 30 }, Keep::Decoded).unwrap();
    let one = |start: &Start| {
        simulate::quiescent(&network, start, QuiescentNoise::None, 5, Keep::States { stride: 1 })
            .unwrap()
    };
    // One noiseless step more from the end of wake: r ← (1−α) r + α relu(W r).
    let rest = one(&Start::after(&wake));
    let w = network.parameters().named("w_rec.weight").unwrap();
    let alpha = network.experiment().dt_over_tau() as f32;
    for unit in 0..24 {
        let u: f32 = (0..24).map(|j| w[unit * 24 + j] * wake.end[[2, j]]).sum();
        let expected = (1.0 - alpha) * wake.end[[2, unit]] + alpha * u.max(0.0);
        assert!((rest.states.as_ref().unwrap()[[2, 0, unit]] - expected).abs() < 1e-6);
    }
    let point = one(&Start::Point { trials: 3, stimulus: vec![0.3, -0.2] });
    let states = point.states.unwrap();
    for trial in 1..3 {
        assert_eq!(states.index_axis(Axis(0), trial), states.index_axis(Axis(0), 0));
    }
    let encoded = one(&Start::Encoded { trials: 3 }).states.unwrap();
    assert_ne!(encoded.index_axis(Axis(0), 1), encoded.index_axis(Axis(0), 0));
}

#[test]
fn phases_do_not_depend_on_threads_or_on_other_trials() {
    let network = network(&[]);
    let simulate = |threads: usize, trials: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let wake =
                simulate::active(&network, Trials { count: trials, steps: 20 }, Keep::Decoded)
                    .unwrap();
            let start = Start::after(&wake);
            simulate::quiescent(&network, &start, QuiescentNoise::Same, 60, Keep::Decoded).unwrap()
        })
    };
    let one = simulate(1, 120);
    assert_eq!(one, simulate(3, 120));
    // A trial has its own noise and motion. (States agree to rounding, because products of other
    // sizes may sum in another order.)
    let fewer = simulate(2, 4);
    let difference = &one.end.slice(s![..4, ..]) - &fewer.end;
    assert!(difference.iter().all(|d| d.abs() < 1e-5));
}

/// Gathers every step's states, `[step, trial, unit]`, and ends a trial's shard at a given step.
struct Watch {
    until: usize,
}

impl Observer for Watch {
    type Shard = (Range<usize>, Vec<Range<usize>>, Vec<f32>);

    fn begin(&self, trials: Range<usize>) -> Self::Shard {
        (trials, Vec::new(), Vec::new())
    }

    fn block(
        &self,
        (trials, steps, states): &mut Self::Shard,
        block: &Block<'_>,
    ) -> ControlFlow<()> {
        assert_eq!(*trials, block.trials);
        assert!(block.truth.is_none(), "nothing moves at rest");
        steps.push(block.steps.clone());
        states.extend(block.states);
        if block.steps.end > self.until {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

fn at_rest<'a>(trials: usize, steps: usize, keep: Keep) -> Setup<'a> {
    let (start, noise) = (Start::Encoded { trials }, QuiescentNoise::Same);
    let dynamics = RestDynamics::FIRST_ORDER;
    Setup { drive: Drive::Silent, start, noise, dynamics, steps, keep, seed: None }
}

#[test]
fn an_observer_sees_every_step_of_every_trial_once_and_in_order() {
    let network = network(&[]);
    let setup = at_rest(120, 300, Keep::States { stride: 1 });
    let watch = Watch { until: usize::MAX };
    let (phase, shards) = simulate::simulate(&network, &setup, &watch).unwrap();
    let alone = simulate::simulate(&network, &setup, &()).unwrap().0;
    assert_eq!(phase, alone, "who looks changes nothing");
    let states = phase.states.unwrap();
    let mut next_trial = 0;
    for (trials, blocks, seen) in shards {
        assert_eq!(trials.start, next_trial);
        next_trial = trials.end;
        let starts: Vec<usize> = blocks.iter().map(|steps| steps.start).collect();
        let ends: Vec<usize> = blocks.iter().map(|steps| steps.end).collect();
        assert!(blocks.len() > 1, "several blocks, or there is nothing to see");
        assert_eq!((starts[0], &starts[1..]), (0, &ends[..ends.len() - 1]));
        assert_eq!(ends.last(), Some(&300));
        let seen = Array3::from_shape_vec((300, trials.len(), 24), seen).unwrap();
        assert_eq!(seen.permuted_axes([1, 0, 2]), states.slice(s![trials, .., ..]));
    }
    assert_eq!(next_trial, 120);
}

#[test]
fn an_observer_can_end_a_simulation() {
    let network = network(&[]);
    let setup = at_rest(120, 1_000_000, Keep::Decoded);
    let ended = simulate::simulate(&network, &setup, &Watch { until: 50 });
    assert!(matches!(ended, Err(Error::Cancelled { phase: "quiescent" })), "{:?}", ended.err());
}

#[test]
fn given_inputs_drive_a_network_as_its_motion_does() {
    let network = network(&["network.input_noise.sigma=0.02", "network.output_noise.sigma=0.01"]);
    let keep = Keep::States { stride: 1 };
    let wake = simulate::active(&network, Trials { count: 1, steps: 30 }, keep).unwrap();
    let (mut stimuli, mut displacements) = (vec![0.0; 62], vec![0.0; 60]);
    let stream = Stream::Phase(PhaseKind::Active);
    let mut generator = Generator::new(network.experiment().seed, stream, 0);
    network.task().draw_motion(Split::Test, &mut generator, &mut stimuli, &mut displacements);
    let inputs = ArrayView3::from_shape((1, 30, 2), &displacements).unwrap();
    let start = Start::Point { trials: 1, stimulus: stimuli[..2].to_vec() };
    let noise = QuiescentNoise::Same;
    let setup = Setup {
        drive: Drive::Inputs(inputs),
        start,
        noise,
        dynamics: RestDynamics::FIRST_ORDER,
        steps: 30,
        keep,
        seed: None,
    };
    let driven = simulate::simulate(&network, &setup, &()).unwrap().0;
    assert_eq!(driven, Phase { truth: None, ..wake });
    // Other inputs give another path.
    let turned = inputs.mapv(|x| -x);
    let setup = Setup { drive: Drive::Inputs(turned.view()), ..setup };
    assert_ne!(simulate::simulate(&network, &setup, &()).unwrap().0.decoded, driven.decoded);
}

#[test]
fn what_does_not_fit_the_network_is_refused() {
    let network = network(&[]);
    let refused = |setup: Setup<'_>| match simulate::simulate(&network, &setup, &()) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("simulated {setup:?}"),
    };
    fn rest<'a>() -> Setup<'a> {
        at_rest(3, 5, Keep::Decoded)
    }
    let most = refused(Setup { steps: usize::MAX, ..rest() });
    assert!(most.contains("few enough to fit in memory"), "{most}");
    // More than any machine has, and less than an address.
    let most = refused(Setup { steps: 1 << 44, ..rest() });
    assert!(most.contains("few enough to fit in memory"), "{most}");
    let none = refused(Setup { keep: Keep::States { stride: 0 }, ..rest() });
    assert_eq!(none, "setting `stride` is 0, but must be at least 1");
    let none = refused(Setup { steps: 0, ..rest() });
    assert_eq!(none, "setting `steps` is 0, but must be at least 1");
    let states = Array2::zeros((3, 23));
    let other = refused(Setup { start: Start::States(states.view()), ..rest() });
    assert_eq!(other, "the number of units of start states must be 24, but is 23");
    let point = Start::Point { trials: 3, stimulus: vec![0.1] };
    let other = refused(Setup { start: point, ..rest() });
    assert_eq!(other, "the dimension of the start stimulus must be 2, but is 1");
    for (shape, what) in
        [((2, 5, 2), "trials of"), ((3, 4, 2), "steps of"), ((3, 5, 1), "the width of")]
    {
        let inputs = Array3::zeros(shape);
        let said = refused(Setup { drive: Drive::Inputs(inputs.view()), ..rest() });
        assert!(said.contains(what) && said.contains("the inputs"), "{said}");
    }
}

#[test]
fn rest_from_encoded_stimuli_needs_the_recording_that_they_are_drawn_from() {
    let recording = "task.recording={file: gone.npz, angle_unit: rad, time_unit: s}";
    let experiment =
        Experiment::resolve("demo/head_direction/noisy_unbiased", &[recording, "network.units=24"]);
    let experiment = experiment.unwrap();
    let task = quiescent::task::build_without_motion(&experiment, None).unwrap();
    let network = Network::untrained_for(&experiment, task);
    let rest = |start: &Start| {
        simulate::quiescent(&network, start, QuiescentNoise::Same, 5, Keep::Decoded)
    };
    let refused = rest(&Start::Encoded { trials: 3 }).unwrap_err().to_string();
    assert!(refused.contains("the animal’s recording was not opened"), "{refused}");
    assert!(rest(&Start::Point { trials: 3, stimulus: vec![0.1] }).is_ok());
}
