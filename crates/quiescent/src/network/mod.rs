//! Recurrent networks: an encoder, a recurrent layer with noise, and a linear readout.
//!
//! A [`Network`] is an experiment, its task and its [`Parameters`]. It comes from
//! [`Network::untrained`], from a [`Trainer`](crate::training::Trainer), or from arrays of your own by
//! [`Network::new`]. Each kind of network has a file with its equation at the top, its step and its
//! adjoint, and describes itself by an [`Architecture`]: tensors by name, after PyTorch.

mod activation;
mod architecture;
pub(crate) mod blocks;
mod gru;
mod initialization;
mod kinds;
pub(crate) mod layer;
mod parameters;
mod rnn;
pub(crate) mod rollout;
pub(crate) mod step_dynamics;
pub(crate) mod weights;

use crate::experiment::{Experiment, NetworkSpec};
use crate::task::{self, Task, TaskError};
pub use architecture::{Architecture, Linear, Module, Sizes, WeightSet};
pub use kinds::ARCHITECTURES;
use layer::Layer;
use ndarray::Array2;
pub use parameters::{Layout, ParameterError, Parameters, Tensor};
use std::sync::Arc;
use weights::Prepared;

/// A network with its experiment and its task.
#[derive(Debug, Clone)]
pub struct Network {
    experiment: Arc<Experiment>,
    task: Arc<dyn Task>,
    parameters: Parameters,
}

impl Network {
    /// The network with its initial weights, before any training.
    ///
    /// # Errors
    /// If the task cannot be set up, such as for an unreadable recording.
    pub fn untrained(experiment: &Experiment) -> Result<Self, TaskError> {
        Ok(Self::untrained_for(experiment, task::build(experiment)?))
    }

    /// An untrained network for a given task, which may be your own. The experiment's `task` is
    /// ignored; everything else in the experiment applies.
    pub fn untrained_for(experiment: &Experiment, task: Arc<dyn Task>) -> Self {
        let mut parameters = Parameters::zeros(&layout(experiment, task.as_ref()));
        initialization::fill(&mut parameters, experiment.seed);
        Self { experiment: Arc::new(experiment.clone()), task, parameters }
    }

    /// A network with given weights, such as your own arrays, for a given task, which may be your
    /// own. The experiment's `task` is ignored (see [`Experiment::for_own_task`]).
    ///
    /// ```no_run
    /// # use quiescent::{experiment::{Experiment, NetworkKind, NetworkSpec, TimeSpec}, task::Task};
    /// # use quiescent::network::{Network, Parameters, layout};
    /// # fn network(
    /// #     task: std::sync::Arc<dyn Task>,
    /// #     arrays: Vec<(&str, ndarray::ArrayD<f32>)>,
    /// # ) -> Result<Network, quiescent::network::ParameterError> {
    /// let spec = NetworkSpec { tau_s: 0.2, ..NetworkSpec::new(NetworkKind::Rnn, 64) };
    /// let experiment = Experiment::for_own_task(spec, TimeSpec { dt_s: 0.02, steps: 100 });
    /// let named = arrays.iter().map(|(name, array)| (*name, array.view()));
    /// let parameters = Parameters::from_named(&layout(&experiment, task.as_ref()), named)?;
    /// let network = Network::new(&experiment, task, parameters)?;
    /// # Ok(network)
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ParameterError`] if the parameters are laid out for a network with other tensors or
    /// shapes.
    pub fn new(
        experiment: &Experiment,
        task: Arc<dyn Task>,
        parameters: Parameters,
    ) -> Result<Self, ParameterError> {
        let parameters = parameters.laid_out(&layout(experiment, task.as_ref()))?;
        Ok(Self { experiment: Arc::new(experiment.clone()), task, parameters })
    }

    /// Preferred stimuli of the target cells, `[cell, dim]`.
    pub fn cells(&self) -> Array2<f32> {
        let (values, dim) = (self.task.preferred(), self.task.space().dim());
        // The slice holds whole rows, so the shape always fits.
        Array2::from_shape_vec((values.len() / dim, dim), values.to_vec()).unwrap_or_default()
    }

    /// The untrained network with the same experiment and cells.
    pub fn before_training(&self) -> Self {
        let mut parameters = Parameters::zeros(self.parameters.layout());
        initialization::fill(&mut parameters, self.experiment.seed);
        Self { parameters, ..self.clone() }
    }

    /// The same network with other cells, `preferred: [cell, dim]` in m or rad, instead of those
    /// that its experiment draws. Imported weights, for example, were trained with other cells.
    ///
    /// # Errors
    /// Those of [`Task::with_preferred`].
    pub fn with_cells(mut self, preferred: &[f32]) -> Result<Self, TaskError> {
        self.task = self.task.with_preferred(preferred)?;
        Ok(self)
    }

    /// The same network with other parameters, such as a checkpoint's.
    ///
    /// # Errors
    /// [`ParameterError`] if the parameters are laid out for a network with other tensors or
    /// shapes.
    pub fn with_parameters(mut self, parameters: Parameters) -> Result<Self, ParameterError> {
        self.parameters = parameters.laid_out(self.parameters.layout())?;
        Ok(self)
    }

    /// The experiment.
    pub fn experiment(&self) -> &Arc<Experiment> {
        &self.experiment
    }

    /// The task.
    pub fn task(&self) -> &Arc<dyn Task> {
        &self.task
    }

    /// The parameters.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    pub(crate) fn parameters_mut(&mut self) -> &mut Parameters {
        &mut self.parameters
    }

    /// The description of a network of this kind.
    pub fn architecture(&self) -> &'static Architecture {
        self.experiment.network.architecture()
    }

    /// A recurrent layer of this network's shape, with its current weights.
    pub(crate) fn recurrent_layer(&self) -> Box<dyn Layer> {
        self.layer_with(self.experiment.network.tau_s)
    }

    fn layer_with(&self, tau_s: f64) -> Box<dyn Layer> {
        let spec = &self.experiment.network;
        let alpha = (self.experiment.time.dt_s / tau_s) as f32;
        let mut layer = spec.layer(sizes(spec, self.task.as_ref()), alpha);
        layer.refresh(&self.parameters);
        layer
    }

    /// The current weights, laid out for the forward pass.
    pub(crate) fn prepared(&self) -> Prepared {
        self.prepared_with(None)
    }

    /// The same for units of another time constant, in s; none for that of training.
    pub(crate) fn prepared_with(&self, tau_s: Option<f64>) -> Prepared {
        let tau_s = tau_s.unwrap_or(self.experiment.network.tau_s);
        Prepared::new(self.layer_with(tau_s), &self.parameters)
    }

    /// The readout's weights D, `[target, unit]`.
    pub fn readout(&self) -> &[f32] {
        &self.parameters[self.architecture().readout.weight]
    }
}

fn sizes(spec: &NetworkSpec, task: &dyn Task) -> Sizes {
    Sizes { units: spec.units, inputs: task.space().dim(), targets: task.target_dim() }
}

/// Names and shapes of the parameters of an experiment's network for a task.
pub fn layout(experiment: &Experiment, task: &dyn Task) -> Arc<Layout> {
    let spec = &experiment.network;
    spec.architecture().layout(sizes(spec, task), spec.biases)
}
