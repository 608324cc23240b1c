//! The server as browsers and others use it, over real connections.
#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use quiescent::experiment::Experiment;
use quiescent::network::Network;
use tungstenite::client::IntoClientRequest;
use tungstenite::{Error, Message, WebSocket};

use super::serve::Server;
use super::shared::Patience;
use crate::gallery::Gallery;

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn gallery(units: usize) -> Arc<Gallery> {
    let experiment = Experiment::named("demo/spatial/noisy_unbiased").unwrap();
    let experiment = experiment.with(&format!("network.units={units}")).unwrap();
    Arc::new(Gallery::new([("a".to_owned(), Network::untrained(&experiment).unwrap())]))
}

fn host(server: &Server) -> &str {
    server.url().strip_prefix("http://").unwrap().split('/').next().unwrap()
}

fn connect(server: &Server) -> WebSocket<TcpStream> {
    let host = host(server);
    let stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut request = format!("ws://{host}/live").into_client_request().unwrap();
    request.headers_mut().insert("origin", format!("http://{host}").parse().unwrap());
    tungstenite::client(request, stream).unwrap().0
}

fn ask(socket: &mut WebSocket<TcpStream>, request: &str) {
    socket.send(Message::text(request)).unwrap();
}

/// Reads until there is a frame.
fn frame(socket: &mut WebSocket<TcpStream>) -> Vec<u8> {
    loop {
        if let Message::Binary(bytes) = socket.read().unwrap() {
            return bytes.to_vec();
        }
    }
}

/// Why a connection was closed.
fn end(socket: &mut WebSocket<TcpStream>) -> Option<(u16, String)> {
    loop {
        match socket.read() {
            Ok(Message::Close(frame)) => {
                return frame.map(|frame| (frame.code.into(), frame.reason.to_string()));
            }
            Ok(_) => {}
            Err(Error::ConnectionClosed | Error::AlreadyClosed | Error::Protocol(_)) => {
                return None;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

fn play(socket: &mut WebSocket<TcpStream>) {
    ask(socket, r#"{"type":"choose","run":0}"#);
    ask(socket, r#"{"type":"play"}"#);
}

#[test]
fn twenty_pages_are_served_at_once() {
    let server = Server::start(gallery(32), HOME, 0).unwrap();
    let mut sockets: Vec<_> = (0..20).map(|_| connect(&server)).collect();
    sockets.iter_mut().for_each(play);
    for socket in &mut sockets {
        let [first, later] = [frame(socket), frame(socket)];
        assert!(first.len() <= 30_000);
        assert!(later[8..12] != first[8..12], "it moves");
    }
}

/// What one connection does wrong is its own end alone.
#[test]
fn malformed_requests_close_that_connection_alone() {
    let server = Server::start(gallery(8), HOME, 0).unwrap();
    let mut other = connect(&server);
    play(&mut other);
    let long = format!(r#"{{"type":"reset"{}}}"#, " ".repeat(5000));
    for (wrong, reason) in [
        (Message::text("shutdown"), "expected value"),
        (Message::text(r#"{"type":"open","path":"/etc/passwd"}"#), "unknown variant"),
        (Message::binary(vec![0; 16]), "requests are texts"),
    ] {
        let mut socket = connect(&server);
        socket.send(wrong).unwrap();
        let (code, why) = end(&mut socket).unwrap();
        assert_eq!(code, 1008);
        assert!(why.contains(reason), "{why}");
    }
    let mut socket = connect(&server);
    // The connection may be gone before all of it is sent.
    let _ = socket.send(Message::text(long));
    while socket.read().is_ok() {}
    // Bytes that are no frame of a WebSocket.
    let mut socket = connect(&server);
    socket.get_mut().write_all(&[0xff; 64]).unwrap();
    while socket.read().is_ok() {}
    frame(&mut other);
}

#[test]
fn who_is_silent_is_let_go() {
    let patience = Patience {
        head: Duration::from_millis(300),
        ping: Duration::from_millis(100),
        silence: Duration::from_millis(600),
    };
    let server = Server::start_patiently(gallery(8), HOME, 0, patience).unwrap();
    // One that reads answers pings by itself and stays; one that does not read is gone.
    let (mut awake, mut asleep) = (connect(&server), connect(&server));
    let began = Instant::now();
    awake.get_mut().set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    while began.elapsed() < Duration::from_secs(2) {
        let _ = awake.read();
        let _ = awake.flush();
    }
    ask(&mut awake, r#"{"type":"choose","run":0}"#);
    awake.get_mut().set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    ask(&mut awake, r#"{"type":"step","steps":1}"#);
    frame(&mut awake);
    assert!(std::iter::repeat_with(|| asleep.read()).take(200).any(|read| read.is_err()));
    // A request that never comes, and one that stops midway.
    for head in ["", "GET / HTTP/1.1\r\nHost: loc"] {
        let mut stream = TcpStream::connect(host(&server)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        assert!(!rest.starts_with(b"HTTP/1.1 200"));
    }
}

/// A page of another site, and one who does not know the token, get nowhere.
#[test]
fn strangers_are_refused() {
    let server = Server::start(gallery(8), HOME, 0).unwrap();
    let host = host(&server);
    for origin in [None, Some("http://evil.example".to_owned()), Some(format!("https://{host}"))] {
        let mut request = format!("ws://{host}/live").into_client_request().unwrap();
        if let Some(origin) = &origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        let stream = TcpStream::connect(host).unwrap();
        let refused = tungstenite::client(request, stream).unwrap_err().to_string();
        assert!(refused.contains("403"), "{origin:?}: {refused}");
    }
    let everywhere = Server::start(gallery(8), IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0).unwrap();
    let port = everywhere.url().split([':', '/']).nth(4).unwrap().to_owned();
    let get = |path: &str| {
        let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    assert!(get("/").starts_with("HTTP/1.1 403"));
    let token = everywhere.url().split("/?").nth(1).unwrap();
    assert!(get(&format!("/?{token}")).starts_with("HTTP/1.1 200"));
}
