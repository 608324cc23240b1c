//! Requests of the viewer's page: one a line, to one session.

use std::sync::{Arc, OnceLock};

use crate::bounds::{Lines, check_message};
use quiescent::experiment::Experiment;
use quiescent::network::Network;
use quiescent_view::{Gallery, Malformed, Outgoing, Session};

/// Most requests of one input.
const MOST_REQUESTS: usize = 16;
/// Largest reply but a scene, and largest frame, in bytes.
const LARGEST_REPLY: usize = 16 << 10;
const LARGEST_FRAME: usize = 30_000;

/// Requests. Whatever is asked for, the session answers within bounds, and goes on to answer.
pub(crate) fn view(bytes: &[u8]) -> bool {
    let (mut session, _) = Session::new(gallery());
    let text = String::from_utf8_lossy(bytes);
    let mut accepted = false;
    for request in text.lines().take(MOST_REQUESTS) {
        match session.receive(request) {
            Ok(out) => {
                accepted |= out.iter().any(|out| matches!(out, Outgoing::Frame(_)));
                out.iter().for_each(check);
            }
            Err(Malformed(why)) => check_message(&why, Lines::One),
        }
    }
    let out = session.receive(r#"{"type":"choose","run":0}"#).unwrap();
    assert!(matches!(&out[..], [Outgoing::Text(text)] if text.contains("\"scene\"")));
    accepted
}

fn check(out: &Outgoing) {
    match out {
        Outgoing::Frame(bytes) => assert!(bytes.len() <= LARGEST_FRAME, "{} bytes", bytes.len()),
        Outgoing::Text(text) => {
            let reply: serde_json::Value = serde_json::from_str(text).unwrap();
            assert!(text.len() <= LARGEST_REPLY || reply["type"] == "scene", "{}", text.len());
            if let Some(message) = reply["message"].as_str() {
                check_message(message, Lines::One);
            }
        }
    }
}

/// A network that is quick to simulate.
fn gallery() -> Arc<Gallery> {
    static GALLERY: OnceLock<Arc<Gallery>> = OnceLock::new();
    let made = || {
        let changes = ["network.units=4", "task.cells.count=6", "time.steps=6"];
        let experiment = Experiment::resolve("demo/spatial/noisy_unbiased", &changes).unwrap();
        let network = Network::untrained(&experiment).unwrap();
        Arc::new(Gallery::new([("a".to_owned(), network)]))
    };
    GALLERY.get_or_init(made).clone()
}
