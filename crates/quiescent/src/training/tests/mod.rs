//! Tests of the engine against parity fixtures, a plain double-precision implementation and
//! central differences.
#![allow(clippy::unwrap_used, reason = "tests")]

mod pinned;
mod tiny;
mod twin;

use super::Trainer;
use super::adam::Adam;
use super::gradient::{Examples, Scratch, Shape};
use crate::experiment::{Activation, Experiment, NetworkKind, NetworkSpec, Reset};
use crate::network::rollout::Rollout;
use crate::network::step_dynamics::StepDynamics;
use crate::network::weights::Prepared;
use crate::network::{Layout, Parameters, Sizes};
use crate::random::{Generator, Stream};
use ndarray::{ArrayD, Axis, IxDyn};
use ndarray_npy::NpzReader;
use std::fs::File;
use std::ops::Range;
use std::sync::Arc;
use twin::{Problem, Tensors};

/// Adam with PyTorch's β₂ and the whole gradient.
fn adam(learning_rate: f64, weight_decay: f64) -> Adam {
    Adam { learning_rate, beta2: 0.999, scale: 1.0, weight_decay }
}

/// A problem in the engine's format: single precision, steps slowest.
struct Given {
    trials: usize,
    steps: usize,
    start: Vec<f32>,
    inputs: Vec<f32>,
    noise: Vec<f32>,
    targets: Vec<f32>,
}

fn steps_first(values: &[f64], trials: usize, steps: usize, width: usize) -> Vec<f32> {
    let mut out = Vec::with_capacity(values.len());
    for t in 0..steps {
        for b in 0..trials {
            let from = (b * steps + t) * width;
            out.extend(values[from..from + width].iter().map(|value| *value as f32));
        }
    }
    out
}

impl Given {
    fn from(problem: &Problem) -> Self {
        let Problem { trials, steps, units, inputs, targets, .. } = *problem;
        Self {
            trials,
            steps,
            start: problem.start.iter().map(|value| *value as f32).collect(),
            inputs: steps_first(&problem.input, trials, steps, inputs),
            noise: steps_first(&problem.noise, trials, steps, units),
            targets: steps_first(&problem.target, trials, steps, targets),
        }
    }
}

impl Examples for Given {
    fn trials(&self) -> usize {
        self.trials
    }

    fn start(&mut self, activity: &mut [f32]) {
        activity.copy_from_slice(&self.start);
    }

    fn inputs(&self, steps: Range<usize>) -> &[f32] {
        let width = self.inputs.len() / self.steps;
        &self.inputs[steps.start * width..steps.end * width]
    }

    fn noise(&mut self, steps: Range<usize>, noise: &mut [f32]) {
        let width = noise.len() / steps.len();
        noise.copy_from_slice(&self.noise[steps.start * width..steps.end * width]);
    }

    fn targets(&mut self, steps: Range<usize>, targets: &mut [f32]) {
        let width = targets.len() / steps.len();
        assert_eq!(width % self.trials, 0);
        targets.copy_from_slice(&self.targets[steps.start * width..steps.end * width]);
    }
}

/// A network with these equations.
fn spec((kind, reset): Kind, activation: Activation, biases: bool) -> NetworkSpec {
    let spec = Experiment::named("demo/spatial/noisy_unbiased").unwrap().network;
    NetworkSpec { kind, reset: Some(reset), activation, biases, ..spec }
}

/// The engine's weights of a problem.
fn prepared(problem: &Problem, parameters: &Parameters) -> Prepared {
    let Problem { kind, reset, units, inputs, targets, activation, alpha, .. } = *problem;
    let biases = parameters.named("encoder.bias").is_some();
    let mut layer = spec((kind, reset), activation, biases)
        .layer(Sizes { units, inputs, targets }, alpha as f32);
    layer.refresh(parameters);
    Prepared::new(layer, parameters)
}

/// The engine's loss, gradient and states `[step + 1, trial, unit]` for a problem.
fn engine(problem: &Problem, parameters: &Parameters) -> (f64, Parameters, Vec<f32>) {
    let Problem { trials, steps, units, targets, .. } = *problem;
    let prepared = prepared(problem, parameters);
    let weights = prepared.with(parameters);
    let shape = Shape { steps, units, targets };
    // The scratch is larger than needed and used twice, so remains of the first run would show in
    // the second.
    let mut scratch = Scratch::new(shape, trials + 3, weights.layer);
    let mut gradient = Parameters::zeros(parameters.layout());
    let terms = (trials * steps * targets) as f64;
    let mut given = Given::from(problem);
    scratch.run(weights, &mut given, terms, &mut gradient);
    gradient.flat_mut().fill(0.0);
    let sum = scratch.run(weights, &mut given, terms, &mut gradient);
    // Another shard's gradient is added.
    let mut twice = gradient.clone();
    scratch.run(weights, &mut given, terms, &mut twice);
    let largest = gradient.flat().iter().fold(0.0f32, |most, value| most.max(value.abs()));
    for (twice, once) in twice.flat().iter().zip(gradient.flat()) {
        assert!((twice - 2.0 * once).abs() <= 1e-5 * largest, "{twice} is not twice {once}");
    }
    (sum / terms, gradient, scratch.states(trials).to_vec())
}

/// Equations of a recurrent layer.
type Kind = (NetworkKind, Reset);

fn layout(kind: Kind, [units, inputs, targets]: [usize; 3], biases: bool) -> Arc<Layout> {
    let spec = spec(kind, Activation::Tanh, biases);
    spec.architecture().layout(Sizes { units, inputs, targets }, biases)
}

fn to_single(problem: &Problem, tensors: &Tensors) -> Parameters {
    let Problem { kind, reset, units, inputs, targets, .. } = *problem;
    let biases = tensors.contains_key("encoder.bias");
    let mut parameters =
        Parameters::zeros(&layout((kind, reset), [units, inputs, targets], biases));
    for (name, values) in tensors {
        let tensor = parameters.named_mut(name).unwrap();
        for (to, from) in tensor.iter_mut().zip(values) {
            *to = *from as f32;
        }
    }
    parameters
}

/// Largest difference relative to the largest magnitude of the expected values.
fn relative_error(
    got: impl IntoIterator<Item = f64>,
    expected: impl IntoIterator<Item = f64>,
) -> f64 {
    let (mut difference, mut scale) = (0.0f64, 0.0f64);
    let (mut got, mut expected) = (got.into_iter(), expected.into_iter());
    loop {
        match (got.next(), expected.next()) {
            (Some(g), Some(e)) => {
                assert!(g.is_finite() && e.is_finite());
                difference = difference.max((g - e).abs());
                scale = scale.max(e.abs());
            }
            (None, None) => return difference / scale.max(f64::MIN_POSITIVE),
            _ => panic!("lengths differ"),
        }
    }
}

fn doubles(values: &[f32]) -> impl Iterator<Item = f64> {
    values.iter().map(|value| f64::from(*value))
}

struct Fixture {
    problem: Problem,
    parameters: Tensors,
    file: NpzReader<File>,
}

impl Fixture {
    fn open(name: &str, (kind, reset): Kind, activation: Activation) -> Self {
        let path = format!("{}/tests/fixtures/{name}.npz", env!("CARGO_MANIFEST_DIR"));
        let mut file = NpzReader::new(File::open(path).unwrap()).unwrap();
        let biases =
            file.names().unwrap().iter().any(|name| name.starts_with("param.encoder.bias"));
        let mut array = |name: &str| -> ArrayD<f64> { file.by_name(name).unwrap() };
        let input = array("input");
        let sigma = array("sigma_rec").into_iter().next().unwrap();
        let alpha = array("dt").sum() / array("tau").sum();
        let noise = array("noise");
        let target = array("target");
        let problem = Problem {
            kind,
            reset,
            trials: input.len_of(Axis(0)),
            steps: input.len_of(Axis(1)),
            units: noise.len_of(Axis(2)),
            inputs: input.len_of(Axis(2)),
            targets: target.len_of(Axis(2)),
            alpha,
            activation,
            input: input.into_iter().collect(),
            start: array("init_state").into_iter().collect(),
            target: target.into_iter().collect(),
            noise: noise.into_iter().map(|draw| sigma * draw).collect(),
        };
        let sizes = [problem.units, problem.inputs, problem.targets];
        let parameters = layout((kind, reset), sizes, biases)
            .tensors()
            .iter()
            .map(|tensor| tensor.name.clone())
            .map(|name| (name.clone(), array(&format!("param.{name}")).into_iter().collect()))
            .collect();
        Self { problem, parameters, file }
    }

    fn array(&mut self, name: &str) -> Vec<f64> {
        let array: ArrayD<f64> = self.file.by_name(name).unwrap();
        array.into_iter().collect()
    }
}

const RNN: Kind = (NetworkKind::Rnn, Reset::Before);
const GRU: Kind = (NetworkKind::Gru, Reset::Before);
const GRU_AFTER: Kind = (NetworkKind::Gru, Reset::After);
const KINDS: [Kind; 3] = [RNN, GRU, GRU_AFTER];

/// The first three by the reference implementation, the others by PyTorch's own `nn.GRU` and
/// `nn.GRUCell`.
const FIXTURES: [(&str, Kind, Activation); 6] = [
    ("rnn_relu", RNN, Activation::Relu),
    ("rnn_tanh_hd", RNN, Activation::Tanh),
    ("gru_tanh", GRU, Activation::Tanh),
    ("nn_gru", GRU_AFTER, Activation::Tanh),
    ("nn_gru_biases", GRU_AFTER, Activation::Tanh),
    ("nn_gru_leaky", GRU_AFTER, Activation::Tanh),
];

#[test]
fn twin_agrees_with_the_reference_implementation() {
    for (name, kind, activation) in FIXTURES {
        let mut fixture = Fixture::open(name, kind, activation);
        let Problem { trials, steps, units, .. } = fixture.problem;
        let outcome = fixture.problem.solve(&fixture.parameters);
        let hidden = ArrayD::from_shape_vec(IxDyn(&[trials, steps + 1, units]), outcome.states)
            .unwrap()
            .slice_axis_move(Axis(1), (1..).into());
        assert!(relative_error(hidden, fixture.array("hidden")) < 1e-10);
        assert!(relative_error(outcome.outputs, fixture.array("output")) < 1e-10);
        assert!(relative_error([outcome.loss], fixture.array("loss")) < 1e-10);
        for (tensor, gradient) in outcome.gradient {
            let error = relative_error(gradient, fixture.array(&format!("grad.{tensor}")));
            assert!(error < 1e-10, "{name} {tensor}: {error:e}");
        }
        for count in [1, 3] {
            for (tensor, values) in fixture.problem.adam(&fixture.parameters, count, 1e-3) {
                let expected = fixture.array(&format!("adam{count}.{tensor}"));
                let error = relative_error(values, expected);
                assert!(error < 1e-10, "{name} adam{count} {tensor}: {error:e}");
            }
        }
    }
}

#[test]
fn engine_agrees_with_the_reference_implementation() {
    for (name, kind, activation) in FIXTURES {
        let mut fixture = Fixture::open(name, kind, activation);
        let Problem { trials, steps, units, .. } = fixture.problem;
        let mut parameters = to_single(&fixture.problem, &fixture.parameters);
        let (loss, gradient, states) = engine(&fixture.problem, &parameters);
        let hidden = steps_first(&fixture.array("hidden"), trials, steps, units);
        let after_start = &states[trials * units..];
        assert!(relative_error(doubles(after_start), doubles(&hidden)) < 1e-5);
        assert!(relative_error([loss], fixture.array("loss")) < 1e-5);
        for (tensor, values) in gradient.iter() {
            let expected = fixture.array(&format!("grad.{}", tensor.name));
            let error = relative_error(doubles(values), expected);
            assert!(error < 1e-5, "{name} {}: {error:e}", tensor.name);
        }
        let optimiser = adam(1e-3, 0.0);
        let mut m = Parameters::zeros(parameters.layout());
        let mut v = m.clone();
        for step in 1..=3 {
            let (_, gradient, _) = engine(&fixture.problem, &parameters);
            let (m, v) = (m.flat_mut(), v.flat_mut());
            optimiser.update(step, gradient.flat(), m, v, parameters.flat_mut());
            if step == 2 {
                continue;
            }
            for (tensor, values) in parameters.iter() {
                let expected = fixture.array(&format!("adam{step}.{}", tensor.name));
                let error = relative_error(doubles(values), expected);
                assert!(error < 1e-5, "{name} adam{step} {}: {error:e}", tensor.name);
            }
        }
    }
}

#[test]
fn rollouts_agree_with_the_reference_implementation_in_blocks_of_any_length() {
    for (name, kind, activation) in FIXTURES {
        let mut fixture = Fixture::open(name, kind, activation);
        let Problem { trials, steps, units, targets, .. } = fixture.problem;
        let parameters = to_single(&fixture.problem, &fixture.parameters);
        let given = Given::from(&fixture.problem);
        let hidden = steps_first(&fixture.array("hidden"), trials, steps, units);
        let output = steps_first(&fixture.array("output"), trials, steps, targets);
        for block in [1, 5, steps] {
            let prepared = prepared(&fixture.problem, &parameters);
            let mut rollout = Rollout::encoded(prepared.with(&parameters), trials, &given.start);
            let (mut states, mut activity) = (Vec::new(), Vec::new());
            for first in (0..steps).step_by(block) {
                let part = first..(first + block).min(steps);
                let noise = &given.noise[part.start * trials * units..part.end * trials * units];
                let (r, o) = rollout.advance(
                    &mut StepDynamics::first_order(),
                    part.len(),
                    Some(given.inputs(part)),
                    |out| {
                        out.copy_from_slice(noise);
                    },
                );
                states.extend_from_slice(r);
                activity.extend_from_slice(o);
            }
            assert!(relative_error(doubles(&states), doubles(&hidden)) < 1e-5, "{name} {block}");
            assert!(relative_error(doubles(&activity), doubles(&output)) < 1e-5, "{name} {block}");
        }
    }
}

/// A random problem with every array drawn from a stream.
fn made_up(
    (kind, reset): Kind,
    [trials, steps, units, inputs, targets]: [usize; 5],
    activation: Activation,
    biases: bool,
) -> (Problem, Tensors) {
    let mut generator = Generator::new(7, Stream::Init { tensor: units as u64 }, steps as u64);
    let mut draw = |count: usize, scale: f64| -> Vec<f64> {
        (0..count).map(|_| f64::from((scale * generator.normal()) as f32)).collect()
    };
    let problem = Problem {
        kind,
        reset,
        trials,
        steps,
        units,
        inputs,
        targets,
        alpha: 0.25,
        activation,
        input: draw(trials * steps * inputs, 0.5),
        start: draw(trials * targets, 1.0),
        target: draw(trials * steps * targets, 0.5),
        noise: draw(trials * steps * units, 0.05),
    };
    let tensors = layout((kind, reset), [units, inputs, targets], biases)
        .tensors()
        .iter()
        .map(|tensor| {
            let scale = match tensor.shape[..] {
                [_, fan_in] => 1.0 / (fan_in as f64).sqrt(),
                _ => 0.3,
            };
            (tensor.name.clone(), draw(tensor.len(), scale))
        })
        .collect();
    (problem, tensors)
}

#[test]
fn engine_agrees_with_its_twin_for_any_shape_activation_and_bias() {
    // Sizes around the lane width and the block of 1000 rows, and degenerate ones.
    let sizes = [[1, 1, 1, 1, 1], [3, 7, 17, 2, 5], [2, 9, 16, 1, 33], [130, 17, 5, 2, 3]];
    let activations =
        [Activation::Relu, Activation::Tanh, Activation::Sigmoid, Activation::Identity];
    for (kind, activation) in KINDS.into_iter().flat_map(|kind| activations.map(|act| (kind, act)))
    {
        for (size, biases) in sizes.into_iter().flat_map(|size| [(size, false), (size, true)]) {
            let (problem, tensors) = made_up(kind, size, activation, biases);
            let expected = problem.solve(&tensors);
            let (loss, gradient, _) = engine(&problem, &to_single(&problem, &tensors));
            assert!(relative_error([loss], [expected.loss]) < 1e-5);
            for (tensor, values) in gradient.iter() {
                let twin = &expected.gradient[&tensor.name];
                let error = relative_error(doubles(values), twin.iter().copied());
                let what = format!("{kind:?} {activation:?} {size:?} {biases} {}", tensor.name);
                assert!(error < 2e-5, "{what}: {error:e}");
            }
        }
    }
}

#[test]
fn gradients_agree_with_central_differences() {
    let cases = [(Activation::Tanh, true), (Activation::Sigmoid, false)];
    for (kind, (activation, biases)) in KINDS.into_iter().flat_map(|kind| cases.map(|c| (kind, c)))
    {
        let (problem, tensors) = made_up(kind, [3, 6, 7, 2, 4], activation, biases);
        let gradient = problem.solve(&tensors).gradient;
        let (_, single, _) = engine(&problem, &to_single(&problem, &tensors));
        let step = 1e-5;
        for (name, values) in &tensors {
            let mut differences = Vec::new();
            for i in 0..values.len() {
                let mut moved = tensors.clone();
                moved.get_mut(name).unwrap()[i] += step;
                let above = problem.solve(&moved).loss;
                moved.get_mut(name).unwrap()[i] -= 2.0 * step;
                differences.push((above - problem.solve(&moved).loss) / (2.0 * step));
            }
            let error = relative_error(gradient[name].iter().copied(), differences.clone());
            assert!(error < 1e-7, "twin {kind:?} {name}: {error:e}");
            let error = relative_error(doubles(single.named(name).unwrap()), differences);
            assert!(error < 1e-5, "engine {kind:?} {name}: {error:e}");
        }
    }
}

#[test]
fn weight_decay_is_decoupled() {
    let optimiser = adam(0.1, 0.5);
    let (mut m, mut v, mut p) = ([0.0], [0.0], [2.0]);
    optimiser.update(1, &[0.0], &mut m, &mut v, &mut p);
    assert_eq!(p, [2.0 * (1.0 - 0.05f32)]);
    optimiser.update(2, &[3.0], &mut m, &mut v, &mut p);
    // The decayed value, then a step whose size the gradient's scale does not change.
    let m2 = 0.1 * 3.0 / (1.0 - 0.81);
    let v2: f64 = 0.001 * 9.0 / (1.0 - 0.999 * 0.999);
    let expected = 1.9 * 0.95 - 0.1 * m2 / v2.sqrt();
    assert!((f64::from(p[0]) - expected).abs() < 1e-6, "{p:?} {expected}");
}

#[test]
fn beta2_and_the_gradient_s_factor_enter_as_written() {
    let optimiser = Adam { beta2: 0.9, scale: 0.25, ..adam(0.1, 0.0) };
    let (mut m, mut v, mut p) = ([0.0], [0.0], [2.0f32]);
    let (mut mean, mut square, mut expected) = (0.0f64, 0.0f64, 2.0f64);
    for (step, gradient) in [(1, 4.0f32), (2, -2.0), (3, 8.0)] {
        optimiser.update(step, &[gradient], &mut m, &mut v, &mut p);
        let g = 0.25 * f64::from(gradient);
        mean = 0.9 * mean + 0.1 * g;
        square = 0.9 * square + 0.1 * g * g;
        let power = i32::try_from(step).unwrap();
        let root = (square / (1.0 - 0.9f64.powi(power))).sqrt();
        expected -= 0.1 * mean / (1.0 - 0.9f64.powi(power)) / root;
        assert!((f64::from(p[0]) - expected).abs() < 1e-6, "step {step}: {p:?} {expected}");
    }
}

#[test]
fn a_gradient_longer_than_allowed_is_scaled_to_that_length() {
    let first_moments = |norm: &str| {
        let overrides = [
            "network.units=20",
            "task.cells.count=16",
            "training.trials=30",
            "time.steps=10",
            &format!("training.gradient_norm={norm}"),
        ];
        let experiment = Experiment::resolve("demo/spatial/noisy_unbiased", &overrides).unwrap();
        let mut trainer = Trainer::new(&experiment).unwrap();
        trainer.next();
        trainer.state().adam_m.flat().to_vec()
    };
    let norm = |m: &[f32]| m.iter().map(|m| f64::from(*m).powi(2)).sum::<f64>().sqrt();
    let free = first_moments("null");
    // m = (1 − β₁) g after the first batch.
    let length = norm(&free) / 0.1;
    assert_eq!(first_moments(&format!("{}", 1.01 * length)), free);
    let limited = first_moments(&format!("{}", 0.5 * length));
    assert!((norm(&limited) / norm(&free) - 0.5).abs() < 1e-5);
    let along: f64 =
        limited.iter().zip(&free).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>()
            / norm(&limited)
            / norm(&free);
    assert!((along - 1.0).abs() < 1e-6, "{along}");
}

#[test]
fn growing_trials_are_the_beginnings_of_whole_ones() {
    let moments = |overrides: &[&str], batches: usize| {
        let small = ["network.units=20", "task.cells.count=16", "training.trials=30"];
        let overrides = [&small, overrides].concat();
        let experiment = Experiment::resolve("paper/spatial/noisy_unbiased", &overrides).unwrap();
        let mut trainer = Trainer::new(&experiment).unwrap();
        let losses: Vec<_> = trainer.by_ref().take(batches).collect();
        (losses, trainer.state().adam_m)
    };
    let growing = ["time.steps=10", "training.batches=2", "training.schedule.growth_fraction=1"];
    let short = moments(&["time.steps=5"], 1);
    assert!(moments(&growing, 1) == short, "the first batch is not one of 5 steps");
    // The second batch has whole trials.
    assert!(moments(&growing, 2) != moments(&["time.steps=5"], 2));
    assert!(moments(&["time.steps=10"], 1) != short);
}
