//! The ways in which a network is to rest.

use serde::{Deserialize, Serialize};

use crate::analysis::Error;
use crate::analysis::bootstrap::BootstrapSettings;
use crate::experiment::{AdaptationSpec, MomentumSpec, RestDynamics};

/// The grid of a map, and the sizes of its phases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestMapSettings {
    /// Strengths b of adaptation, above 0. Rest without adaptation is always part of the map.
    pub strengths: Vec<f64>,
    /// Time constants τ_a of adaptation in s, each with every strength.
    pub adaptation_taus_s: Vec<f64>,
    /// Frictions λ of momentum, above 0 and at most 1, which is none. Noise is multiplied by √λ.
    pub frictions: Vec<f64>,
    /// Amplitudes of the hidden noise, as multiples κ of the active one. First-order rest with the first of them,
    /// from encoded starts, is what every way is compared with.
    pub noise_ratios: Vec<f64>,
    /// Trials of each phase.
    pub trials: usize,
    /// Steps of each quiescent phase, of which the first half is left out.
    pub steps: usize,
    /// Bootstrap resamples of every interval.
    pub resamples: usize,
}

impl Default for RestMapSettings {
    fn default() -> Self {
        Self {
            strengths: vec![0.01, 0.03, 0.1, 0.3, 1.0],
            adaptation_taus_s: vec![0.2, 0.6, 2.0, 6.0],
            frictions: vec![1.0, 0.5],
            noise_ratios: vec![std::f64::consts::SQRT_2, 0.5],
            trials: 200,
            steps: 1000,
            resamples: 200,
        }
    }
}

/// One way to rest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RestWay {
    /// Amplitude of the hidden noise as a multiple κ of the active one.
    pub noise_ratio: f64,
    /// How the units move.
    #[serde(flatten)]
    pub dynamics: RestDynamics,
}

impl RestWay {
    /// First-order rest with noise κ.
    pub fn first_order(noise_ratio: f64) -> Self {
        Self { noise_ratio, dynamics: RestDynamics::FIRST_ORDER }
    }

    /// Strength b of adaptation; 0 without.
    pub fn strength(&self) -> f64 {
        self.dynamics.adaptation.map_or(0.0, |adaptation| adaptation.strength)
    }

    /// Time constant τ_a of adaptation in s; none without.
    pub fn adaptation_tau_s(&self) -> Option<f64> {
        self.dynamics.adaptation.map(|adaptation| adaptation.tau_s)
    }

    /// Friction λ of momentum; 1 without.
    pub fn friction(&self) -> f64 {
        self.dynamics.momentum.map_or(1.0, |momentum| momentum.friction)
    }
}

impl RestMapSettings {
    /// Every way of the map, first-order rest with the first noise ratio first; for each noise ratio and
    /// friction the one without adaptation, then strengths, then time constants. A way that is named twice is one.
    pub fn ways(&self) -> Vec<RestWay> {
        let mut ways: Vec<RestWay> = self
            .noise_ratios
            .first()
            .map(|&ratio| RestWay::first_order(ratio))
            .into_iter()
            .collect();
        for &noise_ratio in &self.noise_ratios {
            for &friction in &self.frictions {
                let momentum =
                    (friction < 1.0).then_some(MomentumSpec { friction, keep_temperature: true });
                let adapted = self.strengths.iter().flat_map(|&strength| {
                    let of = move |&tau_s: &f64| AdaptationSpec { strength, tau_s };
                    self.adaptation_taus_s.iter().map(of)
                });
                for adaptation in std::iter::once(None).chain(adapted.map(Some)) {
                    let dynamics = RestDynamics { adaptation, momentum, tau_s: None };
                    let way = RestWay { noise_ratio, dynamics };
                    if !ways.contains(&way) {
                        ways.push(way);
                    }
                }
            }
        }
        ways
    }

    /// Refuses a map that cannot be drawn with steps of `dt_s` seconds.
    ///
    /// # Errors
    /// [`Error::Setting`] names the first setting that is out of range.
    pub fn check(&self, dt_s: f64) -> Result<(), Error> {
        // Two halves of two trials make a floor.
        if self.trials < 4 {
            return Err(Error::setting("trials", self.trials, "at least 4"));
        }
        if self.steps < 40 {
            return Err(Error::setting("steps", self.steps, "at least 40"));
        }
        let phase_s = self.steps as f64 * dt_s;
        check_all(
            "strengths",
            &self.strengths,
            |strength| strength > 0.0,
            || "above 0; rest without adaptation is always there".to_owned(),
        )?;
        check_all(
            "adaptation_taus_s",
            &self.adaptation_taus_s,
            |tau_s| (dt_s..=phase_s).contains(&tau_s),
            || format!("from {dt_s} s, a step, to {phase_s} s, the phase"),
        )?;
        check_all(
            "frictions",
            &self.frictions,
            |friction| friction > 0.0 && friction <= 1.0,
            || "above 0 and at most 1".to_owned(),
        )?;
        check_all(
            "noise_ratios",
            &self.noise_ratios,
            |ratio| ratio >= 0.0,
            || "at least 0, and finite".to_owned(),
        )?;
        for (name, empty, needed) in [
            ("frictions", self.frictions.is_empty(), "at least one"),
            ("noise_ratios", self.noise_ratios.is_empty(), "at least one"),
            (
                "adaptation_taus_s",
                self.adaptation_taus_s.is_empty() && !self.strengths.is_empty(),
                "at least one for the strengths",
            ),
        ] {
            if empty {
                return Err(Error::setting(name, "none", needed));
            }
        }
        self.bootstrap(0).validate()
    }

    /// First quiescent steps that are left out.
    pub fn burn_in(&self) -> usize {
        self.steps / 2
    }

    /// Settings of the intervals, with the seed of a run.
    pub(super) fn bootstrap(&self, seed: u64) -> BootstrapSettings {
        BootstrapSettings { seed, resamples: self.resamples, ..BootstrapSettings::default() }
    }
}

/// Refuses a list with a value that is not finite or not allowed.
fn check_all(
    name: &'static str,
    values: &[f64],
    allowed: impl Fn(f64) -> bool,
    words: impl Fn() -> String,
) -> Result<(), Error> {
    match values.iter().find(|value| !(value.is_finite() && allowed(**value))) {
        Some(value) => Err(Error::setting(name, value, words())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_has_first_order_rest_first_and_every_way_once() {
        let settings = RestMapSettings::default();
        let ways = settings.ways();
        assert_eq!(ways.len(), 2 * 2 * (1 + 5 * 4));
        assert_eq!(ways[0], RestWay::first_order(std::f64::consts::SQRT_2));
        let first_order = ways.iter().filter(|way| way.dynamics == RestDynamics::FIRST_ORDER);
        assert_eq!(first_order.count(), 2);
        // First-order rest is there even where every friction is below 1, and twice named is once there.
        let few = RestMapSettings {
            frictions: vec![0.5, 0.5],
            strengths: Vec::new(),
            noise_ratios: vec![1.0],
            ..settings
        };
        let ways = few.ways();
        assert_eq!(ways.iter().map(RestWay::friction).collect::<Vec<_>>(), [1.0, 0.5]);
    }

    #[test]
    fn bad_settings_are_named() {
        let refused = |change: &dyn Fn(&mut RestMapSettings)| {
            let mut settings = RestMapSettings::default();
            change(&mut settings);
            settings.check(0.02).err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert_eq!(refused(&|_| ()), "");
        for (change, named) in [
            (
                &(|s: &mut RestMapSettings| s.strengths = vec![1.0, -1.0]) as &dyn Fn(&mut _),
                "strengths",
            ),
            (&|s: &mut RestMapSettings| s.strengths = vec![f64::NAN], "strengths"),
            (&|s: &mut RestMapSettings| s.frictions = vec![0.0], "frictions"),
            (&|s: &mut RestMapSettings| s.frictions = vec![1.5], "frictions"),
            (&|s: &mut RestMapSettings| s.frictions = Vec::new(), "frictions"),
            (&|s: &mut RestMapSettings| s.noise_ratios = Vec::new(), "noise_ratios"),
            (&|s: &mut RestMapSettings| s.noise_ratios = vec![f64::INFINITY], "noise_ratios"),
            (&|s: &mut RestMapSettings| s.adaptation_taus_s = vec![30.0], "adaptation_taus_s"),
            (&|s: &mut RestMapSettings| s.adaptation_taus_s = vec![0.001], "adaptation_taus_s"),
            (&|s: &mut RestMapSettings| s.adaptation_taus_s = Vec::new(), "adaptation_taus_s"),
            (&|s: &mut RestMapSettings| s.trials = 3, "trials"),
            (&|s: &mut RestMapSettings| s.steps = 39, "steps"),
            (&|s: &mut RestMapSettings| s.resamples = 0, "resamples"),
        ] {
            let message = refused(change);
            assert!(message.contains(named), "{named}: {message:?}");
        }
    }
}
