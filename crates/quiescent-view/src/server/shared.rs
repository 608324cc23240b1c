//! What all connections share.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::doors::Doors;
use crate::gallery::Gallery;

/// How long connections may be silent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// For the head of a request, or the next request of a connection.
    pub(super) head: Duration,
    /// Between two pings, which browsers answer by themselves.
    pub(super) ping: Duration,
    /// For anything from a session, such as the answer to a ping.
    pub(super) silence: Duration,
}

impl Patience {
    pub(super) const USUAL: Self = Self {
        head: Duration::from_secs(10),
        ping: Duration::from_secs(15),
        silence: Duration::from_secs(40),
    };
}

/// What all connections share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) gallery: Arc<Gallery>,
    pub(super) doors: Doors,
    pub(super) sessions: Arc<Semaphore>,
    pub(super) patience: Patience,
}
