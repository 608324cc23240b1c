//! Networks from run folders, and what is kept of the recordings that they are trained on.

use std::path::PathBuf;

use super::{Event, Located, Observer, OpenError, Recordings};
use crate::experiment::Experiment;
use crate::network::Network;
use crate::run::{Checkpoint, RecordedPath, RecordingRecord, RunFolder, RunWriter, file_sha256};
use crate::task::{self, Task};

/// The network of a run.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The network at its latest checkpoint.
    pub network: Network,
    /// Where the recording that it is trained on was read, if that is elsewhere than the run says.
    pub recording_moved_to: Option<PathBuf>,
}

/// The network of a run at its latest checkpoint, with the motion that it is trained on.
///
/// # Errors
/// If the run has no checkpoint or a damaged one, its recording is gone, or its experiment was
/// changed.
pub fn open(folder: &RunFolder, recordings: &Recordings) -> Result<Opened, OpenError> {
    let Located { experiment, moved_to } = recordings.locate(folder)?;
    let network = at_checkpoint(folder, Network::untrained(&experiment)?)?;
    Ok(Opened { network, recording_moved_to: moved_to })
}

/// The same for what needs no motion: the recording of a run that is trained on one need not be
/// there, and no trial can be drawn.
///
/// # Errors
/// As [`open`].
pub fn open_at_rest(folder: &RunFolder, recordings: &Recordings) -> Result<Opened, OpenError> {
    let experiment = folder.experiment();
    // Damaged, or of a version that did not keep it: the recording itself tells.
    let Ok(Some(recorded)) = folder.recorded() else { return open(folder, recordings) };
    let task = task::build_without_motion(experiment, recorded.region())?;
    let network = at_checkpoint(folder, Network::untrained_for(experiment, task))?;
    Ok(Opened { network, recording_moved_to: None })
}

/// The network of a run, with its motion or without; says where its recording was read if that has
/// moved.
pub(super) fn network(
    folder: &RunFolder,
    recordings: &Recordings,
    moves: bool,
    observer: &dyn Observer,
) -> Result<Network, OpenError> {
    let Opened { network, recording_moved_to } =
        if moves { open(folder, recordings)? } else { open_at_rest(folder, recordings)? };
    if let Some(to) = &recording_moved_to {
        observer.event(&Event::RecordingMoved { run: folder, to });
    }
    Ok(network)
}

fn at_checkpoint(folder: &RunFolder, network: Network) -> Result<Network, OpenError> {
    let checkpoint = folder
        .latest_checkpoint(network.parameters().layout())?
        .ok_or_else(|| OpenError::NoCheckpoint { folder: folder.path().to_owned() })?;
    let network = with_own_cells(folder, &checkpoint, network)?;
    Ok(network.with_parameters(checkpoint.parameters))
}

/// The network with the target cells it was trained with: an imported one brings its own, all
/// others have those that the experiment draws.
///
/// # Errors
/// If they are not those of the checkpoint, or do not fit the experiment.
pub fn with_own_cells(
    folder: &RunFolder,
    checkpoint: &Checkpoint,
    network: Network,
) -> Result<Network, OpenError> {
    let cells = || checkpoint.cells.iter().copied();
    if folder.record().imported.is_none() {
        let now = network.task().preferred().iter().map(|value| value.to_bits());
        if !cells().map(f32::to_bits).eq(now) {
            return Err(OpenError::OtherCells { folder: folder.path().to_owned() });
        }
        return Ok(network);
    }
    network.with_cells(&cells().collect::<Vec<f32>>()).map_err(|error| OpenError::CellsDoNotFit {
        folder: folder.path().to_owned(),
        reason: Box::new(error),
    })
}

/// What is to be remembered of an experiment's recording: in `run.json` and in `recording.json`.
///
/// # Errors
/// If the recording cannot be read.
pub fn recording_of(
    experiment: &Experiment,
    task: &dyn Task,
) -> Result<Option<(RecordingRecord, RecordedPath)>, OpenError> {
    let Some(spec) = experiment.task.recording() else { return Ok(None) };
    let file_sha256 = file_sha256(&spec.file)
        .map_err(|source| OpenError::Unreadable { file: spec.file.clone(), source })?;
    let Some(path) = RecordedPath::of(task, &file_sha256) else { return Ok(None) };
    let origin_m = path.room.map_or(Vec::new(), |room| room.centre_m.to_vec());
    Ok(Some((RecordingRecord { file_sha256, origin_m }, path)))
}

/// Keeps what was found in the recording of a run that an earlier version began, or whose
/// `recording.json` is damaged.
///
/// # Errors
/// If it cannot be written.
pub fn keep_recorded(writer: &RunWriter, network: &Network) -> Result<(), OpenError> {
    if let Some(known) = &writer.record().recording
        && !matches!(writer.recorded(), Ok(Some(_)))
        && let Some(path) = RecordedPath::of(network.task().as_ref(), &known.file_sha256)
    {
        writer.write_recorded(&path)?;
    }
    Ok(())
}
