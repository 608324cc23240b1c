//! Runs that may still be in training: their latest network, and how training goes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use quiescent::network::Network;
use quiescent::run::{Emergence, RunFolder, RunRecord, Status};
use quiescent::workflow::{self, Learned, OpenError, Recordings};
use serde_json::json;

use crate::gallery::Gallery;

/// Most tests of a run that are shown.
const MOST_TESTS: usize = 500;

/// A run in a gallery, in the place that it has there.
#[derive(Debug)]
pub struct Followed {
    path: PathBuf,
    recordings: Recordings,
    /// The batch and hash of the checkpoint that is shown.
    shown: (u64, String),
    /// The last line of its metrics that was told.
    told: Option<u64>,
}

impl Followed {
    /// Opens a run at its latest checkpoint, or as it is before training if there is none yet.
    ///
    /// # Errors
    /// As [`workflow::open`].
    pub fn open(path: &Path, recordings: &Recordings) -> Result<(Self, Network), workflow::Error> {
        let folder = RunFolder::open(path)?;
        let network = network(&folder, recordings)?;
        let shown = checkpoint(folder.record());
        let (path, recordings) = (path.to_owned(), recordings.clone());
        Ok((Self { path, recordings, shown, told: None }, network))
    }

    /// Lets a gallery read the quiescent phases that the run keeps.
    pub fn lend(&self, gallery: &Gallery, place: usize) {
        let path = self.path.clone();
        let read = move |batch| {
            let phase = RunFolder::open(&path).ok()?.emergence_phase(batch).ok()??;
            Some(phase.decoded)
        };
        gallery.set_emerged(place, Arc::new(read));
    }

    /// Looks whether there is more, and shows it in a place of a gallery. What cannot be read now, such as a file that is
    /// being replaced, is looked at again next time.
    pub fn look(&mut self, gallery: &Gallery, place: usize) {
        let Ok(folder) = RunFolder::open(&self.path) else { return };
        let shown = checkpoint(folder.record());
        if shown != self.shown
            && let Ok(network) = network(&folder, &self.recordings)
        {
            gallery.replace(place, network);
            self.shown = shown;
            self.told = None;
        }
        let Ok(lines) = folder.metrics() else { return };
        let Some(last) =
            lines.last().map(|line| line.batch).filter(|&last| self.told != Some(last))
        else {
            return;
        };
        self.told = Some(last);
        let tests = some(lines.iter().filter_map(|line| Some((line.batch, line.decode_error?))));
        if tests.is_empty() {
            return;
        }
        let learned = Learned::of_run(&folder);
        gallery.set_training(
            place,
            &json!({
                "type": "training",
                "batch": last,
                "batches": folder.experiment().training.batches,
                "checkpoint": self.shown.0,
                "going": folder.record().status == Status::Running,
                "unit": lines.iter().find_map(|line| line.decode_error_unit.as_deref()),
                "tests": tests,
                "losses": some(lines.iter().map(|line| (line.batch, line.train_loss))),
                "chance": learned.map(|learned| learned.constant_answer_error),
                "learned": learned.map(|learned| learned.verdict),
                "emergence": emergence(&folder),
            }),
        );
    }
}

/// At most [`MOST_TESTS`] numbers by batch, evenly chosen; the last one is always there.
fn some(all: impl Iterator<Item = (u64, f64)>) -> Vec<(u64, f64)> {
    let all: Vec<(u64, f64)> = all.filter(|(_, value)| value.is_finite()).collect();
    let every = all.len().div_ceil(MOST_TESTS).max(1);
    all.into_iter().rev().step_by(every).collect::<Vec<_>>().into_iter().rev().collect()
}

/// KL(quiescent‖active) of small quiescent phases in nats, its interval and floor, and how much of the variance of all
/// trials a quiescent and an active one cover, by batch.
fn emergence(folder: &RunFolder) -> Vec<serde_json::Value> {
    let found = folder.emergence().unwrap_or_default();
    let of = |at: &Emergence| {
        let found = at.reactivation.as_ref().ok()?;
        let kl = &found.kl_quiescent_from_active;
        let floor = kl.floor.map(|floor| floor.upper);
        let [rest, active] = [&found.quiescent, &found.active]
            .map(|phase| phase.variance_ratio.map(|ratio| ratio.value));
        Some(json!([at.batch, kl.nats, kl.interval.low, kl.interval.high, floor, rest, active]))
    };
    found.iter().filter_map(of).collect()
}

fn checkpoint(record: &RunRecord) -> (u64, String) {
    (record.batch, record.parameters_sha256.clone().unwrap_or_default())
}

fn network(folder: &RunFolder, recordings: &Recordings) -> Result<Network, workflow::Error> {
    match workflow::open(folder, recordings) {
        Ok(opened) => Ok(opened.network),
        Err(OpenError::NoCheckpoint { .. }) => {
            Ok(Network::untrained(folder.experiment()).map_err(OpenError::from)?)
        }
        Err(error) => Err(error.into()),
    }
}
