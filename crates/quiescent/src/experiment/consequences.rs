//! What follows from an experiment's values, in words.

use super::{Experiment, NoiseDistribution, NoiseSpec, QuiescentNoise, TaskSpec};
use crate::readable::derived;

/// Mean of a Rayleigh law of scale 1: √(π/2).
const RAYLEIGH_MEAN: f64 = 1.253_314_137_315_500_3;

impl Experiment {
    /// What follows from the values, for people: a name and a text each. A simulated animal's steps, noise
    /// per step, durations, Δt/τ, the number of parameters and the memory of training.
    pub fn consequences(&self) -> Vec<(&'static str, String)> {
        let dt_s = self.time.dt_s;
        let duration = |steps: usize| format!("{} s", derived(steps as f64 * dt_s));
        let mut out = vec![("active trial", duration(self.time.steps))];
        let turn_sd = match &self.task {
            TaskSpec::Spatial(spec) if spec.recording.is_none() => {
                let mean = spec.motion.speed_scale_m_per_s * RAYLEIGH_MEAN;
                out.push(("mean speed", format!("{} m/s", derived(mean))));
                Some(spec.motion.turn_sd_rad_per_s)
            }
            TaskSpec::HeadDirection(spec) if spec.recording.is_none() => {
                Some(spec.motion.turn_sd_rad_per_s)
            }
            _ => None,
        };
        if let Some(sd) = turn_sd {
            out.push(("turning", format!("sd {} rad per step", derived(sd * dt_s))));
        }
        out.extend([
            ("active noise", self.waking_noise()),
            ("quiescent noise", self.quiescent_noise()),
            ("quiescent phase", duration(self.rest.steps)),
            ("Δt/τ", format!("{:.4}", self.dt_over_tau())),
            ("parameters", self.parameter_count().to_string()),
            (
                "memory",
                format!("about {:.0} MB in training", self.estimated_memory_bytes() as f64 / 1e6),
            ),
        ]);
        out
    }

    /// The active noise in words, with what one step of it amounts to: a value per step that was given
    /// where σ per √s is meant shows here.
    pub fn waking_noise(&self) -> String {
        self.noise(self.network.noise.sigma, 1.0, true)
    }

    /// The same of the quiescent noise.
    pub fn quiescent_noise(&self) -> String {
        let noise = self.rest.noise;
        let factor = self.rest.dynamics().noise_factor();
        let sigma = noise.sigma(self.network.noise.sigma);
        let mut text = self.noise(sigma, factor, noise != QuiescentNoise::None);
        if factor != 1.0 {
            text +=
                &format!(" (multiplied by √λ = {}, which keeps the temperature)", derived(factor));
        }
        text
    }

    /// Hidden noise of amplitude `sigma` per √s, and noise of inputs and outputs if there is any; that of
    /// hidden units and inputs is multiplied by `factor`.
    fn noise(&self, sigma: f64, factor: f64, with_others: bool) -> String {
        let (network, dt_s) = (&self.network, self.time.dt_s);
        let of = |noise: &NoiseSpec, sigma: f64, place| {
            describe(&NoiseSpec { sigma, ..noise.clone() }, dt_s, place)
        };
        let mut text = of(&network.noise, sigma * factor, "unit");
        for (place, noise, factor) in
            [("input", &network.input_noise, factor), ("output", &network.output_noise, 1.0)]
        {
            if with_others && noise.sigma > 0.0 {
                text += &format!("; {place} noise: {}", of(noise, noise.sigma * factor, place));
            }
        }
        text
    }
}

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
