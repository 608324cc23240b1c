//! Quiescence of a network at several temperatures against p^(2/κ²).

use ndarray::{Array3, Axis, s};

use super::bins::Bins;
use super::temperature::{ExponentFamily, Occupancy};
use super::{Error, ExaminationSettings, SweepPoint, SweepResult};
use crate::analysis::bootstrap::BootstrapSettings;
use crate::bounded;
use crate::experiment::QuiescentNoise;
use crate::network::Network;
use crate::phases::{Keep, Start, Trials};

/// What is added to the count of every bin of p, so that p^β is defined where waking never was:
/// half a visit.
const PSEUDOCOUNT: f64 = 0.5;

/// Sweeps the amplitude of quiescent noise. `sigma` per √s is the waking one that ratios refer to.
///
/// # Errors
/// If there are fewer than two trials, or rates run away.
pub(super) fn sweep(
    network: &Network,
    sigma: f64,
    settings: &ExaminationSettings,
    bins: &Bins,
    bootstrap: &BootstrapSettings,
) -> Result<SweepResult, Error> {
    let trials = settings.rest_trials;
    let steps = network.experiment().time.steps;
    let wake = bounded::active(network, Trials { count: trials, steps }, Keep::Decoded)?;
    let waking: Vec<f64> = {
        let counts = counts(&wake.decoded, bins);
        let total: Vec<f64> = (0..bins.len())
            .map(|bin| PSEUDOCOUNT + counts.iter().map(|trial| trial[bin]).sum::<f64>())
            .collect();
        let all: f64 = total.iter().sum();
        total.into_iter().map(|count| count / all).collect()
    };
    let law = |exponent: f64| -> Result<Vec<f64>, Error> {
        let powers: Vec<f64> = waking.iter().map(|p| p.powf(exponent)).collect();
        let total: f64 = powers.iter().sum();
        Ok(powers.into_iter().map(|power| power / total).collect())
    };
    let family = ExponentFamily::new(law)?;
    let points = settings
        .noise_ratios
        .iter()
        .map(|&noise_ratio| {
            let rest = bounded::quiescent(
                network,
                &Start::Encoded { trials },
                QuiescentNoise::Sigma(noise_ratio * sigma),
                settings.rest_steps,
                Keep::Decoded,
            )?;
            let late = rest.decoded.slice(s![.., settings.rest_steps / 2.., ..]).to_owned();
            let occupancy = Occupancy::new(&counts(&late, bins), bootstrap)?;
            let predicted = law(2.0 / (noise_ratio * noise_ratio))?;
            Ok(SweepPoint {
                noise_ratio,
                observed: occupancy.observed.clone(),
                kl_from_prediction: occupancy.kl(&predicted)?,
                kl_from_waking: occupancy.kl(&waking)?,
                predicted,
                exponent: occupancy.measured(|probabilities| family.nearest(probabilities))?,
            })
        })
        .collect::<Result<_, Error>>()?;
    Ok(SweepResult { edges: bins.edges(), waking, points })
}

/// Visits of every bin, `[trial][bin]`.
fn counts(decoded: &Array3<f32>, bins: &Bins) -> Vec<Vec<f64>> {
    let of_trial = |trial: ndarray::ArrayView2<'_, f32>| {
        let mut counts = vec![0.0; bins.len()];
        for stimulus in trial.axis_iter(Axis(0)) {
            counts[bins.of(&stimulus.to_vec())] += 1.0;
        }
        counts
    };
    decoded.outer_iter().map(of_trial).collect()
}
