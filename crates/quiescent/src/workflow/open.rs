//! Networks from run folders, and the stored facts about the recordings that they are trained on.

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
    /// Path from which its recording was read, if it is not the path that the run names.
    pub recording_moved_to: Option<PathBuf>,
}

/// Opens the network of a run at its latest checkpoint, with the motion that it is trained on.
///
/// # Errors
/// If the run has no checkpoint or a damaged one, its recording is gone, or its experiment was
/// changed.
pub fn open(folder: &RunFolder, recordings: &Recordings) -> Result<Opened, OpenError> {
    let Located { experiment, moved_to } = recordings.locate(folder)?;
    let network = at_checkpoint(folder, Network::untrained(&experiment)?)?;
    Ok(Opened { network, recording_moved_to: moved_to })
}

/// Opens the network of a run without its motion. The recording of the run need not be available,
/// and no trial can be drawn.
///
/// # Errors
/// As [`open`].
pub fn open_at_rest(folder: &RunFolder, recordings: &Recordings) -> Result<Opened, OpenError> {
    let experiment = folder.experiment();
    // The file is damaged, or an earlier version did not write it, so the recording itself is
    // read.
    let Ok(Some(recorded)) = folder.recorded() else { return open(folder, recordings) };
    let task = task::build_without_motion(experiment, recorded.region())?;
    let network = at_checkpoint(folder, Network::untrained_for(experiment, task))?;
    Ok(Opened { network, recording_moved_to: None })
}

/// Opens the network of a run with or without its motion, and reports the path of a recording
/// that has moved.
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
    Ok(network.with_parameters(checkpoint.parameters)?)
}

/// The network with the target cells it was trained with. An imported network brings its own
/// cells; the experiment draws all others.
///
/// # Errors
/// If the cells differ from those of the checkpoint, or do not fit the experiment.
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

/// The facts about an experiment's recording to be stored in `run.json` and `recording.json`.
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

/// Stores the facts about a run's recording if an earlier version began the run or its
/// `recording.json` is damaged.
///
/// # Errors
/// If the file cannot be written.
pub fn keep_recorded(writer: &RunWriter, network: &Network) -> Result<(), OpenError> {
    if let Some(known) = &writer.record().recording
        && !matches!(writer.recorded(), Ok(Some(_)))
        && let Some(path) = RecordedPath::of(network.task().as_ref(), &known.file_sha256)
    {
        writer.write_recorded(&path)?;
    }
    Ok(())
}
