//! Networks from run folders, and whether what they were trained on is still there.

use crate::failure::Failure;
use ndarray::Array2;
use quiescent::experiment::Experiment;
use quiescent::network::Network;
use quiescent::run::{Checkpoint, RecordingRecord, RunFolder, file_sha256};
use quiescent::task::Task;

/// The network of a run at its latest checkpoint.
pub(crate) fn network(folder: &RunFolder) -> Result<Network, Failure> {
    let network = Network::untrained(folder.experiment())?;
    check_recording(folder)?;
    let checkpoint = folder.latest_checkpoint(network.parameters().layout())?.ok_or_else(|| {
        let path = folder.path().display();
        Failure::Data(format!(
            "{path} has no checkpoint yet: go on with its training first: quiescent train --resume \
             --out {path}"
        ))
    })?;
    let network = with_own_cells(folder, &checkpoint, network)?;
    Ok(network.with_parameters(checkpoint.parameters))
}

/// The network with the target cells it was trained with: an imported one brings its own, all
/// others have those that the experiment draws.
pub(crate) fn with_own_cells(
    folder: &RunFolder,
    checkpoint: &Checkpoint,
    network: Network,
) -> Result<Network, Failure> {
    if folder.record().imported.is_none() {
        check_cells(folder, checkpoint, network.task().as_ref())?;
        return Ok(network);
    }
    let cells: Vec<f32> = checkpoint.cells.iter().copied().collect();
    network.with_cells(&cells).map_err(|error| {
        Failure::Data(format!(
            "the target cells of {} do not fit its experiment.yml, which was changed: {error}",
            folder.path().display()
        ))
    })
}

/// What is to be remembered of an experiment's recording.
pub(crate) fn recording(
    experiment: &Experiment,
    task: &dyn Task,
) -> Result<Option<RecordingRecord>, Failure> {
    let Some(spec) = experiment.task.recording() else { return Ok(None) };
    let file_sha256 = file_sha256(&spec.file)
        .map_err(|error| Failure::Data(format!("cannot read {}: {error}", spec.file.display())))?;
    // The task puts the middle of a path's extent at its own origin.
    let extent = task.recording().map(|report| report.extent.as_slice()).unwrap_or_default();
    let origin_m = match task.arena() {
        Some(_) => extent.iter().map(|span| (span.min + span.max) / 2.0).collect(),
        None => Vec::new(),
    };
    Ok(Some(RecordingRecord { file_sha256, origin_m }))
}

/// Refuses a recording that is no longer the one that the run was begun with.
pub(crate) fn check_recording(folder: &RunFolder) -> Result<(), Failure> {
    let spec = folder.experiment().task.recording();
    let (Some(spec), Some(known)) = (spec, &folder.record().recording) else { return Ok(()) };
    let path = spec.file.display();
    match file_sha256(&spec.file) {
        Ok(now) if now == known.file_sha256 => Ok(()),
        Ok(_) => Err(Failure::Data(format!(
            "{path} is not the recording that {} was trained on (its contents have changed): put \
             the old file back, or train anew",
            folder.path().display()
        ))),
        Err(error) => Err(Failure::Data(format!("cannot read {path}: {error}"))),
    }
}

/// Refuses a checkpoint whose target cells are not those of the task as it is drawn now.
fn check_cells(
    folder: &RunFolder,
    checkpoint: &Checkpoint,
    task: &dyn Task,
) -> Result<(), Failure> {
    let now = task.preferred().iter().map(|value| value.to_bits());
    if checkpoint.cells.iter().map(|value| value.to_bits()).eq(now) {
        return Ok(());
    }
    Err(Failure::Data(format!(
        "the target cells of {} are not those that its network was trained with: it is of another \
         version of the program, or its experiment.yml was changed",
        folder.path().display()
    )))
}

/// Preferred stimuli of the target cells, `[cell, dim]`.
pub(crate) fn preferred(network: &Network) -> Array2<f32> {
    let (values, dim) = (network.task().preferred(), network.task().stimulus_dim());
    // The slice holds whole rows, so the shape always fits.
    Array2::from_shape_vec((values.len() / dim, dim), values.to_vec()).unwrap_or_default()
}
