//! Quiescence of a network at several temperatures against p^(2/κ²).

use ndarray::{Array3, Axis, s};

use super::temperature::{ExponentFamily, Occupancy};
use super::{Error, ExaminationSettings, NoiseScan, NoiseScanPoint};
use crate::analysis::bootstrap::{BootstrapSettings, Floor, split};
use crate::network::Network;
use crate::random::Sample;
use crate::simulate;
use crate::simulate::{Keep, Start, Trials};
use crate::space::Bins;

/// Added to the count of every bin of p, so that p^β is defined for bins that waking never
/// visits: half a visit.
const PSEUDOCOUNT: f64 = 0.5;
/// Splits of waking into halves, for the floor.
const FLOOR_SPLITS: usize = 40;
/// Resamples that correct the divergence between two halves for bias.
const FLOOR_RESAMPLES: usize = 20;

/// The waking phase, to which rests are compared.
pub(super) struct Waking {
    counts: Vec<Vec<f64>>,
    pub(super) occupancy: Occupancy,
    family: ExponentFamily,
}

impl Waking {
    /// Simulates it.
    ///
    /// # Errors
    /// If there are fewer than two trials or rates run away.
    pub(super) fn of(
        network: &Network,
        trials: usize,
        bins: &Bins,
        bootstrap: &BootstrapSettings,
    ) -> Result<Self, Error> {
        let steps = network.experiment().time.steps;
        let wake = simulate::active(network, Trials { count: trials, steps }, Keep::Decoded)?;
        let counts = counts(&wake.decoded, bins);
        let occupancy = Occupancy::with(&counts, PSEUDOCOUNT, Sample::Active, bootstrap)?;
        let family = ExponentFamily::new(|exponent| Ok(tempered(&occupancy.observed, exponent)))?;
        Ok(Self { counts, occupancy, family })
    }

    /// The part `late: [trial, step, dim]` of a rest with noise of κ against p^(2/κ²).
    ///
    /// # Errors
    /// If there are fewer than two trials.
    pub(super) fn point(
        &self,
        noise_ratio: f64,
        late: &Array3<f32>,
        bins: &Bins,
        bootstrap: &BootstrapSettings,
    ) -> Result<NoiseScanPoint, Error> {
        let occupancy = Occupancy::new(&counts(late, bins), bootstrap)?;
        let exponent = 2.0 / (noise_ratio * noise_ratio);
        Ok(NoiseScanPoint {
            noise_ratio,
            observed: occupancy.observed.clone(),
            kl_from_prediction: occupancy.kl_from(&self.occupancy, |p| tempered(p, exponent))?,
            kl_from_waking: occupancy.kl_from(&self.occupancy, <[f64]>::to_vec)?,
            predicted: tempered(&self.occupancy.observed, exponent),
            exponent: occupancy.measured(|probabilities| self.family.nearest(probabilities))?,
        })
    }
}

/// Scans the amplitude of quiescent noise. Ratios refer to `sigma`, the waking amplitude per √s. `begin`
/// is called before waking (with `true`) and before each rest, and may end the scan.
///
/// # Errors
/// If there are fewer than two trials, rates run away, or `begin` fails.
pub(super) fn scan(
    network: &Network,
    sigma: f64,
    settings: &ExaminationSettings,
    bins: &Bins,
    bootstrap: &BootstrapSettings,
    begin: impl Fn(bool) -> Result<(), Error>,
) -> Result<NoiseScan, Error> {
    begin(true)?;
    let trials = settings.rest_trials;
    let waking = Waking::of(network, trials, bins, bootstrap)?;
    let points = settings
        .noise_ratios
        .iter()
        .map(|&noise_ratio| {
            begin(false)?;
            let start = Start::Encoded { trials };
            let setup = settings.rest(start, noise_ratio * sigma, settings.rest_steps);
            let rest = simulate::simulate(network, &setup, &())?.0;
            let late = rest.decoded.slice(s![.., settings.rest_steps / 2.., ..]).to_owned();
            waking.point(noise_ratio, &late, bins, bootstrap)
        })
        .collect::<Result<_, Error>>()?;
    Ok(NoiseScan {
        edges: bins.edges(),
        kl_floor: floor(&waking.counts, bootstrap)?,
        waking: waking.occupancy.observed,
        points,
    })
}

/// p^β, normalised.
fn tempered(law: &[f64], exponent: f64) -> Vec<f64> {
    let powers: Vec<f64> = law.iter().map(|&p| libm::pow(p, exponent)).collect();
    let total: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / total).collect()
}

/// KL between halves of waking, by the estimator for rest and waking.
fn floor(counts: &[Vec<f64>], bootstrap: &BootstrapSettings) -> Result<Option<Floor>, Error> {
    let half = counts.len() / 2;
    if half < 2 {
        return Ok(None);
    }
    let fewer = BootstrapSettings { resamples: FLOOR_RESAMPLES, ..*bootstrap };
    let estimates = (0..FLOOR_SPLITS)
        .map(|number| {
            let first = split(counts.len(), bootstrap.seed, number);
            let of = |keep: bool| -> Vec<Vec<f64>> {
                let kept = counts.iter().zip(&first).filter(|(_, first)| **first == keep);
                kept.map(|(counts, _)| counts.clone()).collect()
            };
            let other = Occupancy::with(&of(false), PSEUDOCOUNT, Sample::Active, &fewer)?;
            let found = Occupancy::new(&of(true), &fewer)?.kl_from(&other, <[f64]>::to_vec)?;
            Ok(found.value)
        })
        .collect::<Result<_, Error>>()?;
    Ok(Floor::of(estimates, half))
}

/// Visits of every bin, `[trial][bin]`.
fn counts(decoded: &Array3<f32>, bins: &Bins) -> Vec<Vec<f64>> {
    let of_trial = |trial: ndarray::ArrayView2<'_, f32>| {
        let mut counts = vec![0.0; bins.len()];
        for stimulus in trial.axis_iter(Axis(0)) {
            counts[bins.nearest(&stimulus.to_vec())] += 1.0;
        }
        counts
    };
    decoded.outer_iter().map(of_trial).collect()
}
