//! The viewer's page, as `view` and `train --watch` show it.

use super::failure::Failure;
use quiescent::network::Network;
use quiescent_view::{Followed, Gallery, Server};
use std::io::ErrorKind;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

/// Port that is tried first, and how many after it.
const PORT: u16 = 8760;
const PORTS: u16 = 20;
/// Time between two looks at runs that may be in training.
const LOOK: Duration = Duration::from_secs(1);

/// A page that is there until this is dropped.
pub(crate) struct Page {
    server: Server,
    /// Its end ends the looking.
    _looking: Sender<()>,
}

impl Page {
    /// Shows runs by name, on a port or the first free one of the usual ones.
    pub(crate) fn show(
        runs: Vec<(String, (Followed, Network))>,
        address: IpAddr,
        port: Option<u16>,
    ) -> Result<Self, Failure> {
        let (mut followed, mut networks) = (Vec::new(), Vec::new());
        for (name, (run, network)) in runs {
            followed.push(run);
            networks.push((name, network));
        }
        let gallery = Arc::new(Gallery::new(networks));
        for (place, run) in followed.iter().enumerate() {
            run.lend(&gallery, place);
        }
        let server = start(&gallery, address, port)?;
        let (looking, ended) = channel::<()>();
        // Without this thread nothing is missed but what training brings.
        let _ = thread::Builder::new().name("quiescent-view-runs".into()).spawn(move || {
            loop {
                for (place, run) in followed.iter_mut().enumerate() {
                    run.look(&gallery, place);
                }
                if ended.recv_timeout(LOOK) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        });
        Ok(Self { server, _looking: looking })
    }

    /// Its address.
    pub(crate) fn url(&self) -> &str {
        self.server.url()
    }
}

fn start(gallery: &Arc<Gallery>, address: IpAddr, port: Option<u16>) -> Result<Server, Failure> {
    let ports = port.map_or(PORT..=PORT + PORTS, |port| port..=port);
    let last = *ports.end();
    let mut ports = ports;
    loop {
        let port = ports.next().unwrap_or(last);
        match Server::start(gallery.clone(), address, port) {
            Ok(server) => return Ok(server),
            Err(error) if error.kind() == ErrorKind::AddrInUse && port != last => {}
            Err(error) => {
                let advice = match error.kind() {
                    ErrorKind::AddrInUse => {
                        "; choose another one with --port, or 0 for any that is free"
                    }
                    ErrorKind::AddrNotAvailable => "; --address has to be one of this machine's",
                    _ => "",
                };
                return Err(Failure::Usage(format!(
                    "cannot listen on port {port} of {address}: {error}{advice}"
                )));
            }
        }
    }
}
