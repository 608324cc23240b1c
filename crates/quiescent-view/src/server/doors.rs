//! Who is let in: by the names that a request uses for this machine, by the page it comes from, and by a token where
//! other machines can reach the port.
//!
//! A page of another site can make a browser send requests here. It cannot make them name another site as this one
//! (`Host`, against DNS rebinding), nor hide where they come from (`Origin`, which WebSockets always have).

use std::fmt::Write as _;
use std::io;
use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, Uri, header};
use quiescent::run::host_name;

/// The conditions.
#[derive(Debug)]
pub(super) struct Doors {
    /// What every page and session has to know; none if only this machine can ask.
    token: Option<String>,
}

/// Why someone is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shut {
    Host,
    Origin,
    Token,
}

impl Doors {
    pub(super) fn new(address: IpAddr) -> io::Result<Self> {
        if address.is_loopback() {
            return Ok(Self { token: None });
        }
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        let mut token = String::new();
        for byte in bytes {
            let _ = write!(token, "{byte:02x}");
        }
        Ok(Self { token: Some(token) })
    }

    /// Where to look, from another machine if one can.
    pub(super) fn url(&self, at: SocketAddr) -> String {
        let host = match at.ip().is_unspecified() {
            true => format!("{}:{}", host_name(), at.port()),
            false => at.to_string(),
        };
        match &self.token {
            Some(token) => format!("http://{host}/?token={token}"),
            None => format!("http://{at}/"),
        }
    }

    /// Lets a request pass, or says what is wrong with it.
    pub(super) fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Shut> {
        let host = one(headers, header::HOST).ok_or(Shut::Host)?;
        // Without a token, a name that anyone could have given to this machine is not enough.
        if self.token.is_none() && !names_this_machine(host) {
            return Err(Shut::Host);
        }
        let from_elsewhere = |origin: &str| {
            origin.strip_prefix("http://").is_none_or(|name| !name.eq_ignore_ascii_case(host))
        };
        let live = uri.path() == "/live";
        match headers.get(header::ORIGIN) {
            None if live => return Err(Shut::Origin),
            None => {}
            Some(_) if one(headers, header::ORIGIN).is_none_or(from_elsewhere) => {
                return Err(Shut::Origin);
            }
            Some(_) => {}
        }
        // Scripts and styles are the same for everyone.
        let secret = live || uri.path() == "/";
        match &self.token {
            Some(token) if secret && !given(uri).is_some_and(|given| same(given, token)) => {
                Err(Shut::Token)
            }
            _ => Ok(()),
        }
    }
}

/// A header that must not be there twice.
fn one(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?.to_str().ok()?;
    all.next().is_none().then_some(first)
}

/// Whether a `Host` can only be this machine, at any port, which a tunnel may have changed.
fn names_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !name.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost")
        || address.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// The token of a request.
fn given(uri: &Uri) -> Option<&str> {
    uri.query()?.split('&').find_map(|pair| pair.strip_prefix("token="))
}

/// Compares in a time that does not depend on where they differ.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn checked(doors: &Doors, path: &str, headers: &[(&str, &str)]) -> Result<(), Shut> {
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            all.append(
                header::HeaderName::from_bytes(name.as_bytes()).unwrap(),
                value.parse().unwrap(),
            );
        }
        doors.check(&path.parse().unwrap(), &all)
    }

    #[test]
    fn only_names_of_this_machine_are_answered() {
        let doors = Doors { token: None };
        for host in
            ["127.0.0.1:8760", "localhost:1", "LOCALHOST", "[::1]:8760", "[::1]", "127.0.0.2"]
        {
            assert_eq!(checked(&doors, "/", &[("host", host)]), Ok(()), "{host}");
        }
        for host in [
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example:8760",
            "",
            ":8760",
            "10.0.0.1:8760",
            "127.0.0.1:8760:evil",
            "evil@127.0.0.1",
            "0.0.0.0:8760",
            "[::]:8760",
        ] {
            assert_eq!(checked(&doors, "/", &[("host", host)]), Err(Shut::Host), "{host}");
        }
        assert_eq!(checked(&doors, "/", &[]), Err(Shut::Host));
        let twice = [("host", "localhost"), ("host", "evil.example")];
        assert_eq!(checked(&doors, "/", &twice), Err(Shut::Host));
    }

    #[test]
    fn only_the_own_page_may_connect() {
        let doors = Doors { token: None };
        let live = |origin: &[&str]| {
            let mut headers = vec![("host", "localhost:8760")];
            headers.extend(origin.iter().map(|&origin| ("origin", origin)));
            checked(&doors, "/live", &headers)
        };
        assert_eq!(live(&["http://localhost:8760"]), Ok(()));
        for origin in [
            &["http://evil.example"][..],
            &["https://localhost:8760"],
            &["http://localhost:8761"],
            &["null"],
            &[""],
            &["http://127.0.0.1:8760"],
            &["http://localhost:8760", "http://localhost:8760"],
            &[],
        ] {
            assert_eq!(live(origin), Err(Shut::Origin), "{origin:?}");
        }
        // A page of another site cannot read files either, and links here carry no origin.
        let from = [("host", "localhost:8760"), ("origin", "http://evil.example")];
        assert_eq!(checked(&doors, "/", &from), Err(Shut::Origin));
        assert_eq!(checked(&doors, "/", &from[..1]), Ok(()));
    }

    #[test]
    fn where_others_can_reach_it_the_token_is_asked_for() {
        let doors = Doors::new("0.0.0.0".parse().unwrap()).unwrap();
        let token = doors.token.clone().unwrap();
        assert_eq!(token.len(), 32);
        assert_ne!(Doors::new("0.0.0.0".parse().unwrap()).unwrap().token.unwrap(), token);
        assert!(doors.url("10.0.0.1:80".parse().unwrap()).ends_with(&format!("/?token={token}")));
        let host = [("host", "lab.example:8760"), ("origin", "http://lab.example:8760")];
        for path in ["/", "/live"] {
            assert_eq!(checked(&doors, &format!("{path}?token={token}"), &host), Ok(()));
            assert_eq!(checked(&doors, &format!("{path}?a=1&token={token}"), &host), Ok(()));
            for wrong in [
                "",
                "?token=",
                "?token=0",
                &format!("?token={token}0"),
                &format!("?tokens={token}"),
            ] {
                assert_eq!(
                    checked(&doors, &format!("{path}{wrong}"), &host),
                    Err(Shut::Token),
                    "{wrong}"
                );
            }
        }
        assert_eq!(checked(&doors, "/viewer.js", &host), Ok(()));
        assert!(Doors::new("127.0.0.1".parse().unwrap()).unwrap().token.is_none());
        assert!(Doors::new("::1".parse().unwrap()).unwrap().token.is_none());
    }
}
