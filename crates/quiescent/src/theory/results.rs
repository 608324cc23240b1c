//! Results of an examination by the theory, as plain data. Figures and reports are made from
//! them.

use serde::{Deserialize, Serialize};

use super::bound::Bound;
use super::manifold::Resolution;
use super::temperature::TemperaturePoint;
use crate::analysis::bootstrap::{Floor, Measured};
use crate::analysis::{Outcome, Verdict, outcome};
use crate::space::Space;

/// The examination of one experiment or run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Examination {
    /// Sizes and settings.
    pub settings: super::ExaminationSettings,
    /// Seed of the experiment.
    pub seed: u64,
    /// Length of a step in s.
    pub dt_s: f64,
    /// Standard deviation of one step's noise per unit. The score and the temperature refer to
    /// it.
    pub step_sd: f64,
    /// Whether this is the network's own waking noise. If not, the network was trained without
    /// noise; it also wakes without noise here, and is probed with the paper's noise.
    pub own_noise: bool,
    /// Space of the stimulus.
    pub space: Space,
    /// The greedily optimal network of the experiment.
    #[serde(with = "outcome")]
    pub optimal: Outcome<OptimalResult>,
    /// The trained network and the untrained network; none if only an experiment was examined.
    pub networks: Vec<NetworkResult>,
}

/// The greedily optimal network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OptimalResult {
    /// Components of the manifold.
    pub components: usize,
    /// Units, as many as the targets' span has dimensions.
    pub units: usize,
    /// Root mean square radius of the manifold over one step's noise.
    pub signal_to_noise: f64,
    /// How finely the components cover the manifold.
    pub resolution: Resolution,
    /// Edges of the bins of occupancies, `[dim][bin + 1]`, in m or rad.
    pub edges: Vec<Vec<f64>>,
    /// Quiescence at several amplitudes of noise, each against p^(2/κ²).
    pub temperature: Vec<TemperaturePoint>,
    /// The bound along waking trials.
    pub bound: Bound,
    /// The bound if every step begins at D†f(s), as the theory assumes.
    pub single_step_bound: Bound,
}

/// Which network was examined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Examined {
    /// With the run's parameters.
    Trained,
    /// Before any training, with the same seed.
    Untrained,
}

/// Results for one network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetworkResult {
    /// Which one.
    pub examined: Examined,
    /// Number of singular values of the readout that D† keeps, and the fraction of the targets'
    /// variance that D D† f misses.
    pub readout_rank: usize,
    /// See `readout_rank`.
    pub missed_variance: f64,
    /// The zero-input update compared with the score.
    #[serde(with = "outcome")]
    pub field: Outcome<FieldResult>,
    /// The response to input compared with D†f′(s).
    #[serde(with = "outcome")]
    pub response: Outcome<ResponseResult>,
    /// The paper's assumptions in its order, each with one measured value.
    pub assumptions: Vec<Assumption>,
    /// Quiescence at several amplitudes of noise, each against p^(2/κ²).
    #[serde(with = "outcome")]
    pub temperature: Outcome<NoiseScan>,
    /// Rest from one point: how fast it forgets the point, and its temperature law. None for an untrained network, which
    /// has no manifold to move along.
    #[serde(default, with = "outcome::optional")]
    pub mixing: Option<Outcome<Mixing>>,
    /// The bound along waking trials.
    #[serde(with = "outcome")]
    pub bound: Outcome<Bound>,
}

impl NetworkResult {
    /// The assumptions that are met: `5 of 11`, or `5 of 11 (2 undecided)`.
    pub fn assumptions_met(&self) -> String {
        let count = |of| self.assumptions.iter().filter(|found| found.verdict == Some(of)).count();
        let met = format!("{} of {}", count(Verdict::Holds), self.assumptions.len());
        match count(Verdict::Undecided) {
            0 => met,
            undecided => format!("{met} ({undecided} undecided)"),
        }
    }
}

/// The zero-input update Δr₁(r) = E[Δr|r] compared with the scaled score S(r) = σ²Δt ∇log p(r),
/// which denoising regression estimates from the network's own waking states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldResult {
    /// Number of principal components with 99 % of the waking variance. All vectors are projected
    /// onto them.
    pub dims: usize,
    /// Number of states from which the score was estimated, and at which it was compared.
    pub fitted_states: usize,
    /// See `fitted_states`.
    pub compared_states: usize,
    /// Fraction of one step's noise power that the estimated score removes on held-out trials:
    /// the best possible for any Δr₁, as far as the regression can find it.
    pub removable_noise: Measured,
    /// Fraction that the network's own Δr₁ removes, −E[2Δr₁·ξ + ‖Δr₁‖²]/E‖ξ‖² in the same
    /// subspace; negative if Δr₁ does more harm than good.
    pub removed_noise: Measured,
    /// Comparison at waking states and at given distances from them, nearest first.
    pub at_distance: Vec<FieldAtDistance>,
    /// Mean vectors over the plane of the first two components, for a figure.
    pub plane: Vec<PlaneArrow>,
    /// Mean drift along the manifold over the arena (or circle).
    pub drift: Vec<DriftArrow>,
    /// Cosine between the network's drift and the drift of the score, over the arena's bins; none
    /// if fewer than three bins were visited.
    pub drift_cosine: Option<Measured>,
}

/// Δr₁ against S at one distance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldAtDistance {
    /// Distance from a waking state in a random direction, in units of the root mean square length
    /// of one step's noise in the subspace, σ√(Δt·dims).
    pub distance: f64,
    /// Cosine, Σ Δr₁·S / √(Σ‖Δr₁‖² Σ‖S‖²).
    pub cosine: Measured,
    /// Cosine with the S of another state, drawn at random: the null.
    pub shuffled_cosine: Measured,
    /// Cosine of a pure decay to the mean, −(r − r̄), with S: the value that a leak alone would
    /// reach.
    pub leak_cosine: Measured,
    /// Slope of Δr₁ on S, Σ Δr₁·S / Σ‖S‖²; the greedily optimal network has 1.
    pub slope: Measured,
    /// R² of Δr₁ = S, 1 − Σ‖Δr₁ − S‖² / Σ‖Δr₁‖².
    pub r_squared: Measured,
    /// Fraction of the distance removed by one zero-input step, −Σ(Δr₁(r+δ) − Δr₁(r))·δ / Σ‖δ‖²;
    /// none at distance zero.
    pub contraction_per_step: Option<Measured>,
    /// The same for S.
    pub score_contraction_per_step: Option<Measured>,
}

/// Mean vectors of the states in one cell of the plane of the first two components.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PlaneArrow {
    /// Centre of the cell.
    pub place: [f64; 2],
    /// States in it.
    pub states: usize,
    /// Mean of Δr₁ on the two components, per step.
    pub update: [f64; 2],
    /// Mean of S.
    pub score: [f64; 2],
}

/// Mean drift along the manifold of the states in one bin of the arena (or circle), in m or rad per
/// step: the displacement whose D†f′(s)Δs is nearest to the vector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriftArrow {
    /// Centre of the bin, `[dim]`.
    pub place: Vec<f64>,
    /// States in it.
    pub states: usize,
    /// Drift of Δr₁, `[dim]`.
    pub update: Vec<f64>,
    /// Drift of S, `[dim]`.
    pub score: Vec<f64>,
}

/// ∂Δr/∂Δs compared with D†f′(s), by central differences over one root mean square displacement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResponseResult {
    /// Half-width of the difference, in m or rad.
    pub probe: f64,
    /// Cosine of ∂Δr/∂Δs with D†f′(s) over units.
    pub cosine: Measured,
    /// Gain, ∂Δr/∂Δs · D†f′ / ‖D†f′‖²; the greedily optimal network has 1.
    pub gain: Measured,
    /// Cosine of D ∂Δr/∂Δs with f′(s) over cells, to which the loss is sensitive.
    pub readout_cosine: Measured,
    /// Gain of D ∂Δr/∂Δs on f′(s).
    pub readout_gain: Measured,
    /// Cosine with the f′ of another state, drawn at random: the null.
    pub shuffled_readout_cosine: Measured,
    /// The same over bins of the arena (or circle).
    pub map: Vec<ResponseCell>,
}

/// Response of the states in one bin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResponseCell {
    /// Centre of the bin, `[dim]`, in m or rad.
    pub place: Vec<f64>,
    /// States in it.
    pub states: usize,
    /// Gain of D ∂Δr/∂Δs on f′(s).
    pub readout_gain: f64,
    /// Cosine of D ∂Δr/∂Δs with f′(s).
    pub readout_cosine: f64,
}

/// One assumption of the paper (appendix B), measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assumption {
    /// Short name, valid in a file name: `stationary_states`.
    pub id: String,
    /// The assumption in a sentence.
    pub statement: String,
    /// The measured quantity, in words.
    pub measure: String,
    /// The value, or why there is none.
    #[serde(with = "outcome")]
    pub measured: Outcome<Measured>,
    /// Unit of the value; `1` if it has none.
    pub unit: String,
    /// The criterion in words, fixed before anything was measured.
    pub criterion: String,
    /// Whether the criterion is met; none if there is no value.
    pub verdict: Option<Verdict>,
}

/// Quiescence of a network at several temperatures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoiseScan {
    /// Edges of the bins of occupancies, `[dim][bin + 1]`, in m or rad.
    pub edges: Vec<Vec<f64>>,
    /// Probability of each bin in waking, p; x slowest.
    pub waking: Vec<f64>,
    /// The estimates of `kl_from_waking` for halves of the waking trials. A rest that is no
    /// farther away is indistinguishable from waking. None with too few trials.
    pub kl_floor: Option<Floor>,
    /// One point for each amplitude of noise.
    pub points: Vec<NoiseScanPoint>,
}

/// Quiescence at one amplitude of noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoiseScanPoint {
    /// Amplitude of the quiescent noise as a multiple of the waking one, κ.
    pub noise_ratio: f64,
    /// Probability of each bin in quiescence.
    pub observed: Vec<f64>,
    /// Probability of each bin under p^(2/κ²).
    pub predicted: Vec<f64>,
    /// KL(observed ‖ p^(2/κ²)) in nats.
    pub kl_from_prediction: Measured,
    /// KL(observed ‖ p) in nats.
    pub kl_from_waking: Measured,
    /// The exponent β whose p^β is nearest to the observed probabilities; predicted: 2/κ².
    pub exponent: Measured,
}

/// Rest of a trained network whose trials all begin at one point, 1.5 standard deviations of the stimulus from its mean
/// along the first axis (on a circle, at most π/2 away).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mixing {
    /// Length of the manifold D†f(s) along each axis of the stimulus, `[dim]`, in standard deviations of one waking
    /// step's noise: √12 standard deviations of the stimulus (the circumference, on a circle) times the root mean square of
    /// ‖∂D†f/∂s‖.
    pub lengths: Vec<f64>,
    /// Steps in which the slowest mode of Langevin motion at κ = √2 decays to 1/e: ℓ²/(π²D) for the longest length ℓ,
    /// ℓ²/(4π²D) on a circle, with D = κ²/2 a step. It is assumed that the motion is along a straight manifold, that noise
    /// alone drives it, and that nothing pushes it back but its ends.
    pub predicted_steps: f64,
    /// KL(p ‖ uniform) of waking's occupancy in nats. At 0 every exponent gives the same law.
    pub non_uniformity: Measured,
    /// Where rest began, `[dim]`, in m or rad.
    pub start: Vec<f64>,
    /// Trials of each rest.
    pub trials: usize,
    /// Steps of each rest; occupancies are of the second half.
    pub steps: usize,
    /// Steps at κ = √2 until the variance between trials reaches 1 − 1/e of its mean in the second half. An error if this
    /// takes more than a quarter of the phase, since the variance then still grows.
    #[serde(with = "outcome")]
    pub forgetting_steps: Outcome<Measured>,
    /// Occupancy against p^(2/κ²) at κ = 1, √2 and 2.
    pub points: Vec<NoiseScanPoint>,
}

impl Mixing {
    /// The longest of the manifold's lengths, in standard deviations of one waking step's noise.
    pub fn length(&self) -> f64 {
        self.lengths.iter().copied().fold(0.0, f64::max)
    }

    /// The point with this amplitude of noise.
    pub fn at(&self, noise_ratio: f64) -> Option<&NoiseScanPoint> {
        self.points.iter().find(|point| (point.noise_ratio - noise_ratio).abs() < 1e-9)
    }
}
