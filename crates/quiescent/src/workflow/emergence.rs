//! A small quiescent phase of a network in training, and whether it revisits the active states by then.

use super::start_of;
use crate::analysis::Missing;
use crate::experiment::RestSpec;
use crate::measure::{self, Settings};
use crate::network::Network;
use crate::run::Emergence;
use crate::simulate::{self, Drive, Keep, Phase, Setup, Trials};

/// Most trials and steps of the quiescent phase.
const TRIALS: usize = 100;
const STEPS: usize = 200;
/// Resamples of an interval, and random halves for a floor.
const RESAMPLES: usize = 100;

/// Lets a network rest as its experiment says, with at most 100 trials of 200 steps, and compares that with as many
/// active trials. The quiescent phase is none if rates run away, as they may early in training.
pub(super) fn emergence(network: &Network, batch: u64) -> (Emergence, Option<Phase>) {
    let experiment = network.experiment();
    let rest = RestSpec { trials: experiment.rest.trials.min(TRIALS), ..experiment.rest.clone() };
    let phases = || -> Result<(Phase, Phase), Missing> {
        let trials = Trials { count: rest.trials, steps: experiment.time.steps };
        let active = simulate::active(network, trials, Keep::Decoded)?;
        let setup = Setup {
            drive: Drive::Silent,
            start: start_of(network, &rest, Some(&active)),
            noise: rest.noise,
            dynamics: rest.dynamics(),
            steps: rest.steps.min(STEPS),
            keep: Keep::Decoded,
            seed: None,
        };
        let quiescent = simulate::simulate_part(network, &setup, &())?.0;
        Ok((active, quiescent))
    };
    let (reactivation, quiescent) = match phases() {
        Ok((active, quiescent)) => {
            let settings =
                Settings { seed: experiment.seed, resamples: RESAMPLES, ..Settings::default() };
            let space = network.task().space();
            let (active, decoded) = (active.decoded.view(), quiescent.decoded.view());
            let found = measure::reactivation(active, decoded, space, &settings);
            (found.map_err(Missing::from), Some(quiescent))
        }
        Err(missing) => (Err(missing), None),
    };
    (Emergence { batch, reactivation }, quiescent)
}
