//! Experiments that no file describes: the defaults, and tasks that are Rust code.

use super::defaults::{head_direction, of_network, spatial};
use super::{Experiment, NetworkKind, NetworkSpec, TaskKind, TimeSpec};

impl NetworkSpec {
    /// A network of `units` units with the paper's settings for position: τ = 0.1 s, Gaussian noise of
    /// 0.01 in a step of 0.02 s, no biases; an RNN of ReLU units, or a GRU with tanh.
    pub fn new(kind: NetworkKind, units: usize) -> Self {
        Self { units, ..of_network(spatial(), kind).network }
    }
}

impl Experiment {
    /// The experiment of a file that names the kinds of task and network and nothing else: the paper's
    /// noisy network on unbiased motion. All of it are fields to change;
    /// [`validate`](Self::validate) checks their ranges.
    ///
    /// ```
    /// use quiescent::experiment::{Experiment, NetworkKind, TaskKind};
    ///
    /// let mut experiment = Experiment::standard(TaskKind::HeadDirection, NetworkKind::Rnn);
    /// experiment.network.units = 64;
    /// experiment.validate()?;
    /// # Ok::<(), quiescent::experiment::SpecError>(())
    /// ```
    pub fn standard(task: TaskKind, network: NetworkKind) -> Self {
        let experiment = match task {
            TaskKind::Spatial => spatial(),
            TaskKind::HeadDirection => head_direction(),
        };
        of_network(experiment, network)
    }

    /// An experiment for a task that is given to the network itself
    /// ([`Network::new`](crate::network::Network::new),
    /// [`Network::untrained_for`](crate::network::Network::untrained_for)): seed 0, and training and rest
    /// as the paper's for position; all are fields to change. Its `task` means nothing, so such an
    /// experiment should not be written to a file. [`validate`](Self::validate) checks the ranges of the
    /// others.
    pub fn for_own_task(network: NetworkSpec, time: TimeSpec) -> Self {
        let defaults = of_network(spatial(), network.kind);
        Self {
            about: "a task that no experiment file describes".to_owned(),
            time,
            network,
            ..defaults
        }
    }
}
