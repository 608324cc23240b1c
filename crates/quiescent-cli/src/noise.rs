//! Unit noise in words, with what one step of it amounts to: a per-step value given where σ per √s
//! is meant shows here.

use quiescent::experiment::{Experiment, NoiseDistribution};

/// Noise of amplitude `sigma` per √s, under an experiment's law and time step.
pub(crate) fn describe(experiment: &Experiment, sigma: f64) -> String {
    let distribution = experiment.network.noise.distribution;
    let scale = sigma * experiment.time.dt_s.sqrt();
    let (sd, mean) = (scale * distribution.sd(), scale * distribution.mean());
    let law = match distribution {
        NoiseDistribution::Gaussian => "Gaussian",
        NoiseDistribution::Uniform01 => "uniform on [0, 1)",
    };
    let drift = if mean == 0.0 { String::new() } else { format!(", mean {mean:.6}") };
    format!(
        "{law}, σ {sigma:.6} per √s, Δt {} s: sd {sd:.6}{drift} per unit and step",
        experiment.time.dt_s
    )
}

/// Waking noise.
pub(crate) fn waking(experiment: &Experiment) -> String {
    describe(experiment, experiment.network.noise.sigma)
}

/// Quiescent noise.
pub(crate) fn quiescent(experiment: &Experiment) -> String {
    describe(experiment, experiment.rest.noise.sigma(experiment.network.noise.sigma))
}
