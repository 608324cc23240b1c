//! The thread that simulates for one connection. Its frames go into a place for one, where a later frame replaces one that was not
//! fetched: a slow connection misses frames, and neither slows the simulation nor fills memory.

use std::sync::Arc;
use std::sync::mpsc::{
    Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, sync_channel,
};
use std::thread;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use tokio::sync::{mpsc, watch};

use crate::gallery::Gallery;
use crate::session::{Outgoing, Session};

/// Requests and replies that may wait.
const WAITING: usize = 64;
/// Time between two frames.
const TICK: Duration = Duration::from_millis(20);
/// Time between two looks at how training goes, while nothing is played.
const NEWS: Duration = Duration::from_millis(500);

/// A simulation's thread, from the connection's side.
pub(super) struct Worker {
    requests: SyncSender<String>,
    /// Replies, or why the connection has to end.
    pub(super) replies: mpsc::Receiver<Result<String, String>>,
    /// The latest frame.
    pub(super) frame: watch::Receiver<Option<Bytes>>,
}

impl Worker {
    /// Passes a request on.
    ///
    /// # Errors
    /// If too many wait already, or the thread has ended.
    pub(super) fn ask(&self, request: String) -> Result<(), TrySendError<String>> {
        self.requests.try_send(request)
    }
}

/// Begins a session on a thread of its own, which ends with the connection.
pub(super) fn begin(gallery: Arc<Gallery>) -> Worker {
    let (requests, asked) = sync_channel(WAITING);
    let (replier, replies) = mpsc::channel(WAITING);
    let (shower, frame) = watch::channel(None);
    let ways = Ways { asked, replier, shower };
    let started = thread::Builder::new().name("quiescent-view-session".into());
    // Without a thread both channels are closed, and so is the connection.
    let _ = started.spawn(move || ways.run(gallery));
    Worker { requests, replies, frame }
}

struct Ways {
    asked: Receiver<String>,
    replier: mpsc::Sender<Result<String, String>>,
    shower: watch::Sender<Option<Bytes>>,
}

impl Ways {
    fn run(&self, gallery: Arc<Gallery>) {
        let (mut session, hello) = Session::new(gallery);
        if !self.send(hello) {
            return;
        }
        let mut last = Instant::now();
        loop {
            // Whatever was asked for comes first.
            loop {
                match self.asked.try_recv() {
                    Ok(request) => {
                        if !self.answer(&mut session, &request) {
                            return;
                        }
                    }
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return,
                }
            }
            let now = Instant::now();
            let out = session.pass(now - last);
            last = now;
            if !out.into_iter().all(|out| self.send(out)) {
                return;
            }
            let pause = if session.is_playing() { TICK } else { NEWS };
            match self.asked.recv_timeout(pause.saturating_sub(now.elapsed())) {
                Ok(request) => {
                    if !self.answer(&mut session, &request) {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Whether it goes on.
    fn answer(&self, session: &mut Session, request: &str) -> bool {
        match session.receive(request) {
            Ok(out) => out.into_iter().all(|out| self.send(out)),
            Err(malformed) => {
                let _ = self.replier.try_send(Err(malformed.0));
                false
            }
        }
    }

    /// Whether it went out: it did not if the connection is gone, or does not take its replies.
    fn send(&self, out: Outgoing) -> bool {
        match out {
            Outgoing::Text(text) => {
                // A frame that was made before a reply, perhaps of another network, does not follow it.
                self.shower.send_replace(None);
                self.replier.try_send(Ok(text)).is_ok()
            }
            Outgoing::Frame(bytes) => self.shower.send(Some(bytes.into())).is_ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use quiescent::experiment::Experiment;
    use quiescent::network::Network;

    /// What is not fetched is replaced: the simulation goes on, and one frame waits.
    #[test]
    fn a_slow_connection_misses_frames() {
        let experiment = Experiment::named("demo/spatial/noisy_unbiased").unwrap();
        let network = Network::untrained(&experiment.with("network.units=8").unwrap()).unwrap();
        let mut worker = begin(Arc::new(Gallery::new([("a".to_owned(), network)])));
        for request in [
            r#"{"type":"choose","run":0}"#,
            r#"{"type":"speed","steps_per_s":1000}"#,
            r#"{"type":"play"}"#,
        ] {
            worker.ask(request.to_owned()).unwrap();
        }
        let step = |frame: &Bytes| u32::from_le_bytes(frame[8..12].try_into().unwrap());
        let began = Instant::now();
        let mut last = 0;
        while last < 200 {
            assert!(began.elapsed() < Duration::from_secs(60), "it stands at {last}");
            thread::sleep(Duration::from_millis(20));
            last = worker.frame.borrow().as_ref().map_or(0, step);
        }
        let fetched = worker.frame.borrow_and_update().clone().unwrap();
        assert!(step(&fetched) >= 200, "the latest one waits, and none before it");
        assert!(fetched.len() <= 30_000);
        // Hello and scene are all that was said, however many frames there were.
        assert!(worker.replies.try_recv().unwrap().unwrap().contains("hello"));
        assert!(worker.replies.try_recv().unwrap().unwrap().contains("scene"));
        assert!(worker.replies.try_recv().is_err());
        // Too many requests at a time are not kept.
        let flood = (0..10_000).any(|_| worker.ask(r#"{"type":"reset"}"#.to_owned()).is_err());
        assert!(flood);
    }

    #[test]
    fn what_no_page_sends_ends_the_session() {
        let experiment = Experiment::named("demo/spatial/noisy_unbiased").unwrap();
        let network = Network::untrained(&experiment.with("network.units=8").unwrap()).unwrap();
        let mut worker = begin(Arc::new(Gallery::new([("a".to_owned(), network)])));
        worker.ask("shutdown".to_owned()).unwrap();
        assert!(worker.replies.blocking_recv().unwrap().unwrap().contains("hello"));
        assert!(worker.replies.blocking_recv().unwrap().is_err());
        assert!(worker.replies.blocking_recv().is_none());
    }
}
