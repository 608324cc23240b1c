//! Phases and measurements of trained runs, made where they are missing.

use crate::failure::Failure;
use crate::simulate::{start_of, trained};
use quiescent::phases::{self, Keep, Trials};
use quiescent::run::{Analysis, Measurement, RunWriter, SCHEMA_VERSION};

/// Name of the divergence between a run's own phases.
pub(crate) const KL: &str = "kl_quiescent_from_active";
/// Steps between two kept hidden states: enough points for a projection, small files.
const STATE_STRIDE: usize = 5;

/// An analysis without measurements.
pub(crate) fn empty() -> Analysis {
    Analysis { schema_version: SCHEMA_VERSION, measurements: Vec::new() }
}

/// The measurement of that name.
pub(crate) fn find<'a>(analysis: &'a Analysis, name: &str) -> Option<&'a Measurement> {
    analysis.measurements.iter().find(|measurement| measurement.name == name)
}

/// Simulates both phases of every run, as its experiment says.
pub(crate) fn phases_and_analysis(runs: &[(&str, RunWriter)]) -> Result<(), Failure> {
    for (_, writer) in runs {
        let network = trained(writer)?;
        let experiment = network.experiment();
        let rest = &experiment.rest;
        let keep = Keep::States { stride: STATE_STRIDE };
        let trials = Trials { count: rest.trials, steps: experiment.time.steps };
        let wake = phases::active(&network, trials, keep);
        let start = start_of(&network, rest.start, rest.trials, Some(&wake));
        let quiet = phases::quiescent(&network, &start, rest.noise, rest.steps, keep);
        writer.write_phase("active", &wake)?;
        writer.write_phase("quiescent", &quiet)?;
        writer.write_analysis(&empty())?;
    }
    Ok(())
}
