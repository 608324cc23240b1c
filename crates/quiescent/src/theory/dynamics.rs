//! The theory's view of a network: its update, split as in equation (4).

use std::sync::Arc;

use ndarray::ArrayView2;

use super::Error;
use super::readout::Readout;
use crate::network::Network;
use crate::network::layer::Layer;
use crate::network::weights::encode;
use crate::task::Task;

/// A network whose noiseless update is split into a part that acts without input and the rest,
///
/// ```text
/// Δr = Δr₁(r) + Δr₂(r, s, Δs) + σ η     (4)
/// ```
///
/// All arrays are row-major, `[row, unit]` for states and updates, `[row, dim]` for stimuli.
pub trait Dynamics: Sync {
    /// The task of the network.
    fn task(&self) -> &dyn Task;

    /// Number of units N_r.
    fn units(&self) -> usize;

    /// The readout.
    fn readout(&self) -> &Readout;

    /// The initial state for each stimulus.
    fn encode(&self, stimuli: &[f32], states: &mut [f32]);

    /// Δr₁: the update at zero input.
    fn rest_update(&self, states: &[f32], update: &mut [f32]);

    /// Δr₂: the part of the update caused by the input, at true stimuli `stimuli` that move by
    /// `displacements`.
    fn input_update(
        &self,
        states: &[f32],
        stimuli: &[f32],
        displacements: &[f32],
        update: &mut [f32],
    );
}

/// A trained (or untrained) network.
#[derive(Debug)]
pub struct TrainedNetwork {
    network: Network,
    layer: Box<dyn Layer>,
    readout: Readout,
    task: Arc<dyn Task>,
}

impl TrainedNetwork {
    /// Splits the update of a network. The readout is judged by `targets: [sample, target]` (see
    /// [`Readout::of_matrix`]).
    ///
    /// # Errors
    /// If the readout's weights are not finite or all zero, or the network has biases or noise on
    /// inputs or outputs, which the theory does not cover.
    pub fn new(network: Network, targets: ArrayView2<'_, f32>) -> Result<Self, Error> {
        if network.experiment().network.biases {
            return Err(Error::Undefined {
                measurement: "the theory of this network",
                reason:
                    "it has biases, but the theory assumes a linear readout o = D r; train with \
                         network.biases=false"
                        .into(),
            });
        }
        let spec = &network.experiment().network;
        for (noise, key) in [(&spec.input_noise, "input"), (&spec.output_noise, "output")] {
            if noise.sigma > 0.0 {
                return Err(Error::Undefined {
                    measurement: "the theory of this network",
                    reason: format!(
                        "it has noise on its {key}s, but the theory assumes noise on the units \
                         only; train with network.{key}_noise.sigma=0"
                    ),
                });
            }
        }
        let (count, units) = (network.task().target_dim(), network.experiment().network.units);
        let weights = network.readout();
        let matrix = ArrayView2::from_shape((count, units), weights).map_err(|_| Error::Shape {
            what: "the readout's weights",
            expected: format!("{count} × {units}"),
            found: format!("{} values", weights.len()),
        })?;
        let readout = Readout::of_matrix(matrix, targets)?;
        let (layer, task) = (network.recurrent_layer(), Arc::clone(network.task()));
        Ok(Self { network, layer, readout, task })
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// r(t+Δt) − r(t) without noise.
    fn update(&self, states: &[f32], input: Option<&[f32]>, update: &mut [f32]) {
        let trials = states.len() / self.units();
        let mut scratch = vec![0.0; trials * self.layer.scratch_per_trial()];
        update.fill(0.0);
        self.layer.step(states, input, None, update, None, &mut scratch);
        update.iter_mut().zip(states).for_each(|(update, state)| *update -= state);
    }
}

impl Dynamics for TrainedNetwork {
    fn task(&self) -> &dyn Task {
        self.task.as_ref()
    }

    fn units(&self) -> usize {
        self.network.experiment().network.units
    }

    fn readout(&self) -> &Readout {
        &self.readout
    }

    fn encode(&self, stimuli: &[f32], states: &mut [f32]) {
        let (dim, count) = (self.task.space().dim(), self.task.target_dim());
        let mut activity = vec![0.0; stimuli.len() / dim * count];
        self.task.targets(stimuli, &mut activity);
        encode(self.layer.as_ref(), self.network.parameters(), &activity, count, states);
    }

    fn rest_update(&self, states: &[f32], update: &mut [f32]) {
        self.update(states, None, update);
    }

    fn input_update(
        &self,
        states: &[f32],
        _stimuli: &[f32],
        displacements: &[f32],
        update: &mut [f32],
    ) {
        let mut rest = vec![0.0; states.len()];
        self.rest_update(states, &mut rest);
        self.update(states, Some(displacements), update);
        update.iter_mut().zip(&rest).for_each(|(update, rest)| *update -= rest);
    }
}
