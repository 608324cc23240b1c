//! Listening, and the ways to the page, its files and sessions.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

use super::doors::{Doors, Shut};
use super::shared::{Patience, Shared};
use super::{pages, socket};
use crate::gallery::Gallery;

/// Most connections at a time, those of pages and files included.
const CONNECTIONS: usize = 128;
/// Most sessions at a time.
const SESSIONS: usize = 32;

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Server {
    url: String,
    runtime: Option<Runtime>,
}

impl Server {
    /// Listens on an address and a port, on any free one if it is 0. An address that other machines can reach makes a
    /// token, which the URL has.
    ///
    /// # Errors
    /// If the port is taken, or the system has no such address or no random numbers.
    pub fn start(gallery: Arc<Gallery>, address: IpAddr, port: u16) -> io::Result<Self> {
        Self::start_patiently(gallery, address, port, Patience::USUAL)
    }

    pub(super) fn start_patiently(
        gallery: Arc<Gallery>,
        address: IpAddr,
        port: u16,
        patience: Patience,
    ) -> io::Result<Self> {
        let doors = Doors::new(address)?;
        let listener = std::net::TcpListener::bind(SocketAddr::new(address, port))?;
        listener.set_nonblocking(true)?;
        let url = doors.url(listener.local_addr()?);
        // Simulations have threads of their own; here are only messages.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("quiescent-view")
            .enable_all()
            .build()?;
        let sessions = Arc::new(Semaphore::new(SESSIONS));
        let shared = Arc::new(Shared { gallery, doors, sessions, patience });
        let listener = {
            let _entered = runtime.enter();
            TcpListener::from_std(listener)?
        };
        runtime.spawn(accept(listener, shared));
        Ok(Self { url, runtime: Some(runtime) })
    }

    /// The page's address, with the token if there is one.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let head = shared.patience.head;
    let router = Router::new()
        .route("/", get(pages::index))
        .route("/viewer.js", get(pages::script))
        .route("/page.js", get(pages::page_script))
        .route("/viewer.css", get(pages::style))
        .route("/live", get(socket::open))
        .fallback(pages::nothing)
        .layer(axum::middleware::from_fn_with_state(shared.clone(), pass))
        .with_state(shared);
    let connections = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = connections.clone().acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            // Too many open files, or a connection that was gone at once: others may still come.
            Err(_) => {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        // Frames are small and late ones are useless.
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(async move {
            let served = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(head)
                .max_buf_size(16 * 1024)
                .serve_connection(TokioIo::new(stream), service)
                .with_upgrades();
            // What goes wrong with a connection concerns it alone.
            let _ = served.await;
            drop(place);
        });
    }
}

/// Lets requests pass that may.
async fn pass(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let refusal = match shared.doors.check(request.uri(), request.headers()) {
        Ok(()) => return next.run(request).await,
        Err(Shut::Host) => "this server answers to 127.0.0.1 and localhost only\n",
        Err(Shut::Origin) => "only this server's own page may connect\n",
        Err(Shut::Token) => "the address needs the token that the command has printed\n",
    };
    (StatusCode::FORBIDDEN, refusal).into_response()
}
