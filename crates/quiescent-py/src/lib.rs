//! The Python module `quiescent._native`: a thin translation of the library, without science.
//!
//! Python's own layer (`python/quiescent`) gives it names, defaults and containers.

mod analysis;
mod arrays;
mod command;
mod errors;
mod experiment;
mod measure;
mod network;
mod pool;
mod recording;
mod runs;
mod training;
mod view;
mod work;

use pyo3::prelude::*;

/// The native part of the package `quiescent`.
#[pymodule]
mod _native {
    #[pymodule_export]
    use super::analysis::{
        brownian, circular_density, circular_mean, continuity, coverage_in_time, covered_fraction,
        density, diffusion, mean_squared_displacement, mean_step_distance, persistence,
        principal_components, reactivation, ring, sequence_score, shuffled, step_transitions,
        subspaces, temporal_compression, time_to_leave, total_variance, transition_distance,
        turning, uniform, variance_ratio,
    };
    #[pymodule_export]
    use super::command::command;
    #[pymodule_export]
    use super::experiment::{Experiment, keys, shipped};
    #[pymodule_export]
    use super::measure::measure_arrays;
    #[pymodule_export]
    use super::network::Network;
    #[pymodule_export]
    use super::pool::{after_fork, set_threads, threads};
    #[pymodule_export]
    use super::recording::recording_npz;
    #[pymodule_export]
    use super::runs::{examine_run, map_rest, measure_run, metrics, record};
    #[pymodule_export]
    use super::training::train;
    #[pymodule_export]
    use super::view::{ViewGallery, ViewSession, viewer_assets};
    use pyo3::prelude::*;
    use quiescent::simulate::Keep;
    use quiescent::workflow::SOME_STATES;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        if let Keep::States { stride } = SOME_STATES {
            module.add("SOME_STATES", stride)?;
        }
        Ok(())
    }
}
