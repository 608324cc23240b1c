//! The networks that can be looked at, shared by everyone who looks.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use ndarray::Array3;
use quiescent::analysis::Error;
use quiescent::network::Network;

use crate::scene::Scene;

/// Networks by name.
pub struct Gallery {
    entries: Vec<Entry>,
}

struct Entry {
    name: String,
    now: Mutex<Now>,
}

struct Now {
    hung: Hung,
    /// Whatever there is to say of its training, as JSON.
    training: Option<Arc<str>>,
    /// Reads the quiescent phase that was kept after so many batches.
    emerged: Option<Arc<Emerged>>,
}

/// Decoded values `[trial, step, dim]` by batch; none if there are none.
pub type Emerged = dyn Fn(u64) -> Option<Array3<f32>> + Send + Sync;

/// A network, and its active phase as soon as someone has looked at it.
#[derive(Debug, Clone)]
pub(crate) struct Hung {
    pub(crate) network: Arc<Network>,
    scene: Arc<OnceLock<Result<Arc<Scene>, Error>>>,
}

impl Hung {
    fn new(network: Network) -> Self {
        Self { network: Arc::new(network), scene: Arc::default() }
    }

    /// The active phase. It is simulated for the first who asks; others wait.
    pub(crate) fn scene(&self) -> Result<Arc<Scene>, Error> {
        self.scene.get_or_init(|| Scene::of(&self.network).map(Arc::new)).clone()
    }

    /// Whether it is the same one.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.network, &other.network)
    }
}

impl Gallery {
    /// Networks with their names, at least one.
    pub fn new(networks: impl IntoIterator<Item = (String, Network)>) -> Self {
        let entry = |(name, network)| Entry {
            name,
            now: Mutex::new(Now { hung: Hung::new(network), training: None, emerged: None }),
        };
        Self { entries: networks.into_iter().map(entry).collect() }
    }

    /// Replaces a network by a later one of the same run. Those who look at it see the later one.
    pub fn replace(&self, place: usize, network: Network) {
        if let Some(entry) = self.entries.get(place) {
            locked(&entry.now).hung = Hung::new(network);
        }
    }

    /// Says how phases that were kept in the course of training are read.
    pub fn set_emerged(&self, place: usize, emerged: Arc<Emerged>) {
        if let Some(entry) = self.entries.get(place) {
            locked(&entry.now).emerged = Some(emerged);
        }
    }

    /// Says how training goes, as JSON.
    pub fn set_training(&self, place: usize, training: &serde_json::Value) {
        if let Some(entry) = self.entries.get(place) {
            locked(&entry.now).training = Some(training.to_string().into());
        }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| &entry.name[..])
    }

    pub(crate) fn network(&self, place: usize) -> Option<Hung> {
        Some(locked(&self.entries.get(place)?.now).hung.clone())
    }

    pub(crate) fn emerged(&self, place: usize, batch: u64) -> Option<Array3<f32>> {
        let read = locked(&self.entries.get(place)?.now).emerged.clone()?;
        read(batch)
    }

    pub(crate) fn training(&self, place: usize) -> Option<Arc<str>> {
        locked(&self.entries.get(place)?.now).training.clone()
    }
}

impl std::fmt::Debug for Gallery {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.names()).finish()
    }
}

/// No one leaves anything half done.
fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
