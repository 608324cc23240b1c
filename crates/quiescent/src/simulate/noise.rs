//! Noise of a shard's trials: on hidden units, inputs and outputs, each from its own stream.

use crate::experiment::{
    Experiment, NetworkSpec, NoiseDistribution, NoiseSpec, QuiescentNoise, TaskKind,
};
use crate::numerics::noise::{self, Law};
use crate::numerics::tiny::flushed;
use crate::random::{Key, PhaseKind, Stream};
use crate::space::Space;
use std::ops::Range;

/// The trials of an experiment that receive the noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A training batch.
    Train {
        /// Number of the batch.
        batch: u64,
    },
    /// The test set.
    Test,
    /// A simulated phase.
    Phase(PhaseKind),
}

impl Purpose {
    /// Streams of hidden, input and output noise.
    fn streams(self) -> [Stream; 3] {
        match self {
            Self::Train { batch } => [
                Stream::Noise { batch },
                Stream::InputNoise { batch },
                Stream::OutputNoise { batch },
            ],
            Self::Test => [Stream::TestNoise, Stream::TestInputNoise, Stream::TestOutputNoise],
            Self::Phase(kind) => [
                Stream::PhaseNoise(kind),
                Stream::PhaseInputNoise(kind),
                Stream::PhaseOutputNoise(kind),
            ],
        }
    }
}

/// All noise of a shard's trials.
#[derive(Debug, Clone)]
pub(crate) struct TrialNoise {
    hidden: Source,
    input: Source,
    output: Source,
}

impl TrialNoise {
    /// The waking noise of an experiment; `dims` are those of input and output.
    pub(crate) fn waking(experiment: &Experiment, dims: [usize; 2], trials: usize) -> Self {
        Self::of(&experiment.network, experiment.time.dt_s, dims, trials)
    }

    fn of(network: &NetworkSpec, dt_s: f64, dims: [usize; 2], trials: usize) -> Self {
        let source = |spec, width| Source::new(spec, dt_s, width, trials);
        Self {
            hidden: source(&network.noise, network.units),
            input: source(&network.input_noise, dims[0]),
            output: source(&network.output_noise, dims[1]),
        }
    }

    /// The noise of rest. Hidden units have the requested noise; inputs and outputs have their
    /// waking noise unless there is no noise at all. What drives the units, that of hidden units and
    /// inputs, is multiplied by `factor`.
    pub(crate) fn quiescent(
        experiment: &Experiment,
        noise: QuiescentNoise,
        factor: f64,
        dims: [usize; 2],
        trials: usize,
    ) -> Self {
        let mut network = experiment.network.clone();
        network.noise.sigma = noise.sigma(network.noise.sigma);
        if noise == QuiescentNoise::None {
            network.input_noise.sigma = 0.0;
            network.output_noise.sigma = 0.0;
        }
        network.noise.sigma *= factor;
        network.input_noise.sigma *= factor;
        Self::of(&network, experiment.time.dt_s, dims, trials)
    }

    /// Moves to the streams of the trials `first`, `first + 1`, …
    pub(crate) fn rekey(&mut self, seed: u64, purpose: Purpose, first: usize) {
        let sources = [&mut self.hidden, &mut self.input, &mut self.output];
        for (source, stream) in sources.into_iter().zip(purpose.streams()) {
            for (trial, key) in source.keys.iter_mut().enumerate() {
                *key = Key::new(seed, stream, (first + trial) as u64);
            }
        }
    }

    /// Fills the scaled unit noise of the given steps, `[step, trial, unit]`.
    pub(crate) fn fill_hidden(&mut self, steps: Range<usize>, out: &mut [f32]) {
        self.hidden.fill(steps, out);
    }

    /// Whether inputs are noisy.
    pub(crate) fn is_on_inputs(&self) -> bool {
        self.input.scale != 0.0
    }

    /// Adds input noise to `inputs: [step, trial, input]` of the given steps.
    pub(crate) fn add_to_inputs(&mut self, steps: Range<usize>, inputs: &mut [f32]) {
        self.input.add(steps, 1.0, inputs);
    }

    /// Adds output noise to `activity: [step, trial, target]` of the given steps.
    pub(crate) fn add_to_outputs(&mut self, steps: Range<usize>, activity: &mut [f32]) {
        self.output.add(steps, 1.0, activity);
    }

    /// Subtracts the output noise from `targets`. The error of a noisy output equals that of the
    /// clean output against these targets, and so does its gradient.
    pub(crate) fn take_from_targets(&mut self, steps: Range<usize>, targets: &mut [f32]) {
        self.output.add(steps, -1.0, targets);
    }
}

/// Noise on the hidden units, the inputs or the outputs.
#[derive(Debug, Clone)]
struct Source {
    law: Law,
    /// σ √Δt; zero if it is tiny. If it is zero, nothing is drawn.
    scale: f32,
    /// Values of one trial and step.
    width: usize,
    keys: Vec<Key>,
    /// One trial's values.
    one: Vec<f32>,
    /// All trials' values, if they are added to something.
    all: Vec<f32>,
}

impl Source {
    fn new(spec: &NoiseSpec, dt_s: f64, width: usize, trials: usize) -> Self {
        Self {
            law: match spec.distribution {
                NoiseDistribution::Gaussian => Law::Normal,
                NoiseDistribution::Uniform01 => Law::Uniform,
            },
            scale: flushed((spec.sigma * libm::sqrt(dt_s)) as f32),
            width,
            keys: vec![Key::new(0, Stream::Noise { batch: 0 }, 0); trials],
            one: Vec::new(),
            all: Vec::new(),
        }
    }

    /// Fills the scaled noise of the given steps, `[step, trial, value]`. Deviate t·width + j of
    /// a trial's stream is used for value j at step t.
    fn fill(&mut self, steps: Range<usize>, out: &mut [f32]) {
        if self.scale == 0.0 {
            out.fill(0.0);
            return;
        }
        let (width, trials) = (self.width, self.keys.len());
        self.one.resize(steps.len() * width, 0.0);
        for (trial, key) in self.keys.iter().enumerate() {
            let first = steps.start as u64 * width as u64;
            noise::fill(self.law, key, first, self.scale, &mut self.one);
            scatter(&self.one, out, trial, trials, width);
        }
    }

    /// `values += sign · noise`.
    fn add(&mut self, steps: Range<usize>, sign: f32, values: &mut [f32]) {
        if self.scale == 0.0 {
            return;
        }
        let mut all = std::mem::take(&mut self.all);
        all.resize(values.len(), 0.0);
        self.fill(steps, &mut all);
        for (value, noise) in values.iter_mut().zip(&all) {
            *value = sign.mul_add(*noise, *value);
        }
        self.all = all;
    }
}

/// Writes one trial's rows of `dim` values to their places in `[step, trial, dim]`.
pub(crate) fn scatter(one: &[f32], all: &mut [f32], trial: usize, trials: usize, dim: usize) {
    for (step, values) in one.chunks_exact(dim).enumerate() {
        let place = (step * trials + trial) * dim;
        all[place..place + dim].copy_from_slice(values);
    }
}

/// A network's own active σ per √s; where it was trained without noise, that of the paper's noisy networks with a
/// stimulus in such a space.
pub fn own_or_paper_sigma(experiment: &Experiment, space: &Space) -> f64 {
    let own = experiment.network.noise.sigma;
    let kind = match space {
        Space::Region(_) => TaskKind::Spatial,
        Space::Circle => TaskKind::HeadDirection,
    };
    if own > 0.0 { own } else { kind.noisy_sigma() }
}
