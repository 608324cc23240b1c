//! One connection: requests in, replies and the latest frame out. It ends if it is idle, slow beyond measure, or says
//! what no page says; that concerns it alone.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::time::{Instant, interval, timeout};

use super::shared::{Patience, Shared};
use super::worker::{self, Worker};
use crate::session::LONGEST_REQUEST;

/// Longest time that a message may take to go out.
const SLOWEST: Duration = Duration::from_secs(20);
/// Codes of RFC 6455 for the end of a connection.
const POLICY_VIOLATION: u16 = 1008;

pub(super) async fn open(State(shared): State<Arc<Shared>>, upgrade: WebSocketUpgrade) -> Response {
    let Ok(place) = shared.sessions.clone().try_acquire_owned() else {
        let full = "too many pages are connected; close one\n";
        return (StatusCode::SERVICE_UNAVAILABLE, full).into_response();
    };
    upgrade.max_message_size(LONGEST_REQUEST).max_frame_size(LONGEST_REQUEST).on_upgrade(
        async move |socket| {
            converse(socket, worker::begin(shared.gallery.clone()), shared.patience).await;
            drop(place);
        },
    )
}

async fn converse(mut socket: WebSocket, mut worker: Worker, patience: Patience) {
    let mut ping = interval(patience.ping);
    let mut heard = Instant::now();
    let why = loop {
        let out = tokio::select! {
            // Replies before frames, so that a frame is never of a scene that was not sent.
            biased;
            received = socket.recv() => {
                let Some(Ok(message)) = received else { return };
                heard = Instant::now();
                match message {
                    Message::Text(text) => {
                        if worker.ask(text.as_str().to_owned()).is_err() {
                            break "too many requests at a time".to_owned();
                        }
                        continue;
                    }
                    Message::Binary(_) => break "requests are texts".to_owned(),
                    Message::Close(_) => return,
                    Message::Ping(_) | Message::Pong(_) => continue,
                }
            }
            reply = worker.replies.recv() => match reply {
                Some(Ok(text)) => Message::text(text),
                Some(Err(why)) => break why,
                None => return,
            },
            changed = worker.frame.changed() => {
                if changed.is_err() {
                    return;
                }
                match worker.frame.borrow_and_update().clone() {
                    Some(frame) => Message::binary(frame),
                    None => continue,
                }
            }
            _ = ping.tick() => {
                if heard.elapsed() > patience.silence {
                    return;
                }
                Message::Ping(Default::default())
            }
        };
        // What is simulated meanwhile replaces the frame that waits.
        if !matches!(timeout(SLOWEST, socket.send(out)).await, Ok(Ok(()))) {
            return;
        }
    };
    let frame = CloseFrame { code: POLICY_VIOLATION, reason: shortened(why).into() };
    let _ = timeout(SLOWEST, socket.send(Message::Close(Some(frame)))).await;
}

/// A reason has at most 123 bytes.
fn shortened(mut why: String) -> String {
    let mut end = why.len().min(123);
    while !why.is_char_boundary(end) {
        end -= 1;
    }
    why.truncate(end);
    why
}
