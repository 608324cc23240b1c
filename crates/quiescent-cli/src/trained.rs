//! Networks from run folders, and what the command line says where they cannot be had.

use crate::failure::Failure;
use crate::recordings::{Recordings, say_moved};
use quiescent::network::Network;
use quiescent::run::RunFolder;
use quiescent::workflow::{self, OpenError, Opened};

/// The network of a run at its latest checkpoint, with the motion that it is trained on.
pub(crate) fn network(folder: &RunFolder, recordings: &Recordings) -> Result<Network, Failure> {
    opened(folder, recordings, workflow::open(folder, &recordings.named()))
}

/// The same for what needs no motion: the recording of a run that is trained on one need not be
/// there, and no trial can be drawn.
pub(crate) fn network_at_rest(
    folder: &RunFolder,
    recordings: &Recordings,
) -> Result<Network, Failure> {
    opened(folder, recordings, workflow::open_at_rest(folder, &recordings.named()))
}

fn opened(
    folder: &RunFolder,
    recordings: &Recordings,
    found: Result<Opened, OpenError>,
) -> Result<Network, Failure> {
    let Opened { network, recording_moved_to } =
        found.map_err(|error| recordings.failure(error))?;
    say_moved(folder, recording_moved_to.as_deref());
    Ok(network)
}
