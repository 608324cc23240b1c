//! Run folders of networks that were trained elsewhere.

use std::path::Path;

use super::chance::{chance, test_result};
use super::{Error, recording_of};
use crate::measure::LEARNED;
use crate::network::{Network, Parameters};
use crate::run::{
    Chance, Checkpoint, ImportRecord, ImportTracking, MetricsLine, RunFolder, Status,
};
use crate::simulate::{self, Keep, Trials};
use crate::training::evaluate;

/// How a network does on the test motion of its experiment, beside two networks that know nothing.
/// Also returns why it is unstable, if its rates run away.
pub fn tracking(network: &Network) -> (ImportTracking, Option<String>) {
    let own = test_result(evaluate(network));
    let Chance { constant, untrained } = chance(network);
    let experiment = network.experiment();
    let trials = Trials { count: experiment.training.test_trials, steps: experiment.time.steps };
    let unstable = match simulate::active(network, trials, Keep::Decoded) {
        Err(error) => Some(error.to_string()),
        Ok(_) if !own.loss.is_finite() => Some("its outputs are too large for numbers".to_owned()),
        Ok(_) => None,
    };
    let best = constant.decode_error.min(untrained.decode_error);
    // An error that is no number is not below anything.
    let tracks = unstable.is_none() && own.decode_error < LEARNED * best;
    (ImportTracking { network: own, constant, untrained, tracks }, unstable)
}

/// Writes the run folder of a network that was trained elsewhere, whole or not at all. Its status
/// is `diverged` if the network is `unstable`.
///
/// # Errors
/// If the folder is not new or empty, or cannot be written, or the recording of the network's
/// experiment cannot be read.
pub fn keep_imported(
    folder: &Path,
    network: &Network,
    imported: ImportRecord,
    unstable: bool,
) -> Result<(), Error> {
    let experiment = network.experiment();
    let tested = imported.tracking.map(|tracking| tracking.network);
    let (recording, path) = recording_of(experiment, network.task().as_ref())?.unzip();
    let zeros = Parameters::zeros(network.parameters().layout());
    let checkpoint = Checkpoint {
        batch: 0,
        training_s: 0.0,
        adam_step: 0,
        parameters: network.parameters().clone(),
        adam_m: zeros.clone(),
        adam_v: zeros,
        cells: network.cells(),
    };
    let line = MetricsLine {
        batch: 0,
        // What it was trained on is not known.
        train_loss: f64::NAN,
        test_loss: tested.map(|tested| tested.loss),
        decode_error: tested.map(|tested| tested.decode_error),
        decode_error_unit: Some(network.task().space().unit().to_owned()),
        wall_s: 0.0,
    };
    RunFolder::create_whole(folder, experiment, |writer| {
        writer.save_checkpoint(&checkpoint, &[])?;
        if let Some(path) = &path {
            writer.write_recorded(path)?;
        }
        writer.append_metrics(&line)?;
        writer.update_record(|record| {
            record.status = if unstable { Status::Diverged } else { Status::Finished };
            record.threads = rayon::current_num_threads();
            record.recording = recording;
            record.imported = Some(imported);
        })
    })?;
    Ok(())
}
