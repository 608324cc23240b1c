//! Settings and results of a comparison of two phases.

use serde::{Deserialize, Serialize};

use super::super::bootstrap::{BootstrapSettings, Floor, Interval, Measured};
use super::super::circular::CircularBandwidth;
use super::super::divergence::Divergence;
use super::super::error::Error;
use super::super::exploration::VarianceRatio;
use super::super::kde::Bandwidth;
use super::super::unbounded;

/// Settings of a comparison of two phases.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Seed of the Monte-Carlo points and of the resampling.
    pub seed: u64,
    /// Approximate number of decoded values of each phase for fitting densities, taken at equal
    /// intervals from every trial; every trial contributes at least one.
    pub points: usize,
    /// Monte-Carlo points per density (positions only; headings are integrated on a grid). Also
    /// the approximate number of decoded values of each phase over which the corrected
    /// divergences are averaged; every trial contributes at least one.
    pub samples: usize,
    /// First quiescent steps omitted.
    pub burn_in: usize,
    /// Kernel of positions, computed for each phase from its own data.
    pub bandwidth: Bandwidth,
    /// Whether kernel mass beyond the arena's walls is mirrored back (positions only). Off by
    /// default, as in the published numbers.
    pub reflect: bool,
    /// Kernel of headings.
    pub heading_bandwidth: CircularBandwidth,
    /// Resamples of the variance ratio's interval.
    pub resamples: usize,
    /// Random splits of waking into halves, for the floors.
    pub splits: usize,
    /// Nominal coverage probability of each interval.
    pub level: f64,
}

impl Default for Settings {
    fn default() -> Self {
        let BootstrapSettings { seed, resamples, level } = BootstrapSettings::default();
        Self {
            seed,
            points: 20_000,
            samples: 2_000,
            burn_in: 0,
            bandwidth: Bandwidth::default(),
            reflect: false,
            heading_bandwidth: CircularBandwidth::default(),
            resamples,
            splits: 50,
            level,
        }
    }
}

impl Settings {
    pub(super) fn bootstrap(&self) -> Result<BootstrapSettings, Error> {
        if self.points < 2 {
            return Err(Error::setting("points", self.points, "at least 2"));
        }
        if self.samples < 2 {
            return Err(Error::setting("samples", self.samples, "at least 2"));
        }
        let settings =
            BootstrapSettings { seed: self.seed, resamples: self.resamples, level: self.level };
        settings.validate()?;
        Ok(settings)
    }
}

/// A divergence with its uncertainty and its floor between halves of waking.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The divergence in nats, corrected for the biases of few trials and of smoothing. If there
    /// is no difference to find, it varies about 0 and can be negative.
    #[serde(with = "unbounded")]
    pub nats: f64,
    /// The divergence of the kernel densities themselves, as published: never below 0 except for
    /// the Monte-Carlo error, and too large if trials are few.
    #[serde(with = "unbounded")]
    pub plug_in_nats: f64,
    /// Standard error of `plug_in_nats` from the finite number of Monte-Carlo points, in nats; 0
    /// by quadrature. It does not include the uncertainty from the trials.
    #[serde(with = "unbounded")]
    pub monte_carlo_error: f64,
    /// Monte-Carlo points at which the second density is zero in double precision (either density,
    /// for Jensen–Shannon, where it does no harm).
    pub zero_density: usize,
    /// Fraction of the first density's sites at which the second rests on no more than two trials
    /// (for Jensen–Shannon, of both densities' sites; there it does little harm). If it is not
    /// small, the second density is a guess, and the interval does not include this uncertainty
    /// (docs/intervals.md).
    pub unsupported: f64,
    /// Interval over trials about `nats`, in nats.
    pub interval: Interval,
    /// Estimates of `nats` between two halves of the waking trials. None for the yardstick, which
    /// does not compare two phases, and if there are too few trials.
    pub floor: Option<Floor>,
}

impl Estimate {
    pub(super) fn new(
        found: Measured,
        at: &PlugIn,
        unsupported: f64,
        floor: Option<Floor>,
    ) -> Self {
        Self {
            nats: found.value,
            plug_in_nats: found.plug_in,
            monte_carlo_error: at.monte_carlo_error,
            zero_density: at.zero_density,
            unsupported,
            interval: found.interval,
            floor,
        }
    }

    /// Whether the divergence is no larger than between two halves of waking. None without a floor, and
    /// where the estimate could not have told: its standard error exceeds twice the floor, and its interval is
    /// not all above it.
    pub fn indistinguishable(&self) -> Option<bool> {
        let floor = self.floor?;
        let told =
            self.interval.standard_error <= 2.0 * floor.upper || self.interval.low > floor.upper;
        told.then(|| floor.holds(self.nats))
    }

    /// How much larger it is than another one, in nats, with an interval that pairs the ends that are
    /// farthest apart, since the two are not independent.
    pub fn minus(&self, other: &Self) -> (f64, [f64; 2]) {
        let (own, theirs) = (&self.interval, &other.interval);
        (self.nats - other.nats, [own.low - theirs.high, own.high - theirs.low])
    }

    /// Whether the whole interval is below 0. No divergence is negative, so the estimator has failed.
    pub fn impossible(&self) -> bool {
        self.interval.high < 0.0
    }
}

/// A divergence between two kernel densities.
pub(super) struct PlugIn {
    pub(super) nats: f64,
    pub(super) monte_carlo_error: f64,
    pub(super) zero_density: usize,
}

impl PlugIn {
    pub(super) fn of(divergence: &Divergence) -> Self {
        Self {
            nats: divergence.nats,
            monte_carlo_error: divergence.standard_error,
            zero_density: divergence.zero_density,
        }
    }
}

/// Summary of one phase in a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PhaseSummary {
    /// Trials.
    pub trials: usize,
    /// Steps per trial after the burn-in.
    pub steps: usize,
    /// Decoded values to which the density was fitted.
    pub points: usize,
    /// Kernel width of the plug-in values: the factor on the standard deviation (positions), or
    /// the concentration κ (headings).
    pub bandwidth: f64,
    /// The narrowest kernel of the corrected values, in the same terms; the other kernels are √2
    /// and 2 times as wide.
    pub corrected_bandwidth: f64,
    /// Standard deviation of that kernel in the unit of the decoded values, m or rad (the geometric mean
    /// over directions). Narrower structure is hardly seen, and an empty place only if it is several times
    /// as wide (docs/intervals.md).
    pub resolution: f64,
    /// Number of independent values equivalent to these points: trials times the variance of all
    /// points (unit vectors for headings) over that of trials' means, at most the number of
    /// points.
    pub independent_points: f64,
    /// Spread within trials compared with the spread of all; `None` if all values are equal.
    pub variance: Option<VarianceRatio>,
    /// The ratio of these spreads with its interval.
    pub variance_ratio: Option<Measured>,
}

/// Comparison of a quiescent with an active phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reactivation {
    /// KL(quiescent‖active), the paper's measure: small if quiescence visits only places that
    /// waking visits.
    pub kl_quiescent_from_active: Estimate,
    /// KL(active‖quiescent): large if quiescence omits some places that waking visits.
    pub kl_active_from_quiescent: Estimate,
    /// Jensen–Shannon divergence: between 0 (equal) and ln 2 = 0.693 (no overlap).
    pub jensen_shannon: Estimate,
    /// KL(uniform‖active), the yardstick: the divergence of a phase without memory that is
    /// uniform over the arena (or the circle). In an arena the estimate is that of a uniform sample
    /// as large as the active phase, with its kernel width; on the circle the uniform density is known.
    pub kl_uniform_from_active: Estimate,
    /// The active phase.
    pub active: PhaseSummary,
    /// The quiescent phase. Its variance ratio shows how much the density depends on the starts.
    pub quiescent: PhaseSummary,
    /// Unit of the decoded values, `m` or `rad`.
    pub unit: String,
    /// The settings used.
    pub settings: Settings,
}

impl Reactivation {
    /// Whether neither direction of the divergence nor the Jensen–Shannon divergence is larger than
    /// between two halves of waking. None if none of them is larger but one of them could not tell.
    pub fn indistinguishable(&self) -> Option<bool> {
        let all =
            [&self.kl_quiescent_from_active, &self.kl_active_from_quiescent, &self.jensen_shannon]
                .map(Estimate::indistinguishable);
        if all.contains(&Some(false)) {
            return Some(false);
        }
        all.into_iter().collect::<Option<Vec<_>>>().map(|_| true)
    }

    /// The wider of the two phases' resolutions. Phases that are indistinguishable are so at this
    /// resolution.
    pub fn resolution(&self) -> f64 {
        self.active.resolution.max(self.quiescent.resolution)
    }
}
