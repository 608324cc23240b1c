//! Sweeps: many experiments that differ in a few keys.
//!
//! A sweep is a base experiment and values for some of its keys. It comes from a YAML file, from
//! `key=value,value` texts, or from a file with such texts over it:
//!
//! ```yaml
//! base: paper/spatial/noisy_unbiased   # a shipped experiment, or a file beside this one
//! set: {training.batches: 1000}        # for every run
//! seeds: 0..4                          # both ends included; or [0, 2, 5]
//! grid:                                # every combination
//!   network.noise.sigma: [0.03, 0.07, 0.14]
//!   network.units: [128, 256]
//! zip:                                 # value by value
//!   time.dt_s: [0.02, 0.01]
//!   time.steps: [100, 200]
//! runs:                                # further ones
//!   - {name: gru, network.kind: gru, network.activation: tanh}
//! ```
//!
//! The runs are the combinations of `grid` and `zip`, and those of `runs`, each with every seed. The
//! first seed of all of them comes first, so that a sweep that is stopped early is a whole design of
//! fewer seeds.

mod expand;
mod name;
mod read;
#[cfg(test)]
mod tests;
mod values;

use std::path::PathBuf;

use super::text::base::Loaded;
use super::text::node::Node;
use super::{ChangedDefault, Experiment};
use crate::experiment::place::Place;
pub use name::folder_name;

/// Most runs of one sweep: a typing error must not plan years of work.
pub const MOST_RUNS: u128 = 100_000;

/// Most values of all keys together that are held: any sweep of that many runs or fewer has fewer.
const MOST_VALUES: usize = 2 * MOST_RUNS as usize;

/// A base experiment and what is varied in it.
#[derive(Debug, Clone)]
pub struct Sweep {
    about: String,
    /// Where it was written: the file, or the base experiment if there is no file.
    place: Place,
    base: Loaded,
    /// For every run, before what varies.
    set: Vec<Setting>,
    /// For every run, after what varies: from `key=value` texts.
    fixed: Vec<Setting>,
    /// What multiplies everything, slowest first: seeds, and axes from `key=value` texts.
    common: Vec<Axis>,
    /// What `grid` and `zip` hold, slowest first.
    grid: Vec<Axis>,
    runs: Vec<Explicit>,
}

/// A key and the value it is to have.
#[derive(Debug, Clone)]
struct Setting {
    key: String,
    node: Node,
    /// Where a recording's relative path starts; none for the working directory.
    folder: Option<PathBuf>,
}

/// Alternatives, of which each run has one: one or (of a zip) several settings each.
#[derive(Debug, Clone)]
struct Axis {
    alternatives: Vec<Vec<Setting>>,
}

/// One of the `runs`.
#[derive(Debug, Clone)]
struct Explicit {
    name: Option<String>,
    settings: Vec<Setting>,
}

/// One run of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepRun {
    /// What varies in it, such as `sigma=0.07_seed=1`: characters that any file system takes, and
    /// not necessarily different from those of other runs; see [`folder_name`].
    pub name: String,
    /// Keys that vary and the values they have, as they were written.
    pub varied: Vec<(String, String)>,
    /// The resolved experiment.
    pub experiment: Experiment,
    /// Keys that took the defaults of another kind of network ([`Resolved`](super::Resolved)).
    pub changed: Vec<ChangedDefault>,
    /// [`Experiment::identity`].
    pub identity: String,
}

impl Axis {
    /// Its keys.
    fn keys(&self) -> impl Iterator<Item = &str> {
        self.alternatives.first().into_iter().flatten().map(|setting| setting.key.as_str())
    }
}

impl Sweep {
    /// What the file says about itself; empty if it says nothing.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// Values of all keys that vary, those of the `runs` left out.
    fn values(&self) -> usize {
        let settings = |axis: &Axis| axis.alternatives.iter().map(Vec::len).sum::<usize>();
        self.common.iter().chain(&self.grid).map(settings).sum()
    }

    /// How many runs there are, those that turn out to be the same included.
    pub fn count(&self) -> u128 {
        let product = |axes: &[Axis]| {
            axes.iter()
                .fold(1_u128, |all, axis| all.saturating_mul(axis.alternatives.len() as u128))
        };
        let grid =
            if self.grid.is_empty() && !self.runs.is_empty() { 0 } else { product(&self.grid) };
        grid.saturating_add(self.runs.len() as u128).saturating_mul(product(&self.common))
    }
}
