//! The map of a run's ways to rest, kept in its folder and drawn up once.

use std::ops::ControlFlow;

use super::open::network;
use super::results::{current_rest_map, stored};
use super::{Error, Event, Observer, Recordings, keep_recorded};
use crate::rest_map::{self, RestMap, RestMapSettings};
use crate::run::RunWriter;

/// The map of a run's ways to rest, read from its folder or else drawn up and written there, unless the folder
/// holds a larger one. The observer is told of it as of an examination.
///
/// # Errors
/// If a setting is out of range, the network cannot be loaded, its active phase runs away, the observer ends the
/// work, or the folder cannot be read or written.
pub fn map_rest(
    writer: &RunWriter,
    settings: &RestMapSettings,
    recordings: &Recordings,
    observer: &dyn Observer,
) -> Result<RestMap, Error> {
    let failed = |source| Error::Simulation { folder: writer.path().to_owned(), source };
    settings.check(writer.experiment().time.dt_s).map_err(failed)?;
    if let Some(found) = current_rest_map(writer, Some(settings))? {
        return Ok(found);
    }
    let network = network(writer, recordings, true, observer)?;
    keep_recorded(writer, &network)?;
    let found = rest_map::rest_map(&network, settings, &mut |done| {
        observer.event(&Event::Examining { run: writer, done });
        if observer.cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .map_err(|missing| Error::Unmeasured { folder: writer.path().to_owned(), missing })?;
    let kept = current_rest_map(writer, None)?;
    if kept.is_none_or(|kept| kept.simulated() <= found.simulated()) {
        writer.write_result(&stored(found.clone(), writer))?;
    }
    Ok(found)
}
