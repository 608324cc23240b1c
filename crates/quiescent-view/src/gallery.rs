//! The networks that can be looked at, shared by everyone who looks.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use quiescent::analysis::Error;
use quiescent::network::Network;

use crate::scene::Scene;

/// Networks by name.
#[derive(Debug)]
pub struct Gallery {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    name: String,
    now: Mutex<Now>,
}

#[derive(Debug)]
struct Now {
    hung: Hung,
    /// Whatever there is to say of its training, as JSON.
    training: Option<Arc<str>>,
}

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
            now: Mutex::new(Now { hung: Hung::new(network), training: None }),
        };
        Self { entries: networks.into_iter().map(entry).collect() }
    }

    /// Replaces a network by a later one of the same run. Those who look at it see the later one.
    pub fn replace(&self, place: usize, network: Network) {
        if let Some(entry) = self.entries.get(place) {
            locked(&entry.now).hung = Hung::new(network);
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

    pub(crate) fn training(&self, place: usize) -> Option<Arc<str>> {
        locked(&self.entries.get(place)?.now).training.clone()
    }
}

/// No one leaves anything half done.
fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
