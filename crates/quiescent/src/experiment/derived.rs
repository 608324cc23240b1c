//! What the numbers of a specification mean in one step.

use super::Experiment;

impl Experiment {
    /// Δt/τ: the fraction of the way to its input that a unit goes in one step.
    pub fn dt_over_tau(&self) -> f64 {
        self.time.dt_s / self.network.tau_s
    }

    /// σ√Δt: the factor on every draw of the waking noise, whatever the draw's law.
    pub fn noise_scale_per_step(&self) -> f64 {
        self.network.noise.sigma * self.time.dt_s.sqrt()
    }

    /// Standard deviation that the waking noise adds to a unit in one step: σ√Δt for Gaussian
    /// draws, σ√(Δt/12) for uniform ones.
    pub fn noise_sd_per_step(&self) -> f64 {
        self.noise_scale_per_step() * self.network.noise.distribution.sd()
    }

    /// Mean that the waking noise adds to a unit in one step: 0 for Gaussian draws, σ√Δt/2 for
    /// uniform ones.
    pub fn noise_mean_per_step(&self) -> f64 {
        self.noise_scale_per_step() * self.network.noise.distribution.mean()
    }
}
