//! Noise in words, with what one step of it amounts to: a per-step value given where σ per √s is
//! meant shows here.

use quiescent::experiment::{Experiment, NoiseDistribution, NoiseSpec, QuiescentNoise};

/// Noise on every `place` (such as `unit`) with a time step of `dt_s` seconds.
fn describe(noise: &NoiseSpec, dt_s: f64, place: &str) -> String {
    let (sigma, distribution) = (noise.sigma, noise.distribution);
    let scale = sigma * dt_s.sqrt();
    let (sd, mean) = (scale * distribution.sd(), scale * distribution.mean());
    let law = match distribution {
        NoiseDistribution::Gaussian => "Gaussian",
        NoiseDistribution::Uniform01 => "uniform on [0, 1)",
    };
    let drift = if mean == 0.0 { String::new() } else { format!(", mean {mean:.6}") };
    format!("{law}, σ {sigma:.6} per √s, Δt {dt_s} s: sd {sd:.6}{drift} per {place} and step")
}

/// Hidden noise of amplitude `sigma` per √s, and noise of inputs and outputs if there is any.
fn all(experiment: &Experiment, sigma: f64, with_others: bool) -> String {
    let (network, dt_s) = (&experiment.network, experiment.time.dt_s);
    let mut text = describe(&NoiseSpec { sigma, ..network.noise.clone() }, dt_s, "unit");
    for (name, noise, place) in
        [("input", &network.input_noise, "input"), ("output", &network.output_noise, "output")]
    {
        if with_others && noise.sigma > 0.0 {
            text += &format!("; {name} noise: {}", describe(noise, dt_s, place));
        }
    }
    text
}

/// Waking noise.
pub(crate) fn waking(experiment: &Experiment) -> String {
    all(experiment, experiment.network.noise.sigma, true)
}

/// Quiescent noise.
pub(crate) fn quiescent(experiment: &Experiment) -> String {
    let noise = experiment.rest.noise;
    let sigma = noise.sigma(experiment.network.noise.sigma);
    all(experiment, sigma, noise != QuiescentNoise::None)
}
