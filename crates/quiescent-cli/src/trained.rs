//! Networks from run folders, and what is kept of the recordings that they are trained on.

use crate::failure::Failure;
use crate::recordings::Recordings;
use ndarray::Array2;
use quiescent::experiment::Experiment;
use quiescent::network::Network;
use quiescent::run::{
    Checkpoint, RecordedPath, RecordingRecord, RunFolder, RunWriter, file_sha256,
};
use quiescent::task::{self, Task};

/// The network of a run at its latest checkpoint, with the motion that it is trained on.
pub(crate) fn network(folder: &RunFolder, recordings: &Recordings) -> Result<Network, Failure> {
    let network = Network::untrained(&recordings.locate(folder)?)?;
    at_checkpoint(folder, network)
}

/// The same for what needs no motion: the recording of a run that is trained on one need not be
/// there, and no trial can be drawn.
pub(crate) fn network_at_rest(
    folder: &RunFolder,
    recordings: &Recordings,
) -> Result<Network, Failure> {
    let experiment = folder.experiment();
    // Damaged, or of a version that did not keep it: the recording itself tells.
    let Ok(Some(recorded)) = folder.recorded() else { return network(folder, recordings) };
    let task = task::build_without_motion(experiment, recorded.region())?;
    at_checkpoint(folder, Network::untrained_for(experiment, task))
}

fn at_checkpoint(folder: &RunFolder, network: Network) -> Result<Network, Failure> {
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

/// What is to be remembered of an experiment's recording: in `run.json` and in `recording.json`.
pub(crate) fn recording(
    experiment: &Experiment,
    task: &dyn Task,
) -> Result<Option<(RecordingRecord, RecordedPath)>, Failure> {
    let Some(spec) = experiment.task.recording() else { return Ok(None) };
    let file_sha256 = file_sha256(&spec.file)
        .map_err(|error| Failure::Data(format!("cannot read {}: {error}", spec.file.display())))?;
    let Some(path) = RecordedPath::of(task, &file_sha256) else { return Ok(None) };
    let origin_m = path.room.map_or(Vec::new(), |room| room.centre_m.to_vec());
    Ok(Some((RecordingRecord { file_sha256, origin_m }, path)))
}

/// Keeps what was found in the recording of a run that an earlier version began, or whose
/// `recording.json` is damaged.
pub(crate) fn keep_recorded(writer: &RunWriter, network: &Network) -> Result<(), Failure> {
    if let Some(known) = &writer.record().recording
        && !matches!(writer.recorded(), Ok(Some(_)))
        && let Some(path) = RecordedPath::of(network.task().as_ref(), &known.file_sha256)
    {
        writer.write_recorded(&path)?;
    }
    Ok(())
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
    let (values, dim) = (network.task().preferred(), network.task().space().dim());
    // The slice holds whole rows, so the shape always fits.
    Array2::from_shape_vec((values.len() / dim, dim), values.to_vec()).unwrap_or_default()
}
